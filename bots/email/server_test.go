package email

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

// TestEncrypted: over TLS, and over connections that change to it, mail is read,
// answered and drafted; with a certificate that is not trusted, or a server that
// does not change, nothing is said to it, the password least of all.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]bottest.EmailServer{"TLS": {TLS: true}, "STARTTLS": {StartTLS: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := bottest.NewEmailServer(t, kind)
			d := desk(t, m, nil)
			ref := d.ref(TicketID(m.Begin(bottest.Said{Text: "How?"})))
			if got := read(t, d, ref); len(got.Messages) != 1 {
				t.Errorf("%+v", got)
			}
			if err := d.SetDraft(t.Context(), note(ref, "Open settings.", 1)); err != nil {
				t.Error(err)
			}
			if _, err := d.Post(t.Context(), post(ref)); err != nil || len(m.Mailed()) != 1 {
				t.Errorf("posted %d, %v", len(m.Mailed()), err)
			}
			for _, f := range d.Check(t.Context(), "") {
				if !f.OK {
					t.Errorf("%+v", f)
				}
			}
			suspicious := desk(t, m, func(c *Config) { c.TLS, c.Pool = &tls.Config{MinVersion: tls.VersionTLS12}, d.c.Pool })
			if _, err := suspicious.Thread(t.Context(), ref); pipeline.KindOf(err) != pipeline.Unavailable {
				t.Errorf("read from a server that is not trusted: %v", err)
			}
			if _, err := suspicious.Post(t.Context(), post(ref)); bots.VerdictOf(err) != bots.NotSent || len(m.Mailed()) != 1 {
				t.Errorf("posted to a server that is not trusted: %v", err)
			}
		})
	}
	t.Run("no STARTTLS", func(t *testing.T) {
		t.Parallel()
		m := bottest.NewEmailServer(t, bottest.EmailServer{})
		d := desk(t, m, func(c *Config) {
			at := map[string]string{"mail.shop.example:143": strings.TrimPrefix(m.IMAP, "imap://"), "mail.shop.example:587": strings.TrimPrefix(m.SMTP, "smtp://")}
			c.IMAP, c.SMTP = "imap://mail.shop.example", "smtp://mail.shop.example"
			dial := c.Dial
			c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) { return dial(ctx, network, at[addr]) }
		})
		if _, err := d.Thread(t.Context(), d.ref("x")); pipeline.KindOf(err) != pipeline.Unavailable || !strings.Contains(err.Error(), "TLS") {
			t.Errorf("%v", err)
		}
		if err := d.submit(t.Context(), "ada@example.org", say("From: x", "x")); bots.VerdictOf(err) != bots.NotSent || len(m.Mailed()) != 0 {
			t.Errorf("%v", err)
		}
	})
}

// TestWithoutIdle: a server that cannot tell of new mail is asked at every
// interval, on the same connection.
func TestWithoutIdle(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmailServer(t, bottest.EmailServer{NoIdle: true})
	d := desk(t, m, func(c *Config) { c.Interval = 20 * time.Millisecond })
	told := make(chan string, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- d.Watch(ctx, func(_ context.Context, e pipeline.Event) error { told <- e.Ticket; return nil })
	}()
	for range 3 {
		want := TicketID(m.Begin(bottest.Said{Text: "How?"}))
		select {
		case got := <-told:
			if got != want {
				t.Errorf("told %s, want %s", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatal("nothing is told")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if f := d.Check(t.Context(), "")[0]; !f.OK || !strings.Contains(f.Saw, "without IDLE") {
		t.Errorf("%+v", f)
	}
}

// TestFolders: folders are found by the server's marks in any language, and
// settings go before them.
func TestFolders(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmailServer(t, bottest.EmailServer{Folders: map[string]imap.MailboxAttr{"Utsendt": imap.MailboxAttrSent, "Kladder": imap.MailboxAttrDrafts,
		"Arkiv": imap.MailboxAttrArchive, "Arkiv/2026": "", "Arkivet": "", "Sent": ""}})
	d := desk(t, m, nil)
	in, err := d.Setup(t.Context(), "")
	if err != nil || in.Set["sent"] != "Utsendt" || in.Set["drafts"] != "Kladder" || in.Set["archive"] != "Arkiv" || len(in.Steps) < 6 {
		t.Errorf("%+v %v", in, err)
	}
	set := desk(t, m, func(c *Config) { c.Sent, c.Archive = "Sent", "Nowhere" })
	saw := map[string]bots.Finding{}
	for _, f := range set.Check(t.Context(), "") {
		saw[f.Name] = f
	}
	if f := saw["archive"]; f.OK || !strings.Contains(f.Fix, "email_archive") {
		t.Errorf("%+v", f)
	}
	if f := saw["sent mail"]; !f.OK || !strings.HasSuffix(f.Saw, " Sent") {
		t.Errorf("%+v", f)
	}
}

// TestSetup: what is printed has the settings, the clicks by provider, and no
// password; where we cannot sign in it says so.
func TestSetup(t *testing.T) {
	t.Parallel()
	m := bottest.NewEmail(t)
	for host, want := range map[string]string{"imaps://imap.gmail.com": "App passwords", "imaps://outlook.office365.com": "does not work with this mailbox", "": "administration of your mail server"} {
		d := desk(t, m, func(c *Config) {
			if host != "" {
				c.IMAP, c.Name = host, "email-eu"
				c.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, context.DeadlineExceeded }
			}
		})
		in, err := d.Setup(t.Context(), "")
		all := strings.Join(in.Steps, "\n")
		if err != nil || !strings.Contains(all, want) || !strings.Contains(all, "footnote desk check "+d.Name()) || strings.Contains(all, m.Password) {
			t.Errorf("%s: %v\n%s", host, err, all)
		}
		if could := len(in.Did) > 0; could != (host == "") || could == strings.Contains(all, "could not sign in") {
			t.Errorf("%s: %q\n%s", host, in.Did, all)
		}
	}
}

// TestClock: the server's clock is judged by what it got from us, and by mail from
// the future.
func TestClock(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	clock := func() bots.Finding {
		for _, f := range d.Check(t.Context(), "") {
			if f.Name == "clock" {
				return f
			}
		}
		t.Fatal("the clock is not checked")
		return bots.Finding{}
	}
	ref := d.ref(TicketID(m.Begin(bottest.Said{Text: "How?"})))
	if f := clock(); !f.OK {
		t.Errorf("%+v", f)
	}
	if _, err := d.Post(t.Context(), post(ref)); err != nil {
		t.Fatal(err)
	}
	changed(t, d)
	if f := clock(); !f.OK || !strings.Contains(f.Saw, "copy of our last reply came 0s") {
		t.Errorf("%+v", f)
	}
	for i, wrong := range []time.Duration{-30 * time.Minute, 30 * time.Minute} {
		d.c.Now = func() time.Time { return m.Clock.Now().Add(wrong) }
		p := post(ref)
		p.Marker = bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abc" + string(rune('0'+i)))
		if _, err := d.Post(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		changed(t, d)
		if f := clock(); f.OK || f.Fix == "" {
			t.Errorf("our clock is wrong by %s: %+v", wrong, f)
		}
	}
}
