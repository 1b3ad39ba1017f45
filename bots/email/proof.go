package email

import (
	"bytes"
	"regexp"
	"strings"
)

// Who wrote a mail cannot be told from its From, which anybody can write. A server
// that takes mail in notes in Authentication-Results (RFC 8601) what it found out
// about the sender, under its own name, and takes such notes of others out. Where it
// was handed the mail by somebody signed in, it says so in Received (RFC 3848).

// trace is what servers wrote into a mail's head on its way.
type trace struct {
	results  []string // Authentication-Results, the last server's first
	received []string // Received, the same
}

const maxTraced = 50 // headers of a kind that are read

// traceOf reads the head of a raw mail.
func traceOf(raw []byte) (t trace) {
	head, _, _ := bytes.Cut(bytes.ReplaceAll(raw[:min(len(raw), 256<<10)], []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	head = regexp.MustCompile(`\n[ \t]+`).ReplaceAll(head, []byte(" "))
	for line := range strings.SplitSeq(string(head), "\n") {
		key, v, ok := strings.Cut(line, ":")
		switch key = strings.ToLower(strings.TrimSpace(key)); {
		case !ok:
		case key == "authentication-results" && len(t.results) < maxTraced:
			t.results = append(t.results, bare(v))
		case key == "received" && len(t.received) < maxTraced:
			t.received = append(t.received, bare(v))
		}
	}
	return t
}

// bare is a header's value without comments and spaces too many, in small letters.
func bare(v string) string {
	for range 3 { // comments in comments
		v = comment.ReplaceAllString(v, " ")
	}
	return strings.ToLower(strings.Join(strings.Fields(v), " "))
}

// verifiers are the names under which large providers note what they found out;
// none: the name is not written at all.
var verifiers = map[string][]string{
	"gmail.com": {"mx.google.com"}, "googlemail.com": {"mx.google.com"}, "office365.com": {""}, "outlook.com": {""}, "hotmail.com": {""},
	"yahoo.com": {"mx.yahoo.com", "atlas-production.v2-mail-prod1"}, "fastmail.com": {"mx.messagingengine.com", "phl-mx", "mx"}, "messagingengine.com": {"mx.messagingengine.com"},
	"mail.me.com": {"dmarc.icloud.com", "bimi.icloud.com"}, "icloud.com": {"dmarc.icloud.com"}, "zoho.com": {"mx.zohomail.com", "mx.zoho.com"}, "gmx.net": {"gmx.net"}, "web.de": {"web.de"},
}

// trusted are the names of those whose notes count.
func (d *Desk) trusted() []string {
	if names := lowerSet(d.c.Verifiers); len(names) > 0 {
		out := []string{}
		for n := range names {
			out = append(out, n)
		}
		return out
	}
	for host, names := range verifiers {
		if d.imap.host == host || strings.HasSuffix(d.imap.host, "."+host) {
			return names
		}
	}
	return nil
}

// vouched tells whether our own server found that a mail comes from the domain of
// the address that it names as its sender.
func (d *Desk) vouched(t trace, from string) bool {
	domain := from[strings.LastIndexByte(from, '@')+1:]
	for _, id := range d.trusted() {
		if good, known := t.authenticated(id, domain); known {
			return good
		}
	}
	return t.submitted(d.domain, d.trusted())
}

// authenticated reads the notes of one server. The first note about a method decides:
// one that stands lower may be older than the server's look, and a forger's. known is
// false without any note.
func (t trace) authenticated(id, domain string) (good, known bool) {
	said := map[string][]string{} // method → its results
	for _, r := range t.results {
		name, rest, _ := strings.Cut(r, ";")
		name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
		if id == "" && strings.Contains(name, "=") { // without a name: Microsoft
			name, rest = "", r
		}
		if name != id {
			continue
		}
		known = true
		here := map[string][]string{}
		for part := range strings.SplitSeq(rest, ";") {
			part = strings.TrimSpace(part)
			method, _, _ := strings.Cut(part, "=")
			here[strings.TrimSpace(method)] = append(here[strings.TrimSpace(method)], part)
		}
		for method, list := range here {
			if said[method] == nil {
				said[method] = list
			}
		}
	}
	for _, r := range said["dmarc"] {
		switch {
		case passes(r):
			if from := value(r, "header.from"); from == "" || from == domain {
				return true, known
			}
		case strings.HasPrefix(r, "dmarc=fail"):
			return false, known
		}
	}
	for _, m := range []struct{ method, key string }{{"dkim", "header.d"}, {"dkim", "header.i"}, {"spf", "smtp.mailfrom"}, {"spf", "smtp.mail"}} {
		for _, r := range said[m.method] {
			v := value(r, m.key)
			if passes(r) && v != "" && aligned(v[strings.LastIndexByte(v, '@')+1:], domain) {
				return true, known
			}
		}
	}
	return false, known
}

var passForm = regexp.MustCompile(`^[a-z0-9-]+ ?= ?pass\b`)

func passes(result string) bool { return passForm.MatchString(result) }

// value is a property of a result, such as header.d.
func value(result, key string) string {
	for _, f := range strings.Fields(strings.ReplaceAll(result, " = ", "=")) {
		if v, ok := strings.CutPrefix(f, key+"="); ok {
			return strings.Trim(v, `"<>`)
		}
	}
	return ""
}

// aligned tells whether whoever holds one domain speaks for the other: they are the
// same, or one stands below the other.
func aligned(a, b string) bool {
	return a == b || strings.Contains(a, ".") && strings.HasSuffix(b, "."+a) || strings.Contains(b, ".") && strings.HasSuffix(a, "."+b)
}

var byForm = regexp.MustCompile(`^.*\bby ([a-z0-9.-]+)(?: .*?)?\bwith (?:utf8)?(e?smtps?a?|lmtps?a?)\b`)

// submitted tells whether a server of our own took the mail from somebody who was
// signed in there. What stands below the first server that is not ours, or that took
// it from anybody, proves nothing.
func (t trace) submitted(domain string, trusted []string) bool {
	for _, r := range t.received {
		m := byForm.FindStringSubmatch(r)
		if m == nil {
			return false
		}
		own := m[1] == domain || strings.HasSuffix(m[1], "."+domain)
		for _, id := range trusted {
			own = own || id != "" && m[1] == id
		}
		switch {
		case !own:
			return false
		case m[2] == "esmtpa", m[2] == "esmtpsa":
			return true
		case !strings.HasPrefix(m[2], "lmtp"): // handed on within the server
			return false
		}
	}
	return false
}
