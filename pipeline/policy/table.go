package policy

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"footnote/pipeline/text"
)

//go:embed words.yaml
var wordsYAML []byte

// languages are those that sentences are read in.
var languages = []string{"en", "de", "fr", "es", "it", "nl", "pt"}

// table holds the phrases of words.yaml by what and language.
var table = func() map[string]map[string][]phrase {
	var rows map[string]map[string]string
	if err := yaml.Unmarshal(wordsYAML, &rows); err != nil {
		panic("policy: words.yaml: " + err.Error())
	}
	out := map[string]map[string][]phrase{}
	for what, byLanguage := range rows {
		out[what] = map[string][]phrase{}
		for lang, list := range byLanguage {
			for _, one := range strings.Split(list, ",") {
				if one = strings.TrimSpace(one); one != "" {
					p, err := phraseOf(one)
					if err != nil {
						panic(fmt.Sprintf("policy: words.yaml: %s, %s: %v", what, lang, err))
					}
					out[what][lang] = append(out[what][lang], p)
				}
			}
		}
	}
	return out
}()

// number holds the words for numbers by language, as "#" means them.
var number = func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for lang, ps := range table["number"] {
		out[lang] = map[string]bool{}
		for _, p := range ps {
			out[lang][p[0].any[0].text] = true
		}
	}
	return out
}()

// word is a token of a sentence with its place.
type word struct {
	text, raw  string // in lower case, and as it stands
	start, end int
	clause     int // which clause of its sentence it stands in
}

// elided are languages in which an apostrophe parts two words: "j'ai".
var elided = map[string]bool{"fr": true, "it": true}

// wordsOf cuts a text into words; each mark and each word that turns begins a clause.
func wordsOf(said, lang string) []word {
	var out []word
	start, clause, marked := -1, 0, false
	emit := func(end int) {
		if start < 0 {
			return
		}
		raw := strings.Trim(said[start:end], "-'’")
		if strings.HasSuffix(said[start:end], "’") || strings.HasSuffix(said[start:end], "'") {
			raw += "'"
		}
		w := word{raw: raw, text: strings.ReplaceAll(strings.ToLower(raw), "’", "'"), start: start, end: end}
		if start = -1; strings.Trim(w.text, "'") == "" {
			return
		}
		if marked {
			clause++
			marked = false
		}
		w.clause = clause
		out = append(out, w)
	}
	for i, r := range said {
		switch {
		case text.WordRune(r):
			if start < 0 {
				start = i
			}
		case start >= 0 && (r == '\'' || r == '’' || r == '-' || r == '‑'):
			if r != '-' && r != '‑' && elided[lang] {
				emit(i + utf8.RuneLen(r))
			}
		case start >= 0 && (r == '.' || r == ',' || r == ':') && i+1 < len(said) && isDigit(said[i-1]) && isDigit(said[i+1]): // 1.5, 14:30
		default:
			emit(i)
			if r == '%' {
				out = append(out, word{text: "percent", raw: "%", start: i, end: i + 1, clause: clause})
			}
			marked = marked || strings.ContainsRune(",;:()–—.!?…\n", r)
		}
	}
	emit(len(said))
	turns := table["turns"][lang]
	more := 0
	for i := range out {
		if i > 0 && slices.ContainsFunc(turns, func(p phrase) bool { return p.at(out, i, lang) == i+1 }) {
			more++
		}
		out[i].clause += more
	}
	return out
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// phrase is a row of words to be found one behind another.
type phrase []element

type element struct {
	gap bool // up to maxGap words, which are not looked at
	any []pattern
}

const maxGap = 4

type pattern struct {
	text        string
	before, end bool // more letters may stand in front, behind
	number      bool
}

// phraseOf reads a phrase as words.yaml and policy files have it.
func phraseOf(s string) (phrase, error) {
	var out phrase
	for _, field := range strings.Fields(strings.ToLower(strings.ReplaceAll(s, "’", "'"))) {
		if field == ".." {
			out = append(out, element{gap: true})
			continue
		}
		var e element
		for _, one := range strings.Split(field, "|") {
			p := pattern{text: strings.Trim(one, "*"), before: strings.HasPrefix(one, "*"), end: strings.HasSuffix(one, "*"), number: one == "#"}
			if strings.ContainsAny(p.text, "*") || p.text == "" && !p.end {
				return nil, fmt.Errorf("“%s” is no phrase: a star stands before or behind a word", s)
			}
			e.any = append(e.any, p)
		}
		out = append(out, e)
	}
	if len(out) == 0 || out[0].gap || out[len(out)-1].gap {
		return nil, fmt.Errorf("“%s” is no phrase: it begins and ends with a word", s)
	}
	return out, nil
}

func (p pattern) matches(w, lang string) bool {
	switch {
	case p.number:
		return isDigit(w[0]) || number[lang][w]
	case p.before && p.end:
		return strings.Contains(w, p.text)
	case p.before:
		return strings.HasSuffix(w, p.text)
	case p.end:
		return strings.HasPrefix(w, p.text)
	}
	return w == p.text
}

// at returns the end of the phrase that begins with word i, or -1.
func (p phrase) at(ws []word, i int, lang string) int {
	if len(p) == 0 {
		return i
	}
	if p[0].gap {
		for n := 0; n <= maxGap && i+n < len(ws); n++ {
			if end := p[1:].at(ws, i+n, lang); end >= 0 {
				return end
			}
		}
		return -1
	}
	if i >= len(ws) {
		return -1
	}
	for _, one := range p[0].any {
		if one.matches(ws[i].text, lang) {
			return p[1:].at(ws, i+1, lang)
		}
	}
	return -1
}

// match is where a phrase stands: words [from, to).
type match struct{ from, to int }

// find returns where any of the phrases stands, in order.
func find(ps []phrase, ws []word, lang string) []match {
	var out []match
	for i := range ws {
		for _, p := range ps {
			if to := p.at(ws, i, lang); to > i {
				out = append(out, match{i, to})
				break
			}
		}
	}
	return out
}

// sentences cuts a text behind marks that end a sentence and at line ends.
func sentences(said string) []string {
	var out []string
	from := 0
	for i, r := range said {
		if r != '\n' && !strings.ContainsRune(".!?…;", r) {
			continue
		}
		end := i + utf8.RuneLen(r)
		if next, _ := utf8.DecodeRuneInString(said[end:]); r != '\n' && end < len(said) && !unicode.IsSpace(next) {
			continue
		}
		out = append(out, said[from:end])
		from = end
	}
	out = append(out, said[from:])
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
}
