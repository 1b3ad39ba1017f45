package email

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

func open(t testing.TB) (*bottest.Email, *Desk) {
	t.Helper()
	m := bottest.NewEmail(t)
	return m, desk(t, m, nil)
}

func desk(t testing.TB, m *bottest.Email, change func(*Config)) *Desk {
	t.Helper()
	c := Config{Address: m.Address, IMAP: m.IMAP, SMTP: m.SMTP, Password: m.Password, Agents: []string{"@shop.example"}, Verifiers: []string{"mx.shop.example"}, TLS: m.TLS, Dial: m.Dial, Now: m.Clock.Now}
	if change != nil {
		change(&c)
	}
	if c.Pool == nil {
		c.Pool = pgtest.New(t)
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func fixture(t *testing.T) bottest.Fixture {
	m, d := open(t)
	p := bottest.NewMailbox(m, TicketID)
	f := bottest.NewFixture(d, p, m.Clock, p.Posted)
	f.Tags = func(pipeline.TicketRef) []string { return keywords(m) }
	f.Pool, f.Cut, f.Secrets = d.c.Pool, m.Cut, []string{m.Password}
	f.HTML = true
	f.Skip = map[string]string{"every reply is said to go in the agent's name": "so it is: every reply names its agent before the mailbox's address", "merged": "nobody merges threads of mail", "own note ignored": "mail has no private notes",
		"unsigned refused": "a mailbox sends no webhooks", "clock skew refused": "a mailbox sends no webhooks", "duplicate ×3": "a mailbox sends no webhooks",
		"reordered": "a mailbox sends no webhooks; TestOrderOfArrival has mail that comes out of order"}
	return f
}

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

func read(t testing.TB, d *Desk, ref pipeline.TicketRef) pipeline.Ticket {
	t.Helper()
	ticket, err := d.Thread(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

func changed(t testing.TB, d *Desk) []pipeline.TicketRef {
	t.Helper()
	rows, err := d.Changed(t.Context(), d.c.Now().Add(-24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var refs []pipeline.TicketRef
	for _, r := range rows {
		refs = append(refs, r.TicketRef)
	}
	return refs
}

// say is a mail in its raw form.
func say(headers, body string) []byte {
	return []byte(strings.ReplaceAll(headers+"\n\n"+body, "\n", "\r\n"))
}

func post(ref pipeline.TicketRef) bots.Post {
	return bots.Post{Ticket: ref, Text: "Open settings.", Marker: bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abcd"),
		Author: pipeline.Agent{Name: "Zoë Grace"}, Recipient: pipeline.Person{Name: "Ada", Email: "ada@example.org"}}
}

// TestReply: what the customer's mail program gets.
func TestReply(t *testing.T) {
	m, d := open(t)
	root := m.Begin(bottest.Said{Subject: "Größe\u00a0ändern?", Text: "How?"})
	m.Clock.Advance(time.Minute)
	second := m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "Hello?"})
	ref := d.ref(TicketID(root))
	id, err := d.Post(t.Context(), post(ref))
	if err != nil || id != "fn-01234567-89ab-4cde-8f01-23456789abcd@shop.example" {
		t.Fatalf("%q, %v", id, err)
	}
	sent := m.Mailed()
	if len(sent) != 1 || strings.Join(sent[0].To, " ") != "ada@example.org support@shop.example" || sent[0].From != m.Address {
		t.Fatalf("ledger %+v", sent)
	}
	raw := string(sent[0].Raw)
	for _, want := range []string{"In-Reply-To: <" + second + ">", "References: <" + root + "> <" + second + ">", "Message-Id: <" + id + ">",
		"To: \"Ada\" <ada@example.org>", "<support@shop.example>", "=?utf-8?q?Zo=C3=AB_Grace?="} {
		if !strings.Contains(strings.ReplaceAll(raw, "\r\n ", " "), want) {
			t.Errorf("the mail lacks %q:\n%s", want, raw)
		}
	}
	l, err := parse(sent[0].Raw)
	if err != nil || l.subject != "Re: Größe\u00a0ändern?" || l.text != "Open settings." {
		t.Errorf("%+v, %v", l, err)
	}
	ticket := read(t, d, ref)
	if len(ticket.Messages) != 3 || ticket.Messages[2].Marker != post(ref).Marker {
		t.Errorf("thread %+v", ticket.Messages)
	}
	if uids, err := d.store.uids(t.Context(), ref.ID, "Sent"); err != nil || len(uids) != 1 {
		t.Errorf("in the folder of sent mail %v, %v", uids, err)
	}
	if uids, err := d.store.uids(t.Context(), ref.ID, "INBOX"); err != nil || len(uids) != 3 {
		t.Errorf("in the inbox %v, %v", uids, err)
	}
	if n := m.Unread("INBOX"); n != 0 {
		t.Errorf("%d unread, want none: the customer's are answered, our copy needs no reader", n)
	}
}

// TestForgedMark: a customer's mail is never taken for ours, whatever Message-ID
// it has, and a second mail under a known one is not lost.
func TestForgedMark(t *testing.T) {
	m, d := open(t)
	made := bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abce") + "@shop.example"
	m.Put("INBOX", say("From: eve@example.org\nSubject: x\nMessage-ID: <"+made+">", "How?"))
	if got := read(t, d, d.ref(TicketID(made))).Messages[0]; got.Role != pipeline.RoleCustomer || got.Marker != "" {
		t.Errorf("made up: %+v", got)
	}
	root := m.Begin(bottest.Said{Text: "How?"})
	ref := d.ref(TicketID(root))
	id, err := d.Post(t.Context(), post(ref))
	if err != nil {
		t.Fatal(err)
	}
	m.Put("INBOX", say("From: ada@example.org\nSubject: Re: x\nIn-Reply-To: <"+id+">\nMessage-ID: <"+id+">", "It does not work, why?"))
	ticket := read(t, d, d.ref(TicketID(id)))
	if last, ok := ticket.LastCustomerMessage(); !ok || last.Text != "It does not work, why?" {
		t.Errorf("a copied Message-ID: %+v", ticket.Messages)
	}
	m.Put("INBOX", say("From: support@shop.example\nSubject: x\nMessage-ID: <other@x>", "How do I?"))
	if got := read(t, d, d.ref(TicketID("other@x"))).Messages[0]; got.Role != pipeline.RoleBot {
		t.Errorf("our own address in the inbox: %+v", got)
	}
	m.Put("INBOX", say("From: bob@shop.example\nSubject: x\nMessage-ID: <colleague@x>\nAuthentication-Results: mx.shop.example; dmarc=pass header.from=shop.example", "I did it."))
	if got := read(t, d, d.ref(TicketID("colleague@x"))).Messages[0]; got.Role != pipeline.RoleAgent {
		t.Errorf("a colleague: %+v", got)
	}
}

// TestNobodyWrote: mail of machines, by its headers, is the system's.
func TestNobodyWrote(t *testing.T) {
	m, d := open(t)
	for i, header := range []string{"Auto-Submitted: auto-generated", "Precedence: bulk", "List-Id: <news.example.org>", "List-Unsubscribe: <mailto:u@example.org>",
		"Return-Path: <>", "X-Autoreply: yes", "X-Failed-Recipients: x@example.org", "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
		"X-Other: 1"} {
		id := fmt.Sprintf("auto-%d@x", i)
		m.Put("INBOX", say("From: ada@example.org\nSubject: Order 1001\nMessage-ID: <"+id+">\n"+header, "Where is it?"))
		want := pipeline.RoleSystem
		if strings.HasPrefix(header, "X-Other") {
			want = pipeline.RoleCustomer
		}
		if got := read(t, d, d.ref(TicketID(id))).Messages[0]; got.Role != want {
			t.Errorf("%s: %s, want %s", header, got.Role, want)
		}
	}
}

// TestOrderOfArrival: an answer that comes before what it answers is in its
// thread, and a thread goes on by the newest mail alone.
func TestOrderOfArrival(t *testing.T) {
	m, d := open(t)
	m.Put("INBOX", say("From: ada@example.org\nSubject: Re: x\nMessage-ID: <b@x>\nIn-Reply-To: <a@x>", "Second?"))
	changed(t, d)
	m.Put("INBOX", say("From: ada@example.org\nSubject: x\nMessage-ID: <a@x>", "First?"))
	m.Put("INBOX", say("From: ada@example.org\nSubject: Re: x\nMessage-ID: <c@x>\nIn-Reply-To: <b@x>", "Third?"))
	if refs := changed(t, d); len(refs) != 1 || refs[0].ID != TicketID("a@x") {
		t.Fatalf("threads %v", refs)
	}
	if got := read(t, d, d.ref(TicketID("a@x"))); len(got.Messages) != 3 {
		t.Errorf("%+v", got.Messages)
	}
}

// TestValidity: when the folder's UIDs begin anew nothing is lost and nothing told twice.
func TestValidity(t *testing.T) {
	m, d := open(t)
	a := m.Begin(bottest.Said{Text: "How?"})
	changed(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	m.Remove("INBOX", true)
	m.Clock.Advance(time.Hour)
	b := m.Begin(bottest.Said{Text: "What?"})
	m.Put("INBOX", say("From: ada@example.org\nMessage-ID: <"+a+">\nSubject: My order", "How?"))
	if refs := changed(t, d); len(refs) != 2 {
		t.Fatalf("threads %v", refs)
	}
	for _, id := range []string{a, b} {
		if got := read(t, d, d.ref(TicketID(id))); len(got.Messages) != 1 {
			t.Errorf("%+v", got.Messages)
		}
	}
}

// TestSenders: odd forms of an address are read, and what cannot be answered is not one.
func TestSenders(t *testing.T) {
	for from, want := range map[string]string{"Ada <ADA@Example.org>": "ada@example.org", "ada@example.org (Ada)": "ada@example.org",
		`Pete(A wonderful \) chap) <pete(his account)@silly.test(his host)>`: "pete@silly.test", "J <jdoe@machine(c).  example>": "jdoe@machine.example",
		"Ada, Byron <ada@example.org>": "ada@example.org", "undisclosed-recipients:;": "", "": "", "<>": ""} {
		l, err := parse(say("From: "+from, "x"))
		if l.from != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", from, l.from, err)
		}
	}
	if _, err := parse([]byte("Dear all,\nmy secret is 42.\n")); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "Dear") {
		t.Errorf("the reason repeats the mail: %v", err)
	}
}

// TestTorture: every mail of the collection, through the mailbox, becomes a
// ticket or a quarantined record with its reason.
func TestTorture(t *testing.T) {
	m, d := open(t)
	n := 0
	if !bottest.BadRows(t, "email_torture.jsonl", func(r struct{ B64 []byte }) {
		n++
		m.Put("INBOX", r.B64)
	}) {
		t.Skip("no ../shared/data")
	}
	for i, raw := range []string{"", "\x00", "x", "From: \xff\xfe\r\n\r\n\x00", "From: a@b\r\nContent-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n"} {
		n++
		m.Put("INBOX", []byte(raw+strings.Repeat(" ", i)))
	}
	last := m.Begin(bottest.Said{Text: "How?"})
	n++
	refs, err := d.Changed(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	placed, quarantined := 0, 0
	count := `SELECT (SELECT count(*) FROM email_places), (SELECT count(*) FROM email_quarantine WHERE reason <> '')`
	if err := d.c.Pool.QueryRow(t.Context(), count).Scan(&placed, &quarantined); err != nil {
		t.Fatal(err)
	}
	if placed+quarantined != n || quarantined == 0 {
		t.Errorf("%d mails: %d in threads, %d quarantined", n, placed, quarantined)
	}
	t.Logf("%d mails: %d in %d threads, %d quarantined", n, placed, len(refs), quarantined)
	for _, ref := range refs {
		if got := read(t, d, ref.TicketRef); len(got.Messages) == 0 {
			t.Errorf("%s is empty", ref)
		}
	}
	if got := read(t, d, d.ref(TicketID(last))); got.Messages[0].Text != "How?" {
		t.Errorf("%+v", got)
	}
	saw := ""
	for _, f := range d.Check(t.Context(), "") {
		saw += f.Name + ": " + f.Saw + "\n"
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	if !strings.Contains(saw, fmt.Sprintf("%d mails could not be read", quarantined)) || !strings.Contains(saw, "names no sender") {
		t.Errorf("the check says:\n%s", saw)
	}
}

// TestCheck: what is wrong is said, with what to do, and without the password.
func TestCheck(t *testing.T) {
	m, d := open(t)
	if names := bottest.Fine(t, d, ""); strings.Join(names, ",") != "mailbox,sent mail,drafts,archive,keywords,clock,sending,quarantine" {
		t.Errorf("fine: %v", names)
	}
	wrong := desk(t, m, func(c *Config) { c.Password = "wrong-password" })
	for _, f := range wrong.Check(t.Context(), "") {
		if f.Name != "quarantine" && (f.OK || f.Fix == "" || !strings.Contains(f.Saw, "password")) || strings.Contains(fmt.Sprint(f), "wrong-password") {
			t.Errorf("wrong password: %+v", f)
		}
	}
	if _, err := wrong.Thread(t.Context(), d.ref("x")); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("wrong password: %v", err)
	}
	m.Cut()
	for _, f := range d.Check(t.Context(), "") {
		if f.Name != "quarantine" && (f.OK || f.Fix == "") {
			t.Errorf("unreachable: %+v", f)
		}
	}
}

// TestRefusedBefore: what fails before the mail is handed over was not sent.
func TestRefusedBefore(t *testing.T) {
	m, d := open(t)
	ref := d.ref(TicketID(m.Begin(bottest.Said{Text: "How?"})))
	for to, want := range map[string]bots.Verdict{"nobody@gone.example": bots.Refused, "a@b\r\nBcc: c@d": bots.Refused, "no address": bots.Refused, m.Address: bots.Refused} {
		p := post(ref)
		p.Recipient.Email = to
		if _, err := d.Post(t.Context(), p); bots.VerdictOf(err) != want {
			t.Errorf("to %q: %v, want %s", to, err, want)
		}
	}
	p := post(ref)
	p.Seen = read(t, d, ref).UpdatedAt
	m.Write("mail-1@client.example", bottest.Said{Role: pipeline.RoleCustomer, Text: "Never mind."}) // within the same tick of the clock
	if _, err := d.Post(t.Context(), p); bots.VerdictOf(err) != bots.Moved {
		t.Errorf("new mail since: %v", err)
	}
	if sent := m.Mailed(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}

// TestWatch: mail that comes is told at once, in order, also after a restart, which
// may tell the last one again; what publish refuses is told again.
func TestWatch(t *testing.T) {
	m, d := open(t)
	m.Begin(bottest.Said{Text: "How?"})
	events := make(chan pipeline.Event)
	refuse := true
	watch := func(d *Desk) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- d.Watch(ctx, func(ctx context.Context, e pipeline.Event) error {
				if refuse {
					refuse = false
					return fmt.Errorf("no bus")
				}
				select {
				case events <- e:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		}()
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	next := func() string {
		t.Helper()
		select {
		case e := <-events:
			r, err := pipeline.Decode[pipeline.Received](e)
			if err != nil || r.Message == nil {
				t.Fatalf("%+v, %v", e, err)
			}
			return r.Message.ID
		case <-time.After(time.Minute):
			t.Fatal("nothing is told")
			return ""
		}
	}
	stop := watch(d)
	if got := next(); got != "mail-1@client.example" {
		t.Errorf("told %s", got)
	}
	second := m.Begin(bottest.Said{Text: "What?"}) // the interval is a minute: IDLE tells it
	if got := next(); got != second {
		t.Errorf("told %s, want %s", got, second)
	}
	stop()
	third := m.Begin(bottest.Said{Text: "Why?"})
	stop = watch(desk(t, m, func(c *Config) { c.Pool = d.c.Pool }))
	got := next()
	if got == second { // stopped before its place was kept: it comes again, under the same id
		got = next()
	}
	if got != third {
		t.Errorf("after a restart told %s, want %s", got, third)
	}
	stop()
}

// TestSettings: what cannot be is refused.
func TestSettings(t *testing.T) {
	m, d := open(t)
	for name, change := range map[string]func(*Config){
		"no address":  func(c *Config) { c.Address = "support" },
		"no scheme":   func(c *Config) { c.IMAP = "mail.example.org:993" },
		"no server":   func(c *Config) { c.SMTP = "" },
		"password in": func(c *Config) { c.SMTP = "smtps://u:p@mail.example.org" },
		"no password": func(c *Config) { c.Password = "" },
		"no database": func(c *Config) { c.Pool = nil },
	} {
		c := Config{Address: m.Address, IMAP: m.IMAP, SMTP: m.SMTP, Password: "x", Pool: d.c.Pool}
		change(&c)
		if _, err := New(c); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
