package review

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/review/audit"
)

// enqueue puts an event into the outbox within the transaction that made it true.
func enqueue(ctx context.Context, tx pgx.Tx, e pipeline.Event) error {
	if _, err := tx.Exec(ctx, `INSERT INTO outbox (id, event) VALUES ($1, $2)`, uuid.NewString(), e); err != nil {
		return fmt.Errorf("write outbox: %w", err)
	}
	return nil
}

// Wake tells Run that the outbox has work. It never blocks.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run publishes the outbox, closes idle spans and has outcomes and deliveries
// vouched for in the audit log until ctx ends. Any number of
// processes may run it on one database: rows are claimed with SKIP LOCKED and
// leave the outbox only after the bus has stored them.
func (s *Service) Run(ctx context.Context) error {
	poll := time.NewTicker(time.Second)
	defer poll.Stop()
	idle := time.NewTicker(time.Minute)
	defer idle.Stop()
	for {
		for {
			n, err := s.publishBatch(ctx)
			if err != nil && ctx.Err() == nil {
				s.log.Warn("outbox not published; trying again", "error", err)
			}
			if err != nil || n == 0 {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-poll.C:
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

// publishBatch publishes the oldest ready events and returns how many. An event
// is published before its row is marked: a crash between the two publishes it
// again under the same id.
func (s *Service) publishBatch(ctx context.Context) (int, error) {
	n := 0
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT id::text, event
			  FROM outbox
			 WHERE state = 'ready'
			 ORDER BY created_at
			 LIMIT 50
			   FOR UPDATE SKIP LOCKED`)
		if err != nil {
			return fmt.Errorf("read outbox: %w", err)
		}
		type row struct {
			id    string
			event pipeline.Event
		}
		batch, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (b row, err error) {
			err = r.Scan(&b.id, &b.event)
			return b, err
		})
		if err != nil {
			return fmt.Errorf("read outbox: %w", err)
		}
		var done []string
		for _, b := range batch {
			if err = s.publisher.Publish(ctx, b.event); err != nil {
				break
			}
			done = append(done, b.id)
		}
		if _, merr := tx.Exec(ctx, `UPDATE outbox SET state = 'published' WHERE id = ANY ($1::uuid[])`, done); merr != nil {
			return fmt.Errorf("mark outbox: %w", merr)
		}
		n = len(done)
		if err != nil && n == 0 {
			return fmt.Errorf("publish %s: %w", batch[0].event.Type, err)
		}
		return nil
	})
	return n, err
}

// Waiting counts events that are not yet on the bus.
func (s *Service) Waiting(ctx context.Context) (int, error) {
	var n int
	err := s.pool.QueryRow(ctx, `SELECT count(*) FROM outbox WHERE state = 'ready'`).Scan(&n)
	return n, err
}
