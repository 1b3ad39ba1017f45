package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Preview is one message, form or tab as a chat is sent it, for looking at.
type Preview struct {
	Name    string // "card-typical"
	Surface string // message, modal or home
	JSON    []byte // Block Kit: {"text", "blocks"} or a view
}

type previewPage struct {
	frame
	Sheet string // the style of the page
	Names []string
	Shown []previewView
}

// previewView is a Preview laid out.
type previewView struct {
	Name, Surface string
	Notice        string // message: the notification
	Title         string // modal
	Submit, Close string
	Blocks        []blockView
	Count, Runes  int
	Bytes         int
	Source        string
}

// blockView is one block; Kind is Block Kit's type.
type blockView struct {
	Kind    string
	Lines   []lineView
	Buttons []blockButton
	Input   *blockInput
}

type lineView struct {
	Kind string // section, quote, preformatted, list
	Runs []runView
}

type runView struct {
	Text         string
	Bold, Struck bool
	Code         bool
	URL          string // a link
	Ping         string // a mention that Slack would act on: there should be none
	Markup       bool   // mrkdwn, which outside text should never stand in
}

type blockButton struct {
	Label, Style, URL, Asks string
}

type blockInput struct {
	Label, Hint, Value, Placeholder string
	Optional                        bool
	Options                         []string
	Boxes                           bool // to tick; else one is chosen
	Rows                            int
}

// slackPreview shows what chats are sent, for people who work on it. It is
// there in development mode only.
func (c *Console) slackPreview(w http.ResponseWriter, r *http.Request) error {
	if c.Previews == nil {
		return c.noSuchPage(w, r)
	}
	list, err := c.Previews()
	if err != nil {
		return fmt.Errorf("render previews: %w", err)
	}
	p := previewPage{frame: c.frame(r, "Slack preview", ""), Sheet: c.assetPath("blockkit.css")}
	only := r.URL.Query().Get("only")
	for _, s := range list {
		p.Names = append(p.Names, s.Name)
		if only != "" && only != s.Name {
			continue
		}
		v, err := layOut(s)
		if err != nil {
			return fmt.Errorf("lay out %s: %w", s.Name, err)
		}
		if only == "" { // a page of all JSON would be long
			v.Source = ""
		}
		p.Shown = append(p.Shown, v)
	}
	return c.render(w, http.StatusOK, "blockkit", p)
}

// kit is the part of Block Kit that the preview knows; what it does not know is
// shown as a block of an unknown kind.
type kit struct {
	Type     string    `json:"type"`
	Text     kitText   `json:"text"`
	Title    kitText   `json:"title"`
	Submit   kitText   `json:"submit"`
	Close    kitText   `json:"close"`
	Blocks   []kit     `json:"blocks"`
	Elements []kit     `json:"elements"`
	Fields   []kitText `json:"fields"`
	Label    kitText   `json:"label"`
	Hint     kitText   `json:"hint"`
	Optional bool      `json:"optional"`
	Element  *kit      `json:"element"`

	URL         string  `json:"url"`
	Fallback    string  `json:"fallback"`
	Initial     string  `json:"initial_value"`
	Placeholder kitText `json:"placeholder"`
	Options     []struct {
		Text kitText `json:"text"`
	} `json:"options"`
	Confirm *struct {
		Title kitText `json:"title"`
		Text  kitText `json:"text"`
	} `json:"confirm"`
	Positive *struct {
		Text kitText `json:"text"`
	} `json:"positive_button"`
	Negative *struct {
		Text kitText `json:"text"`
	} `json:"negative_button"`
	Style json.RawMessage `json:"style"` // a word on buttons, an object on text
}

// kitText is a text object, or the bare string of a rich text element.
type kitText struct {
	Type, Text string
}

func (t *kitText) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &t.Text)
	}
	var o struct{ Type, Text string }
	err := json.Unmarshal(raw, &o)
	*t = kitText(o)
	return err
}

