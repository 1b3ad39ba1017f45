package chatwoot

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// hookEvents are what the webhook subscribes to.
var hookEvents = []string{"conversation_created", "conversation_status_changed", "message_created"}

type apiHook struct {
	ID            int64    `json:"id,omitempty"`
	Name          string   `json:"name,omitempty"`
	URL           string   `json:"url"`
	Subscriptions []string `json:"subscriptions"`
	Secret        string   `json:"secret,omitempty"` // chosen by Chatwoot; versions before 2026 have none
}

// Check looks at credentials, scopes, webhook and clock, and at the agents' tokens.
func (d *Desk) Check(ctx context.Context, hook string) []bots.Finding {
	var head http.Header
	me, err := d.profile(ctx, "", &head)
	f := bots.Finding{Name: "credentials", OK: err == nil, Saw: "signed in as " + bots.Plain(me.Name, 60)}
	if err != nil {
		f.Saw = bots.Plain(pipeline.Say(err), 200)
		f.Fix = "Sign in to Chatwoot as Footnote's user, open Profile settings, copy the access token and set " + bots.Setting(d.c.Name, "token") + " to it. An nginx in front needs underscores_in_headers on."
		if pipeline.KindOf(err) == pipeline.Unavailable {
			f.Fix = "Check " + bots.Setting(d.c.Name, "url") + ", and that this machine reaches " + d.url + "."
		}
		return []bots.Finding{f}
	}
	out := []bots.Finding{f, d.checkScopes(ctx, me), d.checkHook(ctx, hook), bots.ClockFinding(head, d.c.Now())}
	for _, address := range slices.Sorted(maps.Keys(d.agents)) {
		out = append(out, d.checkAgent(ctx, address))
	}
	return out
}

func (d *Desk) checkScopes(ctx context.Context, me apiProfile) bots.Finding {
	f := bots.Finding{Name: "scopes", Fix: "Add the user as administrator to account " + number(d.c.Account) + ", in Settings, Agents: administrators see every inbox."}
	switch role := me.role(d.c.Account); role {
	case "administrator":
	case "":
		f.Saw = "the user does not belong to account " + number(d.c.Account)
		return f
	default:
		f.Saw = "the user is " + bots.Plain(role, 40) + ", who sees only the inboxes it was added to, and no reports"
		return f
	}
	if _, _, err := d.list(ctx, 1); err != nil {
		f.Saw = "the list of conversations: " + bots.Plain(pipeline.Say(err), 200)
		return f
	}
	return bots.Finding{Name: "scopes", OK: true, Saw: "reads all conversations of the account"}
}

func (d *Desk) checkHook(ctx context.Context, hook string) bots.Finding {
	f := bots.Finding{Name: "webhook", Fix: "Run footnote desk setup " + d.c.Name + "."}
	h, err := d.findHook(ctx, hook)
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound && err != nil:
		f.Saw = "no webhook to " + hook
		return f
	case err != nil:
		f.Saw, f.Fix = bots.Plain(pipeline.Say(err), 200), "Webhooks can be read by administrators only."
		return f
	}
	for _, want := range hookEvents {
		if !slices.Contains(h.Subscriptions, want) {
			f.Saw = "the webhook does not send " + want
			return f
		}
	}
	switch {
	case h.Secret == "":
		f.Saw, f.Fix = "this version of Chatwoot signs no webhooks, so that the route stays closed", "Update Chatwoot (2026 or newer); until then changes are found by the poll, every minute."
	case !slices.Contains(d.c.Secrets, h.Secret):
		f.Saw, f.Fix = "the webhook signs with another secret than "+bots.Setting(d.c.Name, "secret"), "Run footnote desk setup "+d.c.Name+" and keep the secret it prints."
	default:
		f.OK, f.Saw, f.Fix = true, "active, to "+hook, ""
	}
	return f
}

func (d *Desk) checkAgent(ctx context.Context, address string) bots.Finding {
	f := bots.Finding{Name: "token of " + bots.Plain(address, 100), Fix: "Copy that agent's access token from Profile settings anew, and correct " + bots.Setting(d.c.Name, "agent_tokens") + "."}
	p, err := d.profile(ctx, d.agents[address])
	switch {
	case err != nil:
		f.Saw = bots.Plain(pipeline.Say(err), 200)
	case bots.Address(p.Email) != address:
		f.Saw = "the token is " + bots.Plain(p.Email, 100) + "'s"
	case p.role(d.c.Account) == "":
		f.Saw = "the user does not belong to account " + number(d.c.Account)
	default:
		f.OK, f.Saw, f.Fix = true, "signed in as "+bots.Plain(p.Name, 60), ""
	}
	return f
}

// Setup makes the webhook, or puts the one that is there right, and tells the
// secret that Chatwoot chose.
func (d *Desk) Setup(ctx context.Context, hook string) (bots.Installation, error) {
	var in bots.Installation
	if u, err := url.Parse(hook); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return in, pipeline.Errorf(pipeline.Invalid, "Chatwoot needs the http or https address of our route; set public_url")
	}
	h, err := d.findHook(ctx, hook)
	method, at, did := http.MethodPost, "/webhooks", "created the webhook Footnote"
	want := apiHook{Name: "Footnote", URL: hook, Subscriptions: hookEvents}
	switch {
	case err == nil:
		method, at, did = http.MethodPatch, "/webhooks/"+number(h.ID), "found the webhook and set its events right"
		want.Name = h.Name
		for _, s := range h.Subscriptions {
			if !slices.Contains(want.Subscriptions, s) {
				want.Subscriptions = append(slices.Clone(want.Subscriptions), s)
			}
		}
	case pipeline.KindOf(err) == pipeline.Denied:
		in.Steps = []string{"In Chatwoot open Settings, Integrations, Webhooks, and press Add new webhook.",
			"Webhook URL " + hook + ", events " + strings.Join(hookEvents, ", ") + "; press Create webhook.",
			"Open the webhook, copy its secret, and set " + bots.Setting(d.c.Name, "secret") + " to it."}
		return in, nil
	case pipeline.KindOf(err) != pipeline.NotFound:
		return in, err
	}
	var made struct {
		Payload struct {
			Webhook apiHook `json:"webhook"`
		} `json:"payload"`
	}
	if err := d.api.Do(ctx, method, d.path(at), want, &made); err != nil {
		return in, fmt.Errorf("save webhook: %w", err)
	}
	in.Did = []string{did}
	secret := made.Payload.Webhook.Secret
	if secret == "" { // some answers leave it out
		if h, err = d.findHook(ctx, hook); err != nil {
			return in, fmt.Errorf("read webhook: %w", err)
		}
		secret = h.Secret
	}
	if secret == "" {
		in.Steps = []string{"This version of Chatwoot signs no webhooks: the route stays closed, and changes are found by the poll. Update Chatwoot (2026 or newer) and run this again."}
		return in, nil
	}
	in.Set = map[string]string{"secret": secret}
	return in, nil
}

func (d *Desk) findHook(ctx context.Context, hook string) (apiHook, error) {
	var v struct {
		Payload struct {
			Webhooks []apiHook `json:"webhooks"`
		} `json:"payload"`
	}
	if err := d.api.Get(ctx, d.path("/webhooks"), &v); err != nil {
		return apiHook{}, err
	}
	for _, h := range v.Payload.Webhooks {
		if h.URL == hook {
			return h, nil
		}
	}
	return apiHook{}, pipeline.Errorf(pipeline.NotFound, "there is no webhook to %s", hook)
}
