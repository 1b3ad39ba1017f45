package qdrant_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/library"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

const (
	invoices = "---\ntitle: Invoices\nurl: https://help.example.com/invoices\nowner: ana\n---\n\n# Invoices\n\nYou download invoices under Billing.\n"
	refunds  = "# Refunds\n\nRefunds reach your card within five working days.\n"
)

func TestSyncWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	r := s.sync(t, "help", docs{md("invoices.md", invoices), md("refunds.md", refunds)})
	if r.Added != 2 || r.Passages != 2 || r.Changed+r.Unchanged+r.Deleted != 0 {
		t.Fatalf("first sync: %+v", r)
	}
	s.clean(t)
	if r = s.sync(t, "help", docs{md("invoices.md", invoices), md("refunds.md", refunds)}); r.Unchanged != 2 || r.Passages != 0 {
		t.Fatalf("second sync: %+v", r)
	}
	// Front matter that nobody sees makes no version and no embedding; the
	// owner is kept all the same.
	r = s.sync(t, "help", docs{md("invoices.md", strings.Replace(invoices, "owner: ana", "owner: bo\nms.date: 01/02/2026", 1)), md("refunds.md", refunds)})
	if r.Unchanged != 2 || r.Changed != 0 {
		t.Fatalf("owner changed: %+v", r)
	}
	d, err := s.FindDocument(t.Context(), "help/invoices.md", 0)
	if err != nil || d.Document.Version != 1 || d.Document.Owner != "bo" || len(d.Document.Notes) != 1 {
		t.Fatalf("%+v %v", d.Document, err)
	}
	s.clean(t)
	r = s.sync(t, "help", docs{md("invoices.md", strings.Replace(invoices, "under Billing", "under Payments", 1))})
	if r.Changed != 1 || r.Deleted != 1 || !slices.Equal(r.Documents, []string{"help/invoices.md", "help/refunds.md"}) {
		t.Fatalf("change and delete: %+v", r)
	}
	if d := s.clean(t); d.Points != 1 {
		t.Fatalf("%d points after the delete", d.Points)
	}
	if hits := s.ask(t, "when do refunds reach my card?"); len(hits) > 0 {
		t.Fatalf("a deleted document was found: %+v", hits)
	}
	hits := s.ask(t, "where do I download invoices?")
	if len(hits) != 1 || hits[0].Passage.Version != 2 || !strings.Contains(hits[0].Passage.Text, "Payments") || hits[0].Support < .9 {
		t.Fatalf("%+v", hits)
	}
	d, err = s.FindDocument(t.Context(), "help/invoices.md", 1)
	if err != nil || len(d.Versions) != 2 || !strings.Contains(d.Text, "Billing") || d.Text[d.Passages[0].Start:d.Passages[0].End] != d.Passages[0].Text {
		t.Fatalf("old version: %+v %v", d, err)
	}
	// It comes back as it was: same version, found again.
	if r = s.sync(t, "help", docs{md("invoices.md", strings.Replace(invoices, "under Billing", "under Payments", 1)), md("refunds.md", refunds)}); r.Added != 1 {
		t.Fatalf("return: %+v", r)
	}
	if hits := s.ask(t, "when do refunds reach my card?"); len(hits) != 1 {
		t.Fatalf("%+v", hits)
	}
	s.clean(t)
}

