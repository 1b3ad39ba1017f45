package freshdesk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// Post writes a public reply in the approving agent's name, or our own agent's
// when Freshdesk knows no agent of that address. Freshdesk has no lock: the
// ticket is read right before. A closed ticket is refused, because a merged one
// looks the same and its customer is answered elsewhere.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	if _, err := d.whoami(ctx); err != nil {
		return "", bots.BeforePost(err)
	}
	author, err := d.agent(ctx, p.Author.Email)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	switch t, err := d.ticket(ctx, p.Ticket.ID, ""); {
	case err != nil:
		return "", bots.BeforePost(err)
	case t.Status == statusClosed:
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the ticket is closed or merged into another; reopen it, or answer the other one"}
	case !p.Seen.IsZero() && !t.UpdatedAt.Equal(p.Seen):
		return "", &bots.PostError{Verdict: bots.Moved, Say: "the ticket changed meanwhile"}
	}
	body := map[string]any{"body": bots.HTML(p.Text)}
	if id, err := strconv.ParseInt(author, 10, 64); err == nil {
		body["user_id"] = id
	}
	id, err := d.write(ctx, p.Ticket, "/reply", body, mark{p.Text, p.Marker})
	if bots.VerdictOf(err) == bots.Refused {
		d.agents.Forget(p.Author.Email) // for whom may be the reason
	}
	return id, err
}

// Standing tells in whose name a reply would stand.
func (d *Desk) Standing(ctx context.Context, a pipeline.Agent) (bots.Standing, error) {
	if _, err := d.whoami(ctx); err != nil {
		return bots.Standing{}, err
	}
	id, err := d.agent(ctx, a.Email)
	if err != nil {
		return bots.Standing{}, err
	}
	d.mu.Lock()
	own := d.me.Contact.Name
	d.mu.Unlock()
	if id == hidden {
		return bots.Standing{Name: own, Why: "Freshdesk does not let Footnote's agent list agents; it needs the role Administrator for replies in others' names."}, nil
	}
	return bots.ByAddress("Freshdesk", a, id != "", own), nil
}

// Note writes a private note as our own agent. It notifies nobody.
func (d *Desk) Note(ctx context.Context, n bots.Note) (string, error) {
	if _, err := d.whoami(ctx); err != nil {
		return "", bots.BeforePost(err)
	}
	return d.write(ctx, n.Ticket, "/notes", map[string]any{"body": bots.HTML(n.Text), "private": true}, mark{n.Text, n.Marker})
}

// EditNote changes a note; Freshdesk lets the text of notes be changed.
func (d *Desk) EditNote(ctx context.Context, remoteID string, n bots.Note) (string, error) {
	if !number(remoteID).valid() {
		return "", pipeline.Errorf(pipeline.NotFound, "the desk has no such note")
	}
	d.written.Add(n.Ticket, remoteID, n.Marker)
	return remoteID, d.api.Do(ctx, http.MethodPut, "/conversations/"+remoteID, map[string]any{"body": bots.HTML(n.Text)}, nil)
}

type mark struct{ text, marker string }

func (d *Desk) write(ctx context.Context, ref pipeline.TicketRef, kind string, body map[string]any, m mark) (string, error) {
	r, err := d.api.Request(ctx, http.MethodPost, "/tickets/"+url.PathEscape(ref.ID)+kind, body)
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	d.written.Begin(ref, m.text, m.marker)
	id, err := d.api.Post(r, bots.JSONID)
	if err == nil {
		d.written.Add(ref, id, m.marker)
	}
	return id, err
}

type apiAgent struct {
	ID      int64 `json:"id"`
	Contact struct {
		Name   string `json:"name"`
		Email  string `json:"email"`
		Active *bool  `json:"active"`
	} `json:"contact"`
}

// hidden is the identifier of an agent that our key may not look up.
const hidden = "?"

// agent finds an agent's id by e-mail address; empty when Freshdesk has no such
// agent, hidden when it does not let our key list agents.
func (d *Desk) agent(ctx context.Context, email string) (string, error) {
	id, _, err := d.agents.Find(ctx, email, func(ctx context.Context, email string) (id string, there bool, err error) {
		var found []apiAgent
		err = d.api.Get(ctx, "/agents?email="+url.QueryEscape(email), &found)
		if err != nil && pipeline.KindOf(err) == pipeline.Denied {
			return hidden, false, nil
		}
		for _, a := range found {
			if address(a.Contact.Email) == email && (a.Contact.Active == nil || *a.Contact.Active) {
				id = text(a.ID)
			}
		}
		return id, id != "", err
	})
	return id, err
}

// whoami is our own agent's id.
func (d *Desk) whoami(ctx context.Context) (string, error) {
	if own := d.own(); len(own) > 0 {
		return own[0], nil
	}
	var me apiAgent
	if err := d.api.Get(ctx, "/agents/me", &me); err != nil {
		return "", err
	}
	if me.ID == 0 {
		return "", pipeline.Errorf(pipeline.Unavailable, "Freshdesk does not say which agent the key belongs to")
	}
	d.mu.Lock()
	d.me = me
	d.mu.Unlock()
	return text(me.ID), nil
}

// Tag adds tags: Freshdesk takes the whole list only, which is read before.
func (d *Desk) Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error {
	t, err := d.ticket(ctx, ref.ID, "")
	if err != nil {
		return err
	}
	all := slices.Clone(t.Tags)
	for _, tag := range tags {
		tag = strings.Join(strings.Fields(strings.ReplaceAll(tag, ",", " ")), " ") // a comma parts tags
		if r := []rune(tag); len(r) > 32 {
			tag = string(r[:32]) // Freshdesk's limit
		}
		if tag != "" && !slices.ContainsFunc(all, func(has string) bool { return strings.EqualFold(has, tag) }) {
			all = append(all, tag)
		}
	}
	if len(all) == len(t.Tags) {
		return nil
	}
	return d.api.Do(ctx, http.MethodPut, "/tickets/"+ref.ID, map[string]any{"tags": all}, nil)
}

// SetStatus moves a ticket.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	to, ok := map[pipeline.TicketStatus]int{pipeline.StatusOpen: statusOpen, pipeline.StatusPending: statusPending, pipeline.StatusSolved: statusResolved}[s]
	if !ok || !number(ref.ID).valid() {
		return pipeline.Errorf(pipeline.Invalid, "Freshdesk has no ticket %s, or no status %q", ref, s)
	}
	return d.api.Do(ctx, http.MethodPut, "/tickets/"+ref.ID, map[string]any{"status": to}, nil)
}
