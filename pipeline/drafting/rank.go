package drafting

import (
	"math"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/arithmetic"
	"footnote/pipeline/text"
)

// subject is what one ask is about, in terms.
type subject struct {
	lang  string
	terms map[string]float64 // of the ask itself: share of its weight, sums to 1
	past  map[string]float64 // of earlier turns, decaying, sums to 1
	said  []map[string]bool  // what agents have said, newest first
	cues  cues
	// action is what somebody asks how to do, amount whether an amount or a time is
	// asked for; ask is the ask itself in lower case.
	action map[string]bool
	amount bool
	ask    string
}

// cues is what kind of answer an ask wants.
type cues struct{ steps, number, date, reason bool }

// features of a piece, all roughly in [0,1].
const (
	fAsk           = iota // share of the ask's information in the piece
	fPast                 // share of the earlier turns' information
	fHeading              // share of the ask in title and headings
	fDense                // share of the piece that the ask has
	fHit                  // rank of its passage: 1, 2/3, 1/2…
	fFirst                // its passage is the best one
	fLength               // words, logarithmic
	fShort                // fewer than five words
	fQuestion             // is itself a question
	fSaid                 // an agent has already said it
	fFollows              // the piece before it was what an agent said last
	fYou                  // speaks to the reader or tells what to do
	fPastBest             // share of the earlier turns in the whole passage
	fGround               // the passage holds what an agent said last
	fAfter                // how soon it comes after what an agent said last
	fDoc                  // share of the scores that its document has
	fScore                // how far its passage is behind the best one
	fNew                  // share of its words that neither ask nor title nor headings have
	fOpeningTitled        // stands in its document's first passage, where the title has the ask already
	fHeaded               // heading and ask name one another
	fDoing                // tells what to do, where steps are asked for
	fDoingTitled          // tells what to do, where the title has the ask already
	fNumber               // has an amount or a time, where one is asked for
	fStarts               // begins with words of the ask
	fNumbers
)

// PieceFeatures by number, as a fit names them.
var PieceFeatures = [fNumbers]string{"ask", "past", "heading", "dense", "hit", "first", "length", "short", "question", "said", "follows", "you", "past best", "ground", "after", "document",
	"score", "new", "opening titled", "headed", "doing asked", "doing titled", "number", "starts"}

// sharpness of the chances, chosen on doc2dial with the length of replies.
const sharpness = 1.2

// inverse document frequencies among the pieces found: what every piece has
// tells nothing.
func idfs(ps []piece) map[string]float64 {
	df := map[string]int{}
	seen := map[string]int{}
	for i, p := range ps {
		for _, w := range p.words {
			if w.Stem != "" && seen[w.Stem] != i+1 {
				seen[w.Stem] = i + 1
				df[w.Stem]++
			}
		}
	}
	out := make(map[string]float64, len(df))
	for w, n := range df {
		out[w] = math.Log(1 + (float64(len(ps))-float64(n)+.5)/(float64(n)+.5))
	}
	return out
}

// subjectOf weighs the words of an ask and of the turns before it. The newest
// earlier turn counts most.
func subjectOf(q Question, ask string, idf map[string]float64) subject {
	s := subject{lang: q.rules(), terms: map[string]float64{}, past: map[string]float64{}, cues: cuesOf(ask, q.rules()),
		action: actionOf(ask, q.rules()), amount: amountRE.MatchString(ask) || len(strings.Fields(ask)) <= shortAsk && numberRE.MatchString(ask), ask: strings.ToLower(ask)}
	most := math.Log(float64(len(idf)) + 2) // a word no piece has is still asked for
	add := func(m map[string]float64, said string, weight float64) {
		for _, w := range text.Words(said, q.rules()) {
			if w.Stem == "" {
				continue
			}
			v, ok := idf[w.Stem]
			if !ok {
				v = most / 2
			}
			m[w.Stem] = max(m[w.Stem], v*weight)
		}
	}
	add(s.terms, helpRE.ReplaceAllString(amountRE.ReplaceAllString(ask, " "), " "), 1)
	weight := 1.0
	for i := len(q.Turns) - 1; i >= 0; i-- {
		t := q.Turns[i]
		if t.Role != pipeline.RoleCustomer && t.Role != pipeline.RoleSystem && len(s.said) < 4 {
			said := map[string]bool{}
			for _, w := range text.Words(t.Text, q.rules()) {
				if w.Stem != "" {
					said[w.Stem] = true
				}
			}
			s.said = append(s.said, said)
		}
		if i < len(q.Turns)-1 {
			add(s.past, t.Text, weight)
			weight *= .6
		}
	}
	for w := range s.terms {
		delete(s.past, w)
	}
	normalise(s.terms)
	normalise(s.past)
	return s
}

func normalise(m map[string]float64) {
	sum := 0.0
	for _, v := range m {
		sum += v
	}
	for w := range m {
		m[w] /= sum
	}
}

// covered is the share of the terms' weight that the words hold.
func covered(terms map[string]float64, words []text.Word) float64 {
	sum := 0.0
	for i, w := range words {
		v := terms[w.Stem]
		if v == 0 || w.Stem == "" || before(words[:i], w.Stem) {
			continue
		}
		sum += v
	}
	return sum
}

func before(words []text.Word, stem string) bool {
	for _, w := range words {
		if w.Stem == stem {
			return true
		}
	}
	return false
}

