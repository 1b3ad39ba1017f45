package email

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

// told is what one look of the watcher publishes.
func told(t *testing.T, d *Desk) (out []pipeline.Event) {
	t.Helper()
	if err := d.tell(t.Context(), func(_ context.Context, e pipeline.Event) error { out = append(out, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func toldKind(t *testing.T, e pipeline.Event) string {
	r, err := pipeline.Decode[pipeline.Received](e)
	if err != nil {
		t.Fatal(err)
	}
	return r.Kind
}

// TestGone: mail that is archived, deleted or marked as deleted is told of, once, and
// only when none of its ticket is left.
func TestGone(t *testing.T) {
	for name, remove := range map[string]func(m *bottest.Email, root string){
		"archived":          func(m *bottest.Email, root string) { m.Archive(root, "Archive") },
		"marked as deleted": func(m *bottest.Email, root string) { m.Mark(root, string(imap.FlagDeleted), true) },
		"deleted":           func(m *bottest.Email, root string) { m.Remove("INBOX", false) },
	} {
		t.Run(name, func(t *testing.T) {
			m, d := open(t)
			root := m.Begin(bottest.Said{Text: "How?"})
			if name != "deleted" {
				m.Begin(bottest.Said{Text: "Another?"})
			}
			told(t, d)
			if _, err := d.Post(t.Context(), post(d.ref(TicketID(root)))); err != nil { // whose copy stays
				t.Fatal(err)
			}
			told(t, d)
			m.Clock.Advance(time.Minute)
			remove(m, root)
			events := told(t, d)
			if len(events) != 1 || events[0].Ticket != TicketID(root) || toldKind(t, events[0]) != bots.KindChange {
				t.Fatalf("told %+v", events)
			}
			if _, err := d.Thread(t.Context(), d.ref(TicketID(root))); pipeline.KindOf(err) != pipeline.NotFound {
				t.Errorf("it is still there: %v", err)
			}
			if again := told(t, d); len(again) != 0 {
				t.Errorf("told again: %+v", again)
			}
			m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "It is back, why?"})
			if events = told(t, d); len(events) != 1 || toldKind(t, events[0]) != bots.KindMessage {
				t.Errorf("new mail: %+v", events)
			}
			read(t, d, d.ref(TicketID(root)))
		})
	}
}

// TestGonePart: a mail of several that is taken out ends nothing.
func TestGonePart(t *testing.T) {
	m, d := open(t)
	root := m.Begin(bottest.Said{Text: "How?"})
	told(t, d)
	m.Mark(root, string(imap.FlagDeleted), true)
	m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "And why?"})
	if events := told(t, d); len(events) != 1 || toldKind(t, events[0]) != bots.KindMessage {
		t.Errorf("told %+v", events)
	}
}

// TestAnswered: a reply marks what it answers as read and answered, and nothing else.
func TestAnswered(t *testing.T) {
	m, d := open(t)
	root := m.Begin(bottest.Said{Text: "How?"})
	m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "Hello?"})
	other := m.Begin(bottest.Said{Text: "Where?"})
	if _, err := d.Post(t.Context(), post(d.ref(TicketID(root)))); err != nil {
		t.Fatal(err)
	}
	m.Clock.Advance(2 * time.Second)
	later := m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "And now?"})
	told(t, d)
	for _, b := range m.Box("INBOX") {
		raw := string(b.Raw)
		want := !strings.Contains(raw, "<"+other+">") && !strings.Contains(raw, "Message-ID: <"+later+">") && strings.Contains(raw, "ada@example.org>\r\n")
		if !strings.HasPrefix(raw, "From: Ada") {
			continue
		}
		if got := slices.Contains(b.Flags, imap.FlagAnswered) && slices.Contains(b.Flags, imap.FlagSeen); got != want {
			t.Errorf("answered %v, want %v: %v\n%.200s", got, want, b.Flags, raw)
		}
	}
}

