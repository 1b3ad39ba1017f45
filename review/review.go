// Package review is where people decide on drafts and where handling time is
// kept. Decide is the only place a draft changes state; everything it does for
// one decision (state, decision row, audit row, span, outbox row) commits in one
// transaction. Managers' numbers are in measure, pages in console, sign-in and
// roles in access, the tamper-evident log in audit.
//
// It does not draft, retrieve, send or talk to a chat: it learns of those by
// events (Handle) and tells of decisions by events (the outbox).
package review

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
	"footnote/pipeline/outbox"
)

// Publisher puts events on the bus; it returns once they are stored for good.
type Publisher = outbox.Publisher

// Tickets reads a ticket with its thread. The error kind is NotFound.
type Tickets interface {
	Ticket(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error)
	// TicketIn reads within tx: whoever holds locks takes no second connection.
	TicketIn(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef) (pipeline.Ticket, error)
}

// Checker runs the guards over a reply a person edited.
type Checker interface {
	CheckText(ctx context.Context, d pipeline.Draft, text string) ([]pipeline.Finding, error)
}

// Config of a Service.
type Config struct {
	Pool      *pgxpool.Pool
	Publisher Publisher
	Dead      outbox.DeadLetters // keeps what the bus will never take
	Tickets   Tickets
	Checker   Checker       // may be nil: edited replies are then not checked
	IdleLimit time.Duration // cap of one span without activity; 0 means 15 min
	Log       *slog.Logger
}

// Service is safe for concurrent use, also by several processes on one database.
type Service struct {
	pool    *pgxpool.Pool
	tickets Tickets
	checker Checker
	idle    time.Duration
	log     *slog.Logger
	outbox  *outbox.Outbox
}

// New builds a Service.
func New(c Config) *Service {
	if c.IdleLimit <= 0 {
		c.IdleLimit = 15 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{pool: c.Pool, tickets: c.Tickets, checker: c.Checker, idle: c.IdleLimit, log: c.Log,
		outbox: outbox.New(outbox.Config{Pool: c.Pool, Publisher: c.Publisher, Dead: c.Dead, Log: c.Log})}
}

// Row is one line of the queue: a ticket with its newest customer message and
// what became of it.
type Row struct {
	Ref        pipeline.TicketRef
	Subject    string
	Requester  pipeline.Person
	Excerpt    string // of the newest customer message
	Locale     string
	Message    string
	ArrivedAt  time.Time            // of the newest customer message
	Outcome    pipeline.OutcomeKind // empty while drafting is under way
	Reason     string
	Arm        pipeline.Arm
	Draft      string // empty without one
	State      pipeline.DraftState
	Outdated   bool   // a newer message or reply came after the draft
	ClaimedBy  string // agent's name
	DecidedBy  string
	DecidedAt  time.Time
	Confidence float64
	Warnings   int // findings that an agent must look at
	Delivery   pipeline.DeliveryState
}

// Paused tells whether the message gets its draft once drafting goes on.
func (r Row) Paused() bool { return paused(r.Outcome, r.Reason) }

func paused(kind pipeline.OutcomeKind, reason string) bool {
	return kind == pipeline.OutcomeSkipped && reason == pipeline.PausedReason
}

// Filter of the queue.
type Filter struct {
	// View is one of: todo (needs a person now), mine (claimed by Agent),
	// waiting (approved, not yet at the desk), done, all. Empty means todo.
	View  string
	Agent string
	Query string // words in subject or requester
	Limit int    // 0 means 100
}

// TicketView is one ticket as its page shows it.
type TicketView struct {
	Ticket   pipeline.Ticket
	Reviews  []pipeline.Review // newest first
	Outcomes []Outcome         // one per customer message, oldest first
	History  []Entry           // decisions and deliveries, oldest first
	// HandlingMS is measured handling time so far, closed spans only.
	HandlingMS int64
}

// Outcome of one customer message.
type Outcome struct {
	Message    string
	Kind       pipeline.OutcomeKind // empty while pending
	Reason     string
	Draft      string
	ArrivedAt  time.Time
	RecordedAt time.Time
}

// Paused tells whether the message gets its draft once drafting goes on.
func (o Outcome) Paused() bool { return paused(o.Kind, o.Reason) }

// Entry is one line of a ticket's history.
type Entry struct {
	Draft   string
	At      time.Time
	Who     string
	What    string // claimed, released, approved, edited, rejected, handed off, asked for a redraft, sent …
	Detail  string
	Surface string
}
