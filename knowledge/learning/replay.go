package learning

import (
	"context"
	"slices"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/search"
	"footnote/pipeline"
)

// way is how lessons are used: how strong their votes are against search, 0 for
// not at all, and how far what questions mean to the embedding model is trusted
// against their words in telling which are alike.
type way struct{ strength, trust float64 }

// ways to use lessons. Corpora differ in what search makes of them without help,
// and models in what they know of a corpus' questions, so a replay finds out which
// serves.
var (
	waysByWords   = []way{{}, {.5, 0}, {1, 0}, {4, 0}, {16, 0}}
	waysByMeaning = []way{{.5, meant}, {1, meant}, {4, meant}, {16, meant}}
)

// meant is the trust in a model that knows the questions: between 1 and 2 it makes
// no difference on forum tickets.
const meant = 1.5

// fading of what a way was worth, question by question: some 300 count.
const fading = .997

// Replay asks a stream of questions in time order, each before its own approval
// is learned, through the code that drafts use, with and without what was
// learned; a reranker is not asked, which would judge each question once for each
// way. Nothing of it is kept. It is not safe for concurrent use.
type Replay struct {
	k      *Lessons
	mem    *memory
	byID   map[string]current
	byHash map[string][]string // ids of current passages
	docs   []string            // ids of all documents
	ways   []way
	worth  []float64 // by way

	agreement search.Agreement // of terms and vectors in its questions
	asked     search.Agreement // the same in those that Evidence asks
}

// current is where a passage stands now.
type current struct{ document, hash string }

// NewReplay begins with an empty memory.
func (k *Lessons) NewReplay(ctx context.Context) (*Replay, error) {
	lex, err := k.corpus.Statistics(ctx)
	if err != nil {
		return nil, err
	}
	r := &Replay{k: k, mem: newMemory(lex), byID: map[string]current{}, byHash: map[string][]string{}, ways: waysByWords}
	if k.Embedder != nil {
		r.ways = slices.Concat(waysByWords, waysByMeaning)
	}
	r.worth = make([]float64, len(r.ways))
	err = knowledge.EachCurrent(ctx, k.Pool, nil, func(p knowledge.Current) error {
		r.byID[p.ID] = current{p.Payload.Document, p.Hash}
		r.byHash[p.Hash] = append(r.byHash[p.Hash], p.ID)
		r.docs = append(r.docs, p.Payload.Document)
		return nil
	})
	slices.Sort(r.docs)
	r.docs = slices.Compact(r.docs)
	return r, err
}

// Tried is what one question of a replay found.
type Tried struct {
	Without, With pipeline.Answer
}

// Try asks one question. With uses the way that was worth most so far; worth
// judges an answer and may look at what the question's approval says, since it
// only counts for later questions. Kind Unavailable while the embeddings endpoint
// does not answer: what words alone find says nothing of how searches go.
func (r *Replay) Try(ctx context.Context, q pipeline.Query, now time.Time, worth func(pipeline.Answer) float64) (Tried, error) {
	if err := search.CheckQuery(q); err != nil {
		return Tried{}, err
	}
	asked, err := r.k.search.PatientVector(ctx, q.Turns)
	if err != nil {
		return Tried{}, err
	}
	best := r.best()
	var t Tried
	for i, w := range r.ways {
		past := search.Past{Now: now, Replay: &r.agreement}
		if w.strength > 0 {
			past.Memory = used{r.mem, w}
		}
		a, err := r.k.search.SearchWith(ctx, q, asked, past, nil)
		if err != nil {
			return t, err
		}
		if w.strength == 0 {
			t.Without = a
		}
		if i == best {
			t.With = a
		}
		r.worth[i] = r.worth[i]*fading + worth(a)
	}
	return t, nil
}

// best is the way that was worth most so far, as an index of ways; one by words
// before anything is known.
func (r *Replay) best() int {
	best := 2
	for i, w := range r.worth {
		if w > r.worth[best] {
			best = i
		}
	}
	return best
}

// Best is the strength of votes, and the trust in what questions mean, that were
// worth most so far.
func (r *Replay) Best() (strength, trust float64) {
	w := r.ways[r.best()]
	return w.strength, w.trust
}

// Learn takes a lesson in.
func (r *Replay) Learn(ctx context.Context, l Lesson) error {
	asked, err := r.k.search.PatientVector(ctx, l.Turns)
	if err != nil {
		return err
	}
	m := remembered{decision: l.Decision, requester: keyOf(l.Requester), agent: keyOf(l.Agent), thread: keyOf(l.Thread), at: l.At, meaning: asked.Meaning}
	m.terms, m.weights = l.asks()
	for _, c := range l.Cites {
		if p, ok := r.byID[c.Passage]; ok {
			m.cites = append(m.cites, cite{target: r.mem.target(p.hash, []string{p.document}), weight: c.Weight})
		}
	}
	if len(m.cites) > 0 && len(m.terms) > 0 {
		r.mem.add(m)
	}
	return nil
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
func (k *Lessons) Kept(ctx context.Context) ([]Taught, error) {
	rows, err := lessonsAfter(ctx, k.Pool, 0, k.Model())
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
	return r.mem.take(ctx, r.k.Pool, []lessonRow{t.row})
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
