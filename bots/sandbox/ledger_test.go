package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/sandbox"
	"footnote/pipeline"
)

// TestLedgerSurvives: what was answered is there after a restart, also when the
// last line was cut.
func TestLedgerSurvives(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desk.jsonl")
	d := open(t, func(c *sandbox.Config) { c.Path = path })
	d.api(t, "POST", "", sandbox.NewTicket{Text: "Hello", Name: "Ada", Product: "App"}, nil)
	ref := pipeline.TicketRef{Desk: "sandbox", ID: "1001"}
	if _, err := d.client.Post(t.Context(), bots.Post{Ticket: ref, Text: "Hi\r\n", Marker: "fn-1"}); err != nil {
		t.Fatal(err)
	}
	d.api(t, "POST", "/1001/status", map[string]string{"status": "solved"}, nil)
	before, want := d.Ledger(), thread(t, d, ref)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"n":5,"op":"message","ticket":"1001","mess`); err != nil { // power failed here
		t.Fatal(err)
	}
	f.Close()
	again := open(t, func(c *sandbox.Config) { c.Path = path })
	if got := again.Ledger(); !reflect.DeepEqual(asJSON(t, got), asJSON(t, before)) {
		t.Fatalf("ledger %+v, want %+v", got, before)
	}
	if got := thread(t, again, ref); !reflect.DeepEqual(got, want) {
		t.Fatalf("thread %+v, want %+v", got, want)
	}
	var tk bots.InboundTicket
	again.api(t, "POST", "", sandbox.NewTicket{Text: "Next"}, &tk)
	if tk.ID != "1002" {
		t.Fatalf("ticket %s, want 1002", tk.ID)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append([]byte("garbage\n"), raw...), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := sandbox.Open(sandbox.Config{Path: path}); err == nil {
		s.Close()
		t.Fatal("a broken ledger was opened")
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func thread(t *testing.T, d desk, ref pipeline.TicketRef) pipeline.Ticket {
	t.Helper()
	tk, err := d.client.Thread(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return tk
}

// TestLedgerIsTheOracle: every POST is in it, accepted or not, never merged.
func TestLedgerIsTheOracle(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	d.api(t, "POST", "", sandbox.NewTicket{Text: "Hello"}, nil)
	ref := pipeline.TicketRef{Desk: "sandbox", ID: "1001"}
	d.Script(sandbox.RouteReply, sandbox.Fault{Status: 503}, sandbox.Fault{Accept: true, Reset: true, Hide: 20 * time.Second})
	for range 4 {
		_, _ = d.client.Post(t.Context(), bots.Post{Ticket: ref, Text: "Hi", Marker: "fn-1"})
	}
	ops := map[string]int{}
	for _, e := range d.Ledger() {
		ops[e.Op]++
	}
	if ops[sandbox.OpRefused] != 1 || ops[sandbox.OpMessage] != 4 {
		t.Fatalf("ledger %v", ops)
	}
	if got := len(thread(t, d, ref).Messages); got != 3 {
		t.Fatalf("%d messages shown while one is hidden", got)
	}
	d.clock.Advance(20 * time.Second)
	if got := len(thread(t, d, ref).Messages); got != 4 {
		t.Fatalf("%d messages shown", got)
	}
}

// receiver takes webhooks.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	ids  []string
	msgs []string
	fail int
	d    *sandbox.Client
	now  func() time.Time
	errs []error
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	raw, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail > 0 {
		r.fail--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	events, err := r.d.Parse(q.Header, raw, r.now())
	if err != nil {
		r.errs = append(r.errs, err)
	}
	r.ids = append(r.ids, q.Header.Get(bots.HeaderID))
	for _, e := range events {
		data, _ := pipeline.Decode[pipeline.Received](e)
		if data.Message != nil {
			r.msgs = append(r.msgs, data.Message.Text)
		} else {
			r.msgs = append(r.msgs, string(data.Ticket.Status))
		}
	}
}

func hooked(t *testing.T, change func(*sandbox.Config)) (desk, *receiver) {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	d := open(t, func(c *sandbox.Config) {
		c.WebhookURL, c.HTTP = r.URL, &http.Client{Transport: tr}
		if change != nil {
			change(c)
		}
	})
	r.d, r.now = d.client, d.clock.Now
	return d, r
}

func (r *receiver) want(t *testing.T, d desk, msgs ...string) {
	t.Helper()
	d.Settled()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.errs) > 0 || !reflect.DeepEqual(r.msgs, msgs) {
		t.Fatalf("webhooks told %q (errors %v), want %q", r.msgs, r.errs, msgs)
	}
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	d, r := hooked(t, nil)
	d.api(t, "POST", "", sandbox.NewTicket{Text: "one"}, nil)
	d.api(t, "POST", "/1001/messages", map[string]string{"text": "two"}, nil)
	d.api(t, "POST", "/1001/replies", sandbox.NewReply{Text: "three"}, nil)
	d.api(t, "POST", "/1001/status", map[string]string{"status": "solved"}, nil)
	r.want(t, d, "one", "two", "three", "solved")
}

func TestWebhookRetries(t *testing.T) {
	t.Parallel()
	d, r := hooked(t, func(c *sandbox.Config) { c.Retries = []time.Duration{time.Millisecond, time.Millisecond} })
	r.mu.Lock()
	r.fail = 2
	r.mu.Unlock()
	d.api(t, "POST", "", sandbox.NewTicket{Text: "one"}, nil)
	r.want(t, d, "one")
	r.mu.Lock()
	r.fail = 3
	r.mu.Unlock()
	d.api(t, "POST", "/1001/messages", map[string]string{"text": "lost"}, nil)
	r.want(t, d, "one")
}

func TestWebhookNetworks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		network func(sandbox.Hook) []sandbox.Hook
		want    []string
	}{
		"duplicate": {sandbox.Duplicate(2), []string{"one", "one", "two", "two", "three", "three", "four", "four"}},
		"drop":      {sandbox.DropEvery(3), []string{"one", "two", "four"}},
		"swap":      {sandbox.Swap(), []string{"two", "one", "four", "three"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, r := hooked(t, func(cfg *sandbox.Config) { cfg.Network = c.network })
			d.api(t, "POST", "", sandbox.NewTicket{Text: "one"}, nil)
			for _, text := range []string{"two", "three", "four"} {
				d.api(t, "POST", "/1001/messages", map[string]string{"text": text}, nil)
			}
			r.want(t, d, c.want...)
		})
	}
}

