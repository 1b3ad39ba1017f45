package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"footnote/bots"
	"footnote/pipeline"
)

// letter is one mail as it was read.
type letter struct {
	id          string   // Message-ID without <>; empty when it has none that can be used
	refs        []string // References, then In-Reply-To
	from        string   // lower case
	name        string
	replyTo     string
	subject     string
	text        string
	attachments []string
	cc          []string  // other addresses in To and Cc, lower case
	sent        time.Time // when it was written and taken by servers, by its own head; zero when it does not say
	trace       trace
	report      report
	rule        string   // by which nobody is to answer it, in words for people; empty: somebody may be
	auto        bool     // nobody wrote it
	byList      bool     // only the headers of lists say so
	lists       []string // that it came by, lower case: List-Id and the group's address
	original    string   // whom a list that writes itself into From names as the sender
	digest      string
}

const (
	maxText        = 150_000 // bytes of one mail's text: an event holds it, however it is escaped
	maxRefs        = 50
	maxAttachments = 50
)

// parse reads a mail. The error says why it cannot be a ticket; it never panics.
func parse(raw []byte) (l letter, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = pipeline.Errorf(pipeline.Invalid, "the mail breaks our reader: %s", bots.Plain(fmt.Sprint(p), 200))
		}
	}()
	raw = bytes.TrimLeft(raw, "\r\n")
	if bytes.HasPrefix(raw, []byte("From ")) { // as mbox files have it
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			raw = raw[i+1:]
		}
	}
	root, err := reader.ReadParts(bytes.NewReader(bounded(raw)))
	if err != nil {
		why, _, _ := strings.Cut(err.Error(), " line: ") // behind it stands what the mail says
		return l, pipeline.Errorf(pipeline.Invalid, "the mail cannot be read: %s", bots.Plain(why, 120))
	}
	e, err := enmime.EnvelopeFromPart(root) // for its headers
	if err != nil {
		return l, pipeline.Errorf(pipeline.Invalid, "the mail cannot be read: %s", bots.Plain(err.Error(), 120))
	}
	l.name, l.from = sender(e, "From")
	if l.from == "" {
		l.name, l.from = sender(e, "Sender")
	}
	if l.from == "" {
		return l, pipeline.Errorf(pipeline.Invalid, "the mail names no sender that could be answered")
	}
	if _, l.replyTo = sender(e, "Reply-To"); l.replyTo == "" {
		l.replyTo = l.from
	}
	l.subject = bots.Plain(storable(headerOf(e, "Subject")), 500)
	if ids := messageIDs(e.GetHeader("Message-ID")); len(ids) > 0 {
		l.id = ids[0]
	}
	l.refs = refs(e, l.id)
	l.trace, l.cc = traceOf(raw), others(e)
	l.sent = sentAt(e.GetHeader("Date"), l.trace.received)
	in := contentOf(root, 0)
	l.text, l.attachments = shortened(asked(in.text, l)), in.files
	if l.attachments == nil {
		l.attachments = []string{}
	}
	if l.lists = listsOf(e); len(l.lists) > 0 {
		if _, l.original = sender(e, "X-Original-From"); l.original == "" {
			_, l.original = sender(e, "X-Original-Sender")
		}
	}
	if l.auto, l.byList = automatic(e, l); answersInvitation(in.calendar) && !asksBeside(l.text) {
		l.auto, l.byList = true, false
		l.rule = "It answers an invitation of a calendar."
	} else if l.auto {
		l.rule = autoRule(e, l)
	}
	if l.report = reportOf(root, e, l); l.report.failed {
		l.auto, l.byList = true, false
	}
	sum := sha256.Sum256([]byte(l.from + "\x00" + l.subject + "\x00" + strings.Join(strings.Fields(l.text), " ")))
	l.digest = hex.EncodeToString(sum[:8])
	return l, nil
}

// storable drops what a text column cannot hold.
func storable(s string) string { return strings.ReplaceAll(mended(s), "\x00", "") }

// asked is what a mail says: its subject too where nothing else does, as in a mail of
// a subject alone, or with no more than a signature below it.
func asked(said string, l letter) string {
	if hasWords(said) || len(l.refs) > 0 || l.subject == "" || replyPrefix.MatchString(l.subject) || strings.Contains(said, "[not read: ") {
		return said
	}
	return strings.TrimSpace(l.subject + "\n\n" + said)
}

