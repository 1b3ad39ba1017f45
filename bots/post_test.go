package bots_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for status := 100; status < 600; status++ {
		err := bots.ClassifyPost(&http.Response{StatusCode: status}, nil, "", now)
		want := bots.Ambiguous
		switch {
		case status >= 200 && status < 300:
			want = bots.Accepted
		case status == 429:
			want = bots.Throttled
		case status >= 400 && status < 500 && status != 408 && status != 409:
			want = bots.Refused
		}
		if got := bots.VerdictOf(err); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
	if got := bots.VerdictOf(errors.New("anything")); got != bots.Ambiguous {
		t.Errorf("unclassified: %s", got)
	}
	if got := bots.VerdictOf(fmt.Errorf("x: %w", &bots.PostError{Verdict: bots.Refused})); got != bots.Refused {
		t.Errorf("wrapped: %s", got)
	}
	if got := bots.VerdictOf(&bots.PostError{Verdict: bots.Accepted}); got != bots.Ambiguous {
		t.Errorf("an error that claims acceptance: %s", got)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, " 2 ": 2 * time.Second, "0.5": 500 * time.Millisecond,
		"-1": 0, "NaN": 0, "+Inf": time.Hour, "1e99": time.Hour, "soon": 0, "99999999": time.Hour,
		now.Add(30 * time.Second).Format(http.TimeFormat): 30 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): 0} {
		if got := bots.RetryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "  a\r\n\tb ": "a b", "\x00\x1b[31mred": "[31mred", "abcdef": "abcd…", "ééé": "ééé", "a\u2028b": "a b", "\n\n": ""} {
		if got := bots.Plain(in, 4); in != "\x00\x1b[31mred" && got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := bots.Plain("\x00\x1b[31mred", 100); got != "[31mred" {
		t.Errorf("control characters: %q", got)
	}
}

func TestJSONID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{`{"id":"a"}`: "a", `{"id":9007199254740993}`: "9007199254740993", `{"id":true}`: "", `{}`: "", `x`: ""} {
		if got, err := bots.JSONID([]byte(in)); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
}

func TestMarker(t *testing.T) {
	t.Parallel()
	if m := bots.MarkerFor("01234567-89AB-4cde-8f01-23456789abcd"); !bots.IsMarker(m) {
		t.Errorf("%s is not ours", m)
	}
	for _, m := range []string{"", "fn-", "fn-x", "01234567-89ab-4cde-8f01-23456789abcd", "fn-01234567-89ab-4cde-8f01-23456789abcd\n"} {
		if bots.IsMarker(m) {
			t.Errorf("%q is taken for ours", m)
		}
	}
	e := bots.MessageReceived(pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: "d", ID: "t"}},
		pipeline.Message{ID: "m", Role: pipeline.RoleCustomer, Marker: "somebody else's"}, time.Now())
	if got, _ := pipeline.Decode[pipeline.Received](e); got.Message.Marker != "" || got.Message.Role != pipeline.RoleCustomer {
		t.Errorf("a foreign marker: %+v", got.Message)
	}
}
