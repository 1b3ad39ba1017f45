package guard

import (
	"slices"
	"testing"

	"footnote/pipeline"
)

// TestHostileSpellings: codes, addresses and numbers that only internal sources have
// block in an edited text in whatever spelling; what is like them and public does not.
func TestHostileSpellings(t *testing.T) {
	internal := pipeline.Passage{ID: "i", Document: "int", Version: 1, Title: "Runbook INT-SEC-017", URL: "https://wiki.corp-fernhill.example/runbooks/night-shift", Audience: pipeline.Restricted,
		Text: "Escalate with code NIGHTOWL-4411 to second-line@ops-fernhill.example or call +49 30 5550 1234. Dashboards: https://grafana.int-fernhill.example/d/abc. The form is F-1."}
	check := func(said string) []string {
		return found(CheckText(TextInput{Text: said, Passages: []pipeline.Passage{refunds}, Internal: []pipeline.Passage{internal}}), pipeline.Block)
	}
	for _, bad := range []string{
		"See INT-SEC-017.", "See int-sec-017.", "See INT SEC 017.", "See INTSEC017.", "See INT-SEC-17.", "See INT–SEC–017.", "See INT.SEC.017.", "See INT_SEC_017.",
		"See 1NT-SEC-O17.", "See INT-SEC-\u200b017.", "See ＩＮＴ－ＳＥＣ－０１７.", "Quote NIGHTOWL 4411 please.", "Quote NIGTOWL-4411 please.", "Quote NIGHTOWLS-4411 please.", "Quote nightowl4411 please.", "Quote NIGHTWOL-4411.",
		"Quote N I G H T O W L 4411.", "The code is NIGHTOWL\nand 4411. No: NIGHTOWL\n4411.",
		"Look at https://wiki.corp-fernhill.example/runbooks/night-shift", "Look at http://www.wiki.corp-fernhill.example/runbooks/night-shift/", "Look at wiki.corp-fernhill.example/runbooks/nightshift", "Look at WIKI.CORP-FERNHILL.EXAMPLE",
		"Look at wiki[.]corp-fernhill[.]example/runbooks", "Look at wiki.corp-fernhill.example/other", "Look at wiki corp fernhill example runbooks night shift", "https://grafana.int-fernhill.example/d/xyz",
		"Write to second-line@ops-fernhill.example", "Write to second_line@ops-fernhill.example", "Write to secondline @ ops-fernhill . example", "Write to second-line (at) ops-fernhill (dot) example", "Write to second-lin@ops-fernhill.example",
		"Call +49 30 55501234", "Call 030/5550 1234", "Call 0049 30 5550-1234",
	} {
		if got := check(bad); !slices.Contains(got, "audience") && !slices.Contains(got, "link") {
			t.Errorf("%q passes: %v", bad, check(bad))
		}
	}
	for _, good := range []string{
		"See INT-SEC-018.", "Your order 4411 is on its way.", "Your case number is NIGHTOWL-4412.", "Use form F-1.", "It takes 17 seconds in each section.", "Call +49 30 5550 9999", "Refunds take 5 business days.",
		"Write to billing@fernhill.example", "The night shift answers runbook questions.", "We have 4411 owls at night.", "Look at https://help.fernhill.example/en/refunds",
	} {
		if got := check(good); slices.Contains(got, "audience") {
			t.Errorf("%q is blocked: %v", good, got)
		}
	}
}
