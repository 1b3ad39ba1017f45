package console

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
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

// TestRemoveSource: an owner is asked first, and the page then says what was done
// for as long as it stands.
func TestRemoveSource(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	a := ask(t, c, access.RoleOwner, "/knowledge", nil)
	if len(a.find("a", "href", "/knowledge/remove?source=wiki")) != 1 || len(a.find("a", "href", "/knowledge/remove?source=help")) != 0 {
		t.Error("want a button for the source that is not configured, and for it only")
	}
	if a := ask(t, c, access.RoleManager, "/knowledge", nil); len(a.find("a", "href", "/knowledge/remove?source=wiki")) != 0 {
		t.Error("a manager has the button")
	}
	want(t, ask(t, c, access.RoleOwner, "/knowledge/remove?source=wiki", nil), 200, "19 documents leave search at once", "Keep it")
	a = ask(t, c, access.RoleOwner, "/knowledge/remove?source=help", nil)
	if want(t, a, 200, "It is configured right now"); len(a.find("form", "action", "/knowledge/remove")) != 0 {
		t.Error("the configured source can be removed")
	}
	if len(w.removed) != 0 {
		t.Fatal("removed without a confirmation")
	}
	done := "/knowledge"
	if a := ask(t, c, access.RoleOwner, done, nil); strings.Contains(a.words(), "out of search") {
		t.Error("it is told as done while it is there")
	}
	a = ask(t, c, access.RoleOwner, "/knowledge/remove", url.Values{"source": {"wiki"}})
	if a.StatusCode != 303 || a.Header.Get("Location") != done || !slices.Equal(w.removed, []string{kim.ID + " wiki"}) {
		t.Fatalf("%d to %q, removed %v", a.StatusCode, a.Header.Get("Location"), w.removed)
	}
	want(t, ask(t, c, access.RoleOwner, done, nil, after(a)), 200, "The source wiki is removed")
	want(t, ask(t, c, access.RoleOwner, "/knowledge/remove?source=wiki", nil), 404, "perhaps somebody removed it")
}

// TestOldVersionSaysSo, with the way to the current one, also when the document
// was removed since.
func TestOldVersionSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.documents = []Document{{ID: "help/a.md", Title: "A", Version: 3, Current: 3, Bytes: 1200, Audience: pipeline.Public, Notes: []string{"unknown key"}}}
	c := newConsole(t, w)
	if a := ask(t, c, access.RoleOwner, "/knowledge/document?id=help/a.md", nil); strings.Contains(a.words(), "old version") || !strings.Contains(a.words(), "1.2 kB of text") {
		t.Error(a.words())
	}
	for _, gone := range []time.Time{{}, now} {
		w.documents[0].DeletedAt, w.documents[0].Audience = gone, ""
		a := ask(t, c, access.RoleOwner, "/knowledge/document?id=help/a.md&version=2", nil)
		want(t, a, 200, "An old version. This is version 2 of 3", "not kept for this version", "Made")
		if len(a.find("a", "href", "/knowledge/document?id=help%2fa.md")) != 1 || strings.Contains(a.words(), "unknown key") {
			t.Errorf("no way to the current version, or what holds for that one only: %s", a.words())
		}
	}
}

// TestPageInQuarantineSaysSo, why, and what still stands; a page that is gone is
// told apart from it.
func TestPageInQuarantineSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.documents = []Document{{ID: "help/a.md", Title: "A", Version: 3, Current: 3, DeletedAt: ago(time.Hour), Quarantine: "The file is empty."}}
	c := newConsole(t, w)
	a := ask(t, c, access.RoleOwner, "/knowledge/document?id=help/a.md", nil)
	want(t, a, 200, "In quarantine: The file is empty.", "Version 3, the last good one, is kept but no longer searched")
	if strings.Contains(a.words(), "Removed") {
		t.Error("it is told as removed")
	}
	w.documents[0].Quarantine = ""
	if a := ask(t, c, access.RoleOwner, "/knowledge/document?id=help/a.md", nil); strings.Contains(a.words(), "quarantine") || !strings.Contains(a.words(), "Removed 1 h ago") {
		t.Error(a.words())
	}
}

