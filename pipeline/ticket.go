package pipeline

import (
	"strings"
	"time"
	"unicode/utf8"
)

// DefaultTenant is the tenant of a single-company installation.
const DefaultTenant = "default"

// TicketRef names one ticket: the desk's name in Footnote's configuration
// ("sandbox", "webhook", "zendesk-eu") and the ticket's identifier there.
type TicketRef struct {
	Desk string `json:"desk"`
	ID   string `json:"id"`
}

// String returns "desk/id".
func (r TicketRef) String() string { return r.Desk + "/" + r.ID }

// Role says who wrote a message.
type Role string

const (
	RoleCustomer Role = "customer"
	RoleAgent    Role = "agent"
	RoleBot      Role = "bot"
	RoleSystem   Role = "system"
)

// Person is somebody outside or inside the company, as a desk or chat names
// them. Empty fields are unknown.
type Person struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Message is one entry of a ticket's thread.
type Message struct {
	ID     string    `json:"id"`
	Role   Role      `json:"role"`
	Author Person    `json:"author"`
	Text   string    `json:"text"` // plain text, as received; quotes and signature still in
	Public bool      `json:"public"`
	At     time.Time `json:"at"` // by the desk's clock
	// Marker is our own mark on a reply that Footnote sent; empty otherwise.
	Marker string `json:"marker,omitempty"`
	// Attachments are the file names; contents are not fetched.
	Attachments []string `json:"attachments,omitempty"`
	// Skipped is the rule by which a message that came from outside is nobody's to
	// answer (a delivery report, a list, a sender who is not proven), in words for
	// people; empty for all others. Its Role is then system or bot.
	Skipped string `json:"skipped,omitempty"`
}

// TicketStatus is the desk's state in three words.
type TicketStatus string

const (
	StatusOpen    TicketStatus = "open"
	StatusPending TicketStatus = "pending"
	StatusSolved  TicketStatus = "solved"
)

