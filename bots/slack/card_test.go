package slack

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/bots/bottest"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/bots/slack/sample"
	"footnote/pipeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

// variants are cards worth looking at, by name.
func variants() map[string]pipeline.Review {
	out := map[string]pipeline.Review{}
	for _, s := range sample.Cases() {
		out[s.Name] = s.Review
	}
	return out
}

// TestGolden: every card, thread and form stands in a file to be looked at, and
// Slack's limits hold for it by our linter and by the fake workspace.
func TestGolden(t *testing.T) {
	t.Parallel()
	fake := bottest.NewSlack()
	t.Cleanup(fake.Close)
	samples, err := Samples("https://footnote.acme.test/")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for _, s := range samples {
		file := filepath.Join("testdata", s.Name+".json")
		files[s.Name+".json"] = true
		if *update {
			if err := os.WriteFile(file, s.JSON, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, s.JSON) {
			t.Errorf("%s changed; look at it and run with -update", s.Name)
		}
		if err := fake.Accepts(s.Surface, s.JSON); err != nil {
			t.Errorf("%s: Slack would refuse it: %v", s.Name, err)
		}
	}
	left, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if strings.HasSuffix(f.Name(), ".json") && !files[f.Name()] {
			t.Errorf("testdata/%s is no sample any more", f.Name())
		}
	}
}

// TestBadInputs: nothing that outsiders wrote pings, links, unfurls or hides,
// in a card, its thread, or in what people are told.
func TestBadInputs(t *testing.T) {
	t.Parallel()
	inputs := bottest.BadInputs(t)
	w := newWorld(t, "")
	for i, b := range inputs {
		r := sample.Smeared(b.Text)
		r.Draft.Message = fmt.Sprint("bad-", i) // a card of its own; the question is the last message but one
		r.Draft.Ticket.ID, r.Ticket.ID = r.Draft.Message, r.Draft.Message
		r.Ticket.Messages[1].ID = r.Draft.Message
		r.Ticket.Messages = append(r.Ticket.Messages, pipeline.Message{ID: b.Text, Role: pipeline.RoleCustomer, Public: true, Text: b.Text})
		w.reviews.put(r)
		w.handle(pipeline.DraftProposed, r)
		w.chat.Tell(w.ctx, client.Interaction{User: struct {
			ID     string `json:"id"`
			TeamID string `json:"team_id"`
		}{ID: "U1ADA"}}, b.Text)
	}
	if c, n := len(w.cards()), len(w.notes()); c != len(inputs) || n != len(inputs) {
		t.Fatalf("%d cards and %d notes for %d inputs", c, n, len(inputs))
	}
	for i, m := range append(w.cards(), w.notes()...) {
		bottest.SlackHarmless(t, inputs[i%len(inputs)].ID, m, bottest.SampleLinks...)
		if m.Unfurl {
			t.Error("may unfurl")
		}
		if body, _ := layout.Clean(inputs[i%len(inputs)].Text); m.ThreadTS != "" && strings.TrimSpace(body) != "" && !slices.Contains(m.Strings(), body) {
			t.Errorf("%s: the thread lost some of %q", inputs[i%len(inputs)].ID, body)
		}
	}
	for _, x := range w.slack.Whispers("U1ADA") { // bare addresses may stand in a whisper
		bottest.SlackHarmless(t, "whisper", bottest.SlackMessage{Text: strings.ReplaceAll(x.Text, "://", ":")}, bottest.SampleLinks...)
	}
}
