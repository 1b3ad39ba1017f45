package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline/guard/quantity"
	"footnote/pipeline/text"
)

// Span is a half-open range of bytes.
type Span struct{ Start, End int }

// abbreviations end in a point that ends no sentence.
var abbreviations = text.WordSet(`e.g i.e etc mr mrs ms dr prof st no nos vs inc ltd co corp approx dept est fig min max u.s u.k a.m p.m jr sr tel ext
	z.b d.h bzw usw ca nr str inkl ggf evtl bspw sr sra ud uds art pág p.ej m mme mlle av jan feb mar apr jun jul aug sep sept oct nov dec`)

// Split returns the sentences of a text; see SplitSpans.
func Split(text string) []string {
	spans := SplitSpans(text)
	out := make([]string, len(spans))
	for i, s := range spans {
		out[i] = text[s.Start:s.End]
	}
	return out
}

// SplitSpans finds the sentences of a text, trimmed of white space. A sentence
// ends at . ! ? … 。 followed by white space and something that can begin one,
// and at every line end. Blank pieces are left out.
func SplitSpans(text string) []Span {
	var out []Span
	start := 0
	emit := func(end int) {
		s, e := start, end
		for s < e {
			r, n := utf8.DecodeRuneInString(text[s:e])
			if !unicode.IsSpace(r) {
				break
			}
			s += n
		}
		for s < e {
			r, n := utf8.DecodeLastRuneInString(text[s:e])
			if !unicode.IsSpace(r) {
				break
			}
			e -= n
		}
		if s < e {
			out = append(out, Span{s, e})
		}
		start = end
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch r {
		case '\n', '\r', '\u2028', '\u2029':
			emit(i)
		case '。', '！', '？':
			emit(i)
		case '.', '!', '?', '…':
			for i < len(text) { // closing marks belong to the sentence
				r2, n2 := utf8.DecodeRuneInString(text[i:])
				if !strings.ContainsRune(`.!?…"')]*_”’»`, r2) {
					break
				}
				i += n2
			}
			if ends(text, start, i, r) {
				emit(i)
			}
		}
	}
	emit(len(text))
	return out
}

// ends says whether the mark that closes text[start:i] ends a sentence.
func ends(text string, start, i int, mark rune) bool {
	rest := text[i:]
	trimmed := strings.TrimLeft(rest, " \t\u00a0")
	if trimmed == "" || trimmed[0] == '\n' || trimmed[0] == '\r' {
		return true
	}
	if len(trimmed) == len(rest) { // no space behind it
		return false
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(trimmed, `"'(*_[“„«¿¡`+"`"))
	if unicode.IsLower(next) {
		return false
	}
	if mark != '.' {
		return true
	}
	word := strings.TrimRight(text[start:i], `."')]*_`)
	word = word[strings.LastIndexAny(word, " \t\u00a0(\n")+1:]
	if one := []rune(word); len(one) == 1 && unicode.IsLetter(one[0]) { // J. Smith, z. B.
		return false
	}
	if strings.TrimLeft(word, "0123456789") == "" && word != "" && strings.TrimSpace(text[start:i-1]) == word { // a step number
		return false
	}
	if len(word) <= 2 && word != "" && strings.Trim(word, "0123456789") == "" { // am 3. Mai
		name, _, _ := strings.Cut(trimmed, " ")
		if quantity.Month(strings.ToLower(strings.TrimRight(name, ".,;:!?"))) > 0 {
			return false
		}
	}
	lower := strings.ToLower(word)
	if lower == "a.m" || lower == "p.m" || lower == "etc" || lower == "inc" || lower == "u.s" {
		return unicode.IsUpper(next) && lower != "u.s"
	}
	return !abbreviations[lower]
}
