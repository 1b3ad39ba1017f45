package email

import (
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

// lost sends a reply that the server takes and does not answer to.
func lost(t *testing.T, m *bottest.Email, d *Desk, accept bool) (pipeline.TicketRef, bots.Sought) {
	t.Helper()
	root := m.Begin(bottest.Said{Text: "How?"})
	ref := d.ref(TicketID(root))
	thread := read(t, d, ref)
	p := post(ref)
	m.Script("reply", bottest.DeskFault{Reset: true, Accept: accept})
	m.Clock.Advance(time.Second)
	if _, err := d.Post(t.Context(), p); bots.VerdictOf(err) != bots.Ambiguous {
		t.Fatalf("post: %v", err)
	}
	return ref, bots.Sought{Ticket: ref, Marker: p.Marker, Text: p.Text, After: thread.Messages[0].ID, TicketAt: thread.UpdatedAt}
}

func probe(t *testing.T, d *Desk, s bots.Sought) bots.Trace {
	t.Helper()
	trace, err := bots.Probe(t.Context(), d, s)
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

var mailboxes = map[string]imap.MailboxAttr{"Sent": imap.MailboxAttrSent, "Drafts": imap.MailboxAttrDrafts, "Archive": imap.MailboxAttrArchive,
	"[Gmail]": imap.MailboxAttrNoSelect, "[Gmail]/All Mail": imap.MailboxAttrAll, "Deleted Items": imap.MailboxAttrTrash, "Junk": imap.MailboxAttrJunk,
	"Clients/Shop": "", "Zürich & Köln": ""}

func kindOf(change func(*bottest.EmailServer)) bottest.EmailServer {
	k := bottest.EmailServer{Folders: map[string]imap.MailboxAttr{}}
	for name, mark := range mailboxes {
		k.Folders[name] = mark
	}
	if change != nil {
		change(&k)
	}
	return k
}

// TestProbeFindsOurMailInAnyFolder: wherever a rule or a person has put the copy,
// also where the server's search is of no use.
func TestProbeFindsOurMailInAnyFolder(t *testing.T) {
	t.Parallel()
	for search, change := range map[string]func(*bottest.EmailServer){"search": nil,
		"a search that finds nothing": func(k *bottest.EmailServer) { k.BlindSearch = true },
		"a search that is refused":    func(k *bottest.EmailServer) { k.NoSearch = true }} {
		for folder, mark := range mailboxes {
			if mark == imap.MailboxAttrNoSelect || mark == imap.MailboxAttrDrafts {
				continue
			}
			t.Run(search+"/"+folder, func(t *testing.T) {
				t.Parallel()
				m := bottest.NewEmailServer(t, kindOf(change))
				d := desk(t, m, nil)
				ref, s := lost(t, m, d, true)
				for range 3 { // others' mail stands around it
					m.Put(folder, say("From: a@b.example\nTo: support@shop.example\nSubject: other", "x"))
				}
				m.FileReplies(folder)
				m.Put(folder, say("From: a@b.example\nTo: support@shop.example\nSubject: other", "x"))
				got := probe(t, d, s)
				if got.Kind != bots.TraceFound || got.RemoteID != s.Marker+"@shop.example" {
					t.Fatalf("%+v", got)
				}
				thread := read(t, d, ref)
				if last := thread.Messages[len(thread.Messages)-1]; last.Marker != s.Marker || last.Role != pipeline.RoleAgent {
					t.Errorf("the thread ends with %+v", last)
				}
			})
		}
	}
}

// TestProbeOfWhatIsNowhere: without a word of the account, and without all that
// belongs to a proof, it is not known.
func TestProbeOfWhatIsNowhere(t *testing.T) {
	t.Parallel()
	kept := func(c *Config) { c.KeepsCopies = true }
	earlier := func(t *testing.T, m *bottest.Email, d *Desk) {
		p := post(d.ref(TicketID(m.Begin(bottest.Said{Text: "Where?"}))))
		p.Marker = bots.MarkerFor("11234567-89ab-4cde-8f01-23456789abcd")
		if _, err := d.Post(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		changed(t, d)
	}
	for _, c := range []struct {
		name    string
		kind    func(*bottest.EmailServer)
		config  func(*Config)
		earlier bool
		then    func(*bottest.Email)
		want    bots.TraceKind
		say     string
	}{
		{name: "nobody vouches for copies", earlier: true, want: bots.TraceUnsure, say: "none of the mailbox's 9 folders"},
		{name: "no earlier copy", config: kept, want: bots.TraceUnsure, say: "neither is that of an earlier reply"},
		{name: "earlier copies go elsewhere too", config: kept, earlier: true, then: func(m *bottest.Email) { m.FileReplies(""); m.Remove("Sent", false) },
			want: bots.TraceUnsure, say: "neither is that of an earlier reply"},
		{name: "a folder may not be opened", kind: func(k *bottest.EmailServer) { k.Locked = []string{"Junk"} }, config: kept, earlier: true, want: bots.TraceUnsure, say: "may not search Junk"},
		{name: "it is a draft", config: kept, earlier: true, then: func(m *bottest.Email) {
			m.Put("Drafts", say("From: support@shop.example\nTo: ada@example.org\nSubject: Re\nMessage-ID: <"+post(pipeline.TicketRef{}).Marker+"@shop.example>", "Open settings."))
		}, want: bots.TraceUnsure, say: "stands in Drafts"},
		{name: "proven", config: kept, earlier: true, want: bots.TraceAbsent},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := bottest.NewEmailServer(t, kindOf(c.kind))
			d := desk(t, m, c.config)
			if c.earlier {
				earlier(t, m, d)
				m.Clock.Advance(time.Minute)
			}
			_, s := lost(t, m, d, false)
			if c.then != nil {
				c.then(m)
			}
			m.Clock.Advance(30 * time.Second)
			if got := probe(t, d, s); c.want == bots.TraceAbsent && (got.Kind != bots.TraceUnsure || got.Later != slack-30*time.Second) {
				t.Errorf("before a copy has had its time: %+v", got)
			}
			m.Clock.Advance(slack)
			if got := probe(t, d, s); got.Kind != c.want || !strings.Contains(got.Why, c.say) || got.Later != 0 {
				t.Errorf("%+v, want %s: … %s", got, c.want, c.say)
			}
			if can := d.Can().Absence; (can == bots.AbsenceSearched) != (c.config != nil) {
				t.Errorf("the desk claims %q", can)
			}
		})
	}
}

// TestProbeOfAServerThatIsAway is an error, not an answer.
func TestProbeOfAServerThatIsAway(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	_, s := lost(t, m, d, true)
	m.Cut()
	if got, err := bots.Probe(t.Context(), d, s); pipeline.KindOf(err) != pipeline.Unavailable || got.Kind != "" {
		t.Errorf("%+v, %v", got, err)
	}
}
