package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"footnote/bots"
	"footnote/pipeline"
)

// Post sends the reply as plain text to the recipient alone, from the mailbox's
// address under the agent's name, and keeps a copy in the folder of sent mail.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	t, rows, err := d.thread(ctx, p.Ticket.ID)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	if !p.Seen.IsZero() && t.UpdatedAt.After(p.Seen) {
		return "", &bots.PostError{Verdict: bots.Moved, Say: "the thread has new mail"}
	}
	to := mail.Address{Name: bots.Plain(p.Recipient.Name, 100), Address: strings.TrimSpace(p.Recipient.Email)}
	if to.Address == "" {
		to = mail.Address{Name: bots.Plain(t.Requester.Name, 100), Address: t.Requester.Email}
	}
	if to.Address = strings.ToLower(to.Address); !valid(to.Address) || to.Address == d.address {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the customer has no e-mail address that can be written to"}
	}
	r := row{ticket: p.Ticket.ID, marker: p.Marker, role: pipeline.RoleAgent, at: d.c.Now(), seenAt: d.c.Now()}
	r.id = p.Marker + "@" + d.domain
	r.message = r.id
	raw, err := d.compose(r, p, to, rows)
	if err == nil {
		r.letter, err = parse(raw) // as it will be read back
	}
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a mail", Err: err}
	}
	if err := d.store.begin(ctx, r, to.Address, d.c.Now()); err != nil {
		return "", &bots.PostError{Verdict: bots.NotSent, Say: "the reply could not be written down before it was sent", Err: err}
	}
	if err := d.submit(ctx, to.Address, raw); err != nil {
		return "", err
	}
	// The customer has it. What fails now is made good by the copy in the inbox.
	if _, err := d.store.insert(ctx, r); err != nil {
		d.c.Log.Warn("store sent mail", "desk", d.c.Name, "error", err)
	}
	if err := d.session(ctx, func(c *imapclient.Client) error {
		if err := d.keepSent(c, r.id, raw); err != nil {
			return err
		}
		return d.answered(ctx, c, r.id)
	}); err != nil {
		d.c.Log.Warn("keep sent mail", "desk", d.c.Name, "error", err)
	}
	return r.id, nil
}

// compose writes the mail: an answer to the customer's last one.
func (d *Desk) compose(r row, p bots.Post, to mail.Address, rows []row) ([]byte, error) {
	last := rows[len(rows)-1]
	for _, m := range slices.Backward(rows) {
		if m.role == pipeline.RoleCustomer {
			last = m
			break
		}
	}
	var h mail.Header
	h.SetDate(d.c.Now())
	h.SetMessageID(r.id)
	h.SetAddressList("From", []*mail.Address{{Name: bots.Plain(p.Author.Name, 100), Address: d.address}})
	h.SetAddressList("To", []*mail.Address{&to})
	h.SetSubject(reSubject(rows[0].subject))
	if last.id != "" {
		refs := append(slices.Clone(last.refs), last.id)
		if len(refs) > 20 { // the first one names the thread
			refs = append(refs[:1:1], refs[len(refs)-19:]...)
		}
		h.SetMsgIDList("In-Reply-To", []string{last.id})
		h.SetMsgIDList("References", refs)
	}
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	h.Set("MIME-Version", "1.0")
	var b bytes.Buffer
	w, err := mail.CreateSingleInlineWriter(&b, h)
	if err != nil {
		return nil, err
	}
	text := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n", "\x00", "").Replace(p.Text)
	if _, err := io.WriteString(w, text); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

var replyPrefix = regexp.MustCompile(`(?i)^\s*(?:re|aw|sv|antw|rv|res|r)\s*(?:\[\d+\])?\s*:`)

func reSubject(s string) string {
	s = bots.Plain(s, 500)
	if replyPrefix.MatchString(s) {
		return s
	}
	return strings.TrimSpace("Re: " + s)
}

// submit hands the mail to the mail server for the customer and the mailbox
// itself, once. The error is a *bots.PostError.
func (d *Desk) submit(ctx context.Context, to string, raw []byte) error {
	c, stop, err := d.mailer(ctx)
	if err != nil {
		return d.refusal(err)
	}
	defer stop()
	defer c.Close()
	if err := c.Mail(d.address, nil); err != nil {
		return d.refusal(err)
	}
	for _, rcpt := range []string{to, d.address} {
		if err := c.Rcpt(rcpt, nil); err != nil {
			return d.refusal(rcptError{err, rcpt})
		}
	}
	w, err := c.Data()
	if err != nil {
		return d.refusal(err)
	}
	if _, err := w.Write(raw); err != nil {
		return d.refusal(err) // without the final dot it is no mail
	}
	err = w.Close()
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*smtp.SMTPError](err); ok && e.Code >= 400 && e.Code < 600 {
		return d.refusal(err)
	}
	return &bots.PostError{Verdict: bots.Ambiguous, Say: "the mail server did not say whether it took the mail", Err: err}
}

