package layout

import (
	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// Page is what is shown beside cards: answers, lists, the Home tab.
type Page struct {
	Notice string // the notification, escaped
	Parts  []Sheet
	Ask    string // the reference that feedback is for; empty asks for none
}

// Sheet is a part of a page with its own heading, small print and buttons.
type Sheet struct {
	Title   string
	Parts   []Part
	Notes   []string
	Buttons []Button
	ID      string // block id of the buttons; must be unique in the page
}

// Empty tells whether there is nothing to show.
func (p Page) Empty() bool { return len(p.Parts) == 0 }

// SayPage is a page that says one thing.
func SayPage(s string) Page {
	s = Line(s, 2500)
	if s == "" {
		s = "…"
	}
	return Page{Notice: Escape(Cut(s, 300)), Parts: []Sheet{{Parts: []Part{Says(Text(s))}}}}
}

// Body lays the page out twice, as cards are. The error kind is Invalid when
// even the plain layout is beyond Slack's limits.
func (p Page) Body() (Body, error) {
	b := Body{Rich: Message{Text: p.Notice, Blocks: p.Blocks(true)}, Simple: Message{Text: p.Notice, Blocks: p.Blocks(false)}}
	if len(LintMessage(b.Rich.Blocks)) > 0 {
		b.Rich = b.Simple
	}
	if problems := LintMessage(b.Rich.Blocks); len(problems) > 0 {
		return b, pipeline.Errorf(pipeline.Invalid, "page is beyond Slack's limits: %q", problems)
	}
	b.Sum = b.Rich.Sum()
	return b, nil
}

// Blocks lays the page out, rich or plain.
func (p Page) Blocks(rich bool) []api.Block {
	var out []api.Block
	for _, s := range p.Parts {
		c := Content{Title: s.Title, Parts: s.Parts, Notes: s.Notes, Buttons: s.Buttons, Seen: s.ID}
		m := c.Simple()
		if rich {
			m = c.Rich()
		}
		if h, ok := m.Blocks[0].(*api.HeaderBlock); ok && h.Text.Text == "" {
			m.Blocks = m.Blocks[1:]
		}
		out = append(out, m.Blocks...)
	}
	if p.Ask != "" {
		out = append(out, feedbackBlock(p.Ask, rich))
	}
	return out
}

// Shown is outside text as it may be shown.
func Shown(s string) string {
	s, _ = Clean(s)
	return s
}

// feedbackBlock asks what people think of an answer.
func feedbackBlock(ref string, rich bool) api.Block {
	if !rich {
		return api.NewActionBlock("feedback:"+ref, Button{Action: ActGood, Label: "Helpful", Value: ref}.element(),
			Button{Action: ActBad, Label: "Not helpful…", Value: ref}.element())
	}
	return api.NewContextActionsBlock("feedback:"+ref, api.NewFeedbackButtonsBlockElement(ActFeedback,
		api.NewFeedbackButton(Plain("Helpful"), "good:"+ref), api.NewFeedbackButton(Plain("Not helpful"), "bad:"+ref)))
}

// Actions beside those of cards.
const (
	ActFeedback = "feedback"      // good:<reference> or bad:<reference>
	ActGood     = "feedback_good" // the same where Slack has no feedback buttons
	ActBad      = "feedback_bad"
	ActRefresh  = "home_refresh"
)

// Body is a card in both layouts.
type Body struct {
	Rich, Simple Message
	Sum          string
}
