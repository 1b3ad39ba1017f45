package cards

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Budgets of a card, in units: together they stay below maxTotal, whatever the
// draft holds.
const (
	MaxQuestion      = 500 // of the customer's message
	maxQuestionFinal = 160 // once the draft is decided
	maxDraft         = 5500
	maxSources       = 8
	maxQuote         = 160  // of one quote of a source
	maxQuoted        = 3    // quotes of one source
	maxQuotes        = 1500 // of all of them
	MaxFindings      = 5
)

// whereAsked is where a customer's message stands whole.
const whereAsked = "at the desk and in the console"

func Person(a pipeline.Agent) string {
	return cmp.Or(layout.Line(a.Name, 60), layout.Line(a.Email, 60), "somebody")
}

// render shows a draft as it stands. past, if known, tells what it replaced;
// console is the page where everything is, or "".
func render(r pipeline.Review, past pipeline.Past, console string) layout.Content {
	c := layout.Content{State: Standing(r), Title: cmp.Or(layout.Line(r.Ticket.Title(), 140), "Ticket "+layout.Line(r.Ticket.ID, 80)), Seen: seenID(r)}
	c.Notice = notice(r, c.Title)
	final := Decided(c.State)
	head := layout.Part{Lines: []layout.Runs{StateLine(r)}}
	if w := r.Work; w.State == pipeline.WorkSnoozed && counts(r) {
		head.Add(layout.Bold("Snoozed"), layout.Text(" by "+Person(w.Owner)+" until "), layout.Moment(w.Until), layout.Text(", or until the customer writes"))
	}
	if !final && r.Draft.Abstained == "" {
		colour, say := sure(r.Draft)
		head.Add(layout.Text(colour+" "), layout.Bold(say))
	}
	head.Add(ticketLine(r)...)
	if before, ok := turns(r); ok && !final {
		head.Add(before...)
	}
	c.Parts = append(c.Parts, head)
	if q, ok := Question(r, final); ok {
		c.Parts = append(c.Parts, q)
	}
	if final {
		c.Parts = append(c.Parts, replied(r)...)
		c.Buttons = buttons(r, console, false)
		return c
	}
	whole := true
	if r.Draft.Abstained == "" {
		var draft layout.Part
		draft, whole = DraftText(r.Draft, console != "")
		c.Parts = append(c.Parts, draft)
	}
	c.Parts = append(c.Parts, changes(past, r.Draft)...)
	c.Parts = append(c.Parts, Sources(r.Draft)...)
	c.Parts = append(c.Parts, Findings(r.Draft, "Look before you approve")...)
	c.Notes = Notes(r.Draft)
	c.Buttons = buttons(r, console, whole)
	return c
}

