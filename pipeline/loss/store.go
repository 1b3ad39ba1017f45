package loss

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type store struct{ pool *pgxpool.Pool }

// mark is a row of bus_marks. Times are the database's, but madeAt.
type mark struct {
	stream    string
	madeAt    time.Time
	last      uint64
	damaged   int
	next      uint64
	handledAt time.Time
}

// mark reads the row of a stream, or makes the first one.
func (s store) mark(ctx context.Context, now Stream) (mark, error) {
	m := mark{stream: now.Name}
	err := s.pool.QueryRow(ctx, `
		WITH first AS (
		    INSERT INTO bus_marks (stream, made_at, last_seq, damaged, next_seq, next_at, checked_at, handled_at, seen_at)
		    VALUES ($1, $2, $3, $4, $3, now(), now(), now(), now())
		    ON CONFLICT DO NOTHING
		    RETURNING *
		)
		SELECT made_at, last_seq, damaged, next_seq, handled_at FROM first
		 UNION ALL
		SELECT made_at, last_seq, damaged, next_seq, handled_at FROM bus_marks WHERE stream = $1`,
		now.Name, now.Made, int64(now.Last), now.Damaged).Scan(&m.madeAt, &m.last, &m.damaged, &m.next, &m.handledAt)
	if err != nil {
		return m, fmt.Errorf("read mark of stream %s: %w", now.Name, err)
	}
	return m, nil
}

// lose writes a loss down and begins with the stream as it is.
func (s store) lose(ctx context.Context, m mark, now Stream, reason string) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE bus_marks
			   SET made_at = $2, last_seq = $3, damaged = $4, next_seq = $3, next_at = now(), seen_at = now()
			 WHERE stream = $1
			   AND made_at = $5
			   AND last_seq = $6
			   AND damaged = $7`, m.stream, now.Made, int64(now.Last), now.Damaged, m.madeAt, int64(m.last), m.damaged)
		if err != nil || tag.RowsAffected() == 0 {
			return err // another process has found it
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO bus_losses (stream, reason, since)
			VALUES ($1, $2, $3)`, m.stream, reason, m.handledAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("write loss of events down: %w", err)
	}
	return nil
}

// moveOn notes what the stream has; handled says that everything up to the mark's
// next point is handled. It returns the time before which all that was published is.
func (s store) moveOn(ctx context.Context, m mark, now Stream, handled bool) (before time.Time, err error) {
	err = s.pool.QueryRow(ctx, `
		UPDATE bus_marks
		   SET last_seq = greatest(last_seq, $2), damaged = $3, seen_at = now(),
		       handled_at = CASE WHEN $4 THEN checked_at ELSE handled_at END,
		       checked_at = CASE WHEN $4 THEN next_at ELSE checked_at END,
		       next_seq = CASE WHEN $4 THEN $2 ELSE next_seq END,
		       next_at = CASE WHEN $4 THEN now() ELSE next_at END
		 WHERE stream = $1
		RETURNING handled_at`, m.stream, int64(now.Last), now.Damaged, handled).Scan(&before)
	if err != nil {
		return before, fmt.Errorf("move mark of stream %s on: %w", m.stream, err)
	}
	return before, nil
}

const lossColumns = `id, stream, reason, since, found_at, events, made_good_at IS NOT NULL`

func (s store) list(ctx context.Context, where string, args ...any) ([]Loss, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+lossColumns+` FROM bus_losses WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read losses of events: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (l Loss, err error) {
		return l, r.Scan(&l.id, &l.Stream, &l.Reason, &l.Since, &l.FoundAt, &l.Events, &l.Good)
	})
	if err != nil {
		return nil, fmt.Errorf("read losses of events: %w", err)
	}
	return out, nil
}

// open lists losses that are not made good, the oldest first.
func (s store) open(ctx context.Context) ([]Loss, error) {
	return s.list(ctx, `made_good_at IS NULL ORDER BY id`)
}

// since lists losses found within an age, the newest first.
func (s store) since(ctx context.Context, age time.Duration) ([]Loss, error) {
	return s.list(ctx, `found_at > now() - $1 * interval '1 millisecond' ORDER BY id DESC`, age.Milliseconds())
}

func (s store) madeGood(ctx context.Context, id int64, events int) error {
	if _, err := s.pool.Exec(ctx, `
		UPDATE bus_losses
		   SET made_good_at = now(), events = $2
		 WHERE id = $1
		   AND made_good_at IS NULL`, id, events); err != nil {
		return fmt.Errorf("note that lost events were asked for: %w", err)
	}
	return nil
}
