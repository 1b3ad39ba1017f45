package bottest

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"mime"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-message"
	"github.com/emersion/go-smtp"

	"footnote/bots"
	"footnote/pipeline"
)

// Email is a fake mail server for one mailbox: IMAP and SMTP on this machine,
// with a ledger of every mail that SMTP took. Mail to the mailbox itself goes
// into its inbox; all other recipients are outside.
type Email struct {
	Address, Password string
	IMAP, SMTP        string // addresses for the adapter
	Clock             *Clock

	TLS *tls.Config // that trusts the servers

	t         testing.TB
	kind      EmailServer
	serverTLS *tls.Config
	boxes     map[string]string // addresses by name
	plain     string            // where mail programs connect
	user      *imapmemserver.User
	mem       *imapmemserver.Server
	faults    map[string][]DeskFault
	done      chan struct{}
	closers   []func()

	mu     sync.Mutex
	n      int
	roots  map[string]string // Message-ID → the thread's first one
	last   map[string]string // thread → its newest Message-ID
	ledger []Mailed
}

// Mailed is one mail that SMTP took.
type Mailed struct {
	From string // of the envelope
	To   []string
	Raw  []byte
}

// EmailServer is how a fake mail server differs from the plain one.
type EmailServer struct {
	// TLS: both connections are encrypted from the first byte; StartTLS: they
	// begin in the clear, and signing in is refused before they change. The
	// addresses then have the name EmailHost, which Email.Dial knows.
	TLS, StartTLS bool
	NoIdle        bool // the server cannot tell of new mail
	NoKeywords    bool // and keeps no flags but the system's
	// BlindSearch: searches by a header find nothing; NoSearch: they are refused.
	BlindSearch, NoSearch bool
	// Locked folders are listed, and may not be opened.
	Locked []string
	// Folders besides INBOX, with the mark that the server gives to them; nil:
	// Sent, Drafts and Archive without marks.
	Folders map[string]imap.MailboxAttr
}

// NewEmail starts the servers; they stop with the test.
func NewEmail(t testing.TB) *Email { return NewEmailServer(t, EmailServer{}) }

// NewEmailServer starts servers of a kind; they stop with the test.
func NewEmailServer(t testing.TB, kind EmailServer) *Email {
	t.Helper()
	m := &Email{Address: "support@shop.example", Password: "mail-password-1", Clock: NewClock(), t: t, kind: kind, faults: map[string][]DeskFault{}, done: make(chan struct{}),
		roots: map[string]string{}, last: map[string]string{}, boxes: map[string]string{}}
	if m.kind.Folders == nil {
		m.kind.Folders = map[string]imap.MailboxAttr{"Sent": "", "Drafts": "", "Archive": ""}
	}
	m.user = imapmemserver.NewUser(m.Address, m.Password)
	for _, name := range append(slices.Sorted(maps.Keys(m.kind.Folders)), "INBOX") {
		if err := m.user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	m.mem = imapmemserver.New()
	m.mem.AddUser(m.user)
	o := &imapserver.Options{InsecureAuth: !kind.StartTLS, Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}}, Logger: log.New(io.Discard, "", 0),
		NewSession: func(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{Session: m.mem.NewSession(), conn: c.NetConn(), m: m}, nil, nil
		}}
	out := smtp.NewServer(m)
	out.Domain, out.AllowInsecureAuth, out.ErrorLog = "shop.example", !kind.StartTLS, log.New(io.Discard, "", 0)
	imapScheme, smtpScheme := "imap://", "smtp://"
	if kind.TLS || kind.StartTLS {
		m.certify()
	}
	if kind.StartTLS {
		o.TLSConfig, out.TLSConfig = m.serverTLS, m.serverTLS
	}
	if kind.TLS {
		imapScheme, smtpScheme = "imaps://", "smtps://"
	}
	in := imapserver.New(o)
	m.IMAP = imapScheme + m.listen(func(l net.Listener) { _ = in.Serve(l) })
	m.SMTP = smtpScheme + m.listen(func(l net.Listener) { _ = out.Serve(l) })
	programs := imapserver.New(&imapserver.Options{InsecureAuth: true, Caps: o.Caps, Logger: o.Logger,
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return m.mem.NewSession(), nil, nil
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.plain = l.Addr().String()
	go func() { _ = programs.Serve(l) }()
	m.closers = append(m.closers, func() { _ = in.Close() }, func() { _ = out.Close() }, func() { _ = programs.Close() })
	t.Cleanup(m.Cut)
	return m
}

func (m *Email) listen(serve func(net.Listener)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	at := l.Addr().String()
	if m.kind.NoIdle {
		l = silentListener{l}
	}
	if m.kind.TLS {
		l = tls.NewListener(l, m.serverTLS)
	}
	go serve(l)
	if m.serverTLS == nil {
		return at
	}
	_, port, _ := net.SplitHostPort(at)
	named := net.JoinHostPort(EmailHost, port)
	m.boxes[named] = at
	return named
}

// Cut stops both servers: connections break, and new ones are refused.
func (m *Email) Cut() {
	m.mu.Lock()
	closers := m.closers
	m.closers = nil
	m.mu.Unlock()
	if closers == nil {
		return
	}
	close(m.done)
	for _, c := range closers {
		c()
	}
}

// Script adds a fault for the next call of a kind: "reply" (the answer to the
// mail's final dot) or "read" (the next look into the inbox). Statuses are HTTP's,
// as the suite has them: 429 is a temporary refusal, other 4xx a definite one,
// the rest an answer that never comes or makes no sense.
func (m *Email) Script(kind string, f DeskFault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults[kind] = append(m.faults[kind], f)
}

func (m *Email) fault(kind string) (DeskFault, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.faults[kind]) == 0 {
		return DeskFault{}, false
	}
	f := m.faults[kind][0]
	m.faults[kind] = m.faults[kind][1:]
	return f, true
}

