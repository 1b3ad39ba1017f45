package slack

import (
	"context"
	"testing"

	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// TestAssign: a ticket is handed to a person, to a queue, or to anybody, with a note.
func TestAssign(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport, func(c *Config) {
			c.Takers = func(context.Context, pipeline.Agent) ([]bots.Taker, error) {
				return []bots.Taker{{Agent: "a-alan", Name: "Alan Turing"}, {Queue: "refunds"}}, nil
			}
		})
		for i, c := range []struct{ choose, to, queue string }{{"agent:a-alan", "a-alan", ""}, {"queue:refunds", "", "refunds"}, {"anybody", "", ""}} {
			r := freshDraft(w, "hand-"+c.choose)
			w.handle(pipeline.DraftProposed, r)
			if err := w.slack.Click(w.ctx, "U1ADA", w.mustCard(r.Draft.ID), cards.ActHandOff); err != nil {
				t.Fatal(err)
			}
			w.form("U1ADA", presses.InTo)
			if v, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InTo: c.choose, presses.InNote: "Knows the bank."}); err != nil || open {
				t.Fatal(open, err, v.Strings())
			}
			w.await("it was handed off", func() bool { return len(w.reviews.done()) == i+1 })
			if d := w.reviews.done()[i]; d.Kind != pipeline.HandOff || d.To != c.to || d.Queue != c.queue || d.Reason != "Knows the bank." || d.By.ID != ada.ID {
				t.Errorf("decided %+v", d)
			}
		}
	})
}
