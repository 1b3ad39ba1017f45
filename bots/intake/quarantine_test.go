package intake_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/bots/intake"
	"footnote/migrations/localpg/pgtest"
)

// hookTo sends a body to the fake desk and returns the status.
func hookTo(t *testing.T, c intake.Config, secret, body string) int {
	t.Helper()
	in, err := intake.New(c)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	in.Install(mux)
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/hooks/fake", bytes.NewReader([]byte(body)))
	r.Header.Set("X-Secret", secret)
	mux.ServeHTTP(w, r)
	return w.Code
}

// TestQuarantine: what the desk signed and nobody can read is kept, once a body,
// with its reason and its beginning; what it did not sign is not.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	c, q, reg := flaky.NewClock(), intake.NewQuarantine(pgtest.New(t)), prometheus.NewRegistry()
	cfg := intake.Config{Desks: []bots.Desk{flaky.NewDesk(c)}, Publisher: flaky.NewBus(), Quarantine: q, Now: c.Now}
	broken, huge := `{"kind":"message","ticket":{"id":"t1"`, "\x00\xff"+strings.Repeat("x", 200_000)
	for i, body := range []string{broken, broken, huge, "", "panic"} {
		c.Advance(time.Second)
		want := http.StatusBadRequest
		if body == "panic" {
			want = http.StatusInternalServerError
		}
		if cfg.Metrics = nil; i == 0 {
			cfg.Metrics = reg
		}
		if code := hookTo(t, cfg, "right", body); code != want {
			t.Errorf("%.20q is answered %d, want %d", body, code, want)
		}
	}
	cfg.Metrics = nil
	if code := hookTo(t, cfg, "wrong", "{not ours"); code != http.StatusUnauthorized {
		t.Errorf("unsigned: %d", code)
	}
	if code := hookTo(t, cfg, "right", `{"kind":"test"}`); code != http.StatusAccepted {
		t.Errorf("readable: %d", code)
	}
	list, err := q.List(t.Context(), "fake", 10)
	if err != nil || len(list) != 4 {
		t.Fatalf("%d kept, %v", len(list), err)
	}
	if u := list[3]; string(u.Body) != broken || u.Times != 2 || u.Size != int64(len(broken)) || !strings.Contains(u.Reason, "not the JSON") || !u.LastAt.After(u.FirstAt) {
		t.Errorf("kept as %+v", u)
	}
	if u := list[2]; u.Size != int64(len(huge)) || string(u.Body) != huge[:64<<10] {
		t.Errorf("of %d bytes %d were kept", u.Size, len(u.Body))
	}
	if other, err := q.List(t.Context(), "other", 10); err != nil || len(other) != 0 {
		t.Errorf("another desk has %d, %v", len(other), err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := 0.0
	for _, f := range families {
		if f.GetName() == "footnote_intake_quarantined_total" {
			counted = f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	if counted != 1 { // the first request's registry
		t.Errorf("the metric counts %v, want 1", counted)
	}
}

// TestQuarantineIsBounded keeps the latest 500 of a desk.
func TestQuarantineIsBounded(t *testing.T) {
	t.Parallel()
	c, q := flaky.NewClock(), intake.NewQuarantine(pgtest.New(t))
	for i := range 510 {
		c.Advance(time.Second)
		if err := q.Keep(t.Context(), "fake", "r", []byte{byte(i), byte(i >> 8)}, c.Now()); err != nil {
			t.Fatal(err)
		}
	}
	list, err := q.List(t.Context(), "", 1000)
	if err != nil || len(list) != 500 || !bytes.Equal(list[0].Body, []byte{509 & 0xff, 509 >> 8}) {
		t.Errorf("%d kept, %v", len(list), err)
	}
}

type fullDisk struct{}

func (fullDisk) Keep(context.Context, string, string, []byte, time.Time) error {
	return errors.New("disk full")
}

// TestQuarantineAway: what can be neither read nor kept is sent again.
func TestQuarantineAway(t *testing.T) {
	t.Parallel()
	c := flaky.NewClock()
	if code := hookTo(t, intake.Config{Desks: []bots.Desk{flaky.NewDesk(c)}, Publisher: flaky.NewBus(), Quarantine: fullDisk{}, Now: c.Now}, "right", "{"); code != http.StatusServiceUnavailable {
		t.Errorf("answered %d, want 503", code)
	}
}
