package zendesk_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/zendesk"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func open(t *testing.T) (*bottest.Zendesk, *zendesk.Desk) {
	t.Helper()
	z := bottest.NewZendesk(t)
	d, err := zendesk.New(zendesk.Config{URL: z.URL, Email: "copilot@example.org", Token: z.Token, Secrets: []string{z.Secret, "the one before"},
		HTTP: z.Client, Now: z.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return z, d
}

func fixture(t *testing.T) bottest.Fixture {
	z, d := open(t)
	f := bottest.NewFixture(d, z, z.Clock, z.Comments)
	f.Tags = func(ref pipeline.TicketRef) []string { tags, _ := z.Tags(ref.ID); return tags }
	f.Pool, f.Cut, f.Secrets = pgtest.New(t), z.Cut, []string{z.Token, z.Secret}
	f.HTML = true
	f.Sign, f.Hook = z.Sign, func(ref pipeline.TicketRef, m pipeline.Message) []byte { return hook(ref.ID, m) }
	return f
}

// hook is the comment_added webhook about one message.
func hook(ticket string, m pipeline.Message) []byte {
	raw, _ := json.Marshal(map[string]any{"type": "zen:event-type:ticket.comment_added", "id": "cbe4028c-7239-495d-b020-f22348516046",
		"time": m.At.Format(time.RFC3339Nano), "subject": "zen:ticket:" + ticket, "detail": map[string]any{"id": ticket, "status": "OPEN"},
		"event": map[string]any{"comment": map[string]any{"id": m.ID, "body": m.Text, "is_public": m.Public,
			"author": map[string]any{"id": "900", "is_staff": m.Role != pipeline.RoleCustomer, "name": m.Author.Name}}}})
	return raw
}

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

func TestSignatureVectors(t *testing.T) {
	found := bottest.BadRows(t, "webhook_signatures.jsonl", func(r struct {
		Scheme, Case, Secret, Expect string
		Now                          int64 `json:"now_unix"`
		Headers                      map[string]string
		B64                          []byte
	}) {
		if r.Scheme != "zendesk" {
			return
		}
		d, err := zendesk.New(zendesk.Config{Subdomain: "acme", Token: "t", Secrets: []string{r.Secret}})
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
}

// TestSafeUpdate: a comment that comes between the read and the PUT makes
// Zendesk refuse, and nothing is written.
func TestSafeUpdate(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	ref := pipeline.TicketRef{Desk: "zendesk", ID: id}
	thread, err := d.Thread(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	z.Clock.Advance(time.Second)
	z.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: "Forget it."})
	_, err = d.Post(t.Context(), bots.Post{Ticket: ref, Text: "Like this.", Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd"), Seen: thread.UpdatedAt})
	if v := bots.VerdictOf(err); v != bots.Moved || len(z.Comments(id, true)) != 0 {
		t.Errorf("%s, %v; the ticket has %v", v, err, z.Comments(id, true))
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	ref := pipeline.TicketRef{Desk: "zendesk", ID: id}
	for range 2 {
		if err := d.Tag(t.Context(), ref, "footnote drafted", "x"); err != nil {
			t.Fatal(err)
		}
		if err := d.SetStatus(t.Context(), ref, pipeline.StatusPending); err != nil {
			t.Fatal(err)
		}
	}
	tags, status := z.Tags(id)
	if !slices.Equal(tags, []string{"footnote_drafted", "x"}) || status != "pending" {
		t.Errorf("%q %s", tags, status)
	}
	z.Change(id, bottest.Merge)
	if err := d.SetStatus(t.Context(), ref, pipeline.StatusOpen); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a closed ticket moves: %v", err)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.Metrics = true
	for i := range 9 {
		id, _ := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How? " + strconv.Itoa(i)})
		if i != 4 {
			z.Change(id, bottest.Solve)
		}
	}
	z.Clock.Advance(time.Hour)
	since, cursor := z.Clock.Now().Add(-24*time.Hour), ""
	var got []pipeline.PastTicket
	for range 9 {
		p, err := d.History(t.Context(), since, cursor)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Tickets...)
		if cursor = p.Cursor; p.Done {
			break
		}
	}
	if len(got) != 8 {
		t.Fatalf("%d tickets, want the 8 solved ones", len(got))
	}
	p := got[0]
	if p.FirstResponse.Calendar != 42*time.Minute || p.FirstResponse.Business != 30*time.Minute || p.Resolution.Calendar != 122*time.Minute ||
		p.Resolution.Business != pipeline.Unknown || p.Handling != pipeline.Unknown || p.Reopens != 1 || p.Definition == "" {
		t.Errorf("%+v", p)
	}
}

func TestCheckAndSetup(t *testing.T) {
	t.Parallel()
	z, d := open(t)
	z.Clock.Advance(time.Since(z.Clock.Now())) // the fake's answers carry the real date
	const at = "https://footnote.example/hooks/zendesk"
	ok := func() (out []string) {
		for _, f := range d.Check(t.Context(), at) {
			if f.OK {
				out = append(out, f.Name)
			} else if f.Fix == "" {
				t.Errorf("%s: no advice", f.Name)
			}
		}
		return out
	}
	if got := ok(); !slices.Equal(got, []string{"credentials", "scopes", "clock"}) {
		t.Errorf("before setup %v are fine", got)
	}
	for range 2 {
		in, err := d.Setup(t.Context(), at)
		if err != nil || in.Set["secret"] != z.Secret {
			t.Fatalf("%+v %v", in, err)
		}
	}
	if got := ok(); !slices.Equal(got, []string{"credentials", "scopes", "webhook", "clock"}) {
		t.Errorf("after setup %v are fine", got)
	}
	if _, err := d.Setup(t.Context(), "http://localhost/hooks/zendesk"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("http: %v", err)
	}
	z.Clock.Advance(10 * time.Minute)
	if got := ok(); slices.Contains(got, "clock") {
		t.Error("ten minutes off is fine")
	}
}

func FuzzParse(f *testing.F) {
	z := bottest.NewZendesk(f)
	d, err := zendesk.New(zendesk.Config{Subdomain: "acme", Token: "t", Secrets: []string{z.Secret}})
	if err != nil {
		f.Fatal(err)
	}
	now := z.Clock.Now()
	f.Add(hook("5158", pipeline.Message{ID: "1", Text: "<b>hi</b>", Public: true, At: now, Role: pipeline.RoleCustomer}))
	for _, b := range bottest.BadBodies(f) {
		if len(b) < 4096 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, err := d.Parse(z.Sign(raw, now), raw, now)
		if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
			t.Fatalf("kind %s: %v", pipeline.KindOf(err), err)
		}
		for _, e := range events {
			if e.ID == "" || e.Ticket == "" || e.Desk != "zendesk" {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
