package console

import (
	"strings"
	"testing"

	"footnote/review/access"
)

func TestProse(t *testing.T) {
	t.Parallel()
	for md, want := range map[string]string{
		"1. Open the site and choose **Forgot password?**":     "1. Open the site and choose Forgot password?",
		"| Plan | Price |\n|:---|---:|\n| **Studio** | 29 € |": "Plan · Price\nStudio · 29 €",
		"Do not:\n- share *it*\n  - or `print` it":             "Do not:\n• share it\n  • or print it",
		"## Limits\n\nSee [the page](https://x.example/a_b).":  "Limits\n\nSee the page.",
		"```\na **b** | c\n```\nafter":                         "a **b** | c\nafter",
		"2 * 3 * 4, snake_case and D:\\Temp":                   "2 * 3 * 4, snake_case and D:\\Temp",
		"a | b stands in a sentence":                           "a | b stands in a sentence",
		"":                                                     "",
	} {
		if got := prose(md); got != want {
			t.Errorf("prose(%q)\n got %q\nwant %q", md, got, want)
		}
	}
}

// TestNoMarkdownIsShown: quotes, sources, what is nearest and documents read as text.
func TestNoMarkdownIsShown(t *testing.T) {
	t.Parallel()
	w := typical()
	_, r := w.find(draftID(0))
	quote := "To change the **address**, open `Settings`.\n| Plan | Price |\n|---|---|\n| Studio | 29 € |"
	for i := range r.Draft.Sentences {
		for j := range r.Draft.Sentences[i].Receipts {
			r.Draft.Sentences[i].Receipts[j].Quote = quote
		}
	}
	a := ask(t, newConsole(t, w), access.RoleAgent, firstTicket, nil)
	want(t, a, 200, "To change the address, open Settings.", "Studio · 29 €")
	for _, mark := range []string{"**", "`", "|---", "| Plan"} {
		if strings.Contains(a.words(), mark) {
			t.Errorf("the page shows %q", mark)
		}
	}
}
