package chatwoot_test

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
	"footnote/bots/chatwoot"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func open(t testing.TB) (*bottest.Chatwoot, *chatwoot.Desk) {
	t.Helper()
	z := bottest.NewChatwoot(t)
	d, err := chatwoot.New(chatwoot.Config{URL: z.URL, Account: 1, Token: z.Token, Agents: map[string]string{"Grace@example.org": z.GraceToken},
		Secrets: []string{z.Secret, "the one before"}, HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return z, d
}

func ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: "chatwoot", ID: id} }

const marker = "fn-01234567-89ab-4cde-8f01-23456789abcd"

func fixture(t *testing.T) bottest.Fixture {
	z, d := open(t)
	f := bottest.NewFixture(d, z, z.Clock, z.Messages)
	f.Tags = func(ref pipeline.TicketRef) []string { labels, _ := z.State(ref.ID); return labels }
	f.Pool, f.Cut, f.Secrets = pgtest.New(t), z.Cut, []string{z.Token, z.GraceToken, z.Secret}
	f.Sign, f.Hook = z.Sign, func(ref pipeline.TicketRef, m pipeline.Message) []byte { return hook(ref.ID, m) }
	return f
}

// hook is the message_created webhook about one message. "4711x" is another
// message than 4711.
func hook(conversation string, m pipeline.Message) []byte {
	id, _ := strconv.ParseInt(strings.ReplaceAll(m.ID, "x", "1"), 10, 64)
	kind, sender := "incoming", map[string]any{"id": 3, "name": m.Author.Name, "email": "ada@example.org", "account": map[string]any{"id": 1}}
	if m.Role != pipeline.RoleCustomer {
		kind, sender = "outgoing", map[string]any{"id": 4, "name": "Grace Hopper", "email": "grace@example.org", "type": "user"}
	}
	raw, _ := json.Marshal(map[string]any{"event": "message_created", "id": id, "content": m.Text, "content_type": "text", "content_attributes": map[string]any{}, "message_type": kind,
		"private": !m.Public, "created_at": m.At, "source_id": nil, "sender": sender, "inbox": map[string]any{"id": 2, "name": "Website"}, "account": map[string]any{"id": 1, "name": "Acme"},
		"conversation": map[string]any{"id": json.Number(conversation), "status": "open", "created_at": m.At.Unix(), "updated_at": 1795420000.1, "last_activity_at": m.At.Unix()}})
	return raw
}

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

func TestHostileTexts(t *testing.T) { bottest.HostileTexts(t, fixture(t).DeskFixture) }

func TestSignatureVectors(t *testing.T) {
	bottest.SignatureVectors(t, "chatwoot", func(secret string) (bots.Desk, error) {
		return chatwoot.New(chatwoot.Config{URL: "http://desk.example", Account: 1, Token: "t", Secrets: []string{secret}})
	})
}

// TestSamples reads the webhooks as Chatwoot's source shapes them.
func TestSamples(t *testing.T) {
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	if _, err := d.Thread(t.Context(), ref(id)); err != nil { // who we are
		t.Fatal(err)
	}
	want := map[string]string{"webhook.message_created.incoming.json": "77 message customer true I was charged twice Cara open cara@client.test",
		"webhook.conversation_created.json": "77 change", "webhook.message_created.own_private_note.json": ""}
	bottest.Samples(t, "chatwoot", func(s bottest.Sample) {
		w, ok := want[s.Name]
		if !ok {
			return
		}
		delete(want, s.Name)
		events, err := d.Parse(z.Sign(s.Body, z.Clock.Now()), s.Body, z.Clock.Now())
		got := ""
		for _, e := range events {
			r, err := pipeline.Decode[pipeline.Received](e)
			if err != nil {
				t.Fatal(err)
			}
			got = e.Ticket + " " + r.Kind
			if m := r.Message; m != nil {
				got += " " + string(m.Role) + " " + strconv.FormatBool(m.Public) + " " + m.Text + " " + m.Author.Name + " " + string(r.Ticket.Status) + " " + r.Ticket.Requester.Email
			}
		}
		if err != nil || got != w {
			t.Errorf("%s is %q, %v, want %q", s.Name, got, err, w)
		}
	})
	if len(want) != 0 {
		t.Errorf("no samples %v", want)
	}
}

// TestIdentities: the customer has our user's number and is nevertheless not us,
// and what another account's webhook tells is refused.
func TestIdentities(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, first := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	if _, err := d.Note(t.Context(), bots.Note{Ticket: ref(id), Text: "A {{ draft }}.", Marker: marker}); err != nil {
		t.Fatal(err)
	}
	thread, err := d.Thread(t.Context(), ref(id))
	if err != nil || len(thread.Messages) != 2 || thread.Messages[0].ID != first || thread.Messages[0].Role != pipeline.RoleCustomer || thread.Messages[1].Public ||
		thread.Messages[1].Marker != marker || thread.Messages[1].Text != "A { { draft }}." {
		t.Errorf("%+v %v", thread.Messages, err)
	}
	raw := []byte(`{"event":"message_created","id":1,"message_type":"incoming","content":"x","account":{"id":2},"conversation":{"id":5}}`)
	if _, err := d.Parse(z.Sign(raw, z.Clock.Now()), raw, z.Clock.Now()); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("another account: %v", err)
	}
}

