package main

import (
	"math"
	"testing"
)

func TestStoreAlarm(t *testing.T) {
	t.Parallel()
	never := math.Inf(1)
	for _, tc := range []struct {
		s    storeSize
		want string
	}{
		{storeSize{name: "bus", bytes: 8 << 30, limit: 8 << 30, daysLeft: 2}, ""}, // all of it is handled
		{storeSize{name: "bus", bytes: 4 << 30, limit: 8 << 30, unhandled: 2 << 30, perDay: 900 << 20, daysLeft: 5.4},
			"bus: events that nobody has handled take 25 % of 8192 MiB; at today's rate (900 MiB a day) webhooks are refused in 5 days"},
		{storeSize{name: "bus", bytes: 8 << 30, limit: 8 << 30, unhandled: 5 << 30, daysLeft: never}, "bus: events that nobody has handled take 62 % of 8192 MiB"},
		{storeSize{name: "database", bytes: 5 << 30, limit: 50 << 30, daysLeft: 100}, ""},
		{storeSize{name: "database", bytes: 5 << 30, limit: 50 << 30, perDay: 9 << 30, daysLeft: 5}, "database: 10 % of 50 GiB used; at today's rate (9216 MiB a day) it is full in 5 days"},
		{storeSize{name: "database", bytes: 49 << 30, limit: 50 << 30, daysLeft: never}, "database: 98 % of 50 GiB used"},
		{storeSize{name: "database", bytes: 49 << 30, daysLeft: never}, ""},
	} {
		if got := tc.s.alarm(); got != tc.want {
			t.Errorf("%+v:\n got %q\nwant %q", tc.s, got, tc.want)
		}
	}
}
