package drafting

import (
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/llm"
)

// PromptVersion names the prompt for people; PromptHash for machines. A change
// of any template or of the schema wants a new version.
const PromptVersion = "reply-3"

//go:embed prompts/*.tmpl
var promptFiles embed.FS

var prompts = template.Must(template.ParseFS(promptFiles, "prompts/*.tmpl"))

// answerSchema is the form of a model's answer. Strict mode wants every
// property required and none besides.
const answerSchema = `{
  "type": "object",
  "additionalProperties": false,
  "required": ["abstain", "reason", "sentences"],
  "properties": {
    "abstain": {"type": "boolean"},
    "reason": {"type": "string"},
    "sentences": {
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["text", "plain", "quotes"],
        "properties": {
          "text": {"type": "string"},
          "plain": {"type": "boolean"},
          "quotes": {
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": ["passage", "quote"],
              "properties": {"passage": {"type": "integer"}, "quote": {"type": "string"}}
            }
          }
        }
      }
    }
  }
}`

// PromptHash is the hash of everything in the prompt that is ours.
var PromptHash = func() string {
	h := sha256.New()
	for _, name := range []string{"system.tmpl", "user.tmpl", "repair.tmpl"} {
		b, err := promptFiles.ReadFile("prompts/" + name)
		if err != nil {
			panic(err)
		}
		h.Write(b)
		h.Write([]byte{0})
	}
	h.Write([]byte(answerSchema + example))
	return hex.EncodeToString(h.Sum(nil))[:16]
}()

// ownReference is the reference of this version of the prompt: it shows when a model
// gives its instructions away, and is the same in every call, so that a provider can
// keep what stands before the ticket.
const ownReference = "REF-FN-" + PromptVersion

// example is the worked example of the instructions, in the form that is asked for.
var example = func() string {
	a := modelAnswer{Sentences: []modelSentence{
		{Text: "Backups are kept for 30 days on the Team plan.", Quotes: []modelQuote{{1, "Backups are kept for 30 days on the Team plan."}}},
		{Text: "To download one:", Plain: true, Quotes: []modelQuote{}},
		{Text: "1. Open Storage > Backups.", Quotes: []modelQuote{{2, "1. Open Storage > Backups."}}},
		{Text: "2. Choose Download.", Quotes: []modelQuote{{2, "2. Choose Download."}}},
	}}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		panic(err) // it is ours
	}
	return strings.TrimSpace(b.String())
}()

// system is what never changes: it stands first, the same byte for byte in every call.
var system = render("system.tmpl", struct{ Own, Example string }{ownReference, example})

// modelAnswer is what the schema describes.
type modelAnswer struct {
	Abstain   bool            `json:"abstain"`
	Reason    string          `json:"reason"`
	Sentences []modelSentence `json:"sentences"`
}

type modelSentence struct {
	Text   string       `json:"text"`
	Plain  bool         `json:"plain"`
	Quotes []modelQuote `json:"quotes"`
}

type modelQuote struct {
	Passage int    `json:"passage"`
	Quote   string `json:"quote"`
}

// Limits of what a prompt holds.
const (
	maxPassages    = wanted + wantedBeside
	maxPassageText = 4000 // bytes of one passage
	maxTurnText    = 3000 // bytes of one turn
)

// prompt is one question to a model.
type prompt struct {
	System, User string
	Canary       string
}

type promptData struct {
	Mark, Canary, Language, Hint string
	Subject                      string
	Turns                        []pipeline.Turn
	About                        []string
	Passages                     []promptPassage
}

type promptPassage struct {
	Number        int
	Section, Text string
	Continues     bool // of the passage before it: no heading of its own
}

