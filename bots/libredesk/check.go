package libredesk

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// hookEvents are what the webhook subscribes to.
var hookEvents = []string{"conversation.created", "conversation.status_changed", "message.created"}

// needed are the permissions of our agent's role, each with the words that Libredesk has
// for it on the page of a role.
var needed = []struct{ permission, label string }{{"conversations:read", "View conversation"}, {"conversations:read_all", "View all conversations"},
	{"messages:read", "View conversation messages"}, {"messages:write", "Send messages in conversations"},
	{"conversations:update_status", "Change conversation status"}, {"conversations:update_tags", "Add or remove conversation tags"}}

type apiHook struct {
	ID       int64    `json:"id,omitempty"`
	Name     string   `json:"name"`
	URL      string   `json:"url"`
	Events   []string `json:"events"`
	Secret   string   `json:"secret"`
	IsActive bool     `json:"is_active"`
}

// Check looks at credentials, scopes, webhook and clock, and at the agents' keys.
func (d *Desk) Check(ctx context.Context, hook string) []bots.Finding {
	var head http.Header
	me, err := d.agent(ctx, "", &head)
	f := bots.Finding{Name: "credentials", OK: err == nil, Saw: "signed in as " + bots.Plain(name(me.First, me.Last), 60)}
	if err != nil {
		f.Saw = bots.Plain(pipeline.Say(err), 200)
		f.Fix = "In Admin, Teammates, Agents open the agent that Footnote is, press Generate API key, and set " + bots.Setting(d.c.Name, "key") + " to KEY:SECRET."
		if pipeline.KindOf(err) == pipeline.Unavailable {
			f.Fix = "Check " + bots.Setting(d.c.Name, "url") + ", and that this machine reaches " + d.url + "."
		}
		return []bots.Finding{f}
	}
	out := []bots.Finding{f, d.checkScopes(ctx, me), d.checkHook(ctx, hook), bots.ClockFinding(head, d.c.Now())}
	for _, address := range slices.Sorted(maps.Keys(d.agents)) {
		out = append(out, d.checkKey(ctx, address))
	}
	return out
}

func (d *Desk) checkScopes(ctx context.Context, me apiAgent) bots.Finding {
	var all, lacks []string
	for _, want := range needed {
		all = append(all, want.label)
		if len(me.Permissions) > 0 && !slices.Contains(me.Permissions, want.permission) {
			lacks = append(lacks, want.label)
		}
	}
	f := bots.Finding{Name: "scopes", Fix: "In Admin, Teammates, Roles open the role of Footnote's agent and tick: " + strings.Join(all, ", ") + "."}
	if len(lacks) > 0 {
		f.Saw = "the agent's role lacks: " + strings.Join(lacks, ", ")
		return f
	}
	if _, _, _, err := d.list(ctx, bots.Place{From: d.c.Now().Add(-5 * time.Minute), Page: 1}, 1); err != nil {
		f.Saw = "the list of all conversations: " + bots.Plain(pipeline.Say(err), 200)
		return f
	}
	return bots.Finding{Name: "scopes", OK: true, Saw: "reads all conversations, writes messages, tags and status"}
}

func (d *Desk) checkHook(ctx context.Context, hook string) bots.Finding {
	f := bots.Finding{Name: "webhook"}
	h, err := d.findHook(ctx, hook)
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound && err != nil:
		f.Saw, f.Fix = "no webhook to "+hook, "Run footnote desk setup "+d.c.Name+"."
		return f
	case err != nil:
		f.Saw, f.Fix = bots.Plain(pipeline.Say(err), 200), "Tick Manage webhooks in the agent's role, or look at Admin, Integrations, Webhooks yourself."
		return f
	}
	for _, want := range hookEvents {
		if !slices.Contains(h.Events, want) {
			f.Saw, f.Fix = "the webhook does not send "+want, "Run footnote desk setup "+d.c.Name+"."
			return f
		}
	}
	switch {
	case !h.IsActive:
		f.Saw, f.Fix = "the webhook is switched off", "Switch it on in Admin, Integrations, Webhooks."
	case h.Secret == "":
		f.Saw, f.Fix = "the webhook has no secret, so that nothing it sends is signed", "Run footnote desk setup "+d.c.Name+"."
	case !d.secrets.Set():
		f.Saw, f.Fix = bots.Setting(d.c.Name, "secret")+" is not set, so that the route is closed", "Run footnote desk setup "+d.c.Name+" and keep the secret it prints."
	default: // Libredesk does not show the secret
		f.OK, f.Saw = true, "active, to "+hook
	}
	return f
}

