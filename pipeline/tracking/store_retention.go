package tracking

import (
	"context"
	"fmt"
	"time"
)

// The Forget methods remove what is older than before from at most limit rows and
// return how many they touched; with dry they count all and touch nothing. Nothing
// that is open work goes.

// forgettable are the tickets whose words may go: solved, or untouched for twice as
// long, without a message that waits for its outcome and without a reply on its way.
const forgettable = `
	  FROM tickets t
	 WHERE t.updated_at < $1::timestamptz
	   AND (t.status = 'solved' OR t.updated_at < $1::timestamptz - (now() - $1::timestamptz))
	   AND (t.subject <> '' OR t.requester_name <> '' OR t.requester_email <> ''
	        OR EXISTS (SELECT FROM messages m WHERE m.desk = t.desk AND m.ticket = t.id AND m.text <> ''))
	   AND NOT EXISTS (SELECT FROM outcomes o WHERE o.desk = t.desk AND o.ticket = t.id AND (o.kind IS NULL OR ` + waitsSQL + `))
	   AND NOT EXISTS (SELECT FROM draft_states d WHERE d.desk = t.desk AND d.ticket = t.id AND d.state IN ('claimed', 'approved'))`

// ForgetWords empties the texts, subjects and persons of tickets. The rows stay, so
// that every report counts as before.
func (t *Tracker) ForgetWords(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	if dry {
		err = t.Pool.QueryRow(ctx, `SELECT count(*) `+forgettable, before).Scan(&n)
	} else {
		err = t.Pool.QueryRow(ctx, `
			WITH old AS (
			    SELECT t.desk, t.id `+forgettable+`
			     LIMIT $2
			       FOR UPDATE SKIP LOCKED
			), words AS (
			    UPDATE messages m
			       SET text = '', author_name = '', author_email = '', attachments = '{}'
			      FROM old
			     WHERE m.desk = old.desk
			       AND m.ticket = old.id
			), persons AS (
			    UPDATE tickets t
			       SET subject = '', requester_name = '', requester_email = ''
			      FROM old
			     WHERE t.desk = old.desk
			       AND t.id = old.id
			)
			SELECT count(*) FROM old`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget words of tickets: %w", err)
	}
	return n, nil
}

// ForgetRequests takes the thread out of the events kept with outcomes; what names
// the chain stays.
func (t *Tracker) ForgetRequests(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	const old = `
		  FROM outcomes o
		 WHERE o.kind IS NOT NULL
		   AND NOT ` + waitsSQL + `
		   AND o.recorded_at < $1
		   AND o.event ? 'data'`
	if dry {
		err = t.Pool.QueryRow(ctx, `SELECT count(*) `+old, before).Scan(&n)
	} else {
		err = t.Pool.QueryRow(ctx, `
			WITH old AS (
			    SELECT o.desk, o.ticket, o.message `+old+`
			     LIMIT $2
			       FOR UPDATE SKIP LOCKED
			), done AS (
			    UPDATE outcomes o
			       SET event = o.event - 'data'
			      FROM old
			     WHERE o.desk = old.desk
			       AND o.ticket = old.ticket
			       AND o.message = old.message
			)
			SELECT count(*) FROM old`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget requests of outcomes: %w", err)
	}
	return n, nil
}

// ForgetLetters removes dead letters that were replayed. Others wait for somebody.
func (t *Tracker) ForgetLetters(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	if dry {
		err = t.Pool.QueryRow(ctx, `SELECT count(*) FROM dead_letters WHERE replayed_at < $1`, before).Scan(&n)
	} else {
		err = t.Pool.QueryRow(ctx, `
			WITH gone AS (
			    DELETE FROM dead_letters
			     WHERE id IN (SELECT id FROM dead_letters WHERE replayed_at < $1 LIMIT $2)
			    RETURNING id
			)
			SELECT count(*) FROM gone`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget dead letters: %w", err)
	}
	return n, nil
}
