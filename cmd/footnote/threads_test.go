package main

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// stalledDesk answers a read only when its caller gives up.
type stalledDesk struct {
	name   string
	stalls bool
	asked  chan struct{}
}

func (d stalledDesk) Name() string { return d.name }
func (d stalledDesk) Can() bots.Capabilities {
	return bots.Capabilities{ReadBack: true, Hints: true}
}
func (stalledDesk) Parse(http.Header, []byte, time.Time) ([]pipeline.Event, error) { return nil, nil }
func (stalledDesk) Post(context.Context, bots.Post) (string, error)                { return "", nil }
func (d stalledDesk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	if d.stalls {
		d.asked <- struct{}{}
		<-ctx.Done()
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.Unavailable, "no answer: %w", ctx.Err())
	}
	return pipeline.Ticket{TicketRef: ref}, nil
}

// TestStalledDeskHoldsItsShare: one desk never answers; more of its tickets are
// put off at once, and another desk is read as ever. A turn that ends is free.
func TestStalledDeskHoldsItsShare(t *testing.T) {
	slow := stalledDesk{name: "slow", stalls: true, asked: make(chan struct{})}
	th := newThreads(func() []bots.Desk { return []bots.Desk{slow, stalledDesk{name: "fine"}} })
	ctx, giveUp := context.WithCancel(t.Context())
	ended := make(chan error)
	for range readsAtOnce {
		go func() {
			_, _, err := th.Thread(ctx, pipeline.TicketRef{Desk: "slow", ID: "1"})
			ended <- err
		}()
		<-slow.asked
	}
	_, _, err := th.Thread(t.Context(), pipeline.TicketRef{Desk: "slow", ID: "2"})
	if again, ok := errors.AsType[*pipeline.RetryAfterError](err); !ok || again.After != readAgain || pipeline.KindOf(err) != pipeline.Unavailable {
		t.Errorf("a further read of the stalled desk: %v", err)
	}
	if _, ok, err := th.Thread(t.Context(), pipeline.TicketRef{Desk: "fine", ID: "3"}); err != nil || !ok {
		t.Errorf("the other desk: %v", err)
	}
	giveUp()
	for range readsAtOnce {
		if err := <-ended; pipeline.KindOf(err) != pipeline.Unavailable {
			t.Errorf("a read that was given up: %v", err)
		}
	}
	go func() { <-slow.asked }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := th.Thread(ctx, pipeline.TicketRef{Desk: "slow", ID: "4"}); pipeline.KindOf(err) != pipeline.Unavailable || errors.As(err, new(*pipeline.RetryAfterError)) {
		t.Errorf("after the turns ended: %v", err)
	}
}
