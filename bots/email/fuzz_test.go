package email

import (
	"strings"
	"testing"
	"unicode/utf8"

	"footnote/bots"
	"footnote/bots/bottest"
)

// FuzzParse: whatever the bytes, a mail is read or refused with a reason, and
// what is read can be stored, shown and answered.
func FuzzParse(f *testing.F) {
	bottest.BadRows(f, "email_torture.jsonl", func(r struct{ B64 []byte }) {
		if len(r.B64) < 4096 {
			f.Add(r.B64)
		}
	})
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := parse(raw)
		if err != nil {
			if len(err.Error()) > 400 {
				t.Fatalf("a long reason: %v", err)
			}
			return
		}
		for _, s := range append([]string{l.id, l.from, l.replyTo, l.name, l.subject, l.text}, append(l.refs, l.attachments...)...) {
			if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
				t.Fatalf("cannot be stored: %q", s)
			}
		}
		if !valid(l.from) || !valid(l.replyTo) || l.id != "" && !bots.ValidID(l.id) || len(l.refs) > maxRefs || len(l.text) > maxText+80 {
			t.Fatalf("%+v", l)
		}
		for _, a := range l.attachments {
			if strings.ContainsAny(a, "/\\\n") {
				t.Fatalf("attachment %q", a)
			}
		}
	})
}
