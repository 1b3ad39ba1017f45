// Package webhook is a desk for any system that can send and take HTTP calls:
// an in-house helpdesk, a form, an automation tool. Every call is signed by
// Standard Webhooks (https://www.standardwebhooks.com), both ways.
//
// It is not for platforms that have a folder of their own: those find replies
// again by better means.
//
// # In: POST /hooks/{name}
//
// The body is bots.Inbound, the answer 202 once the event is stored.
//
// # Out: POST to ReplyURL
//
//	{
//	  "type": "reply.send",
//	  "ticket": "4711",
//	  "text": "Hello Ada …",          send it exactly as it is
//	  "recipient": {"name": "Ada", "email": "ada@example.org"},
//	  "marker": "fn-…",               keep it with the message
//	  "author": {"id": "…", "name": "Grace", "email": "grace@example.org"},
//	  "citations": [{"passage": "…", "version": 3}],
//	  "seen": "2026-01-02T15:04:05Z"  the ticket's updated_at as it was read; absent when it has none
//	}
//
// Webhook-Id is the marker: a receiver that takes each id once is safe from
// repetition. Answer 2xx with {"id": "…"}, the message's identifier; 4xx when
// it will never be sent; 412 when the ticket changed since seen; 429 with
// Retry-After for later.
//
// # Back: GET ThreadURL?ticket=4711 and ChangedURL?since=2026-01-02T15:04:05Z
//
// ThreadURL answers with bots.InboundTicket and its messages, oldest first,
// markers included; 404 when there is no such ticket. Without it, a reply whose
// sending broke off cannot be looked for and a person is asked; without the
// ticket's updated_at, which must rise with every message that comes into it and
// never go back, one that is not found is not sent again. ChangedURL
// answers {"tickets": [{"id": "4711", "updated_at": "2026-01-02T15:04:05Z"}]} with all
// tickets changed since then; without it, missed webhooks stay missed. A ticket whose
// updated_at is absent is read at every poll, else only when that has changed.
package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Desk.
type Config struct {
	Name string // of the desk in Footnote and in its route; empty means "webhook"
	// Secrets verify what comes in; two while one is rotated. None closes the route.
	Secrets []string
	// ReplySecret signs what goes out; empty means the first of Secrets.
	ReplySecret string
	ReplyURL    string // takes replies; required for sending
	ThreadURL   string // optional: reads a ticket
	ChangedURL  string // optional, with ThreadURL: lists what changed
	HTTP        *http.Client
	Now         func() time.Time
}

// Desk is the generic desk.
type Desk struct {
	c       Config
	in, out bots.WebhookKeys
	call    bots.Caller
}

var (
	_ bots.Desk   = (*Desk)(nil)
	_ bots.Reader = (*Desk)(nil)
	_ bots.Poller = (*Desk)(nil)
)

// New builds the desk. Invalid for a secret or URL that cannot be used.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "webhook"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	for _, u := range []struct{ key, url string }{{"reply URL", c.ReplyURL}, {"thread URL", c.ThreadURL}, {"changed URL", c.ChangedURL}} {
		if p, err := url.Parse(u.url); err != nil || u.url != "" && (p.Host == "" || p.Scheme != "http" && p.Scheme != "https") {
			return nil, pipeline.Errorf(pipeline.Invalid, "desk %q: the %s must be an http or https URL", c.Name, u.key)
		}
	}
	in, err := bots.NewWebhookKeys(c.Secrets...)
	if err != nil {
		return nil, err
	}
	secret := c.ReplySecret
	if secret == "" && len(c.Secrets) > 0 {
		secret = c.Secrets[0]
	}
	out, err := bots.NewWebhookKeys(secret)
	if err != nil {
		return nil, err
	}
	return &Desk{c: c, in: in, out: out, call: bots.Caller{HTTP: c.HTTP, Now: c.Now, Pulse: new(bots.Pulse)}}, nil
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the desk answers.
func (d *Desk) Pulse() *bots.Pulse { return d.call.Pulse }

