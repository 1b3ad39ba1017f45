package zammad

import (
	"net/http"
	"net/mail"
	"strconv"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// headerSignature carries the code over the raw body; no time is signed.
const headerSignature = "X-Hub-Signature"

var form = bots.HexSHA1.Prefix("sha1=")

// apiArticle is an article in webhooks and in answers alike.
type apiArticle struct {
	ID          int64          `json:"id"`
	Type        string         `json:"type"`   // email | web | note | phone | …
	Sender      string         `json:"sender"` // Customer | Agent | System
	Internal    bool           `json:"internal"`
	From        string         `json:"from"`
	Subject     string         `json:"subject"`
	Body        string         `json:"body"`
	ContentType string         `json:"content_type"`
	MessageID   string         `json:"message_id"`
	By          int64          `json:"created_by_id"`
	Origin      int64          `json:"origin_by_id"`
	CreatedAt   time.Time      `json:"created_at"`
	Preferences map[string]any `json:"preferences"`
	Attachments []struct {
		Name string `json:"filename"`
	} `json:"attachments"`
}

type payload struct {
	Ticket struct {
		ID        int64     `json:"id"`
		Title     string    `json:"title"`
		UpdatedAt time.Time `json:"updated_at"`
	} `json:"ticket"`
	Article *apiArticle `json:"article"`
}

// fresh is how much younger a ticket may be than the article that a webhook
// carries, for the webhook to be about the article: Zammad sends the last
// article with every change.
const fresh = 2 * time.Second

// Parse verifies and reads a webhook: Zammad's default payload, or one of our
// own with no more than the two ids.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	if err := d.secrets.Verify(form, h.Get(headerSignature), raw); err != nil {
		return nil, err
	}
	var p payload
	if err := bots.DecodeStrict(raw, &p); err != nil {
		return nil, err
	}
	if p.Ticket.ID <= 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "ticket.id" must be a ticket's number.`)
	}
	ref := d.ref(p.Ticket.ID)
	a := p.Article
	if a == nil || a.ID <= 0 || a.Sender == "" || a.CreatedAt.IsZero() || p.Ticket.UpdatedAt.Sub(a.CreatedAt) > fresh {
		at := p.Ticket.UpdatedAt
		if at.IsZero() {
			at = now
		}
		key := "ticket@" + at.UTC().Format(time.RFC3339Nano)
		if p.Ticket.UpdatedAt.IsZero() {
			key = "delivery/" + bots.Plain(h.Get("X-Zammad-Delivery"), 100) // the same on retries
			if a != nil {
				key += "/" + strconv.FormatInt(a.ID, 10)
			}
		}
		return []pipeline.Event{bots.ChangeReceived(ref, key, at, now)}, nil
	}
	m := d.message(ref, "", *a, true)
	if !m.Public && (m.Role == pipeline.RoleBot || m.Marker != "") {
		return nil, nil // our own note
	}
	t := pipeline.Ticket{TicketRef: ref, Subject: p.Ticket.Title, URL: d.agentURL(ref.ID)}
	return []pipeline.Event{bots.MessageReceived(t, m, now)}, nil
}

// message reads one article. hook says that it comes from a webhook, which may
// be faster than the answer to our own call.
func (d *Desk) message(ref pipeline.TicketRef, subject string, a apiArticle, hook bool) pipeline.Message {
	text := a.Body
	if a.ContentType == "text/html" {
		text = bots.Text(a.Body)
	}
	claim := bots.Claim{ID: number(a.By), Role: pipeline.RoleSystem}
	switch a.Sender {
	case "Customer":
		auto, _ := a.Preferences["is-auto-response"].(bool)
		claim.Role, claim.Auto = pipeline.RoleCustomer, auto || bots.AutoReply(nil, subject, text)
	case "Agent":
		claim.Role = pipeline.RoleAgent
	}
	said := ""
	if hook && claim.Role == pipeline.RoleAgent {
		said = text
	}
	if claim.Marker, _ = a.Preferences[markerKey].(string); !bots.IsMarker(claim.Marker) || claim.Role != pipeline.RoleAgent {
		claim.Marker = d.written.Marker(ref, number(a.ID), said)
	}
	m := pipeline.Message{ID: number(a.ID), Role: bots.RoleOf(claim, d.own()...), Author: author(a), Text: text, Public: !a.Internal,
		At: a.CreatedAt, Marker: claim.Marker}
	for _, f := range a.Attachments {
		m.Attachments = append(m.Attachments, bots.FileName(f.Name))
	}
	return m
}

// author is who wrote an article: for a phone call that an agent noted down it
// is the customer.
func author(a apiArticle) pipeline.Person {
	p := pipeline.Person{ID: number(a.By), Name: a.From}
	if a.Origin != 0 {
		p.ID = number(a.Origin)
	}
	if from, err := mail.ParseAddress(a.From); err == nil {
		p.Name, p.Email = from.Name, from.Address
	}
	return p
}
