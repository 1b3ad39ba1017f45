package slack

import (
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// page is what is shown beside cards: answers, lists, the Home tab.
type page struct {
	notice string // the notification, escaped
	parts  []sheet
	ask    string // the reference that feedback is for; empty asks for none
}

// sheet is a part of a page with its own heading, small print and buttons.
type sheet struct {
	title   string
	parts   []part
	notes   []string
	buttons []button
	id      string // block id of the buttons; must be unique in the page
}

func (p page) empty() bool { return len(p.parts) == 0 }

// sayPage is a page that says one thing.
func sayPage(s string) page {
	s = line(s, 2500)
	if s == "" {
		s = "…"
	}
	return page{notice: escape(cut(s, 300)), parts: []sheet{{parts: []part{says(text(s))}}}}
}

// body lays the page out twice, as cards are. The error kind is Invalid when
// even the plain layout is beyond Slack's limits.
func (p page) body() (body, error) {
	b := body{rich: message{text: p.notice, blocks: p.blocks(true)}, simple: message{text: p.notice, blocks: p.blocks(false)}}
	if len(lintMessage(b.rich.blocks)) > 0 {
		b.rich = b.simple
	}
	if problems := lintMessage(b.rich.blocks); len(problems) > 0 {
		return b, pipeline.Errorf(pipeline.Invalid, "page is beyond Slack's limits: %q", problems)
	}
	b.sum = b.rich.sum()
	return b, nil
}

// blocks lays the page out, rich or plain.
func (p page) blocks(rich bool) []api.Block {
	var out []api.Block
	for _, s := range p.parts {
		c := content{title: s.title, parts: s.parts, notes: s.notes, buttons: s.buttons, seen: s.id}
		m := c.simple()
		if rich {
			m = c.rich()
		}
		if h, ok := m.blocks[0].(*api.HeaderBlock); ok && h.Text.Text == "" {
			m.blocks = m.blocks[1:]
		}
		out = append(out, m.blocks...)
	}
	if p.ask != "" {
		out = append(out, feedbackBlock(p.ask, rich))
	}
	return out
}

// Answer is an answer as people see it.
type Answer struct {
	Question  string
	Draft     pipeline.Draft
	Reference string // for trace and feedback
	// Customer says that the text is a reply for a customer; otherwise it is an
	// answer for a colleague, without courtesies.
	Customer bool
	// Note is small print, such as why internal sources were left out.
	Note string
	// Alone says why nobody but the person who asked sees the answer; empty: who
	// is in the channel does.
	Alone string
	// NoFeedback leaves the feedback buttons out.
	NoFeedback bool
}

func (a Answer) page() page {
	d := a.Draft
	if !a.Customer {
		d.Sentences = withoutCourtesy(d.Sentences)
	}
	s := sheet{title: "Answer", id: "answer:" + a.Reference}
	if a.Customer {
		s.title = "Draft of a reply"
	}
	if why := line(a.Alone, 300); why != "" {
		s.parts = append(s.parts, says(bold("Only you see this: "), text(why+".")))
	}
	asked := part{quote: true, lines: []runs{{text(cut(strings.TrimSpace(shown(a.Question)), maxQuestion))}}}
	if strings.TrimSpace(shown(a.Question)) != "" {
		s.parts = append(s.parts, asked)
	}
	if d.Abstained != "" {
		s.title = "No answer"
		s.parts = append(s.parts, says(bold("The knowledge does not answer this. "), text(sentence(d.Abstained))))
	} else {
		p, whole := draftText(d, false)
		s.parts = append(s.parts, p)
		if !whole {
			s.notes = append(s.notes, "not shown whole: ask for less at a time")
		}
	}
	s.parts = append(append(s.parts, sources(d)...), findings(d, "Check before you use it")...)
	s.notes = append(s.notes, notes(d)...)
	if note := line(a.Note, 200); note != "" {
		s.notes = append(s.notes, note)
	}
	if a.Reference != "" {
		s.notes = append(s.notes, "reference "+a.Reference)
	}
	if len(s.notes) > maxContext {
		s.notes = append(s.notes[:maxContext-1], s.notes[len(s.notes)-1])
	}
	p := page{notice: escape(s.title + ": " + line(a.Question, 150)), parts: []sheet{s}}
	if !a.NoFeedback {
		p.ask = a.Reference
	}
	return p
}

func shown(s string) string {
	s, _ = clean(s)
	return s
}

// withoutCourtesy leaves out greeting and farewell, which are for customers.
func withoutCourtesy(in []pipeline.Sentence) []pipeline.Sentence {
	a, b := 0, len(in)
	for a < b && in[a].Plain && len(in[a].Receipts) == 0 {
		a++
	}
	for b > a && in[b-1].Plain && len(in[b-1].Receipts) == 0 {
		b--
	}
	if a == b {
		return in
	}
	return in[a:b]
}

// feedbackBlock asks what people think of an answer.
func feedbackBlock(ref string, rich bool) api.Block {
	if !rich {
		return api.NewActionBlock("feedback:"+ref, button{action: actGood, label: "Helpful", value: ref}.element(),
			button{action: actBad, label: "Not helpful…", value: ref}.element())
	}
	return api.NewContextActionsBlock("feedback:"+ref, api.NewFeedbackButtonsBlockElement(actFeedback,
		api.NewFeedbackButton(plain("Helpful"), "good:"+ref), api.NewFeedbackButton(plain("Not helpful"), "bad:"+ref)))
}

// linesOf lists tickets, each as a paragraph.
func linesOf(lines []Line, link func(pipeline.TicketRef) string, most int) []part {
	var out []part
	for _, l := range lines[:min(len(lines), most)] {
		subject := line(l.Subject, 120)
		if subject == "" {
			subject = "(no subject)"
		}
		words := runs{bold(subject), textf(" · %s · ", line(l.From, 60)), text(line(l.State, 80)), text(" · wrote "), ago(l.ArrivedAt)}
		if l.From == "" {
			words = append(words[:1], words[2:]...)
			words[1] = textf(" · %s", line(l.State, 80))
		}
		if u := link(l.Ticket); u != "" {
			words = append(words, text(" · "), run{text: "open in console", url: u})
		} else {
			words = append(words, text(" · "+line(l.Ticket.String(), 80)))
		}
		out = append(out, part{lines: []runs{words}})
	}
	if n := len(lines) - most; n > 0 {
		out = append(out, says(text(fmt.Sprintf("… and %d more", n))))
	}
	return out
}
