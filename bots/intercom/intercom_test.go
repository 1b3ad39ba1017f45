package intercom_test

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
	"footnote/bots/intercom"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func open(t *testing.T) (*bottest.Intercom, *intercom.Desk) {
	t.Helper()
	f := bottest.NewIntercom(t)
	return f, adapter(t, f)
}

// adapter is another process at the same workspace.
func adapter(t *testing.T, f *bottest.Intercom) *intercom.Desk {
	t.Helper()
	d, err := intercom.New(intercom.Config{URL: f.URL, Token: f.Token, Secrets: []string{f.Secret, "the one before"},
		Workspace: bottest.IntercomWorkspace, HTTP: f.Client, Now: f.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: "intercom", ID: id} }

func fixture(t *testing.T) bottest.Fixture {
	p, d := open(t)
	f := bottest.NewFixture(d, p, p.Clock, p.Parts)
	f.Tags = func(ref pipeline.TicketRef) []string { tags, _ := p.Ticket(ref.ID); return tags }
	f.Pool, f.Cut, f.Secrets = pgtest.New(t), p.Cut, []string{p.Token, p.Secret}
	f.HTML = true
	f.Sign, f.Hook = p.Sign, func(ref pipeline.TicketRef, m pipeline.Message) []byte { return hook(ref.ID, m) }
	f.Skip = map[string]string{"clock skew refused": "Intercom signs no time",
		"merged": "Intercom's API does not tell a merged conversation apart"}
	return f
}

// hook is the webhook about one message: a conversation's first, or a part.
func hook(ticket string, m pipeline.Message) []byte {
	by := map[string]any{"type": "user", "id": "900", "name": m.Author.Name}
	if m.Role != pipeline.RoleCustomer {
		by = map[string]any{"type": "admin", "id": "992", "name": "Grace"}
	}
	topic, source, parts := "conversation.user.created", map[string]any{"id": "1", "author": by, "body": m.Text}, []any{}
	if id, first := strings.CutPrefix(m.ID, "source/"); first {
		source["id"] = id
	} else {
		topic = "conversation.user.replied"
		kind := "comment"
		if !m.Public {
			topic, kind = "conversation.admin.noted", "note"
		}
		parts = append(parts, map[string]any{"type": "conversation_part", "id": m.ID, "part_type": kind, "body": m.Text, "created_at": m.At.Unix(), "author": by})
	}
	raw, _ := json.Marshal(map[string]any{"type": "notification_event", "id": "notif_1", "topic": topic, "app_id": bottest.IntercomWorkspace, "created_at": m.At.Unix(),
		"data": map[string]any{"type": "notification_event_data", "item": map[string]any{"type": "conversation", "id": ticket, "state": "open",
			"created_at": m.At.Unix(), "source": source, "conversation_parts": map[string]any{"conversation_parts": parts}}}})
	return raw
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
		if r.Scheme != "intercom" || r.Expect == "either" {
			return
		}
		n++
		d, err := intercom.New(intercom.Config{Token: "t", Secrets: []string{r.Secret}})
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
		t.Error("no row is Intercom's")
	}
}

// TestHostileText: signed webhooks with hostile text are read or refused as Invalid.
func TestHostileText(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	found := false
	for _, file := range []string{"naughty_strings.jsonl", "unicode.jsonl", "html_xss.jsonl"} {
		found = bottest.BadRows(t, file, func(r struct {
			Text string
			B64  []byte
		}) {
			text := r.Text + string(r.B64)
			for _, raw := range [][]byte{[]byte(text), hook("151", pipeline.Message{ID: "9", Text: text, Public: true, At: f.Clock.Now(), Role: pipeline.RoleCustomer}),
				hook(text, pipeline.Message{ID: "source/" + text, Text: text, At: f.Clock.Now(), Role: pipeline.RoleCustomer})} {
				events, err := d.Parse(f.Sign(raw, f.Clock.Now()), raw, f.Clock.Now())
				if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
					t.Errorf("%.80q: %v", raw, err)
				}
				for _, e := range events {
					if got, err := pipeline.Decode[pipeline.Received](e); err != nil || strings.Contains(e.Ticket, "\x00") || got.Message != nil && strings.Contains(got.Message.Text, "\x00") {
						t.Errorf("%.80q: %v", raw, err)
					}
				}
			}
		}) || found
	}
	if !found {
		t.Skip("no ../shared/data")
	}
}

