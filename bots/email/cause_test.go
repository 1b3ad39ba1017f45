package email

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
)

// scripted is a server that greets, if it does, and answers each line by its word.
func scripted(t *testing.T, greeting string, answers map[string]string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if greeting != "" {
					_, _ = c.Write([]byte(greeting + "\r\n"))
				}
				in := bufio.NewScanner(c)
				for in.Scan() {
					words := append(strings.Fields(strings.ToUpper(in.Text())), "", "")
					if words[0] == "*" { // signing in is given up
						_, _ = c.Write([]byte("501 ok\r\n"))
					}
					for word, say := range answers {
						if words[0] == word || words[1] == word {
							_, _ = c.Write([]byte(strings.ReplaceAll(say, "TAG", strings.Fields(in.Text() + " x")[0]) + "\r\n"))
						}
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// TestCause: what is wrong with a connection is said as it is, with what to set.
func TestCause(t *testing.T) {
	t.Parallel()
	smtp := map[string]string{"EHLO": "250-x\r\n250 AUTH PLAIN", "AUTH": "235 ok", "MAIL": "250 ok", "QUIT": "221 bye", "RSET": "250 ok"}
	with := func(key, say string) map[string]string {
		m := map[string]string{key: say}
		for k, v := range smtp {
			if k != key {
				m[k] = v
			}
		}
		return m
	}
	imap := scripted(t, "* OK [CAPABILITY IMAP4rev1] hi", map[string]string{"LOGIN": "TAG OK done", "SELECT": "TAG NO x", "EXAMINE": "TAG NO x"})
	encrypted := bottest.NewEmailServer(t, bottest.EmailServer{TLS: true})
	for name, c := range map[string]struct {
		imap, smtp string // addresses; empty: good
		named      bool   // by another name than this machine's
		tls        *tls.Config
		finding    string
		says       []string
	}{
		"unknown authority":             {imap: encrypted.IMAP, tls: &tls.Config{MinVersion: tls.VersionTLS12}, finding: "mailbox", says: []string{"authority", "email_ca"}},
		"another name":                  {imap: strings.Replace(encrypted.IMAP, bottest.EmailHost, "imap.other.example", 1), tls: encrypted.TLS, finding: "mailbox", says: []string{"other names", bottest.EmailHost}},
		"TLS where there is none":       {imap: "imaps://" + imap, finding: "mailbox", says: []string{"does not begin with TLS", "imap://"}},
		"in the clear where TLS is":     {imap: "imap://" + scripted(t, "", nil), finding: "mailbox", says: []string{"says nothing in the clear", "imaps://"}},
		"nothing listens":               {imap: "imap://127.0.0.1:1", finding: "mailbox", says: []string{"nothing listens at 127.0.0.1:1"}},
		"no STARTTLS":                   {imap: "imap://" + scripted(t, "* OK hi", map[string]string{"STARTTLS": "TAG BAD unknown command"}), named: true, finding: "mailbox", says: []string{"STARTTLS", "imaps://"}},
		"a password in the clear":       {imap: "imap://" + scripted(t, "* OK hi", map[string]string{"LOGIN": "TAG NO [PRIVACYREQUIRED] Plaintext authentication disallowed"}), finding: "mailbox", says: []string{"not encrypted", "imaps://"}},
		"SMTP: TLS where there is none": {smtp: "smtps://" + scripted(t, "220 hi", smtp), finding: "sending", says: []string{"does not begin with TLS", "smtp://"}},
		"SMTP: nothing listens":         {smtp: "smtp://127.0.0.1:1", finding: "sending", says: []string{"nothing listens at 127.0.0.1:1"}},
		"SMTP: no STARTTLS":             {smtp: "smtp://" + scripted(t, "220 hi", smtp), named: true, finding: "sending", says: []string{"STARTTLS", "smtps://"}},
		"SMTP: STARTTLS first":          {smtp: "smtp://" + scripted(t, "220 hi", with("AUTH", "530 5.7.0 Must issue a STARTTLS command first")), finding: "sending", says: []string{"not encrypted", "smtps://"}},
		"SMTP: sender refused at RCPT":  {smtp: "smtp://" + scripted(t, "220 hi", with("RCPT", "553 5.7.1 <support@shop.example>: Sender address rejected: not owned by user x")), finding: "sending", says: []string{"refuses support@shop.example as the sender", "for the user"}},
		"SMTP: sender refused at MAIL":  {smtp: "smtp://" + scripted(t, "220 hi", with("MAIL", "550 5.7.60 Client does not have permissions to send as this sender")), finding: "sending", says: []string{"permissions to send as"}},
		"SMTP: recipient refused":       {smtp: "smtp://" + scripted(t, "220 hi", with("RCPT", "550 5.1.1 User unknown")), finding: "sending", says: []string{"refuses the recipient support@shop.example"}},
		"SMTP: password refused":        {smtp: "smtp://" + scripted(t, "220 hi", with("AUTH", "535 5.7.8 authentication failed")), finding: "sending", says: []string{"user name or the password"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := desk(t, encrypted, func(k *Config) {
				k.Patience = 300 * time.Millisecond
				k.TLS = c.tls
				at := map[string]string{}
				use := func(set *string, addr string) {
					if addr == "" {
						return
					}
					*set = addr
					if c.named {
						scheme, real, _ := strings.Cut(addr, "://")
						_, port, _ := net.SplitHostPort(real)
						at["mail.named.example:"+port], *set = real, scheme+"://mail.named.example:"+port
					}
				}
				use(&k.IMAP, c.imap)
				use(&k.SMTP, c.smtp)
				dial := k.Dial
				k.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if real, ok := at[addr]; ok {
						addr = real
					}
					return dial(ctx, network, strings.Replace(addr, "imap.other.example", bottest.EmailHost, 1))
				}
			})
			var f bots.Finding
			for _, x := range d.Check(t.Context(), "") {
				if x.Name == c.finding {
					f = x
				}
			}
			for _, want := range c.says {
				if f.OK || !strings.Contains(f.Saw+" "+f.Fix, want) {
					t.Errorf("%+v lacks %q", f, want)
				}
			}
		})
	}
}
