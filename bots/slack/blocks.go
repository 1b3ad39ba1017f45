package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// Buttons of a card: their action ids. Some are decisions by themselves, some
// open a form.
const (
	actClaim   = "claim"
	actRelease = "release"
	actApprove = "approve"
	actArrived = "arrived"
	actEdit    = "edit"
	actRedraft = "redraft"
	actReject  = "reject"
	actHandOff = "hand_off"
	actConsole = "console"
)

type button struct {
	action, label string
	style         api.Style
	url           string
	confirm       string // asked before; "" does not ask
	value         string
}

// buttons returns what people may do now. whole says that the draft is shown
// exactly and whole: nothing else may be approved from a card.
func buttons(r pipeline.Review, console string, whole bool) []button {
	var out []button
	add := func(action, label string, style api.Style, confirm string) {
		out = append(out, button{action: action, label: label, style: style, confirm: confirm, value: r.Draft.ID + ":" + r.ApproveHash})
	}
	edit := "Edit…"
	if r.Draft.Abstained != "" {
		edit = "Write a reply…"
	}
	state := standing(r)
	switch state {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		if state == pipeline.StateClaimed {
			add(actRelease, "Release", "", "")
		} else {
			add(actClaim, "Claim", "", "")
		}
		if r.Delivery == pipeline.DeliveryAsked && r.Unsure() {
			add(actArrived, "It arrived", api.StylePrimary, "You looked at the ticket, and the customer has this reply. It is not sent again.")
		}
		if whole && r.ApproveHash != "" && !blocked(r.Draft) {
			label, ask := "Approve & send", confirmation(r)
			style := api.StylePrimary
			switch {
			case r.Unsure(): // not what to press first
				label, style = "Send again", ""
			case state == pipeline.StateReturned:
				label = "Approve again"
			}
			add(actApprove, label, style, ask)
		}
		add(actEdit, edit, "", "")
		add(actRedraft, "Redraft…", "", "")
		add(actReject, "Reject…", api.StyleDanger, "")
		add(actHandOff, "Hand off", "", "")
	case pipeline.StateStale, pipeline.StateRejected, pipeline.StateHandedOff:
		add(actRedraft, "Redraft…", "", "")
	}
	if console != "" {
		out = append(out, button{action: actConsole, label: "View in console", url: console})
	}
	return out
}

// blocked tells whether the draft must not be sent as it is. That a reply cites
// nothing internal is checked when it is drafted and when it is approved; a card
// does not offer it either.
func blocked(d pipeline.Draft) bool {
	if quotesInternal(d) {
		return true
	}
	for _, f := range d.Findings {
		if f.Severity == pipeline.Block {
			return true
		}
	}
	return false
}

// confirmation is what a person must say yes to before approving.
func confirmation(r pipeline.Review) string {
	if r.Unsure() {
		return "The customer may already have this reply. Send it only if the ticket does not show it."
	}
	var promises []string
	for _, f := range r.Draft.Findings {
		if f.Severity == pipeline.Confirm {
			promises = append(promises, line(f.Detail, 100))
		}
	}
	if len(promises) == 0 {
		return ""
	}
	return cut("You confirm that this is right: "+strings.Join(promises, " "), 300)
}

// seenID is the id of the buttons' block: it tells the state the person saw,
// and it changes with the card, as Slack wants.
func seenID(r pipeline.Review) string {
	return fmt.Sprintf("seen:%s:%d", cmp.Or(r.State, pipeline.StateOpen), r.Draft.Version)
}

func readSeen(id string) pipeline.DraftState {
	if f := strings.Split(id, ":"); len(f) == 3 && f[0] == "seen" {
		return pipeline.DraftState(f[1])
	}
	return ""
}

// rich lays the content out as rich text, in which nothing outside people
// wrote is ever read as markup.
func (c content) rich() message {
	blocks := c.header()
	for _, p := range c.parts {
		b := p.rich()
		if len(b.Elements) == 0 {
			continue
		}
		if p.divider {
			blocks = append(blocks, api.NewDividerBlock())
		}
		blocks = append(blocks, b)
	}
	return c.finish(blocks)
}

// simple is the layout for clients or plans that refuse rich text: the same
// words in plain text.
func (c content) simple() message {
	blocks := c.header()
	for _, p := range c.parts {
		var lines []string
		for _, l := range append(slices.Clone(p.lines), p.tail...) {
			lines = append(lines, l.String())
		}
		for rest := strings.Join(lines, "\n"); rest != ""; {
			head := prefix(rest, maxSection)
			rest = rest[len(head):]
			if strings.TrimSpace(head) != "" {
				blocks = append(blocks, api.NewSectionBlock(plain(head), nil, nil))
			}
		}
	}
	return c.finish(blocks)
}

func (c content) header() []api.Block {
	if c.title == "" {
		return nil
	}
	return []api.Block{api.NewHeaderBlock(plain(c.title))}
}

func (c content) finish(blocks []api.Block) message {
	if len(c.notes) > 0 {
		var small []api.MixedElement
		for _, n := range c.notes {
			small = append(small, plain(n))
		}
		blocks = append(blocks, api.NewContextBlock("", small...))
	}
	if len(c.buttons) > 0 {
		var row []api.BlockElement
		for _, b := range c.buttons {
			row = append(row, b.element())
		}
		blocks = append(blocks, api.NewActionBlock(c.seen, row...))
	}
	return message{text: c.notice, blocks: blocks}
}

func (b button) element() api.BlockElement {
	e := api.NewButtonBlockElement(b.action, b.value, plain(b.label))
	e.Style, e.URL = b.style, b.url
	if b.confirm != "" {
		e.Confirm = api.NewConfirmationBlockObject(plain("Send this reply?"), plain(b.confirm), plain("Send"), plain("Cancel"))
	}
	return e
}

func plain(s string) *api.TextBlockObject {
	return api.NewTextBlockObject(api.PlainTextType, s, false, false)
}

func (p part) rich() *api.RichTextBlock {
	var out []api.RichTextElement
	for _, l := range p.lines {
		inline := l.elements()
		switch {
		case len(inline) == 0:
		case p.quote:
			out = append(out, &api.RichTextQuote{Type: api.RTEQuote, Elements: inline})
		default:
			out = append(out, api.NewRichTextSection(inline...))
		}
	}
	for _, l := range p.tail {
		out = append(out, api.NewRichTextSection(l.elements()...))
	}
	return api.NewRichTextBlock("", out...)
}

func (l runs) elements() []api.RichTextSectionElement {
	var out []api.RichTextSectionElement
	for i := 0; i < len(l); i++ {
		r := l[i]
		switch {
		case r.url != "":
			out = append(out, api.NewRichTextSectionLinkElement(r.url, r.text, nil))
		case !r.at.IsZero():
			format := "{date_short_pretty} at {time}"
			if r.ago {
				format = "{ago}"
			}
			out = append(out, api.NewRichTextSectionDateElement(r.at.Unix(), format, nil, &r.text))
		case r.text == "":
		case r.bold, r.code:
			out = append(out, api.NewRichTextSectionTextElement(r.text, &api.RichTextSectionTextStyle{Bold: r.bold, Code: r.code}))
		case r.gone:
			out = append(out, api.NewRichTextSectionTextElement(r.text, &api.RichTextSectionTextStyle{Strike: true}))
		default:
			out = append(out, api.NewRichTextSectionTextElement(r.text, nil))
		}
	}
	return out
}

func (l runs) String() string {
	var b strings.Builder
	for _, r := range l {
		b.WriteString(r.text)
	}
	return b.String()
}
