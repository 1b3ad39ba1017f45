package eval

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"footnote/knowledge/learning"
	"footnote/pipeline"
)

// LearningFiles names the files of a stream of approvals. Queries and one of
// Qrels and Spans are required. Without Corpus the documents are what the
// judgements name, known by the words of their names. Tickets say when a reply
// cited, who wrote it, and who asked.
type LearningFiles struct {
	Files
	Tickets string
}

// Stream is a set whose questions come one after another, each followed by the
// reply that cites what answers it.
type Stream struct {
	*Set
	tickets map[string]Ticket
}

// LoadStream reads a stream. The kind of its errors is Invalid.
func LoadStream(f LearningFiles) (*Stream, error) {
	if f.Queries == "" || (f.Qrels == "") == (f.Spans == "") {
		return nil, pipeline.Errorf(pipeline.Invalid, "a stream needs queries, and either qrels or spans")
	}
	s := &Stream{Set: &Set{}, tickets: map[string]Ticket{}}
	var err error
	if s.Documents, err = streamDocuments(f); err != nil {
		return nil, err
	}
	if s.Queries, err = ReadQueries(f.Queries); err != nil {
		return nil, err
	}
	if f.Spans != "" {
		err = s.loadSpans(f.Spans)
	} else {
		err = s.loadCited(f.Qrels)
	}
	if err != nil || f.Tickets == "" {
		return s, err
	}
	tickets, err := ReadTickets(f.Tickets)
	for _, t := range tickets {
		s.tickets[t.ID] = t
	}
	return s, err
}

// loadCited reads judgements; a link that names no article is left out.
func (s *Stream) loadCited(file string) error {
	js, err := read(file, func(Judgement) error { return nil })
	if err != nil {
		return err
	}
	s.Gains = map[string]map[string]float64{}
	asked, nameless := s.queryIDs(), 0
	for _, j := range js {
		switch {
		case j.Document == "":
			nameless++
		case asked[j.Query] && j.Rel > 0:
			if s.Gains[j.Query] == nil {
				s.Gains[j.Query] = map[string]float64{}
			}
			s.Gains[j.Query][j.Document] = j.Rel
		}
	}
	s.note(nameless, "judgements name no document: left out")
	return s.somethingToFind(len(s.Gains), file)
}

// streamDocuments reads the corpus; articles of which only the name is known are
// found by its words.
func streamDocuments(f LearningFiles) ([]Document, error) {
	var all []Document
	var err error
	if f.Corpus != "" {
		if all, err = read(f.Corpus, func(Document) error { return nil }); err != nil {
			return nil, err
		}
	} else {
		js, err := read(f.Qrels, func(Judgement) error { return nil })
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for _, j := range js {
			if !seen[j.Document] {
				seen[j.Document] = true
				all = append(all, Document{ID: j.Document, Title: strings.ReplaceAll(j.Document, "-", " ")})
			}
		}
	}
	all = slices.DeleteFunc(all, func(d Document) bool { return d.ID == "" })
	for i := range all {
		if strings.TrimSpace(all[i].Text) == "" {
			all[i].Text = all[i].Title
		}
	}
	return all, nil
}

// Learner is what learns: *knowledge.Library.
type Learner interface {
	Index
	NewReplay(ctx context.Context) (*learning.Replay, error)
}

// Step is one question of a replayed stream.
type Step struct {
	Query         Query
	Without, With Ranking
	Before        bool // something relevant was cited by an earlier reply
}

// event is a question with the reply that followed it.
type event struct {
	q        Query
	asked    time.Time
	answered time.Time
	who, by  string
	thread   string
}

