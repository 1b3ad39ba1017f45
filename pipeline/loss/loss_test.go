package loss

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// scripted is a bus that says what the test wants.
type scripted struct {
	stream  Stream
	handled bool
	away    error
}

func (s *scripted) Events(context.Context) (Stream, error)        { return s.stream, s.away }
func (s *scripted) Handled(context.Context, uint64) (bool, error) { return s.handled, s.away }

func TestLessThanBefore(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 11, 30, 9, 0, 0, 123456789, time.UTC)
	for name, tc := range map[string]struct {
		then Stream
		say  string
	}{
		"made anew":    {Stream{Name: "FOOTNOTE", Made: made.Add(time.Hour), Last: 90}, "made anew"},
		"emptied":      {Stream{Name: "FOOTNOTE", Made: made.Add(time.Second), Last: 0}, "it had 50"},
		"rolled back":  {Stream{Name: "FOOTNOTE", Made: made, Last: 25}, "rolled back from event 50 to 25"},
		"damaged":      {Stream{Name: "FOOTNOTE", Made: made, Last: 60, Damaged: 7}, "cannot read: 5"},
		"as it was":    {Stream{Name: "FOOTNOTE", Made: made, Last: 50, Damaged: 2}, ""},
		"went on":      {Stream{Name: "FOOTNOTE", Made: made, Last: 51, Damaged: 2}, ""},
		"mended since": {Stream{Name: "FOOTNOTE", Made: made, Last: 70}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			b := &scripted{stream: Stream{Name: "FOOTNOTE", Made: made, Last: 50, Damaged: 2}, handled: true}
			var since []time.Time
			w := New(Config{Pool: pool, Bus: b, Sources: []Source{func(_ context.Context, at time.Time) (int, error) { since = append(since, at); return 3, nil }}})
			look := func() {
				t.Helper()
				if err := w.Look(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			look()
			b.stream = tc.then
			look()
			look()
			err := Check(t.Context(), pool)
			if tc.say == "" {
				if err != nil || since != nil {
					t.Errorf("%v, asked again since %v: nothing is lost", err, since)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.say) || !strings.Contains(err.Error(), "3 events") {
				t.Errorf("said: %v; want %q", err, tc.say)
			}
			if len(since) != 1 {
				t.Errorf("asked again %d times", len(since))
			}
		})
	}
}

// TestFromTheLastPointButOne: what is asked for again begins at the last point but one
// up to which everything was handled, and stays there while something is not.
func TestFromTheLastPointButOne(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	b := &scripted{stream: Stream{Name: "FOOTNOTE", Made: time.Now(), Last: 1}, handled: true}
	var since, settled time.Time
	var fails error
	w := New(Config{Pool: pool, Bus: b, Settled: func(_ context.Context, at time.Time) error { settled = at; return nil },
		Sources: []Source{func(_ context.Context, at time.Time) (int, error) { since = at; return 1, fails }}})
	now := func() (at time.Time) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), `SELECT clock_timestamp()`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	var points []time.Time
	for range 4 {
		points = append(points, now())
		if err := w.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.handled = false
	for range 3 { // somebody is behind: the points stand still
		if err := w.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !settled.After(points[1]) || !settled.Before(points[2]) {
		t.Errorf("settled up to %v, want between %v and %v", settled, points[1], points[2])
	}
	b.stream.Last, fails = 0, errors.New("the database is away")
	if err := w.Look(t.Context()); err == nil {
		t.Error("a source that fails is no success")
	}
	if err := Check(t.Context(), pool); err == nil || !strings.Contains(err.Error(), "not made good yet") {
		t.Error(err)
	}
	fails = nil
	if err := w.Look(t.Context()); err != nil { // the stream is as before now: the loss is still open
		t.Fatal(err)
	}
	if !since.Equal(settled) {
		t.Errorf("asked again since %v, want %v", since, settled)
	}
	b.away = errors.New("away")
	if err := w.Look(t.Context()); err == nil {
		t.Error("a bus that is away has lost nothing, and is said to be away")
	}
}
