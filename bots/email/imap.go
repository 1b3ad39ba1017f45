package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

// connect opens a connection to a server; a failure of the dial itself is a
// *net.OpError of "dial".
func (d *Desk) connect(ctx context.Context, s server) (net.Conn, error) {
	conn, err := d.c.Dial(ctx, "tcp", s.addr)
	if err != nil || !s.tls {
		return conn, err
	}
	secure := tls.Client(conn, d.tlsConfig(s.host))
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// line is one connection to the server.
type line struct {
	*imapclient.Client
	heard *atomic.Int64 // when the server last sent something, in Unix nanoseconds
}

// heardConn notes when something came.
type heardConn struct {
	net.Conn
	heard *atomic.Int64
}

// Read implements net.Conn.
func (c heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard.Store(time.Now().UnixNano())
	}
	return n, err
}

// errSilent is a server that keeps a connection open and says nothing on it.
var errSilent = pipeline.Errorf(pipeline.Unavailable, "the mail server does not answer")

// attended runs do and closes the line when the server says nothing for too long: a
// frozen server ends no connection, and a command has no time-out of its own. The
// error is then errSilent.
func (d *Desk) attended(l *line, do func() error) error {
	l.heard.Store(time.Now().UnixNano())
	done, watched, silent := make(chan struct{}), make(chan struct{}), false
	go func() {
		defer close(watched)
		t := time.NewTicker(d.c.Patience / 10)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				if time.Since(time.Unix(0, l.heard.Load())) > d.c.Patience {
					silent = true
					l.Close()
					return
				}
			}
		}
	}()
	err := do()
	close(done)
	if <-watched; silent {
		return errSilent
	}
	return err
}

// login opens an IMAP session. Denied for refused credentials, else Unavailable.
func (d *Desk) login(ctx context.Context, bell func()) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, d.c.Patience)
	defer cancel()
	raw, err := d.connect(ctx, d.imap)
	if err != nil {
		return nil, d.unreached(d.imap, err)
	}
	heard := new(atomic.Int64)
	conn := heardConn{raw, heard}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	o := &imapclient.Options{}
	if bell != nil {
		o.UnilateralDataHandler = &imapclient.UnilateralDataHandler{Mailbox: func(*imapclient.UnilateralDataMailbox) { bell() }}
	}
	var c *imapclient.Client
	if d.imap.tls || d.imap.local {
		c = imapclient.New(conn, o)
	} else {
		o.TLSConfig = d.tlsConfig(d.imap.host)
		if c, err = imapclient.NewStartTLS(conn, o); err != nil {
			conn.Close()
			if isRefusal(err) {
				err = fmt.Errorf("STARTTLS is not supported: %w", err)
			}
			return nil, d.unreached(d.imap, cmp.Or(ctx.Err(), err))
		}
	}
	if err := c.WaitGreeting(); err != nil {
		c.Close()
		if ctx.Err() != nil {
			err = errSilent
		}
		return nil, d.unreached(d.imap, err)
	}
	if err := c.Login(d.c.User, d.c.Password).Wait(); err != nil {
		c.Close()
		if e, ok := errors.AsType[*imap.Error](err); ok && e.Type == imap.StatusResponseTypeNo && e.Code != imap.ResponseCodeUnavailable {
			if e.Code == imap.ResponseCodePrivacyRequired || needsTLS(0, e.Text) {
				return nil, pipeline.Errorf(pipeline.Denied, "the mail server takes no password on a connection that is not encrypted: write imaps:// with its port for TLS (993)")
			}
			return nil, pipeline.Errorf(pipeline.Denied, "the mail server refuses the user name or the password")
		}
		return nil, classify(err)
	}
	return &line{c, heard}, nil
}

// unreached says why a server was not reached, as far as can be told.
func (d *Desk) unreached(s server, err error) error {
	if why := s.cause(d.c.Name, err); why != "" {
		if errors.Is(err, errSilent) {
			return pipeline.Errorf(pipeline.Unavailable, "the mail server does not answer: %s%w", why, quiet{errSilent})
		}
		return pipeline.Errorf(pipeline.Unavailable, "the mail server cannot be reached: %s%w", why, quiet{err})
	}
	if errors.Is(err, errSilent) {
		return err
	}
	return pipeline.Errorf(pipeline.Unavailable, "the mail server cannot be reached: %w", err)
}

// quiet is a cause that is kept and not said.
type quiet struct{ error }

func (quiet) Error() string { return "" }

func (q quiet) Unwrap() error { return q.error }

