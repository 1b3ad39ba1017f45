package bots

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"footnote/pipeline"
)

// Kinds of what a desk tells; pipeline.Received carries them.
const (
	KindMessage = "message"
	KindStatus  = "status"
	KindChange  = "change"
	KindTest    = "test"
	// KindUndelivered: a reply of ours did not reach the customer.
	KindUndelivered = pipeline.ReceivedUndelivered
)

// Inbound is the canonical JSON body of a webhook, as the generic webhook desk
// takes it and the sandbox desk sends it:
//
//	{
//	  "kind": "message",                    message | status | test
//	  "ticket": {
//	    "id": "4711",                       required
//	    "subject": "Cannot sign in",
//	    "status": "open",                   open | pending | solved; empty is open
//	    "locale": "en-GB", "product": "app", "queue": "tier-1",
//	    "url": "https://desk.example/4711",
//	    "requester": {"id": "c1", "name": "Ada", "email": "ada@example.org"},
//	    "created_at": "2026-01-02T15:04:05Z"
//	  },
//	  "message": {                          required for kind message
//	    "id": "m1",                         required, unique in the ticket
//	    "role": "customer",                 customer | agent | bot | system
//	    "author": {"name": "Ada"},
//	    "text": "Hello",                    plain text
//	    "public": true,                     false for private notes; default true
//	    "at": "2026-01-02T15:04:05Z",       default: when it arrived
//	    "marker": "",                       as Footnote sent it, on its own replies
//	    "attachments": ["log.txt"]
//	  }
//	}
//
// Unknown fields are ignored.
type Inbound struct {
	Kind    string          `json:"kind"`
	Ticket  InboundTicket   `json:"ticket"`
	Message *InboundMessage `json:"message,omitempty"`
}

// InboundTicket is a ticket as desks of the canonical form tell it.
type InboundTicket struct {
	ID        string                `json:"id"`
	Subject   string                `json:"subject,omitempty"`
	Status    pipeline.TicketStatus `json:"status,omitempty"`
	Locale    string                `json:"locale,omitempty"`
	Product   string                `json:"product,omitempty"`
	Queue     string                `json:"queue,omitempty"`
	URL       string                `json:"url,omitempty"`
	Requester pipeline.Person       `json:"requester,omitzero"`
	CreatedAt time.Time             `json:"created_at,omitzero"`
	UpdatedAt time.Time             `json:"updated_at,omitzero"`
	Messages  []InboundMessage      `json:"messages,omitempty"` // read-back only
}

// InboundMessage is a message as desks of the canonical form tell it.
type InboundMessage struct {
	ID          string          `json:"id"`
	Role        pipeline.Role   `json:"role"`
	Author      pipeline.Person `json:"author,omitzero"`
	Text        string          `json:"text"`
	Public      *bool           `json:"public,omitempty"`
	At          time.Time       `json:"at,omitzero"`
	Marker      string          `json:"marker,omitempty"`
	Attachments []string        `json:"attachments,omitempty"`
}

// MaxID bounds what we take as an identifier.
const MaxID = 200 // bytes of a ticket's or message's identifier

// DecodeStrict reads exactly one JSON value into v: trailing bytes are an
// error. The kind is Invalid.
func DecodeStrict(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(v); err != nil {
		return jsonError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return pipeline.Errorf(pipeline.Invalid, "The body holds more than one JSON value.")
	}
	return nil
}

func jsonError(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return pipeline.Errorf(pipeline.Invalid, "The field %q must not be a JSON %s.", Plain(e.Field, 60), Plain(e.Value, 40))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return pipeline.Errorf(pipeline.Invalid, "The body is not JSON: byte %d: %s.", e.Offset, Plain(e.Error(), 120))
	}
	return pipeline.Errorf(pipeline.Invalid, "The body is not the JSON that this route takes: %s.", Plain(err.Error(), 120))
}

