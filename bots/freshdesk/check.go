package freshdesk

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// minSecret is how many characters a secret that nothing signs should have.
const minSecret = 32

// Check looks at credentials, scopes, webhook and clock.
func (d *Desk) Check(ctx context.Context, hook string) []bots.Finding {
	var head http.Header
	var me apiAgent
	err := d.api.Get(ctx, "/agents/me", &me, &head)
	if err != nil || me.ID == 0 {
		f := bots.Finding{Name: "credentials", Saw: "not signed in", Fix: "Sign in to Freshdesk as the agent Footnote works as, open Profile settings, press View API key, and set " + bots.Setting(d.c.Name, "key") + " to it."}
		if err != nil {
			f.Saw = bots.Plain(pipeline.Say(err), 200)
		}
		if pipeline.KindOf(err) == pipeline.Unavailable && err != nil {
			f.Fix = "Check " + bots.Setting(d.c.Name, "domain") + ", and that this machine reaches " + d.url + "."
		}
		return []bots.Finding{f}
	}
	return []bots.Finding{{Name: "credentials", OK: true, Saw: "signed in as " + bots.Plain(me.Contact.Name, 60)},
		d.checkScopes(ctx, me), d.checkHook(), bots.ClockFinding(head, d.c.Now())}
}

func (d *Desk) checkScopes(ctx context.Context, me apiAgent) bots.Finding {
	if _, _, err := d.list(ctx, cursor{d.c.Now().Add(-time.Hour), 1}, ""); err != nil {
		return bots.Finding{Name: "scopes", Saw: "tickets: " + bots.Plain(pipeline.Say(err), 200), Fix: "Give the agent global access to tickets (Admin, Team, Agents)."}
	}
	if err := d.api.Get(ctx, "/agents?email="+url.QueryEscape(me.Contact.Email), nil); err != nil {
		return bots.Finding{Name: "scopes", Saw: "agents cannot be listed: replies would appear under " + bots.Plain(me.Contact.Name, 60) + "'s name", Fix: "Give the agent the role Administrator, so that replies appear under the approving agent's name."}
	}
	return bots.Finding{Name: "scopes", OK: true, Saw: "lists tickets and agents"}
}

// checkHook: Freshdesk's API does not show automation rules; only our side is seen.
func (d *Desk) checkHook() bots.Finding {
	f := bots.Finding{Name: "webhook", OK: true, Saw: "the API does not show automation rules; the secret is set, and the poll finds what no rule tells"}
	for _, s := range d.c.Secrets {
		if s != "" && len(s) < minSecret {
			f = bots.Finding{Name: "webhook", Saw: "the secret is short, and nothing else protects the route", Fix: "Run footnote desk setup " + d.c.Name + " and use the secret it prints, in the settings and in both rules."}
		}
	}
	if !d.secrets.Set() {
		f = bots.Finding{Name: "webhook", Saw: "no secret is set", Fix: "Run footnote desk setup " + d.c.Name + "."}
	}
	return f
}

// Setup says which clicks make the two automation rules: Freshdesk's API makes none.
func (d *Desk) Setup(_ context.Context, hook string) (bots.Installation, error) {
	var in bots.Installation
	if u, err := url.Parse(hook); err != nil || u.Scheme != "https" {
		return in, pipeline.Errorf(pipeline.Invalid, "the secret travels in a header, so the address must be https; set public_url to one")
	}
	secret := "the secret that is set as " + bots.Setting(d.c.Name, "secret")
	if !d.secrets.Set() {
		made := bots.SetupSecret(d.c.Name, d.c.Key)
		in.Set, secret = map[string]string{"secret": made}, made
	}
	action := "Action: Trigger webhook. Request type POST, URL " + hook + ", add a custom header " + HeaderSecret + ": " + secret +
		"; encoding JSON, content Advanced, and this content: " + Template
	in.Steps = []string{"In Freshdesk open Admin, Workflows, Automations.",
		"Ticket creation, New rule, name Footnote; no condition (or: Channel is any). " + action,
		"Ticket updates, New rule, name Footnote; When an action performed by: Agent or requester. Involves any of these events: Reply is sent, Note is added, Status is changed, Ticket is deleted, Ticket is marked as spam. " +
			"The same action as before.",
		"Preview and save both rules, and put them first in their list."}
	return in, nil
}
