package libredesk

import (
	"encoding/json"
	"net/http"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// headerSignature carries the code over the raw body; no time is signed.
const headerSignature = "X-Libredesk-Signature"

var form = bots.HexSHA256.Prefix("sha256=")

type envelope struct {
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload"`
	At      time.Time       `json:"timestamp"`
}

// apiMessage is a message in webhooks and in answers alike.
type apiMessage struct {
	ID           int64     `json:"id"`
	UUID         string    `json:"uuid"`
	Conversation string    `json:"conversation_uuid"`
	Type         string    `json:"type"`   // incoming | outgoing | activity
	Status       string    `json:"status"` // received | pending | sent | failed
	Content      string    `json:"content"`
	ContentType  string    `json:"content_type"` // html | text
	Private      bool      `json:"private"`
	Sender       int64     `json:"sender_id"`
	SenderType   string    `json:"sender_type"` // contact | agent
	CreatedAt    time.Time `json:"created_at"`
	Meta         struct {
		Echo      string `json:"echo_id"`
		Activity  string `json:"activity_type"`
		Automated bool   `json:"is_automated"`
		CSAT      bool   `json:"is_csat"`
		Deleted   string `json:"deleted_at"`
	} `json:"meta"`
	Attachments []struct {
		Name string `json:"name"`
	} `json:"attachments"`
	Author struct {
		ID    int64  `json:"id"`
		First string `json:"first_name"`
		Last  string `json:"last_name"`
		Email string `json:"email"`
		Type  string `json:"type"` // contact | visitor | agent; others are machines
	} `json:"author"`
}

// Parse verifies and reads a webhook.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	if err := d.secrets.Verify(form, h.Get(headerSignature), raw); err != nil {
		return nil, err
	}
	var e envelope
	if err := bots.DecodeStrict(raw, &e); err != nil {
		return nil, err
	}
	if e.At.IsZero() {
		e.At = now
	}
	switch e.Event {
	case "":
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "event" is missing.`)
	case "webhook.test", "message.updated", "conversation.tags_changed", "conversation.assigned", "conversation.unassigned":
		return nil, nil
	case "message.created":
		return d.said(e, now)
	}
	return d.changed(e, now) // conversation.*, and the events that automation rules send under names of their own
}

// said reads message.created. Activities are words about what happened; only a
// change of status matters, which Libredesk may tell in no other way.
func (d *Desk) said(e envelope, now time.Time) ([]pipeline.Event, error) {
	var m apiMessage
	if err := bots.DecodeStrict(e.Payload, &m); err != nil {
		return nil, err
	}
	if !isUUID(m.Conversation) || !bots.ValidID(m.UUID) {
		return nil, pipeline.Errorf(pipeline.Invalid, `The fields "payload.conversation_uuid" and "payload.uuid" must be UUIDs.`)
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = e.At
	}
	ref := d.ref(m.Conversation)
	switch {
	case m.Type == "activity" && m.Meta.Activity == "status_change":
		return []pipeline.Event{bots.ChangeReceived(ref, "activity/"+m.UUID, m.CreatedAt, now)}, nil
	case m.Type != "incoming" && m.Type != "outgoing":
		return nil, nil
	}
	msg := d.message(ref, "", m, true)
	if !msg.Public && (msg.Role == pipeline.RoleBot || msg.Marker != "") {
		return nil, nil // our own note
	}
	return []pipeline.Event{bots.MessageReceived(pipeline.Ticket{TicketRef: ref, URL: d.agentURL(m.Conversation)}, msg, now)}, nil
}

// changed reads a webhook about a conversation, which stands at the top of the
// payload or in it.
func (d *Desk) changed(e envelope, now time.Time) ([]pipeline.Event, error) {
	type conversation struct {
		UUID      string    `json:"uuid"`
		Status    string    `json:"status"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	var v struct {
		conversation
		In   conversation `json:"conversation"`
		Name string       `json:"conversation_uuid"`
	}
	if err := bots.DecodeStrict(e.Payload, &v); err != nil {
		return nil, err
	}
	c := v.conversation
	if v.In.UUID != "" {
		c = v.In
	}
	if v.Name != "" {
		c.UUID = v.Name
	}
	if !isUUID(c.UUID) {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "payload.uuid" must be a conversation's UUID.`)
	}
	if c.UpdatedAt.IsZero() {
		c.UpdatedAt = e.At
	}
	key := bots.Plain(e.Event, 100) + "/" + bots.Plain(c.Status, 100) + "@" + c.UpdatedAt.UTC().Format(time.RFC3339Nano)
	return []pipeline.Event{bots.ChangeReceived(d.ref(c.UUID), key, c.UpdatedAt, now)}, nil
}
