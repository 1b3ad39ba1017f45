package slackdesk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slackdesk"
	"footnote/pipeline"
)

// TestHistory: solved threads, over pages of Slack's size, each once, whatever
// else stands there; a page that was refused is read again.
func TestHistory(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	s.SetPage(4)
	since := s.Clock.Now()
	s.Clock.Advance(time.Second)
	want := map[string]int{} // reopens by ticket
	for i := range 15 {
		root := s.Begin(bottest.Said{Text: "How?"})
		s.Clock.Advance(5 * time.Minute)
		if i%5 == 2 { // a slip corrected
			s.Edit(root, "How so?")
		}
		s.Clock.Advance(5 * time.Minute)
		s.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "So."})
		want[ref(root).ID] = 0
		switch i % 5 {
		case 1: // twice
			s.Clock.Advance(80 * time.Hour)
			s.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "No."})
			s.Clock.Advance(time.Hour)
			s.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "Then so."})
			want[ref(root).ID] = 1
		case 3: // still open
			s.Clock.Advance(time.Hour)
			s.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "No."})
			delete(want, ref(root).ID)
		case 4: // somebody thanks, an agent marks it
			s.Clock.Advance(time.Hour)
			s.React(bottest.SlackAlice, s.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "Thanks."}), "white_check_mark", true)
		}
		s.Say(bottest.SlackAlice, "", bottest.Said{Text: "We are closed on Friday."})
		s.Clock.Advance(20 * time.Hour)
	}
	s.Clock.Advance(100 * time.Hour)
	s.Begin(bottest.Said{Text: "Just now?"})
	s.Fail("conversations.replies", bottest.SlackFault{}, bottest.SlackFault{RetryAfter: 7 * time.Second})
	_, err := d.History(t.Context(), since, "")
	if ra, ok := errors.AsType[*pipeline.RetryAfterError](err); !ok || ra.After != 7*time.Second {
		t.Errorf("a refusal within a page: %v", err)
	}
	got := bottest.ReadHistory(t, d, since)
	for id, reopens := range want {
		p, ok := got[id]
		all := 10 * time.Minute
		if reopens > 0 {
			all += 81 * time.Hour
		}
		if !ok || p.Reopens != reopens || p.FirstResponse.Calendar.Round(time.Second) != 10*time.Minute || p.Resolution.Calendar.Round(time.Second) != all || p.Handling != pipeline.Unknown {
			t.Errorf("%s: %+v", id, p)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tickets, want %d", len(got), len(want))
	}
	for _, bad := range []string{"C0OTHER/", bottest.SlackSupport, bottest.SlackSupport + "/x"} {
		if _, err := d.History(t.Context(), since, bad); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("the cursor %q: %v", bad, err)
		}
	}
}

// TestHistoryChannels: all channels are read, one after the other.
func TestHistoryChannels(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t, func(c *slackdesk.Config) { c.Channels = map[string]bool{"C0EMPTY": false, bottest.SlackSupport: false} })
	s.SetChannel("C0EMPTY", true, false)
	since := s.Clock.Now().Add(-time.Hour)
	root := s.Begin(bottest.Said{Text: "How?"})
	s.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "So."})
	s.Clock.Advance(100 * time.Hour)
	if got := bottest.ReadHistory(t, d, since); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestSetup: what is left to do by hand, with scopes and clicks.
func TestSetup(t *testing.T) {
	t.Parallel()
	s, d, c := open(t)
	in, err := d.Setup(t.Context(), "")
	all := strings.Join(in.Steps, "\n")
	if err != nil || !strings.Contains(all, "reaction_added") || !strings.Contains(all, "footnote desk check slackdesk") || strings.Contains(all, "Reinstall") || len(in.Did) != 1 {
		t.Errorf("%v %q\n%s", err, in.Did, all)
	}
	s.Scopes = "chat:write"
	s.SetChannel(bottest.SlackSupport, false, false)
	s.Share(bottest.SlackNotes, true)
	in, err = d.Setup(t.Context(), "")
	all = strings.Join(in.Steps, "\n")
	for _, want := range []string{"reactions:write", "chat:write.customize", "/invite", "shared with another workspace"} {
		if err != nil || !strings.Contains(all, want) {
			t.Errorf("no word of %s: %v\n%s", want, err, all)
		}
	}
	c.Token, c.Notes = "xoxb-not-it", ""
	wrong, err := slackdesk.New(c)
	if err != nil {
		t.Fatal(err)
	}
	in, err = wrong.Setup(t.Context(), "")
	all = strings.Join(in.Steps, "\n")
	for _, want := range []string{"From a manifest", "slack_app_token", "Set slack_channel"} {
		if err != nil || !strings.Contains(all, want) {
			t.Errorf("no word of %s: %v\n%s", want, err, all)
		}
	}
	if strings.Contains(all, "xoxb-not-it") || len(in.Did) != 0 {
		t.Errorf("%q\n%s", in.Did, all)
	}
}
