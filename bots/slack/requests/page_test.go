package requests

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"footnote/bots/slack/layout"
	"footnote/bots/slack/sample"
	"footnote/pipeline"
)

// TestSurfaceLimits: whatever stands in an answer or a list, both layouts keep
// Slack's limits.
func TestSurfaceLimits(t *testing.T) {
	t.Parallel()
	words := rapid.OneOf(rapid.String(), rapid.Just(strings.Repeat("<&>", 1500)), rapid.Just(strings.Repeat("👩‍👩‍👧", 300)), rapid.Just(""), rapid.Just("\n\n "))
	rapid.Check(t, func(t *rapid.T) {
		s := func(name string) string { return words.Draw(t, name) }
		d := sample.Typical().Draft
		d.Sentences = nil
		for range rapid.IntRange(0, 30).Draw(t, "sentences") {
			d.Sentences = append(d.Sentences, pipeline.Sentence{Text: s("sentence"), Plain: rapid.Bool().Draw(t, "plain")})
		}
		d.Model, d.Fallback, d.Reduced, d.Hint = s("model"), s("fallback"), s("reduced"), s("hint")
		if rapid.Bool().Draw(t, "abstained") {
			d.Abstained = s("why") + "."
		}
		line := Line{Ticket: pipeline.TicketRef{Desk: "d", ID: s("id")}, Subject: s("subject"), From: s("from"), State: s("state")}
		var lines []Line
		for range rapid.IntRange(0, 40).Draw(t, "lines") {
			lines = append(lines, line)
		}
		sw := Switch{Paused: true, By: s("by"), Reason: s("why paused")}
		work := Work{Switch: sw, Claims: lines, Open: lines, OpenTotal: 99}
		link := func(pipeline.TicketRef) string { return "https://footnote.acme.test/" + strings.Repeat("x", 400) }
		for name, p := range map[string]layout.Page{
			"answer": Answer{Question: s("question"), Draft: d, Reference: "FN-ABCDEFGHIJ", Customer: rapid.Bool().Draw(t, "customer"), Note: s("note"), Alone: s("alone")}.page(),
			"queue":  queuePage(work, link), "say": layout.SayPage(s("say")),
			"status": statusPage(Overview{Switch: sw, Parts: []Part{{s("part"), false, s("detail")}}}),
			"report": reportPage("Report", Figures{Handling: []Duration{{Name: s("kind"), N: 1}}, Outcomes: []Count{{Name: s("outcome"), N: 3}}, Arrivals: 3, Work: []Count{{Name: s("state"), N: 3}}, Waiting: lines}, link),
		} {
			if _, err := p.Body(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if problems := layout.LintMessage(p.Blocks(false)); len(problems) > 0 {
				t.Fatalf("%s, plain: %q", name, problems)
			}
		}
		h := Home{Name: s("name"), Work: work, Page: link}
		for _, rich := range []bool{true, false} {
			if problems := layout.LintBlocks(h.page().Blocks(rich), layout.MaxViewBlocks); len(problems) > 0 {
				t.Fatalf("home: %q", problems)
			}
		}
	})
}

// TestPortsChecked: settings that cannot be are named.
func TestPortsChecked(t *testing.T) {
	t.Parallel()
	for _, d := range []DigestConfig{{Every: "hourly"}, {Every: "daily", Hour: 24}, {Every: "daily", Channel: "#x"}, {Every: "daily"}} {
		if len((Ports{Digest: d}).Wrong()) == 0 {
			t.Errorf("%+v is taken", d)
		}
	}
	if len((Ports{Reactions: map[string]string{"tada": "great"}}).Wrong()) == 0 {
		t.Error("an unknown word for a reaction is taken")
	}
}
