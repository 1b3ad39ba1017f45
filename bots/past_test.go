package bots_test

import (
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// TestPastOf: what counts as answered, solved and reopened where there is no
// status. A letter is a message of (c)ustomer, (a)gent or (b)ot, digits the hours
// before the next.
func TestPastOf(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		line            string
		solved          bool // marked so
		ok              bool
		first, resolved int // hours
		reopens         int
	}{
		{line: "c1a100", ok: true, first: 1, resolved: 1},
		{line: "c1a5"},
		{line: "c1a5", solved: true, ok: true, first: 1, resolved: 1},
		{line: "c1a5c2a100", ok: true, first: 1, resolved: 8},
		{line: "c1a72c2a100", ok: true, first: 1, resolved: 75, reopens: 1},
		{line: "c1a72c100"},
		{line: "c100"},
		{line: "c1b100"},
		{line: "a1c1a100"},
		{line: "c1b1a100", ok: true, first: 2, resolved: 2},
		{line: "c1a1a100", ok: true, first: 1, resolved: 2},
		{line: "c1a80c1a80c1a80", ok: true, first: 1, resolved: 163, reopens: 2},
		{line: "c1a1c1", solved: true, ok: true, first: 1, resolved: 1},
	} {
		now, ticket := begin, pipeline.Ticket{Status: pipeline.StatusOpen}
		if c.solved {
			ticket.Status = pipeline.StatusSolved
		}
		hours := 0
		for _, r := range c.line {
			role, letter := map[rune]pipeline.Role{'c': pipeline.RoleCustomer, 'a': pipeline.RoleAgent, 'b': pipeline.RoleBot}[r]
			if !letter {
				hours = 10*hours + int(r-'0')
				continue
			}
			now, hours = now.Add(time.Duration(hours)*time.Hour), 0
			ticket.Messages = append(ticket.Messages, pipeline.Message{Role: role, Public: true, At: now})
		}
		got, ok := bots.PastOf(ticket, now.Add(time.Duration(hours)*time.Hour))
		if ok != c.ok {
			t.Errorf("%s: solved %v, want %v", c.line, ok, c.ok)
		}
		if !ok {
			continue
		}
		if got.FirstResponse.Calendar != time.Duration(c.first)*time.Hour || got.Resolution.Calendar != time.Duration(c.resolved)*time.Hour || got.Reopens != c.reopens ||
			got.Handling != pipeline.Unknown || got.FirstResponse.Business != pipeline.Unknown || !got.CreatedAt.Equal(begin) {
			t.Errorf("%s: %+v", c.line, got)
		}
	}
}