// Replay asks every question of the stream in time order, with and without what
// the replies before it taught, and then learns its reply. The share hostile of
// replies, chosen by seed, cite something wrong: half of them anything, half one
// and the same passage, from one agent under many customers' names.
func (s *Stream) Replay(ctx context.Context, ix Learner, hostile float64) ([]Step, error) {
	r := &run{set: s.Set, whole: s.Spans == nil && s.whole(), result: &Measured{}, ix: ix}
	if err := r.index(ctx, s.Documents); err != nil {
		return nil, err
	}
	rep, err := ix.NewReplay(ctx)
	if err != nil {
		return nil, err
	}
	p := &replaying{run: r, ix: ix, rep: rep, passages: map[string][]pipeline.Passage{}, cited: map[string]bool{}, hostile: hostile, rng: rand.New(rand.NewPCG(bootstrapSeed, 5))}
	events := s.events()
	waiting := slices.Clone(events)
	slices.SortStableFunc(waiting, func(a, b event) int { return a.answered.Compare(b.answered) })
	var out []Step
	for _, e := range events {
		for len(waiting) > 0 && waiting[0].answered.Before(e.asked) {
			if err := p.learn(ctx, waiting[0]); err != nil {
				return nil, err
			}
			waiting = waiting[1:]
		}
		step, err := p.ask(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", e.q.ID, err)
		}
		if step.Without.Judged() {
			out = append(out, step)
		}
	}
	return out, nil
}

// events puts the stream in order: by time when every question has one, else as
// the file has it, a minute apart.
func (s *Stream) events() []event {
	dated := !slices.ContainsFunc(s.Queries, func(q Query) bool { return q.Created.IsZero() })
	out := make([]event, len(s.Queries))
	for i, q := range s.Queries {
		opening := q.Text
		if len(q.History) > 0 {
			opening = q.History[0].Text
		}
		e := event{q: q, asked: time.Unix(int64(i)*60, 0), thread: opening, who: opening, by: fmt.Sprintf("agent %d", hashed(opening)%7)}
		if dated {
			e.asked = q.Created
		}
		e.answered = e.asked.Add(time.Second)
		if t, ok := s.tickets[q.ID]; ok {
			e.thread, e.who = t.ID, t.Author
			for _, r := range t.Replies {
				if len(r.KB) > 0 && r.Author != t.Author {
					e.by, e.answered = r.Author, r.Created
					break
				}
			}
		}
		out[i] = e
	}
	if dated {
		slices.SortStableFunc(out, func(a, b event) int { return a.asked.Compare(b.asked) })
	}
	return out
}

func hashed(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// replaying is one replay under way.
type replaying struct {
	*run
	ix       Learner
	rep      *learning.Replay
	passages map[string][]pipeline.Passage // by document
	cited    map[string]bool
	hostile  float64
	rng      *rand.Rand
	lies     int
	ids      []string // of every document, for lies
}

func (p *replaying) query(e event) pipeline.Query {
	turns := e.q.Turns(Thread)
	if title, text, ok := strings.Cut(e.q.Text, "\n"); ok && len(e.q.History) == 0 && len(p.set.Queries) > 0 && e.thread == e.q.ID {
		turns = []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: title}, {Role: pipeline.RoleCustomer, Text: text}} // as drafting reads subject and message
	}
	out := p.asked(turns, e.q.Lang)
	out.Thread = e.thread
	return out
}

func (p *replaying) ask(ctx context.Context, e event) (Step, error) {
	t, err := p.rep.Try(ctx, p.query(e), e.asked, func(a pipeline.Answer) float64 { return p.ranking(e.q, a.Hits).NDCG(5) })
	if err != nil {
		return Step{}, err
	}
	gold, err := p.gold(ctx, e.q)
	if err != nil {
		return Step{}, err
	}
	s := Step{Query: e.q, Without: p.ranking(e.q, t.Without.Hits), With: p.ranking(e.q, t.With.Hits)}
	s.Before = slices.ContainsFunc(gold, func(id string) bool { return p.cited[id] })
	return s, nil
}

// gold returns the passages that a reply would cite.
func (p *replaying) gold(ctx context.Context, q Query) ([]string, error) {
	var out []string
	if p.set.Spans != nil {
		spans := p.set.Spans[q.ID]
		for _, sp := range spans {
			for _, ps := range p.run.passages[sp.Document] {
				if p.covers(ps, spans) && !slices.Contains(out, ps.ID) {
					out = append(out, ps.ID)
				}
			}
		}
		return out, nil
	}
	for _, row := range slices.Sorted(maps.Keys(p.set.Gains[q.ID])) {
		doc, ordinal := p.place(row)
		ps, err := p.document(ctx, doc)
		if err != nil {
			return nil, err
		}
		if ordinal < len(ps) {
			out = append(out, ps[ordinal].ID)
		}
	}
	return out, nil
}

