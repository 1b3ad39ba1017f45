package quantity

import (
	"maps"
	"slices"
	"strings"
)

// numerals are the words of numbers, by language. Greater ones are put together:
// "two hundred and five", "zweihundertfünf".
var numerals = func() map[string]map[string]int {
	out := map[string]map[string]int{}
	for lang, words := range map[string]string{
		"en": "zero=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 " +
			"twenty=20 thirty=30 forty=40 fourty=40 fifty=50 sixty=60 seventy=70 eighty=80 ninety=90 hundred=100 thousand=1000 million=1000000 billion=1000000000 dozen=12",
		"de": "null=0 eins=1 zwei=2 zwo=2 drei=3 vier=4 fünf=5 sechs=6 sieben=7 acht=8 neun=9 zehn=10 elf=11 zwölf=12 dreizehn=13 vierzehn=14 fünfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19 " +
			"zwanzig=20 dreißig=30 dreissig=30 vierzig=40 fünfzig=50 sechzig=60 siebzig=70 achtzig=80 neunzig=90 hundert=100 tausend=1000 million=1000000 millionen=1000000 milliarde=1000000000 milliarden=1000000000 dutzend=12",
		"es": "cero=0 dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 once=11 doce=12 trece=13 catorce=14 quince=15 dieciséis=16 diecisiete=17 dieciocho=18 diecinueve=19 " +
			"veinte=20 veintiún=21 veintiuno=21 veintidós=22 veintitrés=23 veinticuatro=24 veinticinco=25 veintiséis=26 veintisiete=27 veintiocho=28 veintinueve=29 treinta=30 cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 " +
			"cien=100 ciento=100 doscientos=200 doscientas=200 trescientos=300 trescientas=300 cuatrocientos=400 quinientos=500 quinientas=500 seiscientos=600 setecientos=700 ochocientos=800 novecientos=900 mil=1000 millón=1000000 millones=1000000 docena=12",
		"fr": "zéro=0 deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13 quatorze=14 quinze=15 seize=16 vingt=20 trente=30 quarante=40 cinquante=50 soixante=60 septante=70 huitante=80 nonante=90 " +
			"cent=100 cents=100 mille=1000 million=1000000 millions=1000000 milliard=1000000000 milliards=1000000000 douzaine=12 quinzaine=15",
		"it": "zero=0 due=2 tre=3 quattro=4 cinque=5 sei=6 sette=7 otto=8 nove=9 dieci=10 undici=11 dodici=12 tredici=13 quattordici=14 quindici=15 sedici=16 diciassette=17 diciotto=18 diciannove=19 " +
			"venti=20 vent=20 trenta=30 trent=30 quaranta=40 quarant=40 cinquanta=50 cinquant=50 sessanta=60 sessant=60 settanta=70 settant=70 ottanta=80 ottant=80 novanta=90 novant=90 cento=100 mille=1000 mila=1000 milione=1000000 milioni=1000000 dozzina=12",
		"pt": "zero=0 dois=2 duas=2 três=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9 dez=10 onze=11 doze=12 treze=13 catorze=14 quatorze=14 quinze=15 dezesseis=16 dezasseis=16 dezessete=17 dezassete=17 dezoito=18 dezenove=19 dezanove=19 " +
			"vinte=20 trinta=30 quarenta=40 cinquenta=50 sessenta=60 setenta=70 oitenta=80 noventa=90 cem=100 cento=100 duzentos=200 duzentas=200 trezentos=300 quatrocentos=400 quinhentos=500 seiscentos=600 setecentos=700 oitocentos=800 novecentos=900 mil=1000 milhão=1000000 milhões=1000000 dúzia=12",
		"nl": "nul=0 twee=2 drie=3 vier=4 vijf=5 zes=6 zeven=7 acht=8 negen=9 tien=10 elf=11 twaalf=12 dertien=13 veertien=14 vijftien=15 zestien=16 zeventien=17 achttien=18 negentien=19 " +
			"twintig=20 dertig=30 veertig=40 vijftig=50 zestig=60 zeventig=70 tachtig=80 negentig=90 honderd=100 duizend=1000 miljoen=1000000 miljard=1000000000 dozijn=12",
	} {
		m := map[string]int{}
		for f := range strings.FieldsSeq(words) {
			w, n, _ := strings.Cut(f, "=")
			v := 0
			for _, d := range n {
				v = v*10 + int(d-'0')
			}
			m[w] = v
		}
		out[lang] = m
	}
	return out
}()

// units of one inside numbers put together in one word, which alone are an article.
var ones = map[string][]string{"de": {"ein"}, "nl": {"een", "één"}, "it": {"uno", "un"}, "fr": {"un"}, "es": {"un", "uno"}, "pt": {"um"}, "en": {"one"}}

// joints stand between the parts of a number.
var joints = map[string]string{"en": "and", "de": "und", "es": "y", "fr": "et", "it": "e", "pt": "e", "nl": "en"}

// together are the languages that write a number as one word.
var together = map[string]bool{"de": true, "nl": true, "it": true}

// factors multiply what stands behind them or is spoken of.
var factors = table(map[string]string{
	"×2": "twice double doubled doppelt doppelte doppelten zweimal doble dobles dupliqué doublé doppio doppia dobro dubbel dubbele tweemaal", "×3": "thrice triple tripled dreifach dreimal triplo drievoudig",
	"×½": "half halved halb halbe halben hälfte mitad moitié metà metade helft halve",
})

// counting are words that may follow a factor without making it one: double-click.
var counting = set("check checks click clicks tap sided opt factor")

// parsed are the parts of languages that write numbers as one word, longest first.
var parsed = func() map[string][]string {
	out := map[string][]string{}
	for lang := range together {
		ws := slices.Collect(maps.Keys(numerals[lang]))
		ws = append(ws, ones[lang]...)
		ws = append(ws, joints[lang], "ën")
		slices.SortFunc(ws, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
		out[lang] = ws
	}
	return out
}()

// Of returns the number that one word in lower case says in a language.
func Of(word, lang string) (int, bool) {
	m := numerals[lang]
	if m == nil {
		lang, m = "en", numerals["en"]
	}
	if v, ok := m[word]; ok {
		return v, true
	}
	if strings.Contains(word, "-") { // twenty-five, quatre-vingt-dix
		return sum(strings.Split(word, "-"), lang)
	}
	if together[lang] && len(word) > 5 && len(word) < 60 {
		return sum(cut(word, lang), lang)
	}
	return 0, false
}

// cut takes a word apart into numerals; nil when it is none.
func cut(word, lang string) []string {
	var out []string
next:
	for word != "" {
		for _, p := range parsed[lang] {
			if strings.HasPrefix(word, p) {
				out, word = append(out, p), word[len(p):]
				continue next
			}
		}
		return nil
	}
	return out
}

// sum puts the parts of a number together.
func sum(parts []string, lang string) (int, bool) {
	total, cur, some := 0, 0, false
	for _, p := range parts {
		v, ok := numerals[lang][p]
		switch {
		case ok:
		case slices.Contains(ones[lang], p):
			v = 1
		case p == joints[lang] && some, p == "ën" && some, p == "vingts" && lang == "fr":
			if p == "vingts" {
				cur = max(cur, 1) * 20
			}
			continue
		default:
			return 0, false
		}
		switch {
		case v == 100 && lang != "es" && lang != "pt":
			cur = max(cur, 1) * 100
		case v >= 1000:
			total, cur = total+max(cur, 1)*v, 0
		case v == 20 && lang == "fr" && cur%100 == 4: // quatre-vingt
			cur += 76
		default:
			cur += v
		}
		some = true
	}
	return total + cur, some
}
