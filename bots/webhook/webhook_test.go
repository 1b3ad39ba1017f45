package webhook_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/webhook"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m, migrations.ApplyDSN)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

const secretIn, secretOut = "in-secret-0123456789", "whsec_b3V0LXNlY3JldC0wMTIzNDU2Nzg5"

var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// system is somebody's own helpdesk on the other side of the webhook desk.
type system struct {
	bottest.Outbox
	t       *testing.T
	clock   *bottest.Clock
	in      bots.WebhookKeys // signs what it tells
	keys    bots.WebhookKeys // verifies what it is told
	told    int
	mu      sync.Mutex
	tickets map[string]*bots.InboundTicket
	replies map[string][]bottest.DeskReply
	faults  map[string][]bottest.DeskFault
	ids     []string // Webhook-Id of every reply POST
	n       int
}

func newSystem(t *testing.T) (*system, *httptest.Server) {
	in, err := bots.NewWebhookKeys(secretIn)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := bots.NewWebhookKeys(secretOut)
	if err != nil {
		t.Fatal(err)
	}
	s := &system{t: t, clock: bottest.NewClock(), in: in, keys: keys, tickets: map[string]*bots.InboundTicket{}, replies: map[string][]bottest.DeskReply{}, faults: map[string][]bottest.DeskFault{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reply", s.reply)
	mux.HandleFunc("GET /thread", s.thread)
	mux.HandleFunc("GET /changed", s.changed)
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	return s, web
}

func (s *system) next(route string) (f bottest.DeskFault) {
	if q := s.faults[route]; len(q) > 0 {
		f, s.faults[route] = q[0], q[1:]
	}
	return f
}

// fail gives a fault's answer and tells whether there was one.
func (s *system) fail(f bottest.DeskFault, w http.ResponseWriter, r *http.Request) bool {
	if f.Stall {
		s.mu.Unlock()
		<-r.Context().Done()
		s.mu.Lock()
		return true
	}
	if f.Reset {
		panic(http.ErrAbortHandler)
	}
	if f.Status == 0 {
		return false
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Body)
	return true
}

func (s *system) reply(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	if err := s.keys.Verify(r.Header, raw, s.clock.Now()); err != nil {
		s.t.Errorf("a reply is not signed: %v", err)
	}
	var in webhook.Reply
	if err := json.Unmarshal(raw, &in); err != nil || in.Type != "reply.send" || in.Citations == nil {
		s.t.Errorf("reply %s: %v", raw, err)
	}
	if r.Header.Get(bots.HeaderID) != in.Marker {
		s.t.Errorf("Webhook-Id %q is not the marker %q", r.Header.Get(bots.HeaderID), in.Marker)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tickets[in.Ticket]; t != nil && !in.Seen.IsZero() && t.UpdatedAt.After(in.Seen) {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	s.ids = append(s.ids, in.Marker)
	f := s.next("reply")
	if f.Accept || !f.Reset && !f.Stall && f.Status == 0 {
		s.n++
		id := fmt.Sprintf("r%d", s.n)
		s.replies[in.Ticket] = append(s.replies[in.Ticket], bottest.DeskReply{ID: id, Text: in.Text, Marker: in.Marker, Author: in.Author, Recipient: in.Recipient})
		if t := s.tickets[in.Ticket]; t != nil {
			s.say(t, bots.InboundMessage{ID: id, Role: pipeline.RoleAgent, Author: in.Author, Text: in.Text, Marker: in.Marker})
		}
	}
	if s.fail(f, w, r) {
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"id": fmt.Sprintf("r%d", s.n)})
}

func (s *system) thread(w http.ResponseWriter, r *http.Request) {
	if err := s.keys.Verify(r.Header, nil, s.clock.Now()); err != nil {
		s.t.Errorf("a read is not signed: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail(s.next("read"), w, r) {
		return
	}
	t := s.tickets[r.URL.Query().Get("ticket")]
	if t == nil {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(t)
}

func (s *system) changed(w http.ResponseWriter, r *http.Request) {
	since, err := time.Parse(time.RFC3339Nano, r.URL.Query().Get("since"))
	if err != nil {
		s.t.Errorf("since: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for id, t := range s.tickets {
		if !t.UpdatedAt.Before(since) {
			row := map[string]any{"id": id, "updated_at": t.UpdatedAt}
			list = append(list, row, row)
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"tickets": list})
}

// say adds a message and tells it. The caller holds mu.
func (s *system) say(t *bots.InboundTicket, m bots.InboundMessage) {
	m.At = s.clock.Now()
	t.Messages, t.UpdatedAt = append(t.Messages, m), m.At
	s.tell(bots.Inbound{Kind: bots.KindMessage, Ticket: bare(*t), Message: &m})
}

func (s *system) tell(in bots.Inbound) {
	raw, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	h := bottest.Hook{Header: http.Header{}, Body: raw}
	s.in.Sign(h.Header, fmt.Sprintf("hook-%d", s.told), s.clock.Now(), raw)
	s.told++
	s.Queue(h)
}

func newDesk(t *testing.T, base string, change func(*webhook.Config)) *webhook.Desk {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	c := webhook.Config{Name: "inhouse", Secrets: []string{secretIn, "old-secret"}, ReplySecret: secretOut, ReplyURL: base + "/reply",
		ThreadURL: base + "/thread", ChangedURL: base + "/changed", HTTP: &http.Client{Transport: tr}, Now: func() time.Time { return now }}
	if change != nil {
		change(&c)
	}
	d, err := webhook.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "http://desk.example", func(c *webhook.Config) { c.Secrets, c.ThreadURL, c.ReplyURL = nil, "", "" })
	if can := d.Can(); can.Inbound || can.ReadBack || can.Poll {
		t.Errorf("capabilities %+v", can)
	}
	if _, err := d.Parse(http.Header{}, []byte("{}"), now); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("no secret: %v, want denied", err)
	}
	if _, err := d.Post(t.Context(), bots.Post{}); bots.VerdictOf(err) != bots.Refused {
		t.Errorf("no reply URL: %v, want refused", err)
	}
	for _, u := range []string{"desk.example/x", "file:///etc/passwd", "://", "ftp://a/b"} {
		if _, err := webhook.New(webhook.Config{ReplyURL: u}); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v, want invalid", u, err)
		}
	}
	if _, err := webhook.New(webhook.Config{Secrets: []string{"whsec_%%%"}}); pipeline.KindOf(err) != pipeline.Invalid || strings.Contains(err.Error(), "%%%") {
		t.Errorf("bad secret: %v", err)
	}
}

// TestRotation: the old secret still verifies, the new one too.
func TestRotation(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "http://desk.example", nil)
	raw := []byte(`{"kind":"test"}`)
	for secret, want := range map[string]pipeline.Kind{secretIn: pipeline.Internal, "old-secret": pipeline.Internal, "third": pipeline.Denied} {
		keys, _ := bots.NewWebhookKeys(secret)
		h := http.Header{}
		keys.Sign(h, "x", now, raw)
		if _, err := d.Parse(h, raw, now); pipeline.KindOf(err) != want {
			t.Errorf("%s: %v", secret, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	d, err := webhook.New(webhook.Config{Secrets: []string{secretIn}})
	if err != nil {
		f.Fatal(err)
	}
	bottest.FuzzParse(f, d, now, bottest.InboundSign(f, secretIn), []bottest.Hook{
		{Body: []byte(`{"kind":"message","ticket":{"id":"4711","status":"open"},"message":{"id":"m1","role":"customer","text":"Hello","public":true,"at":"2026-01-02T15:04:05Z"}}`)}})
}
