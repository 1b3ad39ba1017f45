package bottest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// SlackView is a modal as a person sees it.
type SlackView struct {
	ID, Hash, User  string
	CallbackID      string
	PrivateMetadata string
	Title, Submit   string
	Blocks          json.RawMessage
	// Errors are what the last submission was answered with, by block id.
	Errors map[string]string
	// Versions holds every content the view ever had.
	Versions []json.RawMessage
	// typed is what the person has written, by block and action: Slack's clients
	// keep it when the view is rewritten, unless the block's id changes.
	typed map[string]string
}

type slackTrigger struct {
	user string
	at   time.Time
	aged time.Duration // beyond what the clock says
	used bool
}

// trigger makes a trigger id; mu is held.
func (s *Slack) trigger(user string) string {
	id := s.id("trigger.")
	s.triggers[id] = &slackTrigger{user: user, at: s.now()}
	return id
}

// spend uses a trigger up; mu is held.
func (s *Slack) spend(id string) (string, error) {
	t, ok := s.triggers[id]
	switch {
	case !ok:
		return "", refuse("invalid_trigger_id")
	case t.used:
		return "", refuse("exchanged_trigger_id")
	case t.aged > SlackTriggerLife, !s.patient && s.now().Sub(t.at)+t.aged > SlackTriggerLife:
		return "", refuse("expired_trigger_id")
	}
	t.used = true
	return t.user, nil
}

// viewIn is what views.open and its siblings take.
type viewIn struct {
	Type            string          `json:"type"`
	Title           map[string]any  `json:"title"`
	Submit          map[string]any  `json:"submit"`
	Close           map[string]any  `json:"close"`
	Blocks          json.RawMessage `json:"blocks"`
	PrivateMetadata string          `json:"private_metadata"`
	CallbackID      string          `json:"callback_id"`
}

func readView(raw, typ string) (viewIn, error) {
	var v viewIn
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return v, refuse("invalid_arguments", "[ERROR] view is not an object [json-pointer:/view]")
	}
	code, messages := checkBlocks(v.Blocks, slackViewLimits)
	var c blockCheck
	if v.Type != typ {
		c.bad("/view/type", "must be %q", typ)
	}
	if typ == "modal" {
		c.text("/view/title", v.Title, 24, "plain_text")
		for name, o := range map[string]map[string]any{"submit": v.Submit, "close": v.Close} {
			if o != nil {
				c.text("/view/"+name, o, 24, "plain_text")
			}
		}
		if v.Submit == nil && strings.Contains(string(v.Blocks), `"type":"input"`) {
			c.bad("/view/submit", "a submit is required when input blocks are present")
		}
	}
	c.length("/view/private_metadata", v.PrivateMetadata, 0, 3000)
	c.length("/view/callback_id", v.CallbackID, 0, 255)
	if len(raw) > 250_000 {
		return v, refuse("view_too_large")
	}
	for _, m := range messages {
		c.messages = append(c.messages, strings.Replace(m, "json-pointer:/blocks", "json-pointer:/view/blocks", 1))
	}
	if code != "" || len(c.messages) > 0 {
		return v, refuse("invalid_arguments", c.messages...)
	}
	return v, nil
}

// fill puts the content into the view and gives it a new hash; mu is held.
func (s *Slack) fill(v *SlackView, in viewIn) {
	v.Hash = s.id("hash.")
	v.CallbackID, v.PrivateMetadata, v.Blocks, v.Errors = in.CallbackID, in.PrivateMetadata, in.Blocks, nil
	v.Title, _ = in.Title["text"].(string)
	v.Submit, _ = in.Submit["text"].(string)
	v.Versions = append(v.Versions, in.Blocks)
	s.touch()
}

func (s *Slack) show(user string, in viewIn, stack []string) *SlackView {
	v := &SlackView{ID: s.id("V"), User: user}
	s.views[v.ID] = v
	s.stacks[user] = append(stack, v.ID)
	s.fill(v, in)
	return v
}

func (v *SlackView) json() map[string]any {
	return map[string]any{"id": v.ID, "team_id": SlackTeam, "type": "modal", "hash": v.Hash, "callback_id": v.CallbackID, "app_id": SlackApp, "bot_id": SlackBot,
		"private_metadata": v.PrivateMetadata, "blocks": v.Blocks, "title": map[string]any{"type": "plain_text", "text": v.Title}}
}

func (s *Slack) viewsOpen(a slackArgs) (slackReply, error) {
	in, err := readView(a["view"], "modal")
	if err != nil {
		return nil, err
	}
	user, err := s.spend(a["trigger_id"])
	if err != nil {
		return nil, err
	}
	return slackReply{"view": s.show(user, in, nil).json()}, nil
}

