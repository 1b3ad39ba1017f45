package presses

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// editsFor is how long a text that was not sent is kept for its writer.
const editsFor = 7 * 24 * time.Hour

// kept is a reply that a person wrote into a form and that is not sent yet.
type kept struct {
	id   string // names this very text
	text string
	at   time.Time
}

// saveEdit keeps the text for its writer, instead of an older one.
func saveEdit(ctx context.Context, pool *pgxpool.Pool, draft, person, text string) (kept, error) {
	k := kept{text: text}
	err := pool.QueryRow(ctx, `
		INSERT INTO slack_edits (draft, person, text)
		VALUES ($1, $2, $3)
		ON CONFLICT (draft, person) DO UPDATE
		   SET id = CASE WHEN slack_edits.text = excluded.text THEN slack_edits.id ELSE excluded.id END,
		       text = excluded.text,
		       saved_at = now()
		RETURNING id::text, saved_at`, draft, person, text).Scan(&k.id, &k.at)
	if err != nil {
		return kept{}, fmt.Errorf("keep edit: %w", err)
	}
	return k, nil
}

// findEdit returns the text kept for the person; false when there is none.
func findEdit(ctx context.Context, pool *pgxpool.Pool, draft, person string) (kept, bool, error) {
	var k kept
	err := pool.QueryRow(ctx, `
		SELECT id::text, text, saved_at
		  FROM slack_edits
		 WHERE draft = $1
		   AND person = $2`, draft, person).Scan(&k.id, &k.text, &k.at)
	if errors.Is(err, pgx.ErrNoRows) {
		return kept{}, false, nil
	}
	if err != nil {
		return kept{}, false, fmt.Errorf("find edit: %w", err)
	}
	return k, true, nil
}

// dropEdit forgets the text kept for the person: it was sent, or thrown away.
func dropEdit(ctx context.Context, pool *pgxpool.Pool, draft, person string) error {
	if _, err := pool.Exec(ctx, `DELETE FROM slack_edits WHERE draft = $1 AND person = $2`, draft, person); err != nil {
		return fmt.Errorf("drop edit: %w", err)
	}
	return nil
}

// ForgetEdits removes texts that nobody came back for.
func ForgetEdits(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `
		DELETE FROM slack_edits
		 WHERE saved_at < now() - $1 * interval '1 millisecond'`, editsFor.Milliseconds())
	if err != nil {
		return fmt.Errorf("forget edits: %w", err)
	}
	return nil
}
