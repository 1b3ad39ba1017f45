package ingest

import (
	"errors"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/access"
)

// TestLostTextStops: a page that would lose much of its text waits for a person, whose
// decision holds for the source; what is around a text is no loss.
func TestLostTextStops(t *testing.T) {
	secret := "<main><h1>Fees</h1><p>" + strings.Repeat("Short text here. ", 20) + "</p><div style='display:none'>" + strings.Repeat("Nobody sees these words. ", 30) + "</div></main>"
	page := func(body string, decided ...knowledge.Decision) error {
		_, err := prepare(knowledge.Raw{Path: "a.html", Media: knowledge.HTML, Data: []byte(body)}, knowledge.Settings{Decisions: decided})
		return err
	}
	closed, ok := errors.AsType[*access.ClosedError](page(secret))
	if !ok || closed.Fate != knowledge.Unclear || closed.Key != knowledge.LostKey || closed.Value != "hidden text" || !strings.Contains(closed.Reason, "%") {
		t.Fatalf("%+v", closed)
	}
	d, err := access.Decidable(knowledge.Decision{Source: "s", Key: closed.Key, Value: closed.Value, Means: knowledge.MeansNothing})
	if err != nil {
		t.Fatal(err)
	}
	if err := page(secret, d); err != nil {
		t.Errorf("decided, and still: %v", err)
	}
	d.Means = knowledge.MeansLeaveOut
	if closed, ok = errors.AsType[*access.ClosedError](page(secret, d)); !ok || closed.Fate != knowledge.LeftOut {
		t.Errorf("%+v", closed)
	}
	for name, body := range map[string]string{
		"navigation": "<nav>" + strings.Repeat("<a href=/x>Another page</a> ", 100) + "</nav><main><p>" + strings.Repeat("Short text here. ", 20) + "</p></main>",
		"little":     "<main><p>Short text here.</p><p hidden>Nobody sees these words.</p></main>",
		"panel":      "<main><p>Short text.</p><button aria-controls=a>Why?</button><div id=a hidden>" + strings.Repeat("Everybody can open these words. ", 30) + "</div></main>",
	} {
		if err := page(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	outside := "<div><p>" + strings.Repeat("The real text of the page is here. ", 30) + "</p></div><main><h1>Fees</h1></main>"
	if closed, ok = errors.AsType[*access.ClosedError](page(outside)); !ok || closed.Value != "text outside the main part" {
		t.Errorf("%+v", closed)
	}
}

// TestTypesAreRead: pages of each type become passages.
func TestTypesAreRead(t *testing.T) {
	for media, body := range map[knowledge.Media]string{
		knowledge.RST: "Reset\n=====\n\n1. Open it.\n2. Close it.\n", knowledge.AsciiDoc: "= Reset\n\n. Open it.\n. Close it.\n", knowledge.Textile: "h1. Reset\n\n# Open it.\n# Close it.\n",
		knowledge.Markdown: "# Reset\n\n1. Open it.\n1. Close it.\n", knowledge.HTML: "<h1>Reset</h1><ol><li>Open it.<li>Close it.</ol>",
	} {
		p, err := prepare(knowledge.Raw{Path: "a.x", Media: media, Data: []byte(body)}, knowledge.Settings{})
		if err != nil || p.meta.Title != "Reset" || p.text != "# Reset\n\n1. Open it.\n2. Close it." || len(p.chunks) != 1 {
			t.Errorf("%s: %v %+v", media, err, p)
		}
	}
}

// TestProceduresStayWhole: what must be had or minded first stays with the steps, and
// steps that fit one passage stand in one.
func TestProceduresStayWhole(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Lamp\n\n" + strings.Repeat("Words about the lamp that nobody needs. ", 18) + "\n\n## Change the bulb\n\n**Warning:** " + strings.Repeat("Switch off the power first, it is dangerous. ", 10) + "\n\n")
	for range 12 {
		b.WriteString("1. Turn the part of the lamp that comes next to the left, and keep what falls out of it in a box.\n")
	}
	p, err := prepare(knowledge.Raw{Path: "a.md", Media: knowledge.Markdown, Data: []byte(b.String())}, knowledge.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, c := range p.chunks {
		if s := p.text[c.Start:c.End]; strings.Contains(s, "**Warning:**") && strings.Contains(s, "1. Turn") && strings.Contains(s, "12. Turn") {
			whole++
		}
	}
	if whole != 1 {
		t.Errorf("the procedure is in pieces: %d passages\n%s", len(p.chunks), p.text)
	}
}
