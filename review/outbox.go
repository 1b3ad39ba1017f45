package review

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/pipeline/outbox"
	"footnote/review/audit"
)

// enqueue puts an event into the outbox within the transaction that made it true.
func enqueue(ctx context.Context, tx pgx.Tx, e pipeline.Event) error {
	return outbox.Add(ctx, tx, e)
}

// Wake tells Run that the outbox has work. It never blocks.
func (s *Service) Wake() { s.outbox.Wake() }

// Run publishes the outbox, closes idle spans and has outcomes and deliveries
// vouched for in the audit log until ctx ends. Any number of processes may run it
// on one database.
func (s *Service) Run(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.watchIdle(ctx)
	}()
	err := s.outbox.Run(ctx)
	<-done
	return err
}

// publishBatch publishes the oldest events and returns how many left the outbox.
func (s *Service) publishBatch(ctx context.Context) (int, error) { return s.outbox.Publish(ctx) }

// Waiting counts events that are not on the bus yet.
func (s *Service) Waiting(ctx context.Context) (int, error) { return s.outbox.Waiting(ctx) }

func (s *Service) watchIdle(ctx context.Context) {
	idle := time.NewTicker(time.Minute)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-idle.C:
			if _, err := s.CloseIdle(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("idle spans not closed", "error", err)
			}
			if err := audit.Seal(ctx, s.pool); err != nil && ctx.Err() == nil {
				s.log.Warn("outcomes and deliveries not vouched for in the audit log; trying again", "error", err)
			}
		}
	}
}
