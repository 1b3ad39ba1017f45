package intake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/bots/intake"
	"footnote/pipeline"
)

type taken struct {
	*httptest.ResponseRecorder
	Body struct {
		Error    string
		Accepted int
		Events   []string
	}
}

func take(t *testing.T, mux http.Handler, method, path, secret, body string) taken {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-Secret", secret)
	w := taken{ResponseRecorder: httptest.NewRecorder()}
	mux.ServeHTTP(w, r)
	if w.Header().Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(w.ResponseRecorder.Body.Bytes(), &w.Body); err != nil {
			t.Fatalf("answer is not JSON: %v", err)
		}
	}
	return w
}

const hook = `{"kind":"message","ticket":{"id":"7"},"message":{"id":"m1","role":"customer","text":"Hello\u0000"}}`

func TestIntake(t *testing.T) {
	t.Parallel()
	c := flaky.NewClock()
	b, d, closed := flaky.NewBus(), flaky.NewDesk(c), flaky.NewDesk(c)
	closed.Account, closed.Has.Inbound = "closed", false
	reg := prometheus.NewRegistry()
	in, err := intake.New(intake.Config{Desks: []bots.Desk{d, closed}, Publisher: b, Now: c.Now, Metrics: reg})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	in.Install(mux)

	w := take(t, mux, "POST", "/hooks/fake", "right", hook)
	if w.Code != http.StatusAccepted || w.Body.Accepted != 1 || len(b.All()) != 1 {
		t.Fatalf("answer %d %+v, %d events", w.Code, w.Body, len(b.All()))
	}
	e := b.All()[0]
	got, err := pipeline.Decode[pipeline.Received](e)
	if err != nil || got.Message.Text != "Hello" || e.Desk != "fake" || e.Ticket != "7" || !e.ReceivedAt.Equal(c.Now()) {
		t.Fatalf("event %+v", e)
	}
	if w = take(t, mux, "POST", "/hooks/fake", "right", hook); w.Code != http.StatusAccepted || len(b.All()) != 1 {
		t.Fatalf("a duplicate: %d, %d events", w.Code, len(b.All()))
	}
	for _, r := range []struct {
		method, path, secret, body string
		want                       int
		say                        string
	}{
		{"POST", "/hooks/fake", "wrong", hook, 401, "signature"},
		{"POST", "/hooks/fake", "right", "{", 400, "not"},
		{"POST", "/hooks/fake", "right", `{"kind":"message"}`, 400, "ticket.id"},
		{"POST", "/hooks/fake", "right", `{"kind":"message","ticket":{"id":"7"}}`, 400, `"message"`},
		{"POST", "/hooks/fake", "right", `{"kind":"message","ticket":{"id":7}}`, 400, "ticket.id"},
		{"POST", "/hooks/fake", "right", "panic", 500, "went wrong"},
		{"POST", "/hooks/fake", "right", `{"kind":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "larger"},
		{"POST", "/hooks/nobody", "right", hook, 404, "No desk"},
		{"POST", "/hooks/closed", "right", hook, 403, "closed until"},
		{"GET", "/hooks/fake", "right", "", 405, ""},
		{"POST", "/hooks/fake", "right", `{"kind":"test"}`, 202, ""},
	} {
		w := take(t, mux, r.method, r.path, r.secret, r.body)
		if w.Code != r.want || !strings.Contains(w.Body.Error, r.say) || strings.Contains(w.Body.Error, "secret details") {
			t.Errorf("%s %s %.40s: %d %q, want %d", r.method, r.path, r.body, w.Code, w.Body.Error, r.want)
		}
	}
	if len(b.All()) != 1 {
		t.Fatalf("%d events", len(b.All()))
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	requests := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "footnote_intake_requests_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			key := ""
			for _, l := range m.GetLabel() {
				key += l.GetValue() + " "
			}
			requests[strings.TrimSpace(key)] = m.GetCounter().GetValue()
		}
	}
	if requests["fake accepted"] != 3 || requests["fake denied"] != 1 || requests["fake invalid"] != 4 || requests["no_desk"] != 1 {
		t.Errorf("counts %v", requests)
	}
}

// TestIntakeWithoutBus: no 2xx before the event is stored.
func TestIntakeWithoutBus(t *testing.T) {
	t.Parallel()
	c, b := flaky.NewClock(), flaky.NewBus()
	in, err := intake.New(intake.Config{Desks: []bots.Desk{flaky.NewDesk(c)}, Publisher: b, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	in.Install(mux)
	b.SetAway(true)
	w := take(t, mux, "POST", "/hooks/fake", "right", hook)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Fatalf("answer %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if strings.Contains(w.Body.Error, "ack") {
		t.Errorf("internal error shown: %s", w.Body.Error)
	}
	b.SetAway(false)
	if w = take(t, mux, "POST", "/hooks/fake", "right", hook); w.Code != http.StatusAccepted || len(b.All()) != 1 {
		t.Fatalf("after the bus came back: %d", w.Code)
	}
}

func TestTwoDesksOfOneName(t *testing.T) {
	t.Parallel()
	c := flaky.NewClock()
	if _, err := intake.New(intake.Config{Desks: []bots.Desk{flaky.NewDesk(c), flaky.NewDesk(c)}}); pipeline.KindOf(err) != pipeline.Invalid {
		t.Fatalf("error %v", err)
	}
}
