package knowledge

import (
	"context"
	"slices"
	"time"

	"footnote/pipeline"
)

// strengths that votes may have against search; 0 is none. Corpora differ in what
// search makes of them without help, so a replay finds out which serves.
var strengths = []float64{0, .5, 1, 4, 16}

// fading of what a strength was worth, question by question: some 300 count.
const fading = .997

// Replay asks a stream of questions in time order, each before its own approval
// is learned, through the code that drafts use, with and without what was
// learned. Nothing of it is kept. It is not safe for concurrent use.
type Replay struct {
	k      *Knowledge
	mem    *memory
	byID   map[string]*cachedPassage
	byHash map[string][]string // ids of current passages
	worth  []float64           // by strength
}

// NewReplay begins with an empty memory.
func (k *Knowledge) NewReplay(ctx context.Context) (*Replay, error) {
	lex, err := k.statistics(ctx)
	if err != nil {
		return nil, err
	}
	r := &Replay{k: k, mem: newMemory(lex), byID: map[string]*cachedPassage{}, byHash: map[string][]string{}, worth: make([]float64, len(strengths))}
	err = readDocuments(ctx, k.pool, nil, func(d *cachedDocument) {
		for i := range d.passages {
			p := &d.passages[i]
			r.byID[p.ID] = p
			r.byHash[p.hash] = append(r.byHash[p.hash], p.ID)
		}
	})
	return r, err
}

// Tried is what one question of a replay found.
type Tried struct {
	Without, With pipeline.Answer
	Strength      float64 // of the votes in With
}

// Try asks one question. With uses the strength that was worth most so far; worth
// judges an answer and may look at what the question's approval says, since it
// only counts for later questions.
func (r *Replay) Try(ctx context.Context, q pipeline.Query, now time.Time, worth func(pipeline.Answer) float64) (Tried, error) {
	best := r.Best()
	t := Tried{Strength: strengths[best]}
	for i, s := range strengths {
		past := recalling{now: now}
		if s > 0 {
			past = recalling{mem: r.mem, now: now, strength: s}
		}
		a, err := r.k.searchWith(ctx, q, past, nil)
		if err != nil {
			return t, err
		}
		if s == 0 {
			t.Without = a
		}
		if i == best {
			t.With = a
		}
		r.worth[i] = r.worth[i]*fading + worth(a)
	}
	return t, nil
}

// Best is the strength that was worth most so far, as an index of strengths; the
// weakest of those that use the memory before anything is known.
func (r *Replay) Best() int {
	best := 2
	for i, w := range r.worth {
		if w > r.worth[best] {
			best = i
		}
	}
	return best
}

// Strength is that of Best.
func (r *Replay) Strength() float64 { return strengths[r.Best()] }

// Learn takes a lesson in.
func (r *Replay) Learn(l Lesson) {
	m := remembered{decision: l.Decision, requester: keyOf(l.Requester), agent: keyOf(l.Agent), thread: keyOf(l.Thread), at: l.At}
	m.terms, m.weights = questionTerms(l)
	for _, c := range l.Cites {
		if p := r.byID[c.Passage]; p != nil {
			m.cites = append(m.cites, cite{target: r.mem.target(p.hash, []string{p.Document}), weight: c.Weight})
		}
	}
	if len(m.cites) > 0 && len(m.terms) > 0 {
		r.mem.add(m)
	}
}

// Taught is a lesson as it is kept.
type Taught struct {
	Decision, Draft, Agent string
	Kind                   pipeline.DecisionKind
	At                     time.Time
	Reverted               bool
	Guided                 bool // see Lesson
	row                    lessonRow
}

// Kept returns the newest lessons that stand, oldest first.
func (k *Knowledge) Kept(ctx context.Context) ([]Taught, error) {
	rows, err := lessonsAfter(ctx, k.pool, 0)
	if err != nil {
		return nil, err
	}
	out := make([]Taught, len(rows))
	for i, l := range rows {
		out[i] = Taught{Decision: l.decision, Draft: l.draft, Kind: l.kind, At: l.at, Guided: l.guided, row: l}
	}
	return out, nil
}

// Relearn takes a kept lesson in.
func (r *Replay) Relearn(ctx context.Context, t Taught) error {
	return r.mem.take(ctx, r.k.pool, []lessonRow{t.row})
}

// Relevant returns the ids of the current passages that a kept lesson says answer
// its question; none when they have changed since.
func (r *Replay) Relevant(t Taught) []string {
	var out []string
	for i, h := range t.row.hashes {
		if t.row.cited[i] > 0 {
			out = append(out, r.byHash[h]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
