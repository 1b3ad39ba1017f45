package slack

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/bots/bottest"
)

func apiError(code string) error { return api.SlackErrorResponse{Err: code} }

func finding(t *testing.T, list []bots.Finding, name string) bots.Finding {
	t.Helper()
	for _, f := range list {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no finding %q in %+v", name, list)
	return bots.Finding{}
}

// manifestScopes are the permissions that the manifest asks for.
func manifestScopes(t *testing.T) []string {
	t.Helper()
	var m struct {
		OAuth struct {
			Scopes struct {
				Bot []string `yaml:"bot"`
			} `yaml:"scopes"`
		} `yaml:"oauth_config"`
	}
	if err := yaml.Unmarshal([]byte(Manifest), &m); err != nil || len(m.OAuth.Scopes.Bot) == 0 {
		t.Fatal(err)
	}
	return m.OAuth.Scopes.Bot
}

// TestDiagnose: doctor asks Slack in both modes, and what it says changes with what is
// wrong; all that was granted and all that is needed is told.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		for _, c := range []struct {
			name   string
			break_ func(*world)
			find   string
			say    []string
		}{
			{"token", func(w *world) { w.slack.FailAlways("auth.test", bottest.SlackFault{Error: "token_revoked"}) }, "token", []string{"token_revoked", "Install the app again"}},
			{"no answer", func(w *world) { w.slack.FailAlways("auth.test", bottest.SlackFault{Cut: true}) }, "token", []string{"did not answer", "network"}},
			{"scopes", func(w *world) { w.slack.Grant("chat:write", "users:read", "commands") }, "permissions",
				[]string{"missing:", "users:read.email", "channels:history", "granted: chat:write commands users:read", "needed:", "Reinstall"}},
			{"channel gone", func(w *world) {
				w.slack.FailAlways("conversations.info", bottest.SlackFault{Error: "channel_not_found"})
			}, "channel " + channel, []string{"channel_not_found", "invite the bot"}},
			{"not invited", func(w *world) { w.slack.SetChannel(channel, false, false) }, "channel " + channel, []string{"not_in_channel", "/invite"}},
			{"archived", func(w *world) { w.slack.SetChannel(channel, true, true) }, "channel " + channel, []string{"archived"}},
			{"nobody has an account", func(w *world) {
				w.slack.SetMembers(channel, "U3X")
				w.slack.AddUser(bottest.SlackUser{ID: "U3X", Name: "X", Email: "x@acme.test"})
			}, "approvers", []string{"nobody who sees the cards could approve", "no Footnote account for x@acme.test", "people add"}},
			{"only the bot is there", func(w *world) { w.slack.SetMembers(channel) }, "approvers", []string{"nobody who sees the cards", "Invite agents"}},
			{"only a guest", func(w *world) {
				w.slack.SetMembers(channel, "U4G")
				w.slack.AddUser(bottest.SlackUser{ID: "U4G", Name: "G", Email: ada.Email, Guest: true})
			}, "approvers", []string{"Guests may not decide"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, transport)
				w.slack.SetMembers(channel, "U1ADA", "U2ALAN")
				w.slack.Grant(manifestScopes(t)...)
				before := len(w.slack.Calls(""))
				for _, f := range w.chat.Diagnose(w.ctx) {
					if !f.OK || f.Saw == "" {
						t.Fatalf("a sound workspace: %+v", f)
					}
				}
				if len(w.slack.Calls("")) == before {
					t.Fatal("Slack was not asked")
				}
				if n := len(w.slack.Messages(channel)); n != 0 {
					t.Fatalf("%d messages were posted", n)
				}
				c.break_(w)
				w.chat.PersonChanged("U1ADA")
				f := finding(t, w.chat.Diagnose(w.ctx), c.find)
				if f.OK {
					t.Fatalf("found nothing: %+v", f)
				}
				for _, say := range c.say {
					if !strings.Contains(f.Saw+" → "+f.Fix, say) {
						t.Errorf("%q is not in %q → %q", say, f.Saw, f.Fix)
					}
				}
			})
		}
	})
}

// TestDiagnoseAddress: without a public address nobody can enter ours at Slack, and
// cards have no link.
func TestDiagnoseAddress(t *testing.T) {
	t.Parallel()
	for transport, name := range map[string]string{"http": "deliveries", "socket": "console link"} {
		w := newWorld(t, transport, func(c *Config) { c.ConsoleURL = "" })
		if f := finding(t, w.chat.Diagnose(w.ctx), name); f.OK || !strings.Contains(f.Saw, "public_url is not set") {
			t.Errorf("%s: %+v", transport, f)
		}
	}
}

// TestDiagnoseSocket: a wrong app token is found without a running connection.
func TestDiagnoseSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", func(c *Config) { c.AppToken = bottest.SlackAppToken })
	if s := w.chat.Status(); s.Ready || w.chat.Running() {
		t.Fatalf("status %+v", s)
	}
	w.slack.FailAlways("apps.connections.open", bottest.SlackFault{Error: "not_allowed_token_type"})
	if f := finding(t, w.chat.Diagnose(w.ctx), "Socket Mode"); f.OK || !strings.Contains(f.Fix, "connections:write") {
		t.Errorf("%+v", f)
	}
}
