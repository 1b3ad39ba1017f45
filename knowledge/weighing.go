package knowledge

import (
	"context"
	"encoding/json"
	"time"

	"footnote/pipeline"
)

// Evidence is what a search knows of whether its first passages answer.
type Evidence struct {
	Words   float64 `json:"words"` // log odds by words, at even odds
	Apart   float64 `json:"apart"` // by vectors: how far the nearest passage stands out, in [0,1]
	Vectors bool    `json:"-"`     // there were vectors to search with
}

// Weighing says how far vectors are believed beside words: the log odds that an
// answer is there are Bias + Words × those by words + Apart × how far the nearest
// passage stands out. It holds for the model it was learned with.
type Weighing struct {
	Model string  `json:"model"`
	Bias  float64 `json:"bias"`
	Words float64 `json:"words"`
	Apart float64 `json:"apart"`
}

// Weighed is what a weighing made of a search's evidence.
type Weighed struct {
	Evidence Evidence `json:"evidence"`
	By       Weighing `json:"by"`
}

// LogOdds of an answer.
func (w Weighing) LogOdds(e Evidence) float64 { return w.Bias + w.Words*e.Words + w.Apart*e.Apart }

// apart tells how far the nearest of a list by vectors stands out from its last,
// in [0,1]: of what separates the last from the question, the share that does not
// separate the nearest. Cosines by themselves mean little: some models have all
// texts close together.
func apart(l []Scored, docs map[string]*cachedDocument) float64 {
	var near, far float64
	n := 0
	for _, p := range l {
		if docs[p.Document] == nil {
			continue
		}
		if n == 0 {
			near = p.Score
		}
		far = p.Score
		n++
	}
	if n < 2 || far >= 1 {
		return 0
	}
	return min(1, max(0, (near-far)/(1-far)))
}

// Evidence asks one question twice at a moment, without what was learned: with the
// documents left out that answer it, and whole, with as many others left out, for
// the nearest of fewer is never nearer. Nothing is known (ok false) without an
// embedding model, or where nothing is found.
func (r *Replay) Evidence(ctx context.Context, q pipeline.Query, answering []string, now time.Time) (whole, left Evidence, ok bool, err error) {
	if err := checkQuery(q); err != nil {
		return whole, left, false, err
	}
	asked, err := r.k.patientVector(ctx, q.Turns)
	if err != nil || asked.vector == nil {
		return whole, left, false, err
	}
	gone := map[string]bool{}
	for _, id := range answering {
		gone[id] = true
	}
	for _, x := range []struct {
		hidden map[string]bool
		into   *Evidence
	}{{r.others(gone, q), &whole}, {gone, &left}} {
		past := recalling{now: now, replay: &r.asked, hidden: x.hidden, evidence: x.into}
		if _, err := r.k.searchWith(ctx, q, asked, past, nil); err != nil {
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
		if p := r.byID[id]; p != nil {
			out = append(out, p.Document)
		}
	}
	return out
}

// weighingFrom reads what learning_state keeps; nil for nothing.
func weighingFrom(raw []byte) (*Weighing, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	w := new(Weighing)
	return w, json.Unmarshal(raw, w)
}
