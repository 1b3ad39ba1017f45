package zendesk

import (
	"net/http"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Headers of Zendesk's webhooks.
const (
	headerSignature = "X-Zendesk-Webhook-Signature"
	headerTimestamp = "X-Zendesk-Webhook-Signature-Timestamp"
)

// envelope is an event webhook (zendesk_event_version 2022-11-06), or the body
// of a trigger: {"ticket_id": "{{ticket.id}}", "updated_at": "…"}.
type envelope struct {
	Type    string    `json:"type"`
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
	Detail  struct {
		ID      string `json:"id"`
		Subject string `json:"subject"`
		Status  string `json:"status"`
	} `json:"detail"`
	Event struct {
		Comment *struct {
			ID     string `json:"id"`
			Body   string `json:"body"`
			Public bool   `json:"is_public"`
			Author struct {
				ID    string `json:"id"`
				Staff bool   `json:"is_staff"`
				Name  string `json:"name"`
			} `json:"author"`
		} `json:"comment"`
	} `json:"event"`

	TicketID  string `json:"ticket_id"`
	UpdatedAt string `json:"updated_at"`
}

const eventPrefix = "zen:event-type:ticket."

// Parse verifies and reads a webhook. The signature covers timestamp and body
// without anything between, so the timestamp is read strictly first.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	stamp := h.Get(headerTimestamp)
	if !strings.HasSuffix(stamp, "Z") { // never Unix seconds here
		return nil, d.secrets.Verify(bots.Base64SHA256, "", nil)
	}
	if err := bots.SignedAt(stamp, now); err != nil {
		return nil, err
	}
	if err := d.secrets.Verify(bots.Base64SHA256, h.Get(headerSignature), []byte(stamp), raw); err != nil {
		return nil, err
	}
	var e envelope
	if err := bots.DecodeStrict(raw, &e); err != nil {
		return nil, err
	}
	if e.Type == "" && e.TicketID != "" {
		return d.changed(e.TicketID, "trigger@"+e.UpdatedAt, now, now)
	}
	kind, ok := strings.CutPrefix(e.Type, eventPrefix)
	if !ok {
		return nil, nil // users, articles, and what Zendesk may send one day
	}
	at := e.Time
	if at.IsZero() {
		at = now
	}
	switch kind {
	case "comment_added":
		return d.comment(e, at, now)
	case "created", "status_changed", "merged", "comment_made_private", "comment_redacted", "requester_changed",
		"soft_deleted", "undeleted", "permanently_deleted", "marked_as_spam", "subject_changed":
		return d.changed(e.Detail.ID, kind+"/"+e.ID, at, now)
	}
	return nil, nil
}

// changed is an event that makes tracking read the ticket.
func (d *Desk) changed(ticket, key string, at, now time.Time) ([]pipeline.Event, error) {
	if !bots.ValidID(ticket) {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "detail.id" must be a ticket's number.`)
	}
	return []pipeline.Event{bots.ChangeReceived(d.ref(ticket), key, at, now)}, nil
}

func (d *Desk) comment(e envelope, at, now time.Time) ([]pipeline.Event, error) {
	c := e.Event.Comment
	if c == nil || !bots.ValidID(c.ID) || !bots.ValidID(e.Detail.ID) {
		return nil, pipeline.Errorf(pipeline.Invalid, `The fields "detail.id" and "event.comment.id" must be numbers.`)
	}
	t := pipeline.Ticket{TicketRef: d.ref(e.Detail.ID), Subject: e.Detail.Subject, Status: status(e.Detail.Status), URL: d.agentURL(e.Detail.ID)}
	claim := bots.Claim{ID: c.Author.ID, Role: pipeline.RoleCustomer}
	said := ""
	if c.Author.Staff {
		claim.Role, said = pipeline.RoleAgent, c.Body
	}
	claim.Marker = d.written.Marker(t.TicketRef, c.ID, said)
	claim.Auto = bots.AutoReply(nil, "", c.Body)
	m := pipeline.Message{ID: c.ID, Role: bots.RoleOf(claim, d.own()...), Author: pipeline.Person{ID: c.Author.ID, Name: c.Author.Name},
		Text: c.Body, Public: c.Public, At: at, Marker: claim.Marker}
	if !m.Public && (m.Role == pipeline.RoleBot || m.Marker != "") {
		return nil, nil // our own note
	}
	return []pipeline.Event{bots.MessageReceived(t, m, now)}, nil
}

// own lists our identities at the account, as far as they are known.
func (d *Desk) own() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.me.ID == 0 {
		return nil
	}
	return []string{number(d.me.ID)}
}

// status is Zendesk's status in our three words; empty for one we do not know.
func status(s string) pipeline.TicketStatus {
	switch strings.ToLower(s) {
	case "new", "open":
		return pipeline.StatusOpen
	case "pending", "hold":
		return pipeline.StatusPending
	case "solved", "closed", "deleted":
		return pipeline.StatusSolved
	}
	return ""
}
