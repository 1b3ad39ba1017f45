package cards

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// cardNote is where a note of a card's thread is shown.
type cardNote struct {
	key   string
	ts    string
	tried time.Time // a post began then and was not answered; zero if none
	shown string
}

// of names a note that is not known yet.
func (n cardNote) of(key string) cardNote { n.key = key; return n }

// readNotes returns the notes in the thread of the card's present message.
func readNotes(ctx context.Context, pool *pgxpool.Pool, k card) (map[string]cardNote, error) {
	rows, err := pool.Query(ctx, `
		SELECT key, ts, tried_at, shown
		  FROM card_notes
		 WHERE card = $1
		   AND root = $2`, k.id, k.ts)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (n cardNote, err error) {
		var tried *time.Time
		err = r.Scan(&n.key, &n.ts, &tried, &n.shown)
		if tried != nil {
			n.tried = *tried
		}
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	out := make(map[string]cardNote, len(list))
	for _, n := range list {
		out[n.key] = n
	}
	return out, nil
}

// saveNote writes what is known of a note, fenced by the holder of its card. A
// holder that was overtaken changes nothing and gets Unavailable.
func saveNote(ctx context.Context, pool *pgxpool.Pool, k card, n cardNote) error {
	var tried *time.Time
	if !n.tried.IsZero() {
		tried = &n.tried
	}
	tag, err := pool.Exec(ctx, `
		INSERT INTO card_notes (card, root, key, ts, tried_at, shown)
		SELECT id, $3, $4, $5, $6, $7
		  FROM cards
		 WHERE id = $1
		   AND fence = $2
		ON CONFLICT (card, root, key) DO UPDATE
		   SET ts = excluded.ts,
		       tried_at = excluded.tried_at,
		       shown = excluded.shown`, k.id, k.fence, k.ts, n.key, n.ts, tried, n.shown)
	if err != nil {
		return fmt.Errorf("save note: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return pipeline.Errorf(pipeline.Unavailable, "save note: another process took the card over")
	}
	return nil
}
