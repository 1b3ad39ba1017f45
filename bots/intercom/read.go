package intercom

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

type conversation struct {
	ID        ident  `json:"id"`
	Title     string `json:"title"`
	State     string `json:"state"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
	Source    struct {
		ID          ident        `json:"id"`
		Subject     string       `json:"subject"`
		Body        string       `json:"body"`
		Author      author       `json:"author"`
		Attachments []attachment `json:"attachments"`
	} `json:"source"`
	Contacts struct {
		List []struct {
			ID ident `json:"id"`
		} `json:"contacts"`
	} `json:"contacts"`
	Tags struct {
		List []struct {
			ID   ident  `json:"id"`
			Name string `json:"name"`
		} `json:"tags"`
	} `json:"tags"`
	Parts struct {
		List []part `json:"conversation_parts"`
	} `json:"conversation_parts"`
	Statistics *statistics `json:"statistics"`
}

type part struct {
	ID          ident        `json:"id"`
	Kind        string       `json:"part_type"`
	Body        string       `json:"body"`
	CreatedAt   int64        `json:"created_at"`
	Author      author       `json:"author"`
	Attachments []attachment `json:"attachments"`
	App         *string      `json:"app_package_code"`
}

type author struct {
	ID    ident  `json:"id"`
	Type  string `json:"type"` // user | lead | contact | admin | bot | team
	Name  string `json:"name"`
	Email string `json:"email"`
	AI    bool   `json:"from_ai_agent"`
}

type attachment struct {
	Name string `json:"name"`
}

// sourceID marks the identifier of a conversation's first message, which is not
// a part and could have a part's number.
const sourceID = "source/"

func (a author) role() pipeline.Role {
	switch a.Type {
	case "user", "lead", "contact":
		return pipeline.RoleCustomer
	case "admin", "team":
		if !a.AI {
			return pipeline.RoleAgent
		}
		return pipeline.RoleBot
	case "bot":
		return pipeline.RoleBot
	}
	return pipeline.RoleSystem
}

// person is an author for us. Intercom makes up names for leads of whom it knows no
// address ("Turquoise Helicopter"): they are nobody's.
func (a author) person() pipeline.Person {
	p := pipeline.Person{ID: string(a.ID), Name: a.Name, Email: strings.ToLower(a.Email)}
	if a.Type == "lead" && p.Email == "" {
		p.Name = ""
	}
	return p
}

// head is a conversation as a ticket without messages.
func (d *Desk) head(c conversation) pipeline.Ticket {
	t := pipeline.Ticket{TicketRef: d.ref(string(c.ID)), Subject: c.Title, Status: status(c.State), URL: d.inboxURL(string(c.ID)),
		CreatedAt: unix(c.CreatedAt), UpdatedAt: unix(c.UpdatedAt)}
	if c.Statistics != nil && t.Status == pipeline.StatusSolved {
		t.SolvedAt = unix(c.Statistics.LastClose)
	}
	if t.Subject == "" {
		t.Subject = bots.Text(c.Source.Subject)
	}
	if c.Source.Author.role() == pipeline.RoleCustomer {
		t.Requester = c.Source.Author.person()
	} else if len(c.Contacts.List) > 0 {
		t.Requester.ID = string(c.Contacts.List[0].ID)
	}
	return t
}

// first is the message that a conversation begins with; read turns its body into text.
func (d *Desk) first(c conversation, read func(string) string) pipeline.Message {
	s := c.Source
	m := pipeline.Message{ID: sourceID + string(s.ID), Role: s.Author.role(), Author: s.Author.person(), Text: read(s.Body), Public: true,
		At: unix(c.CreatedAt), Attachments: names(s.Attachments)}
	if m.Role == pipeline.RoleCustomer && bots.AutoReply(nil, bots.Text(s.Subject), m.Text) {
		m.Role = pipeline.RoleSystem
	}
	return m
}

// message reads a part; false for one in which nobody says anything. A body
// also stands in parts that open, close or assign: Intercom shows it to the
// customer, except where it is a note.
func (d *Desk) message(ref pipeline.TicketRef, p part, read func(string) string) (pipeline.Message, bool) {
	if p.Kind != "comment" && p.Kind != "note" && p.Body == "" && len(p.Attachments) == 0 {
		return pipeline.Message{}, false
	}
	m := pipeline.Message{ID: string(p.ID), Author: p.Author.person(), Text: read(p.Body), Public: !strings.Contains(p.Kind, "note"),
		At: unix(p.CreatedAt), Attachments: names(p.Attachments)}
	claim := bots.Claim{ID: string(p.Author.ID), Role: p.Author.role()}
	if claim.Role == pipeline.RoleCustomer {
		claim.Auto, claim.ID = bots.AutoReply(nil, "", m.Text), "" // contacts and admins are numbered apart
		claim.Marker = d.written.Marker(ref, m.ID, "")
	} else {
		claim.Marker = d.written.Marker(ref, m.ID, m.Text)
	}
	own := d.own()
	if !m.Public && p.App != nil && *p.App != "" {
		own = append(own, claim.ID) // an app wrote the note, ours or another: no person did
	}
	m.Marker, m.Role = claim.Marker, bots.RoleOf(claim, own...)
	return m, true
}

// Thread reads a conversation; Intercom gives its newest 500 parts.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	if _, err := d.whoami(ctx); err != nil { // what we wrote before a restart is known by its author only
		return pipeline.Ticket{}, err
	}
	c, err := d.conversation(ctx, ref.ID)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	t := d.head(c)
	t.TicketRef = ref
	if t.Requester.Email == "" && t.Requester.ID != "" {
		d.contact(ctx, &t.Requester)
	}
	if c.Source.ID != "" {
		t.Messages = append(t.Messages, d.first(c, bots.Text))
	}
	for _, p := range c.Parts.List {
		if m, ok := d.message(ref, p, bots.Text); ok {
			t.Messages = append(t.Messages, m)
		}
	}
	return t, nil
}

func (d *Desk) conversation(ctx context.Context, id string) (conversation, error) {
	var c conversation
	if strings.Trim(id, "0123456789") != "" || id == "" {
		return c, pipeline.Errorf(pipeline.NotFound, "the desk has no such conversation")
	}
	if err := d.api.Get(ctx, "/conversations/"+id, &c); err != nil {
		return c, err
	}
	if string(c.ID) != id {
		return c, pipeline.Errorf(pipeline.Unavailable, "Intercom answered with another conversation")
	}
	return c, nil
}

// contact fills in who the requester is, where Intercom tells.
func (d *Desk) contact(ctx context.Context, p *pipeline.Person) {
	var c struct {
		Name  string `json:"name"`
		Email string `json:"email"`
		Role  string `json:"role"` // user | lead
	}
	if err := d.api.Get(ctx, "/contacts/"+url.PathEscape(p.ID), &c); err == nil {
		who := author{ID: ident(p.ID), Type: c.Role, Name: c.Name, Email: c.Email}.person()
		p.Name, p.Email = who.Name, who.Email
	}
}

type searchPage struct {
	Conversations []conversation `json:"conversations"`
	Pages         *struct {
		Next *struct {
			After string `json:"starting_after"`
		} `json:"next"`
	} `json:"pages"`
}

func (p searchPage) next() string {
	if p.Pages.Next == nil {
		return ""
	}
	return p.Pages.Next.After
}

const (
	perPage  = 150
	maxPages = 1000
)

// search reads a page of the conversations changed since a time, and earlier
// ones of that day: Intercom may compare days.
func (d *Desk) search(ctx context.Context, since time.Time, after, order string, more ...map[string]any) (searchPage, error) {
	query := []map[string]any{{"field": "updated_at", "operator": ">", "value": since.Add(-24 * time.Hour).Unix()}}
	page := map[string]any{"per_page": perPage}
	if after != "" {
		page["starting_after"] = after
	}
	var out searchPage
	if err := d.api.Do(ctx, http.MethodPost, "/conversations/search", map[string]any{"query": map[string]any{"operator": "AND", "value": append(query, more...)},
		"pagination": page, "sort_field": "updated_at", "sort_order": order}, &out); err != nil {
		return out, err
	}
	if out.Pages == nil {
		return out, pipeline.Errorf(pipeline.Unavailable, "Intercom's answer could not be understood")
	}
	return out, nil
}

// Changed searches from the newest change on, and ends at the first page older
// than since, if Intercom kept the order that was asked for.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	if since.After(d.c.Now()) {
		return nil, nil
	}
	var refs []bots.Row
	seen, after, ordered, last := map[ident]bool{}, "", true, int64(1)<<62
	for range maxPages {
		page, err := d.search(ctx, since, after, "descending")
		if err != nil {
			return nil, err
		}
		for _, c := range page.Conversations {
			ordered, last = ordered && c.UpdatedAt <= last, c.UpdatedAt
			if !seen[c.ID] && c.UpdatedAt >= since.Unix() && bots.ValidID(string(c.ID)) {
				seen[c.ID] = true
				refs = append(refs, d.api.Row(d.ref(string(c.ID)), unix(c.UpdatedAt)))
			}
		}
		next := page.next()
		if next == "" || next == after || ordered && last < since.Unix() {
			return refs, nil
		}
		after = next
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "more conversations changed than can be listed")
}

func (d *Desk) inboxURL(id string) string {
	app := d.workspace()
	if app == "" {
		return ""
	}
	return "https://app." + map[string]string{"eu": "eu.", "au": "au."}[d.c.Region] + "intercom.com/a/inbox/" + url.PathEscape(app) + "/inbox/conversation/" + url.PathEscape(id)
}

// told is a webhook's body: HTML, and plain text for apps of newer versions.
func told(s string) string {
	if strings.HasPrefix(strings.TrimSpace(s), "<") {
		return bots.Text(s)
	}
	return s
}

func names(list []attachment) (out []string) {
	for _, a := range list {
		out = append(out, bots.FileName(a.Name))
	}
	return out
}