// classify gives an IMAP failure its kind. What the server says is not repeated:
// some repeat the command, with the password in it.
func classify(err error) error {
	if err == nil || pipeline.KindOf(err) == pipeline.Denied || errors.Is(err, errSilent) {
		return err
	}
	if e, ok := errors.AsType[*imap.Error](err); ok {
		switch e.Code {
		case imap.ResponseCodeAuthenticationFailed, imap.ResponseCodeAuthorizationFailed, imap.ResponseCodeNoPerm, imap.ResponseCodeExpired:
			return pipeline.Errorf(pipeline.Denied, "the mail server refuses our access")
		}
		return pipeline.Errorf(pipeline.Unavailable, "the mail server answered %s %s", e.Type, bots.Plain(string(e.Code), 40))
	}
	return pipeline.Errorf(pipeline.Unavailable, "the connection to the mail server broke: %w", err)
}

// session does something on the one connection, which is kept for the next
// time. A connection that has died meanwhile is replaced once: reading again
// is harmless. Not for appending.
func (d *Desk) session(ctx context.Context, do func(*imapclient.Client) error) error {
	err := d.inTurn(ctx, do)
	if !isOurs(err) && !errors.Is(err, errTurn) {
		d.pulse.Tell(ctx, d.c.Now(), err)
	}
	return err
}

// errTurn is that others had the connection all the time.
var errTurn = errors.New("the connection is in use")

func (d *Desk) inTurn(ctx context.Context, do func(*imapclient.Client) error) error {
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	case <-ctx.Done():
		return pipeline.Errorf(pipeline.Unavailable, "the mail server is slow: %w", errors.Join(errTurn, ctx.Err()))
	}
	for {
		c, kept := d.conn, d.conn != nil
		if c == nil {
			var err error
			if c, err = d.login(ctx, nil); err != nil {
				return err
			}
		}
		d.conn = nil
		stop := context.AfterFunc(ctx, func() { c.Close() })
		err := d.attended(c, func() error { return do(c.Client) })
		stop()
		_, answered := errors.AsType[*imap.Error](err)
		if err == nil || answered && ctx.Err() == nil {
			d.conn = c
			return classify(err)
		}
		c.Close()
		if ctx.Err() != nil {
			return pipeline.Errorf(pipeline.Unavailable, "the mail server did not answer in time: %w", ctx.Err())
		}
		if isOurs(err) || errors.Is(err, errSilent) {
			return err
		}
		if !kept || !died(err) {
			return classify(err)
		}
	}
}

// died tells whether a connection was closed, as servers do with idle ones.
func died(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// ourError is a failure on our side of a session: the database.
type ourError struct{ error }

func (e ourError) Unwrap() error { return e.error }

func isOurs(err error) bool {
	_, ok := errors.AsType[ourError](err)
	return ok
}

func ours(err error) error {
	if err == nil {
		return nil
	}
	return ourError{err}
}

// Close ends the connection that is kept. The desk connects again when used.
func (d *Desk) Close() error {
	d.turns <- struct{}{}
	defer func() { <-d.turns }()
	if d.conn == nil {
		return nil
	}
	c := d.conn
	d.conn = nil
	return c.Close()
}

// mails reads mails of the selected folder, those that are still there, in the
// order of their numbers. A server may tell of a changed flag at any moment, and
// the library takes that for the answer and drops the mail itself when it comes
// (go-imap v2.0.0-beta.8, FetchCommand.recvUID): such mails are asked for again.
// What is asked for always has the time of arrival, by which an answer is known.
func mails(c *imapclient.Client, set imap.UIDSet, body *imap.FetchItemBodySection) ([]*imapclient.FetchMessageBuffer, error) {
	o := &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true}
	if body != nil {
		o.BodySection = []*imap.FetchItemBodySection{body}
	}
	var out []*imapclient.FetchMessageBuffer
	for range 5 {
		list, err := c.Fetch(set, o).Collect()
		if err != nil {
			return nil, err
		}
		var again imap.UIDSet
		for _, m := range list {
			if m.InternalDate.IsZero() && len(m.BodySection) == 0 {
				again.AddNum(m.UID)
			} else {
				out = append(out, m)
			}
		}
		if set = again; len(set) == 0 {
			slices.SortFunc(out, func(a, b *imapclient.FetchMessageBuffer) int { return cmp.Compare(a.UID, b.UID) })
			return out, nil
		}
	}
	return nil, fmt.Errorf("flags came in place of mail %s", bots.Plain(set.String(), 40))
}
