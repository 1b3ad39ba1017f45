package requests

import (
	"fmt"
	"strings"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

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

func (a Answer) page() layout.Page {
	d := a.Draft
	if !a.Customer {
		d.Sentences = withoutCourtesy(d.Sentences)
	}
	s := layout.Sheet{Title: "Answer", ID: "answer:" + a.Reference}
	if a.Customer {
		s.Title = "Draft of a reply"
	}
	if why := layout.Line(a.Alone, 300); why != "" {
		s.Parts = append(s.Parts, layout.Says(layout.Bold("Only you see this: "), layout.Text(why+".")))
	}
	asked := layout.Part{Quote: true, Lines: []layout.Runs{{layout.Text(layout.CutTo(strings.TrimSpace(layout.Shown(a.Question)), cards.MaxQuestion, "what you wrote"))}}}
	if strings.TrimSpace(layout.Shown(a.Question)) != "" {
		s.Parts = append(s.Parts, asked)
	}
	if d.Abstained != "" {
		s.Title = "No answer"
		s.Parts = append(s.Parts, layout.Says(layout.Bold("The knowledge does not answer this. "), layout.Text(layout.Sentence(d.Abstained))))
	} else {
		p, whole := cards.DraftText(d, false)
		s.Parts = append(s.Parts, p)
		if !whole {
			s.Notes = append(s.Notes, "not shown whole: ask for less at a time")
		}
	}
	s.Parts = append(append(s.Parts, cards.Sources(d)...), cards.Findings(d, "Check before you use it")...)
	if d.Abstained == "" {
		s.Notes = append(s.Notes, cards.Sure(d))
	}
	s.Notes = append(s.Notes, cards.Notes(d)...)
	if note := layout.Line(a.Note, 200); note != "" {
		s.Notes = append(s.Notes, note)
	}
	if a.Reference != "" {
		s.Notes = append(s.Notes, "reference "+a.Reference)
	}
	if len(s.Notes) > layout.MaxContext {
		s.Notes = append(s.Notes[:layout.MaxContext-1], s.Notes[len(s.Notes)-1])
	}
	p := layout.Page{Notice: layout.Escape(s.Title + ": " + layout.Line(a.Question, 150)), Parts: []layout.Sheet{s}}
	if !a.NoFeedback {
		p.Ask = a.Reference
	}
	return p
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

// linesOf lists tickets, each as a paragraph.
func linesOf(lines []Line, link func(pipeline.TicketRef) string, most int) []layout.Part {
	var out []layout.Part
	for _, l := range lines[:min(len(lines), most)] {
		subject := layout.Line(l.Subject, 120)
		if subject == "" {
			subject = "(no subject)"
		}
		words := layout.Runs{layout.Bold(subject), layout.Textf(" · %s · ", layout.Line(l.From, 60)), layout.Text(layout.Line(l.State, 80)), layout.Text(" · wrote "), layout.Ago(l.ArrivedAt)}
		if l.From == "" {
			words = append(words[:1], words[2:]...)
			words[1] = layout.Textf(" · %s", layout.Line(l.State, 80))
		}
		if l.card != "" {
			words = append(words, layout.Text(" · "), layout.Run{Text: "open the card", URL: l.card})
		}
		if u := link(l.Ticket); u != "" {
			words = append(words, layout.Text(" · "), layout.Run{Text: "open in console", URL: u})
		} else {
			words = append(words, layout.Text(" · "+layout.Line(l.Ticket.String(), 80)))
		}
		out = append(out, layout.Part{Lines: []layout.Runs{words}})
	}
	if n := len(lines) - most; n > 0 {
		out = append(out, layout.Says(layout.Text(fmt.Sprintf("… and %d more", n))))
	}
	return out
}
