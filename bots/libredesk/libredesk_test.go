package libredesk_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/libredesk"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func open(t testing.TB) (*bottest.Libredesk, *libredesk.Desk) {
	t.Helper()
	z := bottest.NewLibredesk(t)
	d, err := libredesk.New(libredesk.Config{URL: z.URL, Key: z.Key, Agents: map[string]string{"Grace@example.org": z.GraceKey},
		Secrets: []string{z.Secret, "the one before"}, HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return z, d
}

func ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: "libredesk", ID: id} }

func fixture(t *testing.T) bottest.Fixture {
	z, d := open(t)
	f := bottest.NewFixture(d, z, z.Clock, z.Messages)
	f.Chats = true
	f.Tags = func(ref pipeline.TicketRef) []string { tags, _ := z.State(ref.ID); return tags }
	f.Pool, f.Cut, f.Secrets = pgtest.New(t), z.Cut, []string{z.Key, z.GraceKey, "gracesecret", z.Secret}
	f.HTML = true
	f.Sign, f.Hook = z.Sign, func(ref pipeline.TicketRef, m pipeline.Message) []byte { return hook(ref.ID, m) }
	f.Skip = map[string]string{"clock skew refused": "Libredesk signs no time"}
	return f
}

// hook is the message.created webhook about one message.
func hook(conversation string, m pipeline.Message) []byte {
	kind, sender, id := "incoming", "contact", 4
	if m.Role != pipeline.RoleCustomer {
		kind, sender, id = "outgoing", "agent", 5
	}
	meta := map[string]any{}
	if m.Marker != "" && kind == "outgoing" {
		meta["echo_id"] = m.Marker
	}
	raw, _ := json.Marshal(map[string]any{"event": "message.created", "timestamp": m.At.Format(time.RFC3339), "payload": map[string]any{
		"id": 1, "uuid": m.ID, "conversation_uuid": conversation, "type": kind, "status": "received", "content": m.Text, "content_type": "html",
		"private": !m.Public, "sender_id": id, "sender_type": sender, "meta": meta, "attachments": []any{}, "created_at": m.At.Format(time.RFC3339Nano),
		"author": map[string]any{"id": id, "first_name": m.Author.Name, "last_name": "", "email": nil, "type": sender}}})
	return raw
}

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

func TestHostileTexts(t *testing.T) { bottest.HostileTexts(t, fixture(t).DeskFixture) }

func TestSignatureVectors(t *testing.T) {
	bottest.SignatureVectors(t, "libredesk", func(secret string) (bots.Desk, error) {
		return libredesk.New(libredesk.Config{URL: "http://desk.example", Key: "k:s", Secrets: []string{secret}})
	})
}

