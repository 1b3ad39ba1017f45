package slack

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/presses"
	"footnote/bots/slack/requests"
	"footnote/pipeline"
)

// TestMention: a mention is answered once in its thread with sources, whatever
// is delivered again; a status is shown meanwhile and nothing unchecked.
func TestMention(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		ask := bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "<@" + bottest.SlackBotUser + "> how long do refunds take &amp; who pays?"}
		ask.ID = s.mention(ask)
		for retry := range 3 {
			ask.Retry = retry + 1
			s.mention(ask)
		}
		m := s.answered(lounge, "refunds reach your card within five days.", "[1]", "Refunds › How long it takes", "INTERNAL", "reference FN-")
		if m.ThreadTS != ask.ID || m.Unfurl || len(m.Pings()) > 0 {
			t.Errorf("thread %s, unfurl %v, pings %v", m.ThreadTS, m.Unfurl, m.Pings())
		}
		if contains(m.Strings(), "Hello Grace") {
			t.Error("a colleague is greeted like a customer")
		}
		if got := s.ended(1); got[0] != "mention answered" {
			t.Errorf("ended %v", got)
		}
		q := s.knows.questions()
		if len(q) != 1 || q[0].Text != "how long do refunds take & who pays?" || !q[0].Internal || q[0].By.ID != ada.ID {
			t.Errorf("asked %+v", q)
		}
		if st := s.slack.Statuses(); len(st) != 1 || st[0].Status != requests.WaitWords || st[0].Thread != ask.ID {
			t.Errorf("statuses %v", st)
		}
		if len(m.Versions) != 1 {
			t.Errorf("%d versions: an answer is shown whole or not at all", len(m.Versions))
		}
	})
}

// TestPlaceholder: where Slack has no status, a message stands in for it and
// becomes the answer.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket")
	s.slack.WithoutStatus()
	gate := make(chan struct{})
	s.knows.gate = gate
	s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"})
	s.answered(lounge, requests.WaitWords)
	close(gate)
	if m := s.answered(lounge, "within five days"); len(m.Versions) != 2 {
		t.Errorf("%d versions", len(m.Versions))
	}
	s.mention(bottest.SlackAsk{User: "U1ADA", Channel: "D1ADA", Text: "refunds?"})
	s.answered("D1ADA", "within five days")
	if n := len(s.slack.Calls("assistant.threads.setStatus")); n != 1 {
		t.Errorf("asked for a status %d times after it was refused", n)
	}
	// A refusal takes the waiting words away: it is private.
	s.mention(bottest.SlackAsk{User: "U6NOBODY", Channel: lounge, Text: "refunds?"})
	s.heard("U6NOBODY", "no Footnote account")
	s.ended(3)
	if n := len(s.answers(lounge)); n != 1 {
		t.Errorf("%d messages in the channel, want the one answer", n)
	}
}

// TestAbstentionAndErrors: what has no answer says why with the nearest
// sources; what fails carries a reference whose cause is kept.
func TestAbstentionAndErrors(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		s.knows.none = true
		s.mention(bottest.SlackAsk{User: "U1ADA", Channel: "D1ADA", Text: "do you sell hats?"})
		s.answered("D1ADA", "No answer", "No source speaks of it.", "Nearest sources", "Refunds")
		s.knows.none = false
		s.knows.fail = []error{errors.New("index on fire at 10.0.0.7"), pipeline.Errorf(pipeline.Unavailable, "The knowledge cannot be searched right now.")}
		s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "one"})
		first := s.heard("U1ADA", "Something went wrong", "Reference FN-", "footnote trace FN-")
		if contains(first.Message().Strings(), "fire") {
			t.Error("the cause is shown to people")
		}
		s.command("U1ADA", "ask two")
		s.heard("U1ADA", "cannot be searched", "Reference FN-")
		got := s.ended(3)
		if !slices.Equal(got, []string{"direct abstained", "mention failed", "command failed"}) {
			t.Errorf("ended %v", got)
		}
		var cause string
		ref := first.Text[strings.Index(first.Text, "FN-"):][:13]
		if err := s.pool.QueryRow(s.ctx, `SELECT cause FROM slack_requests WHERE ref = $1`, ref).Scan(&cause); err != nil || !strings.Contains(cause, "on fire") {
			t.Errorf("the cause of %s is %q (%v)", ref, cause, err)
		}
	})
}

