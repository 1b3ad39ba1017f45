package slack

import (
	"fmt"
	"slices"
	"testing"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

// quiet fails when anything internal was ever said in the channel.
func (s *salon) quiet(channel string) {
	s.t.Helper()
	for _, m := range s.slack.Messages(channel) {
		for _, v := range append(m.Versions, m) {
			if contains(append(v.Strings(), v.Text), "INTERNAL") || contains(v.Strings(), "card fee") {
				s.t.Errorf("internal words in %s: %q", channel, v.Strings())
			}
		}
	}
}

// alone mentions the bot in a channel and waits until the person was told
// directly, with the words, and in the channel only where to look.
func (s *salon) alone(user, channel string, words ...string) {
	s.t.Helper()
	before := len(s.answers("D" + user))
	s.mention(bottest.SlackAsk{User: user, Channel: channel, Text: "refunds?"})
	s.await("the answer comes directly", func() bool {
		all := s.answers("D" + user)
		return len(all) == before+1 && contains(all[before].Strings(), append(words, "Only you see this", "within five days", "INTERNAL")...)
	})
	s.heard(user, "in your direct messages with Footnote")
	s.quiet(channel)
	if n := len(s.answers(channel)); n != 0 {
		s.t.Errorf("%d messages in %s", n, channel)
	}
}

// TestOutsidersInChannel: where guests or people of other companies read along,
// a mention is answered from public sources, and says why.
func TestOutsidersInChannel(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		s.slack.AddUser(bottest.SlackUser{ID: "U8SINGLE", Name: "Single", SingleChannel: true})
		s.slack.AddUser(bottest.SlackUser{ID: "U9GONE", Name: "Gone", Guest: true, Deleted: true})
		s.slack.AddUser(bottest.SlackUser{ID: "U10STRANGE", Name: "Strange", Stranger: true})
		for i, c := range []struct {
			members []string
			shared  bool // Slack says so of the channel
			told    bool // of the event
			why     string
		}{
			{members: []string{"U1ADA", "U4GUEST"}, why: "guests can read"},
			{members: []string{"U8SINGLE", "U1ADA"}, why: "guests can read"},
			{members: []string{"U1ADA", "U5RIVAL"}, why: "guests can read"},
			{members: []string{"U10STRANGE"}, why: "guests can read"},
			{shared: true, why: "people outside this workspace can read"},
			{told: true, why: "people outside this workspace can read"},
			{members: []string{"U1ADA", "U2ALAN", "U7ROBOT", "U9GONE"}}, // colleagues, a bot, and one who left
		} {
			channel := fmt.Sprintf("C0ROOM%d", i)
			s.slack.SetChannel(channel, true, false)
			s.slack.Share(channel, c.shared)
			s.slack.SetMembers(channel, c.members...)
			s.mention(bottest.SlackAsk{User: "U1ADA", Channel: channel, Text: "refunds?", Shared: c.told})
			if c.why == "" {
				s.answered(channel, "within five days", "INTERNAL")
				continue
			}
			s.answered(channel, "within five days", "public sources only: "+c.why)
			s.quiet(channel)
			if q := s.knows.questions(); len(q) != i+1 || q[i].Internal {
				t.Errorf("%v: asked %+v", c.members, q)
			}
		}
		if n := len(s.answers("DU1ADA")); n != 0 {
			t.Errorf("%d direct messages", n)
		}
		// A command is answered for its author alone, wherever it is typed.
		s.slack.Share(lounge, true)
		s.command("U1ADA", "ask refunds?")
		s.heard("U1ADA", "within five days", "INTERNAL")
	})
}

// TestPublicSourcesDoNotSuffice: what only internal sources answer is told to
// the person alone; what nothing answers stays an abstention in the channel.
func TestPublicSourcesDoNotSuffice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		s.slack.SetMembers(lounge, "U4GUEST")
		s.knows.public = "No public source speaks of it"
		s.alone("U1ADA", lounge, "it uses internal sources, and guests can read the channel where you asked")
		s.knows.none = true
		s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "hats?"})
		s.answered(lounge, "No answer", "No source speaks of it")
		s.quiet(lounge)
		if got := s.ended(2); got[0] != "mention answered" || got[1] != "mention abstained" {
			t.Errorf("ended %v", got)
		}
		// The direct answer takes feedback like any other.
		m := s.answers("DU1ADA")[0]
		if err := s.slack.Event(s.ctx, "R1", map[string]any{"type": "reaction_added", "user": "U1ADA", "reaction": "+1", "item_user": bottest.SlackBotUser,
			"item": map[string]any{"type": "message", "channel": "DU1ADA", "ts": m.TS}}, 0); err != nil {
			t.Fatal(err)
		}
		s.await("the reaction counts", func() bool {
			var n int
			if err := s.pool.QueryRow(s.ctx, `SELECT count(*) FROM slack_feedback WHERE good`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n == 1
		})
	})
}

