package slack

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"footnote/bots/bottest"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// TestBadQuestions: whatever people type or outsiders wrote, through command,
// mention, shortcut and Home: nothing pings, links or unfurls, every request
// ends, and the words are kept whole.
func TestBadQuestions(t *testing.T) {
	t.Parallel()
	inputs := badInputs(t)
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
			if err := s.slack.Shortcut(s.ctx, "U3GRETE", shortcutDraft, bottest.SlackMessage{Channel: lounge, TS: "1.1", User: "U5RIVAL", Text: in}, 0); err != nil {
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
		s.chat.showHome(s.ctx, "U1ADA", "")
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
		if in := storable(strings.ToValidUTF8(b.Text, "\uFFFD")); !kept[in] {
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

// TestSurfaceLimits: whatever stands in an answer or a list, both layouts keep
// Slack's limits.
func TestSurfaceLimits(t *testing.T) {
	t.Parallel()
	words := rapid.OneOf(rapid.String(), rapid.Just(strings.Repeat("<&>", 1500)), rapid.Just(strings.Repeat("👩‍👩‍👧", 300)), rapid.Just(""), rapid.Just("\n\n "))
	rapid.Check(t, func(t *rapid.T) {
		s := func(name string) string { return words.Draw(t, name) }
		d := typical().Draft
		d.Sentences = nil
		for range rapid.IntRange(0, 30).Draw(t, "sentences") {
			d.Sentences = append(d.Sentences, pipeline.Sentence{Text: s("sentence"), Plain: rapid.Bool().Draw(t, "plain")})
		}
		d.Model, d.Fallback, d.Reduced, d.Hint = s("model"), s("fallback"), s("reduced"), s("hint")
		if rapid.Bool().Draw(t, "abstained") {
			d.Abstained = s("why") + "."
		}
		line := Line{Ticket: pipeline.TicketRef{Desk: "d", ID: s("id")}, Subject: s("subject"), From: s("from"), State: s("state")}
		var lines []Line
		for range rapid.IntRange(0, 40).Draw(t, "lines") {
			lines = append(lines, line)
		}
		sw := Switch{Paused: true, By: s("by"), Reason: s("why paused")}
		work := Work{Switch: sw, Claims: lines, Open: lines, OpenTotal: 99}
		link := func(pipeline.TicketRef) string { return "https://footnote.acme.test/" + strings.Repeat("x", 400) }
		for name, p := range map[string]layout.Page{
			"answer": Answer{Question: s("question"), Draft: d, Reference: "FN-ABCDEFGHIJ", Customer: rapid.Bool().Draw(t, "customer"), Note: s("note"), Alone: s("alone")}.page(),
			"queue":  queuePage(work, link), "say": layout.SayPage(s("say")),
			"status": statusPage(Overview{Switch: sw, Parts: []Part{{s("part"), false, s("detail")}}}),
			"report": reportPage("Report", Figures{Handling: []Duration{{Name: s("kind"), N: 1}}, Outcomes: []Count{{s("outcome"), 3}}, Arrivals: 3}),
		} {
			if _, err := p.Body(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if problems := layout.LintMessage(p.Blocks(false)); len(problems) > 0 {
				t.Fatalf("%s, plain: %q", name, problems)
			}
		}
		h := Home{Name: s("name"), Work: work, Page: link}
		for _, rich := range []bool{true, false} {
			if problems := layout.LintBlocks(h.page().Blocks(rich), layout.MaxViewBlocks); len(problems) > 0 {
				t.Fatalf("home: %q", problems)
			}
		}
	})
}
