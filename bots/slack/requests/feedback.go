package requests

import (
	"context"
	"encoding/json"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// FormFeedback is the callback id of the form that asks for the reason.
const FormFeedback = "answer_feedback"

// feedback is what one person thought of one answer.
type feedback struct {
	ref, user, agent string
	good             bool
	reason           string
}

// Pressed carries out presses that are not about a card; false for
// those of cards.
func (c *Requests) Pressed(ctx context.Context, in client.Interaction) bool {
	a := in.Actions[0]
	good, ref := a.ActionID == layout.ActGood, a.Value
	switch a.ActionID {
	case layout.ActRefresh:
		c.ShowHome(ctx, in.User.ID, in.User.TeamID)
		return true
	case layout.ActFeedback:
		word, rest, _ := strings.Cut(a.Value, ":")
		good, ref = word == "good", rest
	case layout.ActGood, layout.ActBad:
	default:
		return false
	}
	c.judged(ctx, in, feedback{ref: ref, user: in.User.ID, good: good})
	return true
}

// judged keeps a person's word on an answer; after a bad one it asks why. The
// word is kept first, so that it counts whether or not a reason follows.
func (c *Requests) judged(ctx context.Context, in client.Interaction, f feedback) {
	if id := in.ID(); id != "" {
		if first, err := client.FirstSight(ctx, c.Pool, id); err == nil && !first { // an error: keeping a word twice is one word
			c.Count("duplicate")
			return
		}
	}
	view := ""
	if !f.good { // the permission to open a form lives three seconds
		v, err := c.API.OpenViewContext(ctx, in.TriggerID, f.view())
		if _, code := client.Classify(err); code == "exchanged_trigger_id" {
			c.Count("duplicate")
			return
		}
		if err == nil {
			view = v.View.ID
		}
	}
	err := c.keepFeedback(ctx, in, f)
	switch {
	case err != nil && view != "":
		say := c.explained(ctx, request{surface: fromFeedback, user: in.User.ID, team: in.User.TeamID, channel: in.Channel.ID}, err)
		c.presses.Rewrite(ctx, view, "", presses.Form{Kind: FormFeedback}.Note(say))
	case err != nil:
		c.Tell(ctx, in, c.explained(ctx, request{surface: fromFeedback, user: in.User.ID, team: in.User.TeamID, channel: in.Channel.ID}, err))
	case f.good:
		c.Tell(ctx, in, "Thank you. Noted as helpful.")
	case view == "":
		c.Tell(ctx, in, "Noted as not helpful. Slack did not open the form for the reason; press again to say why.")
	}
}

// keepFeedback checks who it is and that the answer exists, and saves.
func (c *Requests) keepFeedback(ctx context.Context, in client.Interaction, f feedback) error {
	by, err := c.Agent(ctx, in.User.ID, in.User.TeamID)
	if err != nil {
		return err
	}
	if _, err := findRequest(ctx, c.Pool, f.ref); err != nil {
		return err
	}
	f.agent = by.ID
	err = saveFeedback(ctx, c.Pool, f)
	c.Log.Debug("feedback taken", "reference", f.ref, "good", f.good, "error", err)
	return err
}

// flaws are what may be wrong with an answer, in the order shown.
var flaws = []struct{ value, label string }{
	{"wrong", "The answer is wrong"},
	{"sources", "The sources are wrong or out of date"},
	{"question", "It does not answer the question"},
	{"missing", "Something is missing in the knowledge"},
	{"other", "Something else (say what)"},
}

// view is the form for the reason.
func (f feedback) view() api.ModalViewRequest {
	private, err := json.Marshal(map[string]string{"ref": f.ref})
	if err != nil { // strings always marshal
		panic(err)
	}
	pick := api.NewOptionsSelectBlockElement(api.OptTypeStatic, layout.Plain("Choose"), presses.InReason)
	for _, x := range flaws {
		pick.Options = append(pick.Options, api.NewOptionBlockObject(x.value, layout.Plain(x.label), nil))
	}
	more := presses.Form{}.Input(presses.InDetail, "In your words", "Knowledge owners read this.", "", 1000)
	more.Optional = true
	return api.ModalViewRequest{Type: api.VTModal, Title: layout.Plain("What was wrong?"), Submit: layout.Plain("Send"), Close: layout.Plain("Cancel"), CallbackID: FormFeedback,
		PrivateMetadata: string(private), Blocks: api.Blocks{BlockSet: []api.Block{api.NewInputBlock(presses.Form{}.Block(presses.InReason), layout.Plain("What was wrong"), nil, pick), more}}}
}

// Explained takes the submitted form: nil closes it, an error keeps it open
// with what the person wrote.
func (c *Requests) Explained(ctx context.Context, in client.Interaction) any {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	var private struct {
		Ref string `json:"ref"`
	}
	t := presses.ReadTyped(in, presses.Form{})
	label := ""
	for _, x := range flaws {
		if x.value == t.Reason && x.value != "other" {
			label = x.label
		}
	}
	problem := ""
	if label == "" && t.Detail == "" {
		problem = "Say in a few words what was wrong."
	} else if err := json.Unmarshal([]byte(in.View.PrivateMetadata), &private); err != nil {
		c.Count("unreadable")
		problem = "This form is damaged. Close it and press the button again."
	} else if err := c.keepFeedback(ctx, in, feedback{ref: private.Ref, user: in.User.ID, reason: strings.Trim(label+": "+t.Detail, ": ")}); err != nil {
		problem = c.explained(ctx, request{surface: fromFeedback, user: in.User.ID, team: in.User.TeamID}, err)
	}
	if problem == "" {
		return nil
	}
	return api.NewErrorsViewSubmissionResponse(map[string]string{presses.Form{}.Block(presses.InDetail): layout.Cut(problem, 1500)})
}

// Reacted counts a configured emoji on one of our answers as a person's word.
func (c *Requests) Reacted(ctx context.Context, e client.Event) {
	var in struct {
		Event struct {
			Reaction string `json:"reaction"`
			ItemUser string `json:"item_user"`
			Item     struct {
				Type    string `json:"type"`
				Channel string `json:"channel"`
				TS      string `json:"ts"`
			} `json:"item"`
		} `json:"event"`
	}
	if err := json.Unmarshal(e.Raw, &in); err != nil {
		c.Count("unreadable")
		return
	}
	name, _, _ := strings.Cut(in.Event.Reaction, "::") // skin tones
	word, ok := c.cfg.Reactions[name]
	if !ok || in.Event.Item.Type != "message" {
		return
	}
	r, err := requestAt(ctx, c.Pool, in.Event.Item.Channel, in.Event.Item.TS)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return // somebody else's message
	}
	user := client.IDOf(e.Event.User)
	press := client.Interaction{}
	press.User.ID, press.Channel.ID = user, in.Event.Item.Channel
	f := feedback{ref: r.ref, user: user, good: word == "good"}
	if err == nil {
		if e.Event.Type == "reaction_removed" {
			err = removeFeedback(ctx, c.Pool, f)
		} else {
			err = c.keepFeedback(ctx, press, f)
		}
	}
	if err != nil {
		c.Tell(ctx, press, c.explained(ctx, request{surface: fromFeedback, user: user, channel: press.Channel.ID}, err))
		return
	}
	c.Log.Debug("reaction counted", "reference", r.ref, "word", word)
}
