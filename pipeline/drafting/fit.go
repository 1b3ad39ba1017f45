package drafting

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Signals of an answer, from which the probability comes that it says what was asked.
// They know no words of any language or trade: shares of the ask's information, places
// and counts.
const (
	gSearch  = iota // what search gives the passages, as log odds
	gAnswer         // share of the ask that the answer has, with title and headings
	gSection        // share of the ask that the whole passage has, with title and headings
	gHeaded         // share of the ask in title and headings
	gMissing        // largest share that one word of the ask has which the passage lacks
	gNowhere        // share of the ask that nothing found has
	gNamed          // share of title and headings that the ask names
	gChance         // chance of the best piece among all
	gSupport        // support of the passage
	gLead           // lead of its document over the next one
	gRank           // the answer is not of the first passage
	gLength         // words of the ask with a meaning, as a logarithm
	gSteps          // steps are asked for and quoted
	gNoSteps        // steps are asked for and not quoted
	gThread         // there are earlier turns
	gWords          // words of the answer, as a logarithm
	gSignals
)

// AnswerSignals by number, as a fit names them.
var AnswerSignals = []string{"search", "ask in the answer", "ask in its passage", "ask in its headings", "heaviest word missing", "ask found nowhere", "headings in the ask", "chance of the best sentence",
	"support", "lead over the next document", "not of the first passage", "length of the ask", "steps asked and quoted", "steps asked and not quoted", "a conversation", "length of the answer"}

// signals of the picked pieces as an answer.
func (a asked) signals(ps []piece, picks []int, chance float64, hits []pipeline.Hit) []float64 {
	f := make([]float64, gSignals)
	lang := a.question.rules()
	weight, total := a.information(lang), 0.0
	for _, v := range weight {
		total += v
	}
	share := func(have map[string]bool) (held, missing float64) {
		for w, v := range weight {
			if have[w] {
				held += v
			} else {
				missing = max(missing, v)
			}
		}
		return held / max(total, 1e-9), missing / max(total, 1e-9)
	}
	best := hits[ps[picks[0]].hit]
	headings := map[string]bool{}
	for w := range setOf(text.Words(best.Passage.Section(), lang)) {
		headings[w] = true
	}
	said := map[string]bool{}
	words, steps := 0, false
	for _, i := range picks {
		for _, w := range ps[i].above {
			headings[w.Stem] = true
		}
		for w := range setOf(ps[i].words) {
			said[w] = true
		}
		words += len(ps[i].words)
		steps = steps || ps[i].kind == step
	}
	delete(headings, "")
	whole, anywhere := map[string]bool{}, map[string]bool{}
	for i, p := range ps {
		for w := range setOf(p.words) {
			anywhere[w] = true
			if ps[i].hit == ps[picks[0]].hit {
				whole[w] = true
			}
		}
		for _, w := range p.above {
			anywhere[w.Stem] = true
		}
	}
	named := 0.0
	for w := range headings {
		said[w], whole[w], anywhere[w] = true, true, true
		if _, ok := weight[w]; ok {
			named++
		}
	}
	f[gSearch] = .5
	if p := a.found.Probability; p > 0 {
		f[gSearch] = .5 + max(-.5, min(.5, math.Log(p/(1-min(p, .999)))/8))
	}
	f[gAnswer], _ = share(said)
	f[gSection], f[gMissing] = share(whole)
	f[gHeaded], _ = share(headings)
	f[gNowhere], _ = share(anywhere)
	f[gNowhere] = 1 - f[gNowhere]
	f[gNamed] = named / float64(max(len(headings), 1))
	f[gChance], f[gSupport], f[gLead] = chance, best.Support, 1
	for _, h := range foundOnly(hits) {
		if h.Passage.Document != hits[0].Passage.Document {
			f[gLead] = max(0, min(1, (hits[0].Score-h.Score)/10))
			break
		}
	}
	f[gRank] = b2f(ps[picks[0]].hit > 0)
	f[gLength] = math.Log1p(float64(len(weight))) / 3
	if cuesOf(a.ask, lang).steps {
		f[gSteps], f[gNoSteps] = b2f(steps), b2f(!steps)
	}
	f[gThread] = b2f(len(a.question.Turns) > 1)
	f[gWords] = math.Log1p(float64(words)) / 5
	return f
}

// information of the ask's words by stem: what search knows of them, else all alike.
func (a asked) information(lang string) map[string]float64 {
	out := map[string]float64{}
	for w := range setOf(text.Words(helpRE.ReplaceAllString(a.ask, " "), lang)) {
		out[w] = 1
		if v, ok := a.found.Information[text.TermOf(w)]; ok {
			out[w] = v
		} else if len(a.found.Information) > 0 {
			delete(out, w) // a stop word of the index, or read as another one
		}
	}
	return out
}

// Fit is what drafting without a model has learned from labelled questions: `footnote
// eval drafts --fit` writes the one that ships.
type Fit struct {
	// Choice weighs PieceFeatures: which sentence answers.
	Choice []float64 `json:"choice"`
	// Section weighs SectionFeatures: which section answers.
	Section []float64 `json:"section"`
	// Bias and Likely weigh AnswerSignals: a logistic regression of whether a draft says
	// what was asked.
	Bias   float64   `json:"bias"`
	Likely []float64 `json:"likely"`
}

// FitFile is fit.json; never edit it by hand.
//
//go:embed fit.json
var FitFile []byte

var shipped = func() *Fit {
	var f Fit
	if err := json.Unmarshal(FitFile, &f); err != nil || len(f.Likely) != gSignals || len(f.Choice) != fNumbers || len(f.Section) != sNumbers {
		panic(fmt.Sprintf("fit.json does not fit: %v, %d, %d and %d weights", err, len(f.Choice), len(f.Section), len(f.Likely))) // it is part of the program, and a test reads it
	}
	return &f
}()

func (f *Fit) probability(signals []float64) float64 {
	x := f.Bias
	for i, v := range signals {
		x += f.Likely[i] * v
	}
	return 1 / (1 + math.Exp(-x))
}
