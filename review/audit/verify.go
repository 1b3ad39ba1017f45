package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Broken names the first row at which the chain does not hold.
type Broken struct {
	Seq int64
	Why string
}

func (b *Broken) Error() string {
	return fmt.Sprintf("audit log broken at row %d: %s", b.Seq, b.Why)
}

// State is how far the log was verified, and what was found.
type State struct {
	Rows   int64 // that hold, from the first on
	Head   []byte
	Broken *Broken // nil: the chain holds
	// Checked counts what the log says about rows of other tables, and Different
	// are those that do not hold it now, at most maxDifferent of them.
	Checked   int64
	Different []Different
	At        time.Time // when the newest row was looked at
	Since     time.Time // when the first was: what was changed since does not show yet
	Behind    bool      // rows after Rows are still to be looked at
}

const (
	walkBatch    = 2_000
	maxDifferent = 100
)

// walk goes along the chain and remembers how far it came.
type walk struct {
	State
	waiting map[Ref]Different // not as an entry said, and no later entry says so yet
	until   time.Time         // outcomes up to here are vouched for
	known   *known            // nil: rows that the log does not tell of are not looked for
}

func newWalk() *walk {
	return &walk{State: State{Head: make([]byte, sha256.Size), Since: time.Now()}, waiting: map[Ref]Different{}}
}

// Check walks the whole chain, compares the rows that it vouches for with the tables,
// and looks in these for rows that it does not tell of. It needs 8 bytes of memory for
// each row of them. Rows cut off at the end show only against a kept head; outcomes and
// spans of before the log vouched for such, and of the last minute, are not looked for.
func Check(ctx context.Context, pool *pgxpool.Pool) (State, error) {
	w := newWalk()
	w.known = newKnown()
	for {
		more, err := w.step(ctx, pool)
		if err != nil {
			return State{}, err
		}
		if !more {
			return w.State, nil
		}
	}
}

// Verify is Check for callers that want all well: it returns the number of rows and
// the last hash, or *Broken, or the first row that is Different.
func Verify(ctx context.Context, pool *pgxpool.Pool) (int64, []byte, error) {
	s, err := Check(ctx, pool)
	if err == nil && s.Broken != nil {
		err = s.Broken
	}
	if err == nil && len(s.Different) > 0 {
		err = s.Different[0]
	}
	return s.Rows, s.Head, err
}

// step looks at the next rows and tells whether there are more.
func (w *walk) step(ctx context.Context, pool *pgxpool.Pool) (more bool, err error) {
	if w.Broken != nil {
		return false, nil
	}
	before := w.State
	// One snapshot: whoever changes a row vouches for it in the same transaction.
	err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		claims, n, err := w.read(ctx, tx)
		if err != nil {
			return err
		}
		if err := w.compare(ctx, tx, claims); err != nil {
			return err
		}
		more = n == walkBatch && w.Broken == nil
		if w.Behind = more; !more {
			w.At = time.Now()
			return w.finish(ctx, tx)
		}
		return nil
	})
	if err != nil {
		w.State = before // these rows are looked at again
	}
	return more, err
}

// read verifies the next rows of the chain and returns what they say about others.
func (w *walk) read(ctx context.Context, tx pgx.Tx) (claims []claim, n int, err error) {
	rows, err := tx.Query(ctx, `
		SELECT seq, at, actor, action, object, detail, prev, hash
		  FROM audit_log
		 WHERE seq > $1
		 ORDER BY seq
		 LIMIT $2`, w.Rows, walkBatch)
	if err != nil {
		return nil, 0, fmt.Errorf("read audit log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		n++
		var seq int64
		var at time.Time
		var e Entry
		var prev, hash []byte
		if err := rows.Scan(&seq, &at, &e.Actor, &e.Action, &e.Object, &e.Detail, &prev, &hash); err != nil {
			w.Broken = &Broken{Seq: w.Rows + 1, Why: "the row cannot be read"}
			return claims, n, nil
		}
		switch {
		case seq != w.Rows+1:
			w.Broken = &Broken{Seq: w.Rows + 1, Why: "a row is missing or out of order"}
		case !bytes.Equal(prev, w.Head):
			w.Broken = &Broken{Seq: seq, Why: "it does not follow the row before it"}
		case !bytes.Equal(hash, e.Hash(prev, seq, at)):
			w.Broken = &Broken{Seq: seq, Why: "its content was changed"}
		}
		if w.Broken != nil {
			return claims, n, nil
		}
		w.Rows, w.Head = seq, hash
		if e.Action == sealed {
			w.until, _ = time.Parse(time.RFC3339Nano, e.Detail["until"]) // the hash holds: it is as it was written
		}
		of := e.claims(seq)
		claims = append(claims, of...)
		if w.known != nil {
			w.known.take(e, at, of, w.until)
		}
	}
	return claims, n, rows.Err()
}

// compare looks at the tables' rows.
func (w *walk) compare(ctx context.Context, tx pgx.Tx, claims []claim) error {
	keys := map[string][]string{}
	for _, c := range claims {
		keys[c.Table] = append(keys[c.Table], c.Key)
	}
	w.Checked += int64(len(claims))
	for table, keys := range keys {
		now, err := readPrints(ctx, tx, table, keys)
		if err != nil {
			return err
		}
		for _, c := range claims {
			if c.Table == table {
				w.judge(c, now)
			}
		}
	}
	return nil
}

func (w *walk) judge(c claim, now map[string]print) {
	p, there := now[c.Key]
	d := Different{Ref: c.Ref, Seq: c.seq, Log: c.String()}
	if there {
		d.Now = p.String()
	}
	switch {
	case there && p == c.print:
		delete(w.waiting, c.Ref)
	case there && p.fixed == c.fixed: // a later entry may tell of it
		w.waiting[c.Ref] = d
	case len(w.Different) < maxDifferent:
		w.Different = append(w.Different, d)
	}
}

// finish settles what is left at the end of the chain, and looks for rows that nothing
// told of.
func (w *walk) finish(ctx context.Context, tx pgx.Tx) error {
	if err := w.settle(ctx, tx); err != nil || w.known == nil || w.Broken != nil {
		return err
	}
	more, err := w.known.invented(ctx, tx, w.until)
	if err != nil {
		return err
	}
	w.Different = append(w.Different, more[:min(len(more), maxDifferent-len(w.Different))]...)
	return nil
}

// settle decides, at the end of the chain, about rows that no later entry told of.
func (w *walk) settle(ctx context.Context, tx pgx.Tx) error {
	for ref, d := range w.waiting {
		if ref.Table == "outcomes" { // one that was recorded again and is not vouched for yet
			var later bool
			err := tx.QueryRow(ctx, `
				SELECT coalesce(recorded_at IS NULL OR recorded_at > $2, false)
				  FROM outcomes o
				  JOIN (SELECT $1::json AS key) k ON o.desk = k.key->>0 AND o.ticket = k.key->>1 AND o.message = k.key->>2`, ref.Key, w.until).Scan(&later)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				return fmt.Errorf("look at outcome: %w", err)
			}
			if later {
				continue
			}
		}
		if len(w.Different) < maxDifferent {
			w.Different = append(w.Different, d)
		}
		delete(w.waiting, ref)
	}
	return nil
}
