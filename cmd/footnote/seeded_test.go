package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/pipeline/bus"
)

// Bugs that the campaign's child can be given, to prove that its oracle sees
// them. They are part of the test binary only.
const (
	bugAckFirst   = "ack before commit"
	bugNoProbe    = "resend without looking"
	bugNoDedupe   = "every webhook is a new message"
	bugOtherText  = "send another text than was approved"
	bugUnapproved = "send without approval"
)

// stepAcked is passed by the bug that acknowledges before it works.
const stepAcked = "spoiled.acked"

// spoiler seeds bugs into the consumers of events.
func spoiler(bug string, a *app) func(string, bus.Handler) bus.Handler {
	return func(consumer string, h bus.Handler) bus.Handler {
		switch {
		case bug == bugAckFirst && consumer == "drafting":
			return func(ctx context.Context, e pipeline.Event) error {
				go func() {
					time.Sleep(time.Second) // until the acknowledgement is out
					a.step(stepAcked)
					_ = h(context.WithoutCancel(ctx), e)
				}()
				return nil
			}
		case bug == bugUnapproved && consumer == "review":
			return func(ctx context.Context, e pipeline.Event) error {
				if e.Type == pipeline.DraftProposed || e.Type == pipeline.DraftAbstained {
					_, _ = a.desks[0].Post(ctx, bots.Post{Ticket: e.Ref(), Text: "A draft that nobody read.", Marker: bots.MarkerFor(rand.Text())})
				}
				return h(ctx, e)
			}
		}
		return h
	}
}

// spoilDesks seeds bugs between Footnote and the desk.
func spoilDesks(bug string, a *app) {
	if slices.Contains([]string{bugNoProbe, bugNoDedupe, bugOtherText}, bug) {
		a.desks[0] = spoiledDesk{a.desks[0], bug}
	}
}

type spoiledDesk struct {
	bots.Desk
	bug string
}

// Thread shows no reply of ours, as if nobody had looked before sending again;
// or new names for what it has shown before, as if nobody knew it.
func (d spoiledDesk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	t, err := d.Desk.(bots.Reader).Thread(ctx, ref)
	if d.bug == bugNoProbe {
		t.Messages = slices.DeleteFunc(t.Messages, func(m pipeline.Message) bool { return bots.IsMarker(m.Marker) })
		if n := len(t.Messages); n > 0 { // nor any trace of it in the ticket's time
			t.UpdatedAt = t.Messages[n-1].At
		}
	}
	for i := range t.Messages {
		if d.bug == bugNoDedupe && t.Messages[i].Role == pipeline.RoleCustomer {
			t.Messages[i].ID += "/" + rand.Text()
		}
	}
	return t, err
}

// Changed passes the poll through.
func (d spoiledDesk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	return d.Desk.(bots.Poller).Changed(ctx, since)
}

func (d spoiledDesk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	events, err := d.Desk.Parse(h, raw, now)
	for i, e := range events {
		r, derr := pipeline.Decode[pipeline.Received](e)
		if d.bug != bugNoDedupe || derr != nil || r.Message == nil || r.Message.Role != pipeline.RoleCustomer {
			continue
		}
		id := r.Message.ID + "/" + rand.Text()
		r.Message.ID = id
		events[i] = pipeline.NewEvent(e.Type, e.ID+id, e.Ref(), e.OccurredAt, r)
	}
	return events, err
}

func (d spoiledDesk) Post(ctx context.Context, p bots.Post) (string, error) {
	if d.bug == bugOtherText {
		p.Text += "\n\nP.S. One more thing."
	}
	if d.bug == bugNoProbe {
		p.Seen = time.Time{}
	}
	return d.Desk.Post(ctx, p)
}

// TestOracleSeesSeededBugs gives the child one bug after the other and wants the
// campaign to fail on each, for the right reason.
func TestOracleSeesSeededBugs(t *testing.T) {
	if testing.Short() {
		t.Skip("starts whole processes")
	}
	tickets, err := (&demoCmd{}).readTickets()
	if err != nil {
		t.Fatal(err)
	}
	tickets = slices.DeleteFunc(tickets, func(m demo.Ticket) bool { return len(m.History) > 0 })
	for _, tc := range []struct {
		bug, dieAt, want string
		patience         time.Duration
	}{
		{"none", "delivery.posted:1", "", 3 * time.Minute}, // without a bug it is silent
		{bugAckFirst, stepAcked + ":1", "messages without outcome", 10 * time.Second},
		{bugNoProbe, "delivery.posted:1", "the reply of one approval 2 times", 3 * time.Minute},
		{bugNoDedupe, "", "messages", 5 * time.Second},
		{bugOtherText, "", "a reply that nobody approved", 3 * time.Minute},
		{bugUnapproved, "", "a reply that nobody approved", 3 * time.Minute},
	} {
		t.Run(tc.bug, func(t *testing.T) {
			t.Parallel()
			k := newCampaign(t)
			k.env = append(k.env, "FOOTNOTE_TEST_BUG="+tc.bug)
			if tc.dieAt != "" {
				k.start("FOOTNOTE_DIE_AT=" + tc.dieAt)
				k.write(tickets, 4)
				select {
				case <-k.dead:
					k.child = nil
				case <-time.After(3 * time.Minute):
					t.Fatalf("%s was not reached", tc.dieAt)
				}
			}
			k.start()
			k.write(tickets, 6)
			var found []string
			if err := k.settled(tc.patience); err != nil {
				found = append(found, err.Error())
			}
			found = append(found, k.problems()...)
			if text := strings.Join(found, "\n"); (text == "") != (tc.want == "") || !strings.Contains(text, tc.want) {
				t.Errorf("want %q, the oracle says %q", tc.want, text)
			} else {
				t.Logf("caught: %.300s", text)
			}
		})
	}
}