// hasWords tells whether a person wrote anything, besides a signature.
func hasWords(said string) bool {
	own := strings.TrimSpace(bots.Own(said))
	first, _, _ := strings.Cut(own, "\n")
	return own != "" && strings.TrimSpace(first) != "--"
}

// others are whom a mail was addressed to besides.
func others(e *enmime.Envelope) []string {
	out := []string{}
	for _, key := range []string{"To", "Cc"} {
		list, err := enmime.ParseAddressList(clipped(e.GetHeader(key), 20_000))
		if err != nil {
			continue
		}
		for _, a := range list {
			if a == nil {
				continue
			}
			if address := strings.ToLower(storable(a.Address)); valid(address) && !slices.Contains(out, address) && len(out) < maxOthers {
				out = append(out, address)
			}
		}
	}
	return out
}

// maxOthers bounds the addresses that are kept of one mail.
const maxOthers = 50

func clipped(s string, n int) string { return s[:min(len(s), n)] }

// sentAt is when a mail came into the world, by its own head: its Date, or, where the
// writer's clock is slow, when the last server took it. A copy of old mail keeps both.
func sentAt(date string, received []string) (at time.Time) {
	if t, err := mail.ParseDate(strings.TrimSpace(clipped(date, 100))); err == nil {
		at = t
	}
	for _, r := range received[:min(len(received), 1)] {
		if i := strings.LastIndexByte(r, ';'); i >= 0 {
			if t, err := mail.ParseDate(receivedDate(r[i+1:])); err == nil && t.After(at) {
				at = t
			}
		}
	}
	if at.Year() < 1990 {
		return time.Time{}
	}
	return at
}

// receivedDate gives a date in small letters the capitals that it is read by.
func receivedDate(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if w[0] >= 'a' && w[0] <= 'z' && len(w) <= 4 {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
		if i == len(words)-1 { // a zone's name
			words[i] = strings.ToUpper(w)
		}
	}
	return strings.Join(words, " ")
}

// autoRule says in words why nobody wrote a mail.
func autoRule(e *enmime.Envelope, l letter) string {
	kind := strings.ToLower(e.GetHeader("Content-Type"))
	switch {
	case strings.Contains(kind, "disposition-notification"):
		return "It is the receipt of a mail that was read."
	case e.Root.ContentType == "multipart/report" || strings.HasPrefix(l.from, "mailer-daemon@"):
		return "It is a report of delivery."
	case l.byList:
		return "It came by a mailing list or as a circular (" + strings.Join(append(slices.Clone(l.lists), "List-Unsubscribe")[:1], "") + "). If people write by this list, name it in the setting lists."
	case strings.TrimSpace(e.GetHeader("Return-Path")) == "<>":
		return "It has no sender that could be answered (null sender)."
	case e.GetHeader("Auto-Submitted") != "" && !strings.EqualFold(strings.TrimSpace(e.GetHeader("Auto-Submitted")), "no"):
		return "Its head says that a machine wrote it (Auto-Submitted: " + bots.Plain(storable(e.GetHeader("Auto-Submitted")), 40) + ")."
	}
	return "It is an automatic reply."
}

var bareAddress = regexp.MustCompile(`[^\s<>()",;:@]{1,64}@[^\s<>()",;:@]{1,190}`)

var (
	comment  = regexp.MustCompile(`\((?:[^()\\]|\\.)*\)`)
	looseDot = regexp.MustCompile(`\s*([.@])\s*`)
)

// sender is the first address in a header, also in one that is not written well.
func sender(e *enmime.Envelope, key string) (name, address string) {
	v := headerOf(e, key)
	if v == "" || len(v) > 10_000 {
		return "", ""
	}
	if list, err := enmime.ParseAddressList(v); err == nil && len(list) > 0 && list[0] != nil {
		name, address = list[0].Name, list[0].Address
	}
	if !valid(address) {
		if strings.Contains(v, "(") { // the form of old: pete(his account)@machine . example
			v = looseDot.ReplaceAllString(comment.ReplaceAllString(v, ""), "$1")
		}
		name, address = "", bareAddress.FindString(v)
	}
	if address = strings.ToLower(storable(address)); !valid(address) {
		return "", ""
	}
	return bots.Plain(storable(name), 200), address
}

