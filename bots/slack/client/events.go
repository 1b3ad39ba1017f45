package client

import "encoding/json"

// Event is what this package reads of an event of Slack's Events API.
type Event struct {
	Type      string `json:"type"` // event_callback, url_verification, app_rate_limited
	Challenge string `json:"challenge"`
	ID        string `json:"event_id"`
	Event     struct {
		Type    string `json:"type"`
		Subtype string `json:"subtype"`
		// DeletedTS is the message that was deleted.
		DeletedTS string          `json:"deleted_ts"`
		Channel   json.RawMessage `json:"channel"` // an id, or an object with one
		User      json.RawMessage `json:"user"`
		Item      struct {
			Channel json.RawMessage `json:"channel"`
		} `json:"item"` // what was reacted to
	} `json:"event"`
	Raw []byte // the whole event, for those who read more of it
}

func ReadEvent(raw []byte) (Event, error) {
	var e Event
	err := json.Unmarshal(raw, &e)
	e.Raw = raw
	return e, err
}

// Deletes tells of a message that was deleted: its channel and ts.
func (e Event) Deletes() (channel, ts string, ok bool) {
	if e.Type != "event_callback" || e.Event.Type != "message" || e.Event.Subtype != "message_deleted" {
		return "", "", false
	}
	return IDOf(e.Event.Channel), e.Event.DeletedTS, e.Event.DeletedTS != ""
}

// Reacts tells whether somebody put an emoji on a message, or took it away.
func (e Event) Reacts() bool {
	return e.Type == "event_callback" && (e.Event.Type == "reaction_added" || e.Event.Type == "reaction_removed")
}

// IDOf reads an identifier that stands alone or in an object.
func IDOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(raw, &o) // absent or unknown shapes name nobody
	return o.ID
}

// Asks tells whether the event is a request: a mention, or a direct message.
// It must be stored before Slack is told that it arrived.
func (e Event) Asks() bool {
	return e.Type == "event_callback" && (e.Event.Type == "app_mention" || e.Event.Type == "message")
}
