package quantity

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	numberRE  = regexp.MustCompile(`\d+(?:[.,'’\x{00a0}\x{202f} ]\d{3}\b)*(?:[.,:]\d+)*`)
	versionRE = regexp.MustCompile(`(?i)(?:\b(?:version|versions|versión|versione|versão|versie|release|v|ver|ios|ipados|macos|android|windows|php|python|java|node|api|tls|ruby|go)[ .]?|\bv)$`)
	moneyRE   = regexp.MustCompile(`(?i)((?:US|CA|AU|A|C|R)?\$|[€£¥₹₩]|\b(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|CNY|INR|BRL|MXN))\s?[-−]?\s?$`)
	minusRE   = regexp.MustCompile(`(?i)(?:(?:^|[\s(])[-]|−|\bminus\s)\s?(?:(?:US)?[$€£¥]\s?)?$`)
	clockRE   = regexp.MustCompile(`^(?i)\s?(a\.?\s?m\b\.?|p\.?\s?m\b\.?|uhr\b|o'clock\b|h\b)`)
	rangeRE   = regexp.MustCompile(`(?i)^\s?(?:[-–—~]|to|bis|a|à|tot|até|and|und|or|oder)\s?$`)
	tokenRE   = regexp.MustCompile(`(?:[%$€£¥₹₩٪/]|°[CFcf]?|(?:US|CA|AU)\$|[\p{L}\p{M}][\p{L}\p{M}']*(?:/s\b)?)`)
	magRE     = regexp.MustCompile(`(?i)^(?:\s?(thousand|million|millions|billion|tausend|millionen|milliarden|mil|millones|mille|millions|milliards|mila|milioni|milhões|duizend|miljoen)\b|(k|K|M|bn)\b)`)
	isoDate   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})$`)
	dottedRE  = regexp.MustCompile(`^(\d{1,2})([./])(\d{1,2})[./](\d{2,4})$`)
	digital   = regexp.MustCompile(`\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b`)
)

// near is how many bytes around a number can belong to it.
const near = 48

// Digits writes the digits of every script as 0-9. Places of quantities are those
// of what it returns.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 127 && unicode.Is(unicode.Nd, r) {
			zero := r
			for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
				zero--
			}
			return '0' + (r-zero)%10
		}
		return r
	}, s)
}

// Read returns the quantities of a text in one of the languages with words for
// numbers; others are read as English. The number of a list item is none. Places
// are bytes of Digits(said).
func Read(said, lang string) []Quantity {
	said = Digits(said)
	if numerals[lang] == nil {
		lang = "en"
	}
	var out []Quantity
	if strings.ContainsAny(said, "0123456789") {
		out = figures(said, lang)
	}
	return bind(said, order(append(out, spelled(said, lang)...)))
}

// figures finds numbers in digits.
func figures(said, lang string) []Quantity {
	var out []Quantity
	taken := 0
	dates := digital.FindAllStringIndex(said, -1)
	for _, m := range numberRE.FindAllStringIndex(said, -1) {
		for len(dates) > 0 && dates[0][1] <= m[0] {
			dates = dates[1:]
		}
		if m[0] < taken {
			continue
		}
		if len(dates) > 0 && dates[0][0] == m[0] {
			if q, ok := dateOf(said[m[0]:dates[0][1]]); ok {
				q.Start, q.End, taken = m[0], dates[0][1], dates[0][1]
				out = append(out, q)
				continue
			}
		}
		if item(said, m[0], m[1]) {
			continue
		}
		q, end := number(said, m[0], m[1], lang)
		taken = end
		out = append(out, q)
	}
	return out
}

// item tells the number at the start of a line: "1. ", "2) ".
func item(said string, start, end int) bool {
	before, after := said[max(0, start-near):start], said[end:min(len(said), end+2)]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return (start < near || len(line) < len(before)) && strings.Trim(line, " \t*_") == "" && (strings.HasPrefix(after, ". ") || strings.HasPrefix(after, ") "))
}

func number(said string, start, end int, lang string) (Quantity, int) {
	raw := strings.TrimRight(said[start:end], ".,:")
	before, after := said[max(0, start-near):start], said[end:min(len(said), end+near)]
	q := Quantity{Start: start, End: end, Raw: raw}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(before, " \u00a0.")) // what regular expressions are spared for
	letter := unicode.IsLetter(last)
	q.Minus = !letter && minusRE.MatchString(before) || strings.HasSuffix(strings.ToLower(strings.TrimRight(before, " ")), "minus")
	switch {
	case strings.Count(raw, ".") >= 2 && !grouped(raw) || letter && versionRE.MatchString(before) && !strings.ContainsRune(raw, ':'):
		q.Kind, q.Values = Version, []string{raw}
		if !strings.ContainsAny(raw, ".,") {
			q.Values = []string{zeros(raw)}
		}
		return q, end
	case clock(raw, after) != nil:
		c := clock(raw, after)
		q.Kind, q.Half, q.Values = Clock, c.half, c.values
		q.Zone = zone(after)
		return q, end
	}
	q.Values = readings(raw)
	if m := magRE.FindStringSubmatch(after); m != nil && (m[1] != "" || !strings.ContainsRune(raw, ':')) {
		by := map[string]int{"k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}[strings.ToLower(m[2])]
		if m[1] != "" {
			by = numerals[lang][strings.ToLower(m[1])]
		}
		if by > 0 {
			for i, v := range q.Values {
				if f, err := strconv.ParseFloat(v, 64); err == nil {
					q.Values[i] = strconv.FormatFloat(f*float64(by), 'f', -1, 64)
				}
			}
			q.End = end + len(m[0])
			q.Raw = said[start:q.End]
		}
	}
	if unicode.In(last, unicode.Sc, unicode.Lu) || last == '-' || last == '−' {
		if m := moneyRE.FindStringSubmatch(before); m != nil {
			q.Unit = units[strings.ToLower(m[1])]
		}
	}
	return q, q.End
}

type clockTime struct {
	half   bool
	values []string
}

// clock reads hh:mm, and a number before "a.m." or "Uhr".
func clock(raw, after string) *clockTime {
	h, m, colon := strings.Cut(raw, ":")
	mark := clockRE.FindStringSubmatch(after)
	if !colon && mark == nil || strings.Contains(m, ":") {
		return nil
	}
	if !colon {
		m = "0"
		if strings.ToLower(mark[1]) == "h" && len(raw) > 2 { // 48 h
			return nil
		}
		if x, y, ok := strings.Cut(h, "."); ok { // 6.30 p.m.
			h, m = x, y
		}
	}
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if err1 != nil || err2 != nil || hour > 24 || minute > 59 {
		return nil
	}
	half := hour > 12 || hour == 0
	if mark != nil {
		switch strings.ToLower(mark[1])[:1] {
		case "a":
			hour, half = hour%12, true
		case "p":
			hour, half = hour%12+12, true
		case "u":
			half = true
		case "h":
			if !colon {
				return nil // "24 h" is a span as often
			}
			half = true
		}
	}
	return &clockTime{half, []string{strconv.Itoa(hour*60 + minute)}}
}

func zone(after string) string {
	ws := strings.FieldsFunc(after, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("(),;.", r) })
	for i, w := range ws {
		if i > 3 {
			break
		}
		if zones[strings.ToLower(w)] && strings.ToUpper(w) == w {
			return w
		}
	}
	return ""
}

func dateOf(raw string) (Quantity, bool) {
	q := Quantity{Raw: raw, Kind: Date}
	if m := isoDate.FindStringSubmatch(raw); m != nil {
		q.Values = []string{zeros(m[3]) + "." + zeros(m[2])}
		return q, true
	}
	m := dottedRE.FindStringSubmatch(raw)
	if m == nil {
		return q, false
	}
	a, _ := strconv.Atoi(m[1])
	b, _ := strconv.Atoi(m[3])
	if b <= 12 && b > 0 && a > 0 && a <= 31 {
		q.Values = append(q.Values, strconv.Itoa(a)+"."+strconv.Itoa(b))
	}
	if m[2] == "/" && a <= 12 && a > 0 && b > 0 && b <= 31 && a != b {
		q.Values = append(q.Values, strconv.Itoa(b)+"."+strconv.Itoa(a))
	}
	return q, len(q.Values) > 0
}

var groups = regexp.MustCompile(`^\d{1,3}(?:[.,'’\x{00a0}\x{202f} ]\d{3})+$`)

func grouped(raw string) bool { return groups.MatchString(raw) }

// readings are the numbers that digits with separators may mean. One separator
// before three digits may group thousands or begin a fraction.
func readings(raw string) []string {
	bare := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "", ":", "").Replace(raw)
	last := strings.LastIndexAny(bare, ".,")
	if last < 0 {
		return []string{zeros(bare)}
	}
	whole, frac := bare[:last], bare[last+1:]
	joined := strings.NewReplacer(".", "", ",", "").Replace(whole)
	same := strings.Count(bare, string(bare[last]))
	other := strings.ContainsAny(whole, ".,") && same == 1
	asDecimal := zeros(joined)
	if f := strings.TrimRight(frac, "0"); f != "" {
		asDecimal += "." + f
	}
	switch {
	case same > 1: // 1.000.000
		return []string{zeros(joined + frac)}
	case len(frac) == 3 && !other && strings.Trim(whole, "0") != "" && len(whole) <= 3:
		return []string{zeros(joined + frac), asDecimal}
	}
	return []string{asDecimal}
}

func zeros(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return "0"
}

// spelled finds numbers in words.
func spelled(said, lang string) []Quantity {
	var out []Quantity
	ws := words(said)
	low := func(i int) string { return ws[i].low }
	for i := 0; i < len(ws); i++ {
		w := low(i)
		if f := factors[w]; f != "" {
			if i+1 < len(ws) && counting[low(i+1)] || f == "×½" && i+1 < len(ws) && (span[units[low(i+1)]] || i+2 < len(ws) && each[low(i+1)] && span[units[low(i+2)]]) {
				continue // half an hour is a length
			}
			out = append(out, Quantity{Start: ws[i].start, End: ws[i].end, Raw: w, Kind: Factor, Values: []string{f}, Words: true})
			continue
		}
		parts := strings.Split(w, "-")
		if _, ok := Of(w, lang); !ok && !isOne(w, lang) || i > 0 && percent[low(i-1)+" "+w] {
			continue
		}
		if len(parts) == 1 && together[lang] && numerals[lang][w] == 0 {
			if c := cut(w, lang); len(c) > 1 {
				parts = c
			}
		}
		j := i
		for j+1 < len(ws) && strings.Trim(said[ws[j].end:ws[j+1].start], " -") == "" {
			next := low(j + 1)
			_, ok := Of(next, lang)
			if joint := next == joints[lang]; joint && j+2 < len(ws) {
				if v, more := Of(low(j+2), lang); !more && !isOne(low(j+2), lang) || v >= 1000 || !greater(parts, lang) {
					break
				}
				parts, j = append(parts, next, low(j+2)), j+2
				continue
			}
			if !ok || !grows(parts, next, lang) {
				break
			}
			parts, j = append(parts, strings.Split(next, "-")...), j+1
		}
		v, ok := sum(parts, lang)
		if len(parts) == 1 && !ok {
			v, ok = Of(w, lang)
		}
		if ok && v >= 2 || ok && v == 0 {
			out = append(out, Quantity{Start: ws[i].start, End: ws[j].end, Raw: said[ws[i].start:ws[j].end], Values: []string{strconv.Itoa(v)}, Words: true})
		}
		i = j
	}
	return out
}

// percent are words of which the second is no number.
var percent = map[string]bool{"pour cent": true, "por ciento": true, "por cento": true, "per cento": true, "per cent": true}

type word struct {
	start, end int
	low        string
}

// words are runs of letters, joined by single hyphens.
func words(said string) []word {
	var out []word
	start, hyphen := -1, -1
	end := func(at int) {
		if start < 0 {
			return
		}
		if hyphen == at-1 {
			at--
		}
		out = append(out, word{start, at, strings.ToLower(said[start:at])})
		start = -1
	}
	for i, r := range said {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		case r == '-' && start >= 0 && hyphen != i-1:
			hyphen = i
		default:
			end(i)
		}
	}
	end(len(said))
	return out
}

