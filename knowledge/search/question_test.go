package search

import (
	"slices"
	"testing"

	"footnote/knowledge/corpus"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// statisticsOf has some words, each in one passage of its own document.
func statisticsOf(lang string, words ...string) *corpus.Statistics {
	var terms []text.Term
	for _, w := range words {
		terms = append(terms, text.Analyse(lang, w)...)
	}
	return corpus.Sample(100, terms...)
}

// sayings are words that earlier questions have.
type sayings map[text.Term]bool

func (s sayings) Knows(t text.Term) bool   { return s[t] }
func (s sayings) Recall(Ask) *Recollection { return nil }
func (s sayings) Prior(string) float64     { return 0 }

func TestOnlyUnknownWordsAreCorrected(t *testing.T) {
	lex := statisticsOf("en", "refund", "invoice", "form")
	mem := sayings{text.Analyse("en", "refond")[0]: true} // people say so, and were answered
	ask := func(text string) []text.Term {
		q := newQuestion(pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: text}}}, lex, mem)
		return q.terms
	}
	for said, want := range map[string]string{"refunf": "refund", "from": "from", "refond": "refond", "invoixe": "invoice", "invoice": "invoice", "zzzzzzz": "zzzzzzz"} {
		if got := ask(said); !slices.Equal(got, text.Analyse("en", want)) {
			t.Errorf("%s is not read as %s: %v", said, want, got)
		}
	}
	agent := newQuestion(pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleAgent, Text: "refunf"}, {Role: pipeline.RoleCustomer, Text: "why"}}}, lex, nil)
	if len(agent.typos) > 0 {
		t.Error("an agent's words are corrected")
	}
}

func TestUnknownIdentifiersLeaveTheirParts(t *testing.T) {
	lex := statisticsOf("en", "error 4321", "E-1234")
	q := newQuestion(pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "E-1234 or E-4321"}}}, lex, nil)
	if n := len(q.terms); n != 3 { // 1234, e-1234, 4321: no document has e-4321
		t.Errorf("%d terms: %v", n, q.words)
	}
}
