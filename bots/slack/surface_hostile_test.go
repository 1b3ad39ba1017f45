package slack

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode"

	"footnote/bots/bottest"
	"footnote/bots/slack/client"
	"footnote/bots/slack/requests"
)

// TestBadQuestions: whatever people type or outsiders wrote, through command,
// mention, shortcut and Home: nothing pings, links or unfurls, every request
// ends, and the words are kept whole.
func TestBadQuestions(t *testing.T) {
	t.Parallel()
	inputs := bottest.BadInputs(t)
	s := newSalon(t, "http") // a socket without pings would not live as long as this may take
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	s.ctx = ctx
	const batch = 25
	n := 0
	for from := 0; from < len(inputs); from += batch {
		for _, b := range inputs[from:min(len(inputs), from+batch)] {
			in := strings.ToValidUTF8(b.Text, "\uFFFD") // JSON and forms carry no broken bytes
			s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: in})
			s.command("U2ALAN", "ask "+in)
			if err := s.slack.Shortcut(s.ctx, "U3GRETE", requests.ShortcutDraft, bottest.SlackMessage{Channel: lounge, TS: "1.1", User: "U5RIVAL", Text: in}, 0); err != nil {
				t.Fatal(err)
			}
			n += 3
		}
		s.ended(n)
	}
	messages := s.answers(lounge)
	for _, user := range []string{"U1ADA", "U2ALAN", "U3GRETE"} {
		for _, w := range s.slack.Whispers(user) {
			messages = append(messages, w.Message())
		}
	}
	if len(messages) < 2*len(inputs) {
		t.Errorf("%d answers for %d mentions and commands", len(messages), 2*len(inputs))
	}
	// Lists of a Home tab and of a queue hold what customers wrote.
	for _, b := range inputs {
		s.desk.evil = b.Text
		s.chat.requests.ShowHome(s.ctx, "U1ADA", "")
		messages = append(messages, s.slack.HomeMessage("U1ADA"))
		s.desk.evil = ""
	}
	if v, ok := s.slack.View("U3GRETE"); ok {
		for _, raw := range v.Versions {
			messages = append(messages, bottest.SlackMessage{Blocks: raw})
		}
	}
	for _, m := range messages {
		harmless(t, m)
	}
	kept := map[string]bool{}
	rows, err := s.pool.Query(s.ctx, `SELECT text FROM slack_requests`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var x string
		if err := rows.Scan(&x); err != nil {
			t.Fatal(err)
		}
		kept[strings.TrimPrefix(x, "ask ")] = true
	}
	for _, b := range inputs {
		if in := client.Storable(strings.ToValidUTF8(b.Text, "\uFFFD")); !kept[in] {
			t.Errorf("lost: %q", in)
		}
	}
}

// harmless checks that nothing of the message acts by itself.
func harmless(t *testing.T, m bottest.SlackMessage) {
	t.Helper()
	if p := m.Pings(); len(p) > 0 {
		t.Errorf("pings %q", p)
	}
	if m.Unfurl && m.TS != "" {
		t.Error("may unfurl")
	}
	for _, l := range m.Links() {
		if !strings.HasPrefix(l.URL, "https://help.acme.test/p") && !strings.HasPrefix(l.URL, "https://footnote.acme.test/tickets/sandbox/") {
			t.Errorf("links %v", l)
		}
	}
	for _, s := range append(m.Strings(), m.Text) {
		for _, r := range s {
			if r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Noncharacter_Code_Point) || r == '\u200B' || r == '\uFEFF' || r >= 0xE0000 && r <= 0xE007F {
				t.Errorf("%U is in %q", r, s)
			}
		}
	}
}
