package layout

import (
	"slices"
	"strings"

	api "github.com/slack-go/slack"
)

// Button is a button before it is Slack's.
type Button struct {
	Action, Label string
	Style         api.Style
	URL           string
	Confirm       string // asked before; "" does not ask
	Value         string
}

// Rich lays the content out as rich text, in which nothing outside people
// wrote is ever read as markup.
func (c Content) Rich() Message {
	blocks := c.header()
	for _, p := range c.Parts {
		b := p.Rich()
		if len(b.Elements) == 0 {
			continue
		}
		if p.Divider {
			blocks = append(blocks, api.NewDividerBlock())
		}
		blocks = append(blocks, b)
	}
	return c.finish(blocks)
}

// Simple is the layout for clients or plans that refuse rich text: the same
// words in plain text.
func (c Content) Simple() Message {
	blocks := c.header()
	for _, p := range c.Parts {
		var lines []string
		for _, l := range append(slices.Clone(p.Lines), p.Tail...) {
			lines = append(lines, l.String())
		}
		for rest := strings.Join(lines, "\n"); rest != ""; {
			head := Prefix(rest, maxSection)
			rest = rest[len(head):]
			if strings.TrimSpace(head) != "" {
				blocks = append(blocks, api.NewSectionBlock(Plain(head), nil, nil))
			}
		}
	}
	return c.finish(blocks)
}

func (c Content) header() []api.Block {
	if c.Title == "" {
		return nil
	}
	return []api.Block{api.NewHeaderBlock(Plain(c.Title))}
}

func (c Content) finish(blocks []api.Block) Message {
	if len(c.Notes) > 0 {
		var small []api.MixedElement
		for _, n := range c.Notes {
			small = append(small, Plain(n))
		}
		blocks = append(blocks, api.NewContextBlock("", small...))
	}
	if len(c.Buttons) > 0 {
		var row []api.BlockElement
		for _, b := range c.Buttons {
			row = append(row, b.element())
		}
		blocks = append(blocks, api.NewActionBlock(c.Seen, row...))
	}
	return Message{Text: c.Notice, Blocks: blocks}
}

func (b Button) element() api.BlockElement {
	e := api.NewButtonBlockElement(b.Action, b.Value, Plain(b.Label))
	e.Style, e.URL = b.Style, b.URL
	if b.Confirm != "" {
		e.Confirm = api.NewConfirmationBlockObject(Plain("Send this reply?"), Plain(b.Confirm), Plain("Send"), Plain("Cancel"))
	}
	return e
}

// Plain is text in which Slack reads no markup.
func Plain(s string) *api.TextBlockObject {
	return api.NewTextBlockObject(api.PlainTextType, s, false, false)
}

// Rich is the paragraph as rich text.
func (p Part) Rich() *api.RichTextBlock {
	var out []api.RichTextElement
	for _, l := range p.Lines {
		inline := l.elements()
		switch {
		case len(inline) == 0:
		case p.Quote:
			out = append(out, &api.RichTextQuote{Type: api.RTEQuote, Elements: inline})
		default:
			out = append(out, api.NewRichTextSection(inline...))
		}
	}
	for _, l := range p.Tail {
		out = append(out, api.NewRichTextSection(l.elements()...))
	}
	return api.NewRichTextBlock("", out...)
}

func (l Runs) elements() []api.RichTextSectionElement {
	var out []api.RichTextSectionElement
	for i := 0; i < len(l); i++ {
		r := l[i]
		switch {
		case r.URL != "":
			out = append(out, api.NewRichTextSectionLinkElement(r.URL, r.Text, nil))
		case !r.at.IsZero():
			format := "{date_short_pretty} at {time}"
			if r.ago {
				format = "{ago}"
			}
			out = append(out, api.NewRichTextSectionDateElement(r.at.Unix(), format, nil, &r.Text))
		case r.Text == "":
		case r.Bold, r.Code:
			out = append(out, api.NewRichTextSectionTextElement(r.Text, &api.RichTextSectionTextStyle{Bold: r.Bold, Code: r.Code}))
		case r.Gone:
			out = append(out, api.NewRichTextSectionTextElement(r.Text, &api.RichTextSectionTextStyle{Strike: true}))
		default:
			out = append(out, api.NewRichTextSectionTextElement(r.Text, nil))
		}
	}
	return out
}

func (l Runs) String() string {
	var b strings.Builder
	for _, r := range l {
		b.WriteString(r.Text)
	}
	return b.String()
}
