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
	in := contentOf(root, 0)
	l.text, l.attachments = shortened(in.text), in.files
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
	}
	sum := sha256.Sum256([]byte(l.from + "\x00" + l.subject + "\x00" + strings.Join(strings.Fields(l.text), " ")))
	l.digest = hex.EncodeToString(sum[:8])
	return l, nil
}

// storable drops what a text column cannot hold.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

var bareAddress = regexp.MustCompile(`[^\s<>()",;:@]{1,64}@[^\s<>()",;:@]{1,190}`)

var (
	comment  = regexp.MustCompile(`\((?:[^()\\]|\\.)*\)`)
	looseDot = regexp.MustCompile(`\s*([.@])\s*`)
)

// sender is the first address in a header, also in one that is not written well.
func sender(e *enmime.Envelope, key string) (name, address string) {
	v := e.GetHeader(key)
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