func layOut(s Preview) (previewView, error) {
	var k kit
	if err := json.Unmarshal(s.JSON, &k); err != nil {
		return previewView{}, err
	}
	v := previewView{Name: s.Name, Surface: s.Surface, Notice: unescape(k.Text.Text), Title: k.Title.Text, Submit: k.Submit.Text, Close: k.Close.Text,
		Count: len(k.Blocks), Bytes: len(s.JSON), Source: string(s.JSON)}
	for _, b := range k.Blocks {
		v.Blocks = append(v.Blocks, b.view())
	}
	for _, b := range v.Blocks {
		for _, l := range b.Lines {
			for _, x := range l.Runs {
				v.Runes += utf8.RuneCountInString(x.Text)
			}
		}
	}
	return v, nil
}

// unescape undoes the escaping of notifications, which Slack shows unescaped.
func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

func (k kit) view() blockView {
	v := blockView{Kind: k.Type}
	switch k.Type {
	case "header", "section":
		v.text(k.Text)
		for _, f := range k.Fields {
			v.text(f)
		}
	case "context":
		for _, e := range k.Elements {
			v.text(kitText{Type: e.Type, Text: e.Text.Text})
		}
	case "rich_text":
		for _, e := range k.Elements {
			v.rich(e, strings.TrimPrefix(e.Type, "rich_text_"))
		}
	case "actions", "context_actions":
		for _, e := range k.Elements {
			v.Buttons = append(v.Buttons, e.buttons()...)
		}
	case "input":
		v.Input = k.input()
	case "divider":
	default:
		v.Lines = []lineView{{Kind: "section", Runs: []runView{{Text: "a block of the kind " + k.Type + ", which the preview does not know", Markup: true}}}}
	}
	return v
}

func (v *blockView) text(t kitText) {
	if t.Text != "" {
		v.Lines = append(v.Lines, lineView{Kind: "section", Runs: []runView{{Text: t.Text, Markup: t.Type == "mrkdwn"}}})
	}
}

func (v *blockView) rich(e kit, kind string) {
	l := lineView{Kind: kind}
	for _, x := range e.Elements {
		switch x.Type {
		case "rich_text_section": // an item of a list
			v.rich(x, kind)
		default:
			l.Runs = append(l.Runs, x.run())
		}
	}
	if len(l.Runs) > 0 {
		v.Lines = append(v.Lines, l)
	}
}

func (k kit) run() runView {
	var style struct{ Bold, Strike, Code bool }
	_ = json.Unmarshal(k.Style, &style) // absent on most
	r := runView{Text: k.Text.Text, Bold: style.Bold, Struck: style.Strike, Code: style.Code}
	switch k.Type {
	case "text":
	case "link":
		r.URL = k.URL
		if r.Text == "" {
			r.Text = k.URL
		}
	case "date":
		r.Text = k.Fallback
	default: // user, usergroup, channel, broadcast
		r.Ping = k.Type
	}
	return r
}

func (k kit) buttons() []blockButton {
	if k.Type == "feedback_buttons" && k.Positive != nil && k.Negative != nil {
		return []blockButton{{Label: k.Positive.Text.Text}, {Label: k.Negative.Text.Text}}
	}
	b := blockButton{Label: k.Text.Text, URL: k.URL}
	_ = json.Unmarshal(k.Style, &b.Style) // absent on most
	if k.Confirm != nil {
		b.Asks = k.Confirm.Title.Text + " " + k.Confirm.Text.Text
	}
	return []blockButton{b}
}

func (k kit) input() *blockInput {
	in := &blockInput{Label: k.Label.Text, Hint: k.Hint.Text, Optional: k.Optional}
	if e := k.Element; e != nil {
		in.Value, in.Placeholder, in.Boxes = e.Initial, e.Placeholder.Text, e.Type == "checkboxes"
		for _, o := range e.Options {
			in.Options = append(in.Options, o.Text.Text)
		}
	}
	in.Rows = min(14, max(3, strings.Count(in.Value, "\n")+len(in.Value)/70+1))
	return in
}