// TestRefusals: guests, outsiders, bots, unmapped people and empty questions are
// told privately why; nothing is asked for them.
func TestRefusals(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		for user, why := range map[string]string{"U4GUEST": "Guests may not", "U6NOBODY": "no Footnote account for nobody@acme.test", "U7ROBOT": "Only people"} {
			s.mention(bottest.SlackAsk{User: user, Channel: lounge, Text: "refunds?"})
			s.heard(user, why)
			if s.command(user, "status"); user != "U7ROBOT" {
				s.heard(user, why)
			}
		}
		s.mention(bottest.SlackAsk{User: "U5RIVAL", Channel: lounge, Text: "refunds?", Team: "T0OTHER"})
		s.heard("U5RIVAL", "another workspace")
		s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "\u200b\u202e"})
		s.heard("U1ADA", "no words")
		s.command("U1ADA", "pause lunch")
		s.heard("U1ADA", "may not pause")
		s.command("U1ADA", "report")
		s.heard("U1ADA", "may not read reports")
		s.ended(10)
		for _, m := range s.slack.Messages(lounge) {
			if m.Bot == bottest.SlackBot {
				t.Errorf("said in public: %q", m.Strings())
			}
		}
		if len(s.knows.questions()) != 0 || s.desk.turned != 0 {
			t.Errorf("asked %v, turned %d", s.knows.questions(), s.desk.turned)
		}
		// Our own words, other bots' and edits are no requests.
		for _, a := range []bottest.SlackAsk{{User: bottest.SlackBotUser, Bot: bottest.SlackBot}, {User: "U9APP", Bot: "B9"}, {User: "U1ADA", Subtype: "message_changed"}, {User: "USLACKBOT"}} {
			a.Channel, a.Text = "D1ADA", "hello?"
			s.mention(a)
		}
		s.ended(10)
	})
}

// TestCommands: each command's answer is for its author alone.
func TestCommands(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		raw, err := s.slack.Command(s.ctx, bottest.SlackAsk{User: "U3GRETE", Channel: lounge, Text: "how long do refunds take?", ID: "c1"})
		if err != nil || !strings.Contains(string(raw), "Looking in the knowledge") {
			t.Fatalf("ack %s, %v", raw, err)
		}
		for retry := range 3 {
			if _, err := s.slack.Command(s.ctx, bottest.SlackAsk{User: "U3GRETE", Channel: lounge, Text: "how long do refunds take?", ID: "c1", Retry: retry + 1}); err != nil {
				t.Fatal(err)
			}
		}
		s.heard("U3GRETE", "within five days", "how long do refunds take?")
		for text, words := range map[string][]string{
			"status":      {"Drafts are being written.", "model", "does not work", "breaker open", "7 tickets need a person"},
			"queue":       {"Your claims", "Where is my refund?", "Waiting the longest", "7 in all"},
			"report 30":   {"with a draft, measured", "1 min 35 s", "95 %", "too few for an interval", "proposed 80 (67 %)"},
			"help":        {"/footnote ask <question>"},
			"":            {"What Footnote does here"},
			"statsu":      {"no command “statsu”"},
			"report soon": {"no number of days"},
		} {
			s.command("U3GRETE", text)
			s.heard("U3GRETE", words...)
		}
		s.command("U3GRETE", "PAUSE  the knowledge is being rebuilt")
		s.heard("U3GRETE", "Drafting is paused", "Grete Hermann", "the knowledge is being rebuilt")
		s.command("U3GRETE", "resume")
		s.heard("U3GRETE", "Drafting goes on")
		s.ended(10)
		if n := len(s.knows.questions()); n != 1 || s.desk.turned != 2 {
			t.Errorf("asked %d, turned %d", n, s.desk.turned)
		}
		for _, w := range s.slack.Whispers("U3GRETE") {
			if w.Via != "response_url" {
				t.Errorf("%q came by %s", w.Text, w.Via)
			}
		}
	})
}

