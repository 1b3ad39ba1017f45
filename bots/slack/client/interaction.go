package client

import (
	"encoding/json"
	"strings"

	"footnote/bots/slack/words"
)

// Interaction is what this package reads of a press or a submission. The
// client library's own type also reads blocks, and fails on ones it does not
// know.
type Interaction struct {
	Type        string `json:"type"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	CallbackID  string `json:"callback_id"`
	ActionTS    string `json:"action_ts"`
	Message     struct {
		TS string `json:"ts"`
		words.Message
	} `json:"message"`
	User struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Actions []struct {
		ActionID string `json:"action_id"`
		BlockID  string `json:"block_id"`
		Value    string `json:"value"`
		ActionTS string `json:"action_ts"`
	} `json:"actions"`
	View struct {
		ID              string `json:"id"`
		Hash            string `json:"hash"`
		CallbackID      string `json:"callback_id"`
		PrivateMetadata string `json:"private_metadata"`
		State           struct {
			Values map[string]map[string]field `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// field is one filled-in input.
type field struct {
	Value    string `json:"value"`
	Selected struct {
		Value string `json:"value"`
	} `json:"selected_option"`
	Ticked []struct {
		Value string `json:"value"`
	} `json:"selected_options"`
}

func ReadInteraction(raw []byte) (Interaction, error) {
	var in Interaction
	err := json.Unmarshal(raw, &in)
	return in, err
}

// ID names the press, whichever way and however often it is delivered; "" when
// nothing in it does.
func (in Interaction) ID() string {
	if in.TriggerID != "" {
		return "press/" + in.TriggerID
	}
	if len(in.Actions) > 0 && in.Actions[0].ActionTS != "" {
		return "press/" + in.User.ID + "/" + in.Channel.ID + "/" + in.Actions[0].ActionTS
	}
	return ""
}

// Target reads a button's value: the draft and the hash of the reply that the
// person saw.
func Target(value string) (draft, hash string, ok bool) {
	draft, hash, ok = strings.Cut(value, ":")
	return draft, hash, ok && draft != ""
}
