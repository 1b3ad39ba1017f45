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
	left    string    // ts of a message of it that cannot be changed any more
	told    bool      // and people were told that its buttons do nothing
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
		RETURNING id::text, draft::text, channel, ts, tried_at, shown, fence, now(), left_ts, left_told`,
		d.Ticket.Desk, d.Ticket.ID, d.Message, d.ID, d.Version, channel, hold.Milliseconds()).
		Scan(&c.id, &c.draft, &c.channel, &c.ts, &tried, &c.shown, &c.fence, &c.taken, &c.left, &c.told)
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
		       left_ts = $8,
		       left_told = $9,
		       updated_at = now()
		 WHERE id = $1
		   AND fence = $2`, c.id, c.fence, c.channel, c.ts, tried, c.shown, string(state), c.left, c.told)
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
	problem string // Slack's word for why the card waits; empty: it does not
	refused bool   // for its content: tried again ever more seldom, unless it changes
	right   bool   // card and thread show what the review said when the card was taken
}

// A card whose content was refused is tried again after a minute, then after twice as
// long each time, at most this long.
const refusedAtMost = 6 * time.Hour

// releaseCard lets the next process have the card.
func releaseCard(ctx context.Context, pool *pgxpool.Pool, c card, end held) error {
	_, err := pool.Exec(ctx, `
		UPDATE cards
		   SET held_until = NULL,
		       waiting = $3 <> '',
		       problem = $3,
		       tries = CASE WHEN $6 THEN tries + 1 ELSE 0 END,
		       due_at = CASE WHEN $6 THEN now() + least(interval '1 minute' * power(2, least(tries, 12)), $7 * interval '1 millisecond') END,
		       updated_at = now(), -- behind the others that wait
		       checked_at = CASE WHEN $4 THEN $5 ELSE checked_at END
		 WHERE id = $1
		   AND fence = $2`, c.id, c.fence, end.problem, end.right, c.taken, end.refused, refusedAtMost.Milliseconds())
	if err != nil {
		return fmt.Errorf("release card: %w", err)
	}
	return nil
}

// waitingCards lists drafts whose cards could not be shown and may be tried again,
// first those that were tried longest ago.
func waitingCards(ctx context.Context, pool *pgxpool.Pool, limit int) ([]string, error) {
	rows, err := pool.Query(ctx, `
		SELECT draft::text
		  FROM cards
		 WHERE waiting
		   AND (due_at IS NULL OR due_at <= now())
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

// Stuck is how many cards wait for a repair, for which of Slack's words, and since when.
type Stuck struct {
	Code  string
	Cards int
	Since time.Time // the oldest of their drafts
}

// StuckCards counts the cards that wait.
func StuckCards(ctx context.Context, pool *pgxpool.Pool) ([]Stuck, error) {
	rows, err := pool.Query(ctx, `
		SELECT c.problem, count(*), coalesce(min(d.created_at), min(c.updated_at))
		  FROM cards c
		  LEFT JOIN drafts d ON d.id = c.draft
		 WHERE c.waiting
		 GROUP BY c.problem
		 ORDER BY count(*) DESC`)
	if err != nil {
		return nil, fmt.Errorf("count waiting cards: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (s Stuck, err error) { return s, r.Scan(&s.Code, &s.Cards, &s.Since) })
	if err != nil {
		return nil, fmt.Errorf("count waiting cards: %w", err)
	}
	return out, nil
}

// deletedCard forgets where a card stood whose message somebody deleted, and returns
// its draft; empty when the message was none of a card. errHeld when a process works
// on it right now.
func deletedCard(ctx context.Context, pool *pgxpool.Pool, channel, ts string) (string, error) {
	var draft string
	err := pool.QueryRow(ctx, `
		UPDATE cards
		   SET ts = '',
		       shown = ''
		 WHERE channel = $1
		   AND ts = $2
		   AND ts <> ''
		   AND (held_until IS NULL OR held_until <= now())
		RETURNING draft::text`, channel, ts).Scan(&draft)
	if errors.Is(err, pgx.ErrNoRows) {
		var held bool
		if err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM cards WHERE channel = $1 AND ts = $2 AND ts <> '')`, channel, ts).Scan(&held); err != nil {
			return "", fmt.Errorf("find deleted card: %w", err)
		}
		if held {
			return "", errHeld
		}
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("forget deleted card: %w", err)
	}
	return draft, nil
}

// leftCard is the card that a message belongs to which cannot be changed any more;
// false when the message is no such one.
func leftCard(ctx context.Context, pool *pgxpool.Pool, channel, left string) (draft, ts string, ok bool, err error) {
	err = pool.QueryRow(ctx, `
		SELECT draft::text, ts
		  FROM cards
		 WHERE channel = $1
		   AND left_ts = $2
		   AND left_ts <> ''
		 LIMIT 1`, channel, left).Scan(&draft, &ts)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", false, nil
	}
	if err != nil {
		return "", "", false, fmt.Errorf("find card that was left: %w", err)
	}
	return draft, ts, true, nil
}

// place is where a card stands.
type place struct {
	ticket      pipeline.TicketRef
	channel, ts string
}

// placesOf finds the newest card of each ticket that has one.
func placesOf(ctx context.Context, pool *pgxpool.Pool, refs []pipeline.TicketRef) ([]place, error) {
	var desks, ids []string
	for _, r := range refs {
		desks, ids = append(desks, r.Desk), append(ids, r.ID)
	}
	rows, err := pool.Query(ctx, `
		SELECT DISTINCT ON (c.desk, c.ticket) c.desk, c.ticket, c.channel, c.ts
		  FROM unnest($1::text[], $2::text[]) AS want (desk, ticket)
		  JOIN cards c ON c.desk = want.desk AND c.ticket = want.ticket
		 WHERE c.ts <> ''
		 ORDER BY c.desk, c.ticket, c.updated_at DESC`, desks, ids)
	if err != nil {
		return nil, fmt.Errorf("find cards of tickets: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (p place, err error) {
		return p, r.Scan(&p.ticket.Desk, &p.ticket.ID, &p.channel, &p.ts)
	})
	if err != nil {
		return nil, fmt.Errorf("find cards of tickets: %w", err)
	}
	return out, nil
}