// TestCommandElsewhere: where the address is used up and the bot may not speak,
// the answer comes as a direct message; a pause that Slack asks for is kept.
func TestCommandElsewhere(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket")
	s.slack.Fail("response_url", bottest.SlackFault{Status: 404})
	if _, err := s.slack.Command(s.ctx, bottest.SlackAsk{User: "U1ADA", Channel: "C0ELSE", Text: "queue"}); err != nil {
		t.Fatal(err)
	}
	s.answered("DU1ADA", "Your claims")
	s.slack.Fail("response_url", bottest.SlackFault{RetryAfter: time.Second})
	s.command("U1ADA", "status")
	s.heard("U1ADA", "Drafts are being written.")
	s.slack.SetChannel("C0GONE", true, true)
	s.mention(bottest.SlackAsk{User: "U2ALAN", Channel: "C0GONE", Text: "refunds?"})
	s.answered("DU2ALAN", "within five days")
	s.ended(3)
	if st := s.chat.Status(); !st.Ready {
		t.Errorf("a channel that cannot be used breaks the connection: %+v", st)
	}
}

// TestShortcut: the form opens before anything is known and then shows a draft
// for the customer, from public sources only.
func TestShortcut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		s.slack.Inject(bottest.SlackMessage{Channel: lounge, User: "U5RIVAL", Text: "Where is my refund?"})
		m := s.slack.Messages(lounge)[0]
		gate := make(chan struct{})
		s.knows.gate = gate
		if err := s.slack.Shortcut(s.ctx, "U1ADA", requests.ShortcutDraft, m, 0); err != nil {
			t.Fatal(err)
		}
		view := func(words ...string) {
			t.Helper()
			s.await("the form says "+strings.Join(words, ", "), func() bool {
				v, ok := s.slack.View("U1ADA")
				return ok && contains(v.Strings(), words...)
			})
		}
		view(requests.WaitWords)
		for range 3 {
			if err := s.slack.Again(s.ctx); err != nil {
				t.Fatal(err)
			}
		}
		close(gate)
		view("Draft of a reply", "Hello Grace,", "within five days", "Where is my refund?", "Refunds")
		s.ended(1)
		if q := s.knows.questions(); len(q) != 1 || q[0].Internal {
			t.Errorf("asked %+v", q)
		}
		if v, _ := s.slack.View("U1ADA"); contains(v.Strings(), "INTERNAL") {
			t.Error("an internal source in a draft for a customer")
		}
		// Too late for a form: the draft comes as a private message.
		if err := s.slack.Shortcut(s.ctx, "U2ALAN", requests.ShortcutDraft, m, 4*time.Second); err != nil {
			t.Fatal(err)
		}
		s.heard("U2ALAN", "Draft of a reply", "within five days")
		// A form closed meanwhile asks for nothing more; a refusal stands in it.
		if err := s.slack.Shortcut(s.ctx, "U4GUEST", requests.ShortcutDraft, m, 0); err != nil {
			t.Fatal(err)
		}
		s.await("the guest reads why", func() bool {
			v, ok := s.slack.View("U4GUEST")
			return ok && contains(v.Strings(), "Guests may not")
		})
		s.knows.none = true
		if err := s.slack.Shortcut(s.ctx, "U1ADA", requests.ShortcutDraft, m, 0); err != nil {
			t.Fatal(err)
		}
		view("No answer", "No source speaks of it.")
		if got := s.ended(4); !slices.Equal(got, []string{"shortcut answered", "shortcut answered", "shortcut refused", "shortcut abstained"}) {
			t.Errorf("ended %v", got)
		}
	})
}

// TestShortcutClosed: whoever closes the form needs no answer any more.
func TestShortcutClosed(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket")
	s.slack.Inject(bottest.SlackMessage{Channel: lounge, User: "U5RIVAL", Text: "Where is my refund?"})
	gate := make(chan struct{})
	s.knows.gate = gate
	if err := s.slack.Shortcut(s.ctx, "U1ADA", requests.ShortcutDraft, s.slack.Messages(lounge)[0], 0); err != nil {
		t.Fatal(err)
	}
	s.await("the form is open", func() bool { _, ok := s.slack.View("U1ADA"); return ok })
	s.slack.CloseView("U1ADA")
	close(gate)
	s.ended(1)
	if n := len(s.slack.Whispers("U1ADA")); n != 0 {
		t.Errorf("told %d times after closing", n)
	}
}