// TestReadersNotTold: when Slack does not tell who is in the channel, or nobody
// can look at all of them, the answer is whole and private.
func TestReadersNotTold(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "http")
	room := func(id string, members ...string) string {
		s.slack.SetChannel(id, true, false)
		s.slack.SetMembers(id, members...)
		return id
	}
	s.slack.Fail("conversations.info", bottest.SlackFault{Error: "missing_scope"}, bottest.SlackFault{Error: "missing_scope"})
	s.alone("U1ADA", room("C0A"), "Slack does not tell who can read")
	s.slack.Fail("conversations.members", bottest.SlackFault{RetryAfter: time.Second}, bottest.SlackFault{RetryAfter: time.Second})
	s.alone("U1ADA", room("C0B"), "Slack does not tell who can read")
	s.alone("U1ADA", room("C0C", "U404"), "Slack does not tell who can read") // users.info: user_not_found
	if st := s.chat.Status(); !st.Ready {
		t.Errorf("a channel that cannot be looked at breaks the connection: %+v", st)
	}

	var crowd []string
	for i := range lookUps + 30 {
		id := fmt.Sprintf("UC%04d", i)
		s.slack.AddUser(bottest.SlackUser{ID: id, Name: id})
		crowd = append(crowd, id)
	}
	before := len(s.slack.Calls("users.info"))
	s.slack.SetChannel("C0D", true, false)
	s.slack.SetMembers("C0D", crowd...)
	r := request{ref: "FN-X", channel: "C0D"}
	if got := s.chat.readers(s.ctx, r); got != countlessReaders {
		t.Errorf("a crowd: %+v", got)
	}
	if n := len(s.slack.Calls("users.info")) - before; n > lookUps {
		t.Errorf("%d people looked up for one question", n)
	}
	if got := s.chat.readers(s.ctx, r); got != (readers{}) { // the rest of them
		t.Errorf("a crowd, asked again: %+v", got)
	}
	calls := len(s.slack.Calls(""))
	if s.chat.readers(s.ctx, r); len(s.slack.Calls("")) != calls {
		t.Error("Slack was asked about a channel that is known")
	}
	for i := len(crowd); i < memberPage*memberPages; i++ {
		crowd = append(crowd, crowd[0])
	}
	s.slack.SetMembers("C0D", crowd...)
	s.chat.channels.forget("C0D")
	if got := s.chat.readers(s.ctx, r); got != countlessReaders {
		t.Errorf("a town: %+v", got)
	}
}

// TestGuestComesIn: who came in, or became a guest, while the answer was being
// written reads nothing internal.
func TestGuestComesIn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		s := newSalon(t, transport)
		s.slack.WithoutStatus()
		s.slack.SetMembers(lounge, "U1ADA", "U2ALAN")
		gate := make(chan struct{})
		s.knows.gate = gate
		s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"})
		s.await("it is being asked", func() bool { return len(s.knows.questions()) == 1 })
		s.answered(lounge, waitWords)
		if !s.knows.questions()[0].Internal {
			t.Fatal("colleagues among themselves get public sources only")
		}
		if err := s.slack.Join(s.ctx, lounge, "U4GUEST"); err != nil {
			t.Fatal(err)
		}
		s.await("the chat has heard of it", func() bool { _, known := s.chat.channels.get(lounge, time.Now()); return !known })
		close(gate)
		s.answered("DU1ADA", "Only you see this", "guests can read", "INTERNAL")
		s.ended(1)
		s.quiet(lounge)
		if n := len(s.answers(lounge)); n != 0 {
			t.Errorf("%d messages in the channel: the waiting words stay", n)
		}
		// A colleague becomes a guest.
		s.slack.SetChannel("C0OTHER", true, false)
		s.slack.SetMembers("C0OTHER", "U2ALAN")
		if got := s.chat.readers(s.ctx, request{channel: "C0OTHER"}); got.reach != colleagues {
			t.Errorf("%+v", got)
		}
		s.slack.AddUser(bottest.SlackUser{ID: "U2ALAN", Name: "Alan", Guest: true})
		if err := s.slack.Event(s.ctx, "EvChange", map[string]any{"type": "user_change", "user": map[string]any{"id": "U2ALAN"}}, 0); err != nil {
			t.Fatal(err)
		}
		s.await("he is known as a guest", func() bool { return s.chat.readers(s.ctx, request{channel: "C0OTHER"}) == guestReaders })
	})
}

