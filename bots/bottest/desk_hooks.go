package bottest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

func (f DeskFixture) message(id string) pipeline.Message {
	return pipeline.Message{ID: id, Role: pipeline.RoleCustomer, Author: pipeline.Person{Name: "Ada"}, Text: "How?", Public: true, At: f.Now()}
}

// deskSignature: what the platform did not sign is denied, always in the same words.
func deskSignature(t *testing.T, f DeskFixture) {
	if f.Sign == nil {
		t.Skip("webhooks cannot be made up")
	}
	ref, msg := f.Open()
	raw, now := f.Hook(ref, f.message(msg)), f.Now()
	if events, err := f.Desk.Parse(f.Sign(raw, now), raw, now); err != nil || len(events) != 1 {
		t.Fatalf("good signature: %d events, %v", len(events), err)
	}
	say := ""
	deny := func(name string, h http.Header, raw []byte) {
		t.Helper()
		_, err := f.Desk.Parse(h, raw, now)
		if pipeline.KindOf(err) != pipeline.Denied {
			t.Errorf("%s: %v, want denied", name, err)
			return
		}
		if f.silent(t, err); say != "" && say != err.Error() {
			t.Errorf("%s: the refusal tells the cases apart: %q", name, err)
		}
		say = err.Error()
	}
	deny("no headers", http.Header{}, raw)
	deny("no headers, nil", nil, raw)
	changed := append([]byte(nil), raw...)
	changed[len(changed)/2] ^= 1
	deny("one bit changed", f.Sign(raw, now), changed)
	deny("newline added", f.Sign(raw, now), append(append([]byte(nil), raw...), '\n'))
	deny("empty body", f.Sign(raw, now), nil)
	for key := range f.Sign(raw, now) {
		for name, v := range map[string]string{"missing": "", "garbage": "zzz", "huge": strings.Repeat("9", 10_000), "NUL": "\x00"} {
			h := f.Sign(raw, now)
			h.Set(key, v)
			deny(key+" "+name, h, raw)
		}
	}
}

// deskIdentity: a webhook, its retry, a second delivery of it and the reconcile
// poll all build the same event id, and another message another one.
func deskIdentity(t *testing.T, f DeskFixture) {
	if f.Sign == nil {
		t.Skip("webhooks cannot be made up")
	}
	ref, msg := f.Open()
	id := func(at time.Time, m pipeline.Message) string {
		t.Helper()
		raw := f.Hook(ref, m)
		events, err := f.Desk.Parse(f.Sign(raw, at), raw, at)
		if err != nil || len(events) != 1 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		e := events[0]
		if e.Ref() != ref || e.Type != pipeline.TicketReceived {
			t.Fatalf("event %+v", e)
		}
		return e.ID
	}
	first := id(f.Now(), f.message(msg))
	if again := id(f.Now().Add(time.Hour), f.message(msg)); again != first {
		t.Errorf("a retry is another event: %s, %s", first, again)
	}
	if other := id(f.Now(), f.message(msg+"x")); other == first {
		t.Error("another message is the same event")
	}
	if r, ok := bots.ReaderOf(f.Desk); ok {
		thread, err := r.Thread(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if e := bots.MessageReceived(thread, thread.Messages[0], f.Now()); e.ID != first {
			t.Errorf("the reconcile poll finds another event: %s, %s", first, e.ID)
		}
	}
}

// deskOwnReplies: our own reply, told by the platform, is never the customer's.
func deskOwnReplies(t *testing.T, f DeskFixture) {
	if f.Sign == nil {
		t.Skip("webhooks cannot be made up")
	}
	ref, _ := f.Open()
	p := f.post(ref)
	id, err := f.send(t, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []pipeline.Role{pipeline.RoleAgent, pipeline.RoleCustomer} { // some platforms mistake API users
		m := pipeline.Message{ID: id, Role: role, Text: p.Text, Public: true, At: f.Now(), Marker: p.Marker}
		raw := f.Hook(ref, m)
		events, err := f.Desk.Parse(f.Sign(raw, f.Now()), raw, f.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			got, err := pipeline.Decode[pipeline.Received](e)
			if err != nil || got.Message == nil {
				t.Fatalf("event %+v: %v", e, err)
			}
			if got.Message.Role == pipeline.RoleCustomer || got.Message.Marker != p.Marker {
				t.Errorf("our own reply is received as %+v", got.Message)
			}
		}
	}
}

// deskBadBodies: signed nonsense is Invalid or harmless, and never a panic.
func deskBadBodies(t *testing.T, f DeskFixture) {
	if f.Sign == nil {
		t.Skip("webhooks cannot be made up")
	}
	ref, msg := f.Open()
	good := f.Hook(ref, f.message(msg))
	bodies := BadBodies(t)
	for i := range good { // every truncation
		bodies = append(bodies, good[:i])
	}
	for _, raw := range bodies {
		_, err := f.Desk.Parse(f.Sign(raw, f.Now()), raw, f.Now())
		if k := pipeline.KindOf(err); err != nil && k != pipeline.Invalid && k != pipeline.Denied {
			t.Errorf("body %.80q: %v (%s), want invalid", raw, err, k)
		}
	}
}