func content(words []text.Word) int {
	n := 0
	for _, w := range words {
		if w.Stem != "" {
			n++
		}
	}
	return n
}

// repeats is the largest share of the words that one of the texts said.
func repeats(words []text.Word, said []map[string]bool) float64 {
	n := content(words)
	if n == 0 {
		return 0
	}
	best := 0.0
	for _, m := range said {
		held := 0
		for _, w := range words {
			if w.Stem != "" && m[w.Stem] {
				held++
			}
		}
		best = max(best, float64(held)/float64(n))
	}
	return best
}

// featuresOf describes every piece for one subject. The pieces of a passage
// stand together and in order.
func featuresOf(s subject, ps []piece, hits []pipeline.Hit) [][fNumbers]float64 {
	out := make([][fNumbers]float64, len(ps))
	doc := documentShares(hits)
	wholePast := make([]float64, len(hits))
	ground := make([]float64, len(hits))
	groundAt := make([]int, len(hits))
	if len(s.said) > 0 {
		for _, p := range ps {
			if r := repeats(p.words, s.said[:1]); len(p.words) > 4 && r > ground[p.hit] {
				ground[p.hit], groundAt[p.hit] = r, p.order
			}
		}
	}
	titles := make([]map[string]bool, len(hits))
	var all []text.Word
	for h := range hits {
		all = all[:0]
		for _, p := range ps {
			if p.hit == h {
				all = append(all, p.words...)
			}
		}
		have := setOf(all)
		wholePast[h] = coveredSet(s.past, have)
		titles[h] = setOf(text.Words(hits[h].Passage.Title, s.lang))
	}
	for i, p := range ps {
		f := &out[i]
		f[fAsk] = covered(s.terms, p.words)
		f[fPast] = covered(s.past, p.words)
		f[fHeading] = coveredSet(s.terms, setOf(p.above))*.7 + coveredSet(s.terms, titles[p.hit])*.3
		hits0 := 0
		for _, w := range p.words {
			if s.terms[w.Stem] > 0 {
				hits0++
			}
		}
		f[fDense] = float64(hits0) / float64(content(p.words)+2)
		f[fHit] = 1 / (1 + float64(p.hit)/2)
		f[fFirst] = b2f(p.hit == 0)
		f[fLength] = min(math.Log(float64(len(p.words))+1)/4, 1)
		f[fShort] = b2f(len(p.words) < 5)
		f[fQuestion] = b2f(strings.HasSuffix(p.text, "?"))
		f[fSaid] = repeats(p.words, s.said)
		f[fYou] = b2f(addresses(p.words))
		f[fDoc] = doc[hits[p.hit].Passage.Document]
		f[fPastBest] = wholePast[p.hit]
		if ground[p.hit] > .5 {
			f[fGround] = ground[p.hit]
			if d := p.order - groundAt[p.hit]; d > 0 {
				f[fAfter] = 1 / float64(d)
			}
		}
	}
	s.place(ps, hits, titles, out)
	for i := range ps {
		if i > 0 && ps[i-1].hit == ps[i].hit && len(s.said) > 0 {
			out[i][fFollows] = repeats(ps[i-1].words, s.said[:1])
		}
	}
	return out
}

// place fills the features that compare a piece with its page: what title and headings have
// of the ask already.
func (s subject) place(ps []piece, hits []pipeline.Hit, titles []map[string]bool, out [][fNumbers]float64) {
	for i, p := range ps {
		f, titled := &out[i], coveredSet(s.terms, titles[p.hit])
		fresh, n := 0.0, content(p.words)
		above := setOf(p.above)
		for _, w := range p.words {
			if w.Stem != "" && s.terms[w.Stem] == 0 && !titles[p.hit][w.Stem] && !above[w.Stem] {
				fresh++
			}
		}
		f[fScore] = max(-2, (hits[p.hit].Score-hits[0].Score)/10)
		f[fNew] = fresh / float64(n+2)
		f[fOpeningTitled] = titled * b2f(hits[p.hit].Passage.Ordinal == 0)
		f[fHeaded] = s.headed(p)
		doing := b2f(p.kind == step || imperative(p.words) || pathRE.MatchString(p.text))
		if s.cues.steps {
			f[fDoing] = doing
		}
		f[fDoingTitled] = titled * doing
		f[fNumber] = b2f((s.amount || s.cues.number || s.cues.date) && s.amountIn(p))
		for j, w := range p.words {
			if j < 4 && w.Stem != "" && s.terms[w.Stem] > 0 {
				f[fStarts] = 1
			}
		}
	}
}

func setOf(words []text.Word) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		if w.Stem != "" {
			m[w.Stem] = true
		}
	}
	return m
}

func coveredSet(terms map[string]float64, have map[string]bool) float64 {
	sum := 0.0
	for w, v := range terms {
		if have[w] {
			sum += v
		}
	}
	return sum
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// chances turns features into the chance of each piece to be the answer: a softmax,
// sharpened as the gain of choose wants it.
func chances(fs [][fNumbers]float64, weights []float64) []float64 {
	out := make([]float64, len(fs))
	for i, f := range fs {
		for j, v := range f {
			out[i] += sharpness * weights[j] * v
		}
	}
	return arithmetic.Softmax(out)
}
