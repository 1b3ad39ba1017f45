package knowledge

import (
	"cmp"
	"math"
	"slices"

	"footnote/pipeline"
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
	terms    []Term
	number   map[Term]int32
	weight   [views][]float64 // by term number
	idf      []float64        // among passages
	docIDF   []float64
	lex      *lexicon
	mem      *memory
	masses   [views][]float64     // weight × idf, by term
	mass     [views]float64       // their sums
	pairs    map[[2]int32]float64 // bigrams over all turns, newest strongest
	lastPair map[[2]int32]bool    // bigrams of the newest turn
	history  bool                 // there are earlier turns
	words    map[Term]string      // as somebody wrote them; for explanations
	typos    map[string][]correction
	lang     string // that it is analysed in
	locale   string
	product  string
	meaning  meaning       // none without an embedder
	past     *recollection // what approvals say about it; nil for nothing
	scored   map[*cachedDocument]*[views]float64
}

// newQuestion analyses a query's turns against the statistics of a corpus, and the
// words of earlier questions; mem is nil where these are not used.
func newQuestion(q pipeline.Query, lex *lexicon, mem *memory) *question {
	turns := q.Turns[max(0, len(q.Turns)-maxTurns):]
	n := &question{number: map[Term]int32{}, pairs: map[[2]int32]float64{}, lastPair: map[[2]int32]bool{}, lex: lex, mem: mem,
		words: map[Term]string{}, typos: map[string][]correction{}, scored: map[*cachedDocument]*[views]float64{},
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
	term   Term
	weight float64
}

// read analyses a turn. A customer's word that is not known is read as the
// known ones it was probably meant as; an identifier that is not known leaves
// only its parts.
func (n *question) read(text string, customer bool) []heard {
	all := analyse(n.lang, text)
	out := make([]heard, 0, len(all))
	for _, a := range all[:min(len(all), maxTerms)] {
		known := n.lex.knows(a.id) || n.mem.knows(a.id)
		if a.whole && !known {
			continue
		}
		if a.word != "" {
			n.words[a.id] = a.word
		}
		if known || !customer || a.word == "" {
			out = append(out, heard{a.id, 1})
			continue
		}
		meant, seen := n.typos[a.word]
		if !seen && len(n.typos) < maxTypos {
			meant = n.lex.correct(n.lang, a.word)
			n.typos[a.word] = meant
		}
		if len(meant) == 0 {
			out = append(out, heard{a.id, 1})
		}
		for _, c := range meant {
			if n.words[c.term] == "" {
				n.words[c.term] = c.word
			}
			out = append(out, heard{c.term, c.weight})
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
					x *= n.lex.name(h.term)
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

func (n *question) weighIDF(lex *lexicon) {
	n.idf, n.docIDF = make([]float64, len(n.terms)), make([]float64, len(n.terms))
	for v := range n.masses {
		n.masses[v] = make([]float64, len(n.terms))
	}
	for i, t := range n.terms {
		n.idf[i] = idf(lex.passages, lex.passageDF[t])
		n.docIDF[i] = idf(lex.documents, lex.docDF[t])
		for v := range n.mass {
			n.masses[v][i] = n.weight[v][i] * n.idf[i]
			n.mass[v] += n.masses[v][i]
		}
	}
}

// vector is the sparse query of a view: its terms with the highest weight ×
// IDF. The server multiplies by IDF again: weights are plain factors. Terms
// that no passage has are left out.
func (n *question) vector(view int) Sparse {
	var order []int
	for i := range n.terms {
		if n.weight[view][i] > 0 && n.lex.passageDF[n.terms[i]] > 0 {
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
	var s Sparse
	for _, i := range order {
		s.Terms = append(s.Terms, n.terms[i])
		s.Weights = append(s.Weights, float32(n.weight[view][i]))
	}
	return s
}

// questionLanguage is the language customers wrote in: what stop words say when
// they say it clearly, else the locale's.
func questionLanguage(q pipeline.Query) string {
	text := ""
	for i := len(q.Turns) - 1; i >= 0 && len(text) < 2000; i-- {
		text += " " + q.Turns[i].Text
	}
	base := Language(q.Locale, text)
	if q.Locale == "" {
		return base
	}
	if guess, clear := clearLanguage(text); clear {
		return guess
	}
	return base
}

func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return math.Min(1, part/whole)
}
