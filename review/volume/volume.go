// Package volume writes a made-up past of any size into a migrated database, so
// that pages can be measured with as many tickets as a company has after years.
// The same seed and size give the same past. It is for tests and benchmarks only:
// constraints are off while it writes.
package volume

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config of a past. Only Tickets is required.
type Config struct {
	Tickets int
	Days    int       // it goes back; 0 means 365
	Now     time.Time // its end; zero means now
	Seed    uint64
	Log     func(format string, args ...any) // is told of progress; may be nil
}

// chunk is how many tickets are built in memory and copied at a time.
const chunk = 10_000

// Fill writes the past into an empty database of the newest schema. Its user must
// be a superuser, as a private server's is. When it fails, the database is of no
// further use.
func Fill(ctx context.Context, pool *pgxpool.Pool, c Config) error {
	if c.Days == 0 {
		c.Days = 365
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	c.Now = c.Now.UTC().Truncate(time.Millisecond)
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	restore, err := unbind(ctx, conn.Conn())
	if err != nil {
		return err
	}
	if err := fill(ctx, conn.Conn(), c); err != nil {
		return err
	}
	c.Log("building indexes")
	return restore(ctx)
}

func fill(ctx context.Context, conn *pgx.Conn, c Config) error {
	// A trigger would do for every row what Fill's caller does once for all.
	if _, err := conn.Exec(ctx, `SET session_replication_role = replica`); err != nil {
		return fmt.Errorf("turn triggers off: %w", err)
	}
	p := newPast(c)
	if err := p.people(ctx, conn); err != nil {
		return err
	}
	began := time.Now()
	for i := 0; i < c.Tickets; i++ {
		p.ticket(i)
		if (i+1)%chunk == 0 || i+1 == c.Tickets {
			p.seal()
			if err := p.copy(ctx, conn); err != nil {
				return err
			}
			c.Log("%d tickets, %.0f a second", i+1, float64(i+1)/time.Since(began).Seconds())
		}
	}
	_, err := conn.Exec(ctx, `SET session_replication_role = origin`)
	return err
}

// past is what is written, with the rows of the chunk under way.
type past struct {
	c       Config
	rng     *rand.Rand
	tables  map[string][][]any
	entries []entry // of the audit log, of this chunk
	seq     int64
	head    []byte
}

func newPast(c Config) *past {
	return &past{c: c, rng: rand.New(rand.NewPCG(c.Seed, uint64(c.Tickets))), tables: map[string][][]any{}, head: make([]byte, 32)}
}

func (p *past) add(table string, row ...any) { p.tables[table] = append(p.tables[table], row) }

// chance is true with probability x.
func (p *past) chance(x float64) bool { return p.rng.Float64() < x }

// pick takes one of list by its weights; without weights each is as likely.
func pick[T any](p *past, list []T, weights ...float64) T {
	if len(weights) == 0 {
		return list[p.rng.IntN(len(list))]
	}
	x := p.rng.Float64()
	for i, w := range weights {
		if x -= w; x < 0 {
			return list[i]
		}
	}
	return list[len(list)-1]
}
