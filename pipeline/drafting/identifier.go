package drafting

import (
	"regexp"
	"slices"
	"strings"
)

// identifierRE finds codes, form and version numbers: R-104, E1234, 2.14.1.
var identifierRE = regexp.MustCompile(`(?i)\b(?:[a-z]{1,5}-?\d{2,6}|\d+(?:\.\d+){2,})\b`)

// identifiers of a text, spelled alike.
func identifiers(text string) map[string]bool {
	out := map[string]bool{}
	for _, s := range identifierRE.FindAllString(text, -1) {
		out[strings.ToUpper(strings.ReplaceAll(s, "-", ""))] = true
	}
	return out
}

// quotedRE finds what the customer quotes from the screen: "On hold".
var quotedRE = regexp.MustCompile(`["“„«]\s?(\p{L}[^"“”„«»\n]{2,40}?)\s?["“”»]`)

// quoted phrases of a text, in lower case.
func quoted(text string) []string {
	var out []string
	for _, m := range quotedRE.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.ToLower(m[1]))
	}
	return out
}

// preferNamed gives what has an identifier or a quoted phrase of the ask a better
// chance, and none to what speaks of another one of its kind: the meaning of R-202 is a wrong
// answer to a question about R-104.
func preferNamed(ask string, ps []piece, chance []float64) {
	wanted, said := identifiers(ask), quoted(ask)
	if len(wanted)+len(said) == 0 {
		return
	}
	kinds := map[string]bool{}
	for w := range wanted {
		kinds[strings.TrimRight(w, "0123456789.")] = true
	}
	for i, p := range ps {
		low := strings.ToLower(p.text)
		same := slices.ContainsFunc(said, func(q string) bool { return strings.Contains(low, q) })
		other := false
		for id := range identifiers(p.text) {
			same = same || wanted[id]
			other = other || kinds[strings.TrimRight(id, "0123456789.")]
		}
		switch {
		case same:
			chance[i] *= namedGain
		case other:
			chance[i] = 0
		}
	}
}

// namedGain makes a piece that has the name win over those that only
// share other words; nothing is fitted here.
const namedGain = 20
