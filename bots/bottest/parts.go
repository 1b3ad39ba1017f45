package bottest

import (
	"net/http"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// ListsAll fails unless Changed lists each of these tickets once.
func ListsAll(t *testing.T, d bots.Poller, since time.Time, ids map[string]bool) {
	t.Helper()
	refs, err := d.Changed(t.Context(), since)
	if err != nil || len(refs) != len(ids) {
		t.Errorf("%d of %d tickets are listed, %v", len(refs), len(ids), err)
	}
	listed := map[string]bool{}
	for _, r := range refs {
		listed[r.ID] = true
	}
	for id := range ids {
		if !listed[id] {
			t.Errorf("ticket %s is not listed", id)
		}
	}
}

// ReadHistory reads all pages of a desk's history, each ticket once, and checks
// that a cursor that is none is refused.
func ReadHistory(t *testing.T, d bots.Historian, since time.Time) map[string]pipeline.PastTicket {
	t.Helper()
	if _, err := d.History(t.Context(), since, "yesterday"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a bad cursor: %v", err)
	}
	got, cursor := map[string]pipeline.PastTicket{}, ""
	for range 50 {
		p, err := d.History(t.Context(), since, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, past := range p.Tickets {
			got[past.ID] = past
		}
		if cursor = p.Cursor; p.Done {
			return got
		}
	}
	t.Fatal("the history has no end")
	return nil
}

// Fine names the findings of a check that are fine; each other must say what to do.
func Fine(t *testing.T, d bots.Checker, hook string) (names []string) {
	t.Helper()
	for _, f := range d.Check(t.Context(), hook) {
		if f.OK {
			names = append(names, f.Name)
		} else if f.Fix == "" || f.Saw == "" {
			t.Errorf("%s: no advice: %+v", f.Name, f)
		}
	}
	return names
}

// FuzzParse feeds signed bodies to a desk's Parse, beginning with the platform's
// own and BadBodies: a failure is Invalid, an event has all that it needs.
func FuzzParse(f *testing.F, d bots.Desk, now time.Time, sign func([]byte, time.Time) http.Header, hooks []Hook) {
	for _, h := range hooks {
		f.Add(h.Body)
	}
	for _, b := range BadBodies(f) {
		if len(b) < 4096 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, err := d.Parse(sign(raw, now), raw, now)
		if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
			t.Fatalf("kind %s: %v", pipeline.KindOf(err), err)
		}
		for _, e := range events {
			if e.ID == "" || e.Ticket == "" || e.Desk != d.Name() {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
