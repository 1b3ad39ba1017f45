package intercom

import (
	"context"
	"net/http"
	"net/url"

	"footnote/bots"
	"footnote/pipeline"
)

// topics are what the webhook subscribes to.
const topics = "conversation.user.created, conversation.user.replied, conversation.admin.replied, conversation.admin.noted, conversation.admin.single.created, " +
	"conversation.admin.closed, conversation.admin.opened, conversation.admin.snoozed, conversation.admin.unsnoozed, conversation.deleted"

// Check looks at credentials, scopes, webhook and clock.
func (d *Desk) Check(ctx context.Context, _ string) []bots.Finding {
	var head http.Header
	var m me
	err := d.api.Get(ctx, "/me", &m, &head)
	if err != nil || m.ID == "" {
		f := bots.Finding{Name: "credentials", Saw: "not signed in", Fix: "In Intercom's Developer Hub open your app, Configure, Authentication, and set " + bots.Setting(d.c.Name, "token") + " to its access token."}
		if err != nil {
			f.Saw = bots.Plain(pipeline.Say(err), 200)
		}
		if pipeline.KindOf(err) == pipeline.Unavailable && err != nil {
			f.Fix = "Check " + bots.Setting(d.c.Name, "region") + ", and that this machine reaches Intercom's API."
		}
		return []bots.Finding{f}
	}
	out := []bots.Finding{{Name: "credentials", OK: true, Saw: "signed in as " + bots.Plain(m.Name, 60) + ", workspace " + bots.Plain(m.App.Code, 40)}}
	if d.c.Workspace != "" && m.App.Code != d.c.Workspace {
		out[0] = bots.Finding{Name: "credentials", Saw: "the token belongs to workspace " + bots.Plain(m.App.Code, 40),
			Fix: "Set " + bots.Setting(d.c.Name, "workspace") + " to it, or use the token of " + bots.Plain(d.c.Workspace, 40) + ": webhooks of another workspace are ignored."}
	}
	return append(out, d.checkScopes(ctx, m), d.checkHook(), bots.ClockFinding(head, d.c.Now()))
}

func (d *Desk) checkScopes(ctx context.Context, m me) bots.Finding {
	const where = "in the Developer Hub, your app, Configure, Authentication, Edit: "
	if _, err := d.search(ctx, d.c.Now(), "", "descending"); err != nil {
		return bots.Finding{Name: "scopes", Saw: "conversations: " + bots.Plain(pipeline.Say(err), 200), Fix: "Grant, " + where + "Read conversations, Write conversations."}
	}
	if _, err := d.admin(ctx, m.Email); err != nil {
		return bots.Finding{Name: "scopes", Saw: "admins: " + bots.Plain(pipeline.Say(err), 200), Fix: "Grant, " + where + "Read admins: replies appear under the approving agent's name."}
	}
	return bots.Finding{Name: "scopes", OK: true, Saw: "reads conversations and admins; whether it may write shows with the first note or reply"}
}

// checkHook: Intercom's API does not show an app's webhooks; only our side is seen.
func (d *Desk) checkHook() bots.Finding {
	if !d.secrets.Set() {
		return bots.Finding{Name: "webhook", Saw: "no secret is set", Fix: "Set " + bots.Setting(d.c.Name, "secret") + " to the app's client secret (Developer Hub, your app, Configure, Basic information)."}
	}
	return bots.Finding{Name: "webhook", OK: true, Saw: "the API does not show an app's webhooks; the secret is set, and the poll finds what none tells"}
}

// Setup says which clicks make the webhook: Intercom's API makes none.
func (d *Desk) Setup(_ context.Context, hook string) (bots.Installation, error) {
	var in bots.Installation
	if u, err := url.Parse(hook); err != nil || u.Scheme != "https" {
		return in, pipeline.Errorf(pipeline.Invalid, "Intercom sends webhooks to https addresses only; set public_url to one")
	}
	in.Steps = []string{"In Intercom's Developer Hub open your app (or press New app, for your own workspace).",
		"Configure, Basic information: set " + bots.Setting(d.c.Name, "secret") + " to the client secret, and start Footnote again.",
		"Configure, Webhooks: endpoint URL " + hook + ".",
		"Subscribe to these topics and save: " + topics + ".",
		"Press Send a test request: Footnote answers 202."}
	return in, nil
}
