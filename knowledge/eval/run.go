package eval

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"footnote/knowledge"
	"footnote/knowledge/learning"
	"footnote/knowledge/search"
	"footnote/pipeline"
)

// Index is what is measured: *knowledge.Library.
type Index interface {
	Sync(ctx context.Context, f knowledge.Feed) (knowledge.Report, error)
	Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error)
	Explain(ctx context.Context, q pipeline.Query) (search.Explanation, error)
	FindDocument(ctx context.Context, id string, version int) (knowledge.DocumentDetail, error)
}

// Open makes an empty index; done drops it.
type Open func(ctx context.Context) (ix Index, done func(), err error)

// History says what of a conversation is asked.
type History string

// The ways to ask.
const (
	Thread History = "thread" // all turns, as drafts do
	Last   History = "last"   // the newest message alone
	All    History = "all"    // all turns run together to one message
)

// Options of a run; the zero value asks everything as drafts do.
type Options struct {
	History  History
	ByDomain bool // one index for each meta.domain; questions go to their own
	Typos    bool // misspell one in six of the customer's words
	Limit    int  // questions at most, evenly spread; 0: all
	Signals  bool // keep the signals of answerability; slower
	Parts    bool // also rank by terms alone and by vectors alone; the index must be a Parted
	Half     bool // hide every other document: what only it answers cannot be answered
	Taught   bool // also ask with what answers left out; the index must be a Learner
}

// Outcome is what a question came to.
type Outcome struct {
	Query   Query
	Ranking Ranking
	Support []float64 // of the hits, best first
	Took    time.Duration
	Plain   Ranking // of plain BM25 over the same rows
	// Probability that the passages answer, and with Options.Signals why.
	Probability float64
	Signals     []float64
	Parts       *Parts   // with Options.Parts
	Taught      []Taught // with Options.Taught, and vectors; of questions without an answer only Whole is meant
}

// Measured is a run over a set.
type Measured struct {
	Outcomes  []Outcome // in the order of the questions; those not judged too
	Documents int
	Passages  int
	Indexed   time.Duration // to index the corpus
	Asked     time.Duration // to ask all questions
	Notes     []string
}

// sourceName is the source that a corpus is synced as.
const sourceName = "set"

// Run puts the corpus into an index and asks every question.
func Run(ctx context.Context, open Open, s *Set, o Options) (*Measured, error) {
	switch o.History {
	case "":
		o.History = Thread
	case Thread, Last, All:
	default:
		return nil, pipeline.Errorf(pipeline.Invalid, "history %q is not known; use %s, %s or %s", o.History, Thread, Last, All)
	}
	if o.Half {
		s = s.half()
	}
	m := &Measured{Notes: slices.Clone(s.Notes)}
	domains := []string{""}
	if o.ByDomain {
		domains = s.domains()
	}
	byID := map[string]Outcome{}
	for _, domain := range domains {
		r := run{set: s, options: o, domain: domain, whole: s.Spans == nil && s.whole(), result: m}
		if err := r.do(ctx, open, byID); err != nil {
			return nil, err
		}
	}
	for _, q := range s.Queries {
		if out, ok := byID[q.ID]; ok {
			m.Outcomes = append(m.Outcomes, out)
		}
	}
	if len(m.Outcomes) == 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "no question belongs to a domain of the corpus: try without by-domain")
	}
	return m, nil
}

// run is one index of a run.
type run struct {
	set     *Set
	options Options
	domain  string // with ByDomain
	whole   bool   // documents are judged though the corpus has passages
	result  *Measured

	ix       Index
	rows     map[string][]string // document → its rows by ordinal
	rowAt    map[string]rowPlace // the same by row
	texts    map[string]string   // document → text, with spans
	passages map[string][]pipeline.Passage
	plain    *plainBM25
	rep      *learning.Replay // with Options.Taught
}