// ParseInbound reads a canonical body into the event it tells of; now is the
// time of arrival. The kind of an error is Invalid and its text names the field.
func ParseInbound(desk string, raw []byte, now time.Time) ([]pipeline.Event, error) {
	var in Inbound
	if err := DecodeStrict(raw, &in); err != nil {
		return nil, err
	}
	if in.Kind == KindTest {
		return nil, nil
	}
	if in.Kind != KindMessage && in.Kind != KindStatus {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "kind" must be message, status or test.`)
	}
	t, err := in.Ticket.ticket(desk, now)
	if err != nil {
		return nil, err
	}
	if in.Kind == KindStatus {
		at := in.Ticket.UpdatedAt
		if at.IsZero() {
			at = now
		}
		return []pipeline.Event{StatusReceived(t, at, now)}, nil
	}
	if in.Message == nil {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "message" is missing.`)
	}
	m, err := in.Message.message(now)
	if err != nil {
		return nil, err
	}
	return []pipeline.Event{MessageReceived(t, m, now)}, nil
}

// Thread returns the ticket with its messages, oldest first as they came. The
// kind of an error is Invalid.
func (in InboundTicket) Thread(desk string, now time.Time) (pipeline.Ticket, error) {
	t, err := in.ticket(desk, now)
	if err != nil {
		return t, err
	}
	t.UpdatedAt = in.UpdatedAt
	for _, im := range in.Messages {
		m, err := im.message(now)
		if err != nil {
			return t, err
		}
		t.Messages = append(t.Messages, m)
	}
	return t, nil
}

func (in InboundTicket) ticket(desk string, now time.Time) (pipeline.Ticket, error) {
	t := pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: desk, ID: in.ID}, Subject: in.Subject, Status: in.Status,
		Locale: in.Locale, Product: in.Product, Queue: in.Queue, URL: in.URL, Requester: in.Requester, CreatedAt: in.CreatedAt}
	if !validID(in.ID) {
		return t, pipeline.Errorf(pipeline.Invalid, `The field "ticket.id" must have 1 to %d bytes without control characters.`, MaxID)
	}
	switch t.Status {
	case "":
		t.Status = pipeline.StatusOpen
	case pipeline.StatusOpen, pipeline.StatusPending, pipeline.StatusSolved:
	default:
		return t, pipeline.Errorf(pipeline.Invalid, `The field "ticket.status" must be open, pending or solved.`)
	}
	if t.CreatedAt.IsZero() {
		t.CreatedAt = now
	}
	return t, nil
}

func (in InboundMessage) message(now time.Time) (pipeline.Message, error) {
	m := pipeline.Message{ID: in.ID, Role: in.Role, Author: in.Author, Text: in.Text, Public: in.Public == nil || *in.Public,
		At: in.At, Marker: in.Marker, Attachments: in.Attachments}
	if !validID(in.ID) {
		return m, pipeline.Errorf(pipeline.Invalid, `The field "message.id" must have 1 to %d bytes without control characters.`, MaxID)
	}
	switch m.Role {
	case pipeline.RoleCustomer, pipeline.RoleAgent, pipeline.RoleBot, pipeline.RoleSystem:
	default:
		return m, pipeline.Errorf(pipeline.Invalid, `The field "message.role" must be customer, agent, bot or system.`)
	}
	if m.At.IsZero() {
		m.At = now
	}
	return m, nil
}

// ValidID tells whether a ticket's or message's identifier can be one: 1 to 200
// bytes without control characters.
func ValidID(s string) bool { return validID(s) }

func validID(s string) bool {
	if s == "" || len(s) > MaxID {
		return false
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return false
		}
	}
	return true
}

// MessageReceived builds ticket.received for one message. Its id follows from
// desk, ticket and message only: a webhook, its retries and the reconcile poll
// all build the same one. Messages with our marker are never the customer's.
func MessageReceived(t pipeline.Ticket, m pipeline.Message, now time.Time) pipeline.Event {
	t.Messages, t.Revision, t.Arm = nil, 0, ""
	t, m = cleanTicket(t), cleanMessage(m)
	if !IsMarker(m.Marker) {
		m.Marker = ""
	} else if m.Role == pipeline.RoleCustomer {
		m.Role = pipeline.RoleAgent
	}
	e := pipeline.NewEvent(pipeline.TicketReceived, receivedID(t.TicketRef, KindMessage, m.ID), t.TicketRef, m.At,
		pipeline.Received{Kind: KindMessage, Ticket: t, Message: &m})
	e.ReceivedAt = now.UTC()
	return e
}

