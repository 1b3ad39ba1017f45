package guard

import (
	"strings"
	"unicode"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// insider is what only internal passages name: codes and addresses, in a form that
// small changes leave as it is.
type insider struct {
	codes map[string]string // folded: as the internal passage has it
	near  map[int][]string  // folded, by length: those long enough to be known with a slip in them
	hosts map[string]bool
	tails map[string]bool // last digits of telephone numbers
}

const (
	shortest  = 6 // letters and digits of a code that is known in other spellings
	windowed  = 8 // words that a code or address may be written as
	sevenTail = 7 // digits at the end by which a telephone number is known
)

// insiders collects them; what public text names is no secret.
func insiders(internal []pipeline.Passage, public string, publicURLs []string) insider {
	in := insider{codes: map[string]string{}, near: map[int][]string{}, hosts: map[string]bool{}, tails: map[string]bool{}}
	for _, p := range internal {
		said := p.Text + "\n" + p.Section() + "\n" + p.Title
		for _, code := range codeRE.FindAllString(said, -1) {
			if strings.ContainsAny(code, "0123456789") {
				in.add(code)
			}
		}
		for _, a := range append(Addresses(p.Text), Address{Kind: "url", Raw: p.URL, Host: hostOf(p.URL)}) {
			switch {
			case a.Kind == "phone":
				in.tails[tail(a.Raw)] = true
			case a.Raw != "" && a.Kind != "markup":
				in.add(canonicalURL(a.Raw))
				if a.Kind == "url" {
					in.hosts[a.Host] = true
				}
			}
		}
	}
	for _, code := range codeRE.FindAllString(public, -1) {
		delete(in.codes, fold(code))
	}
	for _, url := range publicURLs {
		delete(in.codes, fold(canonicalURL(url)))
		delete(in.hosts, hostOf(url))
	}
	for _, a := range Addresses(public) {
		delete(in.codes, fold(canonicalURL(a.Raw)))
		delete(in.hosts, a.Host)
		delete(in.tails, tail(a.Raw))
	}
	delete(in.codes, "")
	delete(in.hosts, "")
	delete(in.tails, "")
	for f := range in.codes {
		if len(f) >= shortest+2 {
			in.near[len(f)] = append(in.near[len(f)], f)
		}
	}
	return in
}

func (in insider) add(s string) {
	if f := fold(s); len(f) >= shortest {
		in.codes[f] = s
	}
}

// fold keeps what is left of a code in any spelling: letters and digits in lower case,
// numbers without leading zeros, and one form for letters and digits that look alike.
func fold(s string) string {
	var b strings.Builder
	zeros := true // only zeros in this number so far
	for _, r := range strings.ToLower(Reveal(s)) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			zeros = true
			continue
		case r == '0' && zeros:
			continue
		}
		zeros = !unicode.IsDigit(r)
		switch r {
		case 'o':
			r = '0'
		case 'l', 'i':
			r = '1'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// tail is by what a telephone number is known, with or without its country.
func tail(raw string) string {
	d := digits(raw)
	if len(d) < sevenTail {
		return ""
	}
	return d[len(d)-sevenTail:]
}

// named returns what said names of an insider, in any spelling: "" when nothing.
func (in insider) named(said string) string {
	if len(in.codes)+len(in.hosts)+len(in.tails) == 0 {
		return ""
	}
	for _, a := range Addresses(said) {
		switch {
		case a.Kind == "phone" && in.tails[tail(a.Raw)], a.Kind == "url" && in.hosts[a.Host]:
			return a.Raw
		}
	}
	words := strings.FieldsFunc(Reveal(said), func(r rune) bool { return !text.WordRune(r) })
	for i := range words {
		joined := ""
		for k := i; k < min(len(words), i+windowed); k++ {
			joined += " " + words[k]
			f := fold(joined)
			if len(f) > 200 {
				break
			}
			if code, ok := in.codes[f]; ok {
				return code
			}
			if near := in.slip(f); near != "" {
				return near
			}
		}
	}
	return ""
}

// slip returns the code of which f is one letter away: one too many, missing, another
// or two swapped. Another digit is another code.
func (in insider) slip(f string) string {
	if !strings.ContainsAny(f, "0123456789") {
		return ""
	}
	for n := len(f) - 1; n <= len(f)+1; n++ {
		for _, code := range in.near[n] {
			if oneApart(f, code) {
				return in.codes[code]
			}
		}
	}
	return ""
}

func oneApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) < len(b):
		return a[i:] == b[i+1:] && !digit(b[i])
	case i == len(a):
		return false // the same
	case i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i]:
		return a[i+2:] == b[i+2:]
	}
	return a[i+1:] == b[i+1:] && !digit(a[i]) && !digit(b[i])
}

// digit tells digits, without those that fold may have made of letters.
func digit(c byte) bool { return c >= '2' && c <= '9' }
