package outbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// bus keeps ids as they were published; answer says what it makes of an event.
type bus struct {
	mu     sync.Mutex
	ids    []string
	answer func(pipeline.Event) error
}

func (b *bus) Publish(_ context.Context, e pipeline.Event) error {
	if b.answer != nil {
		if err := b.answer(e); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids = append(b.ids, e.ID)
	return nil
}

type letters struct{ got []pipeline.DeadLetter }

func (l *letters) HandleDead(_ context.Context, d pipeline.DeadLetter) error {
	l.got = append(l.got, d)
	return nil
}

// setup has a pool of one connection: who holds it while publishing, or takes a
// second, waits for itself.
func setup(t *testing.T) (*Outbox, *bus, *letters, *pgxpool.Pool) {
	t.Helper()
	cfg := pgtest.New(t).Config()
	cfg.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	b, l := &bus{}, &letters{}
	return New(Config{Pool: pool, Publisher: b, Dead: l}), b, l, pool
}

func event(id string) pipeline.Event {
	return pipeline.NewEvent(pipeline.DraftDecided, id, pipeline.TicketRef{Desk: "sandbox", ID: "1"}, time.Now(), struct{}{})
}

func add(t *testing.T, pool *pgxpool.Pool, ids ...string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		for _, id := range ids {
			if err := Add(t.Context(), tx, event(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// TestRefusedEventHoldsUpNobody: what the bus will never take becomes a dead letter
// with the reason, and later events are published in the same round.
func TestRefusedEventHoldsUpNobody(t *testing.T) {
	t.Parallel()
	o, b, l, pool := setup(t)
	b.answer = func(e pipeline.Event) error {
		if e.ID == "too large" {
			return pipeline.Errorf(pipeline.Invalid, "maximum payload exceeded")
		}
		return nil
	}
	add(t, pool, "first", "too large", "approval", "another approval")
	if n, err := o.Publish(t.Context()); err != nil || n != 4 {
		t.Errorf("%d rows left the outbox, %v", n, err)
	}
	if want := []string{"first", "approval", "another approval"}; !slices.Equal(b.ids, want) {
		t.Errorf("published %q, want %q", b.ids, want)
	}
	if len(l.got) != 1 || l.got[0].Event.ID != "too large" || l.got[0].Reason != "maximum payload exceeded" || l.got[0].Consumer != Name {
		t.Errorf("dead letters %+v", l.got)
	}
	if n, err := o.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d rows wait, %v", n, err)
	}
}

// TestFailingEventIsGoneAround: one event that fails again and again waits, longer
// each time, and those behind it are published.
func TestFailingEventIsGoneAround(t *testing.T) {
	t.Parallel()
	o, b, _, pool := setup(t)
	b.answer = func(e pipeline.Event) error {
		if e.ID == "stuck" {
			return pipeline.Errorf(pipeline.Unavailable, "no leader for this subject")
		}
		return nil
	}
	add(t, pool, "stuck", "a", "b")
	if n, err := o.Publish(t.Context()); err == nil || n != 0 {
		t.Errorf("%d, %v: the bus may be away", n, err)
	}
	if n, err := o.Publish(t.Context()); err != nil || n != 2 {
		t.Errorf("%d, %v: the others are due at once", n, err)
	}
	late, err := o.Late(t.Context(), 0)
	if err != nil || late.Events != 1 || late.Reason != "no leader for this subject" || late.Type != pipeline.DraftDecided || late.Since.IsZero() {
		t.Errorf("late %+v, %v", late, err)
	}
	for range 8 {
		exec(t, pool, `UPDATE outbox SET due_at = now()`)
		if _, err := o.Publish(t.Context()); err == nil {
			t.Error("a failed publish is an error")
		}
	}
	var wait float64
	if err := pool.QueryRow(t.Context(), `SELECT extract(epoch FROM due_at - now()) FROM outbox WHERE tries = 9`).Scan(&wait); err != nil || wait < 25 || wait > 30 {
		t.Errorf("it waits for %.0f s, %v", wait, err)
	}
}

// TestNothingIsLockedWhilePublishing: rows can be locked by others, and the only
// connection is free.
func TestNothingIsLockedWhilePublishing(t *testing.T) {
	t.Parallel()
	o, b, _, pool := setup(t)
	looked := 0
	b.answer = func(pipeline.Event) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		looked++
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `SELECT FROM outbox FOR UPDATE NOWAIT`)
			return err
		})
	}
	add(t, pool, "a", "b", "c")
	if n, err := o.Publish(t.Context()); err != nil || n != 3 || looked != 3 {
		t.Errorf("%d published, %d looked, %v", n, looked, err)
	}
}

// TestClaimEndsByItself: what a dead process had claimed is published by another,
// not before the claim ends; what a living one holds is published once.
func TestClaimEndsByItself(t *testing.T) {
	t.Parallel()
	o, b, _, pool := setup(t)
	var held []Row
	hold := func(id string) {
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) {
			held, err = Hold(t.Context(), tx, event(id))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	hold("dies")
	if n, err := o.Publish(t.Context()); err != nil || n != 0 {
		t.Errorf("%d published of what another holds, %v", n, err)
	}
	exec(t, pool, `UPDATE outbox SET due_at = due_at - $1 * interval '1 second'`, claim.Seconds())
	if n, err := o.Publish(t.Context()); err != nil || n != 1 {
		t.Errorf("%d published after the claim ended, %v", n, err)
	}
	hold("lives")
	o.Send(t.Context(), held)
	exec(t, pool, `UPDATE outbox SET due_at = now()`)
	if n, err := o.Publish(t.Context()); err != nil || n != 0 || !slices.Equal(b.ids, []string{"dies", "lives"}) {
		t.Errorf("%d published again, %v: %q", n, err, b.ids)
	}
}

// TestShutdownGivesBack: a process that stops while publishing leaves nothing that
// the others have to wait for.
func TestShutdownGivesBack(t *testing.T) {
	t.Parallel()
	o, b, _, pool := setup(t)
	ctx, stop := context.WithCancel(t.Context())
	b.answer = func(e pipeline.Event) error {
		stop()
		return nil
	}
	add(t, pool, "a", "b", "c")
	if n, err := o.Publish(ctx); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	b.answer = nil
	if n, err := o.Publish(t.Context()); err != nil || n != 2 {
		t.Errorf("%d due at once, %v", n, err)
	}
}

// TestSeveralProcessesPublishOnce: three outboxes on one database.
func TestSeveralProcessesPublishOnce(t *testing.T) {
	t.Parallel()
	_, b, l, pool := setup(t)
	var ids []string
	for i := range 130 {
		ids = append(ids, fmt.Sprintf("e%03d", i))
	}
	add(t, pool, ids...)
	var wg sync.WaitGroup
	errs := make(chan error, 3)
	for range 3 {
		wg.Go(func() {
			o := New(Config{Pool: pool, Publisher: b, Dead: l})
			for {
				n, err := o.Publish(t.Context())
				if err != nil || n == 0 {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	if err := errors.Join(<-errs, <-errs, <-errs); err != nil {
		t.Error(err)
	}
	if slices.Sort(b.ids); !slices.Equal(b.ids, ids) {
		t.Errorf("%d events published: %q", len(b.ids), b.ids)
	}
}
