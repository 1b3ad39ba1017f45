// The pages work without this: it shows answers as they arrive, local times,
// and keeps a form from being sent twice.
"use strict";

const localTimes = (root) => {
  for (const t of root.querySelectorAll("time")) {
    const d = new Date(t.dateTime);
    if (!isNaN(d)) t.textContent = d.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
};

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    for (const b of form.querySelectorAll("button")) b.disabled = true;
  });
}
addEventListener("pageshow", () => {
  for (const b of document.querySelectorAll("form[data-once] button")) b.disabled = false;
});

const thread = document.getElementById("thread");

const refresh = async () => {
  const answer = await fetch(thread.dataset.src, { credentials: "same-origin" });
  if (!answer.ok) return;
  const before = thread.querySelectorAll(".message").length;
  const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
  localTimes(doc);
  [...doc.querySelectorAll(".message")].slice(before).forEach((m) => m.classList.add("fresh"));
  thread.replaceChildren(...doc.body.childNodes);
};

if (thread) {
  document.querySelector(".reload")?.remove();
  let timer = 0;
  const poll = () => { timer ||= setInterval(() => refresh().catch(() => {}), 5000); };
  if ("EventSource" in window) {
    const live = new EventSource(thread.dataset.live);
    live.addEventListener("change", () => refresh().catch(() => {}));
    live.addEventListener("open", () => { clearInterval(timer); timer = 0; });
    live.addEventListener("error", poll);
  } else {
    poll();
  }
}
localTimes(document);
