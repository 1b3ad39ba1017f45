package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/email"
	"footnote/pipeline"
)

const (
	firstQuestion  = "How do I connect my Google calendar so that private events block my availability?"
	secondQuestion = "And how do I connect my Google calendar?"
)

// showing is an installation with the sample knowledge that is stopped and
// started again on the same data.
func showing(t *testing.T, sets ...string) (start func() *app, restart func() *app) {
	t.Helper()
	dir := scratchDir(t, "test")
	stop := func() {}
	start = func() *app {
		var a *app
		a, stop = runningIn(t, dir, append([]string{"knowledge=sample", "sync_every=0s"}, sets...)...)
		if err := a.syncKnowledge(t.Context(), io.Discard); err != nil {
			t.Fatal(err)
		}
		return a
	}
	return start, func() *app { stop(); return start() }
}

// showAgain handles the events of a ticket's drafts once more, as a bus does that
// did not hear that they were handled.
func showAgain(t *testing.T, a *app, ref pipeline.TicketRef) {
	t.Helper()
	s, err := a.shower()
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.review.Ticket(t.Context(), ref)
	if err != nil || len(v.Reviews) == 0 {
		t.Fatal(v, err)
	}
	for _, r := range v.Reviews {
		e := pipeline.NewEvent(pipeline.DraftProposed, "again/"+r.Draft.ID, ref, time.Now(), pipeline.Proposed{Draft: r.Draft.ID, Message: r.Draft.Message, Version: r.Draft.Version})
		if err := a.afterReview(s.Handle)(t.Context(), e); err != nil {
			t.Error(err)
		}
	}
}

// openAndVoid counts a ticket's drafts by what they are.
func openAndVoid(t *testing.T, a *app, ref pipeline.TicketRef) (open, void int) {
	t.Helper()
	v, err := a.review.Ticket(t.Context(), ref)
	if err != nil {
		return 0, 0
	}
	for _, r := range v.Reviews {
		if r.State == pipeline.StateOpen && r.Stale == "" {
			open++
		} else {
			void++
		}
	}
	return open, void
}

// TestShowNote: in a live installation a question is one private note in the desk, also
// when the customer's next message voids the first draft and brings a second, after a
// restart, and when webhooks and events come again; one that cannot be changed there says
// as of when it is true.
func TestShowNote(t *testing.T) {
	t.Parallel()
	z := bottest.NewZammad(t)
	start, restart := showing(t, "zammad_url="+z.URL, "zammad_token="+z.Token, "zammad_secret="+z.Secret, "zammad_show=note")
	a := start()
	bring := func() {
		t.Helper()
		for _, h := range z.Hooks() {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+"/hooks/zammad", bytes.NewReader(h.Body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = h.Header
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusAccepted {
				t.Fatalf("a webhook is answered %d", resp.StatusCode)
			}
		}
	}
	say := func(id, text string) string {
		t.Helper()
		z.Clock.Advance(time.Since(z.Clock.Now()))
		if id == "" {
			id, _ = z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: text})
		} else {
			z.Write(id, bottest.Said{Role: pipeline.RoleCustomer, Text: text})
		}
		bring()
		return id
	}
	notes := func(id string) (out []string) {
		for _, n := range z.Articles(id, false) {
			out = append(out, n.Text)
		}
		return out
	}
	id := say("", firstQuestion)
	ref := pipeline.TicketRef{Desk: "zammad", ID: id}
	waitFor(t, "the note", func() bool { return len(notes(id)) == 1 })
	if n := notes(id)[0]; !strings.Contains(n, "Footnote proposes this reply") || !strings.Contains(n, "Google") || !strings.HasPrefix(n, "As of ") || !strings.Contains(n, "/tickets/zammad/"+id) {
		t.Errorf("the note is %q", n)
	}
	say(id, secondQuestion)
	waitFor(t, "the first draft's end", func() bool { open, void := openAndVoid(t, a, ref); return open == 1 && void == 1 })
	a = restart()
	showAgain(t, a, ref)
	other := say("", firstQuestion)
	waitFor(t, "the note of the next ticket", func() bool { return len(notes(other)) == 1 })
	if got := notes(id); len(got) != 1 || len(z.Articles(id, true)) != 0 {
		t.Errorf("after a restart there are %d notes and %d replies: %q", len(got), len(z.Articles(id, true)), got)
	}
}