func (r *run) do(ctx context.Context, open Open, into map[string]Outcome) error {
	documents := r.set.Documents
	queries := spread(r.set.Queries, r.options.Limit)
	if r.options.ByDomain {
		documents = slices.DeleteFunc(slices.Clone(documents), func(d Document) bool { return d.Field("domain") != r.domain })
		queries = slices.DeleteFunc(slices.Clone(queries), func(q Query) bool { return q.Domain != r.domain })
	}
	if len(queries) == 0 {
		return nil
	}
	ix, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	r.ix = ix
	if err := r.index(ctx, documents); err != nil {
		return err
	}
	if r.options.Taught {
		if r.rep, err = ix.(Learner).NewReplay(ctx); err != nil {
			return err
		}
	}
	began := time.Now()
	out := make([]Outcome, len(queries))
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < len(queries); i = int(next.Add(1)) - 1 {
				var err error
				if out[i], err = r.ask(ctx, queries[i]); err != nil {
					return fmt.Errorf("ask %s: %w", queries[i].ID, err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	r.result.Asked += time.Since(began)
	for _, o := range out {
		into[o.Query.ID] = o
	}
	return nil
}

// spread takes n of the questions, evenly spread; 0 takes all.
func spread(all []Query, n int) []Query {
	if n <= 0 || n >= len(all) {
		return all
	}
	out := make([]Query, n)
	for i := range out {
		out[i] = all[i*len(all)/n]
	}
	return out
}

func (r *run) index(ctx context.Context, documents []Document) error {
	docs, rows := raws(documents)
	began := time.Now()
	rep, err := r.ix.Sync(ctx, knowledge.Feed{Name: sourceName, Kind: "set", Source: listed(docs), Settings: knowledge.Settings{Audience: pipeline.Public}})
	if err == nil && rep.Reduced != "" {
		err = pipeline.Errorf(pipeline.Unavailable, "the corpus was indexed without %s: there is nothing to measure", rep.Reduced)
	}
	if err != nil {
		return err
	}
	r.result.Indexed += time.Since(began)
	r.result.Documents += rep.Added
	r.result.Passages += rep.Passages
	if n := len(rep.Quarantined); n > 0 {
		r.result.Notes = append(r.result.Notes, fmt.Sprintf("%d documents cannot be used, the first: %s: %s", n, rep.Quarantined[0].Path, rep.Quarantined[0].Reason))
	}
	r.rows, r.rowAt = rows, map[string]rowPlace{}
	for doc, rows := range rows {
		for i, row := range rows {
			r.rowAt[row] = rowPlace{doc, i}
		}
	}
	r.plain = newPlainBM25(documents, r.whole)
	if r.set.Spans != nil {
		return r.readPassages(ctx, docs)
	}
	return nil
}

// readPassages reads the passages of every document with a gold span.
func (r *run) readPassages(ctx context.Context, docs []knowledge.Raw) error {
	r.texts, r.passages = map[string]string{}, map[string][]pipeline.Passage{}
	for _, d := range docs {
		r.texts[d.Path] = string(d.Data)
	}
	for _, spans := range r.set.Spans {
		for _, sp := range spans {
			if _, have := r.passages[sp.Document]; have {
				continue
			}
			d, err := r.ix.FindDocument(ctx, sourceName+"/"+sp.Document, 0)
			if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
				r.passages[sp.Document] = nil // quarantined, or of another domain
				continue
			}
			if err != nil {
				return err
			}
			r.passages[sp.Document] = d.Passages
		}
	}
	return nil
}

// listed is a source in memory.
type listed []knowledge.Raw

// Documents implements knowledge.Source.
func (l listed) Documents(context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		for _, d := range l {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// depth is how far down metrics look.
const depth = 10

func (r *run) ask(ctx context.Context, q Query) (Outcome, error) {
	turns := q.Turns(r.options.History)
	if r.options.Typos {
		misspell(q.ID, turns)
	}
	began := time.Now()
	asked := r.asked(turns, q.Lang)
	a, signals, err := r.search(ctx, asked)
	if err == nil && a.Reduced != "" {
		err = pipeline.Errorf(pipeline.Unavailable, "the search went on without %s: there is nothing to measure", a.Reduced)
	}
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Query: q, Took: time.Since(began), Probability: a.Probability, Signals: signals}
	for _, h := range a.Hits {
		out.Support = append(out.Support, h.Support)
	}
	out.Ranking = r.ranking(q, a.Hits)
	if r.set.Spans == nil {
		out.Plain = r.rank(q, r.plain.search(turns, depth))
	}
	if r.options.Parts {
		out.Parts, err = r.parts(ctx, q, asked)
	}
	if r.rep != nil && err == nil {
		out.Taught, err = evidence(ctx, r.rep, asked, r.answering(q), time.Now())
	}
	return out, err
}

// answering returns the documents that answer a question.
func (r *run) answering(q Query) []string {
	var out []string
	for _, sp := range r.set.Spans[q.ID] {
		out = append(out, sourceName+"/"+sp.Document)
	}
	for id, gain := range r.set.Gains[q.ID] {
		if gain > 0 {
			doc, _ := r.place(id)
			out = append(out, sourceName+"/"+doc)
		}
	}
	return out
}

// rowPlace is where the passage of a row is.
type rowPlace struct {
	doc     string
	ordinal int
}

// place finds the document and ordinal of a row; documents cut here stand by
// their first passage.
func (r *run) place(row string) (string, int) {
	if at, ok := r.rowAt[row]; ok {
		return at.doc, at.ordinal
	}
	return row, 0
}

// asked is the query of some turns, for as many passages as rankings look at.
func (r *run) asked(turns []pipeline.Turn, lang string) pipeline.Query {
	limit := depth
	if r.set.Spans == nil && (r.whole || len(r.rows) == 0) {
		limit = 5 * depth // several passages stand for one document
	}
	return pipeline.Query{Turns: turns, Locale: lang, Audiences: []pipeline.Audience{pipeline.Public}, Limit: limit}
}

func (r *run) ranking(q Query, hits []pipeline.Hit) Ranking {
	if r.set.Spans != nil {
		return r.rankSpans(q, hits)
	}
	return r.rank(q, r.ids(hits))
}

func (r *run) search(ctx context.Context, q pipeline.Query) (pipeline.Answer, []float64, error) {
	if !r.options.Signals {
		a, err := r.ix.Search(ctx, q)
		return a, nil, err
	}
	x, err := r.ix.Explain(ctx, q)
	signals := make([]float64, len(x.Answerable))
	for i, p := range x.Answerable {
		signals[i] = p.Value
	}
	return x.Answer, signals, err
}

// ids names what hits stand for: rows, or documents by their first passage.
func (r *run) ids(hits []pipeline.Hit) []string {
	var out []string
	for _, h := range hits {
		id := strings.TrimPrefix(h.Passage.Document, sourceName+"/")
		if rows := r.rows[id]; rows != nil && !r.whole {
			id = rows[h.Passage.Ordinal]
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func (r *run) rank(q Query, ids []string) Ranking {
	var k Ranking
	gains := r.set.Gains[q.ID]
	for _, g := range gains {
		k.Relevant = append(k.Relevant, g)
	}
	for _, id := range ids[:min(len(ids), depth)] {
		k.Gains = append(k.Gains, gains[id])
	}
	return k
}

// overlapShare of a gold span makes a passage relevant.
const overlapShare = .3

func (r *run) rankSpans(q Query, hits []pipeline.Hit) Ranking {
	var k Ranking
	spans := r.set.Spans[q.ID]
	seen := map[string]bool{}
	for _, sp := range spans {
		for _, p := range r.passages[sp.Document] {
			if !seen[p.ID] && r.covers(p, spans) {
				seen[p.ID] = true
				k.Relevant = append(k.Relevant, 1)
			}
		}
	}
	for _, h := range hits {
		g := 0.0
		if r.covers(h.Passage, spans) {
			g = 1
		}
		k.Gains = append(k.Gains, g)
	}
	return k
}

func (r *run) covers(p pipeline.Passage, spans []Span) bool {
	id := strings.TrimPrefix(p.Document, sourceName+"/")
	return slices.ContainsFunc(spans, func(sp Span) bool {
		if id != sp.Document {
			return false
		}
		from, to := runeSpan(r.texts[id], p.Start, p.End)
		return float64(min(to, sp.End)-max(from, sp.Start)) >= overlapShare*float64(sp.End-sp.Start)
	})
}

// Turns is the conversation as a query asks it.
func (q Query) Turns(h History) []pipeline.Turn {
	var out []pipeline.Turn
	if h != Last {
		for _, t := range q.History {
			role := pipeline.RoleAgent
			if t.Role == "user" {
				role = pipeline.RoleCustomer
			}
			out = append(out, pipeline.Turn{Role: role, Text: t.Text})
		}
	}
	out = append(out, pipeline.Turn{Role: pipeline.RoleCustomer, Text: q.Text})
	if h != All {
		return out
	}
	var together []string
	for _, t := range out {
		together = append(together, t.Text)
	}
	return []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: strings.Join(together, "\n")}}
}