// Begin sends the mailbox a new mail and returns its Message-ID.
func (m *Email) Begin(s Said) string {
	if s.Subject == "" {
		s.Subject = "My order"
	}
	return m.mail("INBOX", "", s)
}

// Write sends an answer in the thread that begins with root: a customer's to the
// inbox, an agent's, from a mail program, into the folder of sent mail.
func (m *Email) Write(root string, s Said) string {
	folder := "INBOX"
	if s.Role == pipeline.RoleAgent {
		folder = "Sent"
	}
	if s.Subject == "" {
		s.Subject = "Re: My order"
	}
	return m.mail(folder, root, s)
}

func (m *Email) mail(folder, root string, s Said) string {
	m.mu.Lock()
	m.n++
	id := fmt.Sprintf("mail-%d@client.example", m.n)
	answers := m.last[root]
	if root == "" {
		root = id
	}
	m.roots[id], m.last[root] = root, id
	m.mu.Unlock()
	from, to := "Ada Lovelace <ada@example.org>", m.Address
	if folder == "Sent" {
		from, to = "Grace Hopper <"+m.Address+">", "ada@example.org"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\nDate: %s\r\nMIME-Version: 1.0\r\n", from, to,
		mime.QEncoding.Encode("utf-8", s.Subject), id, m.Clock.Now().Format(time.RFC1123Z))
	if answers != "" {
		fmt.Fprintf(&b, "In-Reply-To: <%s>\r\nReferences: <%s> <%s>\r\n", answers, root, answers)
	}
	if s.Auto {
		b.WriteString("Auto-Submitted: auto-replied\r\n")
	}
	kind, text := "text/plain", s.Text
	if s.HTML != "" {
		kind, text = "text/html", s.HTML
	}
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n",
		kind, strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n"))
	for _, a := range s.Attachments {
		fmt.Fprintf(&b, "--part\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=%q\r\n\r\nx\r\n", a)
	}
	b.WriteString("--part--\r\n")
	m.Put(folder, []byte(b.String()))
	return id
}

// Put puts a mail into a folder as it is.
func (m *Email) Put(folder string, raw []byte) {
	if _, err := m.user.Append(folder, literal{bytes.NewReader(raw)}, &imap.AppendOptions{Time: m.Clock.Now()}); err != nil {
		m.t.Error(err)
	}
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// Make makes another folder.
func (m *Email) Make(folder string) {
	m.mu.Lock()
	m.kind.Folders[folder] = ""
	m.mu.Unlock()
	if err := m.user.Create(folder, nil); err != nil {
		m.t.Fatal(err)
	}
}

// Remove takes all mail of a folder out of it, and leaves the folder; with renew
// it becomes another folder of that name, whose UIDs begin anew.
func (m *Email) Remove(folder string, renew bool) {
	if renew {
		if err := m.user.Delete(folder); err != nil {
			m.t.Fatal(err)
		}
		if err := m.user.Create(folder, nil); err != nil {
			m.t.Fatal(err)
		}
		return
	}
	m.flag(folder, func(string) bool { return true }, imap.FlagDeleted, true)
	m.program(folder, func(c *imapclient.Client, _ []*imapclient.FetchMessageBuffer) error { return c.Expunge().Close() })
}

// Unread counts a folder's mail that nobody has read.
func (m *Email) Unread(folder string) int {
	d, err := m.user.Status(folder, &imap.StatusOptions{NumUnseen: true})
	if err != nil || d.NumUnseen == nil {
		m.t.Fatalf("status of %s: %v", folder, err)
	}
	return int(*d.NumUnseen)
}

// Mailed is the whole ledger.
func (m *Email) Mailed() []Mailed {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mailed(nil), m.ledger...)
}

// Accepted is the ledger of one thread.
func (m *Email) Accepted(root string) (out []DeskReply) {
	for _, sent := range m.Mailed() {
		e, err := message.Read(bytes.NewReader(sent.Raw))
		if err != nil {
			m.t.Errorf("a mail that was sent cannot be read: %v", err)
			continue
		}
		id := strings.Trim(e.Header.Get("Message-Id"), "<>")
		m.mu.Lock()
		in := m.roots[strings.Trim(e.Header.Get("In-Reply-To"), "<>")]
		m.mu.Unlock()
		if in != root {
			continue
		}
		body, _ := io.ReadAll(e.Body)
		marker, _, _ := strings.Cut(id, "@")
		r := DeskReply{ID: id, Text: string(body)}
		if bots.IsMarker(marker) {
			r.Marker = marker
		}
		if list, err := (&mimeHeader{e.Header}).from(); err == nil {
			r.Author = list
		}
		for _, to := range sent.To {
			if to != m.Address {
				r.Recipient.Email = to
			}
		}
		out = append(out, r)
	}
	return out
}
