package bottest

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// DeskFixture is one desk adapter together with a fake of its platform.
type DeskFixture struct {
	Desk bots.Desk
	// Now is the clock of adapter and platform.
	Now func() time.Time
	// Sign returns the headers with which the platform would send a body at a
	// time. Nil for platforms whose bodies the suite cannot make up.
	Sign func(raw []byte, at time.Time) http.Header
	// Hook is the body of the platform's webhook about one message.
	Hook func(ref pipeline.TicketRef, m pipeline.Message) []byte
	// Open makes a ticket with one customer message at the platform and returns
	// both identifiers.
	Open func() (ref pipeline.TicketRef, message string)
	// Reply and Read script what the next POST of a reply and the next read meet.
	Reply func(DeskFault)
	Read  func(DeskFault)
	// Accepted is the platform's ledger: the public replies it took for a ticket.
	Accepted func(ref pipeline.TicketRef) []DeskReply
	// Cut makes the platform unreachable: connections are refused.
	Cut func()
	// Secrets must not show in any error.
	Secrets []string
	// HTML: the platform keeps replies as HTML, and DeskReply.Text is bots.Text
	// of it: equal to what was approved but for white space.
	HTML bool
}

// DeskFault is what a call meets. It maps to any platform's fake.
type DeskFault struct {
	Status     int    // answer with it; 0 with Body means 200
	Body       string // in place of the platform's answer
	RetryAfter time.Duration
	Accept     bool // the reply counts nevertheless
	Reset      bool // no answer, the connection is reset
	Stall      bool // no answer until the caller gives up
}

// DeskReply is one reply in the platform's ledger.
type DeskReply struct {
	ID, Text, Marker string
	Author           pipeline.Person
	Recipient        pipeline.Person
}

// hardText is a reply with bytes that software likes to change.
const hardText = "Hello Ada,\r\n\r\n1.\tOpen\u00a0settings \u2028 <b>&amp; \"quotes\"</b>\n\n  e\u0301 👩‍👩‍👧 \u202eabc\u202c *_~`[x](https://a.example/?b=c&d=%20)\n— Grace \n\n"

// Desk is the conformance suite of desks: every adapter passes it. open is
// called for each part with a fresh platform.
func Desk(t *testing.T, open func(t *testing.T) DeskFixture) {
	for name, part := range map[string]func(*testing.T, DeskFixture){
		"capabilities": deskCapabilities,
		"post":         deskPost,
		"verdicts":     deskVerdicts,
		"unreachable":  deskUnreachable,
		"read":         deskRead,
		"changed":      deskChanged,
		"signature":    deskSignature,
		"identity":     deskIdentity,
		"own replies":  deskOwnReplies,
		"bad bodies":   deskBadBodies,
		"concurrent":   deskConcurrent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part(t, open(t))
		})
	}
}

func deskCapabilities(t *testing.T, f DeskFixture) {
	can := f.Desk.Can()
	if f.Desk.Name() == "" {
		t.Error("the desk has no name")
	}
	if _, ok := f.Desk.(bots.Reader); can.ReadBack && !ok {
		t.Error("ReadBack without Thread")
	}
	if _, ok := f.Desk.(bots.Poller); can.Poll && (!ok || !can.ReadBack) {
		t.Error("Poll without Changed and Thread")
	}
}

func (f DeskFixture) post(ref pipeline.TicketRef) bots.Post {
	return bots.Post{Ticket: ref, Text: hardText, Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd"),
		Author:    pipeline.Agent{ID: "a1", Name: "Grace Hopper", Email: "grace@example.org"},
		Recipient: pipeline.Person{Name: "Ada", Email: "ada@example.org"},
		Citations: []pipeline.Citation{{Passage: "01234567-89ab-4cde-8f01-23456789abce", Version: 2}}}
}

func (f DeskFixture) send(t *testing.T, p bots.Post) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return f.Desk.Post(ctx, p)
}

