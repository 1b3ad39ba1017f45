package freshdesk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

type apiTicket struct {
	ID          int64        `json:"id"`
	Subject     string       `json:"subject"`
	Description string       `json:"description"`
	Plain       string       `json:"description_text"`
	Status      int          `json:"status"`
	Source      int          `json:"source"`
	Requester   int64        `json:"requester_id"`
	Responder   int64        `json:"responder_id"`
	Group       int64        `json:"group_id"`
	Tags        []string     `json:"tags"`
	Deleted     bool         `json:"deleted"`
	Spam        bool         `json:"spam"`
	Attachments []attachment `json:"attachments"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
	Contact     struct {
		ID    int64  `json:"id"`
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"requester"`
	Stats *stats `json:"stats"`
}

type conversation struct {
	ID          int64        `json:"id"`
	User        int64        `json:"user_id"`
	HTML        string       `json:"body"`
	Plain       string       `json:"body_text"`
	Incoming    bool         `json:"incoming"`
	Private     bool         `json:"private"`
	From        string       `json:"from_email"`
	Attachments []attachment `json:"attachments"`
	CreatedAt   time.Time    `json:"created_at"`
}

type attachment struct {
	Name string `json:"name"`
}

const (
	// description is the identifier of a ticket's first message, which Freshdesk
	// keeps in the ticket.
	description = "description"
	// sourceOutbound is a ticket that an agent opened by writing to the customer.
	sourceOutbound = 10

	perPage  = 100
	maxPages = 100 // of one ticket's conversations
)

// ticket reads one ticket. NotFound also for one that is deleted or spam.
func (d *Desk) ticket(ctx context.Context, id, include string) (apiTicket, error) {
	var t apiTicket
	if !number(id).valid() {
		return t, pipeline.Errorf(pipeline.NotFound, "the desk has no such ticket")
	}
	if err := d.api.Get(ctx, "/tickets/"+id+include, &t); err != nil {
		return t, err
	}
	if text(t.ID) != id {
		return t, pipeline.Errorf(pipeline.Unavailable, "Freshdesk answered with another ticket")
	}
	if t.Deleted || t.Spam {
		return t, pipeline.Errorf(pipeline.NotFound, "the ticket is deleted or spam")
	}
	return t, nil
}

// Thread reads a ticket and its conversations, the ticket first: what comes
// between the two reads is newer than UpdatedAt.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	one, err := d.ticket(ctx, ref.ID, "?include=requester")
	if err != nil {
		return pipeline.Ticket{}, err
	}
	if _, err := d.whoami(ctx); err != nil { // what we wrote before a restart is known by its author only
		return pipeline.Ticket{}, err
	}
	list, err := d.conversations(ctx, ref.ID)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	t := pipeline.Ticket{TicketRef: ref, Subject: one.Subject, Status: status(one.Status), URL: d.agentURL(ref.ID), Queue: d.group(ctx, one.Group),
		Requester: pipeline.Person{ID: text(one.Requester), Name: one.Contact.Name, Email: one.Contact.Email},
		CreatedAt: one.CreatedAt, UpdatedAt: one.UpdatedAt, Messages: []pipeline.Message{first(one)}}
	for _, c := range list {
		t.Messages = append(t.Messages, d.message(ref, c, t.Requester))
	}
	return t, nil
}

// first is the message that a ticket begins with.
func first(one apiTicket) pipeline.Message {
	m := pipeline.Message{ID: description, Role: pipeline.RoleCustomer, Text: body(one.Description, one.Plain), Public: true, At: one.CreatedAt,
		Author: pipeline.Person{ID: text(one.Requester), Name: one.Contact.Name, Email: one.Contact.Email}, Attachments: names(one.Attachments)}
	switch {
	case one.Source == sourceOutbound:
		m.Role, m.Author = pipeline.RoleAgent, pipeline.Person{ID: text(one.Responder)}
	case bots.AutoReply(nil, one.Subject, m.Text):
		m.Role = pipeline.RoleSystem
	}
	return m
}

// conversations reads all pages.
func (d *Desk) conversations(ctx context.Context, ticket string) ([]conversation, error) {
	var all []conversation
	for page := 1; page <= maxPages; page++ {
		var list []conversation
		var head http.Header
		path := "/tickets/" + ticket + "/conversations?per_page=" + strconv.Itoa(perPage) + "&page=" + strconv.Itoa(page)
		if err := d.api.Get(ctx, path, &list, &head); err != nil {
			return nil, err
		}
		all = append(all, list...)
		if !more(head, len(list)) {
			return all, nil
		}
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "ticket %s has more conversations than can be read", ticket)
}

