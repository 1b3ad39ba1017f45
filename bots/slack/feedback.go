package slack

import (
	"context"
	"encoding/json"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// formFeedback is the callback id of the form that asks for the reason.
const formFeedback = "answer_feedback"

// feedback is what one person thought of one answer.
type feedback struct {
	ref, user, agent string
	good             bool
	reason           string
}

// pressedElsewhere carries out presses that are not about a card; false for
// those of cards.
func (c *Chat) pressedElsewhere(ctx context.Context, in interaction) bool {
	a := in.Actions[0]
	good, ref := a.ActionID == layout.ActGood, a.Value
	switch a.ActionID {
	case layout.ActRefresh:
		c.showHome(ctx, in.User.ID, in.User.TeamID)
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
func (c *Chat) judged(ctx context.Context, in interaction, f feedback) {
	if id := in.id(); id != "" {
		if first, err := firstSight(ctx, c.pool, id); err == nil && !first { // an error: keeping a word twice is one word
			c.status.count("duplicate")
			return
		}
	}
	view := ""
	if !f.good { // the permission to open a form lives three seconds
		v, err := c.api.OpenViewContext(ctx, in.TriggerID, f.view())
		if _, code := classify(err); code == "exchanged_trigger_id" {
			c.status.count("duplicate")
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
		c.rewrite(ctx, view, "", form{Kind: formFeedback}.note(say))
	case err != nil:
		c.tell(ctx, in, c.explained(ctx, request{surface: fromFeedback, user: in.User.ID, team: in.User.TeamID, channel: in.Channel.ID}, err))
	case f.good:
		c.tell(ctx, in, "Thank you. Noted as helpful.")
	case view == "":
		c.tell(ctx, in, "Noted as not helpful. Slack did not open the form for the reason; press again to say why.")
	}
}

// keepFeedback checks who it is and that the answer exists, and saves.
func (c *Chat) keepFeedback(ctx context.Context, in interaction, f feedback) error {
	by, err := c.agent(ctx, in.User.ID, in.User.TeamID)
	if err != nil {
		return err
	}
	if _, err := findRequest(ctx, c.pool, f.ref); err != nil {
		return err
	}
	f.agent = by.ID
	err = saveFeedback(ctx, c.pool, f)
	c.log.Debug("feedback taken", "reference", f.ref, "good", f.good, "error", err)
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
	pick := api.NewOptionsSelectBlockElement(api.OptTypeStatic, layout.Plain("Choose"), inReason)
	for _, x := range flaws {
		pick.Options = append(pick.Options, api.NewOptionBlockObject(x.value, layout.Plain(x.label), nil))
	}
	more := form{}.input(inDetail, "In your words", "Knowledge owners read this.", "", 1000)
	more.Optional = true
	return api.ModalViewRequest{Type: api.VTModal, Title: layout.Plain("What was wrong?"), Submit: layout.Plain("Send"), Close: layout.Plain("Cancel"), CallbackID: formFeedback,
		PrivateMetadata: string(private), Blocks: api.Blocks{BlockSet: []api.Block{api.NewInputBlock(form{}.block(inReason), layout.Plain("What was wrong"), nil, pick), more}}}
}

// explainedFlaw takes the submitted form: nil closes it, an error keeps it open
// with what the person wrote.
func (c *Chat) explainedFlaw(ctx context.Context, in interaction) any {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	var private struct {
		Ref string `json:"ref"`
	}
	t := in.typed(form{})
	label := ""
	for _, x := range flaws {
		if x.value == t.reason && x.value != "other" {
			label = x.label
		}
	}
	problem := ""
	if label == "" && t.detail == "" {
		problem = "Say in a few words what was wrong."
	} else if err := json.Unmarshal([]byte(in.View.PrivateMetadata), &private); err != nil {
		c.status.count("unreadable")
		problem = "This form is damaged. Close it and press the button again."
	} else if err := c.keepFeedback(ctx, in, feedback{ref: private.Ref, user: in.User.ID, reason: strings.Trim(label+": "+t.detail, ": ")}); err != nil {
		problem = c.explained(ctx, request{surface: fromFeedback, user: in.User.ID, team: in.User.TeamID}, err)
	}
	if problem == "" {
		return nil
	}
	return api.NewErrorsViewSubmissionResponse(map[string]string{form{}.block(inDetail): layout.Cut(problem, 1500)})
}

// reacted counts a configured emoji on one of our answers as a person's word.
func (c *Chat) reacted(ctx context.Context, e event) {
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
	if err := json.Unmarshal(e.raw, &in); err != nil {
		c.status.count("unreadable")
		return
	}
	name, _, _ := strings.Cut(in.Event.Reaction, "::") // skin tones
	word, ok := c.cfg.Reactions[name]
	if !ok || in.Event.Item.Type != "message" {
		return
	}
	r, err := requestAt(ctx, c.pool, in.Event.Item.Channel, in.Event.Item.TS)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return // somebody else's message
	}
	user := idOf(e.Event.User)
	press := interaction{}
	press.User.ID, press.Channel.ID = user, in.Event.Item.Channel
	f := feedback{ref: r.ref, user: user, good: word == "good"}
	if err == nil {
		if e.Event.Type == "reaction_removed" {
			err = removeFeedback(ctx, c.pool, f)
		} else {
			err = c.keepFeedback(ctx, press, f)
		}
	}
	if err != nil {
		c.tell(ctx, press, c.explained(ctx, request{surface: fromFeedback, user: user, channel: press.Channel.ID}, err))
		return
	}
	c.log.Debug("reaction counted", "reference", r.ref, "word", word)
}
