// Package review is where people decide on drafts and where handling time is
// kept. Decide is the only place a draft changes state; everything it does for
// one decision (state, decision row, audit row, span, work row, outbox row) commits
// in one transaction. What a person is to do on a ticket is in work, managers' numbers are in measure, pages in console, sign-in and
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
	"footnote/review/work"
)

// Publisher puts events on the bus; it returns once they are stored for good.
type Publisher = outbox.Publisher

// Tickets reads a ticket with its thread. The error kind is NotFound.
type Tickets interface {
	Ticket(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error)
	// TicketIn reads within tx: whoever holds locks takes no second connection.
	TicketIn(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef) (pipeline.Ticket, error)
}

// Checker runs the guards over a reply that a person wrote: what each sentence rests
// on, and what is to be seen before it is sent. put names passages that the person put
// in; those that no customer may read, or that are not current, prove nothing.
type Checker interface {
	CheckEdit(ctx context.Context, d pipeline.Draft, text string, put []string) (pipeline.Edited, error)
}

// Policy judges what a reply promises by the rules in force for its ticket's queue.
type Policy interface {
	// Judge returns the version in force and what it finds in the words that would be sent.
	Judge(ctx context.Context, d pipeline.Draft, queue, words string) (version string, found []pipeline.Finding)
}

// Config of a Service.
type Config struct {
	Pool      *pgxpool.Pool
	Publisher Publisher
	Dead      outbox.DeadLetters // keeps what the bus will never take
	Tickets   Tickets
	Checker   Checker       // may be nil: edited replies are then not checked
	Policy    Policy        // may be nil: nothing is judged by it, and no decision names one
	Work      *work.Service // nil: one on the same pool
	UndoFor   time.Duration // an approved reply leaves this much later, and can be taken back until then; 0: at once
	IdleLimit time.Duration // cap of one span without activity; 0 means 15 min
	Log       *slog.Logger
}

// Service is safe for concurrent use, also by several processes on one database.
type Service struct {
	pool    *pgxpool.Pool
	tickets Tickets
	checker Checker
	policy  Policy
	work    *work.Service
	idle    time.Duration
	undoFor time.Duration
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
	if c.Work == nil {
		c.Work = work.New(work.Config{Pool: c.Pool, Log: c.Log})
	}
	return &Service{pool: c.Pool, tickets: c.Tickets, checker: c.Checker, policy: c.Policy, work: c.Work, idle: c.IdleLimit, undoFor: c.UndoFor, log: c.Log,
		outbox: outbox.New(outbox.Config{Pool: c.Pool, Publisher: c.Publisher, Dead: c.Dead, Log: c.Log})}
}

// TicketView is one ticket as its page shows it.
type TicketView struct {
	Ticket   pipeline.Ticket
	Work     pipeline.Work     // zero while nothing is known of it
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
func (o Outcome) Paused() bool {
	return o.Kind == pipeline.OutcomeSkipped && o.Reason == pipeline.PausedReason
}

// Entry is one line of a ticket's history.
type Entry struct {
	Draft   string
	At      time.Time
	Who     string
	What    string // claimed, released, approved, edited, rejected, handed off, asked for a redraft, sent …
	Detail  string
	Surface string
}
