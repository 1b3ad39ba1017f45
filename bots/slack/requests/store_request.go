package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots/slack/client"
	"footnote/pipeline"
)

// States of a request: open until the person was told how it ended.
const (
	stateOpen      = "open"
	stateAnswered  = "answered"
	stateAbstained = "abstained"
	stateRefused   = "refused"
	stateFailed    = "failed"
)

// holdFor is how long a process may work on a request or a digest before another
// may take it.
const holdFor = time.Minute

// Surfaces that requests come from.
const (
	fromMention  = "mention"
	fromDirect   = "direct"
	fromCommand  = "command"
	fromShortcut = "shortcut"
	fromHome     = "home"
	fromFeedback = "feedback"
)

// request is one thing that a person asked for in Slack.
type request struct {
	ref, source, surface     string
	user, team               string
	channel, ts, thread      string
	text                     string
	shared                   bool
	responseURL, view, agent string
	answer                   *pipeline.Draft
	direct                   string // the conversation that has the answer; empty: channel has it
	posted                   string
	tried                    time.Time
	tries, untold            int
	created                  time.Time
	trigger                  string // not stored: it lives three seconds
}

const requestColumns = `ref, source, surface, slack_user, team, channel, ts, thread, text, shared, response_url, view, agent, answer, direct, posted, tried_at, tries, untold, created_at`

func scanRequest(row pgx.CollectableRow) (r request, err error) {
	var tried *time.Time
	var answer []byte
	err = row.Scan(&r.ref, &r.source, &r.surface, &r.user, &r.team, &r.channel, &r.ts, &r.thread, &r.text, &r.shared, &r.responseURL, &r.view,
		&r.agent, &answer, &r.direct, &r.posted, &tried, &r.tries, &r.untold, &r.created)
	if err == nil && answer != nil {
		err = json.Unmarshal(answer, &r.answer)
	}
	if tried != nil {
		r.tried = *tried
	}
	return r, err
}