// StatusReceived builds ticket.received for a change of status at a time.
func StatusReceived(t pipeline.Ticket, at, now time.Time) pipeline.Event {
	t.Messages, t.Revision, t.Arm = nil, 0, ""
	t = cleanTicket(t)
	id := receivedID(t.TicketRef, KindStatus, string(t.Status)+"@"+at.UTC().Format(time.RFC3339Nano))
	e := pipeline.NewEvent(pipeline.TicketReceived, id, t.TicketRef, at, pipeline.Received{Kind: KindStatus, Ticket: t})
	e.ReceivedAt = now.UTC()
	return e
}

// ChangeReceived builds ticket.received for a webhook that only says that a
// ticket changed: tracking reads the ticket (Capabilities.Hints). key names the
// change, so that retries of the webhook build the same event.
func ChangeReceived(ref pipeline.TicketRef, key string, at, now time.Time) pipeline.Event {
	e := pipeline.NewEvent(pipeline.TicketReceived, receivedID(ref, KindChange, key), ref, at,
		pipeline.Received{Kind: KindChange, Ticket: pipeline.Ticket{TicketRef: ref}})
	e.ReceivedAt = now.UTC()
	return e
}

// UndeliveredReceived builds ticket.received for what the desk was told about a reply
// of ours, known by our mark: it did not reach the customer.
func UndeliveredReceived(ref pipeline.TicketRef, marker, why string, at, now time.Time) pipeline.Event {
	e := pipeline.NewEvent(pipeline.TicketReceived, receivedID(ref, KindUndelivered, marker), ref, at, pipeline.Received{Kind: KindUndelivered,
		Ticket: pipeline.Ticket{TicketRef: ref}, Undelivered: &pipeline.Undelivered{Marker: marker, Why: Plain(why, 300)}})
	e.ReceivedAt = now.UTC()
	return e
}

func receivedID(ref pipeline.TicketRef, kind, key string) string {
	b, _ := json.Marshal([]string{ref.Desk, ref.ID, kind, key}) // strings always marshal
	sum := sha256.Sum256(b)
	return "received/" + hex.EncodeToString(sum[:16])
}

// clean drops NUL, which JSON may carry and Postgres text cannot.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }

func cleanPerson(p pipeline.Person) pipeline.Person {
	return pipeline.Person{ID: clean(p.ID), Name: clean(p.Name), Email: clean(p.Email)}
}

func cleanTicket(t pipeline.Ticket) pipeline.Ticket {
	t.Subject, t.Locale, t.Product, t.Queue, t.URL = clean(t.Subject), clean(t.Locale), clean(t.Product), clean(t.Queue), clean(t.URL)
	t.Requester = cleanPerson(t.Requester)
	return t
}

func cleanMessage(m pipeline.Message) pipeline.Message {
	m.Author, m.Text = cleanPerson(m.Author), clean(m.Text)
	var names []string
	for _, a := range m.Attachments {
		names = append(names, FileName(a))
	}
	m.Attachments = names
	return m
}

// Storable makes a ticket that was read from a desk fit for the database: without
// NUL, which JSON and some platforms carry.
func Storable(t pipeline.Ticket) pipeline.Ticket {
	t = cleanTicket(t)
	messages := make([]pipeline.Message, len(t.Messages))
	for i, m := range t.Messages {
		messages[i] = cleanMessage(m)
	}
	t.Messages = messages
	return t
}

// FileName makes an attachment's name fit to be shown and never a path: its last
// element, on one line, at most 150 characters; "file" when nothing is left.
func FileName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if s = strings.Trim(Plain(clean(s), 150), ". "); s == "" {
		return "file"
	}
	return s
}

var markerForm = regexp.MustCompile(`^fn-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// MarkerFor is our mark on the reply of one decision (a UUID).
func MarkerFor(decision string) string { return "fn-" + strings.ToLower(decision) }

// IsMarker tells whether a message's marker is one of ours.
func IsMarker(s string) bool { return markerForm.MatchString(s) }
