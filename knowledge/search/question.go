package search

import (
	"cmp"
	"context"
	"math"
	"slices"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// How turns weigh in the query. The decaying weights find the passage, the
// whole history finds the document: plain concatenation drowns the newest
// question where topics move.
const (
	firstEarlier = 0.3  // the turn before the last
	decayEarlier = 0.5  // each one before that
	openingTurn  = 0.15 // added to the first turn
	firstUser    = 0.5  // customer's turns alone: the one before the last
	decayUser    = 0.8
	decayTopic   = 0.85 // a name that came up keeps so much with every turn

	maxTurns  = 40  // of the history
	maxTerms  = 400 // of one turn
	maxVector = 96  // terms of one sparse query, by weight × IDF
	maxTypos  = 8   // words of a question that are corrected
)

// views of the conversation: how much each turn's terms weigh.
const (
	viewDecay = iota // newest strongest
	viewLast         // the newest turn alone
	viewHist         // all turns alike
	viewUser         // customer's turns, newest strongest
	viewTopic        // the newest turn, and names from all turns, hardly decaying
	views
)

// question is a query ready to be scored: its terms get small numbers.
type question struct {
	terms    []text.Term
	number   map[text.Term]int32
	weight   [views][]float64 // by term number
	idf      []float64        // among passages
	docIDF   []float64
	lex      *corpus.Statistics
	mem      Memory               // nil where it is not used
	masses   [views][]float64     // weight × idf, by term
	mass     [views]float64       // their sums
	pairs    map[[2]int32]float64 // bigrams over all turns, newest strongest
	lastPair map[[2]int32]bool    // bigrams of the newest turn
	history  bool                 // there are earlier turns
	words    map[text.Term]string // as somebody wrote them; for explanations
	typos    map[string][]corpus.Correction
	lang     string // that it is analysed in
	locale   string
	product  string
	meaning  knowledge.Meaning // none without an embedder
	past     *Recollection     // what approvals say about it; nil for nothing
	scored   map[*corpus.Document]*[views]float64
}

// newQuestion analyses a query's turns against the statistics of a corpus, and the
// words of earlier questions; mem is nil where these are not used.
func newQuestion(q pipeline.Query, lex *corpus.Statistics, mem Memory) *question {
	turns := q.Turns[max(0, len(q.Turns)-maxTurns):]
	n := &question{number: map[text.Term]int32{}, pairs: map[[2]int32]float64{}, lastPair: map[[2]int32]bool{}, lex: lex, mem: mem,
		words: map[text.Term]string{}, typos: map[string][]corpus.Correction{}, scored: map[*corpus.Document]*[views]float64{},
		history: len(turns) > 1, locale: q.Locale, product: q.Product}
	n.lang = questionLanguage(q)
	var decay, user float64 = firstEarlier, firstUser
	pair, topic := firstEarlier, 1.0
	for i := len(turns) - 1; i >= 0; i-- {
		var w [views]float64
		last := i == len(turns)-1
		customer := turns[i].Role == pipeline.RoleCustomer || turns[i].Role == ""
		switch {
		case last:
			w = [views]float64{viewDecay: 1, viewLast: 1, viewHist: 1, viewUser: 1}
		default:
			w[viewDecay], w[viewHist] = decay, 1
			if customer {
				w[viewUser] = user
			}
			if i == 0 {
				w[viewDecay] += openingTurn
				if customer {
					w[viewUser] += openingTurn
				}
			}
			decay, user = decay*decayEarlier, user*decayUser
		}
		w[viewTopic], topic = topic, topic*decayTopic
		p := 1.0
		if !last {
			p, pair = pair, pair*decayEarlier
		}
		n.addTurn(n.read(turns[i].Text, customer), w, p, last)
	}
	n.weighIDF(lex)
	return n
}

// heard is a term of a turn: as it was written, or as it was meant.
type heard struct {
	term   text.Term
	weight float64
}

// read analyses a turn. A customer's word that is not known is read as the
// known ones it was probably meant as; an identifier that is not known leaves
// only its parts.
func (n *question) read(said string, customer bool) []heard {
	all := text.Tokens(n.lang, said)
	out := make([]heard, 0, len(all))
	for _, a := range all[:min(len(all), maxTerms)] {
		known := n.lex.Knows(a.ID) || n.mem != nil && n.mem.Knows(a.ID)
		if a.Whole && !known {
			continue
		}
		if a.Word != "" {
			n.words[a.ID] = a.Word
		}
		if known || !customer || a.Word == "" {
			out = append(out, heard{a.ID, 1})
			continue
		}
		meant, seen := n.typos[a.Word]
		if !seen && len(n.typos) < maxTypos {
			meant = n.lex.Correct(n.lang, a.Word)
			n.typos[a.Word] = meant
		}
		if len(meant) == 0 {
			out = append(out, heard{a.ID, 1})
		}
		for _, c := range meant {
			if n.words[c.Term] == "" {
				n.words[c.Term] = c.Word
			}
			out = append(out, heard{c.Term, c.Weight})
		}
	}
	return out
}

func (n *question) addTurn(terms []heard, w [views]float64, pair float64, last bool) {
	prev := int32(-1)
	for _, h := range terms {
		i, ok := n.number[h.term]
		if !ok {
			i = int32(len(n.terms))
			n.number[h.term] = i
			n.terms = append(n.terms, h.term)
			for v := range n.weight {
				n.weight[v] = append(n.weight[v], 0)
			}
		}
		for v, x := range w {
			if v == viewTopic {
				if !last {
					x *= n.lex.Name(h.term)
				}
				n.weight[v][i] = max(n.weight[v][i], x*h.weight)
				continue
			}
			n.weight[v][i] += x * h.weight
		}
		if prev >= 0 {
			key := [2]int32{prev, i}
			switch {
			case !last:
				n.pairs[key] += pair
			default:
				n.pairs[key] = pair
				n.lastPair[key] = true
			}
		}
		prev = i
	}
}

func (n *question) weighIDF(lex *corpus.Statistics) {
	n.idf, n.docIDF = make([]float64, len(n.terms)), make([]float64, len(n.terms))
	for v := range n.masses {
		n.masses[v] = make([]float64, len(n.terms))
	}
	for i, t := range n.terms {
		n.idf[i] = corpus.IDF(lex.Passages(), lex.PassageDF(t))
		n.docIDF[i] = corpus.IDF(lex.Documents(), lex.DocDF(t))
		for v := range n.mass {
			n.masses[v][i] = n.weight[v][i] * n.idf[i]
			n.mass[v] += n.masses[v][i]
		}
	}
}

// information of the newest turn's terms.
func (n *question) information() map[text.Term]float64 {
	out := map[text.Term]float64{}
	for i, t := range n.terms {
		if n.weight[viewLast][i] > 0 {
			out[t] = n.idf[i]
		}
	}
	return out
}

// vector is the sparse query of a view: its terms with the highest weight ×
// IDF. The server multiplies by IDF again: weights are plain factors. Terms
// that no passage has are left out.
func (n *question) vector(view int) knowledge.Sparse {
	var order []int
	for i := range n.terms {
		if n.weight[view][i] > 0 && n.lex.PassageDF(n.terms[i]) > 0 {
			order = append(order, i)
		}
	}
	if len(order) > maxVector {
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Compare(n.weight[view][b]*n.idf[b], n.weight[view][a]*n.idf[a])
		})
		order = order[:maxVector]
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(n.terms[a], n.terms[b]) })
	var s knowledge.Sparse
	for _, i := range order {
		s.Terms = append(s.Terms, n.terms[i])
		s.Weights = append(s.Weights, float32(n.weight[view][i]))
	}
	return s
}

