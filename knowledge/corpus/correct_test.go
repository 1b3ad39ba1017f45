package corpus

import (
	"testing"

	"footnote/pipeline/text"
)

// lexiconOf has some words, each in one passage of its own document.
func lexiconOf(lang string, words ...string) *Statistics {
	var terms []text.Term
	for _, w := range words {
		terms = append(terms, text.Analyse(lang, w)...)
	}
	return Sample(100, terms...)
}

func TestSlipsAreCorrected(t *testing.T) {
	en := lexiconOf("en", "password", "invoice", "refund", "calendar", "account", "shipping", "cat")
	es := lexiconOf("es", "contraseña", "cuenta")
	for _, c := range []struct {
		lex              *Statistics
		lang, word, want string
	}{
		{en, "en", "pasword", "password"}, {en, "en", "passwrod", "password"}, {en, "en", "invoixe", "invoice"}, {en, "en", "refundd", "refund"},
		{en, "en", "calender", "calendar"}, {en, "en", "acount", "account"}, {en, "en", "shiping", "shipping"},
		{es, "es", "contrasena", "contraseña"}, {es, "es", "cuemta", "cuenta"},
		{en, "en", "cart", "cat"}, {en, "en", "xyzzyx", ""}, {en, "en", "ca", ""}, {en, "en", "invo1ce", ""}, {en, "en", "密码密码", ""},
	} {
		got := ""
		if found := c.lex.Correct(c.lang, c.word); len(found) > 0 {
			got = found[0].Word
			if found[0].Term != text.Analyse(c.lang, c.want)[0] {
				t.Errorf("%s: term of another word than %s", c.word, c.want)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, not %q", c.word, got, c.want)
		}
	}
}
