package console

import (
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/review/access"
)

// TestListMarksDocuments: what is the matter with a document stands in the list,
// which can be asked for it.
func TestListMarksDocuments(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	for says, d := range map[string]Document{
		"Expired 31 Mar 2026":                           {ValidUntil: day},
		"Not valid before 31 Mar 2027":                  {ValidFrom: day.AddDate(1, 0, 0)},
		"31 Mar 2025 Due":                               {ReviewedAt: day.AddDate(-1, 0, 0)},
		"never Due":                                     {},
		"Duplicate of help/b.md":                        {DuplicateOf: "help/b.md"},
		"In quarantine The front matter is not closed.": {DeletedAt: now, Quarantine: "The front matter is not closed."},
		"Removed 23 Nov 2026":                           {DeletedAt: now},
	} {
		w := newWorld()
		d.ID, d.Title = "help/a.md", "A"
		w.documents = []Document{d}
		want(t, ask(t, newConsole(t, w), access.RoleOwner, "/knowledge", nil), 200, says)
	}
	w := typical()
	a := ask(t, newConsole(t, w), access.RoleOwner, "/knowledge?state=expired", nil)
	want(t, a, 200, "Clear")
	if f := w.filters[len(w.filters)-1]; f.State != knowledge.Expired || len(a.find("a", "href", "/knowledge?from=50&state=expired#documents")) != 1 {
		t.Errorf("asked for %+v; the next page must be of the same state", f)
	}
	ask(t, newConsole(t, w), access.RoleOwner, "/knowledge?state=nonsense", nil)
	if f := w.filters[len(w.filters)-1]; f.State != knowledge.AnyState {
		t.Errorf("nonsense is asked for: %+v", f)
	}
}