// questionLanguage is the language customers wrote in, where that shows, else the
// locale's.
func questionLanguage(q pipeline.Query) string {
	said := ""
	for i := len(q.Turns) - 1; i >= 0 && len(said) < 2000; i-- {
		said += " " + q.Turns[i].Text
	}
	if said := text.Detect(said); said != "" {
		return said
	}
	return text.Language(q.Locale, said)
}

func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return math.Min(1, part/whole)
}

// asks is the question as lessons keep it: the customer's newest words, and
// those before them by how near they are.
func (n *question) asks() ([]text.Term, []float64) {
	var terms []text.Term
	var weights []float64
	for i, t := range n.terms {
		if w := n.weight[viewUser][i]; w > 0 {
			terms = append(terms, t)
			weights = append(weights, w)
		}
	}
	return terms, weights
}

// Asks are the terms of a question as lessons keep them, and what they weigh, the
// weightiest first when there are too many; no corpus has a say in it.
func Asks(q pipeline.Query) ([]text.Term, []float32) {
	terms, weights := newQuestion(q, corpus.NewStatistics(), nil).asks()
	order := make([]int, len(terms))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })
	order = order[:min(len(order), maxTerms)]
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(terms[a], terms[b]) })
	outT, outW := make([]text.Term, len(order)), make([]float32, len(order))
	for i, o := range order {
		outT[i], outW[i] = terms[o], float32(weights[o])
	}
	return outT, outW
}

// Fitting returns, of each of some documents that are there, the passage that has
// most of a question, in their order.
func (k *Searcher) Fitting(ctx context.Context, q pipeline.Query, ids []string) ([]string, error) {
	docs, err := k.corpus.Documents(ctx, ids)
	if err != nil {
		return nil, err
	}
	lex, err := k.corpus.Statistics(ctx)
	if err != nil {
		return nil, err
	}
	n := newQuestion(q, lex, nil)
	var out []string
	for _, id := range ids {
		var best *corpus.Passage
		most := -1.0
		if d := docs[id]; d != nil {
			for i := range d.Passages {
				p := &d.Passages[i]
				if x := n.massOf(viewDecay, p.Body) + n.massOf(viewDecay, p.HeadingTerms); x > most {
					best, most = p, x
				}
			}
		}
		if best != nil {
			out = append(out, best.ID)
		}
	}
	return out, nil
}
