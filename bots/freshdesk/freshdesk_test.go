package freshdesk_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/freshdesk"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func open(t *testing.T) (*bottest.Freshdesk, *freshdesk.Desk) {
	t.Helper()
	f := bottest.NewFreshdesk(t)
	return f, adapter(t, f)
}

// adapter is another process at the same account.
func adapter(t *testing.T, f *bottest.Freshdesk) *freshdesk.Desk {
	t.Helper()
	d, err := freshdesk.New(freshdesk.Config{URL: f.URL, Key: f.Key, Secrets: []string{f.Secret, "the one before"}, HTTP: f.Client, Now: f.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: "freshdesk", ID: id} }

func fixture(t *testing.T) bottest.Fixture {
	p, d := open(t)
	f := bottest.NewFixture(d, p, p.Clock, p.Conversations)
	f.Tags = func(ref pipeline.TicketRef) []string { tags, _ := p.Ticket(ref.ID); return tags }
	f.Pool, f.Cut, f.Secrets = pgtest.New(t), p.Cut, []string{p.Key, p.Secret}
	f.HTML = true
	f.Skip = map[string]string{"clock skew refused": "Freshdesk signs no time"}
	return f
}

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

func TestSignatureVectors(t *testing.T) {
	n := 0
	found := bottest.BadRows(t, "webhook_signatures.jsonl", func(r struct {
		Scheme, Case, Secret, Expect string
		Now                          int64 `json:"now_unix"`
		Headers                      map[string]string
		B64                          []byte
	}) {
		if r.Scheme != "freshdesk_shared_header" {
			return
		}
		n++
		d, err := freshdesk.New(freshdesk.Config{Domain: "acme", Key: "k", Secrets: []string{r.Secret}})
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		_, err = d.Parse(h, r.B64, time.Unix(r.Now, 0))
		denied := pipeline.KindOf(err) == pipeline.Denied && err != nil
		if (r.Expect == "reject") != denied {
			t.Errorf("%s: %v, want %s", r.Case, err, r.Expect)
		}
	})
	if !found {
		t.Skip("no ../shared/data")
	}
	if n == 0 {
		t.Error("no row is Freshdesk's")
	}
}

// TestSecrets: any of two secrets opens the route, none closes it, and what is
// refused is refused in the same words.
func TestSecrets(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	f.Begin(bottest.Said{Text: "How?"})
	hook := f.Hooks()[0]
	parse := func(d *freshdesk.Desk, secret string) error {
		h := hook.Header.Clone()
		h.Set(freshdesk.HeaderSecret, secret)
		_, err := d.Parse(h, hook.Body, f.Clock.Now())
		return err
	}
	for _, s := range []string{f.Secret, "the one before"} {
		if err := parse(d, s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	say := parse(d, "").Error()
	for _, s := range []string{"x", f.Secret + " ", f.Secret[:20], strings.ToUpper(f.Secret), strings.Repeat("9", 10_000), "\x00"} {
		if err := parse(d, s); pipeline.KindOf(err) != pipeline.Denied || err.Error() != say {
			t.Errorf("%.40q: %v", s, err)
		}
	}
	closed, err := freshdesk.New(freshdesk.Config{Domain: "acme", Key: "k", Secrets: []string{"", ""}})
	if err != nil {
		t.Fatal(err)
	}
	if closed.Can().Inbound || pipeline.KindOf(parse(closed, "")) != pipeline.Denied {
		t.Error("a desk without a secret is open")
	}
}

// TestBodies: nonsense with the right secret is Invalid or harmless.
func TestBodies(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	f.Begin(bottest.Said{Text: "How?"})
	hook := f.Hooks()[0]
	bodies := bottest.BadBodies(t)
	for i := range hook.Body {
		bodies = append(bodies, hook.Body[:i])
	}
	for _, file := range []string{"naughty_strings.jsonl", "unicode.jsonl", "html_xss.jsonl"} {
		bottest.BadRows(t, file, func(r struct {
			Text string
			B64  []byte
		}) {
			text := r.Text + string(r.B64)
			raw, _ := json.Marshal(map[string]any{"ticket_id": text, "event": text})
			in, _ := json.Marshal(map[string]any{"freshdesk_webhook": map[string]any{"ticket_id": "142", "ticket_subject": text, "triggered_event": text}})
			bodies = append(bodies, []byte(text), raw, in)
		})
	}
	for _, raw := range bodies {
		events, err := d.Parse(hook.Header, raw, f.Clock.Now())
		if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%.80q: %v", raw, err)
		}
		for _, e := range events {
			if _, err := strconv.ParseInt(e.Ticket, 10, 64); err != nil {
				t.Errorf("%.80q is ticket %q", raw, e.Ticket)
			}
		}
	}
}

// TestChanges: repeated calls are one change, the next of its kind another.
func TestChanges(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	for _, simple := range []bool{false, true} {
		f.Simple = simple
		f.Hooks()
		id, _ := f.Begin(bottest.Said{Text: "How?"})
		f.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: "Please?"})
		hooks := f.Hooks()
		key := func(h bottest.Hook) string {
			events, err := d.Parse(h.Header, h.Body, f.Clock.Now())
			if err != nil || len(events) != 1 || events[0].Ref() != ref(id) {
				t.Fatalf("%s: %v %v", h.Body, events, err)
			}
			return events[0].ID
		}
		a, b := key(hooks[0]), key(hooks[1])
		if a == b || a != key(hooks[0]) {
			t.Error("calls are told apart wrongly")
		}
		f.Clock.Advance(time.Minute)
		if key(hooks[1]) == b {
			t.Error("the same change a minute later is lost")
		}
	}
}

