package pipeline

import (
	"encoding/base32"
	"encoding/json"
	"strings"
	"time"
)

// EventType is "<noun>.<past participle>", written out; never derived from Go names.
type EventType string

const (
	TicketReceived   EventType = "ticket.received"   // intake: something happened on a ticket
	TicketUpdated    EventType = "ticket.updated"    // tracking: the ticket has a new revision
	OutcomeRecorded  EventType = "outcome.recorded"  // tracking: a message got its outcome
	DraftRequested   EventType = "draft.requested"   // tracking, review: draft a reply
	DraftProposed    EventType = "draft.proposed"    // drafting
	DraftAbstained   EventType = "draft.abstained"   // drafting
	DraftSkipped     EventType = "draft.skipped"     // drafting: a newer message took over
	DraftClaimed     EventType = "draft.claimed"     // review: claimed or released
	DraftDecided     EventType = "draft.decided"     // review
	DraftVoided      EventType = "draft.voided"      // review: stale
	ReplyDelivered   EventType = "reply.delivered"   // delivery: the desk has it
	ReplyReturned    EventType = "reply.returned"    // delivery: not sent, or not known; a person is asked
	KnowledgeChanged EventType = "knowledge.changed" // knowledge: a sync published something
)

// EventTypes lists every type above.
var EventTypes = []EventType{TicketReceived, TicketUpdated, OutcomeRecorded, DraftRequested, DraftProposed, DraftAbstained, DraftSkipped,
	DraftClaimed, DraftDecided, DraftVoided, ReplyDelivered, ReplyReturned, KnowledgeChanged}

// EventVersion is the version of every payload below. A breaking change of any
// payload raises it and keeps the old golden files readable.
const EventVersion = 1

// Event is the envelope of everything on the bus.
type Event struct {
	// ID identifies the fact: the same fact published twice has the same ID.
	ID          string          `json:"id"`
	Type        EventType       `json:"type"`
	Version     int             `json:"version"`
	OccurredAt  time.Time       `json:"occurred_at"`
	ReceivedAt  time.Time       `json:"received_at"`
	Tenant      string          `json:"tenant"`
	Desk        string          `json:"desk"`
	Ticket      string          `json:"ticket"`
	Correlation string          `json:"correlation"`         // the first event of the chain
	Causation   string          `json:"causation,omitempty"` // the event that led to this one
	Trace       string          `json:"trace,omitempty"`     // W3C traceparent
	Data        json.RawMessage `json:"data"`
	// Stored names where the bus keeps Data that is too large for an event; Data is
	// null then. The bus sets it and puts Data back: no handler ever sees it.
	Stored string `json:"stored,omitempty"`
}

// NewEvent builds an envelope around data. The id must name the fact, so that
// a retry builds the same one. It panics when data cannot be marshalled, which
// is a defect.
func NewEvent(typ EventType, id string, ref TicketRef, at time.Time, data any) Event {
	raw, err := json.Marshal(data)
	if err != nil {
		panic("pipeline: marshal " + string(typ) + ": " + err.Error())
	}
	return Event{ID: id, Type: typ, Version: EventVersion, OccurredAt: at.UTC(), ReceivedAt: at.UTC(),
		Tenant: DefaultTenant, Desk: ref.Desk, Ticket: ref.ID, Correlation: id, Data: raw}
}

// Follow builds an event caused by e: same ticket, tenant, correlation and trace.
func (e Event) Follow(typ EventType, id string, at time.Time, data any) Event {
	n := NewEvent(typ, id, e.Ref(), at, data)
	n.Tenant, n.Correlation, n.Causation, n.Trace = e.Tenant, e.Correlation, e.ID, e.Trace
	return n
}

// Ref returns the ticket the event is about.
func (e Event) Ref() TicketRef { return TicketRef{Desk: e.Desk, ID: e.Ticket} }

// Decode reads the payload into T. The error kind is Invalid.
func Decode[T any](e Event) (T, error) {
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return v, Errorf(Invalid, "read %s %s: %w", e.Type, e.ID, err)
	}
	return v, nil
}

// Subject returns the bus subject fn.<noun>.<past participle>.<desk>.<ticket>.
// Tokens with characters that subjects cannot carry are written in base32 with
// a leading underscore.
func (e Event) Subject() string {
	return "fn." + string(e.Type) + "." + token(e.Desk) + "." + token(e.Ticket)
}

func token(s string) string {
	if s == "" {
		return "_"
	}
	plain := s[0] != '_'
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c > ' ' && c < 0x7f && !strings.ContainsRune(".*>", rune(c))
	}
	if plain && len(s) <= 80 {
		return s
	}
	if len(s) > 80 {
		s = s[:80]
	}
	return "_" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(s))
}

