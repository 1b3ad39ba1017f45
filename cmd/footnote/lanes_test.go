package main

import (
	"testing"
	"time"

	"footnote/pipeline/bus"
)

func TestSayLate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 11, 50, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return now.Add(d) }
	for name, tc := range map[string]struct {
		late []bus.Late
		want string
	}{
		"nothing":      {},
		"a short wait": {late: []bus.Late{{Consumer: "slack", Desk: "zendesk", Waiting: 3, Until: at(9 * time.Second)}}},
		"a hiccup":     {late: []bus.Late{{Consumer: "tracking", Desk: "zendesk", Failing: 3, Since: at(-9 * time.Second)}}},
		"one desk, two consumers": {late: []bus.Late{
			{Consumer: "desk-notes", Desk: "zendesk", Waiting: 4, Until: at(10 * time.Minute), Reason: "429"},
			{Consumer: "tracking", Desk: "zendesk", Waiting: 10, Until: at(50 * time.Minute), Reason: "429 too"}},
			want: "desk zendesk waits until 12:40 UTC, 14 events (desk-notes, tracking: 429)"},
		"two desks": {late: []bus.Late{
			{Consumer: "tracking", Desk: "a", Failing: 1, Since: at(-20 * time.Hour), Reason: "away"},
			{Consumer: "tracking", Desk: "b", Waiting: 1, Until: at(time.Minute), Failing: 2, Since: at(-time.Minute), Reason: "x"}},
			want: "desk a fails since 1 March 15:50 UTC, 1 event is tried again (tracking: away); desk b waits until 11:51 UTC, 1 event; fails since 11:49 UTC, 2 events are tried again (tracking: x)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sayLate(tc.late, now); got != tc.want {
				t.Fatalf("\n got %q\nwant %q", got, tc.want)
			}
		})
	}
}
