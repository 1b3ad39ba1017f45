// Makes pages better; nothing depends on it. It reads only our own pages, and
// puts nothing into them but elements that the server rendered and text nodes.
"use strict";
(() => {
  const $ = (q, at = document) => at.querySelector(q);
  const $$ = (q, at = document) => [...at.querySelectorAll(q)];
  document.documentElement.classList.add("js");

  // ---- times grow older while a page stands open
  const units = [[86400, "day", "days"], [3600, "h", "h"], [60, "min", "min"]];
  const ago = (t) => {
    const s = (Date.now() - Date.parse(t)) / 1000;
    if (!(s < 14 * 86400)) return null;
    for (const [n, one, many] of units) if (s >= n) { const k = Math.floor(s / n); return `${k} ${k === 1 ? one : many} ago`; }
    return "just now";
  };
  const times = () => $$("time[data-ago]").forEach((t) => { const w = ago(t.dateTime); if (w && !/\d h \d/.test(t.textContent)) t.textContent = w; });
  setInterval(times, 30000);

  // ---- an approved reply leaves in some seconds; until then it can be taken back
  setInterval(() => $$(".due").forEach((d) => {
    const from = Number(d.dataset.from ||= Date.now()), left = Math.ceil(Number(d.dataset.due) - (Date.now() - from) / 1000);
    if (left > 0) { d.textContent = `${left} s`; return; }
    d.closest(".banner").classList.add("gone");
    d.textContent = "0 s";
    d.classList.remove("due");
    const b = $("button", d.closest(".banner"));
    if (b) b.hidden = true;
  }), 500);

  // ---- the editor
  let dirty = Boolean($("form.editor") && ($(".banner[role=alert]") || "dirty" in $("form.editor").dataset)); // words that were refused are still unsent
  const editing = () => $("form.editor");
  const showFindings = (list, findings) => list.replaceChildren(...findings.map((f) => {
    const li = document.createElement("li"), b = document.createElement("strong"), s = document.createElement("span");
    li.className = "finding t-" + f.tone; b.textContent = f.word; s.textContent = " " + f.detail; s.dir = "auto";
    li.append(b, s);
    return li;
  }));
  // what each sentence rests on, from what the server says of it
  const showPreview = (form, d) => {
    const box = $("#preview", form), p = document.createElement("p");
    for (const s of d.sentences) {
      if (p.childNodes.length) p.append(s.gap === 2 ? document.createElement("br") : "", s.gap ? document.createElement("br") : " ");
      const e = document.createElement("span");
      e.className = "sentence s-" + s.state;
      e.dir = "auto";
      e.textContent = s.text;
      for (const n of s.cites) { const c = document.createElement("span"); c.className = "num"; c.textContent = ` [${n}]`; e.append(c); }
      if (s.state === "unproven") { const t = document.createElement("span"); t.className = "tag t-warn"; t.textContent = "no source"; e.append(" ", t); }
      p.append(e);
    }
    const body = document.createElement("div");
    body.className = "reply";
    body.append(p);
    $("#preview-text", box).replaceChildren(body);
    $("#preview-say", box).textContent = d.unproven ? `: ${d.unproven} without a source` : ": nothing without a source";
    if (d.unproven && box.hidden) box.open = true;
    box.hidden = !d.sentences.length;
  };
  const wireEditor = () => {
    const form = editing();
    if (!form) return;
    const text = $("#text", form), list = $("#checks", form), state = $("#check-state", form);
    let timer, asked = 0;
    const check = async () => {
      const mine = ++asked;
      state.textContent = "Checking…";
      try {
        const r = await fetch(form.dataset.check, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams([["text", text.value], ...$$("input[name=put]", form).map((i) => ["put", i.value])]) });
        const d = await r.json();
        if (mine !== asked) return;
        if (!r.ok) { state.textContent = d.problem || "Could not be checked."; return; }
        showFindings(list, d.findings);
        showPreview(form, d);
        state.textContent = d.findings.length ? "" : "Checked";
      } catch { if (mine === asked) state.textContent = "Could not be checked. It is checked again when you send."; }
    };
    text.addEventListener("input", () => { dirty = true; clearTimeout(timer); timer = setTimeout(check, 700); });
    text.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); $("#approve", form).focus(); } });
    form.addEventListener("submit", () => { dirty = false; });
    if ($(".found", form)) return; // whoever searched goes on there
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  };
  addEventListener("beforeunload", (e) => { if (dirty) e.preventDefault(); });

  // ---- one click sends once
  addEventListener("submit", (e) => {
    if (e.target.method === "get" || e.target.method === "dialog") return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    e.target.dataset.sent = "1";
    setTimeout(() => $$("button", e.target).forEach((b) => { b.disabled = true; }));
  });
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

  // ---- receipts: tap opens, escape closes, and they stay on the screen
  const place = (cite) => {
    const pop = $(".pop", cite);
    pop.style.left = "";
    const box = pop.getBoundingClientRect(), card = cite.closest(".draft").getBoundingClientRect();
    const left = Math.max(10, card.left), right = Math.min(document.documentElement.clientWidth - 10, card.right);
    const shift = Math.min(0, right - box.right) + Math.max(0, left - box.left);
    if (shift) pop.style.left = `calc(50% + ${Math.round(shift)}px)`;
  };
  const light = (cite, on) => { const s = $(".num", cite).hash; if (s) $(s)?.classList.toggle("hit", on); };
  for (const [type, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    document.addEventListener(type, (e) => {
      const cite = e.target.closest?.(".cite");
      if (!cite || cite.contains(e.relatedTarget)) return;
      if (on) { cite.classList.remove("shut"); place(cite); } else cite.classList.remove("open");
      light(cite, on);
    });
  }
  document.addEventListener("click", (e) => {
    const num = e.target.closest?.("a.num"), cite = num?.parentElement;
    $$(".cite.open").forEach((c) => { if (c !== cite) c.classList.remove("open"); });
    if (!num || !matchMedia("(hover: none)").matches) return;
    e.preventDefault();
    cite.classList.toggle("open");
    place(cite);
  });

  // ---- keyboard
  const dialog = $("#keys"), opener = $("#keys-open");
  if (opener) { opener.hidden = false; opener.addEventListener("click", () => dialog.showModal()); }
  const step = (by) => {
    const links = $$("#rows .row-link, tbody .row-link");
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const to = links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))];
    to.focus();
    to.scrollIntoView({ block: "nearest" });
  };
  const act = (key) => {
    const el = $(`[data-key="${key}"]`);
    if (!el) return;
    if (el.tagName === "DETAILS") { el.open = true; $("select, input:not([type=hidden])", el)?.focus(); } else if (el.tagName === "A") el.click(); else el.focus();
  };
  addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      $$(".cite").forEach((c) => { c.classList.remove("open"); if (c.matches(":hover, :focus-within")) c.classList.add("shut"); });
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName)) document.activeElement.blur();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || dialog?.open || e.target.closest?.("input, select, textarea")) return;
    const keys = { j: () => step(1), k: () => step(-1), "?": () => dialog?.showModal(), "/": () => $("input[type=search]")?.focus(), n: () => $("#next")?.click(), u: () => $("#up")?.click() };
    if (keys[e.key]) keys[e.key](); else if (/^[aecrxhzsfo]$/.test(e.key)) act(e.key); else return;
    e.preventDefault();
  });

  // ---- live: read the page again when something happened
  const pulse = $("#pulse");
  const say = (word, off) => { if (!pulse) return; pulse.hidden = false; pulse.classList.toggle("off", off); $(".pulse-word", pulse).textContent = word; };
  const busy = () => dirty || editing() || $$("details[open] select, details[open] input, details[open] textarea").some((i) => i.value && i.type !== "hidden" && i.offsetParent);
  let timer, reading = false, again = false;
  const refresh = async () => {
    const part = $("[data-part]");
    if (!part) return;
    if (reading) { again = true; return; }
    reading = true;
    try {
      const url = new URL(location.href);
      const r = await fetch(url, { headers: { "X-Footnote-Refresh": "1" } });
      if (new URL(r.url).pathname === "/sign-in") { if (!busy()) location.href = r.url; return; } // no reload: it would send a refused form again
      if (!r.ok) return;
      const fresh = $("#" + part.id, new DOMParser().parseFromString(await r.text(), "text/html"));
      if (!fresh || (part.dataset.print && fresh.dataset.print === part.dataset.print)) return;
      if (busy()) { const m = $("#moved"); if (m) m.hidden = false; return; }
      const open = $$("details", part).map((d) => d.open), links = $$("a, button, summary", part), at = links.indexOf(document.activeElement);
      const href = document.activeElement?.getAttribute?.("href");
      const note = $(".banner[role=status].t-good", part);
      part.replaceWith(fresh);
      $$("details", fresh).forEach((d, i) => { if (open[i] && open.length === $$("details", fresh).length) d.open = true; });
      if (at >= 0) (href ? $(`a[href="${CSS.escape(href)}"]`, fresh) : $$("a, button, summary", fresh)[at])?.focus({ preventScroll: true });
      if (note && fresh.id === "live-ticket" && note.textContent.startsWith("A new draft") && !$(".draft .actions", fresh)) $(".cols", fresh).before(note);
      wireEditor();
    } catch { /* the next change tries again */ } finally {
      reading = false;
      if (again) { again = false; later(); }
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(refresh, 250); };
  if ("live" in document.body.dataset && window.EventSource) {
    const at = $("#live-ticket")?.dataset;
    const feed = new EventSource(at ? "/events?" + new URLSearchParams({ desk: at.desk, id: at.ticket }) : "/events");
    feed.addEventListener("here", (e) => { const h = $("#here"); if (h) { h.textContent = JSON.parse(e.data).say; h.hidden = !h.textContent; } });
    feed.addEventListener("hello", () => { say("Live", false); later(); }); // whatever happened before it listened
    feed.addEventListener("error", () => say(feed.readyState === 2 ? "Not live" : "Reconnecting", true));
    feed.addEventListener("change", (e) => {
      const c = JSON.parse(e.data), here = $("#live-ticket");
      if (!here || (c.desk === here.dataset.desk && c.ticket === here.dataset.ticket)) later();
    });
    addEventListener("pagehide", () => feed.close());
  }

  // ---- who else is here: a page that is looked at gives a sign of life, and says when it is left
  const here = $("#here")?.dataset;
  if (here?.here) {
    setInterval(() => { if (!document.hidden) fetch(here.here, { method: "POST" }).catch(() => {}); }, 15000);
    addEventListener("pagehide", () => navigator.sendBeacon(here.gone));
  }

  // ---- handling time: once a minute, a page that somebody used says so
  let used = true;
  for (const type of ["pointermove", "keydown", "scroll", "click"]) addEventListener(type, () => { used = true; }, { passive: true });
  setInterval(() => {
    const heart = $("[data-heart]")?.dataset.heart;
    if (!heart || !used || document.hidden) return;
    used = false;
    fetch(heart, { method: "POST" }).catch(() => { used = true; });
  }, 60000);

  wireEditor();
})();