// Ticket is one customer request with its thread, oldest message first.
type Ticket struct {
	TicketRef
	Subject   string       `json:"subject"`
	Status    TicketStatus `json:"status"`
	Locale    string       `json:"locale,omitempty"`  // BCP 47; empty when the desk does not know
	Product   string       `json:"product,omitempty"` // narrows retrieval when the desk knows it
	Queue     string       `json:"queue,omitempty"`   // team or inbox
	URL       string       `json:"url,omitempty"`     // the ticket in the desk, for agents
	Requester Person       `json:"requester"`
	Messages  []Message    `json:"messages,omitempty"`
	// Revision counts public customer and agent messages as tracking stored
	// them; a draft belongs to one revision and is stale at any later one.
	Revision  int64     `json:"revision,omitempty"`
	Arm       Arm       `json:"arm,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	// UpdatedAt is when the desk last changed the ticket, as it was read; zero
	// when the desk does not tell.
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// SolvedAt is when a solved ticket was, by the desk; zero when the desk does
	// not tell.
	SolvedAt time.Time `json:"solved_at,omitzero"`
}

// Solved returns when a solved ticket was, as far as the desk tells: its own
// time, else that of its last change, else the fallback.
func (t Ticket) Solved(fallback time.Time) time.Time {
	switch {
	case !t.SolvedAt.IsZero():
		return t.SolvedAt
	case !t.UpdatedAt.IsZero():
		return t.UpdatedAt
	}
	return fallback
}

// titleRunes is how much of a message stands for a subject.
const titleRunes = 80

// Title names the ticket for people: its subject, or where there is none, as in chats,
// the first words of the customer; empty when nobody wrote any.
func (t Ticket) Title() string {
	if s := strings.TrimSpace(t.Subject); s != "" {
		return s
	}
	for _, m := range t.Messages {
		if words := strings.Fields(m.Text); m.Role == RoleCustomer && m.Public && len(words) > 0 {
			return shorten(strings.Join(words, " "), titleRunes)
		}
	}
	return ""
}

// shorten cuts text behind a word, to at most n runes.
func shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	short := string(runes[:n])
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return short + "…"
}

// LastCustomerMessage returns the newest public customer message, and false
// when there is none.
func (t Ticket) LastCustomerMessage() (Message, bool) {
	for i := len(t.Messages) - 1; i >= 0; i-- {
		if t.Messages[i].Role == RoleCustomer && t.Messages[i].Public {
			return t.Messages[i], true
		}
	}
	return Message{}, false
}

// Limits of what a draft is written from.
const (
	// DraftTurns is how many messages are read: the first, and the newest up to the
	// message that is answered.
	DraftTurns = 40
	// DraftBytes is how much of one message is read, from its beginning.
	DraftBytes = 32_000
	// DraftFiles is how many names of files attached to it are told.
	DraftFiles = 12
)

// ForDraft returns the ticket with what a draft for the message is written from,
// which draft.requested carries: what the customer could read up to the message.
// An unknown message id means all of the thread.
func (t Ticket) ForDraft(message string) Ticket {
	var turns []Message
	for _, m := range t.Messages {
		if m.Public && m.Role != RoleSystem {
			m.Text, m.Attachments = cut(m.Text, DraftBytes), m.Attachments[:min(len(m.Attachments), DraftFiles)]
			turns = append(turns, m)
		}
		if m.ID == message {
			break
		}
	}
	if n := len(turns); n > DraftTurns {
		turns = append(turns[:1:1], turns[n-DraftTurns+1:]...)
	}
	t.Messages = turns
	return t
}

// cut shortens text to at most n bytes of whole runes.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// Arm is a ticket's place in the experiment.
type Arm string

const (
	ArmTreatment Arm = "treatment" // drafts are shown
	ArmControl   Arm = "control"   // no draft is shown; handling time is measured the same way
)

// OutcomeKind is the one visible end of a customer message.
type OutcomeKind string

const (
	OutcomeProposed  OutcomeKind = "proposed"
	OutcomeAbstained OutcomeKind = "abstained"
	OutcomeHeldOut   OutcomeKind = "held_out"
	OutcomeSkipped   OutcomeKind = "skipped" // with the rule named, e.g. superseded by a newer message
	OutcomeFailed    OutcomeKind = "failed"
)

// PausedReason is the reason of a message that was skipped only because drafting
// is paused. If it still waits for an answer when drafting goes on, it gets its
// draft then.
const PausedReason = "drafting is paused"

// Reasons of skipped messages that are about the ticket at that time, not about
// what the customer wrote.
const (
	SupersededReason = "superseded by a newer message of the same ticket"
	AnsweredReason   = "an agent had already answered"
	SolvedReason     = "the ticket was solved while drafting was paused"
	ResolvedReason   = "the ticket was resolved at the desk"
	MovedOnReason    = "A newer message on the ticket took over."
)

// Reasons of skipped messages that ask nothing.
const (
	// BesideReason is that of thanks, "hello?", an emoji or a picture while a question
	// waits: what there is for the question stands, and the work goes by it.
	BesideReason = "adds nothing to the question before it"
	// ThanksReason is that of thanks after an answer.
	ThanksReason = "says thanks and asks nothing"
)

// AsksNothing tells whether a message was skipped because of what it says (an
// automatic reply, thanks): there is nothing to answer, whatever became of the
// ticket.
func AsksNothing(kind OutcomeKind, reason string) bool {
	switch reason {
	case PausedReason, SupersededReason, AnsweredReason, SolvedReason, ResolvedReason, MovedOnReason:
		return false
	}
	return kind == OutcomeSkipped
}

// OutcomeKinds lists every kind in the order reports show them.
var OutcomeKinds = []OutcomeKind{OutcomeProposed, OutcomeAbstained, OutcomeHeldOut, OutcomeSkipped, OutcomeFailed}
