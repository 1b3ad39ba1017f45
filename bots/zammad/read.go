package zammad

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// markerKey is the name of our mark in an article's preferences.
const markerKey = "footnote"

type apiTicket struct {
	ID         int64     `json:"id"`
	Title      string    `json:"title"`
	State      string    `json:"state"`
	Group      string    `json:"group"`
	Customer   int64     `json:"customer_id"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	RepliedAt  time.Time `json:"first_response_at"`
	RepliedMin *int64    `json:"first_response_in_min"` // by the SLA's business hours
	ClosedAt   time.Time `json:"close_at"`
	ClosedMin  *int64    `json:"close_in_min"`
	LastClose  time.Time `json:"last_close_at"`
	TimeUnit   any       `json:"time_unit"` // a number, or its text
}

type apiUser struct {
	ID          int64          `json:"id"`
	First       string         `json:"firstname"`
	Last        string         `json:"lastname"`
	Email       string         `json:"email"`
	Active      bool           `json:"active"`
	Roles       []string       `json:"roles"`     // with expand
	Groups      map[string]any `json:"group_ids"` // nobody but agents has any
	Preferences struct {
		Locale string `json:"locale"`
	} `json:"preferences"`
}

func (u apiUser) name() string { return strings.TrimSpace(u.First + " " + u.Last) }

// ticket reads a ticket. NotFound for what is no number.
func (d *Desk) ticket(ctx context.Context, id string) (apiTicket, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return apiTicket{}, pipeline.Errorf(pipeline.NotFound, "the desk has no such ticket")
	}
	var t apiTicket
	if err := d.api.Get(ctx, "/tickets/"+number(n)+"?expand=true", &t); err != nil {
		return t, err
	}
	if t.ID != n {
		return t, pipeline.Errorf(pipeline.Unavailable, "Zammad answered with another ticket")
	}
	return t, nil
}

// articles reads all articles of a ticket, oldest first.
func (d *Desk) articles(ctx context.Context, id int64) ([]apiArticle, error) {
	var list []apiArticle
	if err := d.api.Get(ctx, "/ticket_articles/by_ticket/"+number(id)+"?expand=true", &list); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b apiArticle) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return int(a.ID - b.ID)
	})
	return list, nil
}

// Thread reads a ticket and its articles, the ticket first: an article that
// comes between the two reads is newer than UpdatedAt.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	z, err := d.ticket(ctx, ref.ID)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	if _, err := d.whoami(ctx); err != nil { // or our own articles would be an agent's
		return pipeline.Ticket{}, err
	}
	list, err := d.articles(ctx, z.ID)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	var customer apiUser
	if err := d.api.Get(ctx, "/users/"+number(z.Customer), &customer); err != nil && !without(err) {
		return pipeline.Ticket{}, err
	}
	status, err := d.status(ctx, z.State)
	if err != nil {
		return pipeline.Ticket{}, err
	}
	t := pipeline.Ticket{TicketRef: ref, Subject: z.Title, Status: status, URL: d.agentURL(ref.ID), Queue: z.Group, Locale: customer.Preferences.Locale,
		Requester: pipeline.Person{ID: number(z.Customer), Name: customer.name(), Email: customer.Email}, CreatedAt: z.CreatedAt, UpdatedAt: z.UpdatedAt}
	if status == pipeline.StatusSolved {
		t.SolvedAt = z.LastClose // zero in versions that do not tell
	}
	for i, a := range list {
		title := ""
		if i == 0 {
			title = z.Title
		}
		t.Messages = append(t.Messages, d.message(ref, title, a, false))
	}
	return t, nil
}

// without tells a failure that a ticket can be read without.
func without(err error) bool {
	k := pipeline.KindOf(err)
	return k == pipeline.NotFound || k == pipeline.Denied
}

// pageSize is how many tickets one search asks for; Zammad may give fewer.
const (
	pageSize = 100
	maxPages = 400
	// leastPage is a page that no version of Zammad would end at: what is shorter is the
	// last one.
	leastPage = 10
)

// list searches for changed tickets, those that changed first first. Zammad's
// pages are of a size that it does not tell, so the end is a page without any.
// The tickets of a page's last instant come again with the next.
func (d *Desk) list(ctx context.Context, at bots.Place) (rows []apiTicket, next bots.Place, err error) {
	const instant = time.Millisecond // of Zammad's clock; some versions take "after" to exclude the time itself
	err = d.api.Do(ctx, http.MethodPost, "/tickets/search?expand=true", map[string]any{"sort_by": "updated_at", "order_by": "asc",
		"page": at.Page, "per_page": pageSize, "condition": map[string]any{"ticket.updated_at": map[string]any{"operator": "after (absolute)",
			"value": at.From.Add(-instant).UTC().Format("2006-01-02T15:04:05.000Z")}}}, &rows)
	if err != nil || len(rows) == 0 {
		return nil, at, err
	}
	return rows, at.Next(rows[len(rows)-1].UpdatedAt), nil
}

// Changed lists the tickets that changed.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	var refs []bots.Row
	seen := map[int64]bool{}
	at := bots.Place{From: since, Page: 1}
	for range maxPages {
		rows, next, err := d.list(ctx, at)
		if err != nil {
			return nil, err
		}
		for _, t := range rows {
			if t.ID != 0 && !seen[t.ID] {
				seen[t.ID] = true
				refs = append(refs, d.api.Row(d.ref(t.ID), t.UpdatedAt))
			}
		}
		if len(rows) < leastPage {
			return refs, nil
		}
		at = next
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "more tickets changed than can be listed")
}

// status is Zammad's state in our three words; empty for one of no type that we
// know. States of the account's own are looked up once.
func (d *Desk) status(ctx context.Context, state string) (pipeline.TicketStatus, error) {
	if s := byType(state); s != "" || state == "" { // the states that every account has are named as their types
		return s, nil
	}
	d.mu.Lock()
	known := d.states
	d.mu.Unlock()
	if known == nil {
		var list []struct {
			Name string `json:"name"`
			Type string `json:"state_type"`
		}
		if err := d.api.Get(ctx, "/ticket_states?expand=true", &list); err != nil {
			if without(err) {
				return "", nil
			}
			return "", err
		}
		known = map[string]string{}
		for _, s := range list {
			known[s.Name] = s.Type
		}
		d.mu.Lock()
		d.states = known
		d.mu.Unlock()
	}
	return byType(known[state]), nil
}

func byType(t string) pipeline.TicketStatus {
	switch t {
	case "new", "open":
		return pipeline.StatusOpen
	case "pending reminder", "pending action", "pending close":
		return pipeline.StatusPending
	case "closed", "merged", "removed":
		return pipeline.StatusSolved
	}
	return ""
}

// own lists our identities at the desk, as far as they are known.
func (d *Desk) own() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.me.ID == 0 {
		return nil
	}
	return []string{number(d.me.ID)}
}

// whoami is our own user's id.
func (d *Desk) whoami(ctx context.Context) (int64, error) {
	d.mu.Lock()
	me := d.me.ID
	d.mu.Unlock()
	if me != 0 {
		return me, nil
	}
	var u apiUser
	if err := d.api.Get(ctx, "/users/me", &u); err != nil {
		return 0, err
	}
	if u.ID == 0 {
		return 0, pipeline.Errorf(pipeline.Denied, "Zammad does not accept the credentials")
	}
	d.mu.Lock()
	d.me = u
	d.mu.Unlock()
	return u.ID, nil
}
