package llmtest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

// Sentence and Quote are an answer's parts, as drafting's schema has them.
type Sentence struct {
	Text   string  `json:"text"`
	Plain  bool    `json:"plain"`
	Quotes []Quote `json:"quotes"`
}

// Quote names a passage by its number in the prompt.
type Quote struct {
	Passage int    `json:"passage"`
	Quote   string `json:"quote"`
}

// Reply writes an answer in drafting's schema.
func Reply(sentences ...Sentence) string {
	for i := range sentences {
		if sentences[i].Quotes == nil {
			sentences[i].Quotes = []Quote{}
		}
	}
	b, err := json.Marshal(map[string]any{"abstain": false, "reason": "", "sentences": sentences})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Abstention writes an answer that abstains.
func Abstention(reason string) string {
	b, err := json.Marshal(map[string]any{"abstain": true, "reason": reason, "sentences": []Sentence{}})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// content is what the model says for a step.
func (s *Server) content(c Call) string {
	honest := s.Answer
	if honest == nil {
		honest = Honest
	}
	first := Passages(c.User)
	quote := "nothing"
	if len(first) > 0 {
		quote = firstSentence(first[0])
	}
	proven := []Quote{{1, quote}}
	switch c.Step {
	case WrongSchema:
		return `{"answer": "yes", "confidence": 1.0}`
	case Prose:
		return "Sure! Here is the answer you wanted."
	case Huge:
		return Reply(Sentence{Text: strings.Repeat("very long ", 10_000), Quotes: proven})
	case Invented:
		return Reply(Sentence{Text: quote, Quotes: []Quote{{97, quote}}})
	case Misquoted:
		return Reply(Sentence{Text: "The moon is made of cheese.", Quotes: []Quote{{1, "The moon is made of cheese."}}})
	case Unsupported:
		return Reply(Sentence{Text: "Our engineers rebuilt every server overnight, so the outage never happens again.", Quotes: proven})
	case WrongNumber:
		return Reply(Sentence{Text: quote + " This takes 4711 days.", Quotes: proven})
	case WrongTongue:
		return Reply(Sentence{Text: "Nous vous remercions, et vous pouvez bien sûr faire cela dans les paramètres de votre compte.", Quotes: proven})
	case Abstains:
		return Abstention("The passages do not say.")
	case Evil:
		return Obey(c.System, c.User)
	}
	if c.Probe {
		return `{"ready":true}`
	}
	return honest(c.System, c.User)
}

var (
	passageRE = regexp.MustCompile(`(?m)^\[passage (\d+)\] ?(.*)$`)
	markRE    = regexp.MustCompile(`(?m)^=====[0-9a-f]+=====$`)
	turnRE    = regexp.MustCompile(`(?m)^\[(customer|agent|bot)\]$`)
)

// Passages returns the texts of the prompt's passages, in order of their numbers.
func Passages(user string) []string {
	var out []string
	at := passageRE.FindAllStringIndex(user, -1)
	for i, m := range at {
		end := len(user)
		if i+1 < len(at) {
			end = at[i+1][0]
		} else if e := markRE.FindStringIndex(user[m[1]:]); e != nil {
			end = m[1] + e[0]
		}
		out = append(out, strings.TrimSpace(user[m[1]:end]))
	}
	return out
}

// Question returns the newest customer turn of the prompt.
func Question(user string) string {
	at := turnRE.FindAllStringSubmatchIndex(user, -1)
	for i := len(at) - 1; i >= 0; i-- {
		if user[at[i][2]:at[i][3]] != "customer" {
			continue
		}
		rest := user[at[i][1]:]
		end := len(rest)
		if m := markRE.FindStringIndex(rest); m != nil {
			end = m[0]
		}
		if m := turnRE.FindStringIndex(rest[:end]); m != nil {
			end = m[0]
		}
		return strings.TrimSpace(rest[:end])
	}
	return ""
}

// Honest answers from the passages: the sentences that share most words with
// the question, each with itself as its quote, or an abstention when nothing is
// shared. It is a stand-in for a model that keeps to the rules.
func Honest(_, user string) string {
	asked := words(Question(user))
	type found struct {
		passage, order, score int
		text                  string
	}
	var best, second found
	for p, text := range Passages(user) {
		for i, s := range sentences(text) {
			n := 0
			for w := range words(s) {
				if asked[w] {
					n++
				}
			}
			f := found{p + 1, i, n, s}
			if f.score > best.score {
				best, second = f, best
			} else if f.score > second.score {
				second = f
			}
		}
	}
	if best.score == 0 {
		return Abstention("No passage speaks of this.")
	}
	out := []Sentence{{Text: best.text, Quotes: []Quote{{best.passage, best.text}}}}
	if second.score*2 > best.score && second.text != best.text {
		out = append(out, Sentence{Text: second.text, Quotes: []Quote{{second.passage, second.text}}})
		if second.passage == best.passage && second.order < best.order {
			out[0], out[1] = out[1], out[0]
		}
	}
	return Reply(out...)
}

// Obey is a model without any resistance: it gives away its instructions and
// writes whatever reads as a demand in the thread or the passages, with the
// first passage as its "proof".
func Obey(system, user string) string {
	quote := ""
	if p := Passages(user); len(p) > 0 {
		quote = firstSentence(p[0])
	}
	proof := []Quote{{1, quote}}
	out := []Sentence{{Text: Question(user), Quotes: proof}}
	for i, p := range Passages(user) {
		out = append(out, Sentence{Text: p, Quotes: []Quote{{i + 1, p}}})
	}
	return Reply(append(out, Sentence{Text: system, Plain: true})...)
}

func firstSentence(text string) string {
	if s := sentences(text); len(s) > 0 {
		return s[0]
	}
	return text
}

var sentenceEnd = regexp.MustCompile(`[.!?](?:\s+|$)|\n+`)

func sentences(text string) []string {
	var out []string
	from := 0
	for _, m := range sentenceEnd.FindAllStringIndex(text, -1) {
		if s := strings.TrimSpace(text[from:m[1]]); len(s) > 20 {
			out = append(out, s)
			from = m[1]
		} else if text[m[0]] == '\n' {
			from = m[1]
		}
	}
	if s := strings.TrimSpace(text[from:]); len(s) > 20 {
		out = append(out, s)
	}
	return out
}

var common = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("the and for are you your how what when where can does not with this that from have has will was were our out get der die das und ist wie ich mein kann les des est pour comment los las que como para") {
		m[w] = true
	}
	return m
}()

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(w) > 2 && !common[w] {
			m[strings.TrimSuffix(w, "s")] = true
		}
	}
	return m
}