// Received is the payload of ticket.received. Ticket carries what the webhook
// told: always the reference, mostly the message; the desk is asked for the
// rest where webhooks are hints.
type Received struct {
	Kind    string   `json:"kind"` // message | status | change | undelivered | test
	Ticket  Ticket   `json:"ticket"`
	Message *Message `json:"message,omitempty"`
	// Undelivered is set for its kind.
	Undelivered *Undelivered `json:"undelivered,omitempty"`
}

// ReceivedUndelivered is the kind of ticket.received by which delivery hears that a
// reply of ours, which the desk took, did not reach the customer.
const ReceivedUndelivered = "undelivered"

// Undelivered names a reply by our mark on it, and says for people why it did not arrive.
type Undelivered struct {
	Marker string `json:"marker"`
	Why    string `json:"why"`
}

// Updated is the payload of ticket.updated.
type Updated struct {
	Revision int64        `json:"revision"`
	Message  string       `json:"message,omitempty"` // what made the revision
	Cause    string       `json:"cause"`             // customer_message | agent_reply | status | details (subject, queue, language)
	Status   TicketStatus `json:"status,omitempty"`
	Author   Person       `json:"author,omitzero"`
}

// Requested is the payload of draft.requested. Ticket holds what a draft is written
// from as of the revision (see Ticket.ForDraft), so that drafting needs no other read.
type Requested struct {
	Ticket  Ticket `json:"ticket"`
	Message string `json:"message"`
	Version int    `json:"version"` // of the draft wanted, from 1
	Hint    string `json:"hint,omitempty"`
	By      string `json:"by,omitempty"` // agent id for redrafts
	// Keep is the draft that the agent saw, when it still holds: it stays where the
	// hint leads to none.
	Keep string `json:"keep,omitempty"`
	// Instead is the draft that was written while the model was away. It stays unless a
	// model writes now and nobody has begun on it; nothing is told then.
	Instead string `json:"instead,omitempty"`
}

// Proposed is the payload of draft.proposed, draft.abstained and draft.skipped.
type Proposed struct {
	Draft    string `json:"draft,omitempty"`
	Message  string `json:"message"`
	Revision int64  `json:"revision"`
	Version  int    `json:"version"`
	Reason   string `json:"reason,omitempty"` // abstained, skipped: why
}

// Recorded is the payload of outcome.recorded.
type Recorded struct {
	Message string      `json:"message"`
	Kind    OutcomeKind `json:"kind"`
	Reason  string      `json:"reason,omitempty"`
	Draft   string      `json:"draft,omitempty"`
}

// DecidedData is the payload of draft.decided, draft.claimed and draft.voided.
type DecidedData struct {
	Decision string       `json:"decision"`
	Draft    string       `json:"draft"`
	Kind     DecisionKind `json:"kind,omitempty"`
	State    DraftState   `json:"state"`
	By       Agent        `json:"by,omitzero"`
	Surface  string       `json:"surface,omitempty"`
	Reason   string       `json:"reason,omitempty"`
	Revision int64        `json:"revision"`
	Message  string       `json:"message,omitempty"`
	// Reply and Hash are set when the decision approves: what is to be sent,
	// byte for byte, and the hash the person approved.
	Reply *Reply `json:"reply,omitempty"`
	Hash  string `json:"hash,omitempty"`
	// SendAt is the earliest moment to send it at; zero: at once.
	SendAt time.Time `json:"send_at,omitzero"`
	// Undoes is the approval that an undo takes back.
	Undoes string `json:"undoes,omitempty"`
}

// Delivered is the payload of reply.delivered and reply.returned.
type Delivered struct {
	Delivery string        `json:"delivery"`
	Decision string        `json:"decision"`
	Draft    string        `json:"draft"`
	State    DeliveryState `json:"state"`
	Reason   string        `json:"reason,omitempty"` // plain words for the agent
	RemoteID string        `json:"remote_id,omitempty"`
	Hash     string        `json:"hash"`
	By       Agent         `json:"by"`
	At       time.Time     `json:"at"`
}

// DeadLetter is what a consumer publishes on dead.<consumer> when it gives up.
type DeadLetter struct {
	Consumer   string    `json:"consumer"`
	Reason     string    `json:"reason"`
	Deliveries int       `json:"deliveries"`
	At         time.Time `json:"at"`
	Event      Event     `json:"event"`
}

// Changed is the payload of knowledge.changed: documents that were changed or
// removed, so that drafts which cite them can be voided.
type Changed struct {
	Source    string   `json:"source"`
	Documents []string `json:"documents"`
}
