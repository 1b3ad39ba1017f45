package main

import (
	"bytes"
	"strings"
	"testing"

	"footnote/bots"
	"footnote/bots/bottest"
)

// TestCallsAreTold: desk check says what an idle minute costs, of what, and by whose
// word; a poll that would eat the budget is a finding.
func TestCallsAreTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		b    bots.Budget
		idle float64
		ok   bool
		says string
	}{
		{bots.Budget{}, 2, true, "no limit is told or set (zendesk_per_minute)"},
		{bots.Budget{PerMinute: 200}, 2, true, "an idle minute costs 2 of 200, as zendesk_per_minute says"},
		{bots.Budget{PerMinute: 700, Told: true}, 2, true, "of 700, as the desk tells"},
		{bots.Budget{PerMinute: 10}, 9, false, "costs 9 of 10"},
	} {
		f := callsIn(c.b, c.idle, "zendesk_per_minute")
		if f.OK != c.ok || !strings.Contains(f.Saw, c.says) || f.OK != (f.Fix == "") {
			t.Errorf("%+v: %+v", c, f)
		}
	}
	z := bottest.NewLibredesk(t)
	a, _ := runningIn(t, scratchDir(t, "test"), "knowledge=", "sync_every=0s", "reconcile=60s", "libredesk_url="+z.URL, "libredesk_key="+z.Key)
	var out bytes.Buffer
	_ = (&deskCheckCmd{Desk: "libredesk"}).run(t.Context(), a, &out) // the fake has no webhook
	if !strings.Contains(out.String(), "an idle minute costs 2 of 300, as libredesk_per_minute says") {
		t.Errorf("%s", out.String())
	}
}