func isOne(w, lang string) bool {
	for _, o := range ones[lang] {
		if o == w {
			return true
		}
	}
	return false
}

// greater tells parts whose last is a hundred or more, or a ten, behind which "and" goes on.
func greater(parts []string, lang string) bool {
	v := numerals[lang][parts[len(parts)-1]]
	return v >= 100 || v >= 20 && (lang == "es" || lang == "pt" || lang == "fr")
}

// grows tells a numeral that goes on with the one before it: a hundred behind a
// two, a five behind a twenty or a hundred; not a four behind a three.
func grows(parts []string, next, lang string) bool {
	head, _, _ := strings.Cut(next, "-")
	v, ok := numerals[lang][head]
	if !ok {
		v, _ = Of(next, lang)
	}
	before, _ := Of(parts[len(parts)-1], lang)
	return v >= 100 && v > before || before >= 100 && v < before || before >= 20 && before < 100 && v < 10 && v > 0
}

// order sorts by place and drops what stands inside another.
func order(qs []Quantity) []Quantity {
	for i := 1; i < len(qs); i++ {
		for j := i; j > 0 && qs[j].Start < qs[j-1].Start; j-- {
			qs[j], qs[j-1] = qs[j-1], qs[j]
		}
	}
	out := qs[:0]
	for _, q := range qs {
		if n := len(out); n > 0 && q.Start < out[n-1].End {
			continue
		}
		out = append(out, q)
	}
	return out
}

