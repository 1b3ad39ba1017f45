package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

const (
	defaultLimit = 5
	maxLimit     = 50

	passageList  = 80 // candidates by the decaying history
	historyList  = 40 // by the whole history
	topicList    = 40 // by the newest turn with the names that came up
	denseList    = 60
	wholeDocs    = 4   // documents of which all passages are candidates
	widestDoc    = 120 // passages of one document, around its best
	closeSupport = 0.3 // below it other languages are searched too

	// A model's token is about four runes of English; the factor is for
	// everything that is not.
	tokenSafety = 1.3
)

// Search returns the passages that best answer a conversation, best first. Only
// passages that are current in Postgres, live and of an allowed audience are
// returned: the filter stands inside the query, and Postgres is asked again
// before they leave. Documents in
// another language than q.Locale come only when nothing close is found in it.
//
// Hit.Support is the share of the question's IDF mass that the passage covers,
// half for covering it anywhere (heading and title included), half for covering
// it within 24 terms; or the likeness to a question whose approved reply cited
// the passage, if that is more. Scores are never compared between questions.
//
// Hits have the whole text of a stored passage: receipts can quote from it.
// Without an embeddings endpoint, or when it fails, terms alone are searched;
// the latter is said in Answer.Reduced.
//
// Kinds: Invalid without audience or turns; Unavailable when the index or
// Postgres does not answer. A question without any known word gives no hits.
func (k *Searcher) Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error) {
	return k.search(ctx, q, nil)
}

// search is Search that fills an explanation unless it is nil. It searches once
// more when, at the end, documents turn out to have changed since the statistics were
// counted, in whatever process, or lessons to have been taken back or learning
// switched meanwhile: that takes effect at once.
func (k *Searcher) search(ctx context.Context, q pipeline.Query, x *Explanation) (pipeline.Answer, error) {
	if err := CheckQuery(q); err != nil {
		return pipeline.Answer{}, err
	}
	past, err := k.past(ctx, false)
	if err != nil {
		return pipeline.Answer{}, err
	}
	asked := k.QuestionVector(ctx, q.Turns)
	for again := true; ; again = false {
		a, err := k.SearchWith(ctx, q, asked, past, x)
		if err == nil && again && past.behind() {
			if rerr := k.corpus.Refresh(ctx); rerr != nil { // what was found is current all the same
				k.corpus.RefreshSoon()
				return a, nil
			}
		} else if err != nil || !past.moved() || !again {
			if err == nil && past.behind() { // a sync is under way
				k.corpus.RefreshSoon()
			}
			return a, err
		}
		if past, err = k.past(ctx, true); err != nil {
			return a, err
		}
		if x != nil {
			*x = Explanation{}
		}
	}
}

// past is what approvals taught so far; anew after reading what they taught
// meanwhile.
func (k *Searcher) past(ctx context.Context, anew bool) (Past, error) {
	if k.approvals == nil {
		return Past{Now: time.Now(), older: new(bool)}, nil
	}
	lex, err := k.corpus.Statistics(ctx)
	if err != nil {
		return Past{}, err
	}
	p, err := k.approvals.Past(ctx, lex, anew)
	p.seen, p.older = &Moment{}, new(bool)
	return p, err
}

