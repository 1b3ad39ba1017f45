package zammad_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/zammad"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func open(t testing.TB) (*bottest.Zammad, *zammad.Desk) {
	t.Helper()
	z := bottest.NewZammad(t)
	d, err := zammad.New(zammad.Config{URL: z.URL, Token: z.Token, Secrets: []string{z.Secret, "the one before"}, TimeUnit: time.Minute, HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return z, d
}

func ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: "zammad", ID: id} }

const marker = "fn-01234567-89ab-4cde-8f01-23456789abcd"

func fixture(t *testing.T) bottest.Fixture {
	z, d := open(t)
	f := bottest.NewFixture(d, z, z.Clock, z.Articles)
	f.Tags = func(ref pipeline.TicketRef) []string { tags, _, _ := z.State(ref.ID); return tags }
	f.Pool, f.Cut, f.Secrets = pgtest.New(t), z.Cut, []string{z.Token, z.Secret}
	f.HTML = true
	f.Sign, f.Hook = z.Sign, func(ref pipeline.TicketRef, m pipeline.Message) []byte { return hook(ref.ID, m) }
	f.Skip = map[string]string{"clock skew refused": "Zammad signs no time"}
	return f
}

// hook is the default payload about one article. "4711x" is another article than 4711.
func hook(ticket string, m pipeline.Message) []byte {
	digits := strings.ReplaceAll(m.ID, "x", "1")
	id, _ := strconv.ParseInt(digits, 10, 64)
	sender, by := "Customer", 8
	if m.Role != pipeline.RoleCustomer {
		sender, by = "Agent", 43
	}
	raw, _ := json.Marshal(map[string]any{"ticket": map[string]any{"id": json.Number(ticket), "title": "Order", "state": "open", "updated_at": m.At.Add(15 * time.Millisecond)},
		"article": map[string]any{"id": id, "type": "email", "sender": sender, "internal": !m.Public, "from": m.Author.Name, "body": m.Text, "content_type": "text/html",
			"created_by_id": by, "origin_by_id": nil, "created_at": m.At, "attachments": []any{}, "preferences": map[string]any{}}})
	return raw
}

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

func TestHostileTexts(t *testing.T) { bottest.HostileTexts(t, fixture(t).DeskFixture) }

func TestSignatureVectors(t *testing.T) {
	bottest.SignatureVectors(t, "zammad", func(secret string) (bots.Desk, error) {
		return zammad.New(zammad.Config{URL: "http://desk.example", Token: "t", Secrets: []string{secret}})
	})
}

// TestSamples reads the webhooks as Zammad's documents show them; our user is 42.
func TestSamples(t *testing.T) {
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	if _, err := d.Thread(t.Context(), ref(id)); err != nil { // who we are
		t.Fatal(err)
	}
	want := map[string]string{"webhook.default.customer_email.json": "81 message customer I was charged twice Emily Adams", "webhook.default.own_internal_note.json": ""}
	bottest.Samples(t, "zammad", func(s bottest.Sample) {
		w, ok := want[s.Name]
		if !ok {
			return
		}
		delete(want, s.Name)
		events, err := d.Parse(z.Sign(s.Body, z.Clock.Now()), s.Body, z.Clock.Now())
		got := ""
		for _, e := range events {
			r, err := pipeline.Decode[pipeline.Received](e)
			if err != nil || r.Message == nil {
				t.Fatal(err, r)
			}
			got += e.Ticket + " " + r.Kind + " " + string(r.Message.Role) + " " + r.Message.Text + " " + r.Message.Author.Name
		}
		if err != nil || got != w {
			t.Errorf("%s is %q, %v, want %q", s.Name, got, err, w)
		}
	})
	if len(want) != 0 {
		t.Errorf("no samples %v", want)
	}
}

// TestHook: a webhook about something else than its article makes the ticket be
// read, and a payload with ids only too.
func TestHook(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	kinds := func(raw string) (out []string) {
		events, err := d.Parse(z.Sign([]byte(raw), z.Clock.Now()), []byte(raw), z.Clock.Now())
		if err != nil {
			out = append(out, string(pipeline.KindOf(err)))
		}
		for _, e := range events {
			r, _ := pipeline.Decode[pipeline.Received](e)
			out = append(out, r.Kind)
		}
		return out
	}
	article := `"article":{"id":5,"sender":"Customer","type":"email","body":"Hi","content_type":"text/plain","created_by_id":8,"created_at":"2026-03-02T09:00:00.000Z"}`
	for raw, want := range map[string]string{
		`{"ticket":{"id":1,"updated_at":"2026-03-02T09:00:00.100Z"},` + article + `}`: bots.KindMessage,
		`{"ticket":{"id":1,"updated_at":"2026-03-02T10:00:00.000Z"},` + article + `}`: bots.KindChange,
		`{"ticket":{"id":1,"updated_at":"2026-03-02T09:00:00.000Z"},"article":{}}`:    bots.KindChange,
		`{"ticket":{"id":1},"article":{"id":5}}`:                                      bots.KindChange,
		`{"ticket":{"id":1},"article":null}`:                                          bots.KindChange,
		`{"ticket":{"id":0}}`:                                                         string(pipeline.Invalid),
	} {
		if got := kinds(raw); !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %v, want %s", raw, got, want)
		}
	}
}

