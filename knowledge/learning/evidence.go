package learning

import (
	"context"
	"encoding/json"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/search"
	"footnote/pipeline"
)

// Evidence asks one question twice at a moment, without what was learned: with the
// documents left out that answer it, and whole, with as many others left out, for
// the nearest of fewer is never nearer. Nothing is known (ok false) without an
// embedding model, or where nothing is found.
func (r *Replay) Evidence(ctx context.Context, q pipeline.Query, answering []string, now time.Time) (whole, left knowledge.Evidence, ok bool, err error) {
	if err := search.CheckQuery(q); err != nil {
		return whole, left, false, err
	}
	asked, err := r.k.search.PatientVector(ctx, q.Turns)
	if err != nil || asked.Vector == nil {
		return whole, left, false, err
	}
	gone := map[string]bool{}
	for _, id := range answering {
		gone[id] = true
	}
	for _, x := range []struct {
		hidden map[string]bool
		into   *knowledge.Evidence
	}{{r.others(gone, q), &whole}, {gone, &left}} {
		past := search.Past{Now: now, Replay: &r.asked, Hidden: x.hidden, Evidence: x.into}
		if _, err := r.k.search.SearchWith(ctx, q, asked, past, nil); err != nil {
			return whole, left, false, err
		}
	}
	return whole, left, whole.Vectors && left.Vectors, nil
}

// others chooses as many other documents, by the hash of the question.
func (r *Replay) others(than map[string]bool, q pipeline.Query) map[string]bool {
	out := map[string]bool{}
	n, at := uint64(len(r.docs)), keyOf(q.Turns[len(q.Turns)-1].Text)
	for i := uint64(0); i < n && len(out) < len(than); i++ {
		if d := r.docs[(at+i)%n]; !than[d] {
			out[d] = true
		}
	}
	return out
}

// Documents returns the ids of the documents that some passages stand in.
func (r *Replay) Documents(passages []string) []string {
	var out []string
	for _, id := range passages {
		if p, ok := r.byID[id]; ok {
			out = append(out, p.document)
		}
	}
	return out
}

// weighingFrom reads what learning_state keeps; nil for nothing.
func weighingFrom(raw []byte) (*knowledge.Weighing, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	w := new(knowledge.Weighing)
	return w, json.Unmarshal(raw, w)
}
