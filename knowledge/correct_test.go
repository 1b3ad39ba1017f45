package knowledge

import (
	"slices"
	"testing"

	"footnote/pipeline"
)

// lexiconOf has some words, each in one passage of its own document.
func lexiconOf(lang string, words ...string) *lexicon {
	l := newLexicon()
	l.passages, l.documents, l.passageLen, l.docLen = 100, 100, 100, 100
	for _, w := range words {
		for _, t := range Analyse(lang, w) {
			l.passageDF[t]++
			l.docDF[t]++
		}
	}
	return l
}

func TestSlipsAreCorrected(t *testing.T) {
	en := lexiconOf("en", "password", "invoice", "refund", "calendar", "account", "shipping", "cat")
	es := lexiconOf("es", "contraseña", "cuenta")
	for _, c := range []struct {
		lex              *lexicon
		lang, word, want string
	}{
		{en, "en", "pasword", "password"}, {en, "en", "passwrod", "password"}, {en, "en", "invoixe", "invoice"}, {en, "en", "refundd", "refund"},
		{en, "en", "calender", "calendar"}, {en, "en", "acount", "account"}, {en, "en", "shiping", "shipping"},
		{es, "es", "contrasena", "contraseña"}, {es, "es", "cuemta", "cuenta"},
		{en, "en", "cart", "cat"}, {en, "en", "xyzzyx", ""}, {en, "en", "ca", ""}, {en, "en", "invo1ce", ""}, {en, "en", "密码密码", ""},
	} {
		got := ""
		if found := c.lex.correct(c.lang, c.word); len(found) > 0 {
			got = found[0].word
			if found[0].term != Analyse(c.lang, c.want)[0] {
				t.Errorf("%s: term of another word than %s", c.word, c.want)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, not %q", c.word, got, c.want)
		}
	}
}

func TestOnlyUnknownWordsAreCorrected(t *testing.T) {
	lex := lexiconOf("en", "refund", "invoice", "form")
	mem := newMemory(lex)
	said := func(word string) {
		mem.add(remembered{terms: Analyse("en", word), weights: []float32{1}})
	}
	said("refond") // people say so, and were answered
	said("refond")
	said("invoixe") // one person's slip
	ask := func(text string) []Term {
		q := newQuestion(pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: text}}}, lex, mem)
		return q.terms
	}
	for text, want := range map[string]string{"refunf": "refund", "from": "from", "refond": "refond", "invoixe": "invoice", "invoice": "invoice", "zzzzzzz": "zzzzzzz"} {
		if got := ask(text); !slices.Equal(got, Analyse("en", want)) {
			t.Errorf("%s is not read as %s: %v", text, want, got)
		}
	}
	agent := newQuestion(pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleAgent, Text: "refunf"}, {Role: pipeline.RoleCustomer, Text: "why"}}}, lex, nil)
	if len(agent.typos) > 0 {
		t.Error("an agent's words are corrected")
	}
}

func TestIdentifiersAreTermsAsAWhole(t *testing.T) {
	whole := func(text string) (out []string) {
		for w := range lexemes(text) {
			if w.whole {
				out = append(out, w.lower)
			}
		}
		return out
	}
	for text, want := range map[string][]string{
		"error E-1234 again":                    {"e-1234"},
		"since 2.14.1.":                         {"2.14.1"},
		"edit web.config, then Set-MailboxPlan": {"web.config", "set-mailboxplan"},
		"MAX_SIZE is 0x80070005":                {"max_size"},
		"on-premises and/or: no. Yes":           nil,
		"INC#42 at 10:30":                       {"inc#42", "10:30"},
	} {
		if got := whole(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	for _, pair := range [][2]string{{"MailboxPlan", "mailbox plan"}, {"OutOfMemoryError", "memory error"}, {"E-1234", "1234"}, {"web.config", "config"}} {
		all := Analyse("en", pair[0])
		for _, part := range Analyse("en", pair[1]) {
			if !slices.Contains(all, part) {
				t.Errorf("%s is not found by %s", pair[0], pair[1])
			}
		}
	}
	lex := lexiconOf("en", "error 4321", "E-1234")
	q := newQuestion(pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "E-1234 or E-4321"}}}, lex, nil)
	if n := len(q.terms); n != 3 { // 1234, e-1234, 4321: no document has e-4321
		t.Errorf("%d terms: %v", n, q.words)
	}
}
