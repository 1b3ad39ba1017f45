package text

import (
	"slices"
	"strings"
	"testing"
)

func stemsOf(lang, s string) (out []string) {
	for _, w := range Words(s, lang) {
		if w.Stem != "" {
			out = append(out, w.Stem)
		}
	}
	return out
}

// TestWordsHaveTheStemsOfTheIndex: what search takes for one word, drafts and their
// checks take for one word too, in every language.
func TestWordsHaveTheStemsOfTheIndex(t *testing.T) {
	for _, c := range []struct{ lang, text string }{
		{"en", "The customers' refunds aren't shipped"}, {"de", "die Rechnungen des Kunden"}, {"fr", "l'accès aux factures"}, {"es", "las contraseñas del cliente"},
		{"nl", "de facturen van klanten"}, {"it", "le fatture dei clienti"}, {"pt", "as faturas dos clientes"}, {"sv", "fakturorna till kunderna"}, {"pl", "faktury dla klientów"}, {"ru", "счета для клиентов"},
	} {
		var words, terms []string
		stem, done := TongueOf(c.lang).Stemmer()
		for _, k := range Tokens(c.lang, c.text) {
			terms = append(terms, stem(k.Word))
		}
		done()
		if words = stemsOf(c.lang, c.text); !slices.Equal(words, terms) {
			t.Errorf("%s %q: %q, in the index %q", c.lang, c.text, words, terms)
		}
	}
}

func TestWordsKeepTheirPlace(t *testing.T) {
	for in, want := range map[string][]string{
		"Don’t pay 1,200.50 twice.":    {"don't", "pay", "1,200.50", "twice"},
		"the 90's, v2.14.1":            {"the", "90", "s", "v2.14.1"},
		"改密码 and ok":                   {"改", "密", "码", "and", "ok"},
		"비밀번호 변경":                      {"비밀번호", "변경"},
		"ราคา 5":                       {"ร", "า", "ค", "า", "5"},
		"a . b":                        {"a", "b"},
		"5. Next":                      {"5", "next"},
		"\xff x\u200by":                {"x", "y"},
		strings.Repeat("x", 70) + "'s": {strings.Repeat("x", 70) + "'s"},
	} {
		var got []string
		for _, w := range Words(in, "en") {
			got = append(got, w.Text)
			if plain := strings.ReplaceAll(strings.ToLower(in[w.Start:w.End]), "’", "'"); plain != w.Text {
				t.Errorf("%q: %q stands at the place of %q", in, plain, w.Text)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}

// TestQuietWordsStayInTheIndex: words that say nothing about a subject are left out of
// comparisons; an index made before keeps its terms.
func TestQuietWordsStayInTheIndex(t *testing.T) {
	for lang, word := range map[string]string{"en": "within", "de": "zwischen", "es": "según", "fr": "toutes"} {
		if len(Analyse(lang, word)) != 1 || len(stemsOf(lang, word)) != 0 {
			t.Errorf("%s %s: %v %q", lang, word, Analyse(lang, word), stemsOf(lang, word))
		}
	}
}

// TestTermsNeverChange: an index that was made with these ids must stay usable.
func TestTermsNeverChange(t *testing.T) {
	for _, c := range []struct {
		lang, text string
		want       []Term
	}{
		{"en", "Reset the customer's E-1234 passwords in web.config", []Term{1587210028, 1075114912, 1914461635, 532406777, 2092961062, 481329573, 1709660394, 1044982281}},
		{"de", "Rechnungen ändern", []Term{229098344, 1515372845}},
		{"fr", "l'accès aux factures", []Term{1494590643, 1423916573}},
		{"pl", "faktury klientów", []Term{2105649907, 292053722}},
		{"zh", "更改密码", []Term{1958877301, 831794618, 937445761}},
		{"ru", "счета клиентов", []Term{486097763, 331381338}},
	} {
		if got := Analyse(c.lang, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %v, not %v", c.lang, c.text, got, c.want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "don’t", "1.2,3.", "'a'b''", "\xff'\xfe.", "文a文", "한a文b", "ก'ก", "a\u0301'b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, w := range Words(s, "fr") {
			if w.Start < end || w.End <= w.Start || w.End > len(s) {
				t.Fatalf("%q: a word at %d to %d behind %d", s, w.Start, w.End, end)
			}
			end = w.End
		}
	})
}