// TestReplyKinds: e-mail is answered by e-mail in its thread, the portal by a
// public note; nobody is acted for who is no agent, or when Zammad forbids it.
func TestReplyKinds(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	post := func(d *zammad.Desk, by string) (ticket string, r bottest.DeskReply) {
		t.Helper()
		id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
		if _, err := d.Post(t.Context(), bots.Post{Ticket: ref(id), Text: "So.", Marker: marker, Author: pipeline.Agent{Email: by}}); err != nil {
			t.Fatal(err)
		}
		got := z.Articles(id, true)
		if len(got) != 1 || got[0].Marker != marker {
			t.Fatalf("%+v", got)
		}
		return id, got[0]
	}
	id, r := post(d, "grace@example.org")
	if kind, reply, subject := z.Last(id); kind != "email" || !strings.Contains(reply, "mail.example.org") || subject != "Order 1001" || r.Recipient.Email != "ada@example.org" || r.Author.Name != "Grace Hopper" {
		t.Errorf("%s to %s as %s in %s: %s", kind, r.Recipient.Email, r.Author.Name, reply, subject)
	}
	if _, r := post(d, "bob@example.org"); r.Author.Name != "Support Copilot" {
		t.Errorf("acting for a customer: %+v", r)
	}
	z.Web = true
	if id, r := post(d, "GRACE@example.org"); r.Author.Name != "Grace Hopper" || r.Recipient.Email != "" {
		kind, _, _ := z.Last(id)
		t.Errorf("%s %+v", kind, r)
	}
	z.NoActing = true
	if _, r := post(d, "alice@example.org"); r.Author.Name != "Support Copilot" {
		t.Errorf("acting without the right: %+v", r)
	}
}

