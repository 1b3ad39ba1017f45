package chatwoot

import (
	"context"
	"net/url"
	"path"
	"slices"
	"strconv"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Bounds of what is read. Chatwoot gives 20 messages and 25 conversations a page.
const (
	messagePage = 20
	maxMessages = 200 // pages
	maxLists    = 400 // pages
)

// conversation reads one. NotFound for what is no number.
func (d *Desk) conversation(ctx context.Context, id string) (apiConversation, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return apiConversation{}, pipeline.Errorf(pipeline.NotFound, "the desk has no such ticket")
	}
	var c apiConversation
	if err := d.api.Get(ctx, d.path("/conversations/"+number(n)), &c); err != nil {
		return c, err
	}
	if c.ID != n {
		return c, pipeline.Errorf(pipeline.Unavailable, "Chatwoot answered with another conversation")
	}
	return c, nil
}

// ticket is a conversation without its messages.
func (d *Desk) ticket(c apiConversation) pipeline.Ticket {
	who := c.Meta.Sender
	return pipeline.Ticket{TicketRef: d.ref(c.ID), Subject: c.Additional.Subject, Status: status(c.Status), URL: d.agentURL(number(c.ID)), Queue: c.Meta.Team.Name,
		Requester: pipeline.Person{ID: number(who.ID), Name: who.Name, Email: who.Email}, CreatedAt: c.CreatedAt.Time, UpdatedAt: c.LastAt.Time}
}

// Thread reads a conversation and its messages, the conversation first: a
// message that comes between the two reads is newer than UpdatedAt.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	c, err := d.conversation(ctx, ref.ID)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	if _, err := d.whoami(ctx); err != nil { // or our own messages would be an agent's
		return pipeline.Ticket{}, err
	}
	list, err := d.messages(ctx, c.ID)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	t := d.ticket(c)
	t.TicketRef = ref
	for _, m := range list {
		if m.Kind == incoming || m.Kind == outgoing || m.Kind == template {
			t.Messages = append(t.Messages, d.message(t, m, false))
		}
	}
	return t, nil
}

// messages reads all messages, oldest first, from the newest page backwards.
func (d *Desk) messages(ctx context.Context, conversation int64) ([]apiMessage, error) {
	all := map[int64]apiMessage{}
	before := int64(0)
	for range maxMessages {
		var page struct {
			Payload []apiMessage `json:"payload"`
		}
		q := ""
		if before != 0 {
			q = "?before=" + number(before)
		}
		if err := d.api.Get(ctx, d.path("/conversations/"+number(conversation)+"/messages"+q), &page); err != nil {
			return nil, err
		}
		was := before
		for _, m := range page.Payload {
			all[m.ID] = m
			if before == 0 || m.ID < before {
				before = m.ID
			}
		}
		if len(page.Payload) < messagePage || before == was {
			list := make([]apiMessage, 0, len(all))
			for _, m := range all {
				list = append(list, m)
			}
			slices.SortFunc(list, func(a, b apiMessage) int { return int(a.ID - b.ID) })
			return list, nil
		}
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "conversation %d has more messages than can be read", conversation)
}

