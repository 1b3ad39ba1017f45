package guard

import (
	"regexp"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// quantity is a number with the unit written next to it.
type quantity struct {
	value string // canonical: digits with '.' before decimals
	unit  string // canonical unit or ""
	raw   string
}

var (
	numberRE = regexp.MustCompile(`\d+(?:[.,'’\x{00a0}\x{202f} ]\d{3})*(?:[.,:]\d+)*`)
	beforeRE = regexp.MustCompile(`(?i)(US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY))\s?$`)
	afterRE  = regexp.MustCompile(`(?i)^\s?-?\s?(%|percent\b|per cent\b|prozent\b|por ciento\b|pour cent\b|[$€£¥₹]|` +
		`(?:(?:business|working|calendar|full|consecutive|bank)[ -])?[\p{L}]+)`)
	ordinalRE = regexp.MustCompile(`(?i)^(st|nd|rd|th|er|re|e|º|ª)$`)
)

// units maps the words behind a number to one name per unit in all languages.
var units = func() map[string]string {
	m := map[string]string{}
	for name, words := range map[string]string{
		"%": "% percent prozent", "USD": "$ us$ usd dollar dollars dólares", "EUR": "€ eur euro euros", "GBP": "£ gbp pound pounds", "JPY": "¥ jpy yen",
		"CHF": "chf francs franken", "INR": "₹ rupees", "second": "second seconds sec secs sekunde sekunden segundo segundos seconde secondes",
		"minute": "minute minutes min mins minuten minuto minutos", "hour": "hour hours hr hrs stunde stunden hora horas heure heures",
		"day": "day days tag tage tagen día días jour jours", "workday": "workday workdays werktag werktage werktagen arbeitstag arbeitstage arbeitstagen",
		"week": "week weeks woche wochen semana semanas semaine semaines", "month": "month months monat monate monaten mes meses mois",
		"year": "year years jahr jahre jahren año años an ans année années", "KB": "kb kilobyte kilobytes ko", "MB": "mb megabyte megabytes mo",
		"GB": "gb gigabyte gigabytes go", "TB": "tb terabyte terabytes to", "km": "km kilometer kilometers kilometre kilometres", "m": "metre metres meter meters metros",
		"kg": "kg kilogram kilograms kilo kilos", "mile": "mile miles", "pound": "lb lbs", "am": "am a.m", "pm": "pm p.m",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = name
		}
	}
	return m
}()

var numberWords = func() map[string]string {
	m := map[string]string{}
	for _, line := range []string{
		"2 two zwei dos deux", "3 three drei tres trois", "4 four vier cuatro quatre", "5 five fünf cinco cinq", "6 six sechs seis",
		"7 seven sieben siete sept", "8 eight acht ocho huit", "9 nine neun nueve neuf", "10 ten zehn diez dix", "11 eleven elf once onze",
		"12 twelve zwölf doce douze", "13 thirteen dreizehn trece treize", "14 fourteen vierzehn catorce quatorze", "15 fifteen fünfzehn quince quinze",
		"16 sixteen", "17 seventeen", "18 eighteen", "19 nineteen", "20 twenty zwanzig veinte vingt", "30 thirty dreißig treinta trente",
		"40 forty vierzig cuarenta quarante", "50 fifty fünfzig cincuenta cinquante", "60 sixty sechzig sesenta soixante", "90 ninety neunzig noventa", "100 hundred hundert cien cent",
	} {
		f := strings.Fields(line)
		for _, w := range f[1:] {
			m[w] = f[0]
		}
	}
	return m
}()

var months = func() map[string]string {
	m := map[string]string{}
	for i, line := range []string{"january jan januar enero janvier", "february feb februar febrero février", "march mar märz marzo mars", "april apr abril avril",
		"may mai mayo", "june jun juni junio juin", "july jul juli julio juillet", "august aug agosto août", "september sep sept septiembre septembre",
		"october oct oktober okt octubre octobre", "november nov noviembre novembre", "december dec dezember dez diciembre décembre"} {
		for _, w := range strings.Fields(line) {
			m[w] = string(rune('a' + i))
		}
	}
	return m
}()

// near is how many bytes around a number can belong to its unit.
const near = 40

// quantities finds the numbers of a text with their units. A list number at the
// start of a line ("1. ") is not one.
func quantities(text string) []quantity {
	var out []quantity
	for _, m := range numberRE.FindAllStringIndex(text, -1) {
		// A unit stands near: the whole text around each number would be quadratic.
		before, after := text[max(0, m[0]-near):m[0]], text[m[1]:min(len(text), m[1]+near)]
		if (m[0] < near || strings.ContainsRune(before, '\n')) && strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]) == "" && (strings.HasPrefix(after, ". ") || strings.HasPrefix(after, ") ")) {
			continue
		}
		q := quantity{value: canonical(text[m[0]:m[1]]), raw: text[m[0]:m[1]]}
		if b := beforeRE.FindStringSubmatch(before); b != nil {
			q.unit = units[strings.ToLower(b[1])]
		} else if a := afterRE.FindStringSubmatch(after); a != nil {
			q.unit = unit(a[1])
		}
		out = append(out, q)
	}
	return out
}

