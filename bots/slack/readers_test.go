package slack

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/presses"
	"footnote/bots/slack/requests"
	"footnote/bots/slack/sample"
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
	const lookUps = 100 // people a question
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
	if got := s.chat.Readers(s.ctx, "C0D", false); !strings.Contains(got.Why("%s"), "more members") || got.Reach != client.Unknown {
		t.Errorf("a crowd: %+v", got)
	}
	if n := len(s.slack.Calls("users.info")) - before; n > lookUps {
		t.Errorf("%d people looked up for one question", n)
	}
	if got := s.chat.Readers(s.ctx, "C0D", false); got != (client.Readers{}) { // the rest of them
		t.Errorf("a crowd, asked again: %+v", got)
	}
	calls := len(s.slack.Calls(""))
	if s.chat.Readers(s.ctx, "C0D", false); len(s.slack.Calls("")) != calls {
		t.Error("Slack was asked about a channel that is known")
	}
	for i := len(crowd); i < 2000; i++ {
		crowd = append(crowd, crowd[0])
	}
	s.slack.SetMembers("C0D", crowd...)
	s.chat.ChannelChanged("C0D")
	if got := s.chat.Readers(s.ctx, "C0D", false); !strings.Contains(got.Why("%s"), "more members") || got.Reach != client.Unknown {
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
		s.answered(lounge, requests.WaitWords)
		if !s.knows.questions()[0].Internal {
			t.Fatal("colleagues among themselves get public sources only")
		}
		if err := s.slack.Join(s.ctx, lounge, "U4GUEST"); err != nil {
			t.Fatal(err)
		}
		s.await("the chat has heard of it", func() bool { return s.chat.Readers(s.ctx, lounge, false) == client.GuestReaders })
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
		if got := s.chat.Readers(s.ctx, "C0OTHER", false); got.Reach != client.Colleagues {
			t.Errorf("%+v", got)
		}
		s.slack.AddUser(bottest.SlackUser{ID: "U2ALAN", Name: "Alan", Guest: true})
		if err := s.slack.Event(s.ctx, "EvChange", map[string]any{"type": "user_change", "user": map[string]any{"id": "U2ALAN"}}, 0); err != nil {
			t.Fatal(err)
		}
		s.await("he is known as a guest", func() bool { return s.chat.Readers(s.ctx, "C0OTHER", false) == client.GuestReaders })
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
	s.chat.ChannelChanged(lounge)
	s.lapse()
	if err := s.chat.requests.Resume(s.ctx); err != nil {
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

// TestDiscreetCards: where guests read the triage channel, a card shows nothing
// of internal sources, and says so; among colleagues it does.
func TestDiscreetCards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "http")
	none := func(r *pipeline.Review) {
		sample.Internal(r)
		abstention(r)
	}
	w.slack.SetMembers(channel, "U1ADA", "U2ALAN")
	w.proposed(none)
	w.cardSays("No draft", "Card fees", "INTERNAL, not for customers")
	w.slack.AddUser(bottest.SlackUser{ID: "U4GUEST", Name: "Guest", Guest: true})
	w.slack.SetMembers(channel, "U1ADA", "U4GUEST")
	w.chat.ChannelChanged(channel)
	w.slack.DeleteMessage(channel, w.card().TS)
	r := w.proposed(none, func(r *pipeline.Review) { r.Draft.Message = "m-6" })
	w.cardSays("No draft", "Refunds", "a source that is not shown here", "internal sources are not shown: guests can read this channel")
	if got := w.card().Strings(); contains(got, "Card fees") || contains(got, "p2") {
		t.Errorf("the card shows %q", got)
	}
	// A draft that cites one is not shown at all; whoever edits sees it alone.
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
		fresh := typical()
		sample.Internal(&fresh)
		r.Draft.Abstained, r.Draft.Sentences = "", fresh.Draft.Sentences
	})
	w.handle(pipeline.DraftProposed, r)
	w.cardSays("The draft cites internal sources, and guests can read this channel")
	if got := w.card(); contains(got.Strings(), "We pay the card fee") || slices.Contains(got.Buttons(), cards.ActApprove) {
		t.Errorf("the card shows %q with %v", got.Strings(), got.Buttons())
	}
	w.click("U1ADA", cards.ActEdit)
	if v := w.form("U1ADA", presses.InReply); !contains(v.Strings(), "INTERNAL") {
		t.Errorf("the form shows %q", v.Strings())
	}
}
