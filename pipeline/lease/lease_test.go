package lease

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// TestThreeProcessesDoItOnce: whoever comes first does it, the others do not, also
// when it is done already, until the period is over.
func TestThreeProcessesDoItOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var runs atomic.Int32
	all := func() {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := New(pool).Do(t.Context(), "sweep", time.Hour, func(context.Context) error { runs.Add(1); return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	all()
	all()
	if n := runs.Load(); n != 1 {
		t.Errorf("done %d times in one period", n)
	}
	exec(t, pool, `UPDATE leases SET until = until - interval '1 hour'`)
	all()
	if n := runs.Load(); n != 2 {
		t.Errorf("done %d times in two periods", n)
	}
}

func TestWithoutAPeriodItIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	l := New(pgtest.New(t))
	for range 2 {
		if ran, err := l.Do(t.Context(), "tidy", 0, func(context.Context) error { return nil }); err != nil || !ran {
			t.Errorf("ran %v, %v", ran, err)
		}
	}
	broken := errors.New("broken")
	if ran, err := l.Do(t.Context(), "tidy", 0, func(context.Context) error { return broken }); !ran || !errors.Is(err, broken) {
		t.Errorf("ran %v, %v", ran, err)
	}
}

// TestLongWorkKeepsItsLease: work that takes longer than the lease is nobody
// else's; once another has taken the lease, the work is cancelled.
func TestLongWorkKeepsItsLease(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	l := New(pool)
	l.hold = 300 * time.Millisecond
	var first, until time.Time
	ran, err := l.Do(t.Context(), "long", 0, func(ctx context.Context) error {
		if err := pool.QueryRow(ctx, `SELECT until FROM leases`).Scan(&first); err != nil {
			return err
		}
		for until = first; !until.After(first.Add(l.hold)); { // renewed again and again
			if err := pool.QueryRow(ctx, `SELECT until FROM leases`).Scan(&until); err != nil {
				return err
			}
		}
		if ran, err := New(pool).Do(ctx, "long", 0, func(context.Context) error { return nil }); ran || err != nil {
			t.Errorf("another ran it meanwhile: %v, %v", ran, err)
		}
		if _, err := pool.Exec(ctx, `UPDATE leases SET holder = 'another'`); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !ran || err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("ran %v, %v; want that the lease was lost", ran, err)
	}
	var holder string
	if err := pool.QueryRow(t.Context(), `SELECT holder FROM leases`).Scan(&holder); err != nil || holder != "another" {
		t.Errorf("the lease of %q was ended by who had lost it, %v", holder, err)
	}
}
