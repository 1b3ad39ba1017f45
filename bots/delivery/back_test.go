package delivery

import (
	"context"
	"net/http"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// pulsedDesk is a desk with a pulse and nothing else.
type pulsedDesk struct{ pulse bots.Pulse }

func (d *pulsedDesk) Name() string           { return "north" }
func (d *pulsedDesk) Can() bots.Capabilities { return bots.Capabilities{} }
func (d *pulsedDesk) Pulse() *bots.Pulse     { return &d.pulse }
func (d *pulsedDesk) Parse(http.Header, []byte, time.Time) ([]pipeline.Event, error) {
	return nil, nil
}
func (d *pulsedDesk) Post(_ context.Context, _ bots.Post) (string, error) { return "", nil }

// TestBackOffEndsWithAnyCall: a desk that was away is left alone until any call to it
// is answered, not for the rest of its back-off. A desk that takes calls and loses
// replies, or asks to wait, is left alone to the end.
func TestBackOffEndsWithAnyCall(t *testing.T) {
	desk := &pulsedDesk{}
	d, err := New(Config{Desks: []bots.Desk{desk}, Backoff: time.Hour, MaxBackoff: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	held := func() bool { return len(d.held()) > 0 }
	desk.pulse.Failed(time.Now(), false, "it cannot be reached")
	if due := d.holdAway("north"); due > time.Hour || !held() {
		t.Fatalf("a desk that is away is not left alone (row due in %v)", due)
	}
	desk.pulse.Failed(time.Now(), false, "it cannot be reached")
	if !held() {
		t.Error("another failure ended the back-off")
	}
	desk.pulse.Answered(time.Now().Add(time.Millisecond))
	if held() {
		t.Error("the desk answered somebody and is still left alone")
	}
	d.hold("north", 0) // a reply was lost on the way
	desk.pulse.Answered(time.Now().Add(time.Second))
	if !held() {
		t.Error("a desk that loses replies is tried again because it can be read")
	}
}