// bind gives quantities their units and periods, ranges the unit of their end, and
// numbers beside a month the month.
func bind(said string, qs []Quantity) []Quantity {
	for i := range qs {
		q := &qs[i]
		stop := len(said)
		if i+1 < len(qs) {
			stop = qs[i+1].Start
		}
		if q.Kind == Version || q.Kind == Date || q.Kind == Factor {
			continue
		}
		if m := monthBeside(said, q.Start, q.End); m > 0 && q.Kind == Amount && q.Unit == "" {
			if v, err := strconv.Atoi(q.Values[0]); err == nil && v >= 1 && v <= 31 {
				q.Kind, q.Values = Date, []string{q.Values[0] + "." + strconv.Itoa(m)}
				continue
			}
		}
		after := said[q.End:min(stop, q.End+near)]
		if cutAt := strings.IndexAny(after, ";\n|"); cutAt >= 0 {
			after = after[:cutAt]
		}
		if q.Kind == Amount {
			u, _ := unitBehind(after)
			if q.Unit == "" || u != "" && u != q.Unit && q.Unit == "USD" {
				q.Unit = u
			}
		}
		q.Per = period(after)
	}
	for i := len(qs) - 2; i >= 0; i-- {
		a, b := &qs[i], qs[i+1]
		if a.Kind == Amount && b.Kind == Amount && a.Unit == "" && rangeRE.MatchString(said[a.End:b.Start]) {
			a.Unit, a.Per = b.Unit, b.Per
		}
		if a.Kind == Amount && b.Kind == Clock && b.Half && rangeRE.MatchString(said[a.End:b.Start]) {
			if h, err := strconv.Atoi(a.Values[0]); err == nil && h <= 12 { // 9 to 5 p.m.
				a.Kind, a.Values, a.Zone = Clock, []string{strconv.Itoa(h * 60)}, b.Zone
			}
		}
	}
	return qs
}

