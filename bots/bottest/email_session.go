package bottest

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/mail"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"footnote/pipeline"
)

type mimeHeader struct{ message.Header }

func (h *mimeHeader) from() (pipeline.Person, error) {
	a, err := mail.ParseAddress(h.Get("From"))
	if err != nil {
		return pipeline.Person{}, err
	}
	return pipeline.Person{Name: a.Name, Email: a.Address}, nil
}

// imapSession is an IMAP session that meets scripted faults.
type imapSession struct {
	imapserver.Session
	conn   net.Conn
	m      *Email
	hidden bool        // searches find nothing until the next look
	told   imap.UIDSet // whose flags were told
}

// Select is a look into a folder; the fault is the inbox's.
func (s *imapSession) Select(mailbox string, o *imap.SelectOptions) (*imap.SelectData, error) {
	s.hidden = false
	if mailbox == "INBOX" {
		if f, ok := s.m.fault("read"); ok {
			if err := s.meet(f); err != nil {
				return nil, err
			}
		}
	}
	if slices.Contains(s.m.kind.Locked, mailbox) {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNoPerm, Text: "no"}
	}
	data, err := s.Session.Select(mailbox, o)
	if err == nil && s.m.kind.NoKeywords {
		data.PermanentFlags = []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagDeleted, imap.FlagDraft, imap.FlagFlagged}
	}
	return data, err
}

// List lists the folders, with the marks that they have.
func (s *imapSession) List(w *imapserver.ListWriter, _ string, patterns []string, _ *imap.ListOptions) error {
	s.m.mu.Lock()
	marks := maps.Clone(s.m.kind.Folders)
	s.m.mu.Unlock()
	for _, name := range append(slices.Sorted(maps.Keys(marks)), "INBOX") {
		if !slices.ContainsFunc(patterns, func(p string) bool { return imapserver.MatchList(name, '/', "", p) }) {
			continue
		}
		data := &imap.ListData{Mailbox: name, Delim: '/'}
		if mark := marks[name]; mark != "" {
			data.Attrs = []imap.MailboxAttr{mark}
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

// Idle is refused by a server without IDLE.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	if s.m.kind.NoIdle {
		s.m.t.Error("IDLE, which the server does not have")
		return &imap.Error{Type: imap.StatusResponseTypeBad, Text: "unknown command"}
	}
	return s.Session.Idle(w, stop)
}

// Append puts a mail into a folder; the fault is that of drafts.
func (s *imapSession) Append(mailbox string, r imap.LiteralReader, o *imap.AppendOptions) (*imap.AppendData, error) {
	data, err := s.Session.Append(mailbox, r, o)
	if mailbox == "Drafts" && err == nil {
		if f, ok := s.m.fault("draft"); ok {
			return nil, s.meet(f)
		}
	}
	return data, err
}

func (s *imapSession) meet(f DeskFault) error {
	no := func(code imap.ResponseCode) error {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: "no"}
	}
	switch {
	case f.Stall:
		<-s.m.done
		return net.ErrClosed
	case f.Reset:
		s.conn.Close()
		return net.ErrClosed
	case f.Status == 404:
		s.hidden = true
		return nil
	case f.Status == 401:
		return no(imap.ResponseCodeAuthenticationFailed)
	case f.Status == 403:
		return no(imap.ResponseCodeNoPerm)
	case f.Status == 429:
		return no(imap.ResponseCodeLimit)
	case f.Status >= 300:
		return no(imap.ResponseCodeUnavailable)
	}
	fmt.Fprintf(s.conn, "%s\r\n", f.Body) // nothing that IMAP knows
	s.conn.Close()
	return net.ErrClosed
}

// Search looks for mail in the selected folder.
func (s *imapSession) Search(kind imapserver.NumKind, c *imap.SearchCriteria, o *imap.SearchOptions) (*imap.SearchData, error) {
	if len(c.Header)+len(c.Or) > 0 && s.m.kind.NoSearch {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeCannot, Text: "no"}
	}
	if s.hidden || len(c.Header)+len(c.Or) > 0 && s.m.kind.BlindSearch {
		return &imap.SearchData{All: imap.UIDSet{}}, nil
	}
	return s.Session.Search(kind, c, o)
}

// Fetch hands out mail. Before a session first gets a mail it is told of the
// mail's flags, as when another program changes them at that moment.
func (s *imapSession) Fetch(w *imapserver.FetchWriter, set imap.NumSet, o *imap.FetchOptions) error {
	uids, _ := set.(imap.UIDSet)
	list, _ := uids.Nums()
	for _, uid := range list {
		if s.told.Contains(uid) {
			continue
		}
		s.told.AddNum(uid)
		f := w.CreateMessage(1)
		f.WriteUID(uid)
		f.WriteFlags([]imap.Flag{imap.FlagSeen})
		if err := f.Close(); err != nil {
			return err
		}
	}
	return s.Session.Fetch(w, set, o)
}

// NewSession begins an SMTP session.
func (m *Email) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &smtpSession{m: m, conn: c.Conn()}, nil
}

// smtpSession takes mail from a signed-in user.
type smtpSession struct {
	m      *Email
	conn   net.Conn
	signed bool
	mail   Mailed
}

// AuthMechanisms lists how to sign in.
func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth signs in.
func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.m.Address || subtle.ConstantTimeCompare([]byte(password), []byte(s.m.Password)) != 1 {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Authentication failed for " + user}
		}
		s.signed = true
		return nil
	}), nil
}

// Reset drops the mail at hand.
func (s *smtpSession) Reset() { s.mail = Mailed{} }

// Logout ends the session.
func (s *smtpSession) Logout() error { return nil }

// Mail begins a mail.
func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signed {
		return smtp.ErrAuthRequired
	}
	if from != s.m.Address {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Sender address rejected: not owned by user"}
	}
	s.mail = Mailed{From: from}
	return nil
}

// Rcpt adds a recipient.
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == "nobody@gone.example" {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

// Data takes the mail.
func (s *smtpSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.Raw = raw
	f, faulty := s.m.fault("reply")
	if !faulty || f.Accept {
		s.m.accept(s.mail)
	}
	if !faulty {
		return nil
	}
	switch {
	case f.Stall:
		<-s.m.done
	case f.Status == 429:
		text := "Greylisted, please try again later"
		if f.RetryAfter > 0 {
			text = fmt.Sprintf("Greylisted, please try again in %d seconds", int(f.RetryAfter.Seconds()))
		}
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: text}
	case f.Status >= 400 && f.Status < 500 && f.Status != 408 && f.Status != 409:
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Message refused"}
	case f.Status == 200:
		fmt.Fprintf(s.conn, "%s\r\n", f.Body)
	}
	s.conn.Close()
	return errors.New("gone")
}

// accept books a mail and brings it to the mailbox, when it is to go there.
func (m *Email) accept(mail Mailed) {
	m.mu.Lock()
	m.ledger = append(m.ledger, mail)
	m.mu.Unlock()
	for _, to := range mail.To {
		if to == m.Address {
			m.Put("INBOX", mail.Raw)
		}
	}
}