// addRequest stores a new request, held by this process; false when the same
// one was stored before.
func addRequest(ctx context.Context, pool *pgxpool.Pool, r request) (bool, error) {
	tag, err := pool.Exec(ctx, `
		INSERT INTO slack_requests (ref, source, surface, slack_user, team, channel, ts, thread, text, shared, response_url, held_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + $12 * interval '1 millisecond')
		ON CONFLICT (source) DO NOTHING`,
		r.ref, r.source, r.surface, r.user, r.team, r.channel, r.ts, r.thread, r.text, r.shared, r.responseURL, holdFor.Milliseconds())
	if err != nil {
		return false, fmt.Errorf("note request: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// keepRequest writes what is known of an open request.
func keepRequest(ctx context.Context, pool *pgxpool.Pool, r request) error {
	var tried *time.Time
	if !r.tried.IsZero() {
		tried = &r.tried
	}
	_, err := pool.Exec(ctx, `
		UPDATE slack_requests
		   SET view = $2, agent = $3, answer = $4, posted = $5, tried_at = $6, direct = $8
		 WHERE ref = $1
		   AND state = 'open'
		   AND tries = $7`, r.ref, r.view, r.agent, r.answer, r.posted, tried, r.tries, r.direct)
	if err != nil {
		return fmt.Errorf("keep request %s: %w", r.ref, err)
	}
	return nil
}

// endRequest closes a request; a second end changes nothing.
func endRequest(ctx context.Context, pool *pgxpool.Pool, r request, state, say, cause string) error {
	_, err := pool.Exec(ctx, `
		UPDATE slack_requests
		   SET state = $2, say = $3, cause = $4, agent = $5, answer = $6, posted = $7, view = $8, direct = $9, tried_at = NULL, response_url = '', ended_at = now()
		 WHERE ref = $1
		   AND state = 'open'`, r.ref, state, client.Storable(say), client.Storable(cause), r.agent, r.answer, r.posted, r.view, r.direct)
	if err != nil {
		return fmt.Errorf("end request %s: %w", r.ref, err)
	}
	return nil
}

// postponeRequest lets any process go on with an open request after a while.
// untold says that only telling failed: such tries are not counted out.
func postponeRequest(ctx context.Context, pool *pgxpool.Pool, r request, after time.Duration, untold bool) error {
	_, err := pool.Exec(ctx, `
		UPDATE slack_requests
		   SET held_until = now() + $3 * interval '1 millisecond',
		       untold = untold + $4::boolean::int
		 WHERE ref = $1
		   AND state = 'open'
		   AND tries = $2`, r.ref, r.tries, after.Milliseconds(), untold)
	if err != nil {
		return fmt.Errorf("postpone request %s: %w", r.ref, err)
	}
	return nil
}

// leftRequests takes over open requests that nobody works on any more.
func leftRequests(ctx context.Context, pool *pgxpool.Pool, limit int) ([]request, error) {
	rows, err := pool.Query(ctx, `
		UPDATE slack_requests
		   SET held_until = now() + $2 * interval '1 millisecond', tries = tries + 1
		 WHERE ref IN (SELECT ref
		                 FROM slack_requests
		                WHERE state = 'open'
		                  AND held_until <= now()
		                ORDER BY held_until
		                LIMIT $1
		                  FOR UPDATE SKIP LOCKED)
		RETURNING `+requestColumns, limit, holdFor.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("list open requests: %w", err)
	}
	out, err := pgx.CollectRows(rows, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("list open requests: %w", err)
	}
	return out, nil
}

// findRequest returns a request by its reference. NotFound when there is none.
func findRequest(ctx context.Context, pool *pgxpool.Pool, ref string) (request, error) {
	return oneRequest(ctx, pool, `ref = $1`, ref)
}

// requestAt returns the request whose answer is the message. NotFound.
func requestAt(ctx context.Context, pool *pgxpool.Pool, channel, ts string) (request, error) {
	return oneRequest(ctx, pool, `(direct = $1 OR direct = '' AND channel = $1) AND posted = $2`, channel, ts)
}

func oneRequest(ctx context.Context, pool *pgxpool.Pool, where string, args ...any) (request, error) {
	rows, err := pool.Query(ctx, `SELECT `+requestColumns+` FROM slack_requests WHERE `+where+` LIMIT 1`, args...)
	if err != nil {
		return request{}, fmt.Errorf("find request: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRequest)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, pipeline.Errorf(pipeline.NotFound, "There is no such answer any more.")
	}
	if err != nil {
		return r, fmt.Errorf("find request: %w", err)
	}
	return r, nil
}

// requestsFor is how long what people asked is kept, with what they thought of
// the answer: as long as the bus keeps events, so that a trace is whole or gone.
const requestsFor = 30 * 24 * time.Hour

// ForgetRequests removes requests that nobody asks about any more, at most
// 1,000 of them, and what was thought of their answers.
func ForgetRequests(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `
		WITH old AS (
		    SELECT ref
		      FROM slack_requests
		     WHERE created_at < now() - $1 * interval '1 millisecond'
		     ORDER BY created_at
		     LIMIT 1000
		       FOR UPDATE SKIP LOCKED),
		judged AS (
		    DELETE FROM slack_feedback
		     WHERE ref IN (SELECT ref FROM old))
		DELETE FROM slack_requests
		 WHERE ref IN (SELECT ref FROM old)`, requestsFor.Milliseconds())
	if err != nil {
		return fmt.Errorf("forget requests: %w", err)
	}
	return nil
}

// saveFeedback keeps a person's last word on an answer. An empty reason keeps
// the one that was given with the same verdict before.
func saveFeedback(ctx context.Context, pool *pgxpool.Pool, f feedback) error {
	_, err := pool.Exec(ctx, `
		INSERT INTO slack_feedback AS x (ref, slack_user, agent, good, reason)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (ref, slack_user) DO UPDATE
		   SET good = excluded.good,
		       agent = excluded.agent,
		       reason = CASE WHEN excluded.reason = '' AND x.good = excluded.good THEN x.reason ELSE excluded.reason END,
		       at = now()`, f.ref, f.user, f.agent, f.good, client.Storable(f.reason))
	if err != nil {
		return fmt.Errorf("save feedback: %w", err)
	}
	return nil
}

// removeFeedback takes a person's word back, when it is the one named.
func removeFeedback(ctx context.Context, pool *pgxpool.Pool, f feedback) error {
	_, err := pool.Exec(ctx, `
		DELETE FROM slack_feedback
		 WHERE ref = $1
		   AND slack_user = $2
		   AND good = $3
		   AND reason = ''`, f.ref, f.user, f.good)
	if err != nil {
		return fmt.Errorf("remove feedback: %w", err)
	}
	return nil
}
