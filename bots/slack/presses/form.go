package presses

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// maxEdit is the longest reply that a form takes: two inputs.
const maxEdit = 2 * layout.MaxInput

// Inputs of the forms: their action ids.
const (
	InReply  = "reply"
	InRest   = "reply_rest" // the second half of a long reply
	InReason = "reason"
	InDetail = "detail"
	InHint   = "hint"
)

// Form is what a modal carries in its private metadata: identifiers only, and
// how the two halves of a long reply were joined.
type Form struct {
	Kind  string              `json:"k"` // edit, reject, redraft, confirm: also the callback id
	Draft string              `json:"d"`
	Hash  string              `json:"h,omitempty"`
	Seen  pipeline.DraftState `json:"s,omitempty"`
	Joint string              `json:"j,omitempty"`
	Edit  string              `json:"e,omitempty"` // confirm: the kept text
	Round int                 `json:"n,omitempty"` // raised by each rewriting, so that inputs show what they are given
}

// typed is what a person has written into a form.
type typed struct {
	reply, Reason, Detail, hint string
	length                      string // of a snooze
	to                          string // whom a ticket is handed off to
	looked                      bool
}

func (f Form) title() string {
	switch f.Kind {
	case cards.ActReject:
		return "Reject draft"
	case cards.ActRedraft:
		return "Ask for a redraft"
	case cards.ActSnooze:
		return "Snooze the ticket"
	case cards.ActHandOff:
		return "Hand the ticket off"
	case cards.ActReceipts:
		return "What it rests on"
	case ActConfirm:
		return "Look before you send"
	}
	return "Edit reply"
}

func (f Form) view(submit string, blocks ...api.Block) api.ModalViewRequest {
	private, err := json.Marshal(f)
	if err != nil { // strings and ints always marshal
		panic(err)
	}
	v := api.ModalViewRequest{Type: api.VTModal, Title: layout.Plain(f.title()), Close: layout.Plain("Cancel"), CallbackID: f.Kind,
		PrivateMetadata: string(private), Blocks: api.Blocks{BlockSet: blocks}}
	if submit != "" {
		v.Submit = layout.Plain(submit)
	}
	return v
}

// loading is the form before it is known what goes in: it is opened at once,
// since the permission to open lives three seconds.
func (f Form) loading() api.ModalViewRequest { return f.Note("One moment…") }

// Note is a form that only says something.
func (f Form) Note(s string) api.ModalViewRequest {
	v := f.view("", api.NewSectionBlock(layout.Plain(cmp.Or(layout.Line(s, 1000), "…")), nil, nil))
	v.Close = layout.Plain("Close")
	return v
}

// fill is the form to be filled in. problem, if any, says why it is shown again.
func (f Form) fill(r pipeline.Review, t typed, problem string) api.ModalViewRequest {
	var head []api.Block
	if problem = layout.Line(problem, 1500); problem != "" {
		head = append(head, api.NewSectionBlock(layout.Plain(problem), nil, nil), api.NewDividerBlock())
	}
	switch f.Kind {
	case cards.ActReject:
		return f.view("Reject", append(head, f.rejection(t)...)...)
	case cards.ActRedraft:
		in := f.Input(InHint, "What should be different?", "Say it as you would to a colleague.", t.hint, 1000)
		return f.view("Redraft", append(head, in)...)
	case cards.ActSnooze:
		return f.view("Snooze", append(head, f.snoozing(t))...)
	}
	return f.edit(r, t, head)
}

// receipts shows what each sentence rests on; there is nothing to fill in.
func (f Form) receipts(r pipeline.Review) api.ModalViewRequest {
	var blocks []api.Block
	for _, p := range cards.Receipts(r) {
		blocks = append(blocks, p.Rich())
	}
	v := f.view("", blocks...)
	v.Close = layout.Plain("Close")
	return v
}

// roomy is the length from which an editor has a second input to go on in.
const roomy = 2400

// edit shows the question, the reply in one or two inputs, and the sources.
func (f Form) edit(r pipeline.Review, t typed, blocks []api.Block) api.ModalViewRequest {
	a, joint, b, ok := split(t.reply)
	if !ok {
		return f.Note("This reply is too long to edit in Slack. Open it in the console.")
	}
	if q, ok := cards.Question(r, false); ok {
		blocks = append(blocks, q.Rich())
	}
	label := "Reply to " + cmp.Or(layout.Line(r.Ticket.Requester.Name, 60), "the customer")
	switch {
	case b == "" && layout.Units(a) < roomy:
		blocks = append(blocks, f.Input(InReply, label, "", a, layout.MaxInput))
	case b == "":
		f.Joint = "\n\n"
		more := f.Input(InRest, "Go on here if it gets longer than the field above", "", "", layout.MaxInput)
		more.Optional = true
		blocks = append(blocks, f.Input(InReply, label, "", a, layout.MaxInput), more)
	default:
		f.Joint = joint
		second := f.Input(InRest, label+", second part", "", b, layout.MaxInput)
		second.Optional = true
		blocks = append(blocks, f.Input(InReply, label+", first part", "", a, layout.MaxInput), second)
	}
	if r.Unsure() {
		blocks = append(blocks, f.lookedBox(t))
	}
	below := cards.Sources(r.Draft)
	if !cards.Writes(r) { // else they are about words that are not sent
		below = append(cards.Findings(r.Draft, "Look before you approve"), below...)
	}
	for _, p := range below {
		blocks = append(blocks, p.Rich())
	}
	v := f.view("Approve & send", blocks...)
	if cards.Writes(r) {
		v.Title = layout.Plain("Write the reply")
	}
	return v
}