func (d *Desk) checkKey(ctx context.Context, address string) bots.Finding {
	f := bots.Finding{Name: "key of " + bots.Plain(address, 100), Fix: "Make that agent's API key anew in Admin, Teammates, Agents, and correct " + bots.Setting(d.c.Name, "agent_keys") + "."}
	a, err := d.agent(ctx, d.agents[address])
	switch {
	case err != nil:
		f.Saw = bots.Plain(pipeline.Say(err), 200)
	case bots.Address(a.Email) != address:
		f.Saw = "the key is " + bots.Plain(a.Email, 100) + "'s"
	default:
		f.OK, f.Saw, f.Fix = true, "signed in as "+bots.Plain(name(a.First, a.Last), 60), ""
	}
	return f
}

// Setup makes the webhook, or puts the one that is there right. Libredesk never
// shows a webhook's secret: it is ours to choose.
func (d *Desk) Setup(ctx context.Context, hook string) (bots.Installation, error) {
	var in bots.Installation
	if u, err := url.Parse(hook); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return in, pipeline.Errorf(pipeline.Invalid, "Libredesk needs the http or https address of our route; set public_url")
	}
	secret := ""
	for _, s := range d.c.Secrets {
		if secret == "" {
			secret = s
		}
	}
	if secret == "" {
		secret = bots.SetupSecret(d.c.Name, d.c.Key)
	}
	in.Set = map[string]string{"secret": secret}
	want := apiHook{Name: "Footnote", URL: hook, Events: hookEvents, Secret: secret, IsActive: true}
	old, err := d.findHook(ctx, hook)
	method, path, did := http.MethodPost, "/webhooks", "created the webhook Footnote"
	switch {
	case err == nil:
		method, path, did = http.MethodPut, "/webhooks/"+number(old.ID), "set the webhook "+bots.Plain(old.Name, 60)+" right"
		want.Name = old.Name
	case pipeline.KindOf(err) == pipeline.Denied:
		in.Steps = []string{"In Libredesk open Admin, Integrations, Webhooks, and press New webhook.",
			"Name Footnote, URL " + hook + ", events " + strings.Join(hookEvents, ", ") + ".",
			"Secret: the one printed here as " + bots.Setting(d.c.Name, "secret") + ". Switch it on and save."}
		return in, nil
	case pipeline.KindOf(err) != pipeline.NotFound:
		return bots.Installation{}, err
	}
	made, err := fetch[apiHook](ctx, d.api, call{method, path, want})
	if err == nil && made.ID == 0 { // its refusal of a field comes as a success
		err = pipeline.Errorf(pipeline.Invalid, "Libredesk did not take the webhook")
	}
	if err != nil {
		return bots.Installation{}, fmt.Errorf("save webhook: %w", err)
	}
	in.Did = []string{did}
	return in, nil
}

func (d *Desk) findHook(ctx context.Context, hook string) (apiHook, error) {
	list, err := get[[]apiHook](ctx, d, "/webhooks")
	if err != nil {
		return apiHook{}, err
	}
	for _, h := range list {
		if h.URL == hook {
			return h, nil
		}
	}
	return apiHook{}, pipeline.Errorf(pipeline.NotFound, "there is no webhook to %s", hook)
}
