package letter

import (
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAutomatic wants precision and recall of at least .98 on messages of both
// kinds in more than 25 languages, and .95 on those that nothing was set on.
func TestAutomatic(t *testing.T) {
	for file, want := range map[string]struct {
		share float64
		each  int
	}{"automatic.txt": {.98, 190}, "automatic_apart.txt": {.95, 75}} {
		hit, missed, alarm, people := 0, 0, 0, 0
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			kind, rest, _ := strings.Cut(strings.ReplaceAll(strings.TrimRight(line, "\n"), `\n`, "\n"), " ")
			if kind != "+" && kind != "-" {
				continue
			}
			subject, body, _ := strings.Cut(rest, " |")
			switch got := Automatic(nil, subject, strings.TrimSpace(body)); {
			case kind == "+" && got:
				hit++
			case kind == "+":
				missed++
				t.Logf("%s: missed: %q", file, rest)
			case got:
				alarm++
				t.Logf("%s: a person: %q", file, rest)
			default:
				people++
			}
		}
		precision, recall := float64(hit)/float64(max(1, hit+alarm)), float64(hit)/float64(max(1, hit+missed))
		t.Logf("%s: %d automatic, %d by people: precision %.3f, recall %.3f", file, hit+missed, people+alarm, precision, recall)
		if precision < want.share || recall < want.share || people+alarm < want.each || hit+missed < want.each {
			t.Errorf("%s: precision %.3f, recall %.3f", file, precision, recall)
		}
	}
}

// TestWorldAutomaticHeaders: what headers say, and what they do not.
func TestWorldAutomaticHeaders(t *testing.T) {
	t.Parallel()
	const form = "Name: Kim Vale\nEmail: kim@home.example\nMessage: How do I reset my password?"
	for _, c := range []struct {
		header, subject, body string
		want                  bool
	}{
		{"Auto-Submitted: auto-replied", "Odsutnost", "Nema me.", true}, {"Auto-Submitted: auto-generated (failure)", "x", "x", true}, {"Auto-Submitted: no", "x", "x", false},
		{"Auto-Submitted: auto-forwarded", "Parcel", "Where is it?", false}, {"Auto-Submitted: auto-generated", "New submission", form, false}, {"Precedence: bulk", "New submission", form, false},
		{"X-Autoreply: yes", "x", "x", true}, {"X-Autoreply: no", "x", "x", false}, {"X-Autorespond: x", "x", "x", true}, {"X-Post-Messageclass: 9; Autoresponder", "x", "x", true},
		{"Precedence: auto_reply", "x", "x", true}, {"Precedence: junk", "x", "x", true}, {"Precedence: first-class", "x", "x", false},
		{"X-Auto-Response-Suppress: All", "Parcel", "Where is it?", false}, {"X-Auto-Response-Suppress: OOF, AutoReply", "Re: Parcel", "Where is it?", false}, {"X-Auto-Response-Suppress: All", "Automatic reply: Parcel", "Where is Kim? Ask Lee.", true},
		{"Return-Path: <>", "x", "x", true}, {"Return-Path: <kim@home.example>", "x", "x", false}, {"From: MAILER-DAEMON@mx.example", "x", "x", true},
		{"Content-Type: multipart/report; report-type=delivery-status; boundary=B", "x", "x", true}, {"Feedback-Id: 1.eu-west-1.x:AmazonSES", "Parcel", "Where is it?", false},
		{"X-Ms-Exchange-Generated-Message-Source: Mailbox Rules Agent", "x", "x", true}, {"X-Failed-Recipients: a@b.example", "x", "x", true}, {"X-Fc-Machinegenerated: true", "x", "x", true},
	} {
		h := textproto.MIMEHeader{}
		key, value, _ := strings.Cut(c.header, ": ")
		h.Set(key, value)
		if got := Automatic(h.Get, c.subject, c.body); got != c.want {
			t.Errorf("%s, %q: %v", c.header, c.subject, got)
		}
	}
}

// TestWorldAutomaticCases reads the subjects and tickets of ../shared/cases.
func TestWorldAutomaticCases(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]bool{"15-auto-reply-missed/subjects.txt": true, "16-auto-reply-false-alarm/tickets.txt": false} {
		raw, err := os.ReadFile(filepath.Join("../../../../shared/cases", file))
		if os.IsNotExist(err) {
			t.Skip("no ../shared/cases")
		} else if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			subject, body, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "Subject: "), " | ")
			if subject != "" && Automatic(nil, strings.TrimSuffix(subject, " (mail)"), body) != want {
				t.Errorf("%q: automatic is %v", line, !want)
			}
		}
	}
}