// TestMerged: a merged ticket gets no reply.
func TestMerged(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	id, _ := f.Begin(bottest.Said{Text: "How?"})
	f.Change(id, bottest.Merge)
	_, err := d.Post(t.Context(), bots.Post{Ticket: ref(id), Text: "Like this.", Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd")})
	if got := f.Conversations(id, true); bots.VerdictOf(err) != bots.Refused || len(got) != 0 {
		t.Errorf("%v, want refused; the ticket has %+v", err, got)
	}
}

// TestOurs: another process knows our note by its author, and our reply is never
// the customer's. A key that must not list agents answers in its own name.
func TestOurs(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	id, _ := f.Begin(bottest.Said{Text: "How?"})
	if _, err := d.Note(t.Context(), bots.Note{Ticket: ref(id), Text: "Draft"}); err != nil {
		t.Fatal(err)
	}
	post := bots.Post{Ticket: ref(id), Text: "Like this.", Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd"),
		Author: pipeline.Agent{Name: "Grace", Email: "Grace@Example.org"}}
	if _, err := d.Post(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	f.NoAdmin = true
	other := adapter(t, f)
	if _, err := other.Post(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	thread, err := adapter(t, f).Thread(t.Context(), ref(id))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range thread.Messages {
		got = append(got, string(m.Role)+" "+strconv.FormatBool(m.Public))
	}
	if !slices.Equal(got, []string{"customer true", "bot false", "agent true", "bot true"}) {
		t.Errorf("%q", got)
	}
	if thread.Queue != "Orders" || !strings.HasSuffix(thread.URL, "/a/tickets/"+id) || thread.Requester.Email != "ada@example.org" {
		t.Errorf("%+v", thread)
	}
}

// TestOutbound: a ticket that an agent opened begins with the agent.
func TestOutbound(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	id, _ := f.Begin(bottest.Said{Role: pipeline.RoleAgent, Text: "Your order is late."})
	f.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: "How late?"})
	thread, err := d.Thread(t.Context(), ref(id))
	if err != nil || thread.Messages[0].Role != pipeline.RoleAgent || thread.Messages[1].Role != pipeline.RoleCustomer {
		t.Errorf("%+v %v", thread, err)
	}
}

// TestChangedWhilePaging: tickets of one second, and a ticket that leaves its
// page because somebody writes, hide nothing.
func TestChangedWhilePaging(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	want := map[string]bool{}
	var first string
	for i := range 23 {
		if i > 10 {
			f.Clock.Advance(time.Second)
		}
		id, _ := f.Begin(bottest.Said{Text: "How?"})
		if want[id] = true; i == 0 {
			first = id
		}
	}
	n := 0
	f.Between = func() {
		if n++; n == 2 {
			f.Write(first, bottest.Said{Role: pipeline.RoleCustomer, Text: "Please?"})
		}
	}
	refs, err := d.Changed(t.Context(), f.Clock.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range refs {
		if !want[r.ID] {
			t.Errorf("%s is told twice", r)
		}
		delete(want, r.ID)
	}
	if len(want) != 0 {
		t.Errorf("%v were not found in %d pages", want, f.Listed())
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	id, _ := f.Begin(bottest.Said{Text: "How?"})
	for range 2 {
		for _, tag := range []string{"footnote, drafted", "x"} {
			if err := d.Tag(t.Context(), ref(id), tag); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.SetStatus(t.Context(), ref(id), pipeline.StatusPending); err != nil {
			t.Fatal(err)
		}
	}
	if tags, status := f.Ticket(id); !slices.Equal(tags, []string{"footnote drafted", "x"}) || status != 3 {
		t.Errorf("%q %d", tags, status)
	}
	if err := d.SetStatus(t.Context(), ref(id), "on hold"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("no such status: %v", err)
	}
	if err := d.Tag(t.Context(), ref("99999"), "x"); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("no such ticket: %v", err)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	since := f.Clock.Now()
	var ids []string
	for i := range 9 {
		id, _ := f.Begin(bottest.Said{Text: "How?"})
		f.Clock.Advance(42 * time.Minute)
		f.Write(id, bottest.Said{Role: pipeline.RoleAgent, Text: "Like this."})
		f.Clock.Advance(time.Hour)
		if i != 4 {
			f.Change(id, bottest.Solve)
			ids = append(ids, id)
		}
	}
	f.Entries = []bottest.FreshdeskEntry{{Ticket: ids[0], Spent: "00:12"}, {Ticket: ids[1], Spent: "01:00"}, {Ticket: ids[0], Spent: "00:03"}, {Ticket: ids[2], Spent: "bad"}}
	cursor, got := "", map[string]pipeline.PastTicket{}
	for range 99 {
		p, err := d.History(t.Context(), since, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range p.Tickets {
			got[x.ID] = x
		}
		if cursor = p.Cursor; p.Done {
			break
		}
	}
	if len(got) != 8 {
		t.Fatalf("%d tickets, want the 8 solved ones", len(got))
	}
	a, c := got[ids[0]], got[ids[2]]
	if a.FirstResponse.Calendar != 42*time.Minute || a.FirstResponse.Business != pipeline.Unknown || a.Resolution.Calendar != 102*time.Minute ||
		a.Handling != 15*time.Minute || c.Handling != pipeline.Unknown || a.Reopens != 0 || !strings.Contains(a.Definition, "time entries") {
		t.Errorf("%+v %+v", a, c)
	}
	for _, bad := range []string{"x", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z/0", "2026-03-02T09:00:00Z/301"} {
		if _, err := d.History(t.Context(), since, bad); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

func TestCheckAndSetup(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	f.Clock.Advance(time.Since(f.Clock.Now())) // the fake's answers carry the real date
	const at = "https://footnote.example/hooks/freshdesk"
	ok := func(d *freshdesk.Desk) (out []string) {
		for _, x := range d.Check(t.Context(), at) {
			if x.OK {
				out = append(out, x.Name)
			} else if x.Fix == "" {
				t.Errorf("%s: no advice", x.Name)
			}
		}
		return out
	}
	if got := ok(d); !slices.Equal(got, []string{"credentials", "scopes", "clock"}) { // "the one before" is short
		t.Errorf("%v are fine", got)
	}
	bare, err := freshdesk.New(freshdesk.Config{URL: f.URL, Key: f.Key, HTTP: f.Client, Now: f.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	in, err := bare.Setup(t.Context(), at)
	if err != nil || len(in.Set["secret"]) < 32 || !strings.Contains(strings.Join(in.Steps, "\n"), in.Set["secret"]) || !strings.Contains(strings.Join(in.Steps, "\n"), at) {
		t.Fatalf("%+v %v", in, err)
	}
	if in, err = d.Setup(t.Context(), at); err != nil || in.Set != nil || strings.Contains(strings.Join(in.Steps, "\n"), f.Secret) {
		t.Errorf("a secret that is set is made anew or shown: %+v %v", in, err)
	}
	set, err := freshdesk.New(freshdesk.Config{URL: f.URL, Key: f.Key, Secrets: []string{f.Secret}, HTTP: f.Client, Now: f.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if got := ok(set); !slices.Equal(got, []string{"credentials", "scopes", "webhook", "clock"}) {
		t.Errorf("after setup %v are fine", got)
	}
	f.NoAdmin = true
	if got := ok(set); slices.Contains(got, "scopes") {
		t.Error("a key that cannot list agents is fine")
	}
	if _, err := d.Setup(t.Context(), "http://footnote.example/hooks/freshdesk"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("http: %v", err)
	}
	wrong, _ := freshdesk.New(freshdesk.Config{URL: f.URL, Key: "wrong", HTTP: f.Client, Now: f.Clock.Now})
	if got := wrong.Check(t.Context(), at); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Fix, "freshdesk_key") {
		t.Errorf("%+v", got)
	}
}

// TestSamples: what is known of Freshdesk's own bytes can be read.
func TestSamples(t *testing.T) {
	t.Parallel()
	dir := "../../../shared/facts/payloads/freshdesk"
	sample := func(name string, v any) {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Skip("no " + dir)
		}
		s := struct {
			Body any `json:"body"`
		}{v}
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var tickets []map[string]any
	var conversations []json.RawMessage
	var simple, ours json.RawMessage
	sample("api.tickets.list.json", &tickets)
	sample("api.conversations.list.json", &conversations)
	sample("webhook.simple.json", &simple)
	sample("webhook.advanced.our_template.json", &ours)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/agents/me", func(w http.ResponseWriter, _ *http.Request) { bottest.Answer(w, 200, map[string]any{"id": 7}) })
	mux.HandleFunc("GET /api/v2/tickets", func(w http.ResponseWriter, _ *http.Request) { bottest.Answer(w, 200, tickets) })
	mux.HandleFunc("GET /api/v2/tickets/142", func(w http.ResponseWriter, _ *http.Request) { bottest.Answer(w, 200, tickets[0]) })
	mux.HandleFunc("GET /api/v2/tickets/142/conversations", func(w http.ResponseWriter, _ *http.Request) { bottest.Answer(w, 200, conversations) })
	url, client, _ := bottest.Serve(t, mux)
	d, err := freshdesk.New(freshdesk.Config{URL: url, Key: "k", Secrets: []string{"s"}, HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	thread, err := d.Thread(t.Context(), ref("142"))
	if err != nil || len(thread.Messages) != 3 || thread.Messages[1].Role != pipeline.RoleCustomer || thread.Messages[1].Text != "any news?" ||
		thread.Messages[2].Role != pipeline.RoleBot || thread.Messages[2].Public || thread.Status != pipeline.StatusSolved || thread.Requester.Name != "Cara" {
		t.Errorf("%+v %v", thread, err)
	}
	page, err := d.History(t.Context(), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), "")
	if err != nil || len(page.Tickets) != 1 || page.Tickets[0].FirstResponse.Calendar != 42*time.Minute || page.Tickets[0].Resolution.Calendar != 2*time.Hour {
		t.Errorf("%+v %v", page, err)
	}
	h := http.Header{freshdesk.HeaderSecret: {"s"}}
	ours = json.RawMessage(strings.ReplaceAll(string(ours), "{{ticket.id}}", "142"))
	for _, raw := range [][]byte{simple, ours} {
		if events, err := d.Parse(h, raw, time.Now()); err != nil || len(events) != 1 || events[0].Ticket != "142" {
			t.Errorf("%s: %v %v", raw, events, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	d, err := freshdesk.New(freshdesk.Config{Domain: "acme", Key: "k", Secrets: []string{"s"}})
	if err != nil {
		f.Fatal(err)
	}
	h := http.Header{freshdesk.HeaderSecret: {"s"}}
	for _, b := range bottest.BadBodies(f) {
		if len(b) < 4096 {
			f.Add(b)
		}
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, err := d.Parse(h, raw, now)
		if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
			t.Fatalf("kind %s: %v", pipeline.KindOf(err), err)
		}
		for _, e := range events {
			if n, err := strconv.ParseInt(e.Ticket, 10, 64); err != nil || n <= 0 || e.ID == "" || e.Desk != "freshdesk" {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
