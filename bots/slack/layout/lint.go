package layout

import (
	"fmt"

	api "github.com/slack-go/slack"
)

// Limits of Slack, in UTF-16 units. Slack's client library does not check them
// when it sends.
const (
	maxBlocks     = 50 // of a message
	MaxViewBlocks = 100
	maxTotal      = 12_000 // all text of a message; Slack refuses somewhat above 13,000
	maxSection    = 3000
	maxHeader     = 150
	maxButton     = 75
	maxValue      = 2000
	MaxURL        = 3000
	maxID         = 255
	maxActions    = 25
	MaxContext    = 10
	// of the row of small buttons under an answer
	maxContextActions = 5
	MaxInput          = 3000
	maxLabel          = 2000
	maxHint           = 150
	maxOptions        = 100
	maxBoxes          = 10 // boxes to tick
	maxTitle          = 24
	maxPrivate        = 3000
)

// linter collects what Slack would refuse.
type linter struct {
	problems []string
	total    int
	ids      map[string]bool
}

// LintMessage returns what Slack would refuse in a message's blocks; empty
// means that it would take them.
func LintMessage(blocks []api.Block) []string { return LintBlocks(blocks, maxBlocks) }

// LintBlocks is lintMessage for at most so many blocks.
func LintBlocks(blocks []api.Block, most int) []string {
	l := &linter{ids: map[string]bool{}}
	l.blocks(blocks, most)
	if l.total > maxTotal {
		l.add("blocks", "hold %d characters in all, the limit is %d", l.total, maxTotal)
	}
	return l.problems
}

// LintView is lintMessage for a form.
func LintView(v api.ModalViewRequest) []string {
	l := &linter{ids: map[string]bool{}}
	l.blocks(v.Blocks.BlockSet, MaxViewBlocks)
	l.text("title", v.Title, maxTitle)
	inputs := false
	for _, b := range v.Blocks.BlockSet {
		_, is := b.(*api.InputBlock)
		inputs = inputs || is
	}
	if inputs && v.Submit == nil {
		l.add("submit", "is missing although there are inputs")
	}
	if v.Submit != nil {
		l.text("submit", v.Submit, maxTitle)
	}
	if v.Close != nil {
		l.text("close", v.Close, maxTitle)
	}
	l.size("private_metadata", v.PrivateMetadata, 0, maxPrivate)
	l.size("callback_id", v.CallbackID, 0, maxID)
	return l.problems
}

func (l *linter) add(at, format string, args ...any) {
	l.problems = append(l.problems, at+" "+fmt.Sprintf(format, args...))
}

func (l *linter) size(at, s string, least, most int) {
	if n := Units(s); n < least {
		l.add(at, "is empty")
	} else if n > most {
		l.add(at, "has %d characters, the limit is %d", n, most)
	}
}

func (l *linter) text(at string, t *api.TextBlockObject, most int) {
	if t == nil {
		l.add(at, "is missing")
		return
	}
	if t.Type != api.PlainTextType {
		l.add(at, "is %s: outside text never stands in mrkdwn", t.Type)
	}
	l.size(at, t.Text, 1, most)
	l.total += Units(t.Text)
}

func (l *linter) blocks(blocks []api.Block, most int) {
	if len(blocks) > most {
		l.add("blocks", "are %d, the limit is %d", len(blocks), most)
	}
	for i, b := range blocks {
		at := fmt.Sprintf("blocks/%d", i)
		if id := b.ID(); id != "" {
			l.size(at+"/block_id", id, 1, maxID)
			if l.ids[id] {
				l.add(at+"/block_id", "is not unique")
			}
			l.ids[id] = true
		}
		l.block(at, b)
	}
}