// TestLongDocumentComesInPages: no page has more than some passages, and a
// citation leads to the page that its passage is on.
func TestLongDocumentComesInPages(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d := Document{ID: "help/long.md", Title: "Long", Version: 1, Current: 1}
	for i := range 6000 {
		d.Passages = append(d.Passages, pipeline.Passage{ID: fmt.Sprintf("p%d", i), Ordinal: i, Text: "Text."})
	}
	w.documents = []Document{d}
	c := newConsole(t, w)
	for path, first := range map[string]int{
		"/knowledge/document?id=help%2Flong.md": 0, documentPath(d.ID, 1, "p4711"): 4700, documentPath(d.ID, 1, "p5999"): 5900, documentPath(d.ID, 1, "gone"): 0,
		"/knowledge/document?id=help%2Flong.md&from=250": 200, "/knowledge/document?id=help%2Flong.md&from=99999": 5900, "/knowledge/document?id=help%2Flong.md&from=-1": 0,
	} {
		path, anchor, _ := strings.Cut(path, "#")
		a := ask(t, c, access.RoleOwner, path, nil)
		want(t, a, 200, "6 000 passages", strings.ReplaceAll(fmt.Sprintf("%s–%s of 6 000", number(first+1), number(first+passagesShown)), "\u202f", " "))
		if n := len(a.find("article", "", "")); n != passagesShown || len(a.find("article", "id", fmt.Sprintf("p-p%d", first))) != 1 {
			t.Errorf("%s: %d passages, not from %d", path, n, first)
		}
		if anchor != "" && anchor != "p-gone" && len(a.find("article", "id", anchor)) != 1 {
			t.Errorf("%s leads to a page without its passage", path)
		}
	}
	a := ask(t, c, access.RoleOwner, "/knowledge/document?id=help%2Flong.md&from=100", nil)
	for _, beside := range []string{"/knowledge/document?id=help%2Flong.md&version=1", "/knowledge/document?from=200&id=help%2Flong.md&version=1"} {
		if len(a.find("a", "href", beside)) < 2 {
			t.Errorf("no way to %s", beside)
		}
	}
}

// TestPassagesAreToldApart: only the first is the start of the document.
func TestPassagesAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.documents = []Document{{ID: "help/a.md", Title: "A", Version: 1, Current: 1, Passages: []pipeline.Passage{
		{ID: "p0", Text: "First of all."}, {ID: "p1", Ordinal: 1, Text: "Then\nthere is more."}, {ID: "p2", Ordinal: 2, Heading: []string{"Setup", "Keys"}, Text: "Keys."}}}}
	a := ask(t, newConsole(t, w), access.RoleOwner, "/knowledge/document?id=help/a.md", nil)
	want(t, a, 200, "Start of the document passage 1", "“Then there is more.” passage 2", "Setup › Keys passage 3")
	if n := strings.Count(a.words(), "Start of the document"); n != 1 {
		t.Errorf("%d passages are the start of the document", n)
	}
}

// TestOwnerDecidesWhatAKeyMeans: the quarantine asks once for all pages that say the
// same, and what was decided can be taken back.
func TestOwnerDecidesWhatAKeyMeans(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	a := ask(t, c, access.RoleOwner, "/knowledge/quarantine", nil)
	want(t, a, 200, "visibility: partner", "partners/terms-0.md", "and 2 more", "Left out", "draft: true (line 3)")
	if n := len(a.find("form", "action", "/knowledge/decide")); n != 1+2+2 {
		t.Errorf("%d forms: one for each thing to decide, and one for each decision", n)
	}
	if a := ask(t, c, access.RoleAgent, "/knowledge/quarantine", nil); len(a.find("form", "action", "/knowledge/decide")) != 0 {
		t.Error("an agent may decide")
	}
	a = ask(t, c, access.RoleOwner, "/knowledge/decide", url.Values{"source": {"help"}, "key": {"visibility"}, "value": {"partner"}, "means": {"internal"}})
	last := w.decided[len(w.decided)-1]
	if a.StatusCode != 303 || last.Key != "visibility" || last.Value != "partner" || last.Means != knowledge.MeansInternal || last.By != kim.ID {
		t.Fatalf("%d, %+v", a.StatusCode, last)
	}
	want(t, ask(t, c, access.RoleOwner, a.Header.Get("Location"), nil), 200, "It holds from the next sync on")
	want(t, ask(t, c, access.RoleOwner, "/knowledge", nil), 200, "visibility: partner means internal")
	ask(t, c, access.RoleOwner, "/knowledge/decide", url.Values{"source": {"help"}, "key": {"visibility"}, "value": {"partner"}, "back": {"1"}})
	if slices.ContainsFunc(w.decided, func(d knowledge.Decision) bool { return d.Key == "visibility" }) {
		t.Errorf("not taken back: %+v", w.decided)
	}
}
