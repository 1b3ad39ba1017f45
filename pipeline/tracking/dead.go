package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Dead is what a consumer gave up on, as the console lists it.
type Dead struct {
	ID         int64
	Consumer   string
	Type       pipeline.EventType
	Ref        pipeline.TicketRef
	EventID    string
	Reason     string
	Deliveries int
	At         time.Time
	ReplayedAt time.Time
}

// HandleDead keeps a dead letter with its reason, and gives the message it was
// about the outcome failed if it has none.
func (t *Tracker) HandleDead(ctx context.Context, d pipeline.DeadLetter) error {
	if _, err := t.Pool.Exec(ctx, `
		INSERT INTO dead_letters (consumer, event_id, event, reason, deliveries, at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (consumer, event_id)
		DO UPDATE SET reason = excluded.reason, deliveries = excluded.deliveries, at = excluded.at, replayed_at = NULL`,
		d.Consumer, d.Event.ID, d.Event, d.Reason, d.Deliveries, d.At); err != nil {
		return fmt.Errorf("keep dead letter: %w", err)
	}
	message := messageOf(d.Event)
	if message == "" {
		return nil
	}
	reason := fmt.Sprintf("%s gave up after %d tries: %s", d.Consumer, d.Deliveries, d.Reason)
	_, err := recordOutcome(ctx, t.Pool, d.Event.Ref(), outcome{message: message, kind: pipeline.OutcomeFailed, reason: reason})
	return err
}

// messageOf names the customer message that an event is about, if its failure
// leaves that message without an outcome.
func messageOf(e pipeline.Event) string {
	switch e.Type {
	case pipeline.TicketReceived:
		if r, err := pipeline.Decode[pipeline.Received](e); err == nil && r.Message != nil {
			return r.Message.ID
		}
	case pipeline.DraftRequested:
		if r, err := pipeline.Decode[pipeline.Requested](e); err == nil {
			return r.Message
		}
	case pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftSkipped:
		if r, err := pipeline.Decode[pipeline.Proposed](e); err == nil {
			return r.Message
		}
	}
	return ""
}

// DeadLetters lists dead letters, newest first; replayed ones last.
func (t *Tracker) DeadLetters(ctx context.Context, limit int) ([]Dead, error) {
	if limit <= 0 {
		limit = 200
	}
	rows, err := t.Pool.Query(ctx, `
		SELECT id, consumer, event_id, event ->> 'type', event ->> 'desk', event ->> 'ticket', reason, deliveries, at, replayed_at
		  FROM dead_letters
		 ORDER BY replayed_at IS NOT NULL, at DESC
		 LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (d Dead, err error) {
		var replayed *time.Time
		err = r.Scan(&d.ID, &d.Consumer, &d.EventID, &d.Type, &d.Ref.Desk, &d.Ref.ID, &d.Reason, &d.Deliveries, &d.At, &replayed)
		if replayed != nil {
			d.ReplayedAt = *replayed
		}
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return out, nil
}

// Unreplayed counts dead letters that wait for somebody, and returns the newest of
// them (zero when there is none).
func (t *Tracker) Unreplayed(ctx context.Context) (int, Dead, error) {
	var n int
	if err := t.Pool.QueryRow(ctx, `SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL`).Scan(&n); err != nil {
		return 0, Dead{}, fmt.Errorf("count dead letters: %w", err)
	}
	if n == 0 {
		return 0, Dead{}, nil
	}
	list, err := t.DeadLetters(ctx, 1)
	if err != nil || len(list) == 0 {
		return n, Dead{}, err
	}
	return n, list[0], nil
}

// Replay publishes a dead letter's event again. The error kind is NotFound.
func (t *Tracker) Replay(ctx context.Context, id int64) error {
	var e pipeline.Event
	err := t.Pool.QueryRow(ctx, `SELECT event FROM dead_letters WHERE id = $1`, id).Scan(&e)
	if err == pgx.ErrNoRows {
		return pipeline.Errorf(pipeline.NotFound, "There is no dead letter %d.", id)
	}
	if err != nil {
		return fmt.Errorf("find dead letter: %w", err)
	}
	e.ID = fmt.Sprintf("%s/replay/%d", e.ID, time.Now().UnixMilli())
	if err := t.Publisher.Publish(ctx, e); err != nil {
		return fmt.Errorf("replay dead letter: %w", err)
	}
	if _, err := t.Pool.Exec(ctx, `UPDATE dead_letters SET replayed_at = now() WHERE id = $1`, id); err != nil {
		return fmt.Errorf("mark dead letter: %w", err)
	}
	return nil
}
