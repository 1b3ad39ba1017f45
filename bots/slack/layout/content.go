package layout

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// Content is a card or form before it is Slack's.
type Content struct {
	Title   string
	Parts   []Part
	Notes   []string // small print
	Buttons []Button
	State   pipeline.DraftState
	Seen    string // block id of the buttons: what the person sees
	Notice  string // the notification, escaped
}

// Part is a paragraph or a few.
type Part struct {
	Lines   []Runs
	Quote   bool
	Tail    []Runs // after a quote: not the quoted person's words
	Divider bool   // a rule before it
}

// Runs is text with bold words, links and times.
type Runs []Run

// Run is some words of one look.
type Run struct {
	Text string
	Bold bool
	Gone bool      // struck through
	Code bool      // set off, as a badge
	URL  string    // a link; text is its host
	at   time.Time // shown in each reader's own time zone
	ago  bool      // at is shown as how long ago it was, as of reading
}

// Text is plain words.
func Text(s string) Run { return Run{Text: s} }

// Bold is bold words.
func Bold(s string) Run { return Run{Text: s, Bold: true} }

// Moment is a time, as each reader's clock has it.
func Moment(t time.Time) Run {
	if t.IsZero() {
		return Text("at a time unknown")
	}
	return Run{at: t, Text: t.UTC().Format("2 Jan 2006 15:04 UTC")}
}

// Ago is how long ago t was when somebody reads it.
func Ago(t time.Time) Run {
	r := Moment(t)
	r.ago = !t.IsZero()
	return r
}

// Says is a paragraph of one line.
func Says(words ...Run) Part { return Part{Lines: []Runs{words}} }

// Add adds a line.
func (p *Part) Add(words ...Run) { p.Lines = append(p.Lines, words) }

// Textf is formatted plain words.
func Textf(s string, a ...any) Run { return Text(fmt.Sprintf(s, a...)) }

// Sentence is outside text on one line, with its full stop.
func Sentence(s string) string {
	if s = Line(s, 300); s == "" || strings.ContainsRune(".!?…", []rune(s)[len([]rune(s))-1]) {
		return s
	}
	return s + "."
}

// Sum identifies a card's content: equal sums need no update.
func (m Message) Sum() string {
	raw, err := json.Marshal(m.Blocks)
	if err != nil { // blocks built here always marshal
		panic(err)
	}
	h := sha256.Sum256(append(append(raw, 0), m.Text...))
	return hex.EncodeToString(h[:16])
}

// Message is what Slack is sent.
type Message struct {
	Text   string
	Blocks []api.Block
}
