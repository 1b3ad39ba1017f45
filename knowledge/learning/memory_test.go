package learning

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"footnote/knowledge/corpus"
	"footnote/knowledge/search"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// lexOf is a lexicon in which no word is special.
func lexOf() *corpus.Statistics {
	return corpus.Sample(100)
}

// asking is a question of one turn.
func asking(text string, now time.Time) search.Ask {
	terms, weights := Lesson{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: text}}}.asks()
	a := search.Ask{Terms: terms, Now: now}
	for _, w := range weights {
		a.Weights = append(a.Weights, float64(w))
	}
	return a
}

func (m *memory) lesson(decision, text, hash, requester, agent string, weight float64) {
	l := remembered{decision: decision, requester: keyOf(requester), agent: keyOf(agent), at: time.Unix(0, 0)}
	l.terms, l.weights = Lesson{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: text}}}.asks()
	l.cites = []cite{{m.target(hash, []string{"doc " + hash}), weight}}
	m.add(l)
}

// recalled is what a memory says of a question at full strength.
func recalled(m *memory, a search.Ask) *search.Recollection {
	return used{m, way{strength: 1}}.Recall(a)
}

// TestNobodyLiftsAlone: whatever one requester or one agent teaches, and however
// often, its votes for one passage stay within the caps.
func TestNobodyLiftsAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory(lexOf())
		words := []string{"printer", "refund", "password", "invoice", "export", "calendar"}
		phrase := rapid.Custom(func(rt *rapid.T) string {
			return words[rapid.IntRange(0, 5).Draw(rt, "a")] + " " + words[rapid.IntRange(0, 5).Draw(rt, "b")]
		})
		for i := range rapid.IntRange(0, 20).Draw(rt, "honest") {
			m.lesson(fmt.Sprint("h", i), phrase.Draw(rt, "text"), fmt.Sprint("p", i%5), fmt.Sprint("r", i), fmt.Sprint("a", i%4), 1)
		}
		one := rapid.Bool().Draw(rt, "one requester")
		for i := range rapid.IntRange(1, 60).Draw(rt, "flood") {
			who := "mallory"
			if !one {
				who = fmt.Sprint("name ", i)
			}
			m.lesson(fmt.Sprint("m", i), phrase.Draw(rt, "text"), "bad", who, "agent m", 1)
		}
		r := recalled(m, asking(phrase.Draw(rt, "question"), time.Unix(0, 0)))
		if v := r.Votes["bad"]; v != nil {
			most := agentCap
			if one {
				most = requesterCap
			}
			if v.Share > most+1e-9 {
				rt.Fatalf("share %v, cap %v", v.Share, most)
			}
		}
		for h, v := range r.Votes {
			if v.Share > 1 || v.Share < -1 {
				rt.Fatalf("share of %s is %v", h, v.Share)
			}
		}
	})
}

func TestLessonsFade(t *testing.T) {
	m := newMemory(lexOf())
	m.lesson("d", "printer offline", "p", "r", "a", 1)
	last := 2.0
	for _, age := range []time.Duration{0, askHalfLife, 4 * askHalfLife} {
		share := recalled(m, asking("printer offline", time.Unix(0, 0).Add(age))).Votes["p"].Share
		if share >= last && age > 0 && share != requesterCap {
			t.Errorf("after %v the share is %v, before %v", age, share, last)
		}
		last = share
	}
	if last > .2 {
		t.Errorf("after four half-lives the share is still %v", last)
	}
}

func TestSeveralPeopleLiftMore(t *testing.T) {
	m := newMemory(lexOf())
	share := func() float64 {
		return recalled(m, asking("printer offline", time.Unix(0, 0))).Votes["p"].Share
	}
	m.lesson("d1", "printer offline", "p", "r1", "a1", 1)
	alone := share()
	m.lesson("d2", "printer offline", "p", "r2", "a2", 1)
	m.lesson("d3", "printer offline", "p", "r3", "a3", 1)
	if share() <= alone {
		t.Errorf("three people: %v, one: %v", share(), alone)
	}
	m.lesson("d4", "printer offline", "p", "r4", "a4", -1)
	m.lesson("d5", "printer offline", "p", "r5", "a5", -1)
	if now := share(); now >= alone+.34 {
		t.Errorf("two rejections took nothing: %v", now)
	}
}