// Standing is the draft's state, with a draft that may not be approved any
// more already shown as stale.
func Standing(r pipeline.Review) pipeline.DraftState {
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

// Decided tells whether a card has nothing left to decide and becomes short.
func Decided(s pipeline.DraftState) bool {
	switch s {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		return false
	}
	return true
}

// StateLine says where the draft stands, who did what and when.
func StateLine(r pipeline.Review) layout.Runs {
	by := func(verb string) layout.Runs {
		return layout.Runs{layout.Bold(verb), layout.Text(" by " + Person(r.DecidedBy) + ", "), layout.Moment(r.DecidedAt)}
	}
	approved := "Approved"
	if edited(r) {
		approved = fmt.Sprintf("Edited (%d %%) and approved", max(1, int(r.Distance*100+0.5)))
	}
	switch Standing(r) {
	case pipeline.StateClaimed:
		return append(layout.Runs{layout.Bold("Claimed"), layout.Text(" by " + Person(r.ClaimedBy) + ", "), layout.Moment(r.ClaimedAt)}, abstained(r)...)
	case pipeline.StateApproved:
		if r.Undoable() {
			return append(by(approved), layout.Text(fmt.Sprintf(" – goes out in %d s.", int(r.SendAt.Sub(r.DecidedAt).Round(time.Second).Seconds()))))
		}
		return append(by(approved), layout.Text(" – being sent…"))
	case pipeline.StateSent:
		out := layout.Runs{layout.Bold("Sent"), layout.Text(" ")}
		if !r.SentAt.IsZero() {
			out = append(out, layout.Moment(r.SentAt))
		}
		return append(append(out, layout.Text(" – ")), by(approved)...)
	case pipeline.StateReturned:
		if r.Delivery == pipeline.DeliveryUndone {
			return append(layout.Runs{layout.Bold("Taken back."), layout.Text(" Nothing was sent. ")}, by(approved)...)
		}
		return append(layout.Runs{layout.Bold(returned(r.Delivery)), layout.Text(" " + layout.Sentence(r.Reason) + " ")}, by(approved)...)
	case pipeline.StateRejected:
		return append(by("Rejected"), layout.Text(": "+layout.Line(r.Reason, 300)))
	case pipeline.StateHandedOff:
		return append(by("Handed off"), because(r.Reason)...)
	case pipeline.StateSuperseded:
		if r.DecidedBy.ID == "" {
			return layout.Runs{layout.Bold("Replaced"), layout.Text(" by a newer draft.")}
		}
		return append(by("Redraft asked for"), because(r.Reason)...)
	case pipeline.StateStale:
		return layout.Runs{layout.Bold("Out of date."), layout.Text(" " + layout.Sentence(cmp.Or(r.Stale, r.Reason)))}
	}
	if a := abstained(r); a != nil {
		return append(layout.Runs{layout.Bold("No draft:")}, a[1:]...)
	}
	return layout.Runs{layout.Bold("Draft reply"), layout.Text(" – nobody has claimed it yet.")}
}

func abstained(r pipeline.Review) layout.Runs {
	if r.Draft.Abstained == "" {
		return nil
	}
	return layout.Runs{layout.Bold(" No draft:"), layout.Text(" " + layout.Sentence(r.Draft.Abstained))}
}

func because(reason string) layout.Runs {
	if reason = layout.Line(reason, 300); reason != "" {
		return layout.Runs{layout.Text(": " + reason)}
	}
	return nil
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
func ticketLine(r pipeline.Review) layout.Runs {
	t := r.Ticket
	out := layout.Runs{layout.Text("From " + cmp.Or(layout.Line(t.Requester.Name, 60), layout.Line(t.Requester.Email, 60), "an unknown customer"))}
	if m, ok := asked(r); ok && !m.At.IsZero() {
		out = append(out, layout.Text(", "), layout.Ago(m.At))
	}
	out = append(out, layout.Text(" · "+layout.Line(t.TicketRef.String(), 80)))
	if address, host, ok := layout.Link(t.URL); ok {
		out = append(out, layout.Text(" · open at "), layout.Run{Text: host, URL: address})
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

// Question quotes the customer's message.
func Question(r pipeline.Review, final bool) (layout.Part, bool) {
	m, ok := asked(r)
	if !ok {
		return layout.Part{}, false
	}
	body, hidden := layout.Clean(m.Text)
	most := MaxQuestion
	if final {
		body, most = strings.Join(strings.Fields(body), " "), maxQuestionFinal
	}
	p := layout.Part{Quote: true, Lines: []layout.Runs{{layout.Text(cmp.Or(layout.CutTo(strings.TrimSpace(body), most, whereAsked), "(an empty message)"))}}}
	if len(m.Attachments) > 0 {
		p.Tail = append(p.Tail, layout.Runs{layout.Textf("%d attached: %s", len(m.Attachments), layout.Line(strings.Join(m.Attachments, ", "), 120))})
	}
	if hidden > 0 && !final {
		p.Tail = append(p.Tail, layout.Runs{layout.Textf("%d invisible characters of it are not shown", hidden)})
	}
	return p, true
}

// DraftText is the reply with its markers; false when it is not shown exactly
// and whole, so that it may not be approved from the card.
func DraftText(d pipeline.Draft, console bool) (layout.Part, bool) {
	var out layout.Runs
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
		body, hidden := layout.Clean(s.Text)
		whole = whole && hidden == 0
		marks := markers(s)
		if layout.Units(lead+body+marks) > left {
			more := "… the rest did not fit"
			if console {
				more = "… open in console"
			}
			out = append(out, layout.Text(lead+layout.Prefix(body, max(0, left-layout.Units(lead+marks)))+more))
			whole = false
			break
		}
		left -= layout.Units(lead + body + marks)
		out = append(out, layout.Text(lead+body))
		if marks != "" {
			out = append(out, layout.Bold(marks))
		}
	}
	p := layout.Part{Divider: true, Lines: []layout.Runs{out}}
	if h := layout.HostList(d.Text()); h != "" {
		p.Add(layout.Bold("Links lead to: "), layout.Text(h))
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

// maxReplied is the longest reply that stands on its card; a longer one stands in the
// thread. It stands once, with what it rests on.
const maxReplied = 300

// goesOut tells whether the review holds a reply that people approved.
func goesOut(r pipeline.Review) bool {
	return (r.State == pipeline.StateApproved || r.State == pipeline.StateSent) && r.Text != ""
}

// replied shows of a decided draft what the customer gets.
func replied(r pipeline.Review) []layout.Part {
	if !goesOut(r) {
		return nil
	}
	s, _ := layout.Clean(r.Text)
	if n := layout.Units(s); n > maxReplied {
		return []layout.Part{layout.Says(layout.Textf("The reply, %d characters, stands in the thread below, with its sources.", n))}
	}
	return append([]layout.Part{layout.Says(layout.Text("Reply: " + strings.Join(strings.Fields(s), " ")))}, sentSources(r)...)
}

// sentSources are what the words that were sent rest on.
func sentSources(r pipeline.Review) []layout.Part {
	d := Rests(r)
	d.Abstained = ""
	if len(d.Citations()) == 0 {
		return nil
	}
	return Sources(d)
}