// SearchWith is one search of a checked query with what approvals taught up to a
// moment.
func (k *Searcher) SearchWith(ctx context.Context, q pipeline.Query, asked embedded, past Past, x *Explanation) (pipeline.Answer, error) {
	lex, err := k.corpus.Statistics(ctx)
	if err != nil {
		return pipeline.Answer{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	s := search{k: k, q: q, past: past, limit: min(limit, maxLimit), lex: lex, n: newQuestion(q, lex, past.Memory), x: x}
	s.n.meaning = asked.Meaning
	s.n.past = past.recall(s.n, q.Thread)
	answer := pipeline.Answer{Reduced: asked.reduced}
	cands, err := s.candidates(ctx, asked.Vector)
	if err != nil {
		return pipeline.Answer{}, err
	}
	s.n.rerank(cands, x != nil)
	s.fuse(cands)
	if failed := s.judge(ctx, cands); failed != "" {
		answer.Reduced = strings.TrimPrefix(answer.Reduced+", "+failed, ", ")
	}
	if x != nil {
		x.question(&s)
	}
	answer.Information, answer.Passages = s.n.information(), lex.Passages()
	answer.Hits, answer.Probability, err = s.choose(ctx, cands)
	return answer, err
}

func CheckQuery(q pipeline.Query) error {
	if len(q.Audiences) == 0 {
		return pipeline.Errorf(pipeline.Invalid, "search: no audience is allowed; name at least one")
	}
	for _, a := range q.Audiences {
		if a != pipeline.Public && a != pipeline.Restricted {
			return pipeline.Errorf(pipeline.Invalid, "search: unknown audience %q", a)
		}
	}
	if len(q.Turns) == 0 {
		return pipeline.Errorf(pipeline.Invalid, "search: there is no question")
	}
	return nil
}

// search is one run of Search.
type search struct {
	k     *Searcher
	q     pipeline.Query
	limit int
	lex   *corpus.Statistics
	n     *question
	x     *Explanation // nil: nobody asks why
	past  Past
	found knowledge.Evidence
}

// candidates asks the index and returns the passages worth scoring: those of
// every list, and all passages of the documents that the history speaks of.
func (s *search) candidates(ctx context.Context, dense []float32) ([]*candidate, error) {
	f := knowledge.Find{Audiences: s.q.Audiences}
	if l := text.BaseLanguage(s.q.Locale); l != "" {
		f.Languages = []string{l}
	}
	found, err := s.find(ctx, f, dense)
	if err != nil {
		return nil, err
	}
	widen := f.Languages != nil && !s.close(found)
	if s.x != nil {
		s.x.Languages, s.x.Widened = f.Languages, widen
	}
	if widen {
		f.Languages = nil
		return s.find(ctx, f, dense)
	}
	return found, nil
}

// close tells whether anything covers a fair part of the question.
func (s *search) close(cands []*candidate) bool {
	best := 0.0
	for _, c := range cands {
		covered := s.n.massOf(viewDecay, c.p.Body)
		best = max(best, share(covered, s.n.mass[viewDecay]), c.dense/2)
	}
	return best >= closeSupport
}

func (s *search) find(ctx context.Context, f knowledge.Find, dense []float32) ([]*candidate, error) {
	var kinds []int // of f.Lists
	add := func(kind int, v knowledge.Sparse, limit int) {
		if len(v.Terms) > 0 {
			kinds = append(kinds, kind)
			f.Lists = append(f.Lists, knowledge.List{Using: knowledge.VectorTerms, Sparse: v, Limit: limit})
		}
	}
	add(listTerms, s.n.vector(viewDecay), passageList)
	if s.n.history {
		add(listHistory, s.n.vector(viewHist), historyList)
		add(listTopic, s.n.vector(viewTopic), topicList)
	}
	if dense != nil {
		kinds = append(kinds, listDense)
		f.Lists = append(f.Lists, knowledge.List{Using: knowledge.VectorDense, Dense: dense, Limit: denseList})
	}
	found, err := s.lists(ctx, f)
	if err != nil {
		return nil, err
	}
	g := gathering{s: s, byPassage: map[*corpus.Passage]*candidate{}}
	if err := g.load(ctx, found); err != nil {
		return nil, err
	}
	for i, l := range found {
		rank := int16(0)
		g.each(l, func(c *candidate, _ float64) {
			rank++
			c.ranks[kinds[i]] = rank
		})
		if kinds[i] == listDense {
			g.addDense(l)
			s.found.Apart, s.found.Vectors = apart(l, g.docs), true
		}
		if s.x != nil {
			s.x.Lists = append(s.x.Lists, ExplainedList{Name: listNames[kinds[i]], Limit: f.Lists[i].Limit, Found: len(l)})
		}
	}
	g.wholeDocuments()
	if err := g.recalled(ctx, f, s.n.past); err != nil {
		return nil, err
	}
	return g.cands, nil
}

// lists asks the index; words that no passage has need no question.
func (s *search) lists(ctx context.Context, f knowledge.Find) ([][]knowledge.Scored, error) {
	if len(f.Lists) == 0 {
		return nil, nil
	}
	ix, err := s.k.searched(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the index: %w", err)
	}
	lists, err := ix.Find(ctx, f)
	if err != nil {
		s.k.index.Store(nil)
		return nil, fmt.Errorf("search the index: %w", away(ctx, err))
	}
	if s.lex.Passages() == 0 || slices.ContainsFunc(lists, func(l []knowledge.Scored) bool { return len(l) > 0 }) {
		return lists, nil
	}
	// Nothing at all: an emptied index would answer so too, and that is no answer.
	n, err := ix.Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("search the index: %w", away(ctx, err))
	}
	if n == 0 {
		return nil, pipeline.Errorf(pipeline.Unavailable, "The search index is empty, though there are %d passages; it is being filled.", s.lex.Passages())
	}
	return lists, nil
}

// gathering turns lists of points into candidates.
type gathering struct {
	s         *search
	docs      map[string]*corpus.Document
	cands     []*candidate
	byPassage map[*corpus.Passage]*candidate
	room      []candidate // for the next ones: a search makes hundreds
}

// load reads the documents of all points. A point that the cached version does
// not know makes its document be read again: it is newer, or gone.
func (g *gathering) load(ctx context.Context, lists [][]knowledge.Scored) error {
	var ids []string
	seen := map[string]bool{}
	for _, l := range lists {
		for _, p := range l {
			if !seen[p.Document] {
				seen[p.Document] = true
				ids = append(ids, p.Document)
			}
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return g.s.past.Hidden[id] })
	var err error
	if g.docs, err = g.s.k.corpus.Documents(ctx, ids); err != nil {
		return err
	}
	var again []string
	for _, l := range lists {
		for _, p := range l {
			if d := g.docs[p.Document]; d != nil && d.Passage(p.ID) == nil && !slices.Contains(again, p.Document) {
				again = append(again, p.Document)
			}
		}
	}
	if len(again) > 0 {
		return g.s.k.corpus.LoadDocuments(ctx, again, g.docs)
	}
	return nil
}

func (g *gathering) candidate(d *corpus.Document, p *corpus.Passage) *candidate {
	c := g.byPassage[p]
	if c == nil {
		if len(g.room) == 0 {
			g.room = make([]candidate, 64)
		}
		c, g.room = &g.room[0], g.room[1:]
		c.doc, c.p = d, p
		g.byPassage[p] = c
		g.cands = append(g.cands, c)
	}
	return c
}

func (g *gathering) each(l []knowledge.Scored, f func(c *candidate, score float64)) {
	for _, p := range l {
		d := g.docs[p.Document]
		if d == nil {
			continue
		}
		if found := d.Passage(p.ID); found != nil {
			f(g.candidate(d, found), p.Score)
		}
	}
}

// addDense scales similarities to 0..1 within the list.
func (g *gathering) addDense(l []knowledge.Scored) {
	if len(l) == 0 {
		return
	}
	high, low := l[0].Score, l[len(l)-1].Score
	g.each(l, func(c *candidate, score float64) {
		c.dense = 1
		if high > low {
			c.dense = (score - low) / (high - low)
		}
	})
}

// wholeDocuments adds all passages of the documents that the whole history
// speaks of most.
func (g *gathering) wholeDocuments() {
	type scored struct {
		d *corpus.Document
		s float64
	}
	var docs []scored
	seen := map[*corpus.Document]bool{}
	for _, c := range g.cands {
		if !seen[c.doc] {
			seen[c.doc] = true
			docs = append(docs, scored{c.doc, g.s.n.documentScore(c.doc)[viewHist]})
		}
	}
	slices.SortFunc(docs, func(a, b scored) int {
		if c := cmp.Compare(b.s, a.s); c != 0 {
			return c
		}
		return cmp.Compare(a.d.ID, b.d.ID)
	})
	for _, d := range docs[:min(len(docs), wholeDocs)] {
		for i := range d.d.Passages[:min(len(d.d.Passages), widestDoc)] {
			g.candidate(d.d, &d.d.Passages[i])
		}
	}
}

// choose orders candidates, drops repeats and what does not fit, and asks
// Postgres whether what is left may be shown.
func (s *search) choose(ctx context.Context, cands []*candidate) ([]pipeline.Hit, float64, error) {
	slices.SortFunc(cands, func(a, b *candidate) int {
		if c := cmp.Compare(b.score, a.score); c != 0 {
			return c
		}
		return cmp.Compare(a.p.ID, b.p.ID)
	})
	cands = slices.DeleteFunc(cands, func(c *candidate) bool { return c.covered == 0 && c.dense == 0 && c.learned <= 0 })
	fate := map[*candidate]string{}
	holding := slices.DeleteFunc(slices.Clone(cands), func(c *candidate) bool {
		if c.doc.Holds(s.past.Now) {
			return false
		}
		fate[c] = "not in force today"
		return true
	})
	// Twice the limit: some may be refused.
	top := distinct(holding, 2*s.limit)
	if s.x != nil {
		defer func() { s.x.candidates(s, cands, fate) }()
	}
	ids := make([]string, len(top))
	for i, c := range top {
		ids[i] = c.p.ID
	}
	allowed, generation, now, err := s.k.citable(ctx, ids, s.q.Audiences)
	if err != nil {
		return nil, 0, pipeline.Errorf(pipeline.Unavailable, "Passages cannot be checked: %w", err)
	}
	s.past.see(now)
	if older := generation != s.lex.Generation; !s.past.note(older) && older {
		s.k.corpus.RefreshSoon()
	}
	var hits []pipeline.Hit
	var chosen []*candidate
	tokens := 0
	for _, c := range top {
		cost := tokenCost(c.p.Text)
		switch {
		case len(hits) == s.limit:
		case !allowed[c.p.ID]:
			fate[c] = "not current or not for this audience"
		case s.q.Tokens > 0 && tokens+cost > s.q.Tokens && len(hits) > 0:
			fate[c] = "over the token budget" // a shorter one may still fit
		default:
			fate[c] = "returned"
			tokens += cost
			chosen = append(chosen, c)
			hits = append(hits, pipeline.Hit{Passage: c.p.Passage, Score: c.score, Support: c.support, Learned: c.learned})
		}
	}
	best := slices.DeleteFunc(top, func(c *candidate) bool { return !allowed[c.p.ID] })
	return append(hits, s.beside(chosen, tokens)...), s.probability(best[:min(len(best), lookedAt)]), nil
}

// distinct returns the first candidates, each text of a document once. The same
// text in two documents stays twice: which of them is cited matters.
func distinct(cands []*candidate, limit int) []*candidate {
	type key struct {
		doc  *corpus.Document
		hash string
	}
	seen := map[key]bool{}
	var out []*candidate
	for _, c := range cands {
		k := key{c.doc, c.p.Hash}
		if seen[k] {
			continue
		}
		seen[k] = true
		if out = append(out, c); len(out) == limit {
			break
		}
	}
	return out
}