// unitBehind returns the unit that begins what stands behind a number, and where it ends.
func unitBehind(after string) (string, int) {
	trimmed := strings.TrimLeft(after, " \u00a0\u202f-")
	skipped := len(after) - len(trimmed)
	if skipped > 3 {
		return "", 0
	}
	ms := tokenRE.FindAllStringIndex(trimmed, 3)
	if len(ms) == 0 || ms[0][0] != 0 {
		return "", 0
	}
	low := func(i int) string { return strings.ToLower(trimmed[ms[i][0]:ms[i][1]]) }
	first := low(0)
	switch first {
	case "per", "por", "pour": // per cent, por ciento, pour cent
		if len(ms) > 1 && strings.HasPrefix(low(1), "c") && (low(1) == "cent" || low(1) == "ciento" || low(1) == "cento") {
			return "%", skipped + ms[1][1]
		}
		return "", 0
	}
	if working[first] || first == "calendar" || first == "full" || first == "consecutive" {
		if len(ms) > 1 && units[low(1)] == "day" {
			if working[first] {
				return "workday", skipped + ms[1][1]
			}
			return "day", skipped + ms[1][1]
		}
		return "", 0
	}
	u := units[first]
	if u == "day" && len(ms) > 1 && working[low(1)] {
		return "workday", skipped + ms[1][1]
	}
	if len([]rune(first)) == 1 && u != "" && unicode.IsLetter([]rune(first)[0]) && skipped > 1 {
		return "", 0
	}
	return u, skipped + ms[0][1]
}