func unit(words string) string {
	w := strings.ToLower(words)
	switch {
	case ordinalRE.MatchString(w):
		return ""
	case strings.HasPrefix(w, "per"), strings.HasPrefix(w, "por c"), strings.HasPrefix(w, "pour c"), strings.HasPrefix(w, "prozent"):
		return "%"
	}
	if i := strings.LastIndexAny(w, " -"); i >= 0 {
		u := units[w[i+1:]]
		if u == "day" && (strings.HasPrefix(w, "business") || strings.HasPrefix(w, "working") || strings.HasPrefix(w, "bank")) {
			return "workday"
		}
		return u
	}
	return units[w]
}

// canonical writes 1,000.50, 1.000,50 and 1 000,50 the same way. A single
// separator before three digits groups thousands.
func canonical(s string) string {
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "").Replace(s)
	if strings.ContainsRune(s, ':') {
		return strings.TrimLeft(strings.TrimSuffix(s, ":00"), "0")
	}
	last := strings.LastIndexAny(s, ".,")
	if last >= 0 {
		whole, frac := s[:last], s[last+1:]
		grouped := len(frac) == 3 && strings.Count(s, string(s[last]))+strings.Count(s, ".")+strings.Count(s, ",") >= 2
		whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
		if grouped {
			s = whole + frac
		} else if frac = strings.TrimRight(frac, "0"); frac != "" {
			s = whole + "." + frac
		} else {
			s = whole
		}
	}
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return "0"
}

// held is what a piece of evidence says in numbers.
type held struct {
	units  map[string]map[string]bool // value → units
	months map[string]bool
}

func numbersOf(said string) held {
	h := held{map[string]map[string]bool{}, map[string]bool{}}
	add := func(value, unit string) {
		if h.units[value] == nil {
			h.units[value] = map[string]bool{}
		}
		h.units[value][unit] = true
	}
	for _, q := range quantities(said) {
		add(q.value, q.unit)
	}
	words := text.Words(said, "")
	for i, w := range words {
		if v, ok := numberWords[w.Text]; ok {
			u := ""
			if a := afterRE.FindStringSubmatch(said[w.End:min(len(said), w.End+near)]); a != nil {
				u = unit(a[1])
			}
			add(v, u)
		}
		if mo, ok := month(words, i); ok {
			h.months[mo] = true
		}
	}
	return h
}

// month reads word i as a month when a number stands beside it: "may" and
// "march" alone are words.
func month(words []text.Word, i int) (string, bool) {
	mo, ok := months[words[i].Text]
	if !ok {
		return "", false
	}
	near := func(j int) bool {
		return j >= 0 && j < len(words) && words[j].Text[0] >= '0' && words[j].Text[0] <= '9'
	}
	if len(words[i].Text) >= 5 && words[i].Text != "march" && words[i].Text != "marzo" {
		return mo, true
	}
	return mo, near(i-1) || near(i+1)
}

// lacks returns the quantities and months of a claim that evidence does not
// hold, and those it holds with another unit.
func (h held) lacks(claim string) (missing, otherUnit []string) {
	for _, q := range quantities(claim) {
		have, ok := h.units[q.value]
		switch {
		case !ok:
			missing = append(missing, q.raw)
		case q.unit != "" && !have[q.unit]:
			otherUnit = append(otherUnit, q.raw+" "+q.unit)
		}
	}
	words := text.Words(claim, "")
	for i, w := range words {
		if mo, ok := month(words, i); ok && !h.months[mo] {
			missing = append(missing, w.Text)
		}
		// A number in words counts when a unit follows it.
		if v, ok := numberWords[w.Text]; ok {
			if a := afterRE.FindStringSubmatch(claim[w.End:min(len(claim), w.End+near)]); a != nil {
				if u := unit(a[1]); u != "" && !h.units[v][u] {
					missing = append(missing, w.Text+" "+u)
				}
			}
		}
	}
	return missing, otherUnit
}

// checkNumbers wants every number, amount, percentage, date and unit of a
// sentence in its quotes (or in the headings above them).
func checkNumbers(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 {
			continue
		}
		evidence := c.evidence(i)
		if text.Plain(evidence) == text.Plain(s.Text) {
			continue
		}
		for _, r := range s.Receipts {
			evidence += "\n" + c.given[r.Passage].Section()
		}
		missing, other := numbersOf(evidence).lacks(s.Text)
		if len(missing) > 0 {
			out = append(out, at("number", pipeline.Block, i, "Not in the quote: "+strings.Join(missing, ", ")+"."))
		}
		if len(other) > 0 {
			out = append(out, at("number", pipeline.Block, i, "The quote has another unit for: "+strings.Join(other, ", ")+"."))
		}
	}
	return out
}

// checkTextNumbers warns of numbers in a person's reply that no cited passage has.
func checkTextNumbers(c *checked) []pipeline.Finding {
	var evidence strings.Builder
	for _, p := range c.cited {
		evidence.WriteString(p.Section() + "\n" + p.Text + "\n")
	}
	missing, other := numbersOf(evidence.String()).lacks(c.text)
	if missing = append(missing, other...); len(missing) > 0 {
		return one("number", pipeline.Warn, "In no cited source: "+strings.Join(missing, ", ")+".")
	}
	return nil
}
