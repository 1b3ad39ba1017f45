package email

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/emersion/go-smtp"

	"footnote/bots"
)

// cause says in words why a server could not be reached, and what to set; empty when
// that is not known. name is the desk's, for the names of settings.
func (s server) cause(name string, err error) string {
	key := strings.ReplaceAll(name, "-", "_")
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	said := strings.ToLower(err.Error())
	switch {
	case errors.As(err, &unknown):
		return fmt.Sprintf("the certificate of %s is of an authority that this machine does not know; set %s_ca to a file with the authority's certificate", s.addr, key)
	case errors.As(err, &host):
		return fmt.Sprintf("the certificate of %s is for other names (%s); use one of them in the setting, or have the certificate changed", s.addr, bots.Plain(strings.Join(certNames(host), ", "), 120))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the certificate of %s has expired, or this machine's clock is wrong", s.addr)
	case errors.As(err, &record):
		return fmt.Sprintf("%s does not begin with TLS: write %s:// for a port that changes to TLS (STARTTLS), or take the port for TLS (%s)", s.addr, s.scheme, s.tlsPort())
	case errors.As(err, &dns):
		return fmt.Sprintf("there is no server of the name %s", s.host)
	case strings.Contains(said, "starttls") && (strings.Contains(said, "support") || strings.Contains(said, "unknown") || strings.Contains(said, "bad") || strings.Contains(said, " no ")):
		return fmt.Sprintf("%s does not change to TLS (STARTTLS), so nothing was said to it; write %ss:// if it has a port for TLS (%s)", s.addr, s.scheme, s.tlsPort())
	case !s.tls && (errors.Is(err, errSilent) || timedOut(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(said, "tls") || strings.Contains(said, "in response-tag") || strings.Contains(said, "greeting")):
		return fmt.Sprintf("%s says nothing in the clear: it may expect TLS from the first byte; then write %ss://", s.addr, s.scheme)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens at %s", s.addr)
	case timedOut(err):
		return fmt.Sprintf("%s does not answer", s.addr)
	}
	return ""
}

func certNames(e x509.HostnameError) []string {
	if e.Certificate == nil {
		return nil
	}
	if names := e.Certificate.DNSNames; len(names) > 0 {
		return names[:min(len(names), 5)]
	}
	return []string{e.Certificate.Subject.CommonName}
}

func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// tlsPort is the usual port for TLS from the first byte.
func (s server) tlsPort() string {
	if s.scheme == "imap" {
		return "993"
	}
	return "465"
}

// rcptError is a refusal of a recipient: many servers say only then what they have
// against the sender.
type rcptError struct {
	error
	to string
}

func (e rcptError) Unwrap() error { return e.error }

// aboutSender tells whether what a server says at RCPT is about who sends.
func aboutSender(e *smtp.SMTPError) bool {
	said := strings.ToLower(e.Message)
	return strings.Contains(said, "sender") || strings.Contains(said, "not owned by") || strings.Contains(said, "send as") || strings.Contains(said, "mail from")
}

// needsTLS tells whether a server wants an encrypted connection before a password.
func needsTLS(code int, said string) bool {
	said = strings.ToLower(said)
	return code == 538 || code == 530 && strings.Contains(said, "starttls") || strings.Contains(said, "must issue a starttls") || strings.Contains(said, "encryption required")
}