// TestNotifications: another workspace and other topics are nothing; a change
// and its retry are one event.
func TestNotifications(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	parse := func(raw string) []pipeline.Event {
		t.Helper()
		events, err := d.Parse(f.Sign([]byte(raw), f.Clock.Now()), []byte(raw), f.Clock.Now())
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		return events
	}
	const changed = `{"type":"notification_event","id":"notif_1","topic":"conversation.admin.closed","app_id":"a86dr8yl","data":{"item":{"id":"151","state":"closed"}}}`
	a := parse(changed)
	f.Clock.Advance(time.Minute)
	b := parse(changed)
	if len(a) != 1 || len(b) != 1 || a[0].ID != b[0].ID || a[0].Ticket != "151" {
		t.Errorf("%v %v", a, b)
	}
	for _, raw := range []string{strings.Replace(changed, "a86dr8yl", "other", 1), strings.Replace(changed, "conversation.admin.closed", "contact.created", 1),
		`{"type":"notification_event","topic":"ping","app_id":"a86dr8yl","data":{"item":{"type":"ping","message":"hello"}}}`} {
		if events := parse(raw); len(events) != 0 {
			t.Errorf("%s: %v", raw, events)
		}
	}
}

// TestPlain: a webhook in plain text keeps what looks like nothing.
func TestPlain(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	for _, plain := range []bool{false, true} {
		f.Plain = plain
		f.Hooks()
		id, _ := f.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "Is 1 < 2 & so?"})
		h := f.Hooks()[0]
		events, err := d.Parse(h.Header, h.Body, f.Clock.Now())
		if err != nil || len(events) != 1 || events[0].Ticket != id {
			t.Fatalf("%v %v", events, err)
		}
		if got, err := pipeline.Decode[pipeline.Received](events[0]); err != nil || got.Message.Text != "Is 1 < 2 & so?" || got.Ticket.Subject != "Order 1001" {
			t.Errorf("plain %v: %+v %v", plain, got.Message, err)
		}
	}
}

