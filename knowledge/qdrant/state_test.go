package qdrant_test

import (
	"slices"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// TestOldVersionIsShownAsItWas: its title, audience, time and size are its own.
func TestOldVersionIsShownAsItWas(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("a.md", "---\ntitle: Before\naudience: public\n---\nShort.\n")})
	s.sync(t, "help", docs{md("a.md", "---\ntitle: After\naudience: internal\n---\nA longer text than before.\n")})
	find := func(version int) knowledge.Document {
		d, err := s.FindDocument(t.Context(), "help/a.md", version)
		if err != nil || d.Document.Version != 2 || len(d.Versions) != 2 {
			t.Fatalf("%+v %v", d, err)
		}
		return d.Document
	}
	old, current := find(1), find(0)
	if old.Title != "Before" || old.Audience != pipeline.Public || old.Bytes >= current.Bytes || !old.UpdatedAt.Before(current.UpdatedAt) {
		t.Errorf("version 1 is shown as %+v", old)
	}
	if current.Title != "After" || current.Audience != pipeline.Restricted {
		t.Errorf("version 2 is shown as %+v", current)
	}
	// A version from before its audience was kept has none, not today's.
	if _, err := s.cfg.Pool.Exec(t.Context(), `UPDATE document_versions SET audience = NULL`); err != nil {
		t.Fatal(err)
	}
	if old, current := find(1), find(0); old.Audience != "" || current.Audience != pipeline.Restricted {
		t.Errorf("audiences %q and %q", old.Audience, current.Audience)
	}
}

// TestDocumentsByState: what may be the matter with a document can be asked for,
// and the document says it.
func TestDocumentsByState(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	day := func(after int) string { return time.Now().UTC().AddDate(0, 0, after).Format(time.DateOnly) }
	page := func(name, front, text string) knowledge.Raw {
		return md(name+".md", "---\n"+front+"\n---\n# Page\n\n"+text+"\n")
	}
	good := docs{
		page("fine", "review_date: "+day(-300), "All is well."), page("old", "review_date: "+day(-1)+"\nvalid_until: "+day(-1), "The old price."),
		page("next", "review_date: "+day(-1)+"\nvalid_from: "+day(1), "The next price."), page("due", "review_date: "+day(-365), "Long ago."), page("never", "owner: ana", "Whenever."),
		page("copy", "title: Another\nreview_date: "+day(-1), "All is well."), page("breaks", "review_date: "+day(-1), "It breaks."), page("goes", "review_date: "+day(-1), "It goes."),
	}
	s.sync(t, "help", good)
	s.sync(t, "help", append(good[:6:6], md("breaks.md", "---\ntitle: [\n---\ntext\n")))
	for state, want := range map[knowledge.DocumentState][]string{
		knowledge.AnyState: {"breaks", "copy", "due", "fine", "never", "next", "old"}, knowledge.Expired: {"old"}, knowledge.NotYetValid: {"next"},
		knowledge.ReviewDue: {"due", "never"}, knowledge.Duplicate: {"fine"}, knowledge.Quarantine: {"breaks"}, knowledge.Removed: {"goes"}, "nonsense": nil,
	} {
		p, err := s.ListDocuments(t.Context(), knowledge.DocumentFilter{State: state})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range p.Documents {
			if (d.Quarantine != "") != (d.Path == "breaks.md") || (d.DuplicateOf == "help/copy.md") != (d.Path == "fine.md") {
				t.Errorf("%s: quarantine %q, duplicate of %q", d.ID, d.Quarantine, d.DuplicateOf)
			}
			got = append(got, d.Path[:len(d.Path)-len(".md")])
		}
		if !slices.Equal(got, want) || p.Total != len(want) {
			t.Errorf("%q: %v of %d, want %v", state, got, p.Total, want)
		}
	}
	// Once the first of them is gone, the other is the only one.
	s.sync(t, "help", good[:5])
	if d, err := s.FindDocument(t.Context(), "help/fine.md", 0); err != nil || d.Document.DuplicateOf != "" {
		t.Errorf("duplicate of %q, which is gone (%v)", d.Document.DuplicateOf, err)
	}
}
