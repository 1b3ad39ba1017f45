package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// History pages through what one desk recorded before Footnote. Filled in cmd.
type History interface {
	// Page returns solved tickets since a time, the cursor of the next page,
	// and whether this is the last. An empty cursor begins; the same cursor
	// gives the same page.
	Page(ctx context.Context, since time.Time, cursor string) (tickets []pipeline.PastTicket, next string, done bool, err error)
}

// Imported tells how far an import came.
type Imported struct {
	Desk    string
	Since   time.Time
	Tickets int64 // in all pages so far
	Done    bool
}

// Import reads a desk's history page by page into the baseline. It goes on where
// an import with the same since stopped; another since begins anew. A ticket
// that is there already is brought up to date. each is told after every page;
// it may be nil. Kinds of errors are the History's.
func (r *Reporter) Import(ctx context.Context, desk string, since time.Time, h History, each func(Imported)) (Imported, error) {
	since = since.UTC().Truncate(time.Second)
	at, cursor, err := beginImport(ctx, r.pool, desk, since)
	if err != nil || at.Done {
		return at, err
	}
	for !at.Done {
		tickets, next, done, err := h.Page(ctx, since, cursor)
		if err != nil {
			return at, err
		}
		if !done && next == cursor {
			return at, pipeline.Errorf(pipeline.Unavailable, "the desk's history does not move on from one page")
		}
		if at, err = savePage(ctx, r.pool, at, page{tickets, cursor, next, done}); err != nil {
			return at, err
		}
		cursor = next
		if each != nil {
			each(at)
		}
	}
	return at, nil
}

type page struct {
	tickets   []pipeline.PastTicket
	was, next string // cursors
	done      bool
}

func beginImport(ctx context.Context, pool *pgxpool.Pool, desk string, since time.Time) (Imported, string, error) {
	at, cursor := Imported{Desk: desk, Since: since}, ""
	err := pool.QueryRow(ctx, `
		INSERT INTO desk_imports AS i (desk, since, cursor)
		VALUES ($1, $2, '')
		ON CONFLICT (desk) DO UPDATE
		   SET cursor = CASE WHEN i.since = excluded.since THEN i.cursor ELSE '' END,
		       done = i.done AND i.since = excluded.since,
		       tickets = CASE WHEN i.since = excluded.since THEN i.tickets ELSE 0 END,
		       since = excluded.since
		RETURNING cursor, done, tickets`, desk, since).Scan(&cursor, &at.Done, &at.Tickets)
	if err != nil {
		return at, "", fmt.Errorf("begin import of %s: %w", desk, err)
	}
	return at, cursor, nil
}

// savePage writes a page and its cursor in one transaction. Conflict when
// another import of this desk moved the cursor.
func savePage(ctx context.Context, pool *pgxpool.Pool, at Imported, p page) (Imported, error) {
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, t := range p.tickets {
			if err := savePast(ctx, tx, at.Desk, t); err != nil {
				return err
			}
		}
		err := tx.QueryRow(ctx, `
			UPDATE desk_imports
			   SET cursor = $4,
			       done = $5,
			       tickets = tickets + $6,
			       updated_at = now()
			 WHERE desk = $1
			   AND since = $2
			   AND cursor = $3
			   AND NOT done
			RETURNING tickets`, at.Desk, at.Since, p.was, p.next, p.done, len(p.tickets)).Scan(&at.Tickets)
		if errors.Is(err, pgx.ErrNoRows) {
			return pipeline.Errorf(pipeline.Conflict, "another import of desk %s is under way", at.Desk)
		}
		return err
	})
	at.Done = err == nil && p.done
	return at, err
}

