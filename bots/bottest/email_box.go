package bottest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message"

	"footnote/bots"
)

// EmailHost is the name of an encrypted fake mail server, which no resolver knows.
const EmailHost = "mail.shop.example"

// Dial connects to the servers by their names.
func (m *Email) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if at, ok := m.boxes[addr]; ok {
		addr = at
	}
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

// certify makes a certificate for EmailHost and what trusts it.
func (m *Email) certify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{EmailHost}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		m.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		m.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	m.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	m.serverTLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// silentListener serves without IDLE among the capabilities.
type silentListener struct{ net.Listener }

func (l silentListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return silentConn{c}, err
}

type silentConn struct{ net.Conn }

func (c silentConn) Write(b []byte) (int, error) {
	if _, err := c.Conn.Write(bytes.ReplaceAll(b, []byte(" IDLE"), nil)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// BoxMail is a mail as it stands in a folder.
type BoxMail struct {
	Raw   []byte
	Flags []imap.Flag
}

// Box lists a folder, oldest first.
func (m *Email) Box(folder string) (out []BoxMail) {
	m.program(folder, func(c *imapclient.Client, list []*imapclient.FetchMessageBuffer) error {
		for _, f := range list {
			out = append(out, BoxMail{Raw: f.BodySection[0].Bytes, Flags: f.Flags})
		}
		return nil
	})
	return out
}

// Mark sets a keyword on the mails of a thread in the inbox, or takes it away, as
// somebody does in a mail program.
func (m *Email) Mark(root, keyword string, on bool) {
	m.flag("INBOX", m.in(root), imap.Flag(keyword), on)
}

// in tells which Message-IDs are of a thread.
func (m *Email) in(root string) func(id string) bool {
	return func(id string) bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.roots[id] == root
	}
}

// Archive moves the mails of a thread from the inbox into another folder.
func (m *Email) Archive(root, folder string) {
	m.program("INBOX", func(c *imapclient.Client, list []*imapclient.FetchMessageBuffer) error {
		_, err := c.Move(choose(list, m.in(root)), folder).Wait()
		return err
	})
}

func choose(list []*imapclient.FetchMessageBuffer, wanted func(id string) bool) (uids imap.UIDSet) {
	for _, f := range list {
		if wanted(messageID(f.BodySection[0].Bytes)) {
			uids.AddNum(f.UID)
		}
	}
	return uids
}

func messageID(raw []byte) string {
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil && e == nil {
		return ""
	}
	return strings.Trim(e.Header.Get("Message-Id"), "<>")
}

// flag changes a flag of the mails of a folder whose Message-IDs are wanted.
func (m *Email) flag(folder string, wanted func(id string) bool, flag imap.Flag, on bool) {
	op := imap.StoreFlagsDel
	if on {
		op = imap.StoreFlagsAdd
	}
	m.program(folder, func(c *imapclient.Client, list []*imapclient.FetchMessageBuffer) error {
		uids := choose(list, wanted)
		if len(uids) == 0 {
			return nil
		}
		return c.Store(uids, &imap.StoreFlags{Op: op, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	})
}

// program is somebody's mail program: it opens a folder, reads all that is there,
// and does something. It meets no faults.
func (m *Email) program(folder string, do func(*imapclient.Client, []*imapclient.FetchMessageBuffer) error) {
	err := func() error {
		c, err := imapclient.DialInsecure(m.plain, nil)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.Login(m.Address, m.Password).Wait(); err != nil {
			return err
		}
		sel, err := c.Select(folder, nil).Wait()
		if err != nil || sel.NumMessages == 0 {
			return err
		}
		for {
			list, err := c.Fetch(imap.UIDSet{imap.UIDRange{Start: 1}}, &imap.FetchOptions{UID: true, Flags: true,
				BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
			if err != nil {
				return err
			}
			// Flags that another session changed are told in place of the mail.
			if !slices.ContainsFunc(list, func(f *imapclient.FetchMessageBuffer) bool { return len(f.BodySection) == 0 }) {
				return do(c, list)
			}
		}
	}()
	if err != nil {
		m.t.Errorf("mail program in %s: %v", folder, err)
	}
}

// Mailbox is the fake mail server as a Platform: a thread is a ticket.
type Mailbox struct {
	*Email
	ticket func(root string) string
	roots  map[string]string // Message-ID of the first mail by ticket
}

// NewMailbox makes a Platform of a mail server. ticket is the adapter's name of
// the thread that begins with a Message-ID.
func NewMailbox(m *Email, ticket func(root string) string) Mailbox {
	return Mailbox{m, ticket, map[string]string{}}
}

// Begin sends the mailbox a new mail.
func (m Mailbox) Begin(s Said) (ticket, message string) {
	id := m.Email.Begin(s)
	m.roots[m.ticket(id)] = id
	return m.ticket(id), id
}

// Write sends an answer in a ticket's thread.
func (m Mailbox) Write(ticket string, s Said) (message string) {
	return m.Email.Write(m.roots[ticket], s)
}

// Change does something to a ticket's mail, as people do in mail programs. To
// delete it takes all mail out of the inbox.
func (m Mailbox) Change(ticket string, c Change) bool {
	switch c {
	case Solve:
		m.Mark(m.roots[ticket], "Footnote_Solved", true)
	case Reopen:
		m.Mark(m.roots[ticket], "footnote_solved", false)
	case Delete:
		m.Remove("INBOX", false)
	case MoveReply: // as a rule of the mailbox does
		m.FileReplies("Clients/Shop")
	case RemoveReply:
		m.FileReplies("")
	default:
		return false
	}
	return true
}

// FileReplies moves all copies of our replies out of the inbox, into a folder, or
// deletes them for good.
func (m *Email) FileReplies(folder string) {
	if folder != "" && !m.Has(folder) {
		m.Make(folder)
	}
	m.program("INBOX", func(c *imapclient.Client, list []*imapclient.FetchMessageBuffer) error {
		uids := choose(list, func(id string) bool { marker, _, _ := strings.Cut(id, "@"); return bots.IsMarker(marker) })
		if folder != "" {
			_, err := c.Move(uids, folder).Wait()
			return err
		}
		if err := c.Store(uids, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
			return err
		}
		return c.Expunge().Close()
	})
}

// Has tells whether there is a folder.
func (m *Email) Has(folder string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.kind.Folders[folder]
	return ok
}

// Posted is the ledger of a ticket's thread; mail has no private notes.
func (m Mailbox) Posted(ticket string, public bool) []DeskReply {
	if !public {
		return nil
	}
	return m.Accepted(m.roots[ticket])
}
