package audit

import (
	"context"
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

	walking sync.Mutex // held while the chain is walked
	walk    *walk

	mu    sync.Mutex
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
	// of a ticket: its drafts' rows by the index of objects, however few they are
	from := `audit_log l WHERE $2 || $3 = ''`
	if f.Ticket.Desk != "" {
		from = `drafts m CROSS JOIN LATERAL (SELECT * FROM audit_log x WHERE x.object = 'draft/' || m.id OFFSET 0) l WHERE m.desk = $2 AND m.ticket = $3`
	}
	rows, err := l.pool.Query(ctx, `
		SELECT l.seq, l.at, l.actor, coalesce(a.name, ''), l.action, l.object, l.detail, coalesce(d.desk, ''), coalesce(d.ticket, '')
		  FROM (SELECT l.* FROM `+from+`
		           AND ($1::bigint = 0 OR l.seq < $1)
		         ORDER BY l.seq DESC
		         LIMIT $4) l
		  LEFT JOIN agents a ON a.id = l.actor
		  -- a cast of the object, so that the key of drafts is used
		  LEFT JOIN drafts d ON d.id = CASE WHEN l.object ~ '^draft/[0-9a-f]{8}-[0-9a-f-]{27}$' THEN substr(l.object, 7)::uuid END
		 ORDER BY l.seq DESC`, f.Before, f.Ticket.Desk, f.Ticket.ID, f.Limit)
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

// Run walks the chain in the background until ctx ends, so that no page waits for
// it: on from where it was, and now and then anew from the first row, since what
// was changed behind it shows only then. failed is told when it cannot.
func (l *Log) Run(ctx context.Context, failed func(error)) error {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		if _, err := l.advance(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// anew is when a walk that began at since and came to n rows is begun again: with a
// few rows each minute, with millions after some hours, so that walking takes a
// small part of a processor.
func anew(since time.Time, n int64) time.Time {
	return since.Add(min(24*time.Hour, max(time.Minute, time.Duration(n)*time.Millisecond)))
}

// advance walks to the end of the chain and returns what was found.
func (l *Log) advance(ctx context.Context) (State, error) {
	l.walking.Lock()
	defer l.walking.Unlock()
	w := l.walk
	if w == nil || !w.Behind && time.Now().After(anew(w.Since, w.Rows)) {
		w = newWalk()
	}
	for {
		more, err := w.step(ctx, l.pool)
		if err != nil {
			return State{}, err
		}
		l.walk = w
		l.mu.Lock()
		if !more || l.state.At.IsZero() || l.state.Behind { // a walk begun anew shows when it is done
			l.state = w.State
		}
		state := l.state
		l.mu.Unlock()
		if !more {
			return state, nil
		}
	}
}

// State says how far the chain was verified. It walks to the end itself, unless that
// is under way: then it says how far that came.
func (l *Log) State(ctx context.Context) (State, error) {
	if l.walking.TryLock() {
		l.walking.Unlock()
		return l.advance(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.state
	s.Behind = s.Behind || s.At.IsZero()
	return s, nil
}
