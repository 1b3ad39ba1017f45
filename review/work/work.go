package work

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Config of a Service.
type Config struct {
	Pool *pgxpool.Pool
	Log  *slog.Logger // nil: nothing is logged
}

// Service is safe for concurrent use, also by several processes on one database.
type Service struct {
	pool *pgxpool.Pool
	log  *slog.Logger
	few  int // fewMatches
}

// New builds a Service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{pool: c.Pool, log: c.Log, few: fewMatches}
}

// Handles lists the event types that Handle wants to see: everything that may
// change what a person is to do on a ticket.
var Handles = []pipeline.EventType{pipeline.TicketUpdated, pipeline.OutcomeRecorded, pipeline.DraftRequested,
	pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftSkipped, pipeline.DraftClaimed, pipeline.DraftDecided, pipeline.DraftVoided,
	pipeline.ReplyDelivered, pipeline.ReplyReturned}

// Handle brings the row of the event's ticket up to what is stored.
func (s *Service) Handle(ctx context.Context, e pipeline.Event) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return s.Refresh(ctx, tx, e.Ref()) })
}

// Run fills in the rows of tickets from before there were any, and lets snoozes
// end, until ctx does.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	filled := false
	for {
		if !filled {
			more, err := s.Fill(ctx, fillBatch)
			if err != nil && ctx.Err() == nil {
				s.log.Warn("work of older tickets not filled in; trying again", "error", err)
			}
			if filled = err == nil && !more; err == nil && more && ctx.Err() == nil {
				continue
			}
		}
		if _, err := s.Wake(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("snoozed tickets not brought back; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
