package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Log reads the log for people. It is safe for concurrent use.
type Log struct {
	pool *pgxpool.Pool

	mu    sync.Mutex // held while the chain is walked: others wait for the same answer
	state State
}

// NewLog builds a Log.
func NewLog(pool *pgxpool.Pool) *Log { return &Log{pool: pool} }

// Row is one row of the log.
type Row struct {
	Seq                         int64
	At                          time.Time
	Actor, Name, Action, Object string // Name is the agent's; empty for a service
	Detail                      map[string]any
	Ticket                      pipeline.TicketRef // of a draft; else empty
}

// Filter selects rows.
type Filter struct {
	Ticket pipeline.TicketRef // empty: all
	Before int64              // only rows below it; 0: from the newest
	Limit  int
}

// List returns rows, the newest first.
func (l *Log) List(ctx context.Context, f Filter) ([]Row, error) {
	rows, err := l.pool.Query(ctx, `
		SELECT l.seq, l.at, l.actor, coalesce(a.name, ''), l.action, l.object, l.detail, coalesce(d.desk, ''), coalesce(d.ticket, '')
		  FROM audit_log l
		  LEFT JOIN agents a ON a.id = l.actor
		  -- a cast of the object, so that the key of drafts is used
		  LEFT JOIN drafts d ON d.id = CASE WHEN l.object ~ '^draft/[0-9a-f]{8}-[0-9a-f-]{27}$' THEN substr(l.object, 7)::uuid END
		 WHERE ($1::bigint = 0 OR l.seq < $1)
		   AND ($2 = '' OR l.object IN (SELECT 'draft/' || id FROM drafts WHERE desk = $2 AND ticket = $3))
		 ORDER BY l.seq DESC
		 LIMIT $4`, f.Before, f.Ticket.Desk, f.Ticket.ID, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list audit log: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (x Row, err error) {
		err = r.Scan(&x.Seq, &x.At, &x.Actor, &x.Name, &x.Action, &x.Object, &x.Detail, &x.Ticket.Desk, &x.Ticket.ID)
		return x, err
	})
	if err != nil {
		return nil, fmt.Errorf("list audit log: %w", err)
	}
	return out, nil
}

// State is what Verify found.
type State struct {
	Rows   int64 // that hold
	Head   []byte
	Broken *Broken // nil: the chain holds
	At     time.Time
}

// stateLives is how long an answer is kept: walking the chain reads all of it.
const stateLives = time.Minute

// State verifies the chain, at most once a minute.
func (l *Log) State(ctx context.Context) (State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.state.At) < stateLives {
		return l.state, nil
	}
	n, head, err := Verify(ctx, l.pool)
	s := State{Rows: n, Head: head, At: time.Now()}
	if !errors.As(err, &s.Broken) && err != nil {
		return State{}, err
	}
	l.state = s
	return s, nil
}