func TestTeaches(t *testing.T) {
	p := func(id, text, url string) pipeline.Hit {
		return pipeline.Hit{Passage: pipeline.Passage{ID: id, Text: text, URL: url, Audience: pipeline.Public}}
	}
	s := func(id, text string, n int) pipeline.Sentence {
		return pipeline.Sentence{Text: text, Receipts: []pipeline.Receipt{{Number: n, Passage: id, Quote: text}}}
	}
	d := pipeline.Draft{Locale: "en", Sentences: []pipeline.Sentence{s("a", "Refunds reach your card within five working days.", 1), s("b", "Invoices are sent by mail every first Monday.", 2)},
		Nearest: []pipeline.Hit{p("a", "Refunds reach your card within five working days.", ""), p("b", "Invoices are sent by mail every first Monday.", ""),
			p("c", "Open Settings, choose Billing, and download the statement as a file.", "https://help.example/c"),
			{Passage: pipeline.Passage{ID: "i", Text: "Supervisors may grant goodwill vouchers without asking anyone.", Audience: pipeline.Restricted}}}}
	for _, x := range []struct {
		name, text string
		want       map[string]float64
	}{
		{"approved", d.Text(), map[string]float64{"a": taughtApproved, "b": taughtApproved}},
		{"one taken out", "Refunds reach your card within five working days. Sorry!", map[string]float64{"a": taughtKept, "b": taughtRemoved}},
		{"one brought in", "Refunds reach your card within five working days. Open Settings, choose Billing and download the statement.", map[string]float64{"a": taughtKept, "b": taughtRemoved, "c": taughtAdded}},
		{"link pasted", d.Text() + "\nSee https://help.example/c", map[string]float64{"a": taughtKept, "b": taughtKept, "c": taughtAdded}},
		{"internal words", d.Text() + " Supervisors may grant goodwill vouchers without asking.", map[string]float64{"a": taughtKept, "b": taughtKept}},
	} {
		got := map[string]float64{}
		for _, c := range Teaches(d, x.text) {
			got[c.Passage] = c.Weight
		}
		if fmt.Sprint(got) != fmt.Sprint(x.want) {
			t.Errorf("%s: %v, not %v", x.name, got, x.want)
		}
	}
}

// TestRecollectionKeepsItsPlaces: a passage that moves while a search goes on moves
// for the next one, whether it was voted for or is only cited often.
func TestRecollectionKeepsItsPlaces(t *testing.T) {
	m := newMemory(lexOf())
	m.lesson("one", "printer refund", "p", "r", "a", 1)
	m.lesson("two", "calendar export", "q", "s", "a", 1)
	r := recalled(m, asking("printer refund", time.Unix(0, 0)))
	m.target("p", []string{"elsewhere"})
	m.target("q", []string{"elsewhere"})
	if slices.Sort(r.Places); !slices.Equal(r.Places, []string{"doc p", "doc q"}) || !r.Sources["p"] || !r.Sources["q"] {
		t.Errorf("recalled %v in %v", r.Sources, r.Places)
	}
	if next := recalled(m, asking("printer refund", time.Unix(0, 0))); !slices.Equal(next.Places, []string{"elsewhere"}) {
		t.Errorf("the next search looks in %v", next.Places)
	}
}

// TestOneSlipIsNoWord: what one person typed once is still read as a slip, what
// people say is a word of theirs.
func TestOneSlipIsNoWord(t *testing.T) {
	m := newMemory(lexOf())
	said := func(word string) {
		m.add(remembered{terms: text.Analyse("en", word), weights: []float32{1}})
	}
	said("refond")
	said("refond")
	said("invoixe")
	if !m.Knows(text.Analyse("en", "refond")[0]) || m.Knows(text.Analyse("en", "invoixe")[0]) {
		t.Error("a word is known from two questions on, not from one")
	}
}
