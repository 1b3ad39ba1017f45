package slackdesk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"footnote/bots"
)

// Setup says what to do by hand: Slack lets nobody install an app or invite it by
// an API. What is done already is left out, as far as the token tells. The route
// of webhooks is not used: events come over the chat's connection.
func (d *Desk) Setup(ctx context.Context, _ string) (bots.Installation, error) {
	var in bots.Installation
	fine := map[string]bots.Finding{}
	for _, f := range d.Check(ctx, "") {
		fine[f.Name] = f
	}
	if !fine["credentials"].OK {
		in.Steps = append(in.Steps,
			"Open https://api.slack.com/apps, press Create New App, From a manifest, choose your workspace and paste deploy/slack-manifest.yaml; press Create.",
			"Press Install to Workspace and Allow; copy OAuth & Permissions, Bot User OAuth Token (xoxb-…) into slack_bot_token.",
			"Open Basic Information, App-Level Tokens, press Generate Token and Scopes, add connections:write, and copy the token (xapp-…) into slack_app_token.")
	}
	if !fine["scopes"].OK {
		need := d.scopes()
		in.Steps = append(in.Steps, "In the app open OAuth & Permissions, Scopes, Bot Token Scopes, and see that these stand there: "+strings.Join(need, ", ")+
			" (for private channels groups:history and groups:read too). Press Reinstall to Workspace.")
	}
	key := strings.ReplaceAll(d.c.Name, "-", "_")
	in.Steps = append(in.Steps,
		"In the app open Event Subscriptions, Subscribe to bot events, and see that message.channels, message.groups, reaction_added and reaction_removed stand there (the manifest has them).",
		"To share a channel with a customer: in Slack open the channel's name, Settings, Send Invite (Slack Connect), and enter the customer's address; they accept, an administrator approves.")
	if !fine["channels"].OK {
		in.Steps = append(in.Steps, "In each support channel write /invite @footnote. Its id stands at the bottom of the channel's details; set "+key+"_channels to it, now "+
			cmp.Or(strings.Join(d.channels(), ","), "nothing")+" (several by commas; id=customers for a channel of your own people).")
	}
	if d.c.Notes == "" {
		in.Steps = append(in.Steps, "Set slack_channel to a channel of your own agents and invite the bot there: cards and notes go there, never to the customers' channel.")
	} else if !fine["notes"].OK {
		in.Steps = append(in.Steps, "Notes: "+fine["notes"].Saw+". "+fine["notes"].Fix)
	}
	in.Steps = append(in.Steps,
		"For each agent: footnote people add <the e-mail address they have in Slack> --role agent.",
		"Tell your agents: :"+emojiSolved+": on the customer's newest message means solved, :"+emojiPending+": pending; the customer sees it, and a new message opens the thread again.",
		"Start Footnote again, then run footnote desk check "+d.c.Name+" and footnote doctor.")
	if done := slices.DeleteFunc([]string{"credentials", "scopes", "channels", "notes"}, func(s string) bool { return !fine[s].OK }); len(done) > 0 {
		in.Did = append(in.Did, "looked at the workspace: "+strings.Join(done, ", ")+" are as they must be; nothing was changed")
	}
	return in, nil
}
