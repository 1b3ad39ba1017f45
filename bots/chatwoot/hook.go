package chatwoot

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Headers of Chatwoot's webhooks.
const (
	headerSignature = "X-Chatwoot-Signature"
	headerTimestamp = "X-Chatwoot-Timestamp"
)

var form = bots.HexSHA256.Prefix("sha256=")

// moment is a time as Chatwoot gives it: Unix seconds, also with a fraction, or
// RFC 3339; null and 0 are none.
type moment struct{ time.Time }

// UnmarshalJSON reads any of them.
func (m *moment) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &m.Time)
	}
	m.Time = time.Time{}
	if f, err := strconv.ParseFloat(string(b), 64); err == nil && f >= 1 && f < 1e11 {
		m.Time = time.UnixMicro(int64(f * 1e6)).UTC()
	}
	return nil
}

// kind of a message: a word in webhooks, its number in answers.
type kind string

const (
	incoming kind = "incoming"
	outgoing kind = "outgoing"
	template kind = "template"
)

var kinds = []kind{incoming, outgoing, "activity", template}

// UnmarshalJSON reads either.
func (k *kind) UnmarshalJSON(b []byte) error {
	if n, err := strconv.Atoi(string(b)); err == nil {
		*k = ""
		if n >= 0 && n < len(kinds) {
			*k = kinds[n]
		}
		return nil
	}
	var s string
	err := json.Unmarshal(b, &s)
	*k = kind(s)
	return err
}

// apiMessage is a message in webhooks and in answers alike.
type apiMessage struct {
	ID          int64      `json:"id"`
	Content     string     `json:"content"`
	ContentType string     `json:"content_type"`
	Kind        kind       `json:"message_type"`
	Private     bool       `json:"private"`
	CreatedAt   moment     `json:"created_at"`
	Attributes  attributes `json:"content_attributes"`
	Sender      *apiPerson `json:"sender"`
	Attachments []struct {
		Name string `json:"file_name"`
		URL  string `json:"data_url"`
		Type string `json:"file_type"`
	} `json:"attachments"`
}

// apiPerson is a user, a contact, or a machine.
type apiPerson struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Type  string `json:"type"` // user | contact | agent_bot | …; a webhook's contact has none
}

// attributes are what a message carries besides; some versions send a text.
type attributes struct {
	Marker  string `json:"footnote"`
	Deleted bool   `json:"deleted"`
	Email   struct {
		Auto    bool   `json:"auto_reply"`
		Subject string `json:"subject"`
		HTML    struct {
			Full string `json:"full"`
		} `json:"html_content"`
		Text struct {
			Full string `json:"full"`
		} `json:"text_content"`
	} `json:"email"`
}

// UnmarshalJSON leaves what has another form: nothing in it is needed.
func (a *attributes) UnmarshalJSON(b []byte) error {
	type plain attributes
	var v plain
	if bytes.HasPrefix(b, []byte("{")) && json.Unmarshal(b, &v) == nil {
		*a = attributes(v)
	}
	return nil
}

type apiConversation struct {
	ID         int64  `json:"id"` // the number that people see
	Status     string `json:"status"`
	CanReply   *bool  `json:"can_reply"`
	Additional struct {
		Subject string `json:"mail_subject"`
	} `json:"additional_attributes"`
	Meta struct {
		Sender  apiPerson `json:"sender"`
		Channel string    `json:"channel"`
		Team    struct {
			Name string `json:"name"`
		} `json:"team"`
	} `json:"meta"`
	CreatedAt moment          `json:"created_at"`
	UpdatedAt json.RawMessage `json:"updated_at"`
	LastAt    moment          `json:"last_activity_at"`
	RepliedAt moment          `json:"first_reply_created_at"`
}

// Parse verifies and reads a webhook. The signature covers timestamp, a dot and
// the body.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	stamp := h.Get(headerTimestamp)
	if strings.Trim(stamp, "0123456789") != "" {
		return nil, d.secrets.Verify(form, "", nil)
	}
	if err := bots.SignedAt(stamp, now); err != nil {
		return nil, err
	}
	if err := d.secrets.Verify(form, h.Get(headerSignature), []byte(stamp), []byte("."), raw); err != nil {
		return nil, err
	}
	var e struct {
		Event   string `json:"event"`
		Account struct {
			ID int64 `json:"id"`
		} `json:"account"`
	}
	if err := bots.DecodeStrict(raw, &e); err != nil {
		return nil, err
	}
	if e.Account.ID != 0 && e.Account.ID != d.c.Account {
		return nil, pipeline.Errorf(pipeline.Invalid, "The webhook is of another account.")
	}
	switch e.Event {
	case "":
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "event" is missing.`)
	case "message_created":
		return d.said(raw, now)
	case "conversation_created", "conversation_status_changed":
		return d.changed(e.Event, raw, now)
	}
	return nil, nil // contacts, typing, and what Chatwoot may send one day
}

func (d *Desk) said(raw []byte, now time.Time) ([]pipeline.Event, error) {
	var v struct {
		apiMessage
		Conversation apiConversation `json:"conversation"`
	}
	if err := bots.DecodeStrict(raw, &v); err != nil {
		return nil, err
	}
	if v.ID <= 0 || v.Conversation.ID <= 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, `The fields "id" and "conversation.id" must be numbers.`)
	}
	if v.Kind != incoming && v.Kind != outgoing && v.Kind != template {
		return nil, nil
	}
	if v.CreatedAt.IsZero() {
		v.CreatedAt.Time = now
	}
	t := d.ticket(v.Conversation)
	m := d.message(t, v.apiMessage, true)
	if !m.Public && (m.Role == pipeline.RoleBot || m.Marker != "") {
		return nil, nil // our own note
	}
	return []pipeline.Event{bots.MessageReceived(t, m, now)}, nil
}

func (d *Desk) changed(event string, raw []byte, now time.Time) ([]pipeline.Event, error) {
	var c apiConversation
	if err := bots.DecodeStrict(raw, &c); err != nil {
		return nil, err
	}
	if c.ID <= 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "id" must be a conversation's number.`)
	}
	key := event + "/" + bots.Plain(c.Status, 40) + "@" + bots.Plain(string(c.UpdatedAt), 60)
	return []pipeline.Event{bots.ChangeReceived(d.ref(c.ID), key, now, now)}, nil
}
