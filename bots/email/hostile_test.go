package email

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/emersion/go-message/mail"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

// TestHostileTexts: whatever a customer writes, as text, HTML and subject, is
// one mail that can be stored, told and answered.
func TestHostileTexts(t *testing.T) {
	_, d := open(t)
	n := 0
	row := func(r struct {
		Text string
		B64  []byte
	}) {
		body := r.B64
		if len(body) == 0 {
			body = []byte(r.Text)
		}
		n++
		b64 := base64.StdEncoding.EncodeToString(body)
		for _, kind := range []string{"text/plain", "text/html"} {
			l, err := parse(say("From: ada@example.org\nMessage-ID: <a@x>\nSubject: =?utf-8?b?"+b64+"?=\nContent-Type: "+kind+"; charset=utf-8\nContent-Transfer-Encoding: base64", b64))
			if err != nil || l.id != "a@x" || !utf8.ValidString(l.text+l.subject) || strings.Contains(l.text+l.subject, "\x00") || strings.ContainsAny(l.subject, "\r\n") {
				t.Errorf("%.80q: %+v, %v", body, l, err)
				continue
			}
			r := row{letter: l, message: l.id, ticket: TicketID(l.id), role: pipeline.RoleCustomer, at: d.c.Now()}
			e := d.event(r, d.c.Now())
			if got, err := pipeline.Decode[pipeline.Received](e); err != nil || got.Message == nil || got.Message.Text != l.text {
				t.Errorf("%.80q: told as %+v, %v", body, got, err)
			}
			raw, err := d.compose(row{letter: letter{id: "b@x"}}, post(d.ref("x")), mail.Address{Address: l.replyTo}, []row{r})
			if err != nil || strings.Count(string(raw), "\r\n\r\n") != 1 {
				t.Errorf("%.80q: the answer is %q, %v", body, raw, err)
			}
		}
	}
	found := bottest.BadRows(t, "naughty_strings.jsonl", row)
	bottest.BadRows(t, "unicode.jsonl", row)
	bottest.BadRows(t, "html_xss.jsonl", row)
	if !found {
		t.Skip("no ../shared/data")
	}
	t.Logf("%d hostile texts", n)
}

// TestBadBodies: what is no mail is refused with a reason.
func TestBadBodies(t *testing.T) {
	for _, raw := range bottest.BadBodies(t) {
		if l, err := parse(raw); pipeline.KindOf(err) != pipeline.Invalid || len(bots.Plain(err.Error(), 1000)) > 300 {
			t.Errorf("%.80q: %+v, %v", raw, l, err)
		}
	}
}
