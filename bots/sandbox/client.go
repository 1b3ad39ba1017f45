package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// ClientConfig configures the adapter to a sandbox desk.
type ClientConfig struct {
	Name    string   // of the desk in Footnote; empty means "sandbox"
	BaseURL string   // the server's address, without /sandbox
	Token   string   // Config.Token
	Secrets []string // Config.Secret, and the one before it while it is rotated
	HTTP    *http.Client
	Now     func() time.Time
}

// Client is the sandbox as a bots.Desk, a Reader and a Poller.
type Client struct {
	c    ClientConfig
	keys bots.WebhookKeys
	call bots.Caller
}

var (
	_ bots.Desk   = (*Client)(nil)
	_ bots.Reader = (*Client)(nil)
	_ bots.Poller = (*Client)(nil)
)

// NewClient builds the adapter. Invalid for a secret or address that cannot be used.
func NewClient(c ClientConfig) (*Client, error) {
	if c.Name == "" {
		c.Name = "sandbox"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "the sandbox's address must be a URL")
	}
	keys, err := bots.NewWebhookKeys(c.Secrets...)
	if err != nil {
		return nil, err
	}
	return &Client{c: c, keys: keys, call: bots.Caller{HTTP: c.HTTP, Now: c.Now, Pulse: new(bots.Pulse)}}, nil
}

// Name returns the desk's name.
func (c *Client) Name() string { return c.c.Name }

// Pulse tells whether the desk answers.
func (c *Client) Pulse() *bots.Pulse { return c.call.Pulse }

// Can tells what the sandbox can do: everything. Its webhooks are hints: what
// was imported, or lost on the way, shows only when the ticket is read.
func (c *Client) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: c.keys.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerField, AgentName: true, Absence: bots.AbsenceUnchanged}
}

// Parse verifies and reads a webhook.
func (c *Client) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	if err := c.keys.Verify(h, raw, now); err != nil {
		return nil, err
	}
	return bots.ParseInbound(c.c.Name, raw, now)
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.c.BaseURL+"/sandbox/api/tickets"+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.c.Token)
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

// Post sends one reply.
func (c *Client) Post(ctx context.Context, p bots.Post) (string, error) {
	r, err := c.request(ctx, http.MethodPost, "/"+url.PathEscape(p.Ticket.ID)+"/replies", NewReply{Text: p.Text, Marker: p.Marker,
		Author:    pipeline.Person{ID: p.Author.ID, Name: p.Author.Name, Email: p.Author.Email},
		Recipient: p.Recipient, Citations: p.Citations, Seen: p.Seen})
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	id, err := c.call.Reply(r, bots.JSONID)
	return id, bots.Precondition(err)
}

// Standing tells that replies stand under the approving agent's name.
func (c *Client) Standing(_ context.Context, a pipeline.Agent) (bots.Standing, error) {
	return bots.Standing{Own: true, Name: a.Name}, nil
}

// Thread reads a ticket.
func (c *Client) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	r, err := c.request(ctx, http.MethodGet, "/"+url.PathEscape(ref.ID), nil)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	var t bots.InboundTicket
	if err := c.call.Read(ctx, r, &t); err != nil {
		return pipeline.Ticket{}, err
	}
	if t.ID != ref.ID {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.Unavailable, "the sandbox answered with another ticket")
	}
	return t.Thread(c.c.Name, c.c.Now())
}

// Changed lists the tickets that changed.
func (c *Client) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	r, err := c.request(ctx, http.MethodGet, "?since="+url.QueryEscape(since.UTC().Format(time.RFC3339Nano)), nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Tickets []bots.InboundTicket `json:"tickets"`
	}
	if err := c.call.Read(ctx, r, &list); err != nil {
		return nil, err
	}
	refs := make([]bots.Row, 0, len(list.Tickets))
	for _, t := range list.Tickets {
		refs = append(refs, bots.RowAt(pipeline.TicketRef{Desk: c.c.Name, ID: t.ID}, t.UpdatedAt, time.Time{}, c.c.Now()))
	}
	return refs, nil
}