// TestPlaceholders: Chatwoot would fill them in; nothing else than what was
// approved is sent. A closed window and an activity after the read stop too.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	post := func(text string, seen time.Time) bots.Verdict {
		_, err := d.Post(t.Context(), bots.Post{Ticket: ref(id), Text: text, Marker: marker, Seen: seen})
		return bots.VerdictOf(err)
	}
	for _, text := range []string{"Dear {{contact.name}}", "a {% if x %}"} {
		if v := post(text, time.Time{}); v != bots.Refused {
			t.Errorf("%q: %s", text, v)
		}
	}
	thread, err := d.Thread(t.Context(), ref(id))
	if err != nil {
		t.Fatal(err)
	}
	z.Clock.Advance(time.Second)
	z.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: "Forget it."})
	if v := post("So.", thread.UpdatedAt); v != bots.Moved {
		t.Errorf("moved: %s", v)
	}
	z.Shut = true
	if v := post("So.", time.Time{}); v != bots.Refused {
		t.Errorf("shut: %s", v)
	}
	if got := z.Messages(id, true); len(got) != 0 {
		t.Errorf("sent: %+v", got)
	}
}

// TestForget: a message that lost our mark is still ours by its text in the
// webhook and by its identifier in the thread. Without the agent's token it is
// our own user's.
func TestForget(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.Forget = true
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	z.Hooks()
	if _, err := d.Post(t.Context(), bots.Post{Ticket: ref(id), Text: "So.", Marker: marker, Author: pipeline.Agent{Email: "bob@example.org"}}); err != nil {
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
	if err != nil || thread.Messages[1].Marker != marker || thread.Messages[1].Author.Name != "Support Copilot" {
		t.Errorf("%+v %v", thread.Messages, err)
	}
}

// TestLong: messages of several pages, activities among them.
func TestLong(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, first := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "0"})
	want := []string{first}
	for i := range 57 {
		if want = append(want, z.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: strconv.Itoa(i)})); i%9 == 0 {
			z.Change(id, bottest.Solve)
		}
	}
	thread, err := d.Thread(t.Context(), ref(id))
	var got []string
	for _, m := range thread.Messages {
		got = append(got, m.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d messages, want %d; %v", len(got), len(want), err)
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	for _, tags := range [][]string{{"Footnote drafted"}, {"x", "footnote-drafted"}} {
		if err := d.Tag(t.Context(), ref(id), tags...); err != nil {
			t.Fatal(err)
		}
		if err := d.SetStatus(t.Context(), ref(id), pipeline.StatusPending); err != nil {
			t.Fatal(err)
		}
	}
	if labels, status := z.State(id); !slices.Equal(labels, []string{"footnote-drafted", "x"}) || status != "snoozed" {
		t.Errorf("%q %s", labels, status)
	}
	if err := d.SetStatus(t.Context(), ref(id), "gone"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("no such status: %v", err)
	}
}

// TestChangedPages: more conversations than a page, some older.
func TestChangedPages(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "old"})
	z.Clock.Advance(time.Hour)
	begin, want := z.Clock.Now(), map[string]bool{}
	for i := range 60 {
		id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
		want[id] = true
		if i%25 == 0 {
			z.Clock.Advance(time.Second)
		}
	}
	bottest.ListsAll(t, d, begin, want)
}

func TestHistory(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	for i := range 30 {
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
	since, reopens := z.Clock.Now().Add(-24*time.Hour), 0
	got := bottest.ReadHistory(t, d, since)
	for _, past := range got {
		reopens += past.Reopens
		if past.FirstResponse.Calendar != 10*time.Minute || past.Resolution.Calendar != 30*time.Minute || past.FirstResponse.Business != 5*time.Minute || past.Handling != pipeline.Unknown ||
			!past.SolvedAt.Equal(past.CreatedAt.Add(30*time.Minute)) {
			t.Errorf("%+v", past)
		}
	}
	if len(got) != 29 || reopens != 1 {
		t.Errorf("%d tickets and %d reopens, want 29 and 1", len(got), reopens)
	}
	z.NoEvents = true
	got = bottest.ReadHistory(t, d, since)
	for _, past := range got {
		if past.FirstResponse.Calendar != 10*time.Minute || past.Resolution.Calendar != pipeline.Unknown || past.Reopens != -1 {
			t.Errorf("an older version: %+v", past)
		}
	}
	if len(got) != 29 {
		t.Errorf("an older version: %d tickets", len(got))
	}
}

func TestCheckAndSetup(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.Clock.Advance(time.Since(z.Clock.Now())) // the fake's answers carry the real date
	const at = "https://footnote.example/hooks/chatwoot"
	if got := bottest.Fine(t, d, at); !slices.Equal(got, []string{"credentials", "scopes", "clock", "token of grace@example.org"}) {
		t.Errorf("before setup %v are fine", got)
	}
	for range 2 {
		in, err := d.Setup(t.Context(), at)
		if err != nil || in.Set["secret"] != z.Secret || len(in.Did) != 1 {
			t.Fatalf("%+v %v", in, err)
		}
	}
	if got := bottest.Fine(t, d, at); !slices.Equal(got, []string{"credentials", "scopes", "webhook", "clock", "token of grace@example.org"}) {
		t.Errorf("after setup %v are fine", got)
	}
	z.Unsigned = true
	in, err := d.Setup(t.Context(), at)
	if err != nil || len(in.Set) != 0 || len(in.Steps) != 1 {
		t.Errorf("an older version: %+v %v", in, err)
	}
	if got := bottest.Fine(t, d, at); slices.Contains(got, "webhook") {
		t.Error("a webhook that is not signed is fine")
	}
}

func FuzzParse(f *testing.F) {
	z := bottest.NewChatwoot(f)
	d, err := chatwoot.New(chatwoot.Config{URL: "http://desk.example", Account: 1, Token: "t", Secrets: []string{z.Secret}})
	if err != nil {
		f.Fatal(err)
	}
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, HTML: "<b>How?</b>", Subject: "Order", Attachments: []string{"../a.png"}})
	z.Change(id, bottest.Solve)
	bottest.FuzzParse(f, d, z.Clock.Now(), z.Sign, z.Hooks())
}