// message reads one message of a ticket. hook says that it comes from a webhook,
// which may be faster than the answer to our own call.
func (d *Desk) message(t pipeline.Ticket, m apiMessage, hook bool) pipeline.Message {
	mail := m.Attributes.Email
	text := m.Content
	switch { // Chatwoot's content of a mail is what it takes for the answer in it
	case m.Kind == incoming && mail.HTML.Full != "":
		text = bots.Text(mail.HTML.Full)
	case m.Kind == incoming && mail.Text.Full != "":
		text = mail.Text.Full
	}
	by := apiPerson{}
	if m.Sender != nil {
		by = *m.Sender
	}
	if by.Type == "" && m.Kind == incoming {
		by.Type = "contact"
	}
	claim := bots.Claim{ID: identity(by.Type, by.ID), Role: pipeline.RoleBot} // bots, automations, campaigns
	switch {
	case m.Kind == incoming:
		claim.Role, claim.Auto = pipeline.RoleCustomer, mail.Auto || bots.AutoReply(nil, mail.Subject, text)
	case m.Kind == template:
		claim.Role = pipeline.RoleSystem
	case by.Type == "user":
		claim.Role = pipeline.RoleAgent
	}
	said := ""
	if hook && m.Kind == outgoing {
		said = text
	}
	if claim.Marker = m.Attributes.Marker; !bots.IsMarker(claim.Marker) || m.Kind != outgoing {
		claim.Marker = d.written.Marker(t.TicketRef, number(m.ID), said)
	}
	msg := pipeline.Message{ID: number(m.ID), Role: bots.RoleOf(claim, d.own()...), Author: pipeline.Person{ID: number(by.ID), Name: by.Name, Email: by.Email},
		Text: text, Public: !m.Private, At: m.CreatedAt.Time, Marker: claim.Marker}
	for _, a := range m.Attachments {
		name := a.Name
		if name == "" {
			name = fileOf(a.URL, a.Type)
		}
		msg.Attachments = append(msg.Attachments, bots.FileName(name))
	}
	return msg
}

// fileOf is an attachment's name by its address, where Chatwoot tells no other.
func fileOf(address, kind string) string {
	u, err := url.Parse(address)
	if err != nil || path.Base(u.Path) == "." || path.Base(u.Path) == "/" {
		return kind
	}
	return path.Base(u.Path)
}

// identity is a sender's number together with its kind.
func identity(kind string, id int64) string {
	if id == 0 {
		return ""
	}
	return kind + ":" + number(id)
}

// list reads one page of all conversations, those with the newest activity
// first. One that changes meanwhile moves to the front and pushes others to the
// next page, where they are seen again; none is skipped. all is how many there are on
// all pages; 0 when Chatwoot does not tell.
func (d *Desk) list(ctx context.Context, page int) (rows []apiConversation, all int, err error) {
	var v struct {
		Data struct {
			Meta struct {
				All int `json:"all_count"`
			} `json:"meta"`
			Payload *[]apiConversation `json:"payload"`
		} `json:"data"`
	}
	if err := d.api.Get(ctx, d.path("/conversations?status=all&assignee_type=all&sort_by=last_activity_at_desc&page="+strconv.Itoa(page)), &v); err != nil {
		return nil, 0, err
	}
	if v.Data.Payload == nil {
		return nil, 0, pipeline.Errorf(pipeline.Unavailable, "Chatwoot's answer could not be understood")
	}
	return *v.Data.Payload, v.Data.Meta.All, nil
}

// Changed lists the conversations with any activity, changes of status included.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	var refs []bots.Row
	seen := map[int64]bool{}
	since = since.Truncate(time.Second)
	listed := 0
	for page := 1; page <= maxLists; page++ {
		rows, all, err := d.list(ctx, page)
		if err != nil {
			return nil, err
		}
		listed += len(rows)
		// Newest first: the list ends at the first older one, if it keeps that order.
		older, ordered, last := true, true, time.Time{}
		for _, c := range rows {
			ordered = ordered && (last.IsZero() || !c.LastAt.After(last))
			last = c.LastAt.Time
			if c.LastAt.Before(since) {
				continue
			}
			if older = false; !seen[c.ID] && c.ID != 0 {
				seen[c.ID] = true
				refs = append(refs, d.api.Row(d.ref(c.ID), c.LastAt.Time))
			}
		}
		if older || ordered && last.Before(since) || all > 0 && listed >= all { // also an empty page
			return refs, nil
		}
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "more conversations changed than can be listed")
}

// status is Chatwoot's status in our three words.
func status(s string) pipeline.TicketStatus {
	switch s {
	case "open":
		return pipeline.StatusOpen
	case "pending", "snoozed":
		return pipeline.StatusPending
	case "resolved":
		return pipeline.StatusSolved
	}
	return ""
}