// deskPost: the text arrives byte for byte and is found again by its marker.
func deskPost(t *testing.T, f DeskFixture) {
	ref, question := f.Open()
	p := f.post(ref)
	id, err := f.send(t, p)
	if err != nil || id == "" {
		t.Fatalf("post: id %q, error %v", id, err)
	}
	got := f.Accepted(ref)
	same := len(got) == 1 && (got[0].Text == p.Text || f.HTML && bots.SameText(got[0].Text, p.Text))
	if !same || got[0].ID != id {
		t.Fatalf("the platform has %+v, want one reply %s with the exact text", got, id)
	}
	if f.Desk.Can().AgentName && got[0].Author.Name != p.Author.Name {
		t.Errorf("author %+v", got[0].Author)
	}
	reader, ok := bots.ReaderOf(f.Desk)
	if !ok {
		return
	}
	thread, err := reader.Thread(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if thread.TicketRef != ref || len(thread.Messages) != 2 || thread.Messages[0].ID != question {
		t.Fatalf("thread %+v", thread)
	}
	if last, ok := thread.LastCustomerMessage(); !ok || last.ID != question {
		t.Errorf("last customer message %+v", last)
	}
	m := thread.Messages[1]
	if m.ID != id || m.Role != pipeline.RoleAgent || !m.Public {
		t.Errorf("our reply is read back as %+v", m)
	}
	if f.Desk.Can().Marker != bots.MarkerText && m.Marker != p.Marker {
		t.Errorf("marker %q is read back as %q", p.Marker, m.Marker)
	}
}

// deskVerdicts: each failure is classified, and no POST is ever repeated.
func deskVerdicts(t *testing.T, f DeskFixture) {
	ref, _ := f.Open()
	type row struct {
		fault DeskFault
		want  bots.Verdict
	}
	var rows []row
	for _, s := range []int{400, 401, 403, 404, 405, 410, 413, 415, 422, 451} {
		rows = append(rows, row{DeskFault{Status: s, Body: `{"error":"no"}`}, bots.Refused})
	}
	for _, s := range []int{302, 307, 408, 409, 500, 502, 503, 504, 529} {
		rows = append(rows, row{DeskFault{Status: s, Body: "<html>oops</html>"}, bots.Ambiguous},
			row{DeskFault{Status: s, Accept: true}, bots.Ambiguous})
	}
	for _, b := range []string{"<html>Sign in</html>", `{"id":`, "{}", "null", "[]", `{"id":{}}`, `{"id":""}`, " "} {
		rows = append(rows, row{DeskFault{Status: 200, Body: b, Accept: true}, bots.Ambiguous})
	}
	rows = append(rows, row{DeskFault{Reset: true}, bots.Ambiguous}, row{DeskFault{Reset: true, Accept: true}, bots.Ambiguous},
		row{DeskFault{Status: 429, RetryAfter: 7 * time.Second}, bots.Throttled}, row{DeskFault{Status: 429}, bots.Throttled})
	for _, r := range rows {
		before := len(f.Accepted(ref))
		f.Reply(r.fault)
		_, err := f.send(t, f.post(ref))
		if got := bots.VerdictOf(err); got != r.want {
			t.Errorf("%+v: verdict %s (%v), want %s", r.fault, got, err, r.want)
		}
		after := 0
		if r.fault.Accept {
			after = 1
		}
		if n := len(f.Accepted(ref)) - before; n != after {
			t.Fatalf("%+v: %d replies were accepted, want %d", r.fault, n, after)
		}
		f.silent(t, err)
		if r.fault.RetryAfter > 0 && !strings.Contains(retryAfter(err).String(), "7s") {
			t.Errorf("Retry-After is read as %s", retryAfter(err))
		}
	}
	f.Reply(DeskFault{Stall: true})
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	if _, err := f.Desk.Post(ctx, f.post(ref)); bots.VerdictOf(err) != bots.Ambiguous {
		t.Errorf("timeout: %v, want ambiguous", err)
	}
}

func retryAfter(err error) time.Duration {
	if e, ok := err.(*bots.PostError); ok { //nolint:errorlint // adapters return it as it is
		return e.After
	}
	return 0
}

// silent checks that an error gives no secret away.
func (f DeskFixture) silent(t *testing.T, err error) {
	t.Helper()
	for _, s := range f.Secrets {
		if err != nil && s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("error shows a secret: %v", err)
		}
	}
}

