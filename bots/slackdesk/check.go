package slackdesk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// scopes that the desk needs besides those of the channels' kinds.
var scopes = []string{"chat:write", "users:read", "users:read.email", "reactions:read", "reactions:write"}

// Check looks at token, scopes, channels, the channel of notes and clock. Events come by the chat's
// connection: hook is not used.
func (d *Desk) Check(ctx context.Context, _ string) []bots.Finding {
	if d.c.Token == "" { // nothing is worth asking
		return []bots.Finding{{Name: "credentials", Saw: "no token", Fix: "Set slack_bot_token to the app's Bot User OAuth Token (xoxb-…): footnote desk setup " + d.c.Name + " says how to get one."}}
	}
	var head http.Header
	var a authTest
	err := d.get(ctx, "auth.test", nil, &a, &head)
	f := bots.Finding{Name: "credentials", OK: err == nil && a.Team != "", Saw: "workspace " + bots.Plain(a.Team, 40) + " as " + bots.Plain(a.User, 40)}
	if !f.OK {
		f.Saw, f.Fix = "not signed in", "Set slack_bot_token to the app's Bot User OAuth Token (xoxb-…)."
		if err != nil {
			f.Saw = bots.Plain(pipeline.Say(err), 200)
		}
		return []bots.Finding{f}
	}
	return []bots.Finding{f, d.checkScopes(head), d.checkChannels(ctx), d.checkNotes(ctx), bots.ClockFinding(head, d.c.Now())}
}

func (d *Desk) checkScopes(head http.Header) bots.Finding {
	f := bots.Finding{Name: "scopes", OK: true, Saw: "all that are needed"}
	granted := strings.FieldsFunc(head.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(granted) == 0 {
		f.Saw = "Slack does not tell"
		return f
	}
	need := slices.DeleteFunc(d.scopes(), func(s string) bool { // private channels begin with C too
		return slices.Contains(granted, s) || slices.Contains(granted, strings.Replace(s, "channels:", "groups:", 1))
	})
	if len(need) > 0 {
		f.OK, f.Saw, f.Fix = false, "missing: "+strings.Join(need, ", "), "Add them under OAuth & Permissions (deploy/slack-manifest.yaml has them) and install the app again."
		if slices.Contains(need, "chat:write.customize") {
			f.Fix += " Or set " + strings.ReplaceAll(d.c.Name, "-", "_") + "_names to false: replies then stand under the app's name."
		}
	}
	return f
}

// scopes are those that the desk needs with its settings, for public channels.
func (d *Desk) scopes() []string {
	need := append(slices.Clone(scopes), "channels:history")
	if d.c.Notes != "" {
		need = append(need, "channels:read")
	}
	if d.c.Names {
		need = append(need, "chat:write.customize")
	}
	return need
}

// checkNotes looks whether notes stay among colleagues.
func (d *Desk) checkNotes(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "notes", OK: true, Saw: "none: customers read all that stands in a support channel, and slack_channel is not set"}
	if d.c.Notes == "" {
		return f
	}
	if err := d.internal(ctx, d.c.Notes); err != nil {
		return bots.Finding{Name: f.Name, Saw: bots.Plain(pipeline.Say(err), 200), Fix: "Set slack_channel to a channel of your own workspace that the bot is in."}
	}
	f.Saw = "go to " + d.c.Notes + ", which nobody outside reads"
	return f
}

func (d *Desk) checkChannels(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "channels", OK: true, Saw: strings.Join(d.channels(), ", ") + " can be read; events come over the chat's connection"}
	if len(d.channels()) == 0 {
		return bots.Finding{Name: f.Name, Saw: "none is named", Fix: "Set " + bots.Setting(d.c.Name, "channels") + " to the ids of the support channels."}
	}
	for _, id := range d.channels() {
		var l messageList
		if err := d.get(ctx, "conversations.history", url.Values{"channel": {id}, "limit": {"1"}}, &l); err != nil {
			return bots.Finding{Name: f.Name, Saw: id + ": " + bots.Plain(pipeline.Say(err), 200), Fix: "Invite the bot there with /invite, or correct the channel's id."}
		}
	}
	return f
}
