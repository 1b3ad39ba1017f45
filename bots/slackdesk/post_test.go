package slackdesk_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/slackdesk"
	"footnote/pipeline"
)

// TestNoPing: nothing in a reply is a mention, a link with another name, or
// unfurls, and the metadata holds our mark alone.
func TestNoPing(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	root := s.Begin(bottest.Said{Text: "How?"})
	const reply = "<!channel> <@U0ALICE> <https://evil.example|bank.example> & *so*"
	if _, err := d.Post(t.Context(), bots.Post{Ticket: ref(root), Text: reply, Marker: marker, Author: pipeline.Agent{Name: "Grace\nHopper", Email: "g@example.org"},
		Recipient: pipeline.Person{Name: "Ada", Email: "ada@example.org"}}); err != nil {
		t.Fatal(err)
	}
	calls := s.Calls("chat.postMessage")
	a := calls[len(calls)-1].Args
	if strings.ContainsAny(a["text"], "<>") || a["unfurl_links"] != "false" || a["unfurl_media"] != "false" || a["mrkdwn"] != "false" || a["link_names"] != "false" || a["thread_ts"] != root || a["username"] != "Grace Hopper" {
		t.Errorf("%v", a)
	}
	var md struct {
		Payload map[string]string `json:"event_payload"`
	}
	if err := json.Unmarshal([]byte(a["metadata"]), &md); err != nil || len(md.Payload) != 1 || md.Payload["marker"] != marker {
		t.Errorf("metadata %s, %v", a["metadata"], err)
	}
	if got := s.Replies(root); len(got) != 1 || got[0].Text != reply {
		t.Errorf("%+v", got)
	}
}

// TestRefusals: Slack says 200 and no.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	root := s.Begin(bottest.Said{Text: "How?"})
	post := func(text string) bots.Verdict {
		_, err := d.Post(t.Context(), bots.Post{Ticket: ref(root), Text: text, Marker: marker, Author: pipeline.Agent{Name: "Grace"}})
		return bots.VerdictOf(err)
	}
	for code, want := range map[string]bots.Verdict{"is_archived": bots.Refused, "not_in_channel": bots.Refused, "ratelimited": bots.Throttled, "internal_error": bots.Ambiguous, "msg_too_long": bots.Refused, "token_revoked": bots.Refused} {
		s.Fail("chat.postMessage", bottest.SlackFault{Error: code})
		if got := post("So."); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	if got := post(strings.Repeat("é", 40_001)); got != bots.Refused {
		t.Errorf("too long: %s", got)
	}
	s.Customize(false)
	if got := post("So."); got != bots.Refused {
		t.Errorf("another name without the permission: %s", got)
	}
	if n := len(s.Replies(root)); n != 0 {
		t.Errorf("%d replies", n)
	}
	for code, want := range map[string]pipeline.Kind{"channel_not_found": pipeline.Denied, "invalid_auth": pipeline.Denied, "thread_not_found": pipeline.NotFound, "fatal_error": pipeline.Unavailable, "ratelimited": pipeline.Unavailable} {
		s.Fail("conversations.replies", bottest.SlackFault{Error: code})
		if _, err := d.Thread(t.Context(), ref(root)); pipeline.KindOf(err) != want || err == nil {
			t.Errorf("%s: %v, want %s", code, err, want)
		}
	}
}

// TestPlainName: without the setting, replies stand under the app's name.
func TestPlainName(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t, func(c *slackdesk.Config) { c.Names = false })
	s.Customize(false)
	root := s.Begin(bottest.Said{Text: "How?"})
	if _, err := d.Post(t.Context(), bots.Post{Ticket: ref(root), Text: "So.", Marker: marker, Author: pipeline.Agent{Name: "Grace"}}); err != nil || s.Replies(root)[0].Author.Name != "" || d.Can().AgentName {
		t.Errorf("%+v %v", s.Replies(root), err)
	}
}

// TestPace: bursts are spaced by channel, and what would wait too long goes back
// to the queue without a call.
func TestPace(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t, func(c *slackdesk.Config) { c.Pace = nil })
	s.Limit("chat.postMessage", time.Second, 10)
	root := s.Begin(bottest.Said{Text: "How?"})
	ctx := t.Context()
	throttled := 0
	for range 12 { // the clock stands still: none of them may wait
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		_, err := d.Post(short, bots.Post{Ticket: ref(root), Text: "So.", Marker: marker})
		cancel()
		if bots.VerdictOf(err) == bots.Throttled {
			throttled++
		}
	}
	if n := len(s.Replies(root)); n > 3 || throttled == 0 {
		t.Errorf("%d replies at one instant, %d put off", n, throttled)
	}
	s.Clock.Advance(time.Minute)
	if _, err := d.Post(ctx, bots.Post{Ticket: ref(root), Text: "So.", Marker: marker}); err != nil {
		t.Errorf("after a minute: %v", err)
	}
}

