// Package email is the desk for a mailbox: IMAP in, SMTP out.
//
// A ticket is a thread of mails, told by Message-ID, In-Reply-To and References
// (TicketID). Mail is read by UID from the inbox and from the folder of sent
// mail into our own tables, whose rows are the threads; what cannot be read is
// quarantined with its reason and stays in the mailbox. A ticket all of whose
// mail was taken out of the inbox is gone: somebody dealt with it.
//
// A reply's Message-ID is our marker at the mailbox's domain, the same for every
// attempt, and is written down before the mail is handed over: nobody can make
// up one that counts. SMTP cannot be asked whether it has a mail. So the mailbox
// itself gets a copy, in the same transaction as the customer: when the answer
// was lost, the copy (or the server's own in the folder of sent mail) proves that
// the mail was taken, in whatever folder rules and people have put it. That there
// is none proves nothing by itself (probe.go): then a person is asked.
//
//	connect, EHLO, AUTH, MAIL, RCPT broke ─▶ NotSent
//	4xx ─▶ Throttled    5xx ─▶ Refused
//	no answer, or none that makes sense, after the final dot ─▶ Ambiguous ─search all folders─▶ sent | asked
//
// A mail's status and tags are keywords in the inbox: footnote_solved and
// footnote_pending on the customer's newest mail are the thread's status, so that
// a new mail opens it again; agents set them as tags in their mail program
// (label.go). A draft stands in the folder of drafts as an answer in the thread,
// and is taken out again, unless somebody changed it, once the thread goes on
// (draft.go). Mail has no private notes.
package email

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Desk.
type Config struct {
	Name    string // empty means "email"
	Address string // of the mailbox: support@example.org
	// IMAP and SMTP are addresses of servers: imaps://host:993, smtps://host:465;
	// imap://host:143 and smtp://host:587 begin in the clear and must change to
	// TLS, except on this machine itself.
	IMAP, SMTP     string
	User, Password string // User empty: Address
	// Inbox and the others are folders; empty: INBOX, and those that the server
	// marks as sent mail, drafts and archive.
	Inbox, Sent, Drafts, Archive string
	// Agents are addresses, or domains as @example.org, whose mail to the
	// mailbox is an agent's, when a server vouches for it (proof.go).
	Agents []string
	// Verifiers are the names under which our own mail server notes in
	// Authentication-Results what it found out about a sender; empty: those of a
	// large provider, where the mailbox is at one, else none.
	Verifiers []string
	// Lists are the lists (their List-Id, or the address of the group) by which
	// people's mail comes: what comes by them is not automatic for that alone.
	Lists []string
	Pool  *pgxpool.Pool
	First time.Duration // how far back the first look tells of mail; 0 means 1 h
	// KeepsCopies: nothing deletes the copy that every reply sends to the mailbox
	// itself, nor files it where User may not look. Only then can a reply be proven
	// not to have been sent (probe.go).
	KeepsCopies bool
	Patience    time.Duration // how long the server may say nothing while it is asked something; 0 means 30 s
	Interval    time.Duration // between looks of Watch, also where the server has IDLE; 0 means 1 min
	TLS         *tls.Config
	Dial        func(ctx context.Context, network, addr string) (net.Conn, error) // nil: the network's own
	Now         func() time.Time
	Log         *slog.Logger
}

// Desk is one mailbox.
type Desk struct {
	c          Config
	address    string // lower case
	domain     string
	agents     map[string]bool
	lists      map[string]bool
	imap, smtp server
	store      store

	turns chan struct{} // holds one: who has it may use conn and dirs
	conn  *line
	pulse bots.Pulse
	dirs  folders // once known

	past pastCache
}