// more tells whether a page has one after it: Freshdesk says so in a Link header.
func more(h http.Header, rows int) bool {
	return rows > 0 && (rows >= perPage || strings.Contains(strings.Join(h.Values("Link"), ","), `rel="next"`))
}

func (d *Desk) message(ref pipeline.TicketRef, c conversation, requester pipeline.Person) pipeline.Message {
	said := body(c.HTML, c.Plain)
	claim := bots.Claim{ID: text(c.User), Role: pipeline.RoleAgent}
	author := pipeline.Person{ID: text(c.User)}
	if c.Incoming {
		claim.Role, claim.Auto, author.Email = pipeline.RoleCustomer, bots.AutoReply(nil, "", said), address(c.From)
		if author.ID == requester.ID {
			author = requester
		}
		claim.Marker = d.written.Marker(ref, text(c.ID), "")
	} else {
		claim.Marker = d.written.Marker(ref, text(c.ID), said)
	}
	return pipeline.Message{ID: text(c.ID), Role: bots.RoleOf(claim, d.own()...), Author: author, Text: said, Public: !c.Private,
		At: c.CreatedAt, Marker: claim.Marker, Attachments: names(c.Attachments)}
}

// Changed lists the tickets by updated_since. The beginning moves with the last
// row of each page: rows leave their page when a ticket changes meanwhile, and
// Freshdesk ends at page 300.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	if since.After(d.c.Now()) {
		return nil, nil
	}
	var refs []bots.Row
	seen := map[int64]bool{}
	at := cursor{since.Truncate(time.Second), 1}
	for {
		list, next, err := d.list(ctx, at, "")
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			if !seen[t.ID] && !t.UpdatedAt.Before(since.Truncate(time.Second)) {
				seen[t.ID] = true
				refs = append(refs, d.api.Row(d.ref(text(t.ID)), t.UpdatedAt))
			}
		}
		if next == nil {
			return refs, nil
		}
		at = *next
	}
}

// cursor is a page of the list of tickets that begins at a time.
type cursor struct {
	since time.Time
	page  int
}

const maxListPage = 300 // Freshdesk's

// list reads a page of tickets in the order of their change. next is nil at the end.
func (d *Desk) list(ctx context.Context, at cursor, include string) (list []apiTicket, next *cursor, err error) {
	q := url.Values{"updated_since": {at.since.UTC().Format(time.RFC3339)}, "order_by": {"updated_at"}, "order_type": {"asc"},
		"per_page": {strconv.Itoa(perPage)}, "page": {strconv.Itoa(at.page)}}
	if include != "" {
		q.Set("include", include)
	}
	var head http.Header
	if err := d.api.Get(ctx, "/tickets?"+q.Encode(), &list, &head); err != nil {
		return nil, nil, err
	}
	if !more(head, len(list)) {
		return list, nil, nil
	}
	// A second back, for whether updated_since includes its own second is not written.
	last := list[len(list)-1].UpdatedAt.Truncate(time.Second).Add(-time.Second)
	switch {
	case last.After(at.since):
		return list, &cursor{last, 1}, nil
	case at.page < maxListPage:
		return list, &cursor{at.since, at.page + 1}, nil
	}
	return nil, nil, pipeline.Errorf(pipeline.Unavailable, "more tickets changed at %s than Freshdesk lists", at.since.Format(time.RFC3339))
}

// group is the name of a group; empty when it cannot be read, as it only sorts.
func (d *Desk) group(ctx context.Context, id int64) string {
	if id == 0 {
		return ""
	}
	d.mu.Lock()
	name, known := d.groups[id]
	d.mu.Unlock()
	if known {
		return name
	}
	var g struct {
		Name string `json:"name"`
	}
	err := d.api.Get(ctx, "/groups/"+text(id), &g)
	if k := pipeline.KindOf(err); err != nil && k != pipeline.Denied && k != pipeline.NotFound {
		return "" // for now
	}
	d.mu.Lock()
	d.groups[id] = g.Name
	d.mu.Unlock()
	return g.Name
}

func (d *Desk) agentURL(ticket string) string { return d.url + "/a/tickets/" + url.PathEscape(ticket) }

func body(html, plain string) string {
	if html != "" {
		return bots.Text(html)
	}
	return plain
}

func names(list []attachment) (out []string) {
	for _, a := range list {
		out = append(out, bots.FileName(a.Name))
	}
	return out
}

// address is the bare address of a From line: Name <name@example.org>.
func address(from string) string {
	if i := strings.LastIndexByte(from, '<'); i >= 0 {
		from = strings.TrimSuffix(strings.TrimSpace(from[i+1:]), ">")
	}
	return strings.ToLower(strings.TrimSpace(from))
}

// text writes an identifier; empty for none.
func text(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