// TestForget: an article that lost our mark is still ours by its text in the
// webhook and by its identifier in the thread.
func TestForget(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.Forget = true
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	z.Hooks()
	p := bots.Post{Ticket: ref(id), Text: "So <b>.", Marker: marker, Author: pipeline.Agent{Email: "grace@example.org"}}
	if _, err := d.Post(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for _, h := range z.Hooks() {
		events, err := d.Parse(h.Header, h.Body, z.Clock.Now())
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		if r, _ := pipeline.Decode[pipeline.Received](events[0]); r.Message == nil || r.Message.Marker != marker {
			t.Errorf("%+v", r.Message)
		}
	}
	thread, err := d.Thread(t.Context(), ref(id))
	if err != nil || thread.Messages[1].Marker != marker || thread.Messages[1].Author.Name != "Grace Hopper" {
		t.Errorf("%+v %v", thread.Messages, err)
	}
}

// TestDraft: a draft is set once and nobody's is overwritten.
func TestDraft(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	n := bots.Note{Ticket: ref(id), Text: "Open settings.\n\nThen save.", Marker: marker}
	for range 2 {
		if err := d.SetDraft(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	draft, _ := z.Draft(id)["new_article"].(map[string]any)
	if draft["body"] != "<p>Open settings.</p><p>Then save.</p>" || draft["type"] != "email" || draft["to"] != "ada@example.org" || draft["internal"] != false {
		t.Errorf("%v", draft)
	}
	n.Text = "Another."
	if err := d.SetDraft(t.Context(), n); pipeline.KindOf(err) != pipeline.Conflict {
		t.Errorf("a second draft: %v", err)
	}
	if again, _ := z.Draft(id)["new_article"].(map[string]any); again["body"] != draft["body"] {
		t.Errorf("overwritten: %v", again)
	}
	void := n
	void.Before = []string{"Open settings.\n\nThen save."}
	if err := d.SetDraft(t.Context(), void); err != nil {
		t.Errorf("over a void one of ours: %v", err)
	}
	if again, _ := z.Draft(id)["new_article"].(map[string]any); again["body"] != "<p>Another.</p>" {
		t.Errorf("not replaced: %v", again)
	}
	void.Text = ""
	if err := d.SetDraft(t.Context(), void); pipeline.KindOf(err) != pipeline.Conflict || z.Draft(id) == nil {
		t.Errorf("a draft that is not void is taken away: %v", err)
	}
	void.Before = []string{"Another."}
	for range 2 {
		if err := d.SetDraft(t.Context(), void); err != nil || z.Draft(id) != nil {
			t.Errorf("%v, %v", z.Draft(id), err)
		}
	}
	if len(z.Articles(id, true))+len(z.Articles(id, false)) != 0 {
		t.Error("a draft is an article")
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	for range 2 {
		if err := d.Tag(t.Context(), ref(id), "footnote drafted", "x"); err != nil {
			t.Fatal(err)
		}
		if err := d.SetStatus(t.Context(), ref(id), pipeline.StatusPending); err != nil {
			t.Fatal(err)
		}
	}
	if tags, state, until := z.State(id); !slices.Equal(tags, []string{"footnote drafted", "x"}) || state != "pending reminder" || until != "2026-03-03T09:00:00Z" {
		t.Errorf("%q %s %s", tags, state, until)
	}
	z.Change(id, bottest.Merge)
	if err := d.SetStatus(t.Context(), ref(id), pipeline.StatusOpen); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a merged ticket moves: %v", err)
	}
}

// TestChangedPages: tickets of one instant, and pages that are smaller than asked for.
func TestChangedPages(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	begin, want := z.Clock.Now(), map[string]bool{}
	for i := range 11 {
		id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
		want[id] = true
		if i%5 == 4 {
			z.Clock.Advance(time.Second)
		}
	}
	bottest.ListsAll(t, d, begin, want)
}

func TestHistory(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.SLA = true
	for i := range 7 {
		id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How? " + strconv.Itoa(i)})
		z.Clock.Advance(10 * time.Minute)
		z.Write(id, bottest.Said{Role: pipeline.RoleAgent, Text: "So."})
		z.Clock.Advance(20 * time.Minute)
		if i == 4 {
			continue
		}
		z.Change(id, bottest.Solve)
		if i == 0 {
			z.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: "No."})
			z.Change(id, bottest.Solve)
		}
	}
	reopens := 0
	got := bottest.ReadHistory(t, d, z.Clock.Now().Add(-24*time.Hour))
	for _, past := range got {
		reopens += past.Reopens
		if past.FirstResponse.Calendar != 10*time.Minute || past.Resolution.Calendar != 30*time.Minute || past.FirstResponse.Business != 7*time.Minute ||
			past.Resolution.Business != 20*time.Minute || past.Handling != 750*time.Second {
			t.Errorf("%+v", past)
		}
	}
	if len(got) != 6 || reopens != 1 {
		t.Errorf("%d tickets and %d reopens, want 6 and 1", len(got), reopens)
	}
}

func TestCheckAndSetup(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.Clock.Advance(time.Since(z.Clock.Now())) // the fake's answers carry the real date
	const at = "https://footnote.example/hooks/zammad"
	if got := bottest.Fine(t, d, at); !slices.Equal(got, []string{"credentials", "scopes", "clock"}) {
		t.Errorf("before setup %v are fine", got)
	}
	for i := range 2 {
		in, err := d.Setup(t.Context(), at)
		if err != nil || in.Set["secret"] != z.Secret || len(in.Did) != 3-2*i {
			t.Fatalf("%+v %v", in, err)
		}
	}
	if got := bottest.Fine(t, d, at); !slices.Equal(got, []string{"credentials", "scopes", "webhook", "clock"}) {
		t.Errorf("after setup %v are fine", got)
	}
	z.NoActing = true
	if got := bottest.Fine(t, d, at); !slices.Equal(got, []string{"credentials", "webhook", "clock"}) {
		t.Errorf("without admin.user %v are fine", got)
	}
	wrong, err := zammad.New(zammad.Config{URL: z.URL, Token: "not it", HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if f := wrong.Check(t.Context(), at); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Fix, "zammad_token") {
		t.Errorf("%+v", f)
	}
}

func FuzzParse(f *testing.F) {
	z := bottest.NewZammad(f)
	d, err := zammad.New(zammad.Config{URL: "http://desk.example", Token: "t", Secrets: []string{z.Secret}})
	if err != nil {
		f.Fatal(err)
	}
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, HTML: "<b>How?</b>", Attachments: []string{"../a.png"}})
	z.Change(id, bottest.Solve)
	bottest.FuzzParse(f, d, z.Clock.Now(), z.Sign, z.Hooks())
}
