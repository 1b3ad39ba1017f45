package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// TestProofOutlivesItsRequest: whoever asks for a long proof gets his page, the
// proof goes on, a second request joins it, and closing ends it.
func TestProofOutlivesItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun, took := 0, time.Minute
		var fails error
		p := newProver(func(ctx context.Context, by string) (knowledge.Proof, error) {
			begun++
			select {
			case <-time.After(took):
				return knowledge.Proof{By: by}, fails
			case <-ctx.Done():
				return knowledge.Proof{}, ctx.Err()
			}
		})
		request, leave := context.WithCancel(t.Context())
		if done, err := p.Prove(request, "ana"); done || err != nil {
			t.Errorf("a proof of a minute is done at once (%v)", err)
		}
		leave()
		done, err := p.Prove(t.Context(), "ben")
		synctest.Wait()
		if done || err != nil || begun != 1 {
			t.Errorf("%d proofs at once, done %v (%v)", begun, done, err)
		}
		if p.Proving().Since.IsZero() {
			t.Error("the proof ended with its request")
		}
		if _, err := p.wait(request, "schedule"); !errors.Is(err, context.Canceled) || p.Proving().Since.IsZero() {
			t.Errorf("who waits cannot leave: %v, %+v", err, p.Proving())
		}
		if got, err := p.wait(t.Context(), "schedule"); got.By != "ana" || err != nil || begun != 1 {
			t.Errorf("who waits gets the proof of %q after %d (%v)", got.By, begun, err)
		}
		synctest.Wait()
		if x := p.Proving(); !x.Since.IsZero() || x.Failed != "" {
			t.Errorf("after its end: %+v", x)
		}
		took, fails = time.Second, pipeline.Errorf(pipeline.Unavailable, "no endpoint")
		if done, err := p.Prove(t.Context(), "ana"); !done || !errors.Is(err, fails) || p.Proving().Failed != "no endpoint" {
			t.Errorf("a proof that fails: done %v, %v, %+v", done, err, p.Proving())
		}
		fails = nil
		if done, err := p.Prove(t.Context(), "ana"); !done || err != nil || p.Proving().Failed != "" {
			t.Errorf("the next one: done %v, %v, %+v", done, err, p.Proving())
		}
		took = time.Hour
		if done, _ := p.Prove(t.Context(), "ana"); done {
			t.Error("a proof of an hour is done")
		}
		p.close()
		if !p.Proving().Since.IsZero() {
			t.Error("a proof goes on after the end")
		}
		if _, err := p.wait(t.Context(), "late"); !errors.Is(err, context.Canceled) {
			t.Errorf("a proof begins after the end: %v", err)
		}
	})
}
