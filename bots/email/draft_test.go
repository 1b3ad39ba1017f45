package email

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

func note(ref pipeline.TicketRef, text string, n byte) bots.Note {
	return bots.Note{Ticket: ref, Text: text, Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789ab0" + string('0'+n))}
}

// TestDraft: a draft is an answer in the thread, set once; a newer one replaces
// it, and the customer's next mail takes it out.
func TestDraft(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	root := m.Begin(bottest.Said{Subject: "Größe", Text: "How?"})
	m.Put("Drafts", say("From: support@shop.example\nTo: bob@example.org\nMessage-ID: <other@x>\nSubject: Something else", "Dear Bob"))
	ref := d.ref(TicketID(root))
	for range 2 {
		if err := d.SetDraft(t.Context(), note(ref, "Open settings.\n\nThen save.", 1)); err != nil {
			t.Fatal(err)
		}
	}
	box := m.Box("Drafts")
	if len(box) != 2 {
		t.Fatalf("%d drafts, want somebody's and ours", len(box))
	}
	l, err := parse(box[1].Raw)
	if err != nil || l.text != "Open settings.\n\nThen save." || l.subject != "Re: Größe" || l.from != m.Address || !slices.Equal(l.refs, []string{root}) ||
		!slices.Contains(box[1].Flags, imap.FlagDraft) || !bytes.Contains(box[1].Raw, []byte("ada@example.org")) {
		t.Errorf("%+v %v\n%s", l, box[1].Flags, box[1].Raw)
	}
	if err := d.SetDraft(t.Context(), note(ref, "Open the menu.", 2)); err != nil {
		t.Fatal(err)
	}
	if box = m.Box("Drafts"); len(box) != 2 || !bytes.Contains(box[1].Raw, []byte("Open the menu.")) {
		t.Errorf("a newer draft does not replace ours: %d", len(box))
	}
	if got := read(t, d, ref); len(got.Messages) != 1 {
		t.Errorf("a draft is read as a message: %+v", got.Messages)
	}
	m.Clock.Advance(time.Second)
	m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "And the width?"})
	changed(t, d)
	if box = m.Box("Drafts"); len(box) != 1 || !bytes.Contains(box[0].Raw, []byte("Dear Bob")) {
		t.Errorf("after the customer's next mail %d drafts stand there", len(box))
	}
	if len(m.Mailed()) != 0 {
		t.Error("a draft was sent")
	}
}

// TestDraftWithoutID: a mail that nobody can refer to gets one draft all the same,
// also in a folder that was made later.
func TestDraftWithoutID(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmailServer(t, bottest.EmailServer{Folders: map[string]imap.MailboxAttr{"Sent": ""}})
	d := desk(t, m, nil)
	m.Put("INBOX", say("From: ada@example.org\nSubject: Hello", "How?"))
	refs := changed(t, d)
	if len(refs) != 1 {
		t.Fatal(refs)
	}
	m.Make("Drafts")
	for i := range 3 {
		if err := d.SetDraft(t.Context(), note(refs[0], "Open settings.", byte(i/2))); err != nil {
			t.Fatal(err)
		}
		if n := len(m.Box("Drafts")); n != 1 {
			t.Errorf("%d drafts", n)
		}
	}
}

// TestDraftSent: our own reply takes the draft out.
func TestDraftSent(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	ref := d.ref(TicketID(m.Begin(bottest.Said{Text: "How?"})))
	if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Post(t.Context(), post(ref)); err != nil {
		t.Fatal(err)
	}
	changed(t, d)
	if n := len(m.Box("Drafts")); n != 0 {
		t.Errorf("%d drafts after the reply", n)
	}
}

// TestDraftCleared: without a text ours is taken out, also of a thread that was
// archived, and nobody else's.
func TestDraftCleared(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	root := m.Begin(bottest.Said{Text: "How?"})
	ref := d.ref(TicketID(root))
	if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); err != nil {
		t.Fatal(err)
	}
	m.Put("Drafts", say("From: support@shop.example\nMessage-ID: <hers@x>\nIn-Reply-To: <"+root+">\nSubject: Re: My order", "Dear Ada"))
	m.Archive(root, "Archive")
	for range 2 {
		if err := d.SetDraft(t.Context(), note(ref, "", 0)); err != nil {
			t.Fatal(err)
		}
		if box := m.Box("Drafts"); len(box) != 1 || !bytes.Contains(box[0].Raw, []byte("Dear Ada")) {
			t.Errorf("%d drafts, want hers", len(box))
		}
	}
}

// TestDraftOfSomebody: what an agent writes or has changed is never touched.
func TestDraftOfSomebody(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	root := m.Begin(bottest.Said{Text: "How?"})
	ref := d.ref(TicketID(root))
	m.Put("Drafts", say("From: support@shop.example\nTo: ada@example.org\nMessage-ID: <hers@x>\nIn-Reply-To: <"+root+">\nSubject: Re: My order", "Dear Ada"))
	if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); pipeline.KindOf(err) != pipeline.Conflict {
		t.Errorf("beside somebody's draft: %v", err)
	}
	if n := len(m.Box("Drafts")); n != 1 {
		t.Errorf("%d drafts, want hers alone", n)
	}
	m.Remove("Drafts", false)
	if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); err != nil {
		t.Fatal(err)
	}
	edited := bytes.Replace(m.Box("Drafts")[0].Raw, []byte("Open settings."), []byte("Dear Ada, open settings."), 1)
	m.Remove("Drafts", false) // mail programs save a change as another mail
	m.Put("Drafts", edited)
	if err := d.SetDraft(t.Context(), note(ref, "Open the menu.", 2)); pipeline.KindOf(err) != pipeline.Conflict {
		t.Errorf("over a draft that an agent changed: %v", err)
	}
	m.Clock.Advance(time.Second)
	m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "Hello?"})
	changed(t, d)
	changed(t, d)
	if box := m.Box("Drafts"); len(box) != 1 || !bytes.Equal(box[0].Raw, edited) {
		t.Errorf("an agent's draft was touched: %d stand there", len(box))
	}
}

// TestDraftLost: an answer that is lost makes no second draft.
func TestDraftLost(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]bottest.DeskFault{"reset": {Reset: true}, "no": {Status: 500}} {
		m, d := open(t)
		ref := d.ref(TicketID(m.Begin(bottest.Said{Text: "How?"})))
		changed(t, d)
		m.Script("draft", f)
		if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); pipeline.KindOf(err) != pipeline.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); err != nil {
			t.Errorf("%s, again: %v", name, err)
		}
		if n := len(m.Box("Drafts")); n != 1 {
			t.Errorf("%s: %d drafts", name, n)
		}
	}
}

// TestNoDrafts: without the folder the reason is said, and mail is read all the same.
func TestNoDrafts(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmailServer(t, bottest.EmailServer{Folders: map[string]imap.MailboxAttr{"Sent": ""}})
	d := desk(t, m, nil)
	ref := d.ref(TicketID(m.Begin(bottest.Said{Text: "How?"})))
	if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "email_drafts") {
		t.Errorf("%v", err)
	}
	if got := read(t, d, ref); len(got.Messages) != 1 {
		t.Errorf("%+v", got)
	}
}
