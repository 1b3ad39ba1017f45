package presses

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Forms and buttons beside those of a card.
const (
	ActConfirm = "confirm" // the form over the editor that lists what the checks found
	ActFresh   = "fresh"   // in the editor: start again from the draft
)

// maxConfirmText is how much of the reply a confirmation repeats. It is sent as
// an answer, which Slack drops at 20 KiB.
const maxConfirmText = 1500

// confirmation is the form over the editor: what the checks found in the text
// as the person wrote it. Sending it sends that text; going back keeps it.
func (f Form) confirmation(k kept, found []pipeline.Finding) api.ModalViewRequest {
	f.Kind, f.Edit = ActConfirm, k.id
	p := layout.Part{Lines: []layout.Runs{{layout.Bold("Your text was checked again. Before it is sent:")}}}
	for i, x := range cards.Gravest(found) {
		if i == 2*cards.MaxFindings {
			p.Add(layout.Textf("… and %d more", len(found)-i))
			break
		}
		p.Add(cards.Finding(x, "")...)
	}
	if h := layout.HostList(k.text); h != "" {
		p.Add(layout.Bold("Links lead to: "), layout.Text(h))
	}
	body, _ := layout.Clean(k.text)
	reply := layout.Part{Quote: true, Lines: []layout.Runs{{layout.Text(cmp.Or(layout.CutTo(strings.TrimSpace(body), maxConfirmText, "in the form behind this one: press Back"), "(nothing that can be seen)"))}}}
	title := layout.Part{Lines: []layout.Runs{{layout.Bold("The reply"), layout.Text(fmt.Sprintf(", %d characters", layout.Units(k.text)))}}}
	blocks := []api.Block{p.Rich(), api.NewDividerBlock(), title.Rich(), reply.Rich()}
	v := f.view("Confirm & send", blocks...)
	v.Close = layout.Plain("Back")
	return v
}

// checked keeps an edited text, runs the guards over it, and says what else the
// person has to see before it is sent: blocked texts are Invalid.
func (c *Presses) checked(ctx context.Context, f Form, person, reply string) (kept, []pipeline.Finding, error) {
	if strings.TrimSpace(reply) == "" {
		return kept{}, nil, pipeline.Errorf(pipeline.Invalid, "The reply is empty. Write it, or reject the draft.")
	}
	k, err := saveEdit(ctx, c.Pool, f.Draft, person, client.Storable(reply))
	if err != nil {
		c.Log.Warn("edited text not kept", "draft", f.Draft, "error", err) // the form still holds it
		k = kept{text: reply}
	}
	found, err := c.reviewer.Check(ctx, f.Draft, reply)
	if err != nil {
		return k, nil, err
	}
	var blocks []string
	var ask []pipeline.Finding
	for _, x := range found {
		if x.Severity == pipeline.Block {
			blocks = append(blocks, layout.Line(x.Detail, 300))
			continue
		}
		ask = append(ask, x)
	}
	if len(blocks) > 0 {
		return k, nil, pipeline.Errorf(pipeline.Invalid, "Not sent: %s", strings.Join(blocks, " "))
	}
	if k.id == "" { // it cannot be asked about what cannot be named
		return k, nil, pipeline.Errorf(pipeline.Unavailable, "The text could not be kept. Nothing was sent; try again.")
	}
	return k, ask, nil
}

// wording is the decision that sends an edited text: an unchanged one is an
// approval of the draft.
func (c *Presses) wording(ctx context.Context, f Form, reply string) (pipeline.Decision, error) {
	r, err := c.reviewer.Find(ctx, f.Draft)
	if err != nil {
		return pipeline.Decision{}, err
	}
	if r.Draft.Abstained == "" && reply == r.Draft.Text() {
		return pipeline.Decision{Kind: pipeline.Approve}, nil
	}
	return pipeline.Decision{Kind: pipeline.Edit, Text: reply}, nil
}

// confirmed is the decision of a person who saw the findings: it sends the very
// text they were found in.
func (c *Presses) confirmed(ctx context.Context, f Form, person string) (pipeline.Decision, error) {
	k, ok, err := findEdit(ctx, c.Pool, f.Draft, person)
	if err != nil {
		return pipeline.Decision{}, err
	}
	if !ok || k.id != f.Edit {
		return pipeline.Decision{}, pipeline.Errorf(pipeline.Conflict, "The text changed in another window, or was sent already. Go back and look.")
	}
	return c.wording(ctx, f, k.text)
}

// startAgain puts the draft's own text back into an open editor.
func (c *Presses) startAgain(ctx context.Context, in client.Interaction, f Form) {
	var old Form
	if readForm(in.View.PrivateMetadata, &old) {
		f.Round = old.Round + 1
	}
	f.Kind = cards.ActEdit
	if err := dropEdit(ctx, c.Pool, f.Draft, in.User.ID); err != nil {
		c.Log.Warn("kept text not dropped", "draft", f.Draft, "error", err)
	}
	view, err := c.prepare(ctx, in, f)
	if err != nil {
		view = f.Note(c.sayable(err, f.Draft))
	}
	c.Rewrite(ctx, in.View.ID, "", view)
}