func TestQuarantineNamesReasonsAndIsCleared(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	bad := docs{
		md("ok.md", refunds), md("empty.md", " \n"), md("picture.md", "\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), md("front.md", "---\ntitle: [\n---\ntext\n"),
		md("open.md", "---\ntitle: x\nno end\n"), {Path: "big.md", Size: 50 << 20, Media: knowledge.Markdown}, md("only.md", "---\n---\n***\n"),
	}
	r := s.sync(t, "help", bad)
	if r.Added != 1 || len(r.Quarantined) != 6 {
		t.Fatalf("%+v", r)
	}
	for _, q := range r.Quarantined {
		if q.Reason == "" || !strings.HasSuffix(q.Reason, ".") && !strings.HasPrefix(q.Reason, "The front matter") {
			t.Errorf("%s: %q is no sentence", q.Path, q.Reason)
		}
	}
	list, err := s.ListQuarantine(t.Context(), "help")
	if err != nil || len(list) != 6 {
		t.Fatalf("%v %v", list, err)
	}
	if r = s.sync(t, "help", docs{md("ok.md", refunds), md("front.md", "---\ntitle: Fixed\n---\ntext about locks\n")}); r.Added != 1 || len(r.Quarantined) != 0 {
		t.Fatalf("%+v", r)
	}
	if list, _ = s.ListQuarantine(t.Context(), ""); len(list) != 0 {
		t.Fatalf("not cleared: %v", list)
	}
	// A document that breaks leaves the index: it may not be quoted from memory.
	if r = s.sync(t, "help", docs{md("ok.md", "\x00\x00\x01"), md("front.md", "---\ntitle: Fixed\n---\ntext about locks\n")}); r.Deleted != 1 || len(r.Quarantined) != 1 {
		t.Fatalf("%+v", r)
	}
	if d := s.clean(t); d.Points != 1 {
		t.Fatalf("%+v", d)
	}
}

// broken fails its listing after the first document.
type broken struct{ docs }

func (b broken) Documents(ctx context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		if yield(b.docs[0], nil) {
			yield(knowledge.Raw{}, pipeline.Errorf(pipeline.Unavailable, "The share is not mounted."))
		}
	}
}

func TestFailedListingDeletesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	all := docs{}
	for i := range 12 {
		all = append(all, md(fmt.Sprintf("%d.md", i), fmt.Sprintf("# Topic %d\n\nText number %d.\n", i, i)))
	}
	s.sync(t, "help", all)
	_, err := s.Sync(t.Context(), knowledge.Feed{Name: "help", Source: broken{all}})
	if pipeline.KindOf(err) != pipeline.Unavailable {
		t.Fatalf("%v", err)
	}
	_, err = s.Sync(t.Context(), knowledge.Feed{Name: "help", Source: docs{}})
	if pipeline.KindOf(err) != pipeline.Conflict {
		t.Fatalf("an empty folder: %v", err)
	}
	sources, err := s.ListSources(t.Context())
	if err != nil || len(sources) != 1 || sources[0].Documents != 12 || !strings.Contains(sources[0].Error, "lists no documents") {
		t.Fatalf("%+v %v", sources, err)
	}
	if r, err := s.Sync(t.Context(), knowledge.Feed{Name: "help", Source: docs{}, AllowEmpty: true}); err != nil || r.Deleted != 12 {
		t.Fatalf("%+v %v", r, err)
	}
}

// gate holds its listing until it is opened.
type gate struct {
	docs
	entered, open chan struct{}
}

func (g gate) Documents(ctx context.Context) iter.Seq2[knowledge.Raw, error] {
	close(g.entered)
	<-g.open
	return g.docs.Documents(ctx)
}

func TestOneSyncOfASourceAtATime(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	g := gate{docs{md("a.md", refunds)}, make(chan struct{}), make(chan struct{})}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := s.Sync(t.Context(), knowledge.Feed{Name: "help", Source: g}); err != nil {
			t.Error(err)
		}
	})
	<-g.entered
	_, err := s.Sync(t.Context(), knowledge.Feed{Name: "help", Source: docs{}})
	if pipeline.KindOf(err) != pipeline.Conflict {
		t.Errorf("second sync: %v", err)
	}
	s.sync(t, "other", docs{md("b.md", invoices)}) // another source is free
	close(g.open)
	wg.Wait()
	s.clean(t)
}

// failing is an index that stops working after some calls.
type failing struct {
	knowledge.Collections
	left int
}

type failingIndex struct {
	knowledge.Index
	f *failing
}

func (f *failing) Current(ctx context.Context, owner string) (knowledge.Index, error) {
	ix, err := f.Collections.Current(ctx, owner)
	return failingIndex{ix, f}, err
}

func (ix failingIndex) Save(ctx context.Context, p []knowledge.Point) error {
	if ix.f.left--; ix.f.left < 0 {
		return pipeline.Errorf(pipeline.Unavailable, "The index is gone.")
	}
	return ix.Index.Save(ctx, p)
}

func TestSyncThatDiedIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	all := docs{}
	for i := range 100 {
		all = append(all, md(fmt.Sprintf("%d.md", i), fmt.Sprintf("# Topic %d\n\nText number %d.\n", i, i)))
	}
	cfg := s.cfg
	cfg.Collections = &failing{s.coll, 2}
	dying := library.Open(cfg)
	defer dying.Close()
	if _, err := dying.Sync(t.Context(), knowledge.Feed{Name: "help", Source: all}); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Fatalf("%v", err)
	}
	d, err := s.Check(t.Context())
	if err != nil || d.Clean() || d.Pending == 0 {
		t.Fatalf("%+v %v", d, err)
	}
	if r := s.sync(t, "help", all); r.Unchanged != 100 || r.Passages == 0 {
		t.Fatalf("%+v", r)
	}
	s.clean(t)
}

