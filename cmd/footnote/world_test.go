package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/email"
	"footnote/bots/slackdesk"
	"footnote/knowledge"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/pipeline/drafting"
	"footnote/pipeline/text/letter"
)

// worldCase is one input of testdata/world, and what has to come of it.
type worldCase struct {
	kind, name, body string
	want             map[string][]string // lines by mark: has, not, order, title, public, closed …
}

// worldCases reads a file of inputs: "@@@ kind name", the input, then "@@ mark" with
// lines, each wanted or not.
func worldCases(t *testing.T, file string) (out []worldCase) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(raw), "\n@@@ ")[1:] {
		head, rest, _ := strings.Cut(part, "\n")
		kind, name, _ := strings.Cut(head, " ")
		blocks := strings.Split("\n"+rest, "\n@@ ")
		c := worldCase{kind: kind, name: name, body: strings.TrimPrefix(blocks[0], "\n") + "\n", want: map[string][]string{}}
		for _, b := range blocks[1:] {
			mark, lines, _ := strings.Cut(b, "\n")
			c.want[mark] = []string{}
			for l := range strings.Lines(lines) {
				if l = strings.TrimRight(l, "\n"); l != "" {
					c.want[mark] = append(c.want[mark], l)
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// miss says what of a text is not as wanted; empty when all is.
func (c worldCase) miss(s string) string {
	for _, w := range c.want["has"] {
		if !strings.Contains(s, w) {
			return fmt.Sprintf("%q is not in", w)
		}
	}
	for _, w := range c.want["not"] {
		if strings.Contains(s, w) {
			return fmt.Sprintf("%q is in", w)
		}
	}
	at := 0
	for _, w := range c.want["order"] {
		i := strings.Index(s[at:], w)
		if i < 0 {
			return fmt.Sprintf("%q does not follow in", w)
		}
		at += i + len(w)
	}
	return ""
}

func worldFile(name string) string {
	if p := os.Getenv("FOOTNOTE_WORLD_" + strings.ToUpper(name)); p != "" {
		return p
	}
	return "testdata/world/" + name + ".txt"
}

// TestWorldPages syncs a folder of pages as real systems write them, and looks at what
// customers may be told from it.
func TestWorldPages(t *testing.T) {
	cases := worldCases(t, worldFile("pages"))
	dir := t.TempDir()
	for _, c := range cases {
		p := filepath.Join(dir, c.kind, c.name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(c.body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a := running(t, "knowledge="+dir, "sync_every=0s")
	if err := a.syncKnowledge(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	docs := map[string]knowledge.Document{}
	for at := 0; ; at += 500 {
		page, err := a.knowledge.ListDocuments(t.Context(), knowledge.DocumentFilter{Limit: 500, Offset: at})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Documents {
			docs[d.Path] = d
		}
		if len(page.Documents) < 500 {
			break
		}
	}
	stopped := map[string]string{}
	bad, err := a.knowledge.ListQuarantine(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range bad {
		stopped[q.Path] = q.Reason
	}
	for _, c := range cases {
		path := c.kind + "/" + c.name
		d, found := docs[path]
		now := time.Now()
		public := found && d.Quarantine == "" && d.Audience == pipeline.Public && !d.ValidFrom.After(now) && (d.ValidUntil.IsZero() || d.ValidUntil.After(now))
		if _, closed := c.want["closed"]; closed {
			if public {
				t.Errorf("%s is public", path)
			}
			continue
		}
		if !public {
			t.Errorf("%s is not public: %s %v %s", path, d.Audience, d.Reasons, stopped[path])
			continue
		}
		full, err := a.knowledge.FindDocument(t.Context(), d.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, p := range full.Passages {
			b.WriteString(p.Text + "\n\n")
		}
		if m := c.miss(b.String()); m != "" {
			t.Errorf("%s: %s\n%s", path, m, b.String())
		}
		if w := c.want["title"]; w != nil && d.Title != w[0] {
			t.Errorf("%s: title %q, want %q", path, d.Title, w[0])
		}
	}
}

// TestWorldMails puts mails as real programs write them into a mailbox, reads the
// tickets and asks what the drafter is asked.
func TestWorldMails(t *testing.T) {
	cases := worldCases(t, worldFile("mails"))
	m := bottest.NewEmail(t)
	m.Clock.Advance(time.Since(m.Clock.Now()))
	d, err := entrances["email"].build(opened{token: m.Password, pool: pgtest.New(t), mail: m})
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]worldCase{}
	for i, c := range cases {
		id := fmt.Sprintf("world-%d@home.example", i)
		body := c.body
		if !strings.Contains(strings.ToLower("\n"+body), "\nmessage-id:") {
			body = "Message-ID: <" + id + ">\n" + body
		}
		byID[email.TicketID(id)] = c
		m.Put("INBOX", []byte(strings.ReplaceAll(body, "\n", "\r\n")))
	}
	refs, err := d.(bots.Poller).Changed(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, ref := range refs {
		c, ok := byID[ref.ID]
		if !ok {
			t.Errorf("a ticket of nobody: %s", ref)
			continue
		}
		ticket, err := d.(bots.Reader).Thread(t.Context(), ref.TicketRef)
		if err != nil || len(ticket.Messages) == 0 {
			t.Errorf("%s %s: %v", c.kind, c.name, err)
			continue
		}
		seen[c.kind+c.name] = true
		last := ticket.Messages[len(ticket.Messages)-1]
		auto := last.Role != pipeline.RoleCustomer || letter.Automatic(nil, ticket.Subject, last.Text)
		if _, want := c.want["automatic"]; want != auto {
			t.Errorf("%s %s: automatic %v, role %s\n%s\n%s", c.kind, c.name, auto, last.Role, ticket.Subject, last.Text)
		}
		if auto {
			continue
		}
		q := drafting.Read(ticket, last.ID)
		asked := ""
		if n := len(q.Turns); n > 0 {
			asked = q.Turns[n-1].Text
		}
		if w := c.want["agent"]; w != nil && !strings.Contains(last.Text, w[0]) {
			t.Errorf("%s %s: the agent does not see %q:\n%s", c.kind, c.name, w[0], last.Text)
		}
		if w := c.want["locale"]; w != nil && q.Locale != w[0] {
			t.Errorf("%s %s: locale %q, want %s", c.kind, c.name, q.Locale, w[0])
		}
		if _, want := c.want["empty"]; want != (q.Empty != "") {
			t.Errorf("%s %s: empty: %q", c.kind, c.name, q.Empty)
		}
		if w := c.want["asked"]; w != nil && asked != strings.Join(w, "\n") {
			t.Errorf("%s %s: asked\n%s\n--- want\n%s", c.kind, c.name, asked, strings.Join(w, "\n"))
		}
		if m := c.miss(asked); m != "" {
			t.Errorf("%s %s: %s\n%s", c.kind, c.name, m, asked)
		}
	}
	for _, c := range cases {
		if !seen[c.kind+c.name] {
			if _, want := c.want["automatic"]; !want {
				t.Errorf("%s %s: no ticket", c.kind, c.name)
			}
		}
	}
}

// TestWorldThreads reads threads as they come from chats and desks ("C:" is the customer,
// "A:" an agent, "F:" a file of the message before) and asks what the drafter is asked.
func TestWorldThreads(t *testing.T) {
	for _, c := range worldCases(t, worldFile("threads")) {
		ticket := pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: "d", ID: c.name}, Requester: pipeline.Person{Name: "Kim Vale"}}
		for l := range strings.Lines(c.body) {
			who, words, ok := strings.Cut(strings.TrimRight(l, "\n"), ": ")
			m := pipeline.Message{ID: fmt.Sprint("m", len(ticket.Messages)), Public: true, Role: pipeline.RoleCustomer, Text: strings.ReplaceAll(words, `\n`, "\n")}
			switch {
			case !ok:
				continue
			case who == "S":
				ticket.Subject = words
				continue
			case who == "L":
				ticket.Locale = words
				continue
			case who == "A":
				m.Role = pipeline.RoleAgent
			case who == "F":
				last := &ticket.Messages[len(ticket.Messages)-1]
				last.Attachments = append(last.Attachments, words)
				continue
			}
			ticket.Messages = append(ticket.Messages, m)
		}
		last := ticket.Messages[len(ticket.Messages)-1]
		q := drafting.Read(ticket, last.ID)
		asked := q.Turns[len(q.Turns)-1].Text
		if _, want := c.want["empty"]; want != (q.Empty != "") {
			t.Errorf("%s %s: empty: %q", c.kind, c.name, q.Empty)
		}
		if w := c.want["empty"]; len(w) > 0 && !strings.Contains(q.Empty, w[0]) {
			t.Errorf("%s %s: empty: %q", c.kind, c.name, q.Empty)
		}
		if w := c.want["beside"]; w != nil && drafting.Courtesy(last.Text, ticket.Requester.Name) == 0 {
			t.Errorf("%s %s: %q is no courtesy", c.kind, c.name, last.Text)
		}
		if w := c.want["asks"]; w != nil && strings.Join(q.Asks, "\n") != strings.Join(w, "\n") {
			t.Errorf("%s %s: asks %q", c.kind, c.name, q.Asks)
		}
		if w := c.want["locale"]; w != nil && q.Locale != strings.Join(w, "") {
			t.Errorf("%s %s: locale %q, want %q", c.kind, c.name, q.Locale, w)
		}
		if m := c.miss(asked); m != "" {
			t.Errorf("%s %s: %s\n%s", c.kind, c.name, m, asked)
		}
	}
}

// TestWorldSlack posts messages as Slack has them into a support channel, each a line
// of JSON, and asks what the drafter is asked.
func TestWorldSlack(t *testing.T) {
	s := bottest.NewSlackDesk(t)
	d, err := entrances["slackdesk"].build(opened{url: s.Base, token: bottest.SlackBotToken, secret: bottest.SlackSigningSecret, pool: pgtest.New(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range worldCases(t, worldFile("slack")) {
		m := bottest.SlackMessage{Channel: bottest.SlackSupport, User: s.Customer("Ada " + c.name), Team: bottest.SlackClientTeam}
		var in struct {
			Text                       string
			Blocks, Attachments, Files json.RawMessage
			Workflow                   bool
		}
		if err := json.Unmarshal([]byte(c.body), &in); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		m.Text, m.Blocks, m.Attachments, m.FileObjects = in.Text, in.Blocks, in.Attachments, in.Files
		if in.Workflow {
			m.Text = strings.ReplaceAll(m.Text, "@CUSTOMER", "<@"+m.User+">")
			m.User, m.Team, m.Bot, m.Username, m.Subtype, m.Workflow = "", "", "B0FLOW", "Request help", "bot_message", true
		}
		m.TS = s.Inject(m)
		var events []pipeline.Event
		err := d.(*slackdesk.Desk).Take(t.Context(), s.Outer(s.MessageEvent(m)), func(_ context.Context, e pipeline.Event) error {
			events = append(events, e)
			return nil
		})
		if err != nil || len(events) != 1 {
			t.Errorf("%s %s: %d events, %v", c.kind, c.name, len(events), err)
			continue
		}
		ticket, err := d.(bots.Reader).Thread(t.Context(), events[0].Ref())
		if err != nil || len(ticket.Messages) == 0 {
			t.Errorf("%s %s: %v", c.kind, c.name, err)
			continue
		}
		q := drafting.Read(ticket, ticket.Messages[len(ticket.Messages)-1].ID)
		asked := q.Turns[len(q.Turns)-1].Text
		if _, want := c.want["empty"]; want != (q.Empty != "") {
			t.Errorf("%s %s: empty: %q", c.kind, c.name, q.Empty)
		}
		if w := c.want["asked"]; w != nil && asked != strings.Join(w, "\n") {
			t.Errorf("%s %s: asked\n%s\n--- want\n%s", c.kind, c.name, asked, strings.Join(w, "\n"))
		}
		if w := c.want["title"]; w != nil && ticket.Subject != w[0] {
			t.Errorf("%s %s: subject %q", c.kind, c.name, ticket.Subject)
		}
		if m := c.miss(asked); m != "" {
			t.Errorf("%s %s: %s\n%s", c.kind, c.name, m, asked)
		}
	}
}

// TestWorldTextLeftOut: a page that would lose much of its text stops at the sync, is
// searched once its owner decided, and stops again when that is taken back.
func TestWorldTextLeftOut(t *testing.T) {
	dir := t.TempDir()
	page := "<main><h1>Fees</h1><p>" + strings.Repeat("A parcel costs four euros. ", 20) + "</p><div style='display:none'>" + strings.Repeat("Nobody sees these words. ", 30) + "</div></main>"
	if err := os.WriteFile(filepath.Join(dir, "fees.html"), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	a := running(t, "knowledge="+dir, "sync_every=0s")
	source := ""
	state := func() (public bool, asked knowledge.Quarantined) {
		t.Helper()
		if err := a.syncKnowledge(t.Context(), io.Discard); err != nil {
			t.Fatal(err)
		}
		page, err := a.knowledge.ListDocuments(t.Context(), knowledge.DocumentFilter{})
		if err != nil {
			t.Fatal(err)
		}
		bad, err := a.knowledge.ListQuarantine(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if len(bad) > 0 {
			asked, source = bad[0], bad[0].Source
		}
		return len(page.Documents) == 1 && page.Documents[0].Quarantine == "", asked
	}
	public, asked := state()
	if public || asked.Key != knowledge.LostKey || asked.Fate != knowledge.Unclear || !strings.Contains(asked.Reason, "%") {
		t.Fatalf("public %v, %+v", public, asked)
	}
	d := knowledge.Decision{Source: source, Key: asked.Key, Value: asked.Value, Means: knowledge.MeansNothing, By: "ana"}
	if err := a.decide(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if public, asked = state(); !public || asked.Key != "" {
		t.Errorf("decided: public %v, %+v", public, asked)
	}
	if err := a.takeBack(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if public, asked = state(); public || asked.Key != knowledge.LostKey {
		t.Errorf("taken back: public %v, %+v", public, asked)
	}
}