// TestSamples reads every captured webhook.
func TestSamples(t *testing.T) {
	const a, b, chat = "1ca9a0e6-a539-49e7-9c3a-5a3b112bdb35", "8a388063-90fe-4af1-8f9d-1a9cbba90ad7", "554a59de-d944-495f-b36e-79282841d211"
	want := map[string]string{
		"webhook.1-contact-creates.message.created.json":      a + " message customer public Hi, I was charged twice for order 1001. Can I get a refund?",
		"webhook.1-contact-creates.conversation.created.json": a + " change",
		"webhook.2-contact-followup.message.created.json":     b + " message customer public More info: error E42",
		"webhook.2b-contact-reopens.message.created.json":     b + " change",
		"webhook.5-bot-private-note.message.created.json":     a + " message agent private Copilot draft: refund policy says ... Refund policy (https://kb.acme.test/refunds)",
		"webhook.6-bot-public-reply.message.created.json":     a + " message agent public Hello Cara, we refunded the second charge.",
		"webhook.6b-same-echo.message.created.json":           a + " message agent public Hello Cara, we refunded the second charge.",
		"webhook.7-alice-public-reply.message.created.json":   a + " message agent public Anything else?",
		"webhook.9-resolve.conversation.status_changed.json":  a + " change",
		"webhook.9-resolve.message.created.json":              a + " change",
		"webhook.L1-livechat-init.conversation.created.json":  chat + " change",
		"webhook.L1-livechat-init.message.created.json":       chat + " message customer public Hello, how do I reset my password?",
		"webhook.L3-livechat-reply.message.created.json":      chat + " message agent public Use the SSO page.",
		"webhook.L2-livechat-followup.message.created.json":   chat + " message customer public",
		"webhook.0-test.webhook.test.json":                    "",
		"webhook.3-assign.conversation.assigned.json":         "",
		"webhook.3-assign.message.created.json":               "",
		"webhook.4-tag.conversation.tags_changed.json":        "",
		"webhook.4-tag.message.created.json":                  "",
		"webhook.6-bot-public-reply.message.updated.json":     "",
		"webhook.6b-same-echo.message.updated.json":           "",
		"webhook.7-alice-public-reply.message.updated.json":   "",
		"webhook.8-priority.message.created.json":             "",
		"webhook.L3-livechat-reply.message.updated.json":      "",
	}
	z, d := open(t)
	bottest.Samples(t, "libredesk", func(s bottest.Sample) {
		if s.Body == nil || !strings.HasPrefix(s.Name, "webhook.") {
			return
		}
		events, err := d.Parse(z.Sign(s.Body, z.Clock.Now()), s.Body, z.Clock.Now())
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			return
		}
		got := ""
		for _, e := range events {
			r, err := pipeline.Decode[pipeline.Received](e)
			if err != nil {
				t.Fatal(err)
			}
			got += e.Ticket + " " + r.Kind
			if m := r.Message; m != nil {
				got += " " + string(m.Role) + map[bool]string{true: " public ", false: " private "}[m.Public] + m.Text
			}
		}
		if w, ok := want[s.Name]; !ok || !strings.HasPrefix(got, w) || w == "" && got != "" {
			t.Errorf("%s is %q, want %q", s.Name, got, w)
		}
	})
}

