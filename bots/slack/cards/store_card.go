package cards

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// hold is how long a process may work on a card before another may take it;
// workFor is shorter, so that the first has stopped by then.
const (
	hold    = time.Minute
	workFor = 45 * time.Second
)

// errHeld means that another process works on the card right now.
var errHeld = errors.New("card is held by another process")

// card is where a draft is shown.
type card struct {
	id      string
	draft   string
	channel string
	ts      string
	tried   time.Time // a post began then and was not answered; zero if none
	shown   string
	fence   int64
	taken   time.Time // when this process took it, by the database's clock
}

// takeCard makes the card of the draft's message or finds it, lets a newer
// draft take it over, and holds it for this process, by the database's clock.
// errHeld when another has it.
func takeCard(ctx context.Context, pool *pgxpool.Pool, d pipeline.Draft, channel string) (card, error) {
	var c card
	var tried *time.Time
	err := pool.QueryRow(ctx, `
		INSERT INTO cards AS c (desk, ticket, message, draft, version, channel, held_until, fence)
		VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond', 1)
		ON CONFLICT (desk, ticket, message) DO UPDATE
		   SET draft = CASE WHEN excluded.version > c.version THEN excluded.draft ELSE c.draft END,
		       version = greatest(excluded.version, c.version),
		       held_until = excluded.held_until,
		       fence = c.fence + 1
		 WHERE c.held_until IS NULL
		    OR c.held_until <= now()
		RETURNING id::text, draft::text, channel, ts, tried_at, shown, fence, now()`,
		d.Ticket.Desk, d.Ticket.ID, d.Message, d.ID, d.Version, channel, hold.Milliseconds()).
		Scan(&c.id, &c.draft, &c.channel, &c.ts, &tried, &c.shown, &c.fence, &c.taken)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, errHeld
	}
	if err != nil {
		return c, fmt.Errorf("take card: %w", err)
	}
	if tried != nil {
		c.tried = *tried
	}
	return c, nil
}

// saveCard writes what is known of the card, fenced by the holder. A holder
// that was overtaken changes nothing and gets Unavailable.
func saveCard(ctx context.Context, pool *pgxpool.Pool, c card, state pipeline.DraftState) error {
	var tried *time.Time
	if !c.tried.IsZero() {
		tried = &c.tried
	}
	tag, err := pool.Exec(ctx, `
		UPDATE cards
		   SET channel = $3,
		       ts = $4,
		       tried_at = $5,
		       shown = $6,
		       state = $7,
		       updated_at = now()
		 WHERE id = $1
		   AND fence = $2`, c.id, c.fence, c.channel, c.ts, tried, c.shown, string(state))
	if err != nil {
		return fmt.Errorf("save card: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return pipeline.Errorf(pipeline.Unavailable, "save card: another process took it over")
	}
	return nil
}

// held is how work on a card ended.
type held struct {
	waiting bool // Slack has to be repaired first
	right   bool // card and thread show what the review said when the card was taken
}

// releaseCard lets the next process have the card.
func releaseCard(ctx context.Context, pool *pgxpool.Pool, c card, end held) error {
	_, err := pool.Exec(ctx, `
		UPDATE cards
		   SET held_until = NULL,
		       waiting = $3,
		       checked_at = CASE WHEN $4 THEN $5 ELSE checked_at END
		 WHERE id = $1
		   AND fence = $2`, c.id, c.fence, end.waiting, end.right, c.taken)
	if err != nil {
		return fmt.Errorf("release card: %w", err)
	}
	return nil
}

// waitingCards lists drafts whose cards could not be shown, oldest first.
func waitingCards(ctx context.Context, pool *pgxpool.Pool, limit int) ([]string, error) {
	rows, err := pool.Query(ctx, `
		SELECT draft::text
		  FROM cards
		 WHERE waiting
		 ORDER BY updated_at
		 LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list waiting cards: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list waiting cards: %w", err)
	}
	return ids, nil
}

// behindCards lists drafts of the last week whose cards do not show what the
// review says: an event was lost, Slack failed after a decision, or the card
// was never posted. Changes younger than settle are left to their own events.
func behindCards(ctx context.Context, pool *pgxpool.Pool, settle time.Duration, limit int) ([]string, error) {
	rows, err := pool.Query(ctx, `
		SELECT d.id::text
		  FROM (SELECT DISTINCT ON (desk, ticket, message) id, desk, ticket, message, revision, created_at
		          FROM drafts
		         WHERE created_at > now() - interval '7 days'
		         ORDER BY desk, ticket, message, version DESC) d
		  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket
		  LEFT JOIN reviews r ON r.draft = d.id
		  LEFT JOIN cards c ON c.desk = d.desk AND c.ticket = d.ticket AND c.message = d.message
		  LEFT JOIN work w ON w.desk = d.desk AND w.ticket = d.ticket AND w.draft = d.id
		 CROSS JOIN LATERAL (SELECT coalesce(r.state, 'open') AS state,
		                            coalesce(r.state, 'open') IN ('open', 'claimed', 'returned') AND d.revision < t.revision AS outdated) s
		 CROSS JOIN LATERAL (SELECT greatest(d.created_at, r.updated_at, CASE WHEN s.outdated THEN t.updated_at END,
		                                     w.since -- put off, brought back
		                                    ) AS at) changed
		 WHERE changed.at < now() - $1 * interval '1 millisecond'
		   AND (c.held_until IS NULL OR c.held_until <= now())
		   AND CASE WHEN c.id IS NULL
		            -- what was settled before anybody saw it gets no card
		            THEN s.state IN ('open', 'claimed', 'returned', 'approved') AND NOT s.outdated
		            ELSE c.checked_at IS NULL OR c.checked_at <= changed.at
		       END
		 ORDER BY changed.at
		 LIMIT $2`, settle.Milliseconds(), limit)
	if err != nil {
		return nil, fmt.Errorf("list cards behind: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list cards behind: %w", err)
	}
	return ids, nil
}