// TestRoles: notes of apps are nobody's, Fin is a bot, words stand in parts that
// open, and another process knows what is ours.
func TestRoles(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	id, _ := f.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	f.Write(id, bottest.Said{Role: pipeline.RoleBot, Text: "Have you tried the help center?"})
	if _, err := d.Note(t.Context(), bots.Note{Ticket: ref(id), Text: "Draft"}); err != nil {
		t.Fatal(err)
	}
	post := bots.Post{Ticket: ref(id), Text: "Like this.", Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd"), Author: pipeline.Agent{Email: "Grace@example.org"}}
	if _, err := d.Post(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	post.Author.Email = "alice@example.org" // without a seat: in our own name
	if _, err := d.Post(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	f.Write(id, bottest.Said{Role: pipeline.RoleAgent, Text: "Somebody look", Private: true})
	f.Change(id, bottest.Solve)
	f.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: "It still fails"})
	hooks := f.Hooks()
	thread, err := adapter(t, f).Thread(t.Context(), ref(id))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range thread.Messages {
		got = append(got, string(m.Role)+" "+strconv.FormatBool(m.Public))
	}
	if want := []string{"customer true", "bot true", "bot false", "agent true", "bot true", "agent false", "customer true"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if thread.Requester.Email != "ada@example.org" || thread.URL != "https://app.intercom.com/a/inbox/a86dr8yl/inbox/conversation/"+id || thread.Status != pipeline.StatusOpen {
		t.Errorf("%+v", thread)
	}
	fresh := adapter(t, f) // wrote nothing itself, and does not know yet who we are: the note shows by its app only
	for _, h := range hooks {
		events, err := fresh.Parse(h.Header, h.Body, f.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if m, err := pipeline.Decode[pipeline.Received](e); err != nil || m.Message != nil && m.Message.Text == "Draft" {
				t.Errorf("our note is an event: %+v %v", m, err)
			}
		}
	}
}

// TestOutbound: a conversation that an admin opened begins with the admin, and
// its requester is the contact.
func TestOutbound(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	id, _ := f.Begin(bottest.Said{Role: pipeline.RoleAgent, Text: "Your order is late."})
	thread, err := d.Thread(t.Context(), ref(id))
	if err != nil || thread.Messages[0].Role != pipeline.RoleAgent || thread.Requester.Email != "ada@example.org" {
		t.Errorf("%+v %v", thread, err)
	}
}

// TestChanged: a search that compares days, in order or not, finds what changed
// and no more; in order it does not read older pages.
func TestChanged(t *testing.T) {
	t.Parallel()
	for _, unordered := range []bool{false, true} {
		f, d := open(t)
		f.Unordered = unordered
		for range 20 {
			f.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "Old"})
			f.Clock.Advance(time.Minute)
		}
		since := f.Clock.Now()
		var want, got []string
		for range 6 {
			id, _ := f.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "New"})
			want = append(want, id)
			f.Clock.Advance(time.Minute)
		}
		refs, err := d.Changed(t.Context(), since)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range refs {
			got = append(got, r.ID)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("unordered %v: %v, want %v", unordered, got, want)
		}
		if n := f.Searched(); !unordered && n != 2 {
			t.Errorf("%d pages were read for six conversations", n)
		}
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	id, _ := f.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	for range 2 {
		if err := d.Tag(t.Context(), ref(id), "footnote drafted", "x"); err != nil {
			t.Fatal(err)
		}
		if err := d.SetStatus(t.Context(), ref(id), pipeline.StatusSolved); err != nil {
			t.Fatal(err)
		}
	}
	if tags, state := f.Ticket(id); !slices.Equal(tags, []string{"footnote drafted", "x"}) || state != "closed" {
		t.Errorf("%q %s", tags, state)
	}
	if err := d.SetStatus(t.Context(), ref(id), pipeline.StatusPending); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("pending: %v", err)
	}
	if err := d.Tag(t.Context(), ref("99999"), "x"); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("no such conversation: %v", err)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	since := f.Clock.Now()
	for i := range 9 {
		id, _ := f.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
		f.Clock.Advance(42 * time.Minute)
		f.Write(id, bottest.Said{Role: pipeline.RoleAgent, Text: "Like this."})
		f.Clock.Advance(time.Hour)
		if i != 4 {
			f.Change(id, bottest.Solve)
		}
	}
	cursor, n := "", 0
	var p pipeline.PastTicket
	for range 9 {
		page, err := d.History(t.Context(), since, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, p = range page.Tickets {
			n++
		}
		if cursor = page.Cursor; page.Done {
			break
		}
	}
	if n != 8 || p.FirstResponse.Calendar != 42*time.Minute || p.FirstResponse.Business != 30*time.Minute || p.Resolution.Calendar != 102*time.Minute ||
		p.Resolution.Business != pipeline.Unknown || p.Handling != 4*time.Minute || p.Reopens != 0 || !strings.Contains(p.Definition, "adjusted_handling_time") {
		t.Errorf("%d tickets, %+v", n, p)
	}
}

