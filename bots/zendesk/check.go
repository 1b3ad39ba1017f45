package zendesk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// hookEvents are what the webhook subscribes to.
var hookEvents = []string{eventPrefix + "created", eventPrefix + "comment_added", eventPrefix + "status_changed", eventPrefix + "merged",
	eventPrefix + "comment_made_private", eventPrefix + "comment_redacted", eventPrefix + "soft_deleted", eventPrefix + "undeleted"}

type apiHook struct {
	ID            string   `json:"id,omitempty"`
	Name          string   `json:"name"`
	Endpoint      string   `json:"endpoint"`
	Method        string   `json:"http_method"`
	Format        string   `json:"request_format"`
	Status        string   `json:"status"`
	Subscriptions []string `json:"subscriptions"`
}

// Check looks at credentials, scopes, webhook and clock.
func (d *Desk) Check(ctx context.Context, hook string) []bots.Finding {
	var head http.Header
	var me struct {
		User apiUser `json:"user"`
	}
	err := d.api.Get(ctx, "/users/me", &me, &head)
	out := []bots.Finding{{Name: "credentials", OK: err == nil && me.User.ID != 0, Saw: "signed in as " + bots.Plain(me.User.Name, 60) + " (" + me.User.Role + ")"}}
	if err != nil || me.User.ID == 0 {
		out[0].Saw = "not signed in"
		if err != nil {
			out[0].Saw = bots.Plain(pipeline.Say(err), 200)
		}
		out[0].Fix = "Make an API token in Admin Center, Apps and integrations, APIs, API tokens; set " + bots.Setting(d.c.Name, "email") + " to the agent it belongs to and " + bots.Setting(d.c.Name, "token") + " to the token."
		if pipeline.KindOf(err) == pipeline.Unavailable && err != nil {
			out[0].Fix = "Check " + bots.Setting(d.c.Name, "subdomain") + ", and that this machine reaches " + d.url + "."
		}
		return out
	}
	return append(out, d.checkScopes(ctx, me.User), d.checkHook(ctx, hook), d.checkClock(head))
}

func (d *Desk) checkScopes(ctx context.Context, me apiUser) bots.Finding {
	f := bots.Finding{Name: "scopes", OK: true, Saw: "reads tickets, users and the incremental export"}
	if me.Role != "admin" {
		return bots.Finding{Name: "scopes", Saw: "the user is " + me.Role + ", not admin", Fix: "Give the user the role Administrator: the incremental export, author_id on replies and webhooks need it."}
	}
	if _, err := d.Changed(ctx, d.c.Now().Add(-5*time.Minute)); err != nil {
		return bots.Finding{Name: "scopes", Saw: "the incremental export: " + bots.Plain(pipeline.Say(err), 200), Fix: "Allow the token to read tickets (OAuth scope: read write)."}
	}
	return f
}

func (d *Desk) checkHook(ctx context.Context, hook string) bots.Finding {
	f := bots.Finding{Name: "webhook"}
	h, err := d.findHook(ctx, hook)
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound:
		f.Saw, f.Fix = "no webhook to "+hook, "Run footnote desk setup "+d.c.Name+"."
		return f
	case err != nil:
		f.Saw, f.Fix = bots.Plain(pipeline.Say(err), 200), "Webhooks can be read by administrators only."
		return f
	}
	if h.Status != "active" {
		f.Saw, f.Fix = "the webhook is "+h.Status, "Activate it in Admin Center, Apps and integrations, Webhooks."
		return f
	}
	for _, want := range []string{eventPrefix + "created", eventPrefix + "comment_added", eventPrefix + "status_changed"} {
		if !slices.Contains(h.Subscriptions, want) && !slices.Contains(h.Subscriptions, "conditional_ticket_events") {
			f.Saw, f.Fix = "the webhook does not subscribe to "+want, "Delete the webhook and run footnote desk setup "+d.c.Name+"."
			return f
		}
	}
	secret, err := d.signingSecret(ctx, h.ID)
	if err == nil && (!d.secrets.Set() || !slices.Contains(d.c.Secrets, secret)) {
		f.Saw, f.Fix = "the webhook signs with another secret than "+bots.Setting(d.c.Name, "secret"), "Run footnote desk setup "+d.c.Name+" and keep the secret it prints."
		return f
	}
	f.OK, f.Saw = true, "active, to "+hook
	return f
}