func TestHealAndRebuild(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("invoices.md", invoices), md("refunds.md", refunds), md("locks.md", "# Locks\n\nTurn the key twice.\n")})
	ix, err := s.OpenIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var entries []knowledge.Entry
	for e, err := range ix.Entries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	// One is lost, one is changed, one is there that nobody knows.
	one := knowledge.Sparse{Terms: []text.Term{1}, Weights: []float32{1}}
	err = errors.Join(ix.Delete(t.Context(), []string{entries[0].ID}), ix.Save(t.Context(), []knowledge.Point{
		{ID: entries[1].ID, Terms: one, Payload: knowledge.Payload{Document: entries[1].Document, Hash: "x"}},
		{ID: "11111111-2222-8333-8444-555555555555", Terms: one, Payload: knowledge.Payload{Document: "ghost", Hash: "y", Status: "live", Audience: pipeline.Public}}}))
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Heal(t.Context())
	if err != nil || d.Missing != 1 || d.Stale != 1 || d.Extra != 1 {
		t.Fatalf("%+v %v", d, err)
	}
	s.clean(t)
	before, _ := s.client.ListCollections(t.Context())
	if n, err := s.Rebuild(t.Context()); err != nil || n != 3 {
		t.Fatalf("%d %v", n, err)
	}
	after, _ := s.client.ListCollections(t.Context())
	if len(before) != 1 || len(after) != 1 || before[0] == after[0] {
		t.Fatalf("collections %v, then %v", before, after)
	}
	s.clean(t)
	if hits := s.ask(t, "how do I turn the key"); len(hits) == 0 || hits[0].Passage.Document != "help/locks.md" {
		t.Fatalf("%+v", hits)
	}
	// A whole index that is lost is made again at start.
	if err := s.client.DeleteCollection(t.Context(), after[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := s.clean(t); d.Points != 3 {
		t.Fatalf("%+v", d)
	}
}

func TestListDocuments(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("invoices.md", invoices), md("internal/refunds.md", refunds), md("es/facturas.md", "# Facturas\n\nDescargue sus facturas.\n")})
	for _, c := range []struct {
		f    knowledge.DocumentFilter
		want int
	}{
		{knowledge.DocumentFilter{}, 3}, {knowledge.DocumentFilter{Source: "help", Limit: 1}, 3}, {knowledge.DocumentFilter{Source: "none"}, 0},
		{knowledge.DocumentFilter{Audience: pipeline.Restricted}, 1}, {knowledge.DocumentFilter{Locale: "es"}, 1}, {knowledge.DocumentFilter{Text: "INVO"}, 1},
		{knowledge.DocumentFilter{Owner: "ana"}, 1}, {knowledge.DocumentFilter{Unowned: true}, 2}, {knowledge.DocumentFilter{State: knowledge.Removed}, 0},
		{knowledge.DocumentFilter{State: knowledge.ReviewDue}, 3}, {knowledge.DocumentFilter{Text: "100%_"}, 0},
	} {
		p, err := s.ListDocuments(t.Context(), c.f)
		if err != nil || p.Total != c.want || c.f.Limit > 0 && len(p.Documents) != c.f.Limit {
			t.Errorf("%+v: %d of %d, %v", c.f, len(p.Documents), p.Total, err)
		}
	}
	c, err := s.Count(t.Context())
	if err != nil || c.Documents != 3 || c.Internal != 1 || c.Sources != 1 || c.Passages != 3 || c.Unowned != 2 {
		t.Fatalf("%+v %v", c, err)
	}
	if _, err := s.FindDocument(t.Context(), "help/none.md", 0); pipeline.KindOf(err) != pipeline.NotFound {
		t.Fatalf("%v", err)
	}
	hits := s.ask(t, "download invoices")
	found, err := s.FindPassages(t.Context(), []string{hits[0].Passage.ID, "nonsense"})
	if err != nil || len(found) != 1 || found[0].Text != hits[0].Passage.Text {
		t.Fatalf("%+v %v", found, err)
	}
}

// TestAnalysisMovesOn: after an upgrade that reads words otherwise the next sync
// indexes what an earlier one stored, without a new version of the text.
func TestAnalysisMovesOn(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	page := docs{md("platnosci.md", "---\nlocale: pl\n---\n# Pomoc\n\nWszystkie płatności są bezpieczne, a rachunek przyjdzie mailem.\n")}
	s.sync(t, "help", page)
	asked := func() bool {
		t.Helper()
		a, err := s.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "płatnościami"}}, Audiences: []pipeline.Audience{pipeline.Public}, Locale: "pl"})
		if err != nil {
			t.Fatal(err)
		}
		return len(a.Hits) == 1
	}
	if !asked() {
		t.Fatal("a form of the word does not find the page")
	}
	if _, err := s.cfg.Pool.Exec(t.Context(), `UPDATE passages SET terms = '{1,2,3}'`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.cfg.Pool.Exec(t.Context(), `UPDATE documents SET raw_hash = 'of another version'`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rebuild(t.Context()); err != nil { // the index of the version before
		t.Fatal(err)
	}
	if asked() {
		t.Fatal("the page is found by words that are not stored")
	}
	s.sync(t, "help", page)
	d, err := s.FindDocument(t.Context(), "help/platnosci.md", 0)
	if err != nil || d.Document.Version != 1 {
		t.Errorf("version %d: its text did not change (%v)", d.Document.Version, err)
	}
	if !asked() {
		t.Error("the next sync leaves the old words in the index")
	}
}