func TestCheckAndSetup(t *testing.T) {
	t.Parallel()
	f, d := open(t)
	f.Clock.Advance(time.Since(f.Clock.Now())) // the fake's answers carry the real date
	const at = "https://footnote.example/hooks/intercom"
	names := func(list []bots.Finding) (out []string) {
		for _, x := range list {
			if x.OK {
				out = append(out, x.Name)
			} else if x.Fix == "" {
				t.Errorf("%s: no advice", x.Name)
			}
		}
		return out
	}
	if got := names(d.Check(t.Context(), at)); !slices.Equal(got, []string{"credentials", "scopes", "webhook", "clock"}) {
		t.Errorf("%v are fine", got)
	}
	bad, err := intercom.New(intercom.Config{URL: f.URL, Token: f.Token, Workspace: "other", HTTP: f.Client, Now: f.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(bad.Check(t.Context(), at)); !slices.Equal(got, []string{"scopes", "clock"}) {
		t.Errorf("with another workspace and no secret %v are fine", got)
	}
	wrong, _ := intercom.New(intercom.Config{URL: f.URL, Token: "wrong", HTTP: f.Client, Now: f.Clock.Now})
	if got := wrong.Check(t.Context(), at); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Fix, "intercom_token") {
		t.Errorf("%+v", got)
	}
	in, err := d.Setup(t.Context(), at)
	if steps := strings.Join(in.Steps, "\n"); err != nil || !strings.Contains(steps, at) || !strings.Contains(steps, "conversation.user.replied") || strings.Contains(steps, f.Secret) {
		t.Errorf("%+v %v", in, err)
	}
	if _, err := d.Setup(t.Context(), "http://footnote.example/hooks/intercom"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("http: %v", err)
	}
	if _, err := intercom.New(intercom.Config{Region: "mars", Token: "t"}); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a region that is none: %v", err)
	}
}

// TestSamples: what is known of Intercom's own bytes can be read.
func TestSamples(t *testing.T) {
	t.Parallel()
	dir := "../../../shared/facts/payloads/intercom"
	files, err := filepath.Glob(filepath.Join(dir, "webhook.*.json"))
	if len(files) == 0 || err != nil {
		t.Skip("no " + dir)
	}
	f, d := open(t)
	if _, err := d.Thread(t.Context(), ref("1")); pipeline.KindOf(err) != pipeline.NotFound { // tells who we are
		t.Fatal(err)
	}
	want := map[string]string{"webhook.conversation.user.created.json": "source/501 customer charged twice",
		"webhook.conversation.user.replied.json": "9001 customer any news?", "webhook.ping.json": "", "webhook.conversation.admin.noted.own.json": ""}
	for _, file := range files {
		var s struct {
			Body json.RawMessage `json:"body"`
		}
		raw, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(raw, &s)
		}
		if err != nil {
			t.Fatal(err)
		}
		events, err := d.Parse(f.Sign(s.Body, f.Clock.Now()), s.Body, f.Clock.Now())
		got := ""
		for _, e := range events {
			r, err := pipeline.Decode[pipeline.Received](e)
			if err != nil || r.Message == nil {
				t.Fatalf("%s: %+v %v", file, r, err)
			}
			got += r.Message.ID + " " + string(r.Message.Role) + " " + r.Message.Text
		}
		if w, known := want[filepath.Base(file)]; err != nil || got != w || !known {
			t.Errorf("%s: %q %v", file, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	d, err := intercom.New(intercom.Config{Token: "t", Secrets: []string{"s"}})
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range bottest.BadBodies(f) {
		if len(b) < 4096 {
			f.Add(b)
		}
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, raw []byte) {
		h := http.Header{}
		h.Set("X-Hub-Signature", bots.NewSecrets("s").Sign(bots.HexSHA1.Prefix("sha1="), raw))
		events, err := d.Parse(h, raw, now)
		if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
			t.Fatalf("kind %s: %v", pipeline.KindOf(err), err)
		}
		for _, e := range events {
			if e.ID == "" || e.Ticket == "" || e.Desk != "intercom" {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