// mailer is a signed-in SMTP connection; stop releases ctx.
func (d *Desk) mailer(ctx context.Context) (*smtp.Client, func() bool, error) {
	conn, err := d.connect(ctx, d.smtp)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	c := smtp.NewClient(conn)
	if !d.smtp.tls && !d.smtp.local {
		if c, err = smtp.NewClientStartTLS(conn, d.tlsConfig(d.smtp.host)); err != nil {
			stop()
			conn.Close()
			return nil, nil, err
		}
	}
	c.CommandTimeout = d.c.Patience
	if err = c.Hello(d.domain); err == nil {
		if err = c.Auth(sasl.NewPlainClient("", d.c.User, d.c.Password)); err != nil {
			err = authError{err}
		}
	}
	if err != nil {
		stop()
		c.Close()
		return nil, nil, err
	}
	return c, stop, nil
}

// authError is a failure to sign in: what the server says about it is not
// repeated.
type authError struct{ error }

func (e authError) Unwrap() error { return e.error }

// refusal is the verdict on a mail that the server certainly does not have: it
// said so, or the final dot was never sent.
func (d *Desk) refusal(err error) error {
	e, answered := errors.AsType[*smtp.SMTPError](err)
	_, auth := errors.AsType[authError](err)
	rcpt, atRcpt := errors.AsType[rcptError](err)
	switch {
	case !answered:
		say := "the mail server cannot be reached"
		if why := d.smtp.cause(d.c.Name, err); why != "" {
			say = "the mail server for sending cannot be reached: " + why
		}
		return &bots.PostError{Verdict: bots.NotSent, Say: say, Err: errors.New("connection: " + connectionWord(err))}
	case auth && needsTLS(e.Code, e.Message):
		return &bots.PostError{Verdict: bots.Refused, Status: e.Code, Say: "the mail server takes no password on a connection that is not encrypted: write smtps:// with its port for TLS (465)"}
	case atRcpt && aboutSender(e) && !e.Temporary():
		return &bots.PostError{Verdict: bots.Refused, Status: e.Code, Say: bots.Plain(fmt.Sprintf("the mail server refuses %s as the sender for the user %s (%d: %s)", d.address, d.c.User, e.Code, e.Message), 250)}
	case atRcpt && !e.Temporary():
		return &bots.PostError{Verdict: bots.Refused, Status: e.Code, Say: bots.Plain(fmt.Sprintf("the mail server refuses the recipient %s (%d: %s)", rcpt.to, e.Code, e.Message), 250)}
	case auth && e.Code >= 500:
		return &bots.PostError{Verdict: bots.Refused, Status: e.Code, Say: "the mail server refuses the user name or the password"}
	}
	say := bots.Plain(fmt.Sprintf("the mail server answered %d: %s", e.Code, e.Message), 250)
	if auth {
		say = fmt.Sprintf("the mail server does not sign us in now (%d)", e.Code)
	}
	if e.Temporary() {
		return &bots.PostError{Verdict: bots.Throttled, Status: e.Code, After: waitIn(e.Message), Say: say}
	}
	return &bots.PostError{Verdict: bots.Refused, Status: e.Code, Say: say}
}

func connectionWord(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op
	}
	return "broken"
}

var waitForm = regexp.MustCompile(`(?i)\bin (\d{1,6}) ?(s|sec|seconds?|m|min|minutes?)\b`)

// waitIn reads how long a server asks to wait, as greylisting does in words
// ("try again in 300 seconds"); at most an hour, 0 when it does not say.
func waitIn(s string) time.Duration {
	m := waitForm.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits only
	unit := time.Second
	if m[2][0] == 'm' || m[2][0] == 'M' {
		unit = time.Minute
	}
	return min(time.Duration(n)*unit, time.Hour)
}

// keepSent puts the mail into the folder of sent mail unless the server did.
func (d *Desk) keepSent(c *imapclient.Client, id string, raw []byte) error {
	dirs, err := d.folders(c)
	sent := dirs.sent
	if err != nil || sent == "" {
		return err
	}
	if _, err := c.Select(sent, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return err
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-Id", Value: "<" + id + ">"}}}, nil).Wait()
	if err != nil || len(found.AllUIDs()) > 0 {
		return err
	}
	return d.append(c, sent, raw, imap.FlagSeen)
}

// append puts a mail into a folder.
func (d *Desk) append(c *imapclient.Client, folder string, raw []byte, flags ...imap.Flag) error {
	a := c.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: flags, Time: d.c.Now()})
	if _, err := a.Write(raw); err != nil {
		return err
	}
	if err := a.Close(); err != nil {
		return err
	}
	_, err := a.Wait()
	return err
}