func (s *Slack) viewsPush(a slackArgs) (slackReply, error) {
	in, err := readView(a["view"], "modal")
	if err != nil {
		return nil, err
	}
	user, err := s.spend(a["trigger_id"])
	if err != nil {
		return nil, err
	}
	if len(s.stacks[user]) >= 3 {
		return nil, refuse("push_limit_reached")
	}
	return slackReply{"view": s.show(user, in, s.stacks[user]).json()}, nil
}

func (s *Slack) viewsUpdate(a slackArgs) (slackReply, error) {
	in, err := readView(a["view"], "modal")
	if err != nil {
		return nil, err
	}
	v, ok := s.views[a["view_id"]]
	if !ok || !slices.Contains(s.stacks[v.User], v.ID) {
		return nil, refuse("not_found")
	}
	if h := a["hash"]; h != "" && h != v.Hash {
		return nil, refuse("hash_conflict")
	}
	s.fill(v, in)
	return slackReply{"view": v.json()}, nil
}

func (s *Slack) viewsPublish(a slackArgs) (slackReply, error) {
	if _, err := readView(a["view"], "home"); err != nil {
		return nil, err
	}
	if _, ok := s.users[a["user_id"]]; !ok {
		return nil, refuse("user_not_found")
	}
	s.homes[a["user_id"]] = json.RawMessage(a["view"])
	s.touch()
	return slackReply{"view": map[string]any{"id": s.id("V"), "type": "home", "hash": s.id("hash.")}}, nil
}

// input is a field of a form.
type slackInput struct {
	block, action, typ, initial string
	optional                    bool
	most                        int
}

// Fields returns the view's inputs: action id → what is in it now.
func (v SlackView) Fields() map[string]string {
	out := map[string]string{}
	for _, in := range v.inputs() {
		out[in.action] = in.initial
	}
	return out
}

// Block returns the id of the block that holds the input.
func (v SlackView) Block(action string) string {
	for _, in := range v.inputs() {
		if in.action == action {
			return in.block
		}
	}
	return ""
}

// Strings returns everything a person can read in the view.
func (v SlackView) Strings() []string { return SlackMessage{Blocks: v.Blocks}.Strings() }

func (v SlackView) inputs() []slackInput {
	var blocks []struct {
		Type     string         `json:"type"`
		BlockID  string         `json:"block_id"`
		Optional bool           `json:"optional"`
		Element  map[string]any `json:"element"`
	}
	if json.Unmarshal(v.Blocks, &blocks) != nil {
		return nil
	}
	var out []slackInput
	for _, b := range blocks {
		if b.Type != "input" {
			continue
		}
		in := slackInput{block: b.BlockID, optional: b.Optional, most: 3000}
		in.action, _ = b.Element["action_id"].(string)
		in.typ, _ = b.Element["type"].(string)
		in.initial, _ = b.Element["initial_value"].(string)
		if o, ok := b.Element["initial_option"].(map[string]any); ok {
			in.initial, _ = o["value"].(string)
		}
		if t, ok := v.typed[in.block+"/"+in.action]; ok {
			in.initial = t
		}
		if n, ok := b.Element["max_length"].(float64); ok {
			in.most = int(n)
		}
		out = append(out, in)
	}
	return out
}

// keep remembers what the person wrote into the form; mu is held.
func (v *SlackView) keep(values map[string]string) {
	typed := maps.Clone(v.typed) // copies of the view may be read meanwhile
	if typed == nil {
		typed = map[string]string{}
	}
	for _, in := range v.inputs() {
		if val, ok := values[in.action]; ok {
			typed[in.block+"/"+in.action] = val
		}
	}
	v.typed = typed
}

// state builds what Slack sends of a form; a person cannot submit what the
// form itself refuses.
func (v SlackView) state(values map[string]string) (map[string]any, error) {
	out := map[string]any{}
	for _, in := range v.inputs() {
		val, ok := values[in.action]
		if !ok {
			val = in.initial
		}
		switch {
		case val == "" && !in.optional:
			return nil, fmt.Errorf("the form wants %q to be filled in", in.action)
		case in.typ == "plain_text_input" && units(val) > in.most:
			return nil, fmt.Errorf("the form takes at most %d characters in %q", in.most, in.action)
		}
		e := map[string]any{"type": in.typ}
		switch {
		case in.typ == "static_select" && val != "":
			e["selected_option"] = map[string]any{"value": val, "text": map[string]any{"type": "plain_text", "text": val}}
		case in.typ == "static_select":
			e["selected_option"] = nil
		case in.typ == "checkboxes" && val != "":
			e["selected_options"] = []any{map[string]any{"value": val, "text": map[string]any{"type": "plain_text", "text": val}}}
		case in.typ == "checkboxes":
			e["selected_options"] = []any{}
		case val == "":
			e["value"] = nil
		default:
			e["value"] = val
		}
		out[in.block] = map[string]any{in.action: e}
	}
	return out, nil
}
