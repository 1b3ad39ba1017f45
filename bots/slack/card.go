package slack

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// Budgets of a card, in units: together they stay below maxTotal, whatever the
// draft holds.
const (
	maxQuestion      = 500 // of the customer's message
	maxQuestionFinal = 160 // once the draft is decided
	maxDraft         = 5500
	maxSources       = 8
	maxFindings      = 5
)

// content is a card or form before it is Slack's.
type content struct {
	title   string
	parts   []part
	notes   []string // small print
	buttons []button
	state   pipeline.DraftState
	seen    string // block id of the buttons: what the person sees
	notice  string // the notification, escaped
}

// part is a paragraph or a few.
type part struct {
	lines   []runs
	quote   bool
	tail    []runs // after a quote: not the quoted person's words
	divider bool   // a rule before it
}

// runs is text with bold words, links and times.
type runs []run

type run struct {
	text string
	bold bool
	gone bool      // struck through
	code bool      // set off, as a badge
	url  string    // a link; text is its host
	at   time.Time // shown in each reader's own time zone
	ago  bool      // at is shown as how long ago it was, as of reading
}

func text(s string) run { return run{text: s} }
func bold(s string) run { return run{text: s, bold: true} }
func moment(t time.Time) run {
	if t.IsZero() {
		return text("at a time unknown")
	}
	return run{at: t, text: t.UTC().Format("2 Jan 2006 15:04 UTC")}
}

// ago is how long ago t was when somebody reads it.
func ago(t time.Time) run {
	r := moment(t)
	r.ago = !t.IsZero()
	return r
}

func says(words ...run) part         { return part{lines: []runs{words}} }
func (p *part) add(words ...run)     { p.lines = append(p.lines, words) }
func textf(s string, a ...any) run   { return text(fmt.Sprintf(s, a...)) }
func person(a pipeline.Agent) string { return cmp.Or(line(a.Name, 60), line(a.Email, 60), "somebody") }

// render shows a draft as it stands. past, if known, tells what it replaced;
// console is the page where everything is, or "".
func render(r pipeline.Review, past pipeline.Past, console string) content {
	c := content{state: standing(r), title: cmp.Or(line(r.Ticket.Subject, 140), "Ticket "+line(r.Ticket.ID, 80)), seen: seenID(r)}
	c.notice = escape("Draft reply: " + c.title)
	if r.Draft.Abstained != "" {
		c.notice = escape("No draft: " + c.title)
	}
	final := decided(c.state)
	head := part{lines: []runs{stateLine(r)}}
	head.add(ticketLine(r)...)
	c.parts = append(c.parts, head)
	if q, ok := question(r, final); ok {
		c.parts = append(c.parts, q)
	}
	if final {
		c.parts = append(c.parts, replied(r)...)
		c.buttons = buttons(r, console, false)
		return c
	}
	whole := true
	if r.Draft.Abstained == "" {
		var draft part
		draft, whole = draftText(r.Draft, console != "")
		c.parts = append(c.parts, draft)
	}
	c.parts = append(c.parts, changes(past, r.Draft)...)
	c.parts = append(c.parts, sources(r.Draft)...)
	c.parts = append(c.parts, findings(r.Draft, "Look before you approve")...)
	c.notes = notes(r.Draft)
	c.buttons = buttons(r, console, whole)
	return c
}

// standing is the draft's state, with a draft that may not be approved any
// more already shown as stale.
func standing(r pipeline.Review) pipeline.DraftState {
	switch r.State {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		if r.Stale != "" {
			return pipeline.StateStale
		}
	case "":
		return pipeline.StateOpen
	}
	return r.State
}

// decided tells whether a card has nothing left to decide and becomes short.
func decided(s pipeline.DraftState) bool {
	switch s {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		return false
	}
	return true
}

// stateLine says where the draft stands, who did what and when.
func stateLine(r pipeline.Review) runs {
	by := func(verb string) runs {
		return runs{bold(verb), text(" by " + person(r.DecidedBy) + ", "), moment(r.DecidedAt)}
	}
	approved := "Approved"
	if edited(r) {
		approved = fmt.Sprintf("Edited (%d %%) and approved", max(1, int(r.Distance*100+0.5)))
	}
	switch standing(r) {
	case pipeline.StateClaimed:
		return append(runs{bold("Claimed"), text(" by " + person(r.ClaimedBy) + ", "), moment(r.ClaimedAt)}, abstained(r)...)
	case pipeline.StateApproved:
		return append(by(approved), text(" – being sent…"))
	case pipeline.StateSent:
		out := runs{bold("Sent"), text(" ")}
		if !r.SentAt.IsZero() {
			out = append(out, moment(r.SentAt))
		}
		return append(append(out, text(" – ")), by(approved)...)
	case pipeline.StateReturned:
		return append(runs{bold(returned(r.Delivery)), text(" " + sentence(r.Reason) + " ")}, by(approved)...)
	case pipeline.StateRejected:
		return append(by("Rejected"), text(": "+line(r.Reason, 300)))
	case pipeline.StateHandedOff:
		return append(by("Handed off"), because(r.Reason)...)
	case pipeline.StateSuperseded:
		if r.DecidedBy.ID == "" {
			return runs{bold("Replaced"), text(" by a newer draft.")}
		}
		return append(by("Redraft asked for"), because(r.Reason)...)
	case pipeline.StateStale:
		return runs{bold("Out of date."), text(" " + sentence(cmp.Or(r.Stale, r.Reason)))}
	}
	if a := abstained(r); a != nil {
		return append(runs{bold("No draft:")}, a[1:]...)
	}
	return runs{bold("Draft reply"), text(" – nobody has claimed it yet.")}
}

