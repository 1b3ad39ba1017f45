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
// They know no words of any language or trade.
const (
	gSearch = iota // what search gives the passages, as log odds
	gChance        // chance of the best section among all found
	gAnswer        // share of the ask that the answer has, with title and headings
	gThread        // somebody answered before: the question hangs on what was said
	gSignals
)

// AnswerSignals by number, as a fit names them.
var AnswerSignals = []string{"search", "chance of the section", "ask in the answer", "a conversation"}

// signals of the picked pieces as an answer; chance is that of their best section.
func (a asked) signals(ps []piece, picks []int, chance float64, hits []pipeline.Hit) []float64 {
	f, lang := make([]float64, gSignals), a.question.rules()
	said := map[string]bool{}
	for _, i := range picks {
		for _, words := range [][]text.Word{ps[i].words, ps[i].above} {
			for w := range setOf(words) {
				said[w] = true
			}
		}
	}
	for w := range setOf(text.Words(hits[ps[picks[0]].hit].Passage.Section(), lang)) {
		said[w] = true
	}
	held, total := 0.0, 0.0
	for w, v := range a.information(lang) {
		total += v
		held += v * b2f(said[w])
	}
	f[gSearch] = .5
	if p := a.found.Probability; p > 0 {
		f[gSearch] = .5 + max(-.5, min(.5, math.Log(p/(1-min(p, .999)))/8))
	}
	f[gChance], f[gAnswer], f[gThread] = chance, held/max(total, 1e-9), b2f(len(a.question.Turns) > 1)
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