// TestPages: everything is found across pages, replies in threads of yesterday
// too; no one is found twice.
func TestPages(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	s.SetPage(3)
	old, ancient := s.Begin(bottest.Said{Text: "How?"}), s.Begin(bottest.Said{Text: "Never answered."})
	s.Clock.Advance(30 * time.Hour)
	begin, want := s.Clock.Now(), map[string]bool{}
	for range 11 {
		want[ref(s.Begin(bottest.Said{Text: "How?"})).ID] = true
		s.Clock.Advance(time.Second)
	}
	for range 7 {
		s.Write(old, bottest.Said{Text: "And?"})
	}
	want[ref(old).ID] = true
	bottest.ListsAll(t, d, begin, want)
	if got, err := d.Thread(t.Context(), ref(old)); err != nil || len(got.Messages) != 8 || want[ref(ancient).ID] {
		t.Errorf("%d messages, %v", len(got.Messages), err)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	root := s.Begin(bottest.Said{Text: "How?"})
	for raw, want := range map[string]string{
		"a &lt;b&gt; &amp;amp; c":                           "a <b> &amp; c",
		"ask <@" + bottest.SlackAlice + ">":                 "ask @Alice Agent",
		"ask <@U9NOBODY> or <@U1|bob>":                      "ask @U9NOBODY or @bob",
		"in <#C1|general> and <#C2>":                        "in #general and #C2",
		"<!here> <!subteam^S1|@support>":                    "@here @support",
		"<!date^1392734382^{date}|18 Feb>":                  "18 Feb",
		"<https://a.example/?b=1&amp;c=2>":                  "https://a.example/?b=1&c=2",
		"<https://a.example|the guide>":                     "the guide (https://a.example)",
		"<http://a.example|a.example> <mailto:a@b.c|a@b.c>": "http://a.example a@b.c",
		"2 &lt; 3 &gt; 1 <":                                 "2 < 3 > 1 <",
		"<>":                                                "",
		"<@> <!> <#>":                                       "@ @ #",
	} {
		ts := s.Inject(bottest.SlackMessage{Channel: bottest.SlackSupport, ThreadTS: root, User: bottest.SlackAlice, Text: "x"})
		s.Say(bottest.SlackAlice, root, bottest.Said{Text: "known"})
		m := s.Inject(bottest.SlackMessage{Channel: bottest.SlackSupport, ThreadTS: root, User: bottest.SlackAlice, Text: raw})
		got, err := d.Thread(t.Context(), ref(root))
		i := slices.IndexFunc(got.Messages, func(x pipeline.Message) bool { return x.ID == m })
		if err != nil || i < 0 || got.Messages[i].Text != want {
			t.Errorf("%q is %+v, want %q (%v)", raw, got.Messages[max(i, 0)].Text, want, err)
		}
		s.DeleteMessage(bottest.SlackSupport, m)
		s.DeleteMessage(bottest.SlackSupport, ts)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s, d, c := open(t)
	s.Clock.Advance(time.Since(s.Clock.Now())) // the fake's answers carry the real date
	all := []string{"credentials", "scopes", "channels", "notes", "clock"}
	if got := bottest.Fine(t, d, ""); !slices.Equal(got, all) {
		t.Errorf("%v are fine", got)
	}
	s.Scopes = "chat:write,users:read,users:read.email,channels:history"
	s.SetChannel(bottest.SlackSupport, false, false)
	if got := bottest.Fine(t, d, ""); !slices.Equal(got, []string{"credentials", "notes", "clock"}) {
		t.Errorf("without scope and invitation %v are fine", got)
	}
	c.Token = "xoxb-not-it"
	wrong, err := slackdesk.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if f := wrong.Check(t.Context(), ""); len(f) != 1 || f[0].OK || !strings.Contains(f[0].Fix, "slack_bot_token") {
		t.Errorf("%+v", f)
	}
}

// TestSamples reads the messages as Slack's documents show them.
func TestSamples(t *testing.T) {
	s, d, _ := open(t)
	if f := d.Check(t.Context(), ""); !f[0].OK {
		t.Fatal(f)
	}
	want := map[string]string{
		"event.message.customer_slack_connect.json": "C0SHARED-1795420000.004200 message customer Our export fails with <E42> since today",
		"event.message.thread_reply.json":           "C0SHARED-1795420000.004200 message customer still failing",
		"event.message.file_share.json":             "C0SHARED-1795420300.000100 message customer screenshot err.png",
		"event.message.message_changed.json":        "C0SHARED-1795420000.004200 change",
		"event.message.own_bot_post.json":           "", "event.message.classic_bot.json": "", "event.reaction_added.json": "", "event.app_mention.json": "",
		"event.app_rate_limited.json": "", "event.app_home_opened.json": "", "emulate.01.message.json": "", "emulate.06.message.file_share.json": "",
	}
	bottest.Samples(t, "slack", func(sample bottest.Sample) {
		w, ok := want[sample.Name]
		if !ok {
			return
		}
		delete(want, sample.Name)
		events, err := d.Parse(s.Sign(sample.Body, s.Clock.Now()), sample.Body, s.Clock.Now())
		got := ""
		for _, e := range events {
			r, _ := pipeline.Decode[pipeline.Received](e)
			got += e.Ticket + " " + r.Kind
			if r.Message != nil {
				got += " " + string(r.Message.Role) + " " + r.Message.Text
				if len(r.Message.Attachments) > 0 {
					got += " " + strings.Join(r.Message.Attachments, " ")
				}
			}
		}
		if err != nil || got != w {
			t.Errorf("%s is %q, %v, want %q", sample.Name, got, err, w)
		}
	})
	if len(want) != 0 {
		t.Errorf("no samples %v", want)
	}
}

func FuzzParse(f *testing.F) {
	s := bottest.NewSlackDesk(f)
	d, err := slackdesk.New(slackdesk.Config{Token: "xoxb-t", Channels: map[string]bool{bottest.SlackSupport: true}, Secrets: []string{bottest.SlackSigningSecret}, People: agents})
	if err != nil {
		f.Fatal(err)
	}
	root := s.Begin(bottest.Said{Text: "How? <@U1|x>", Attachments: []string{"../a.png"}})
	s.Write(root, bottest.Said{Text: "<b>"})
	s.Edit(root, "How so?")
	s.Unfurl(root)
	s.Remove(root)
	bottest.FuzzParse(f, d, s.Clock.Now(), s.Sign, s.Hooks())
}