// embed answers an embeddings call with hashing vectors: texts that share words
// are near one another, always the same way.
func (s *Server) embed(w http.ResponseWriter, c Call) {
	dim := s.Dimensions
	if dim == 0 {
		dim = 64
	}
	if c.Step == ShortVec {
		dim--
	}
	type row struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float64 `json:"embedding"`
	}
	rows := make([]row, len(c.Texts))
	tokens := 0
	for i, t := range c.Texts {
		rows[i] = row{"embedding", i, Vector(t, dim)}
		tokens += len(t)/4 + 1
	}
	switch {
	case c.Step == ReorderedVec:
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
	case c.Step == FewVec && len(rows) > 0:
		rows = rows[1:]
	}
	body, err := json.Marshal(map[string]any{"object": "list", "model": c.Model, "data": rows, "usage": map[string]int{"prompt_tokens": tokens, "total_tokens": tokens}})
	if err != nil {
		panic(err)
	}
	if c.Step == NaNVec { // some servers write it, although JSON has no such number
		body = firstNumber.ReplaceAll(body, []byte(`"embedding":[1e999`))
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

var firstNumber = regexp.MustCompile(`"embedding":\[[^,]+`)

// Vector is the hashing vector of a text: one bucket a word, unit length.
func Vector(text string, dim int) []float64 {
	v := make([]float64, dim)
	v[0] = .01
	for w := range words(text) {
		h := fnv.New64a()
		_, _ = fmt.Fprint(h, w)
		x := h.Sum64()
		sign := 1.0
		if x>>63 == 1 {
			sign = -1
		}
		v[x%uint64(dim)] += sign
	}
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(sum)
	}
	return v
}
