package text

import (
	"strings"
	"testing"
)

// TestPolishForms: the forms of a word are one term, with and without marks, and
// words that a customer tells apart are not.
func TestPolishForms(t *testing.T) {
	stems := map[Term]string{}
	for _, forms := range []string{
		"faktura faktury fakturę fakturą faktur fakturami",
		"płatność płatności płatnością płatnościami platnosc platnosci",
		"zwrot zwrotu zwroty zwrotów zwrotem",
		"hasło hasła haseł hasłem hasłami haslo",
		"klient klienta klientów klientom klientem",
		"karta karty kartę kartą kart kartami",
		"zalogować zalogowałem zalogowała zalogowania zalogowanie",
		"założyć założyłem założenie",
		"zamówienie zamówienia zamówień zamówieniem zamowienie",
		"przesyłka przesyłki przesyłkę przesyłek",
		"aplikacja aplikacji aplikację aplikacją",
		"reklamacja reklamacji reklamacje",
		"sklep sklepu sklepie sklepy",
	} {
		var first Term
		for i, form := range strings.Fields(forms) {
			got := Analyse("pl", form)
			if len(got) != 1 {
				t.Fatalf("%s: %d terms", form, len(got))
			}
			if i == 0 {
				first = got[0]
				if other, taken := stems[first]; taken {
					t.Errorf("%s and %s are one term", form, other)
				}
				stems[first] = form
			}
			if got[0] != first {
				t.Errorf("%s is another term than the other forms of %s", form, stems[first])
			}
		}
	}
	for _, short := range []string{"ta", "dom", "pin", "sms", "id"} { // nothing is left of nothing
		if got := Analyse("pl", short); short != "ta" && len(got) != 1 {
			t.Errorf("%s: %d terms", short, len(got))
		}
	}
}