// offer is the editor with a text that the person wrote before and that was not
// sent, and a way back to the draft.
func (f Form) offer(r pipeline.Review, k kept) api.ModalViewRequest {
	v := f.fill(r, typed{reply: k.text}, "This is your text of "+k.at.UTC().Format("2 Jan 15:04 UTC")+". It was not sent.")
	if v.Submit == nil {
		return v // too long for a form
	}
	again := api.NewButtonBlockElement(ActFresh, f.Draft+":"+f.Hash, layout.Plain("Start again from the draft"))
	row := api.NewActionBlock(fmt.Sprintf("seen:%s:%d", f.Seen, f.Round), again)
	v.Blocks.BlockSet = append([]api.Block{v.Blocks.BlockSet[0], row}, v.Blocks.BlockSet[1:]...)
	return v
}

// reasons are why drafts are rejected, in the order shown.
var reasons = []struct{ value, label string }{
	{"wrong", "The answer is wrong"},
	{"sources", "The sources are wrong or out of date"},
	{"question", "It does not answer the question"},
	{"tone", "Tone or wording"},
	{"needless", pipeline.NoReplyNeeded},
	{"other", "Something else (say what)"},
}

func reasonLabel(value string) string {
	for _, r := range reasons {
		if r.value == value {
			return r.label
		}
	}
	return ""
}

func (f Form) rejection(t typed) []api.Block {
	pick := api.NewOptionsSelectBlockElement(api.OptTypeStatic, layout.Plain("Choose"), InReason)
	for _, r := range reasons {
		o := api.NewOptionBlockObject(r.value, layout.Plain(r.label), nil)
		pick.Options = append(pick.Options, o)
		if r.value == t.Reason {
			pick.InitialOption = o
		}
	}
	detail := f.Input(InDetail, "What is wrong, in your words", "Knowledge owners read this.", t.Detail, 1000)
	detail.Optional = true
	return []api.Block{api.NewInputBlock(f.Block(InReason), layout.Plain("Why"), nil, pick), detail}
}

func (f Form) Block(action string) string { return action + ":" + strconv.Itoa(f.Round) }

func (f Form) Input(action, label, placeholder, initial string, most int) *api.InputBlock {
	var hint *api.TextBlockObject
	if placeholder != "" {
		hint = layout.Plain(placeholder)
	}
	e := api.NewPlainTextInputBlockElement(hint, action)
	e.Multiline, e.MaxLength, e.InitialValue = true, most, initial
	return api.NewInputBlock(f.Block(action), layout.Plain(label), nil, e)
}

// split parts a reply for two inputs where it can be joined again exactly:
// a + joint + b. It parts near the middle, at a paragraph, line or word if it
// can. False when the reply is longer than two inputs.
func split(s string) (a, joint, b string, ok bool) {
	if layout.Units(s) <= layout.MaxInput {
		return s, "", "", true
	}
	if layout.Units(s) > maxEdit {
		return "", "", "", false
	}
	middle := len(s) / 2
	for _, joint := range []string{"\n\n", "\n", " "} {
		best := -1
		for i := 0; ; i++ {
			at := strings.Index(s[i:], joint)
			if at < 0 {
				break
			}
			i += at
			fits := layout.Units(s[:i]) <= layout.MaxInput && layout.Units(s[i+len(joint):]) <= layout.MaxInput && i > 0 && i+len(joint) < len(s)
			if fits && (best < 0 || abs(i-middle) < abs(best-middle)) {
				best = i
			}
		}
		if best >= 0 {
			return s[:best], joint, s[best+len(joint):], true
		}
	}
	a = layout.Prefix(s, layout.MaxInput)
	return a, "", s[len(a):], layout.Units(s[len(a):]) <= layout.MaxInput
}

func abs(n int) int { return max(n, -n) }

// join puts the halves of a reply together again.
func (f Form) join(first, rest string) string {
	if rest == "" {
		return first
	}
	return first + f.Joint + rest
}

// editable is the draft's text as a form offers it: without invisible characters.
func editable(d pipeline.Draft) string {
	s, _ := layout.Clean(d.Text())
	return s
}

// startText is what the editor opens with: the text that came back, or the draft's;
// nothing where the reply is written anew.
func startText(r pipeline.Review) string {
	switch {
	case r.State == pipeline.StateReturned && r.Text != "":
		s, _ := layout.Clean(r.Text)
		return s
	case r.Draft.Abstained != "" || r.State == pipeline.StateRejected:
		return ""
	}
	return editable(r.Draft)
}

// ReadTyped reads a submitted form.
func ReadTyped(in client.Interaction, f Form) typed {
	get := func(action string) string {
		for _, fields := range in.View.State.Values {
			if v, ok := fields[action]; ok {
				if v.Value != "" {
					return v.Value
				}
				if len(v.Ticked) > 0 {
					return v.Ticked[0].Value
				}
				return v.Selected.Value
			}
		}
		return ""
	}
	detail := strings.TrimSpace(get(InDetail) + get(InNote))
	return typed{to: get(InTo), reply: f.join(get(InReply), get(InRest)), Reason: get(InReason), Detail: detail, hint: strings.TrimSpace(get(InHint)),
		length: get(inFor), looked: get(inLooked) == "yes"}
}