// TestImportedHistory shows when the ticket is read and is never told.
func TestImportedHistory(t *testing.T) {
	t.Parallel()
	d, r := hooked(t, nil)
	var tk bots.InboundTicket
	d.api(t, "POST", "", sandbox.NewTicket{Text: "and now?", Name: "Ada",
		History: []sandbox.Turn{{Role: pipeline.RoleCustomer, Text: "it fails"}, {Role: pipeline.RoleAgent, Text: "try again"}}}, &tk)
	r.want(t, d, "and now?")
	got := thread(t, d, pipeline.TicketRef{Desk: "sandbox", ID: tk.ID})
	if len(got.Messages) != 3 || got.Messages[1].Role != pipeline.RoleAgent || got.Status != pipeline.StatusOpen {
		t.Fatalf("thread %+v", got)
	}
	for i, m := range got.Messages[1:] {
		if !got.Messages[i].At.Before(m.At) {
			t.Errorf("message %d is not older than the next", i)
		}
	}
	if last, ok := got.LastCustomerMessage(); !ok || last.Text != "and now?" {
		t.Errorf("last %+v", last)
	}
	if s := d.api(t, "POST", "", sandbox.NewTicket{Text: "x", History: []sandbox.Turn{{Role: "bot", Text: "y"}}}, nil); s != 400 {
		t.Errorf("a bot's turn: %d", s)
	}
}
