package slackdesk_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/slackdesk"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// accounts are the agents by address.
type accounts map[string]pipeline.Agent

func (a accounts) AgentByEmail(_ context.Context, email string) (pipeline.Agent, error) {
	if g, ok := a[strings.ToLower(email)]; ok {
		return g, nil
	}
	return pipeline.Agent{}, pipeline.Errorf(pipeline.NotFound, "no account")
}

var agents = accounts{"alice@example.org": {ID: "a2", Name: "Alice Agent"}}

const marker = "fn-01234567-89ab-4cde-8f01-23456789abcd"

func anytime(context.Context, string) error { return nil }

// open builds the fake and a desk on it; options change the settings first.
func open(t testing.TB, options ...func(*slackdesk.Config)) (*bottest.SlackDesk, *slackdesk.Desk, slackdesk.Config) {
	t.Helper()
	s := bottest.NewSlackDesk(t)
	c := slackdesk.Config{URL: s.Base, Token: bottest.SlackBotToken, Channels: map[string]bool{bottest.SlackSupport: false}, Names: true, Notes: bottest.SlackNotes,
		Secrets: []string{"the one before", bottest.SlackSigningSecret}, Pool: pgtest.New(t), People: agents, Pace: anytime, HTTP: s.Client, Now: s.Clock.Now}
	for _, o := range options {
		o(&c)
	}
	d, err := slackdesk.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, d, c
}

func ref(ts string) pipeline.TicketRef {
	return pipeline.TicketRef{Desk: "slackdesk", ID: bottest.SlackSupport + "-" + ts}
}

func thread(r pipeline.TicketRef) string {
	_, ts, _ := strings.Cut(r.ID, "-")
	return ts
}

func fixture(t *testing.T) bottest.Fixture {
	s, d, c := open(t)
	p := bottest.SupportChannel{SlackDesk: s}
	f := bottest.NewFixture(d, p, s.Clock, p.Posted)
	f.Pool, f.Cut, f.Secrets = c.Pool, s.Cut, []string{bottest.SlackBotToken, bottest.SlackSigningSecret}
	f.Sign, f.Hook = s.Sign, func(r pipeline.TicketRef, m pipeline.Message) []byte { return hook(s, thread(r), m) }
	f.Skip = map[string]string{"every reply is said to go in the agent's name": "with these settings it is so; TestAppsName has the others", "merged": "Slack does not merge threads",
		"private notes are read as public": "notes stand in another channel and are not in the thread"}
	return f
}

// hook is the event about a message of a thread.
func hook(s *bottest.SlackDesk, root string, m pipeline.Message) []byte {
	ts := m.ID
	if before, ok := strings.CutSuffix(ts, "x"); ok { // another message
		ts = before[:len(before)-1] + string('0'+(before[len(before)-1]-'0'+1)%10)
	}
	if !strings.Contains(ts, ".") {
		ts = "1772442000.99" + ts
	}
	text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(m.Text)
	out := bottest.SlackMessage{Channel: bottest.SlackSupport, TS: ts, User: "U9EXT01", Team: bottest.SlackClientTeam, Text: text}
	if ts != root {
		out.ThreadTS = root
	}
	if m.Role != pipeline.RoleCustomer {
		out.User, out.Bot, out.Team = bottest.SlackBotUser, bottest.SlackBot, bottest.SlackTeam
	}
	if m.Marker != "" {
		out.Metadata = []byte(`{"event_type":"footnote_reply","event_payload":{"marker":"` + m.Marker + `"}}`)
	}
	return s.Outer(s.MessageEvent(out))
}

func TestConformance(t *testing.T) { bottest.Conformance(t, fixture) }

func TestMutations(t *testing.T) { bottest.Mutations(t, fixture) }

func TestHostileTexts(t *testing.T) { bottest.HostileTexts(t, fixture(t).DeskFixture) }

func TestSignatureVectors(t *testing.T) {
	bottest.SignatureVectors(t, "slack_v0", func(secret string) (bots.Desk, error) {
		return slackdesk.New(slackdesk.Config{Token: "xoxb-t", Channels: map[string]bool{"C01": false}, Secrets: []string{secret}, People: agents})
	})
}

// TestSetupBeforeToken: who has nothing yet is told every step, and Slack is not asked.
func TestSetupBeforeToken(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t, func(c *slackdesk.Config) { c.Token, c.Channels, c.Notes, c.Secrets = "", nil, "", nil })
	in, err := d.Setup(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(in.Steps, "\n")
	for _, say := range []string{"Create New App", "slack_bot_token", "slack_app_token", "slackdesk_channels", "slack_channel", "/invite", "people add", "desk check slackdesk"} {
		if !strings.Contains(all, say) {
			t.Errorf("no step says %q:\n%s", say, all)
		}
	}
	if f := d.Check(t.Context(), "")[0]; f.OK || !strings.Contains(f.Fix, "desk setup slackdesk") {
		t.Errorf("%+v", f)
	}
	if n := len(s.Calls("")); n != 0 {
		t.Errorf("%d calls", n)
	}
}
