package attack

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
)

// TestRunCounts: each outcome is counted as what it is, also a process that falls.
func TestRunCounts(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/fails", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/serves", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/ends", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	s := httptest.NewServer(mux)
	defer s.Close()
	target, err := NewTarget(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	target.Client.Timeout = 5 * time.Second
	entrances := []Entrance{{Name: "serves", Method: "GET", Path: "/serves"}, {Name: "fails", Method: "GET", Path: "/fails"}, {Name: "ends", Method: "GET", Path: "/ends"}, {Name: "nothing", Method: "GET", Path: "/nothing"}}
	one := Kind{Name: "one", Send: func(ctx context.Context, t Target, e Entrance, _ int) Outcome {
		return t.post(ctx, "POST", e.Path, "", "x", nil)
	}}
	rows, err := Run(t.Context(), target, entrances, []Kind{one}, 6)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Outcome{Served, Failed, Ended, Refused} {
		if rows[i].N != 6 || rows[i].Of[want] != 6 {
			t.Errorf("%s: %+v", rows[i].Entrance, rows[i])
		}
	}
	var b strings.Builder
	if err := Write(&b, rows); err != nil || !strings.Contains(b.String(), "all") {
		t.Errorf("%v\n%s", err, b.String())
	}
	falls := Kind{Name: "falls", Send: func(ctx context.Context, t Target, e Entrance, _ int) Outcome {
		s.CloseClientConnections()
		s.Close()
		return t.post(ctx, "GET", e.Path, "", "", nil)
	}, Most: 1}
	if _, err := Run(t.Context(), target, entrances, []Kind{falls, one}, 6); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Errorf("a process that fell: %v", err)
	}
	for _, away := range []string{"http://example.org", "https://127.0.0.1", "http://10.0.0.1:80", "x"} {
		if _, err := NewTarget(away); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", away, err)
		}
	}
}

// TestKindsSend: every kind can be sent to every entrance that it fits, without an error
// of its own.
func TestKindsSend(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer s.Close()
	target, err := NewTarget(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	entrances := []Entrance{{Name: "page", Method: "GET", Path: "/a"}, {Name: "hook", Method: "POST", Path: "/b", Type: "application/json", Body: `{"id":"1","a":1}`,
		Sign: func([]byte, time.Time) http.Header { return http.Header{"X-Signature": {"abc"}} }}}
	rows, err := Run(t.Context(), target, entrances, Kinds, 10)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Of[Failed]+r.Of[Crashed]+r.Of[Served] > 0 {
			t.Errorf("%+v", r)
		}
	}
}