// promptFor writes the prompt. nonce makes the delimiters and the canary, which
// nobody who wrote a ticket or a passage can know.
func promptFor(q Question, hits []pipeline.Hit, hint, nonce string) prompt {
	d := promptData{Mark: "=====" + nonce + "=====", Canary: ownReference + "-" + strings.ToUpper(nonce), Language: languageName(q.Locale), Hint: guard.Clean(hint)}
	for i, t := range q.Turns {
		if i == 0 && q.Subject != "" && len(q.Turns) > 1 && t.Text == q.Subject { // it is no turn
			d.Subject = clipBytes(dequote(guard.Clean(t.Text), nonce), maxTurnText)
			continue
		}
		d.Turns = append(d.Turns, pipeline.Turn{Role: t.Role, Text: clipBytes(dequote(guard.Clean(t.Text), nonce), maxTurnText)})
	}
	for _, s := range q.About {
		d.About = append(d.About, dequote(s, nonce))
	}
	for i, h := range hits {
		if i == maxPassages {
			break
		}
		d.Passages = append(d.Passages, promptPassage{Number: i + 1, Section: dequote(viewOf(h.Passage.Section()).text, nonce),
			Text: clipBytes(dequote(viewOf(h.Passage.Text).text, nonce), maxPassageText), Continues: i > 0 && continues(hits, i-1, i)})
	}
	return prompt{System: system, User: render("user.tmpl", d), Canary: d.Canary}
}

// bytesPerToken is how many bytes a token has at least, in the languages and models that
// we know: a prompt that is cut by it fits.
const bytesPerToken = 3

// fitting is as much of the question and its passages as a model can take with its
// answer: passages go from the end, for the best stand first, then the oldest turns. The
// last turn and one passage stay. tokens of 0 are enough for everything.
func fitting(q Question, hits []pipeline.Hit, hint string, tokens int) (Question, []pipeline.Hit) {
	if len(hits) > maxPassages {
		hits = hits[:maxPassages]
	}
	if tokens <= 0 {
		return q, hits
	}
	room := (tokens - answerTokens) * bytesPerToken
	for {
		p := promptFor(q, hits, hint, "0000000000000000")
		switch over := len(p.System) + len(p.User) + len(answerSchema) - room; {
		case over <= 0:
			return q, hits
		case len(hits) > 1:
			hits = hits[:len(hits)-1]
		case len(q.Turns) > 1:
			q.Turns = q.Turns[1:]
		default:
			return q, hits
		}
	}
}

// answerTokens is how long an answer may be.
const answerTokens = 1500

// markLike finds lines that look like those that frame data, whatever their code.
var markLike = regexp.MustCompile(`={4,}\s*[0-9A-Za-z]{4,32}\s*={4,}`)

// dequote keeps data from closing its frame, by luck or by looking like it.
func dequote(s, nonce string) string {
	return markLike.ReplaceAllString(strings.ReplaceAll(s, nonce, ""), "")
}

func clipBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + " …"
}

func render(name string, data any) string {
	var b strings.Builder
	if err := prompts.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // templates and data are ours
	}
	return b.String()
}

func languageName(locale string) string {
	switch locale {
	case "":
		return "the language of the customer's newest message"
	case "en":
		return "English"
	case "de":
		return "German (polite form: Sie)"
	case "es":
		return "Spanish (polite form: usted)"
	case "fr":
		return "French (polite form: vous)"
	}
	return "the language with the code " + locale
}

func newNonce() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// problems is why an answer was rejected: what the repair call is told.
type problems []string

func (p problems) Error() string { return strings.Join(p, " ") }