// TestHome: the Home tab shows a person's work, and why when it cannot.
func TestHome(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		open := func(id, user string) {
			t.Helper()
			for retry := range 3 {
				if err := s.slack.Event(s.ctx, id, map[string]any{"type": "app_home_opened", "user": user, "tab": "home", "channel": "D1"}, retry); err != nil {
					t.Fatal(err)
				}
			}
		}
		home := func(user string, words ...string) {
			t.Helper()
			s.await("home says "+strings.Join(words, ", "), func() bool { return contains(s.slack.HomeMessage(user).Strings(), words...) })
		}
		open("E1", "U1ADA")
		home("U1ADA", "Your claims", "Ada Lovelace, as of", "Where is my refund?", "Waiting for anybody", "7 in all", "Your week", "12", "approved as drafted", "1 min 35 s")
		idle(s.chat)
		if n := len(s.slack.Calls("views.publish")); n != 1 {
			t.Errorf("published %d times for three deliveries", n)
		}
		open("E2", "U4GUEST")
		home("U4GUEST", "Guests may not")
		s.desk.fail = errors.New("disk on fire")
		open("E3", "U2ALAN")
		home("U2ALAN", "Something went wrong", "Reference FN-")
		if got := s.ended(1); got[0] != "home failed" {
			t.Errorf("ended %v", got)
		}
		s.desk.fail = nil
		before := len(s.slack.Calls("views.publish"))
		s.chat.requests.RefreshHomes(s.ctx)
		if n := len(s.slack.Calls("views.publish")); n != before {
			t.Errorf("%d Home tabs shown again although nothing changed", n-before)
		}
		s.chat.requests.QueueChanged()
		s.chat.requests.RefreshHomes(s.ctx)
		home("U2ALAN", "Alan Turing, as of")
		s.slack.Fail("views.publish", bottest.SlackFault{RetryAfter: time.Second})
		before = len(s.slack.Calls("views.publish"))
		open("E4", "U2ALAN")
		s.await("the Home tab is shown after the pause that Slack asked for", func() bool { return len(s.slack.Calls("views.publish")) >= before+2 })
		home("U2ALAN", "Alan Turing, as of")
	})
}

// TestFeedback: the word counts at once, a bad one asks for the reason, and the
// last word of each person stands.
func TestFeedback(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		ts := s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"})
		m := s.answered(lounge, "within five days")
		s.ended(1)
		words := func() string {
			var out string
			if err := s.pool.QueryRow(s.ctx, `SELECT coalesce(string_agg(agent || ' ' || good || ' ' || reason, '; ' ORDER BY agent), '') FROM slack_feedback`).Scan(&out); err != nil {
				t.Fatal(err)
			}
			return out
		}
		judge := func(user string, good bool) {
			t.Helper()
			if err := s.slack.Judge(s.ctx, user, m, good); err != nil {
				t.Fatal(err)
			}
			if err := s.slack.Again(s.ctx); err != nil {
				t.Fatal(err)
			}
		}
		judge("U1ADA", true)
		s.heard("U1ADA", "Noted as helpful")
		judge("U1ADA", false)
		s.form("U1ADA", presses.InReason)
		s.await("the word is kept", func() bool { return words() == "a-ada false " })
		if v, open, err := s.slack.Submit(s.ctx, "U1ADA", map[string]string{presses.InReason: "other"}); err != nil || !open || len(v.Errors) != 1 {
			t.Fatalf("“something else” without words: open %v, errors %v, %v", open, v.Errors, err)
		}
		if _, open, err := s.slack.Submit(s.ctx, "U1ADA", map[string]string{presses.InReason: "sources", presses.InDetail: "that page is from 2019"}); err != nil || open {
			t.Fatalf("open %v, %v", open, err)
		}
		if got := words(); got != "a-ada false The sources are wrong or out of date: that page is from 2019" {
			t.Errorf("kept %q", got)
		}
		judge("U4GUEST", true)
		s.heard("U4GUEST", "Guests may not")
		// Reactions count too, where configured, and can be taken back.
		react := func(id, kind, name string) {
			t.Helper()
			if err := s.slack.Event(s.ctx, id, map[string]any{"type": kind, "user": "U2ALAN", "reaction": name, "item_user": bottest.SlackBotUser,
				"item": map[string]any{"type": "message", "channel": lounge, "ts": m.TS}}, 0); err != nil {
				t.Fatal(err)
			}
			idle(s.chat)
		}
		react("R1", "reaction_added", "+1::skin-tone-3")
		s.await("the reaction counts", func() bool { return strings.Contains(words(), "a-alan true") })
		react("R2", "reaction_removed", "+1")
		s.await("it is taken back", func() bool { return !strings.Contains(words(), "a-alan") })
		react("R3", "reaction_added", "tada")
		if strings.Contains(words(), "a-alan") {
			t.Error("an emoji that is not configured counts")
		}
		_ = ts
	})
}