func deskUnreachable(t *testing.T, f DeskFixture) {
	if f.Cut == nil {
		t.Skip("the fake cannot refuse connections")
	}
	ref, _ := f.Open()
	f.Cut()
	if _, err := f.send(t, f.post(ref)); bots.VerdictOf(err) != bots.NotSent {
		t.Errorf("refused connection: %v, want not_sent", err)
	}
	if r, ok := bots.ReaderOf(f.Desk); ok {
		if _, err := r.Thread(t.Context(), ref); pipeline.KindOf(err) != pipeline.Unavailable {
			t.Errorf("refused connection: %v, want unavailable", err)
		}
	}
}

func deskRead(t *testing.T, f DeskFixture) {
	reader, ok := bots.ReaderOf(f.Desk)
	if !ok {
		t.Skip("the desk cannot be read")
	}
	ref, _ := f.Open()
	if _, err := reader.Thread(t.Context(), pipeline.TicketRef{Desk: ref.Desk, ID: "no/such?ticket"}); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("no such ticket: %v, want not found", err)
	}
	for _, r := range []struct {
		fault DeskFault
		want  pipeline.Kind
	}{
		{DeskFault{Status: 404}, pipeline.NotFound}, {DeskFault{Status: 401}, pipeline.Denied}, {DeskFault{Status: 403}, pipeline.Denied},
		{DeskFault{Status: 500}, pipeline.Unavailable}, {DeskFault{Status: 429, RetryAfter: time.Second}, pipeline.Unavailable},
		{DeskFault{Reset: true}, pipeline.Unavailable}, {DeskFault{Status: 302}, pipeline.Unavailable},
		{DeskFault{Status: 200, Body: "<html>"}, pipeline.Unavailable}, {DeskFault{Status: 200, Body: `{"id":"x","messages":[{`}, pipeline.Unavailable},
		{DeskFault{Status: 200, Body: "{}"}, pipeline.Unavailable}, {DeskFault{Status: 200, Body: "null"}, pipeline.Unavailable},
	} {
		f.Read(r.fault)
		_, err := reader.Thread(t.Context(), ref)
		if err == nil && r.fault.Reset {
			continue // reading again is harmless, and HTTP clients do
		}
		if pipeline.KindOf(err) != r.want || err == nil {
			t.Errorf("%+v: %v, want %s", r.fault, err, r.want)
		}
		f.silent(t, err)
	}
	if _, err := reader.Thread(t.Context(), ref); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}

func deskChanged(t *testing.T, f DeskFixture) {
	poller, ok := bots.PollerOf(f.Desk)
	if !ok {
		t.Skip("the desk cannot be polled")
	}
	a, _ := f.Open()
	b, _ := f.Open()
	refs, err := poller.Changed(t.Context(), f.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	count := map[pipeline.TicketRef]int{}
	for _, r := range refs {
		count[r.TicketRef]++
	}
	if count[a] != 1 || count[b] != 1 {
		t.Errorf("changed %v, want %s and %s once each", refs, a, b)
	}
	if refs, err = poller.Changed(t.Context(), f.Now().Add(time.Hour)); err != nil || len(refs) != 0 {
		t.Errorf("changed in the future: %v, %v", refs, err)
	}
}

func deskConcurrent(t *testing.T, f DeskFixture) {
	ref, _ := f.Open()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := f.send(t, f.post(ref)); err != nil {
				t.Error(err)
			}
			_, _ = f.Desk.Parse(http.Header{}, []byte("{}"), f.Now())
			if r, ok := bots.ReaderOf(f.Desk); ok {
				if _, err := r.Thread(t.Context(), ref); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(f.Accepted(ref)); n != 8 {
		t.Errorf("%d replies, want 8: desks do not de-duplicate", n)
	}
}