// Can tells what the configured URLs allow.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.in.Set(), ReadBack: d.c.ThreadURL != "", Poll: d.c.ThreadURL != "" && d.c.ChangedURL != "",
		Marker: bots.MarkerField, AgentName: true, Absence: bots.AbsenceUnchanged}
}

// Parse verifies and reads a webhook.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	if err := d.in.Verify(h, raw, now); err != nil {
		return nil, err
	}
	return bots.ParseInbound(d.c.Name, raw, now)
}

// Reply is the body of an outgoing POST.
type Reply struct {
	Type      string              `json:"type"` // reply.send
	Ticket    string              `json:"ticket"`
	Text      string              `json:"text"`
	Recipient pipeline.Person     `json:"recipient"`
	Marker    string              `json:"marker"`
	Author    pipeline.Person     `json:"author"`
	Citations []pipeline.Citation `json:"citations"`
	Seen      time.Time           `json:"seen,omitzero"`
}

// Post sends one reply.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	if d.c.ReplyURL == "" {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "no reply URL is configured for this desk"}
	}
	reply := Reply{Type: "reply.send", Ticket: p.Ticket.ID, Text: p.Text, Recipient: p.Recipient, Marker: p.Marker,
		Author: pipeline.Person{ID: p.Author.ID, Name: p.Author.Name, Email: p.Author.Email}, Citations: p.Citations, Seen: p.Seen}
	if reply.Citations == nil {
		reply.Citations = []pipeline.Citation{}
	}
	body, err := json.Marshal(reply)
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.c.ReplyURL, bytes.NewReader(body))
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply URL cannot be used", Err: err}
	}
	r.Header.Set("Content-Type", "application/json")
	d.out.Sign(r.Header, p.Marker, d.c.Now(), body)
	id, err := d.call.Reply(r, bots.JSONID)
	return id, bots.Precondition(err)
}

// Standing says that the receiver decides: it is told who approved.
func (d *Desk) Standing(context.Context, pipeline.Agent) (bots.Standing, error) {
	return bots.Standing{Why: "Your own system is told who approved the reply, and decides whose name stands there."}, nil
}

// read makes a signed GET with one query parameter.
func (d *Desk) read(ctx context.Context, base, key, value string, v any) error {
	u, err := url.Parse(base)
	if err != nil || base == "" {
		return pipeline.Errorf(pipeline.Unavailable, "desk %q cannot be read: no URL is configured for it", d.c.Name)
	}
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "read desk %q: %w", d.c.Name, err)
	}
	d.out.Sign(r.Header, "read-"+rand.Text(), d.c.Now(), nil)
	return d.call.Read(ctx, r, v)
}

// Thread reads a ticket from ThreadURL.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	var t bots.InboundTicket
	if err := d.read(ctx, d.c.ThreadURL, "ticket", ref.ID, &t); err != nil {
		return pipeline.Ticket{}, err
	}
	if t.ID != ref.ID {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.Unavailable, "desk %q answered with another ticket", d.c.Name)
	}
	out, err := t.Thread(d.c.Name, d.c.Now())
	if err != nil {
		return out, pipeline.Errorf(pipeline.Unavailable, "desk %q answered with a ticket that cannot be read: %w", d.c.Name, err)
	}
	return out, nil
}

// Changed lists the tickets that ChangedURL names.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	var list struct {
		Tickets []struct {
			ID        string    `json:"id"`
			UpdatedAt time.Time `json:"updated_at"`
		} `json:"tickets"`
	}
	if err := d.read(ctx, d.c.ChangedURL, "since", since.UTC().Format(time.RFC3339Nano), &list); err != nil {
		return nil, err
	}
	refs := make([]bots.Row, 0, len(list.Tickets))
	seen := map[string]bool{}
	for _, t := range list.Tickets {
		if t.ID != "" && !seen[t.ID] {
			seen[t.ID] = true
			refs = append(refs, bots.RowAt(pipeline.TicketRef{Desk: d.c.Name, ID: t.ID}, t.UpdatedAt, time.Time{}, d.c.Now()))
		}
	}
	return refs, nil
}
