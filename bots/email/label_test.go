package email

import (
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

// keywords are those of the newest mail in the inbox.
func keywords(m *bottest.Email) (out []string) {
	box := m.Box("INBOX")
	for _, f := range box[len(box)-1].Flags {
		out = append(out, string(f))
	}
	slices.Sort(out)
	return out
}

// TestLabels: tags and status are keywords, the same call twice changes nothing,
// and what an agent's mail program sets is read.
func TestLabels(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	root := m.Begin(bottest.Said{Text: "How?"})
	ref := d.ref(TicketID(root))
	for range 2 {
		if err := d.Tag(t.Context(), ref, "footnote drafted", "vip"); err != nil {
			t.Fatal(err)
		}
		if err := d.SetStatus(t.Context(), ref, pipeline.StatusPending); err != nil {
			t.Fatal(err)
		}
		if got := keywords(m); !slices.Equal(got, []string{"footnote_drafted", "footnote_pending", "vip"}) {
			t.Errorf("keywords %q", got)
		}
	}
	if got := read(t, d, ref).Status; got != pipeline.StatusPending {
		t.Errorf("status %s", got)
	}
	if err := d.SetStatus(t.Context(), ref, pipeline.StatusSolved); err != nil {
		t.Fatal(err)
	}
	if got := keywords(m); !slices.Equal(got, []string{"footnote_drafted", "footnote_solved", "vip"}) || read(t, d, ref).Status != pipeline.StatusSolved {
		t.Errorf("keywords %q", got)
	}
	m.Clock.Advance(time.Minute)
	if _, err := d.Post(t.Context(), post(ref)); err != nil { // its copy in the inbox is nobody's question
		t.Fatal(err)
	}
	if got := read(t, d, ref).Status; got != pipeline.StatusSolved {
		t.Errorf("after our own reply the status is %s", got)
	}
	m.Clock.Advance(time.Minute)
	m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "It is not."})
	if got := read(t, d, ref).Status; got != pipeline.StatusOpen {
		t.Errorf("after a new mail the status is %s", got)
	}
	since := m.Clock.Now().Add(time.Minute)
	m.Clock.Advance(2 * time.Minute)
	m.Mark(root, string(keySolved), true)
	if refs, err := d.Changed(t.Context(), since); err != nil || len(refs) != 1 || refs[0].TicketRef != ref {
		t.Errorf("a status that an agent set is not a change: %v, %v", refs, err)
	}
	if got := read(t, d, ref); got.Status != pipeline.StatusSolved || got.UpdatedAt.Before(since) {
		t.Errorf("%s at %s", got.Status, got.UpdatedAt)
	}
	if err := d.SetStatus(t.Context(), ref, pipeline.StatusOpen); err != nil || slices.Contains(keywords(m), "footnote_solved") {
		t.Errorf("opened: %q, %v", keywords(m), err)
	}
	for _, bad := range []string{"", " ", "()", strings.Repeat("x", 101)} {
		if err := d.Tag(t.Context(), ref, bad); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("the tag %q: %v", bad, err)
		}
	}
	if err := d.SetStatus(t.Context(), ref, "closed"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("no such status: %v", err)
	}
	if err := d.Tag(t.Context(), d.ref("none"), "x"); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("no such ticket: %v", err)
	}
}

// TestNoKeywords: a server that keeps none says so, and mail is read all the same.
func TestNoKeywords(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmailServer(t, bottest.EmailServer{NoKeywords: true})
	d := desk(t, m, nil)
	ref := d.ref(TicketID(m.Begin(bottest.Said{Text: "How?"})))
	if err := d.Tag(t.Context(), ref, "x"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("tagged: %v", err)
	}
	if err := d.SetStatus(t.Context(), ref, pipeline.StatusSolved); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("solved: %v", err)
	}
	if got := read(t, d, ref); got.Status != pipeline.StatusOpen || len(keywords(m)) != 0 {
		t.Errorf("%s %q", got.Status, keywords(m))
	}
	saw := ""
	for _, f := range d.Check(t.Context(), "") {
		saw += f.Saw + "\n"
	}
	if !strings.Contains(saw, "no tags and no status") {
		t.Errorf("the check says:\n%s", saw)
	}
}

// TestLists: mail by one of our lists is a person's, also where the list wrote
// itself into From; by others, and from machines by it, it is not.
func TestLists(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmail(t)
	d := desk(t, m, func(c *Config) { c.Lists = []string{"<Support.shop.example>", "team@shop.example"} })
	const group = "List-ID: Support <support.shop.example>\nPrecedence: list\nList-Unsubscribe: <mailto:x@shop.example>\n"
	for i, c := range []struct {
		header, from string
		role         pipeline.Role
	}{
		{group + "From: Ada <ada@example.org>", "ada@example.org", pipeline.RoleCustomer},
		{group + "From: 'Ada' via Support <support@shop.example>\nX-Original-From: Ada <ada@example.org>\nReply-To: ada@example.org", "ada@example.org", pipeline.RoleCustomer},
		{group + "From: support@shop.example\nX-Original-Sender: ada@example.org", "ada@example.org", pipeline.RoleCustomer},
		{"List-Post: <mailto:team@shop.example>\nFrom: ada@example.org", "ada@example.org", pipeline.RoleCustomer},
		{group + "Auto-Submitted: auto-replied\nFrom: ada@example.org", "ada@example.org", pipeline.RoleSystem},
		{group + "Feedback-ID: shop\nFrom: news@example.org", "news@example.org", pipeline.RoleSystem},
		{"List-Id: <news.example.org>\nFrom: news@example.org", "news@example.org", pipeline.RoleSystem},
		{"List-Unsubscribe: <mailto:x@example.org>\nFrom: news@example.org", "news@example.org", pipeline.RoleSystem},
		{group + "From: support@shop.example", "support@shop.example", pipeline.RoleBot},
		{"X-Original-From: ada@example.org\nFrom: support@shop.example", "support@shop.example", pipeline.RoleBot},
	} {
		id := "list-" + string(rune('a'+i)) + "@x"
		m.Put("INBOX", say(c.header+"\nSubject: Order\nMessage-ID: <"+id+">", "Where is it?"))
		if got := read(t, d, d.ref(TicketID(id))).Messages[0]; got.Role != c.role || got.Author.Email != c.from {
			t.Errorf("%s: %s by %s, want %s by %s", c.header, got.Role, got.Author.Email, c.role, c.from)
		}
	}
}