var (
	_ bots.Desk        = (*Desk)(nil)
	_ bots.Reader      = (*Desk)(nil)
	_ bots.Poller      = (*Desk)(nil)
	_ bots.Watcher     = (*Desk)(nil)
	_ bots.DraftKeeper = (*Desk)(nil)
	_ bots.Tagger      = (*Desk)(nil)
	_ bots.Mover       = (*Desk)(nil)
	_ bots.Historian   = (*Desk)(nil)
	_ bots.Checker     = (*Desk)(nil)
	_ bots.Prober      = (*Desk)(nil)
	_ bots.Installer   = (*Desk)(nil)
)

// New builds a Desk. Invalid for settings that cannot be.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "email"
	}
	if c.Inbox == "" {
		c.Inbox = "INBOX"
	}
	if c.First == 0 {
		c.First = time.Hour
	}
	if c.Patience == 0 {
		c.Patience = 30 * time.Second
	}
	if c.Interval == 0 {
		c.Interval = time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	}
	a, err := mail.ParseAddress(c.Address)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "the mailbox needs an address, such as support@example.org")
	}
	d := &Desk{c: c, address: strings.ToLower(a.Address), agents: lowerSet(c.Agents), lists: lowerSet(c.Lists), turns: make(chan struct{}, 1), store: store{pool: c.Pool, desk: c.Name}}
	d.domain = d.address[strings.LastIndexByte(d.address, '@')+1:]
	if d.c.User == "" {
		d.c.User = a.Address
	}
	if d.imap, err = parseServer(c.IMAP, "imap", "143", "993"); err != nil {
		return nil, err
	}
	if d.smtp, err = parseServer(c.SMTP, "smtp", "587", "465"); err != nil {
		return nil, err
	}
	if c.Pool == nil || c.Password == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "the mailbox needs a password and a database")
	}
	return d, nil
}

func lowerSet(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		if s = strings.ToLower(strings.Trim(s, " \t<>")); s != "" {
			out[s] = true
		}
	}
	return out
}

// server is one address to connect to.
type server struct {
	host, addr string
	scheme     string // imap, smtp
	tls        bool   // from the first byte; else it changes to TLS, but not on this machine
	local      bool
}

func parseServer(s, scheme, port, tlsPort string) (server, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != scheme && u.Scheme != scheme+"s" || u.User != nil {
		return server{}, pipeline.Errorf(pipeline.Invalid, "the mailbox needs the address of a server, such as %ss://mail.example.org", scheme)
	}
	v := server{host: u.Hostname(), scheme: scheme, tls: u.Scheme == scheme+"s"}
	ip := net.ParseIP(v.host)
	v.local = v.host == "localhost" || ip != nil && ip.IsLoopback()
	p := u.Port()
	if p == "" && v.tls {
		p = tlsPort
	} else if p == "" {
		p = port
	}
	v.addr = net.JoinHostPort(v.host, p)
	return v, nil
}

func (d *Desk) tlsConfig(host string) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if d.c.TLS != nil {
		c = d.c.TLS.Clone()
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	return c
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the mailbox answers.
func (d *Desk) Pulse() *bots.Pulse { return &d.pulse }

// Can tells what a mailbox can do.
func (d *Desk) Can() bots.Capabilities {
	c := bots.Capabilities{ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerField, AgentName: true}
	if d.c.KeepsCopies {
		c.Absence = bots.AbsenceSearched
	}
	return c
}

// Parse refuses everything: mail comes by Watch and by the poll.
func (d *Desk) Parse(http.Header, []byte, time.Time) ([]pipeline.Event, error) {
	return nil, pipeline.Errorf(pipeline.Denied, "a mailbox takes no webhooks")
}

// TicketID is the ticket of the thread that begins with a Message-ID.
func TicketID(root string) string {
	sum := sha256.Sum256([]byte(root))
	return hex.EncodeToString(sum[:12])
}

func (d *Desk) ref(ticket string) pipeline.TicketRef {
	return pipeline.TicketRef{Desk: d.c.Name, ID: ticket}
}

// isAgent tells whether an address is an agent's own.
func (d *Desk) isAgent(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return d.agents[address] || at >= 0 && d.agents[address[at:]]
}
