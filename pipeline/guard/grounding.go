package guard

import (
	_ "embed"
	"encoding/json"
	"math"
	"strings"

	"footnote/pipeline/text"
)

// Grounding is the model that tells whether a text says what its evidence says: a
// logistic regression over GroundingSignals, fitted by `footnote eval grounding --fit`
// on halves of BEGIN, WiCE and MTRAG faithfulness.
type Grounding struct {
	Bias    float64
	Weights map[string]float64
	// Warn is the probability below which an agent is told to compare: the one with the
	// best balanced accuracy on the half of BEGIN that it was fitted on. Block is the one
	// below which lie 2 % of the supported texts there.
	Warn, Block float64
}

//go:embed grounding.json
var groundingJSON []byte

var grounding = func() (g Grounding) {
	if err := json.Unmarshal(groundingJSON, &g); err != nil {
		panic("guard: grounding.json: " + err.Error())
	}
	return g
}()

// Probability returns the probability in [0,1] that evidence says what is said, at
// even odds.
func (g Grounding) Probability(signals []float64) float64 {
	z := g.Bias
	for i, v := range signals {
		z += g.Weights[GroundingSignals[i]] * v
	}
	return 1 / (1 + math.Exp(-z))
}

// GroundingSignals names the signals of Signals in their order. More of the first
// seven never makes support less probable, nor of the next six more; of the last
// three either may be.
var GroundingSignals = []string{"least share", "share", "weighed share", "least pairs", "pairs", "place", "every word", "names", "loose words", "numbers", "opinion", "question", "opposite", "words", "sentences", "evidence"}

// GroundingSign is 1 where a signal speaks for support, -1 where against, else 0.
func GroundingSign(signal int) int {
	switch {
	case signal < 7:
		return 1
	case signal < 13:
		return -1
	}
	return 0
}

// window is how many content words of the evidence are one place.
const window = 25

// pairing is how many content words apart two may stand in the evidence that stand
// side by side in a claim.
const pairing = 3

// opinions are words of somebody who speaks for himself.
var opinions = text.WordSet("i my me i'm i've i'd mine ich mein meine mir mich yo mi mis me je mon ma mes j'ai io mio mia eu meu minha ik mijn")

// Signals compares what is said with its evidence. All are language-free but for
// the stems: shares of content words that stand in the evidence, side by side and in
// one place of it; names, words and numbers that do not.
func Signals(said, evidence, lang string) []float64 {
	said, evidence = Reveal(said), Reveal(evidence)
	known := vocabulary{map[string]bool{}, map[string]bool{}}
	places := map[string][]int{}
	size := 0
	for _, w := range text.Words(evidence, lang) {
		known.add(w)
		if w.Stem != "" {
			places[w.Stem] = append(places[w.Stem], size)
			size++
		}
	}
	var total, held, weight, heavy, pairs, paired, every, there float64
	leastShare, leastPairs, place := 1.0, 1.0, 1.0
	names, loose := 0, 0
	opinion, opposed, question := 0.0, 0.0, 0.0
	sentences := Split(said)
	for _, s := range sentences {
		var content []text.Word
		for _, w := range text.Words(s, lang) {
			every++
			if known.words[w.Text] {
				there++
			} else if opinions[w.Text] {
				opinion = 1
			}
			if w.Stem != "" {
				content = append(content, w)
			}
		}
		if len(content) == 0 {
			continue
		}
		n, own := 0.0, 0.0 // words, and pairs, that stand in the evidence
		blocks := map[int]int{}
		for i, w := range content {
			l := math.Log(1 + float64(len(w.Stem)))
			if w.Text[0] >= '0' && w.Text[0] <= '9' {
				l *= 2
			}
			weight += l
			if known.has(w) {
				n++
				heavy += l
			}
			last := -1
			for _, p := range places[w.Stem] {
				if p/window != last {
					last = p / window
					blocks[last]++
				}
			}
			if i > 0 && beside(places[content[i-1].Stem], places[w.Stem]) {
				own++
			}
		}
		k := float64(len(content))
		total, held = total+k, held+n
		leastShare = min(leastShare, n/k)
		if k > 1 {
			pairs, paired = pairs+k-1, paired+own
			leastPairs = min(leastPairs, own/(k-1))
		}
		best := 0
		for b, v := range blocks {
			best = max(best, min(v+blocks[b+1], len(content)))
		}
		place = min(place, float64(best)/k)
		l, nm := unaccounted(s, known, lang)
		loose, names = loose+len(l), names+len(nm)
	}
	if strings.ContainsAny(said, "?？") {
		question = 1
	}
	lack := figuresOf(evidence, lang).lacks(said, lang)
	if _, ok := opposite(sideOf(clausesOf(text.Plain(evidence), lang)), sideOf(clausesOf(said, lang))); ok {
		opposed = 1
	}
	share := func(a, b float64) float64 {
		if b == 0 {
			return 1
		}
		return a / b
	}
	return []float64{leastShare, share(held, total), share(heavy, weight), leastPairs, share(paired, pairs), place, share(there, every),
		math.Log1p(float64(names)), math.Log1p(float64(loose)), math.Log1p(float64(len(lack.missing) + len(lack.differs) + len(lack.counts))), opinion, question, opposed,
		math.Log1p(total), math.Log1p(float64(len(sentences))), math.Log1p(float64(size))}
}

// beside tells that two words stand near each other in the evidence; both lists are
// in order.
func beside(a, b []int) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		d := a[i] - b[j]
		if d <= pairing && d >= -pairing {
			return true
		}
		if d < 0 {
			i++
		} else {
			j++
		}
	}
	return false
}

// ShippedGrounding returns the model that drafts are checked with.
func ShippedGrounding() Grounding { return grounding }