// TestShowDraft: in a live installation the draft stands in the mailbox's folder
// of drafts; the customer's next mail takes it out and brings the next one, and a
// restart brings no second.
func TestShowDraft(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmail(t)
	start, restart := showing(t, "email_address="+m.Address, "email_imap="+m.IMAP, "email_smtp="+m.SMTP, "email_password="+m.Password, "email_show=draft")
	m.Clock.Advance(time.Since(m.Clock.Now()))
	a := start()
	root := m.Begin(bottest.Said{Text: firstQuestion})
	waitFor(t, "the draft", func() bool { return len(m.Box("Drafts")) == 1 })
	first := m.Box("Drafts")[0].Raw
	if !bytes.Contains(first, []byte("In-Reply-To: <"+root+">")) || !bytes.Contains(first, []byte("Google")) {
		t.Errorf("the draft is\n%s", first)
	}
	m.Clock.Advance(time.Since(m.Clock.Now()))
	second := m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: secondQuestion})
	waitFor(t, "the next draft in place of the first", func() bool {
		box := m.Box("Drafts")
		return len(box) == 1 && bytes.Contains(box[0].Raw, []byte("In-Reply-To: <"+second+">"))
	})
	ref := pipeline.TicketRef{Desk: "email", ID: email.TicketID(root)}
	waitFor(t, "the first draft's end", func() bool { open, void := openAndVoid(t, a, ref); return open == 1 && void == 1 })
	a = restart()
	showAgain(t, a, ref)
	m.Clock.Advance(time.Since(m.Clock.Now()))
	other := m.Begin(bottest.Said{Text: firstQuestion})
	waitFor(t, "the draft of the next mail", func() bool { return len(m.Box("Drafts")) == 2 })
	if box := m.Box("Drafts"); !bytes.Contains(box[1].Raw, []byte(other)) || len(m.Mailed()) != 0 {
		t.Errorf("after a restart %d drafts and %d mails", len(box), len(m.Mailed()))
	}
	for want, run := range map[string]func(context.Context, *app, io.Writer) error{
		"put into Drafts":               (&deskCheckCmd{Desk: "email"}).run,
		"Set email_sent: Sent":          (&deskSetupCmd{Desk: "email"}).run,
		"email: 0 solved tickets since": (&deskImportCmd{Desk: "email", Days: 7}).run,
		"native drafts, tags, status,":  (&deskListCmd{}).run,
	} {
		var out strings.Builder
		if err := run(t.Context(), a, &out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("no word of %q (%v):\n%s", want, err, out.String())
		}
	}
}

// TestShowThatCannotBe: a desk that has no draft of its own is named by its check and by
// doctor, with what to set, and everything else starts.
func TestShowThatCannotBe(t *testing.T) {
	t.Parallel()
	z := bottest.NewLibredesk(t)
	a, _ := runningIn(t, scratchDir(t, "test"), "knowledge=", "sync_every=0s", "libredesk_url="+z.URL, "libredesk_key="+z.Key, "libredesk_show=draft")
	var out bytes.Buffer
	if err := (&deskCheckCmd{Desk: "libredesk"}).run(t.Context(), a, &out); err == nil || !strings.Contains(out.String(), "libredesk_show is \"draft\"") || !strings.Contains(out.String(), "none or note") {
		t.Errorf("%v: %s", err, out.String())
	}
	list := a.showChecks()
	if len(list) != 1 || !list[0].optional || list[0].run(t.Context()) == nil {
		t.Errorf("doctor has %+v", list)
	}
}