func (l *linter) block(at string, b api.Block) {
	switch b := b.(type) {
	case *api.HeaderBlock:
		l.text(at, b.Text, maxHeader)
	case *api.SectionBlock:
		l.text(at, b.Text, maxSection)
	case *api.DividerBlock:
	case *api.ContextBlock:
		l.count(at, len(b.ContextElements.Elements), MaxContext)
		for _, e := range b.ContextElements.Elements {
			t, _ := e.(*api.TextBlockObject)
			l.text(at, t, maxSection)
		}
	case *api.ActionBlock:
		l.count(at, len(b.Elements.ElementSet), maxActions)
		for _, e := range b.Elements.ElementSet {
			l.element(at, e)
		}
	case *api.ContextActionsBlock:
		l.count(at, len(b.Elements.ElementSet), maxContextActions)
		for _, e := range b.Elements.ElementSet {
			l.element(at, e)
		}
	case *api.InputBlock:
		l.text(at+"/label", b.Label, maxLabel)
		if b.Hint != nil {
			l.text(at+"/hint", b.Hint, maxLabel)
		}
		l.element(at, b.Element)
	case *api.RichTextBlock:
		l.count(at, len(b.Elements), 1000)
		for _, e := range b.Elements {
			l.rich(at, e)
		}
	default:
		l.add(at, "is a %s, which this package does not use", b.BlockType())
	}
}

func (l *linter) count(at string, n, most int) {
	if n == 0 || n > most {
		l.add(at, "has %d elements, from 1 to %d are allowed", n, most)
	}
}

func (l *linter) element(at string, e api.BlockElement) {
	switch e := e.(type) {
	case *api.ButtonBlockElement:
		l.text(at+"/"+e.ActionID, e.Text, maxButton)
		l.size(at+"/action_id", e.ActionID, 1, maxID)
		l.size(at+"/value", e.Value, 0, maxValue)
		l.size(at+"/url", e.URL, 0, MaxURL)
		if c := e.Confirm; c != nil {
			l.text(at+"/confirm/title", c.Title, 100)
			l.text(at+"/confirm/text", c.Text, 300)
			l.text(at+"/confirm/confirm", c.Confirm, 30)
			l.text(at+"/confirm/deny", c.Deny, 30)
		}
	case *api.FeedbackButtonsBlockElement:
		l.size(at+"/action_id", e.ActionID, 1, maxID)
		for _, b := range []*api.FeedbackButton{e.PositiveButton, e.NegativeButton} {
			l.text(at+"/"+e.ActionID, b.Text, maxButton)
			l.size(at+"/value", b.Value, 1, maxValue)
		}
	case *api.PlainTextInputBlockElement:
		l.size(at+"/action_id", e.ActionID, 1, maxID)
		l.size(at+"/initial_value", e.InitialValue, 0, min(MaxInput, e.MaxLength))
		if e.MaxLength < 1 || e.MaxLength > MaxInput {
			l.add(at+"/max_length", "must be from 1 to %d", MaxInput)
		}
		if e.Placeholder != nil {
			l.text(at+"/placeholder", e.Placeholder, maxHint)
		}
	case *api.SelectBlockElement:
		l.size(at+"/action_id", e.ActionID, 1, maxID)
		l.count(at+"/options", len(e.Options), maxOptions)
		for _, o := range e.Options {
			l.text(at+"/option", o.Text, maxButton)
			l.size(at+"/option/value", o.Value, 1, 150)
		}
	case *api.CheckboxGroupsBlockElement:
		l.size(at+"/action_id", e.ActionID, 1, maxID)
		l.count(at+"/options", len(e.Options), maxBoxes)
		for _, o := range e.Options {
			l.text(at+"/option", o.Text, maxButton)
			l.size(at+"/option/value", o.Value, 1, 150)
		}
	default:
		l.add(at, "holds an element this package does not use: %T", e)
	}
}

func (l *linter) rich(at string, e api.RichTextElement) {
	var inline []api.RichTextSectionElement
	switch e := e.(type) {
	case *api.RichTextSection:
		inline = e.Elements
	case *api.RichTextQuote:
		inline = e.Elements
	default:
		l.add(at, "holds rich text this package does not use: %T", e)
	}
	l.count(at, len(inline), 2000)
	for _, x := range inline {
		switch x := x.(type) {
		case *api.RichTextSectionTextElement:
			l.size(at+"/text", x.Text, 1, maxTotal)
			l.total += Units(x.Text)
		case *api.RichTextSectionLinkElement:
			l.size(at+"/link", x.URL, 1, MaxURL)
			l.total += Units(x.Text)
		case *api.RichTextSectionDateElement:
			l.total += 20
		default:
			l.add(at, "holds an inline element this package does not use: %T", x)
		}
	}
}