func (p *replaying) document(ctx context.Context, id string) ([]pipeline.Passage, error) {
	if ps, ok := p.passages[id]; ok {
		return ps, nil
	}
	d, err := p.ix.FindDocument(ctx, sourceName+"/"+id, 0)
	if err != nil && pipeline.KindOf(err) != pipeline.NotFound {
		return nil, err
	}
	p.passages[id] = d.Passages
	return d.Passages, nil
}

func (p *replaying) learn(ctx context.Context, e event) error {
	cites, err := p.gold(ctx, e.q)
	if err != nil || len(cites) == 0 {
		return err
	}
	for _, c := range cites {
		p.cited[c] = true
	}
	l := learning.Lesson{Decision: e.q.ID, Turns: p.query(e).Turns, Locale: e.q.Lang, Requester: e.who, Agent: e.by, Thread: e.thread, At: e.answered}
	if p.rng.Float64() < p.hostile {
		if cites, err = p.lie(ctx, &l); err != nil {
			return err
		}
	}
	for _, c := range cites {
		l.Cites = append(l.Cites, learning.Cite{Passage: c, Weight: 1})
	}
	return p.rep.Learn(ctx, l)
}

// lie cites something wrong.
func (p *replaying) lie(ctx context.Context, l *learning.Lesson) ([]string, error) {
	if p.ids == nil {
		seen := map[string]bool{}
		for _, d := range p.set.Documents {
			id := cmp.Or(d.Field("doc"), d.ID)
			if !seen[id] {
				seen[id] = true
				p.ids = append(p.ids, id)
			}
		}
	}
	p.lies++
	doc := p.ids[p.rng.IntN(len(p.ids))]
	if p.lies%2 == 0 {
		doc = p.ids[0]
		l.Agent, l.Requester = "hostile", fmt.Sprint("name ", p.lies)
	}
	ps, err := p.document(ctx, doc)
	if err != nil || len(ps) == 0 {
		return nil, err
	}
	return []string{ps[p.rng.IntN(len(ps))].ID}, nil
}

// Gain is what learning is worth on some of a stream's questions.
type Gain struct {
	Name     string     `json:"slice"`
	Queries  int        `json:"queries"`
	Recall   [2]float64 `json:"recall@5"` // without, with
	NDCG     [2]float64 `json:"ndcg@5"`
	Recalled Interval   `json:"recall_difference"`
	Ranked   Interval   `json:"ndcg_difference"`
	Relative float64    `json:"recall_relative"` // 0.15: fifteen per cent more
}

// NewGain summarises steps. Figures of none are 0, which JSON can say.
func NewGain(name string, steps []Step) Gain {
	g := Gain{Name: name, Queries: len(steps)}
	figure := func(f func(Ranking) float64) ([2]float64, Interval) {
		a, b := make([]float64, len(steps)), make([]float64, len(steps))
		var mean [2]float64
		for i, s := range steps {
			a[i], b[i] = f(s.Without), f(s.With)
			mean[0] += a[i] / float64(len(steps))
			mean[1] += b[i] / float64(len(steps))
		}
		return mean, Difference(a, b)
	}
	g.Recall, g.Recalled = figure(func(r Ranking) float64 { return r.Recall(5) })
	g.NDCG, g.Ranked = figure(func(r Ranking) float64 { return r.NDCG(5) })
	if g.Recall[0] > 0 {
		g.Relative = g.Recall[1]/g.Recall[0] - 1
	}
	for _, i := range []*Interval{&g.Recalled, &g.Ranked} {
		for _, x := range []*float64{&i.Value, &i.Low, &i.High} {
			if math.IsNaN(*x) {
				*x = 0
			}
		}
	}
	return g
}

// Gains summarises a replay: all of it, its last fifth, questions like which
// something was answered before, and every tenth.
func Gains(steps []Step) []Gain {
	out := []Gain{NewGain("all", steps)}
	if len(steps) == 0 {
		return out
	}
	out = append(out, NewGain("last fifth", steps[len(steps)*4/5:]))
	before := slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { return !s.Before })
	out = append(out, NewGain("answered before", before))
	for i := range 10 {
		if part := steps[len(steps)*i/10 : len(steps)*(i+1)/10]; len(part) > 0 {
			out = append(out, NewGain(fmt.Sprintf("tenth %d", i+1), part))
		}
	}
	return out
}