// TestLarge: what stands behind a large file is read, and the file's name is known.
func TestLarge(t *testing.T) {
	m, d := open(t)
	big := strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", maxMail/78+1000)
	file := "Content-Type: video/mp4; name=clip.mp4\nContent-Disposition: attachment; filename=clip.mp4\nContent-Transfer-Encoding: base64\n\n"
	for i, c := range []struct{ kind, before, after, want string }{
		{"mixed", "Look:", "Why is it red?", "Look:\n\nWhy is it red?"}, {"mixed", "", "Why is it red?", "Why is it red?"}, {"related", "Where?", "", "Where?"},
	} {
		id := fmt.Sprintf("large-%d@x", i)
		body := "--B\n"
		if c.before != "" {
			body += "Content-Type: text/plain; charset=utf-8\n\n" + c.before + "\n--B\n"
		}
		body += file + "FILE\n--B"
		if c.after != "" {
			body += "\nContent-Type: multipart/alternative; boundary=C\n\n--C\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" + c.after + "\n--C--\n\n--B"
		}
		raw := strings.Replace(string(say("From: ada@example.org\nSubject: Red light\nMessage-ID: <"+id+">\nMIME-Version: 1.0\nContent-Type: multipart/"+c.kind+"; boundary=B", body+"--\n")), "FILE", big, 1)
		m.Put("INBOX", []byte(raw))
		got := read(t, d, d.ref(TicketID(id))).Messages[0]
		if strings.TrimSpace(got.Text) != c.want || len(got.Attachments) != 1 || got.Attachments[0] != "clip.mp4" {
			t.Errorf("%d: %q, %q", i, got.Text, got.Attachments)
		}
	}
	m.Put("INBOX", append(say("From: ada@example.org\nSubject: Log\nMessage-ID: <long@x>", "Why?\n"), []byte(strings.Repeat("a line of a log\r\n", maxMail/17+1000))...))
	if got := read(t, d, d.ref(TicketID("long@x"))).Messages[0]; !strings.HasPrefix(got.Text, "Why?") || !strings.Contains(got.Text, "[not read: ") {
		t.Errorf("%.40q … %q", got.Text, got.Text[max(0, len(got.Text)-120):])
	}
}

// TestWorldAge: how old a mail is its own head says, not the time at which a server
// got a copy of it.
func TestWorldAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	stamp := func(ago time.Duration) string { return now.Add(-ago).Format(time.RFC1123Z) }
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		head string
		old  bool
	}{
		"today":                        {"Date: " + stamp(time.Minute), false},
		"last year":                    {"Date: " + stamp(400*day), true},
		"a month":                      {"Date: " + stamp(30*day), true},
		"six days":                     {"Date: " + stamp(6*day), true},
		"late by three days":           {"Date: " + stamp(3*day), false},
		"a slow clock, taken today":    {"Received: from x by y with ESMTP; " + stamp(time.Second) + "\nDate: " + stamp(5000*day), false},
		"old, and taken then":          {"Received: from x by y with ESMTP; " + stamp(90*day) + "\nDate: " + stamp(90*day), true},
		"a fast clock":                 {"Date: " + stamp(-400*day), false},
		"no date":                      {"X-Other: 1", false},
		"a date that is none":          {"Date: yesterday", false},
		"an empty date":                {"Date:", false},
		"from the beginning of time":   {"Date: Thu, 01 Jan 1970 00:00:00 +0000", false},
		"without a weekday":            {"Date: 1 Mar 2025 10:00:00 +0100", true},
		"with a zone's name":           {"Date: Sat, 1 Mar 2025 10:00:00 GMT", true},
		"with a comment":               {"Date: Sat, 1 Mar 2025 10:00:00 +0000 (UTC)", true},
		"Received folded":              {"Received: from x\n\tby y with ESMTP id 1\n\tfor <a@b>;\n\t" + stamp(time.Second) + "\nDate: " + stamp(700*day), false},
		"two lines of Received, moved": {"Received: by b; " + stamp(40*day) + "\nReceived: by a; " + stamp(41*day) + "\nDate: " + stamp(41*day), true},
	} {
		id := strings.ReplaceAll(name, " ", "-") + "@x"
		m := bottest.NewEmail(t)
		d := desk(t, m, func(c *Config) { c.Name = id })
		told(t, d) // the first look is over
		m.Begin(bottest.Said{Text: "x"})
		told(t, d)
		m.Put("INBOX", say("From: ada@example.org\nSubject: Kettle\nMessage-ID: <"+id+">\n"+c.head, "How?"))
		got := read(t, d, d.ref(TicketID(id))).Messages[0]
		if (got.Role == pipeline.RoleSystem) != c.old || strings.Contains(got.Skipped, "old mail") != c.old {
			t.Errorf("%s: %s, %q, at %s", name, got.Role, got.Skipped, got.At)
		}
		first := desk(t, m, func(c *Config) { c.Name, c.Pool = "moved-"+id, d.c.Pool }) // which moved here
		events := told(t, first)
		if slices.ContainsFunc(events, func(e pipeline.Event) bool { return e.Ticket == TicketID(id) }) == (c.old || strings.HasPrefix(name, "late")) { // the first look goes back an hour
			t.Errorf("%s: at the first look: %d events", name, len(events))
		}
	}
}