// TestSampleThread answers the captured conversation to the adapter.
func TestSampleThread(t *testing.T) {
	answers := map[string]json.RawMessage{}
	bottest.Samples(t, "libredesk", func(s bottest.Sample) { answers[s.Name] = s.Response })
	const id = "1ca9a0e6-a539-49e7-9c3a-5a3b112bdb35"
	mux := http.NewServeMux()
	for path, name := range map[string]string{"/conversations/" + id: "get_conversation", "/conversations/" + id + "/messages": "get_messages", "/conversations/all": "list_all"} {
		mux.HandleFunc("GET /api/v1"+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answers["api."+name+".json"]) })
	}
	mux.HandleFunc("GET /api/v1/agents/me", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"success","data":{"id":3,"first_name":"Copilot","last_name":"Bot","email":"copilot@acme.test"}}`))
	})
	url, client, _ := bottest.Serve(t, mux)
	d, err := libredesk.New(libredesk.Config{URL: url, Key: "k:s", HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Thread(t.Context(), ref(id))
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject != "Refund for order 1001" || got.Status != pipeline.StatusSolved || got.Queue != "Support email" ||
		got.Requester != (pipeline.Person{ID: "4", Name: "Cara Customer", Email: "cara@client.test"}) || got.URL != url+"/inboxes/all/conversation/"+id {
		t.Errorf("%+v", got)
	}
	var lines []string
	for _, m := range got.Messages {
		lines = append(lines, string(m.Role)+" "+strconv.FormatBool(m.Public)+" "+m.Author.Name)
	}
	if want := []string{"customer true Cara Customer", "bot false Copilot Bot", "bot true Copilot Bot", "bot true Copilot Bot", "agent true Alice Agent"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	refs, err := d.Changed(t.Context(), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	if err != nil || len(refs) != 2 {
		t.Errorf("%v, %v", refs, err)
	}
}

// TestChannels: mail goes to the customer, a chat to nobody's address; without
// the approving agent's key the reply is our own agent's.
func TestChannels(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	for chat, to := range map[bool]string{false: "ada@example.org", true: ""} {
		z.Chat = chat
		id, first := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "a < b & c?"})
		p := bots.Post{Ticket: ref(id), Text: "Like this.", Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd"), Author: pipeline.Agent{Email: "bob@example.org"}}
		if _, err := d.Post(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if got := z.Messages(id, true); len(got) != 1 || got[0].Recipient.Email != to || got[0].Author.Name != "Support Copilot" || got[0].Marker != p.Marker {
			t.Errorf("chat %v: %+v", chat, got)
		}
		thread, err := d.Thread(t.Context(), ref(id))
		if err != nil || thread.Messages[0].ID != first || thread.Messages[0].Text != "a < b & c?" || thread.Messages[1].Role != pipeline.RoleAgent {
			t.Errorf("%+v %v", thread, err)
		}
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
	if tags, status := z.State(id); !slices.Equal(tags, []string{"footnote drafted", "x"}) || status != "On hold" {
		t.Errorf("%q %s", tags, status)
	}
	z.ForbidTags()
	if err := d.Tag(t.Context(), ref(id), "new"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a tag that Libredesk drops: %v", err)
	}
	if tags, _ := z.State(id); !slices.Equal(tags, []string{"footnote drafted", "x"}) {
		t.Errorf("%q", tags)
	}
	for _, s := range []pipeline.TicketStatus{pipeline.StatusSolved, pipeline.StatusOpen} {
		if err := d.SetStatus(t.Context(), ref(id), s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if th, err := d.Thread(t.Context(), ref(id)); err != nil || th.Status != s {
			t.Errorf("%s: %s %v", s, th.Status, err)
		}
	}
}

// TestChangedPages: conversations of one instant and pages that fill up.
func TestChangedPages(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	begin, want := z.Clock.Now(), map[string]bool{}
	for i := range 11 {
		id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
		want[id] = true
		if i%5 == 4 {
			z.Clock.Advance(time.Millisecond)
		}
	}
	bottest.ListsAll(t, d, begin, want)
}

func TestHistory(t *testing.T) {
	t.Parallel()
	z, d := open(t)
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
		if past.FirstResponse.Calendar != 10*time.Minute || past.Resolution.Calendar != 30*time.Minute || past.FirstResponse.Business != pipeline.Unknown ||
			past.Handling != pipeline.Unknown || past.Definition == "" {
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
	const at = "https://footnote.example/hooks/libredesk"
	if got := bottest.Fine(t, d, at); !slices.Equal(got, []string{"credentials", "scopes", "clock", "key of grace@example.org"}) {
		t.Errorf("before setup %v are fine", got)
	}
	for range 2 {
		in, err := d.Setup(t.Context(), at)
		if err != nil || in.Set["secret"] != z.Secret || len(in.Did) != 1 {
			t.Fatalf("%+v %v", in, err)
		}
	}
	if got := bottest.Fine(t, d, at); !slices.Equal(got, []string{"credentials", "scopes", "webhook", "clock", "key of grace@example.org"}) {
		t.Errorf("after setup %v are fine", got)
	}
	bare, err := libredesk.New(libredesk.Config{URL: z.URL, Key: z.Key, HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	in, err := bare.Setup(t.Context(), at)
	if err != nil || len(in.Set["secret"]) != 64 || in.Set["secret"] != z.Secret {
		t.Errorf("a secret of our own: %+v %v", in, err)
	}
	wrong, err := libredesk.New(libredesk.Config{URL: z.URL, Key: "not:it", HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if f := wrong.Check(t.Context(), at); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Fix, "libredesk_key") {
		t.Errorf("%+v", f)
	}
}

func FuzzParse(f *testing.F) {
	z := bottest.NewLibredesk(f)
	d, err := libredesk.New(libredesk.Config{URL: "http://desk.example", Key: "k:s", Secrets: []string{z.Secret}})
	if err != nil {
		f.Fatal(err)
	}
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	z.Change(id, bottest.Solve)
	bottest.FuzzParse(f, d, z.Clock.Now(), z.Sign, z.Hooks())
}