// readAnswer turns a model's JSON into sentences with exact receipts. Nothing
// of the model's goes further than text and quotes: passage numbers are looked
// up, offsets found, links and titles taken from the passages.
func readAnswer(raw []byte, hits []pipeline.Hit, locale string) (modelAnswer, []pipeline.Sentence, error) {
	var a modelAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, nil, fmt.Errorf("read answer: %w", err)
	}
	if a.Abstain {
		return a, nil, nil
	}
	var bad problems
	var out []pipeline.Sentence
	for i, m := range a.Sentences {
		s := pipeline.Sentence{Text: strings.TrimSpace(m.Text)}
		if s.Text == "" {
			continue
		}
		var parts []part
		for _, mq := range m.Quotes {
			if mq.Passage < 1 || mq.Passage > min(len(hits), maxPassages) {
				bad = append(bad, fmt.Sprintf("Sentence %d cites passage %d, which does not exist.", i+1, mq.Passage))
				continue
			}
			p := hits[mq.Passage-1].Passage
			start, end, ok := locate(p.Text, mq.Quote)
			quote := guard.Span{Start: start, End: end}
			if !ok {
				bad = append(bad, fmt.Sprintf("Sentence %d: its quote does not stand in passage %d, word for word.", i+1, mq.Passage))
				continue
			}
			parts = append(parts, partOf(p, quote, locale))
			s.Receipts = proven(s.Receipts, p, quote, passages(hits))
		}
		bad = append(bad, fragment(i, parts)...)
		if len(s.Receipts) == 0 && len(m.Quotes) == 0 && m.Plain && !guard.Courteous(s.Text, locale) {
			continue // a transition that might claim something is not needed
		}
		s.Plain = m.Plain && len(m.Quotes) == 0
		s.Line = len(out) > 0 && (stepRE.MatchString(s.Text+" ") || itemRE.MatchString(s.Text+" "))
		if n := len(out); n > 0 && !s.Line && out[n-1].Line {
			s.Break = true
		}
		out = append(out, s)
	}
	if len(bad) > 0 {
		return a, nil, bad
	}
	number(out)
	return a, out, nil
}

// attempt is one draft by the model in the making.
type attempt struct {
	prompt    prompt
	sentences []pipeline.Sentence
	answer    modelAnswer
}

// open are the texts of a prompt that everybody may read: the passages, and its marks.
func (a *attempt) open(hits []pipeline.Hit) []string {
	out := []string{ownReference, a.prompt.Canary, strings.TrimPrefix(a.prompt.Canary, ownReference+"-")}
	for _, h := range hits {
		if h.Passage.Audience == pipeline.Public {
			out = append(out, h.Passage.Section(), h.Passage.Text, viewOf(h.Passage.Text).text)
		}
	}
	return out
}

// request builds the gateway's request. Its Accept runs the guards, so that an
// answer which may not be shown turns to repair and then to the next provider.
func (a *attempt) request(q Question, hits []pipeline.Hit, in guard.Input, correlation string) llm.Request {
	in.Canary = ownReference // the one of this time begins with it
	return llm.Request{
		Purpose: "draft", Correlation: correlation, System: a.prompt.System, User: a.prompt.User,
		Schema: []byte(answerSchema), SchemaName: "reply", PromptHash: PromptHash, Known: q.People, Open: a.open(hits), MaxOutputTokens: answerTokens,
		Accept: func(raw []byte) error {
			answer, sentences, err := readAnswer(raw, hits, q.Locale)
			if err != nil {
				return err
			}
			a.answer, a.sentences = answer, sentences
			if answer.Abstain {
				return nil
			}
			in.Draft = pipeline.Draft{Sentences: sentences, Locale: q.Locale, Drafter: byModel}
			var bad problems
			for _, f := range guard.Check(in) {
				if f.Severity == pipeline.Block {
					where := "The draft"
					if f.Sentence >= 0 {
						where = fmt.Sprintf("Sentence %d", f.Sentence+1)
					}
					bad = append(bad, where+": "+f.Detail)
				}
			}
			if len(bad) > 0 {
				return bad
			}
			return nil
		},
		Repair: func(_ []byte, because error) string {
			list, ok := errors.AsType[problems](because)
			if !ok {
				list = problems{"It could not be read."}
			}
			return render("repair.tmpl", struct {
				User     string
				Problems []string
			}{a.prompt.User, list[:min(len(list), 12)]})
		},
	}
}