func abstained(r pipeline.Review) runs {
	if r.Draft.Abstained == "" {
		return nil
	}
	return runs{bold(" No draft:"), text(" " + sentence(r.Draft.Abstained))}
}

func because(reason string) runs {
	if reason = line(reason, 300); reason != "" {
		return runs{text(": " + reason)}
	}
	return nil
}

func sentence(s string) string {
	if s = line(s, 300); s == "" || strings.ContainsRune(".!?…", []rune(s)[len([]rune(s))-1]) {
		return s
	}
	return s + "."
}

func returned(d pipeline.DeliveryState) string {
	switch d {
	case pipeline.DeliveryUnknown, pipeline.DeliveryAsked:
		return "Not known to have arrived. Look for it at the desk; then press It arrived, or Send again."
	case pipeline.DeliveryStale:
		return "Not sent: the ticket moved on."
	}
	return "Not sent."
}

func edited(r pipeline.Review) bool { return r.Text != "" && r.Text != r.Draft.Text() }

// ticketLine says who wrote and how long they have been waiting.
func ticketLine(r pipeline.Review) runs {
	t := r.Ticket
	out := runs{text("From " + cmp.Or(line(t.Requester.Name, 60), line(t.Requester.Email, 60), "an unknown customer"))}
	if m, ok := asked(r); ok && !m.At.IsZero() {
		out = append(out, text(", "), ago(m.At))
	}
	out = append(out, text(" · "+line(t.TicketRef.String(), 80)))
	if address, host, ok := link(t.URL); ok {
		out = append(out, text(" · open at "), run{text: host, url: address})
	}
	return out
}

// asked is the customer's message that the draft answers.
func asked(r pipeline.Review) (pipeline.Message, bool) {
	for _, m := range r.Ticket.Messages {
		if m.ID == r.Draft.Message && m.ID != "" {
			return m, true
		}
	}
	return r.Ticket.LastCustomerMessage()
}

// question quotes the customer's message.
func question(r pipeline.Review, final bool) (part, bool) {
	m, ok := asked(r)
	if !ok {
		return part{}, false
	}
	body, hidden := clean(m.Text)
	most := maxQuestion
	if final {
		body, most = strings.Join(strings.Fields(body), " "), maxQuestionFinal
	}
	p := part{quote: true, lines: []runs{{text(cmp.Or(cut(strings.TrimSpace(body), most), "(an empty message)"))}}}
	if len(m.Attachments) > 0 {
		p.tail = append(p.tail, runs{textf("%d attached: %s", len(m.Attachments), line(strings.Join(m.Attachments, ", "), 120))})
	}
	if hidden > 0 && !final {
		p.tail = append(p.tail, runs{textf("%d invisible characters of it are not shown", hidden)})
	}
	return p, true
}

// draftText is the reply with its markers; false when it is not shown exactly
// and whole, so that it may not be approved from the card.
func draftText(d pipeline.Draft, console bool) (part, bool) {
	var out runs
	left := maxDraft
	whole := true
	for i, s := range d.Sentences {
		lead := " "
		switch {
		case i == 0:
			lead = ""
		case s.Break:
			lead = "\n\n"
		case s.Line:
			lead = "\n"
		}
		body, hidden := clean(s.Text)
		whole = whole && hidden == 0
		marks := markers(s)
		if units(lead+body+marks) > left {
			more := "… the rest did not fit"
			if console {
				more = "… open in console"
			}
			out = append(out, text(lead+prefix(body, max(0, left-units(lead+marks)))+more))
			whole = false
			break
		}
		left -= units(lead + body + marks)
		out = append(out, text(lead+body))
		if marks != "" {
			out = append(out, bold(marks))
		}
	}
	p := part{divider: true, lines: []runs{out}}
	if h := hosts(d.Text()); len(h) > 0 {
		p.add(bold("Links lead to: "), text(cut(strings.Join(h, ", "), 200)))
	}
	return p, whole
}

func markers(s pipeline.Sentence) string {
	var b strings.Builder
	seen := map[int]bool{}
	for _, r := range s.Receipts {
		if !seen[r.Number] && len(seen) < 5 {
			seen[r.Number] = true
			fmt.Fprintf(&b, " [%d]", r.Number)
		}
	}
	return b.String()
}

// replied shows of a decided draft what the customer gets.
func replied(r pipeline.Review) []part {
	if r.State != pipeline.StateApproved && r.State != pipeline.StateSent {
		return nil
	}
	s, _ := clean(cmp.Or(r.Text, r.Draft.Text()))
	return []part{says(text("Reply: " + cut(strings.Join(strings.Fields(s), " "), 300)))}
}

// sum identifies a card's content: equal sums need no update.
func (m message) sum() string {
	raw, err := json.Marshal(m.blocks)
	if err != nil { // blocks built here always marshal
		panic(err)
	}
	h := sha256.Sum256(append(append(raw, 0), m.text...))
	return hex.EncodeToString(h[:16])
}

// message is what Slack is sent.
type message struct {
	text   string
	blocks []api.Block
}