// checkClock compares our clock with the Date of Zendesk's answer: signatures
// are refused beyond five minutes.
func (d *Desk) checkClock(h http.Header) bots.Finding {
	return bots.ClockFinding(h, d.c.Now())
}

// Setup makes the webhook, or finds the one that is there, and tells its secret.
func (d *Desk) Setup(ctx context.Context, hook string) (bots.Installation, error) {
	var in bots.Installation
	if u, err := url.Parse(hook); err != nil || u.Scheme != "https" {
		return in, pipeline.Errorf(pipeline.Invalid, "Zendesk sends webhooks to https addresses only; set public_url to one")
	}
	h, err := d.findHook(ctx, hook)
	switch {
	case err == nil:
		in.Did = append(in.Did, "found the webhook "+h.Name)
	case pipeline.KindOf(err) == pipeline.NotFound:
		var made struct {
			Webhook apiHook `json:"webhook"`
		}
		if err := d.api.Do(ctx, http.MethodPost, "/webhooks", map[string]any{"webhook": apiHook{Name: "Footnote", Endpoint: hook,
			Method: http.MethodPost, Format: "json", Status: "active", Subscriptions: hookEvents}}, &made); err != nil {
			return in, fmt.Errorf("create webhook: %w", err)
		}
		h = made.Webhook
		in.Did = append(in.Did, "created the webhook Footnote")
	case pipeline.KindOf(err) == pipeline.Denied:
		in.Steps = []string{"In Admin Center open Apps and integrations, Webhooks, and press Create webhook.",
			"Choose Zendesk events and these: " + strings.Join(hookEvents, ", ") + ".",
			"Name Footnote, endpoint " + hook + ", method POST, format JSON, no authentication; press Create.",
			"Open the webhook, press Reveal secret, and set " + bots.Setting(d.c.Name, "secret") + " to it."}
		return in, nil
	default:
		return in, err
	}
	secret, err := d.signingSecret(ctx, h.ID)
	if err != nil {
		return in, fmt.Errorf("read signing secret: %w", err)
	}
	in.Set = map[string]string{"secret": secret}
	return in, nil
}

func (d *Desk) findHook(ctx context.Context, hook string) (apiHook, error) {
	after := ""
	for range maxPages {
		var page struct {
			Webhooks []apiHook `json:"webhooks"`
			Meta     struct {
				More  bool   `json:"has_more"`
				After string `json:"after_cursor"`
			} `json:"meta"`
		}
		q := url.Values{"page[size]": {"100"}}
		if after != "" {
			q.Set("page[after]", after)
		}
		if err := d.api.Get(ctx, "/webhooks?"+q.Encode(), &page); err != nil {
			return apiHook{}, err
		}
		for _, h := range page.Webhooks {
			if h.Endpoint == hook {
				return h, nil
			}
		}
		if after = page.Meta.After; !page.Meta.More || after == "" {
			break
		}
	}
	return apiHook{}, pipeline.Errorf(pipeline.NotFound, "there is no webhook to %s", hook)
}

func (d *Desk) signingSecret(ctx context.Context, id string) (string, error) {
	var v struct {
		Secret struct {
			Secret string `json:"secret"`
		} `json:"signing_secret"`
	}
	if err := d.api.Get(ctx, "/webhooks/"+url.PathEscape(id)+"/signing_secret", &v); err != nil {
		return "", err
	}
	if v.Secret.Secret == "" {
		return "", errors.New("read signing secret: the answer holds none")
	}
	return v.Secret.Secret, nil
}
