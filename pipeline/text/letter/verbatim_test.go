package letter

import (
	"strings"
	"testing"
)

// TestWorldShown: what a person shows in a message stays; a mark that somebody else wrote
// stands for nothing.
func TestWorldShown(t *testing.T) {
	for _, c := range []struct{ raw, subject, want string }{
		{"It says:\n```\n-- \nE42\n> x\n```\nWhy?", "Error", "It says:\n```\n-- \nE42\n> x\n```\nWhy?"},
		{"It says:\n```\n-- \nE42\n```\nWhy?\n-- \nKim", "", "It says:\n```\n-- \nE42\n```\nWhy?"},
		{"```\nFrom: a@b.example\nSent: 3/3/2026 10:14\nTo: c\nSubject: x\n```\nWhat is this?", "Head", "```\nFrom: a@b.example\nSent: 3/3/2026 10:14\nTo: c\nSubject: x\n```\nWhat is this?"},
		{"Your page says:\n> Descale it.\nIs that so?", "Page", "Your page says:\n> Descale it.\nIs that so?"},
		{"Is that so?\n\nOn 3/3/2026 10:14 a <a@b.example> wrote:\n> Descale it.", "Page", "Is that so?"},
		{"> Descale it.\nIs that so?", "Re: Page", "Is that so?"},
		{"> Descale it.\nIs that so?", "", "Is that so?"},
		{"a \ue0f00\ue0f0 b?\n```\n" + strings.Repeat("x", 40) + "\n```", "T", "a 0 b?\n```\n" + strings.Repeat("x", 40) + "\n```"},
		{"```\nnever closed\n-- \nKim", "", "```\nnever closed"},
	} {
		if got := Read(c.raw, c.subject).Text; got != c.want {
			t.Errorf("%q as %q:\n got %q\nwant %q", c.raw, c.subject, got, c.want)
		}
	}
}
