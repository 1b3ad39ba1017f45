package slack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// maxEdit is the longest reply that a form takes: two inputs.
const maxEdit = 2 * layout.MaxInput

// Inputs of the forms: their action ids.
const (
	inReply  = "reply"
	inRest   = "reply_rest" // the second half of a long reply
	inReason = "reason"
	inDetail = "detail"
	inHint   = "hint"
)

// form is what a modal carries in its private metadata: identifiers only, and
// how the two halves of a long reply were joined.
type form struct {
	Kind  string              `json:"k"` // edit, reject, redraft, confirm: also the callback id
	Draft string              `json:"d"`
	Hash  string              `json:"h,omitempty"`
	Seen  pipeline.DraftState `json:"s,omitempty"`
	Joint string              `json:"j,omitempty"`
	Edit  string              `json:"e,omitempty"` // confirm: the kept text
	Round int                 `json:"n,omitempty"` // raised by each rewriting, so that inputs show what they are given
}

// typed is what a person has written into a form.
type typed struct{ reply, reason, detail, hint string }

func (f form) title() string {
	switch f.Kind {
	case actReject:
		return "Reject draft"
	case actRedraft:
		return "Ask for a redraft"
	case actConfirm:
		return "Look before you send"
	}
	return "Edit reply"
}

func (f form) view(submit string, blocks ...api.Block) api.ModalViewRequest {
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
func (f form) loading() api.ModalViewRequest { return f.note("One moment…") }

// note is a form that only says something.
func (f form) note(s string) api.ModalViewRequest {
	v := f.view("", api.NewSectionBlock(layout.Plain(cmp.Or(layout.Line(s, 1000), "…")), nil, nil))
	v.Close = layout.Plain("Close")
	return v
}

// fill is the form to be filled in. problem, if any, says why it is shown again.
func (f form) fill(r pipeline.Review, t typed, problem string) api.ModalViewRequest {
	var head []api.Block
	if problem = layout.Line(problem, 1500); problem != "" {
		head = append(head, api.NewSectionBlock(layout.Plain(problem), nil, nil), api.NewDividerBlock())
	}
	switch f.Kind {
	case actReject:
		return f.view("Reject", append(head, f.rejection(t)...)...)
	case actRedraft:
		in := f.input(inHint, "What should be different?", "Say it as you would to a colleague.", t.hint, 1000)
		return f.view("Redraft", append(head, in)...)
	}
	return f.edit(r, t.reply, head)
}

// roomy is the length from which an editor has a second input to go on in.
const roomy = 2400

// edit shows the question, the reply in one or two inputs, and the sources.
func (f form) edit(r pipeline.Review, reply string, blocks []api.Block) api.ModalViewRequest {
	a, joint, b, ok := split(reply)
	if !ok {
		return f.note("This reply is too long to edit in Slack. Open it in the console.")
	}
	if q, ok := question(r, false); ok {
		blocks = append(blocks, q.Rich())
	}
	label := "Reply to " + cmp.Or(layout.Line(r.Ticket.Requester.Name, 60), "the customer")
	switch {
	case b == "" && layout.Units(a) < roomy:
		blocks = append(blocks, f.input(inReply, label, "", a, layout.MaxInput))
	case b == "":
		f.Joint = "\n\n"
		more := f.input(inRest, "Go on here if it gets longer than the field above", "", "", layout.MaxInput)
		more.Optional = true
		blocks = append(blocks, f.input(inReply, label, "", a, layout.MaxInput), more)
	default:
		f.Joint = joint
		second := f.input(inRest, label+", second part", "", b, layout.MaxInput)
		second.Optional = true
		blocks = append(blocks, f.input(inReply, label+", first part", "", a, layout.MaxInput), second)
	}
	for _, p := range append(findings(r.Draft, "Look before you approve"), sources(r.Draft)...) {
		blocks = append(blocks, p.Rich())
	}
	v := f.view("Approve & send", blocks...)
	if r.Draft.Abstained != "" {
		v.Title = layout.Plain("Write a reply")
	}
	return v
}

// offer is the editor with a text that the person wrote before and that was not
// sent, and a way back to the draft.
func (f form) offer(r pipeline.Review, k kept) api.ModalViewRequest {
	v := f.fill(r, typed{reply: k.text}, "This is your text of "+k.at.UTC().Format("2 Jan 15:04 UTC")+". It was not sent.")
	if v.Submit == nil {
		return v // too long for a form
	}
	again := api.NewButtonBlockElement(actFresh, f.Draft+":"+f.Hash, layout.Plain("Start again from the draft"))
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

func (f form) rejection(t typed) []api.Block {
	pick := api.NewOptionsSelectBlockElement(api.OptTypeStatic, layout.Plain("Choose"), inReason)
	for _, r := range reasons {
		o := api.NewOptionBlockObject(r.value, layout.Plain(r.label), nil)
		pick.Options = append(pick.Options, o)
		if r.value == t.reason {
			pick.InitialOption = o
		}
	}
	detail := f.input(inDetail, "What is wrong, in your words", "Knowledge owners read this.", t.detail, 1000)
	detail.Optional = true
	return []api.Block{api.NewInputBlock(f.block(inReason), layout.Plain("Why"), nil, pick), detail}
}

func (f form) block(action string) string { return action + ":" + strconv.Itoa(f.Round) }

func (f form) input(action, label, placeholder, initial string, most int) *api.InputBlock {
	var hint *api.TextBlockObject
	if placeholder != "" {
		hint = layout.Plain(placeholder)
	}
	e := api.NewPlainTextInputBlockElement(hint, action)
	e.Multiline, e.MaxLength, e.InitialValue = true, most, initial
	return api.NewInputBlock(f.block(action), layout.Plain(label), nil, e)
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
func (f form) join(first, rest string) string {
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

// typed reads a submitted form.
func (in interaction) typed(f form) typed {
	get := func(action string) string {
		for _, fields := range in.View.State.Values {
			if v, ok := fields[action]; ok {
				if v.Value != "" {
					return v.Value
				}
				return v.Selected.Value
			}
		}
		return ""
	}
	return typed{reply: f.join(get(inReply), get(inRest)), reason: get(inReason), detail: strings.TrimSpace(get(inDetail)), hint: strings.TrimSpace(get(inHint))}
}
