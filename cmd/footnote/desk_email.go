package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/email"
	"footnote/pipeline"
)

type emailSettings struct {
	Address     string        `yaml:"address" env:"ADDRESS" help:"the mailbox: support@example.org; empty: no mailbox"`
	IMAP        string        `yaml:"imap" env:"IMAP" help:"imaps://mail.example.org, or imap:// for STARTTLS"`
	SMTP        string        `yaml:"smtp" env:"SMTP" help:"smtps://mail.example.org, or smtp:// for STARTTLS"`
	User        string        `yaml:"user" env:"USER" help:"for signing in; empty: the address"`
	Password    Secret        `yaml:"password" env:"PASSWORD" help:"or app password, for both servers"`
	Inbox       string        `yaml:"inbox" env:"INBOX" default:"INBOX" help:"folder that mail comes into"`
	Sent        string        `yaml:"sent" env:"SENT" help:"folder of sent mail; empty: the one that the server marks as such"`
	Drafts      string        `yaml:"drafts" env:"DRAFTS" help:"folder of drafts, for show: draft; empty: the one that the server marks as such"`
	Archive     string        `yaml:"archive" env:"ARCHIVE" help:"folder of mail that was dealt with, for the history; empty: the one that the server marks as such"`
	Lists       string        `yaml:"lists" env:"LISTS" help:"lists and groups by which customers' mail comes, by List-Id or address: support.example.org, …; mail by others is automatic and gets no draft"`
	Agents      string        `yaml:"agents" env:"AGENTS" help:"whose mail to the mailbox is an agent's: @example.org, grace@example.com, …"`
	Verifier    string        `yaml:"verifier" env:"VERIFIER" help:"name that your own mail server writes at the beginning of Authentication-Results: mx.example.org, …; whom it vouches for can be an agent. Empty: that of Google, Microsoft and some others, where the mailbox is there; else only who signs in to your server or sends from the mailbox itself is one"`
	CA          string        `yaml:"ca" env:"CA" help:"file with certificates (PEM) of authorities that the mail servers' certificates are of, besides those that this machine knows"`
	KeepsCopies bool          `yaml:"keeps_copies" env:"KEEPS_COPIES" help:"nothing deletes the copy that every reply sends to this mailbox itself, nor files it where the user may not look: a reply that was broken off is then sent once more when its copy is in no folder; else an agent is asked"`
	Interval    time.Duration `yaml:"interval" env:"INTERVAL" default:"1m" help:"between looks for new mail, besides IDLE"`
}

func (s *emailSettings) configured() bool { return s.Address != "" }

var _ = registerDesk("email", func(k deskKit, s *emailSettings) (bots.Desk, error) {
	roots, err := authorities(s.CA)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "%s_ca: %w", k.Name, err)
	}
	return email.New(email.Config{Name: k.Name, TLS: roots, Verifiers: strings.Split(s.Verifier, ","), Address: s.Address, IMAP: s.IMAP, SMTP: s.SMTP, User: s.User, Password: string(s.Password),
		Inbox: s.Inbox, Sent: s.Sent, Drafts: s.Drafts, Archive: s.Archive, Lists: strings.Split(s.Lists, ","), Agents: strings.Split(s.Agents, ","), KeepsCopies: s.KeepsCopies, Interval: s.Interval, Pool: k.Pool, Log: k.Log})
})

// authorities trusts those of a file besides the machine's own; nil without a file.
func authorities(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.New("the file cannot be read")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("the file holds no certificate in PEM")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}