// valid tells whether an address can be written into a header and an envelope.
func valid(address string) bool {
	if len(address) > 254 || strings.ContainsAny(address, "\r\n<>\x00 ") {
		return false
	}
	a, err := mail.ParseAddress("<" + address + ">")
	return err == nil && a.Address == address
}

var idForm = regexp.MustCompile(`<([^<>\s]{1,200})>`)

// messageIDs lists the identifiers in a header, without <>.
func messageIDs(v string) (out []string) {
	v = storable(v)
	for _, m := range idForm.FindAllStringSubmatch(v[:min(len(v), 40_000)], 1000) {
		if bots.ValidID(m[1]) {
			out = append(out, m[1])
		}
	}
	if v = strings.TrimSpace(v); len(out) == 0 && v != "" && len(v) <= 200 && !strings.ContainsAny(v, " \t<>") && bots.ValidID(v) {
		out = []string{v} // without <>, as some programs write it
	}
	return out
}

// refs are the mails that this one answers, the thread's first one first.
func refs(e *enmime.Envelope, own string) []string {
	out := []string{}
	for _, id := range append(messageIDs(e.GetHeader("References")), messageIDs(e.GetHeader("In-Reply-To"))...) {
		if id != own && !slices.Contains(out, id) {
			out = append(out, id)
		}
		if len(out) == 4*maxRefs {
			break
		}
	}
	if len(out) > maxRefs {
		out = append(out[:1:1], out[len(out)-maxRefs+1:]...)
	}
	return out
}

// answersInvitation tells whether a calendar sent a mail about an event that it
// knows: nobody asks anything by it.
func answersInvitation(method string) bool {
	switch method {
	case "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH":
		return true
	}
	return false
}

// asksBeside tells whether somebody put a question into the answer to an invitation.
func asksBeside(said string) bool {
	return strings.ContainsAny(bots.Own(said), "?？؟")
}

// listHeaders are what lists add to the mail of people.
var listHeaders = []string{"List-Id", "List-Post", "List-Help", "List-Unsubscribe"}

// automatic tells whether nobody wrote the mail: by its headers, and delivery
// reports and lists by theirs. byList: only the headers of lists say so.
func automatic(e *enmime.Envelope, l letter) (auto, byList bool) {
	bare := maps.Clone(e.Root.Header)
	for _, key := range listHeaders {
		bare.Del(key)
	}
	if p := strings.ToLower(strings.TrimSpace(bare.Get("Precedence"))); p == "list" || p == "bulk" {
		bare.Del("Precedence")
	}
	if bots.AutoReply(bare, l.subject, l.text) || e.Root.ContentType == "multipart/report" {
		return true, false
	}
	// A sender of campaigns, also through a list by which people write.
	if e.GetHeader("Feedback-Id") != "" && e.GetHeader("List-Unsubscribe") != "" && bots.AutoReply(textproto.MIMEHeader{"Precedence": {"bulk"}}, l.subject, l.text) {
		return true, false
	}
	for _, key := range []string{"List-Id", "List-Post", "List-Help"} {
		if e.GetHeader(key) != "" {
			return true, true
		}
	}
	auto = bots.AutoReply(e.Root.Header, l.subject, l.text)
	return auto, auto
}

var listID = regexp.MustCompile(`<([^<>\s]{1,200})>`)

// listsOf names the lists that a mail came by: the List-Id, and the address that
// it is posted to.
func listsOf(e *enmime.Envelope) (out []string) {
	for _, key := range []string{"List-Id", "List-Post"} {
		v := strings.ToLower(storable(e.GetHeader(key)))
		v = v[:min(len(v), 2000)]
		if m := listID.FindStringSubmatch(v); m != nil {
			v = m[1]
		}
		if v = strings.TrimPrefix(strings.TrimSpace(v), "mailto:"); v != "" && len(v) <= 200 {
			out = append(out, v)
		}
	}
	return out
}
