package text

import (
	"slices"
	"strings"
	"testing"
)

// TestTermIDs compares with published values of MurmurHash3_x86_32, seed 0,
// folded as Python's abs(mmh3.hash(s)) folds them.
func TestTermIDs(t *testing.T) {
	for in, want := range map[string]Term{"": 0, "hello": 613153351, "test": 1167338989} {
		if got := TermOf(in); got != want {
			t.Errorf("id of %q is %d, not %d", in, got, want)
		}
	}
}

func TestAnalyse(t *testing.T) {
	same := func(lang, a, b string) {
		t.Helper()
		if x, y := Analyse(lang, a), Analyse(lang, b); !slices.Equal(x, y) || len(x) == 0 {
			t.Errorf("%s: %q is %v, %q is %v", lang, a, x, b, y)
		}
	}
	same("en", "The customer's refunds", "customer refund")
	same("en", "don’t RESETTING it", "reset")
	same("de", "die Rechnungen", "Rechnung")
	same("fr", "l'accès", "accès")
	same("es", "las contraseñas", "contraseña")
	same("xx", "Tests", "test")
	if got := Analyse("zh", "更改密码"); len(got) != 3 {
		t.Errorf("three bigrams wanted, %d", len(got))
	}
	if got := Analyse("en", "a I the of "+strings.Repeat("x", 100)+" 5"); len(got) != 1 {
		t.Errorf("only the digit is a term: %v", got)
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ locale, text, want string }{
		{"de-AT", "the password", "de"}, {"", "How do I reset my password?", "en"}, {"", "¿Cómo puedo cambiar mi contraseña en la cuenta?", "es"},
		{"", "Wie kann ich mein Passwort ändern und wo?", "de"}, {"", "Comment puis-je changer mon mot de passe pour mon compte ?", "fr"},
		{"", "如何更改密码", "zh"}, {"", "", "en"}, {"", "Kde najdu fakturu, prosím, když jsem zapomněl heslo?", "cs"}, {"", "Dan Humphrey", "en"}, {"", "meine Rechnungen", "de"}, {"tlh", "der die das ist nicht", "de"},
	} {
		if got := Language(c.locale, c.text); got != c.want {
			t.Errorf("%q %q: %s, not %s", c.locale, c.text, got, c.want)
		}
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
}

func FuzzAnalyse(f *testing.F) {
	for _, s := range []string{"", "a I the", "don\u2019t", "\xff\xfea\x00", "\u200b\ufeff", "文 text 文", "A-1.b_c", "MailboxPlan2", "l'accès"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, lang := range []string{"en", "de", "fr", "tr", "fi", "zh", "ru"} {
			if n := len(Analyse(lang, string(b))); n > len(b)+1 {
				t.Fatalf("%d terms of %d bytes", n, len(b))
			}
		}
	})
}
