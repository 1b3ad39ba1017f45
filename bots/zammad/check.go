package zammad

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

type apiHook struct {
	ID       int64  `json:"id,omitempty"`
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	Token    string `json:"signature_token"`
	SSL      bool   `json:"ssl_verify"`
	Active   bool   `json:"active"`
}

type condition struct {
	Operator string `json:"operator"`
	Value    any    `json:"value"`
}

type apiTrigger struct {
	ID        int64                     `json:"id,omitempty"`
	Name      string                    `json:"name"`
	Condition map[string]any            `json:"condition"`
	Perform   map[string]map[string]any `json:"perform"`
	Activator string                    `json:"activator,omitempty"`
	Mode      string                    `json:"execution_condition_mode,omitempty"`
	Silent    bool                      `json:"disable_notification"`
	Active    bool                      `json:"active"`
}

// actions are what a ticket may meet; each has a trigger of its own.
var actions = map[string]string{"create": "Footnote: ticket created", "update": "Footnote: ticket updated"}

// Check looks at credentials, scopes, webhook and clock.
func (d *Desk) Check(ctx context.Context, hook string) []bots.Finding {
	var head http.Header
	var me apiUser
	err := d.api.Get(ctx, "/users/me", &me, &head)
	f := bots.Finding{Name: "credentials", OK: err == nil && me.ID != 0, Saw: "signed in as " + bots.Plain(me.name(), 60)}
	if !f.OK {
		f.Saw = "not signed in"
		if err != nil {
			f.Saw = bots.Plain(pipeline.Say(err), 200)
		}
		f.Fix = "Sign in to Zammad as Footnote's user, open Profile, Token Access, make a token and set " + bots.Setting(d.c.Name, "token") + " to it."
		if pipeline.KindOf(err) == pipeline.Unavailable && err != nil {
			f.Fix = "Check " + bots.Setting(d.c.Name, "url") + ", and that this machine reaches " + d.url + "."
		}
		return []bots.Finding{f}
	}
	return []bots.Finding{f, d.checkScopes(ctx, me), d.checkHook(ctx, hook), bots.ClockFinding(head, d.c.Now())}
}

func (d *Desk) checkScopes(ctx context.Context, me apiUser) bots.Finding {
	f := bots.Finding{Name: "scopes"}
	if _, _, err := d.list(ctx, bots.Place{From: d.c.Now().Add(-5 * time.Minute), Page: 1}); err != nil {
		f.Saw, f.Fix = "the search for tickets: "+bots.Plain(pipeline.Say(err), 200), "Give the token ticket.agent, and its user full access to the groups."
		return f
	}
	switch ok, err := d.mayActFor(ctx, me.ID); {
	case err != nil:
		f.Saw, f.Fix = bots.Plain(pipeline.Say(err), 200), "Try again."
	case !ok:
		f.Saw, f.Fix = "reads tickets, but may not act for other agents", "Give the token and its user admin.user; until then replies stand under "+bots.Plain(me.name(), 60)+"'s name."
	default:
		f.OK, f.Saw = true, "reads tickets and acts for agents"
	}
	return f
}

func (d *Desk) checkHook(ctx context.Context, hook string) bots.Finding {
	f := bots.Finding{Name: "webhook", Fix: "Run footnote desk setup " + d.c.Name + "."}
	h, err := d.findHook(ctx, hook)
	if err == nil {
		var missing []string
		if missing, err = d.missing(ctx, h.ID); err == nil && len(missing) > 0 {
			f.Saw = "no trigger calls the webhook when a ticket is met by: " + missing[0]
			return f
		}
	}
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound && err != nil:
		f.Saw = "no webhook to " + hook
	case err != nil:
		f.Saw, f.Fix = bots.Plain(pipeline.Say(err), 200), "Give the token admin.webhook and admin.trigger, or look at Manage, Webhook and Trigger yourself."
	case !h.Active:
		f.Saw, f.Fix = "the webhook is not active", "Activate it in Manage, Webhook."
	case h.Token == "":
		f.Saw = "the webhook has no HMAC SHA1 signature token, so that nothing it sends is signed"
	case !d.secrets.Set():
		f.Saw, f.Fix = bots.Setting(d.c.Name, "secret")+" is not set, so that the route is closed", "Set it to the webhook's HMAC SHA1 signature token."
	case !slices.Contains(d.c.Secrets, h.Token) && strings.Trim(h.Token, "*") != "": // where Zammad does not hide it
		f.Saw, f.Fix = "the webhook signs with another token than "+bots.Setting(d.c.Name, "secret"), "Set "+bots.Setting(d.c.Name, "secret")+" to the webhook's HMAC SHA1 signature token."
	default:
		f.OK, f.Saw, f.Fix = true, "active, to "+hook, ""
	}
	return f
}