func savePast(ctx context.Context, tx pgx.Tx, desk string, t pipeline.PastTicket) error {
	ms := func(d time.Duration) *int64 {
		if d < 0 {
			return nil
		}
		n := d.Milliseconds()
		return &n
	}
	var reopens *int
	if t.Reopens >= 0 {
		reopens = &t.Reopens
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO desk_history (desk, ticket, created_at, solved_at, first_response_ms, first_response_business_ms, resolution_ms,
		                          resolution_business_ms, handling_ms, reopens, definition)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (desk, ticket) DO UPDATE
		   SET created_at = excluded.created_at,
		       solved_at = excluded.solved_at,
		       first_response_ms = excluded.first_response_ms,
		       first_response_business_ms = excluded.first_response_business_ms,
		       resolution_ms = excluded.resolution_ms,
		       resolution_business_ms = excluded.resolution_business_ms,
		       handling_ms = excluded.handling_ms,
		       reopens = excluded.reopens,
		       definition = excluded.definition,
		       imported_at = now()`,
		desk, t.ID, t.CreatedAt, t.SolvedAt, ms(t.FirstResponse.Calendar), ms(t.FirstResponse.Business), ms(t.Resolution.Calendar),
		ms(t.Resolution.Business), ms(t.Handling), reopens, t.Definition)
	if err != nil {
		return fmt.Errorf("store history of %s/%s: %w", desk, t.ID, err)
	}
	return nil
}

// Baseline is what desks recorded about tickets before Footnote, by desk. It is
// native and never averaged with what Footnote measured.
type Baseline struct {
	Desk, Definition string
	Tickets          int
	From, To         time.Time // first and last solved
	// Times of the desk: calendar, and by its business hours.
	FirstResponse, FirstResponseBusiness, Resolution, ResolutionBusiness Figure
	Handling                                                             Figure // N is 0 where the desk records none
	Reopened, ReopensKnown                                               int    // tickets with at least one reopen, of those where the desk tells
}

// Baselines reads the imported history; desk "" means all.
func (r *Reporter) Baselines(ctx context.Context, desk string) ([]Baseline, error) {
	rows, err := r.pool.Query(ctx, `
		WITH RECURSIVE past (desk) AS ( -- from one desk to the next in the index
		    SELECT min(desk) FROM desk_history
		    UNION ALL
		    SELECT (SELECT min(h.desk) FROM desk_history h WHERE h.desk > past.desk) FROM past WHERE past.desk IS NOT NULL
		)
		SELECT p.desk, i.updated_at, b.baseline
		  FROM past p
		  LEFT JOIN desk_imports i ON i.desk = p.desk
		  LEFT JOIN report_baselines b
		    ON b.desk = i.desk
		   AND (b.as_of = i.updated_at OR NOT i.done AND b.as_of > i.updated_at - interval '1 minute')
		 WHERE p.desk IS NOT NULL
		   AND ($1 = '' OR p.desk = $1)
		 ORDER BY p.desk`, desk)
	if err != nil {
		return nil, fmt.Errorf("read baselines: %w", err)
	}
	type kept struct {
		desk string
		asOf *time.Time // nil: not by an import
		b    *Baseline  // nil: to be computed
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k kept, err error) {
		err = row.Scan(&k.desk, &k.asOf, &k.b)
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("read baselines: %w", err)
	}
	var out []Baseline
	for _, k := range all {
		if k.b == nil {
			b, err := r.baseline(ctx, k.desk)
			if err != nil {
				return nil, err
			}
			if k.b = &b; k.asOf != nil {
				if err := r.keepBaseline(ctx, b, *k.asOf); err != nil {
					return nil, err
				}
			}
		}
		out = append(out, *k.b)
	}
	return out, nil
}

// keepBaseline saves what a history comes to until more of it is imported.
func (r *Reporter) keepBaseline(ctx context.Context, b Baseline, asOf time.Time) error {
	_, err := r.pool.Exec(ctx, `
		INSERT INTO report_baselines AS k (desk, as_of, baseline)
		VALUES ($1, $2, $3)
		ON CONFLICT (desk) DO UPDATE SET as_of = excluded.as_of, baseline = excluded.baseline
		 WHERE k.as_of < excluded.as_of`, b.Desk, asOf, b)
	if err != nil {
		return fmt.Errorf("keep baseline of %s: %w", b.Desk, err)
	}
	return nil
}

// baseline computes one desk's from all of its history.
func (r *Reporter) baseline(ctx context.Context, desk string) (Baseline, error) {
	values := func(column string) string {
		return "coalesce(array_agg(" + column + "::float8 ORDER BY " + column + ") FILTER (WHERE " + column + " IS NOT NULL), '{}')"
	}
	b := Baseline{Desk: desk}
	var v [5][]float64
	err := r.pool.QueryRow(ctx, `
		SELECT min(definition), count(*), min(solved_at), max(solved_at), count(*) FILTER (WHERE reopens > 0), count(reopens),
		       `+values("first_response_ms")+`, `+values("first_response_business_ms")+`, `+values("resolution_ms")+`,
		       `+values("resolution_business_ms")+`, `+values("handling_ms")+`
		  FROM desk_history
		 WHERE desk = $1`, desk).Scan(&b.Definition, &b.Tickets, &b.From, &b.To, &b.Reopened, &b.ReopensKnown, &v[0], &v[1], &v[2], &v[3], &v[4])
	if err != nil {
		return b, fmt.Errorf("read baseline of %s: %w", desk, err)
	}
	for i, f := range []*Figure{&b.FirstResponse, &b.FirstResponseBusiness, &b.Resolution, &b.ResolutionBusiness, &b.Handling} {
		*f = figure(v[i])
		f.Kind = "native"
	}
	return b, nil
}
