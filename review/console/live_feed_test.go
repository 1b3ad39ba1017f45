package console

import (
	"context"
	"testing"

	"footnote/pipeline"
)

// TestLiveCostsOneSubscription: many pages, one subscription; it ends with the last
// page, and begins again with the next.
func TestLiveCostsOneSubscription(t *testing.T) {
	subscribed, ended := 0, make(chan struct{}, 9)
	var feed chan pipeline.Event
	l := NewLive(func(ctx context.Context) (<-chan pipeline.Event, error) {
		subscribed++
		mine := make(chan pipeline.Event)
		feed = mine
		context.AfterFunc(ctx, func() { close(mine); ended <- struct{}{} })
		return mine, nil
	})
	open := func() (<-chan pipeline.Event, func()) {
		ctx, leave := context.WithCancel(t.Context())
		page, err := l.Subscribe(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return page, leave
	}
	one, leaveOne := open()
	two, leaveTwo := open()
	feed <- pipeline.Event{ID: "a"}
	if x, y := <-one, <-two; x.ID != "a" || y.ID != "a" || subscribed != 1 {
		t.Errorf("%q and %q by %d subscriptions", x.ID, y.ID, subscribed)
	}
	leaveOne()
	if _, more := <-one; more {
		t.Error("a page that left still hears")
	}
	feed <- pipeline.Event{ID: "b"}
	if y := <-two; y.ID != "b" {
		t.Errorf("the other page hears %q", y.ID)
	}
	leaveTwo()
	<-ended
	_, leave := open()
	defer leave()
	if subscribed != 2 {
		t.Errorf("%d subscriptions after everybody left and one came back", subscribed)
	}
}