// Setup makes the webhook and its two triggers, or what is missing of them.
func (d *Desk) Setup(ctx context.Context, hook string) (bots.Installation, error) {
	var in bots.Installation
	if u, err := url.Parse(hook); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return in, pipeline.Errorf(pipeline.Invalid, "Zammad needs the http or https address of our route; set public_url")
	}
	i := slices.IndexFunc(d.c.Secrets, func(s string) bool { return s != "" })
	want := apiHook{Name: "Footnote", Endpoint: hook, SSL: true, Active: true}
	if i >= 0 {
		want.Token = d.c.Secrets[i]
	} else {
		want.Token = bots.SetupSecret(d.c.Name, d.c.Token)
	}
	in.Set = map[string]string{"secret": want.Token}
	h, err := d.findHook(ctx, hook)
	method, path, did := http.MethodPost, "/webhooks", "created the webhook Footnote"
	switch {
	case err == nil:
		method, path, did = http.MethodPut, "/webhooks/"+number(h.ID), "set the webhook "+bots.Plain(h.Name, 60)+" right"
		want.Name, want.SSL = h.Name, h.SSL
	case pipeline.KindOf(err) == pipeline.Denied:
		in.Steps = steps(hook, d.c.Name)
		return in, nil
	case pipeline.KindOf(err) != pipeline.NotFound:
		return bots.Installation{}, err
	}
	var made apiHook
	if err := d.api.Do(ctx, method, path, want, &made); err != nil {
		return bots.Installation{}, fmt.Errorf("save webhook: %w", err)
	}
	in.Did = append(in.Did, did)
	missing, err := d.missing(ctx, made.ID)
	if err != nil {
		return bots.Installation{}, fmt.Errorf("read triggers: %w", err)
	}
	for _, action := range missing {
		t := apiTrigger{Name: actions[action], Condition: map[string]any{"ticket.action": condition{"is", action}}, Activator: "action", Mode: "selective",
			Perform: map[string]map[string]any{"notification.webhook": {"webhook_id": number(made.ID)}}, Silent: true, Active: true}
		if err := d.api.Do(ctx, http.MethodPost, "/triggers", t, nil); err != nil {
			return bots.Installation{}, fmt.Errorf("create trigger: %w", err)
		}
		in.Did = append(in.Did, "created the trigger "+t.Name)
	}
	return in, nil
}

func steps(hook, name string) []string {
	return []string{"In Zammad open Manage, Webhook, and press New Webhook.",
		"Name Footnote, endpoint " + hook + ", HMAC SHA1 signature token: the one printed here as " + bots.Setting(name, "secret") + "; press Submit.",
		"Open Manage, Trigger, press New Trigger: name " + actions["create"] + ", activated by Action, condition Ticket, Action, is, created; execute Webhook, Footnote; press Submit.",
		"Make a second one: name " + actions["update"] + ", condition Ticket, Action, is, updated; the rest as before."}
}

func (d *Desk) findHook(ctx context.Context, hook string) (apiHook, error) {
	var list []apiHook
	if err := d.api.Get(ctx, "/webhooks?per_page=500", &list); err != nil {
		return apiHook{}, err
	}
	for _, h := range list {
		if h.Endpoint == hook {
			return h, nil
		}
	}
	return apiHook{}, pipeline.Errorf(pipeline.NotFound, "there is no webhook to %s", hook)
}

// missing lists the actions that no active trigger tells the webhook of, sorted.
func (d *Desk) missing(ctx context.Context, webhook int64) ([]string, error) {
	var list []apiTrigger
	if err := d.api.Get(ctx, "/triggers?per_page=500", &list); err != nil {
		return nil, err
	}
	var out []string
	for action := range actions {
		if !slices.ContainsFunc(list, func(t apiTrigger) bool {
			c, _ := t.Condition["ticket.action"].(map[string]any)
			return t.Active && fmt.Sprint(t.Perform["notification.webhook"]["webhook_id"]) == number(webhook) && fmt.Sprint(c["value"]) == action
		}) {
			out = append(out, action)
		}
	}
	slices.Sort(out)
	return out, nil
}
