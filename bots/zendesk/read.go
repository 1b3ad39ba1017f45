package zendesk

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

type apiTicket struct {
	ID        int64     `json:"id"`
	Subject   string    `json:"subject"`
	Status    string    `json:"status"`
	Requester int64     `json:"requester_id"`
	Group     int64     `json:"group_id"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Custom    []struct {
		ID    int64 `json:"id"`
		Value any   `json:"value"`
	} `json:"custom_fields"`
	Metrics *metricSet `json:"metric_set"`
}

type apiUser struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Role   string `json:"role"` // end-user | agent | admin
	Locale string `json:"locale"`
	// Suspended agents cannot be authors.
	Suspended bool `json:"suspended"`
}

type apiComment struct {
	ID          int64  `json:"id"`
	Author      int64  `json:"author_id"`
	Plain       string `json:"plain_body"`
	HTML        string `json:"html_body"`
	Body        string `json:"body"`
	Public      bool   `json:"public"`
	Attachments []struct {
		Name string `json:"file_name"`
	} `json:"attachments"`
	Via struct {
		Channel string `json:"channel"`
		Source  struct {
			Rel string `json:"rel"`
		} `json:"source"`
	} `json:"via"`
	CreatedAt time.Time `json:"created_at"`
	Metadata  struct {
		Custom map[string]any `json:"custom"`
	} `json:"metadata"`
}

// markerKey is the name of our mark in an audit's metadata.
const markerKey = "footnote"

// maxPages bounds the comments read of one ticket: Zendesk allows 5,000.
const maxPages = 60

// Thread reads a ticket and its comments, the ticket first: a comment that comes
// between the two reads is newer than UpdatedAt.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	if _, err := strconv.ParseInt(ref.ID, 10, 64); err != nil {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.NotFound, "the desk has no such ticket")
	}
	var one struct {
		Ticket apiTicket `json:"ticket"`
		Users  []apiUser `json:"users"`
		Groups []struct {
			ID   int64  `json:"id"`
			Name string `json:"name"`
		} `json:"groups"`
	}
	if err := d.api.Get(ctx, "/tickets/"+ref.ID+"?include=users,groups", &one); err != nil {
		return pipeline.Ticket{}, err
	}
	if number(one.Ticket.ID) != ref.ID {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.Unavailable, "Zendesk answered with another ticket")
	}
	if one.Ticket.Status == "deleted" {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.NotFound, "the desk has no such ticket")
	}
	users := map[int64]apiUser{}
	for _, u := range one.Users {
		users[u.ID] = u
	}
	comments, err := d.comments(ctx, ref.ID, users)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	r := users[one.Ticket.Requester]
	t := pipeline.Ticket{TicketRef: ref, Subject: one.Ticket.Subject, Status: status(one.Ticket.Status), URL: d.agentURL(ref.ID),
		Locale: r.Locale, Requester: pipeline.Person{ID: number(r.ID), Name: r.Name, Email: r.Email},
		CreatedAt: one.Ticket.CreatedAt, UpdatedAt: one.Ticket.UpdatedAt}
	for _, g := range one.Groups {
		if g.ID == one.Ticket.Group {
			t.Queue = g.Name
		}
	}
	for i, c := range comments {
		t.Messages = append(t.Messages, d.message(ref, t.Subject, i == 0, c, users[c.Author]))
	}
	return t, nil
}

// comments reads all pages, and adds their authors to users.
func (d *Desk) comments(ctx context.Context, ticket string, users map[int64]apiUser) ([]apiComment, error) {
	var all []apiComment
	after := ""
	for range maxPages {
		var page struct {
			Comments []apiComment `json:"comments"`
			Users    []apiUser    `json:"users"`
			Meta     struct {
				More  bool   `json:"has_more"`
				After string `json:"after_cursor"`
			} `json:"meta"`
		}
		q := url.Values{"include": {"users"}, "page[size]": {"100"}}
		if after != "" {
			q.Set("page[after]", after)
		}
		if err := d.api.Get(ctx, "/tickets/"+ticket+"/comments?"+q.Encode(), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Comments...)
		for _, u := range page.Users {
			users[u.ID] = u
		}
		if !page.Meta.More || page.Meta.After == "" || page.Meta.After == after {
			return all, nil
		}
		after = page.Meta.After
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "ticket %s has more comments than can be read", ticket)
}

func (d *Desk) message(ref pipeline.TicketRef, subject string, first bool, c apiComment, by apiUser) pipeline.Message {
	text := c.Plain
	if c.HTML != "" {
		text = bots.Text(c.HTML)
	} else if text == "" {
		text = c.Body
	}
	claim := bots.Claim{ID: number(c.Author), Role: pipeline.RoleCustomer}
	switch {
	case by.Role == "agent" || by.Role == "admin":
		claim.Role = pipeline.RoleAgent
	case c.Author == -1 || c.Via.Channel == "rule":
		claim.Role = pipeline.RoleSystem
	}
	if claim.Role == pipeline.RoleCustomer {
		title := ""
		if first {
			title = subject
		}
		claim.Auto = bots.AutoReply(nil, title, text)
	}
	if m, _ := c.Metadata.Custom[markerKey].(string); bots.IsMarker(m) && claim.Role != pipeline.RoleCustomer {
		claim.Marker = m
	} else {
		claim.Marker = d.written.Marker(ref, number(c.ID), "")
	}
	m := pipeline.Message{ID: number(c.ID), Role: bots.RoleOf(claim, d.own()...), Author: pipeline.Person{ID: number(by.ID), Name: by.Name, Email: by.Email},
		Text: text, Public: c.Public, At: c.CreatedAt, Marker: claim.Marker}
	for _, a := range c.Attachments {
		m.Attachments = append(m.Attachments, bots.FileName(a.Name))
	}
	return m
}

// Changed lists the tickets of the incremental export, which leaves the last
// minute out: the reconcile poll's overlap covers that.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	var refs []bots.Row
	if latest := d.c.Now().Add(-time.Minute - time.Second); since.After(latest) {
		if since.After(d.c.Now()) {
			return nil, nil
		}
		since = latest // Zendesk refuses a start within the last minute
	}
	seen := map[string]bool{}
	path := "/incremental/tickets/cursor?start_time=" + strconv.FormatInt(since.Unix(), 10)
	for path != "" {
		page, err := d.export(ctx, path)
		if err != nil {
			return nil, err
		}
		for _, t := range page.Tickets {
			if id := number(t.ID); !seen[id] && !t.UpdatedAt.Before(since.Truncate(time.Second)) {
				seen[id] = true
				refs = append(refs, d.api.Row(d.ref(id), t.UpdatedAt))
			}
		}
		path = page.next()
	}
	return refs, nil
}

type exportPage struct {
	Tickets []apiTicket `json:"tickets"`
	After   string      `json:"after_cursor"`
	End     *bool       `json:"end_of_stream"`
}

func (p exportPage) next() string {
	if *p.End || p.After == "" {
		return ""
	}
	return "/incremental/tickets/cursor?cursor=" + url.QueryEscape(p.After)
}

func (d *Desk) export(ctx context.Context, path string) (exportPage, error) {
	var page exportPage
	if err := d.api.Get(ctx, path, &page); err != nil {
		return page, err
	}
	if page.End == nil {
		return page, pipeline.Errorf(pipeline.Unavailable, "Zendesk's export could not be understood")
	}
	return page, nil
}

func (d *Desk) agentURL(ticket string) string {
	return d.url + "/agent/tickets/" + url.PathEscape(ticket)
}

// number writes an identifier; empty for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
