package quantity

import (
	"fmt"
	"strings"
	"testing"
)

func show(qs []Quantity) string {
	var out []string
	for _, q := range qs {
		s := strings.Join(q.Values, "|")
		if q.Minus {
			s = "-" + s
		}
		s += map[Kind]string{Version: "v", Clock: "c", Date: "d", Factor: "f"}[q.Kind]
		if q.Unit != "" {
			s += " " + q.Unit
		}
		if q.Per != "" {
			s += "/" + q.Per
		}
		if q.Zone != "" {
			s += " " + q.Zone
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestRead(t *testing.T) {
	for _, row := range []struct{ lang, said, want string }{
		{"en", "The Pro plan includes 100 GB of storage and costs $49 per month.", "100 GB, 49 USD/month"},
		{"en", "The freezer works down to -20 °C and keeps 0.125 percent.", "-20 °C, 0.125 %"},
		{"en", "down to −20 °C, minus 5 degrees", "-20 °C, -5 °"},
		{"en", "100 requests per minute", "100/minute"},
		{"en", "locked until 6 a.m. on the next day", "360c"},
		{"en", "until 6:30 p.m. CET or 18:30", "1110c CET, 1110c"},
		{"en", "five hundred GB", "500 GB"},
		{"en", "twenty-five days, two hundred and five users", "25 day, 205"},
		{"en", "one hundred twenty thousand rows", "120000"},
		{"en", "100 thousand GB", "100000 GB"},
		{"en", "10k requests/day", "10000/day"},
		{"en", "twice $49", "×2f, 49 USD"},
		{"en", "double-click the file, double check", ""},
		{"en", "half an hour, half of the price", "×½f"},
		{"en", "Version 3.10 of the API and iOS 17", "3.10v, 17v"},
		{"en", "version 2.4.1", "2.4.1v"},
		{"en", "1,000.50 and 1.000,50 and 1 000,50", "1000.5, 1000.5, 1000.5"},
		{"en", "1,000 users", "1000|1"},
		{"en", "3-5 business days", "3 workday, 5 workday"},
		{"en", "between 3 and 5 weeks", "3 week, 5 week"},
		{"en", "31 March 2026 or March 31, 2026", "31.3d, 2026, 31.3d, 2026"},
		{"en", "2026-03-31, 31.03.2026, 03/31/2026", "31.3d, 31.3d, 31.3d"},
		{"en", "1. Open the page\n2) Close it in 3 days", "3 day"},
		{"en", "two ways, one of them", "2"},
		{"en", "a fee of €4.50 a month", "4.5 EUR/month"},
		{"en", "5% off", "5 %"},
		{"en", "from 9 to 5 p.m. EST", "540c EST, 1020c EST"},
		{"en", "٥٠٠ GB and ５００ GB", "500 GB, 500 GB"},
		{"de", "innerhalb von zwei Werktagen, 1.500 € pro Jahr", "2 workday, 1500|1.5 EUR/year"},
		{"de", "fünfundzwanzig Tage, zweihundertfünfzig Euro, hundert Nutzer", "25 day, 250 EUR, 100"},
		{"de", "bis 18 Uhr MEZ", "1080c MEZ"},
		{"de", "am 3. Mai", "3.5d"},
		{"de", "mindestens 30 Tage", "30 day"},
		{"fr", "quatre-vingt-dix jours, vingt et un mois, cinq jours ouvrés", "90 day, 21 month, 5 workday"},
		{"fr", "49 € par mois, 20 pour cent", "49 EUR/month, 20 %"},
		{"es", "treinta y cinco días hábiles, doscientos euros al mes", "35 workday, 200 EUR/month"},
		{"es", "dos mil usuarios", "2000"},
		{"it", "venticinque giorni, trentotto ore, duemila euro", "25 day, 38 hour, 2000 EUR"},
		{"pt", "vinte e cinco dias úteis, duzentos reais por mês", "25 workday, 200 BRL/month"},
		{"nl", "vijfentwintig dagen, tweehonderd euro per maand", "25 day, 200 EUR/month"},
	} {
		if got := show(Read(row.said, row.lang)); got != row.want {
			t.Errorf("%s %q:\n   %s\n   wanted %s", row.lang, row.said, got, row.want)
		}
	}
}

// TestIn says which differences are seen, and what says the same.
func TestIn(t *testing.T) {
	for _, row := range []struct {
		lang, said, source string
		want               Difference
	}{
		{"en", "500 GB", "100 GB", Missing},
		{"en", "five hundred GB", "500 GB", None},
		{"en", "20 °C", "-20 °C", OtherSign},
		{"en", "100 requests per second", "100 requests per minute", OtherPeriod},
		{"en", "6 p.m.", "6 a.m.", Missing},
		{"en", "6:00 p.m.", "18:00", None},
		{"en", "9:00 PST", "9:00 EST", OtherZone},
		{"en", "125 percent", "0.125 percent", Missing},
		{"en", "version 3.1", "version 3.10", Missing},
		{"en", "14 weeks", "14 days", OtherUnit},
		{"en", "5 days", "5 business days", OtherUnit},
		{"en", "€4.50", "$4.50", OtherUnit},
		{"en", "1,000 users", "1000 users", None},
		{"de", "1.000 Nutzer", "tausend Nutzer", None},
		{"en", "$29", "Plan Team; Price (USD): 29", None},
		{"en", "$49 a month", "$49 monthly", None},
		{"en", "twice $49", "$49", Missing},
		{"en", "100 thousand GB", "100 GB", Missing},
		{"en", "30 April", "30 March", Missing},
		{"en", "April 30", "on 30.04.2026", None},
		{"en", "3.10", "version 3.10", None},
	} {
		held, units := Read(row.source, row.lang), UnitsOf(row.source)
		for _, q := range Read(row.said, row.lang)[:1] {
			if got := q.In(held, units); got != row.want {
				t.Errorf("%q of %q: %v, wanted %v (%s of %s)", row.said, row.source, got, row.want, show([]Quantity{q}), show(held))
			}
		}
	}
}

// TestNumbersInWords counts in every language, so that each word is read as its number.
func TestNumbersInWords(t *testing.T) {
	for lang, row := range map[string]string{
		"en": "two three seven eleven nineteen twenty thirty ninety", "de": "zwei drei sieben elf neunzehn zwanzig dreißig neunzig", "es": "dos tres siete once diecinueve veinte treinta noventa",
		"fr": "deux trois sept onze dix-neuf vingt trente quatre-vingt-dix", "it": "due tre sette undici diciannove venti trenta novanta", "pt": "dois três sete onze dezenove vinte trinta noventa",
		"nl": "twee drie zeven elf negentien twintig dertig negentig",
	} {
		var got []string
		for _, w := range strings.Fields(row) {
			v, _ := Of(w, lang)
			got = append(got, fmt.Sprint(v))
		}
		if s := strings.Join(got, " "); s != "2 3 7 11 19 20 30 90" {
			t.Errorf("%s: %s", lang, s)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("five hundred GB at 6:30 p.m. CET on 31.03.2026, -20 °C, v3.10", "en")
	f.Add("zweihundertfünfundzwanzig ٥٠٠ 1.000,50", "de")
	f.Fuzz(func(t *testing.T, said, lang string) {
		plain := Digits(said)
		for _, q := range Read(said, lang) {
			if q.Start < 0 || q.End > len(plain) || q.Start >= q.End || len(q.Values) == 0 {
				t.Fatalf("%q: %+v", said, q)
			}
		}
		UnitsOf(said)
		Months(said)
	})
}