// period finds "per minute", "/month", "a year" and "monthly" behind a number.
func period(after string) string {
	if i := strings.IndexAny(after, ".!?"); i >= 0 && i+1 < len(after) && after[i+1] == ' ' {
		after = after[:i]
	}
	ms := tokenRE.FindAllStringIndex(after, 9)
	for i, m := range ms {
		w := strings.ToLower(after[m[0]:m[1]])
		if p := periods[w]; p != "" && i <= 2 {
			return p
		}
		if !each[w] || i+1 >= len(ms) || !leads[w] && i > 1 {
			continue
		}
		next := strings.ToLower(after[ms[i+1][0]:ms[i+1][1]])
		if each[next] && i+2 < len(ms) {
			next = strings.ToLower(after[ms[i+2][0]:ms[i+2][1]])
		}
		if u := units[next]; u != "" && u != "%" && (leads[w] || span[u]) {
			return u
		}
		if next == "annum" {
			return "year"
		}
	}
	return ""
}

// span are the units of time that a price is for.
var span = set("second minute hour day workday week month quarter year")

// monthBeside returns the month that a number is a day of.
func monthBeside(said string, start, end int) int {
	before := strings.ToLower(said[max(0, start-16):start])
	after := strings.ToLower(said[end:min(len(said), end+16)])
	bw := strings.FieldsFunc(before, notLetter)
	aw := strings.FieldsFunc(after, notLetter)
	for len(aw) > 0 && set("st nd rd th of de er º ª")[aw[0]] {
		aw = aw[1:]
	}
	if len(aw) > 0 && months[aw[0]] > 0 && !strings.ContainsAny(after[:strings.Index(after, aw[0])], ",;:!?\n") {
		return months[aw[0]]
	}
	if n := len(bw); n > 0 && months[bw[n-1]] > 0 {
		gap := before[strings.LastIndex(before, bw[n-1])+len(bw[n-1]):]
		if strings.Trim(gap, " .") == "" {
			return months[bw[n-1]]
		}
	}
	return 0
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != utf8.RuneError }

// UnitsOf returns the units and periods that words of a text name, with or without a number.
func UnitsOf(said string) map[string]bool {
	out := map[string]bool{}
	for _, m := range tokenRE.FindAllStringIndex(said, -1) {
		w := strings.ToLower(said[m[0]:m[1]])
		if u := units[w]; u != "" && len(w) > 1 || strings.ContainsAny(w, "%$€£¥") {
			out[units[w]] = true
		}
		if p := periods[w]; p != "" {
			out[p] = true
		}
	}
	return out
}

// Months returns the months that a text names, where the word can be nothing else or
// a number stands beside it.
func Months(said string) map[int]string {
	out := map[int]string{}
	for _, x := range words(said) {
		w, m := x.low, [2]int{x.start, x.end}
		n := months[w]
		if n == 0 {
			continue
		}
		if len(w) < 5 || w == "march" || w == "marzo" || w == "maart" || w == "maggio" {
			b, a := said[max(0, m[0]-3):m[0]], said[m[1]:min(len(said), m[1]+3)]
			if !strings.ContainsAny(b, "0123456789") && !strings.ContainsAny(a, "0123456789") {
				continue
			}
		}
		out[n] = said[m[0]:m[1]]
	}
	return out
}