// TestLostDirectAnswer: a direct answer whose post was not answered is found
// again in the conversation, and stays private.
func TestLostDirectAnswer(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket", func(c *Config) { c.Settle = time.Nanosecond })
	s.slack.SetMembers(lounge, "U4GUEST")
	s.knows.public = "No public source speaks of it"
	s.slack.Fail("chat.postMessage", bottest.SlackFault{Lose: true})
	s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"})
	s.await("it was posted", func() bool { return len(s.answers("DU1ADA")) == 1 })
	idle(s.chat)
	s.slack.SetMembers(lounge) // the guest has left
	s.chat.channels.forget(lounge)
	s.lapse()
	if err := s.chat.resume(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.ended(1)
	s.answered("DU1ADA", "Only you see this", "INTERNAL")
	if n := len(s.answers(lounge)); n != 0 {
		t.Errorf("%d messages in the channel", n)
	}
	if n := len(s.knows.questions()); n != 2 { // public, then internal; not again
		t.Errorf("asked %d times", n)
	}
}

// TestColleague: who may read internal words.
func TestColleague(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		u    api.User
		want bool
	}{
		"member":           {api.User{TeamID: "T1"}, true},
		"guest":            {api.User{TeamID: "T1", IsRestricted: true}, false},
		"one channel":      {api.User{TeamID: "T1", IsRestricted: true, IsUltraRestricted: true}, false},
		"other company":    {api.User{TeamID: "T2"}, false},
		"its bot":          {api.User{TeamID: "T2", IsBot: true}, false},
		"stranger":         {api.User{IsStranger: true}, false},
		"bot":              {api.User{TeamID: "T1", IsBot: true}, true},
		"former guest":     {api.User{TeamID: "T1", IsRestricted: true, Deleted: true}, true},
		"former outsider":  {api.User{TeamID: "T2", Deleted: true}, false},
		"Slack's own user": {api.User{ID: "USLACKBOT"}, true},
	} {
		if got := colleague(&c.u, "T1"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestRequestsAreForgotten: what people asked, and what they thought of the
// answer, is gone after a month; younger requests stay.
func TestRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "")
	add := func(ref string, age time.Duration, state string) {
		t.Helper()
		if _, err := addRequest(s.ctx, s.pool, request{ref: ref, source: ref, surface: fromDirect, user: "U1ADA", channel: "D1ADA", ts: "1.1", thread: "1.1", text: "refunds?"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.pool.Exec(s.ctx, `
			UPDATE slack_requests
			   SET created_at = now() - $2 * interval '1 millisecond', state = $3, ended_at = CASE WHEN $3 = 'open' THEN NULL ELSE now() END
			 WHERE ref = $1`, ref, age.Milliseconds(), state); err != nil {
			t.Fatal(err)
		}
		if err := saveFeedback(s.ctx, s.pool, feedback{ref: ref, user: "U1ADA", agent: ada.ID, good: true}); err != nil {
			t.Fatal(err)
		}
	}
	add("FN-OLD", requestsFor+time.Hour, stateAnswered)
	add("FN-LOST", requestsFor+time.Hour, stateOpen) // nobody waits any more
	add("FN-YOUNG", requestsFor-time.Hour, stateAnswered)
	for range 2 {
		if err := forgetRequests(s.ctx, s.pool); err != nil {
			t.Fatal(err)
		}
	}
	var left string
	if err := s.pool.QueryRow(s.ctx, `
		SELECT (SELECT string_agg(ref, ' ') FROM slack_requests) || '; ' || (SELECT string_agg(ref, ' ') FROM slack_feedback)`).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left != "FN-YOUNG; FN-YOUNG" {
		t.Errorf("left: %s", left)
	}
}

// TestDiscreetCards: where guests read the triage channel, a card shows nothing
// of internal sources, and says so; among colleagues it does.
func TestDiscreetCards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "http")
	none := func(r *pipeline.Review) {
		sampleInternal(r)
		abstention(r)
	}
	w.slack.SetMembers(channel, "U1ADA", "U2ALAN")
	w.proposed(none)
	w.cardSays("No draft", "Card fees", "INTERNAL, not for customers")
	w.slack.AddUser(bottest.SlackUser{ID: "U4GUEST", Name: "Guest", Guest: true})
	w.slack.SetMembers(channel, "U1ADA", "U4GUEST")
	w.chat.channels.forget(channel)
	w.slack.DeleteMessage(channel, w.card().TS)
	r := w.proposed(none, func(r *pipeline.Review) { r.Draft.Message = "m-6" })
	w.cardSays("No draft", "Refunds", "a source that is not shown here", "internal sources are not shown: guests can read this channel")
	if got := w.card().Strings(); contains(got, "Card fees") || contains(got, "p2") {
		t.Errorf("the card shows %q", got)
	}
	// A draft that cites one is not shown at all; whoever edits sees it alone.
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
		fresh := typical()
		sampleInternal(&fresh)
		r.Draft.Abstained, r.Draft.Sentences = "", fresh.Draft.Sentences
	})
	w.handle(pipeline.DraftProposed, r)
	w.cardSays("The draft cites internal sources, and guests can read this channel")
	if got := w.card(); contains(got.Strings(), "We pay the card fee") || slices.Contains(got.Buttons(), actApprove) {
		t.Errorf("the card shows %q with %v", got.Strings(), got.Buttons())
	}
	w.click("U1ADA", actEdit)
	if v := w.form("U1ADA", inReply); !contains(v.Strings(), "INTERNAL") {
		t.Errorf("the form shows %q", v.Strings())
	}
}
