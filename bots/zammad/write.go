package zammad

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Post writes an article of the kind that the customer used: an e-mail, or a
// public note on a ticket of the web portal. Zammad has no conditional write:
// the ticket is read right before, and a change since Seen stops the reply.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	t, err := d.ticket(ctx, p.Ticket.ID)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	if !p.Seen.IsZero() && t.UpdatedAt.After(p.Seen) {
		return "", &bots.PostError{Verdict: bots.Moved, Say: "the ticket changed meanwhile"}
	}
	if t.State == "merged" || t.State == "removed" {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the ticket is " + t.State}
	}
	a, err := d.reply(ctx, t, p)
	if err != nil {
		return "", err
	}
	by, err := d.agent(ctx, p.Author.Email)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	w := write{ref: p.Ticket, text: p.Text, marker: p.Marker, article: a}
	if by.may {
		w.by = by.id
	}
	id, err := d.write(ctx, w)
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
	by, err := d.agent(ctx, a.Email)
	if err != nil {
		return bots.Standing{}, err
	}
	d.mu.Lock()
	own := d.me.name()
	d.mu.Unlock()
	if by.id != 0 && !by.may {
		return bots.Standing{Name: own, Why: "Zammad does not let Footnote act for you: its token needs the permission admin.user, and so does the user the token belongs to."}, nil
	}
	return bots.ByAddress("Zammad", a, by.may, own), nil
}

// Note writes an internal note as our own user. Its type is never e-mail, which
// Zammad would send even when it is internal.
func (d *Desk) Note(ctx context.Context, n bots.Note) (string, error) {
	t, err := d.ticket(ctx, n.Ticket.ID)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	return d.write(ctx, write{ref: n.Ticket, text: n.Text, marker: n.Marker, article: article{Ticket: t.ID, Type: "note", Internal: true}})
}

// article is the body of POST /ticket_articles.
type article struct {
	Ticket      int64          `json:"ticket_id"`
	Subject     string         `json:"subject,omitempty"`
	Body        string         `json:"body"`
	ContentType string         `json:"content_type"`
	Type        string         `json:"type"`
	Internal    bool           `json:"internal"`
	Sender      string         `json:"sender"`
	To          string         `json:"to,omitempty"`
	InReplyTo   string         `json:"in_reply_to,omitempty"`
	Preferences map[string]any `json:"preferences"`
}

// reply addresses the answer to the newest message of the customer. Its error is
// a *bots.PostError.
func (d *Desk) reply(ctx context.Context, t apiTicket, p bots.Post) (article, error) {
	list, err := d.articles(ctx, t.ID)
	if err != nil {
		return article{}, bots.BeforePost(err)
	}
	var last apiArticle
	for _, a := range list {
		if a.Sender == "Customer" && !a.Internal {
			last = a
		}
	}
	a := article{Ticket: t.ID, Type: "note"}
	switch last.Type {
	case "web", "note":
		return a, nil
	case "email", "phone", "":
	default: // chats and social networks have lengths and addresses of their own
		return article{}, &bots.PostError{Verdict: bots.Refused, Say: "the customer wrote by " + bots.Plain(last.Type, 40) + "; answer in Zammad"}
	}
	a.Type, a.Subject, a.InReplyTo = "email", t.Title, last.MessageID
	if a.To = strings.TrimSpace(p.Recipient.Email); a.To == "" {
		var customer apiUser
		if err := d.api.Get(ctx, "/users/"+number(t.Customer), &customer); err != nil {
			return article{}, bots.BeforePost(err)
		}
		a.To = customer.Email
	}
	if a.To == "" {
		return article{}, &bots.PostError{Verdict: bots.Refused, Say: "the customer has no e-mail address"}
	}
	return a, nil
}

type write struct {
	ref          pipeline.TicketRef
	text, marker string
	by           int64 // acting for this user; 0: our own
	article      article
}

func (d *Desk) write(ctx context.Context, w write) (string, error) {
	if _, err := d.whoami(ctx); err != nil {
		return "", bots.BeforePost(err)
	}
	w.article.Body, w.article.ContentType, w.article.Sender = bots.HTML(w.text), "text/html", "Agent"
	w.article.Preferences = map[string]any{markerKey: w.marker}
	r, err := d.api.Request(ctx, http.MethodPost, "/ticket_articles", w.article)
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	if w.by != 0 {
		r.Header.Set("From", number(w.by))
	}
	d.written.Begin(w.ref, w.text, w.marker)
	id, err := d.api.Post(r, bots.JSONID)
	if err == nil {
		d.written.Add(w.ref, id, w.marker)
	}
	return id, err
}

// agentOf is an agent as Zammad knows them.
type agentOf struct {
	id  int64
	may bool // we may act for them
}

// agent finds the user of an e-mail address for whom replies are written; zero when
// Zammad has no such agent. A customer of that address is never acted for: Zammad
// would take the article for the customer's.
func (d *Desk) agent(ctx context.Context, address string) (agentOf, error) {
	by, _, err := d.agents.Find(ctx, address, func(ctx context.Context, address string) (by agentOf, there bool, err error) {
		var found []apiUser
		if err := d.api.Get(ctx, "/users/search?expand=true&limit=20&query="+url.QueryEscape(address), &found); err != nil {
			return by, false, err
		}
		for _, u := range found {
			if bots.Address(u.Email) == address && u.Active && (len(u.Groups) > 0 || slices.Contains(u.Roles, "Agent")) {
				by.id = u.ID
			}
		}
		if by.id != 0 {
			by.may, err = d.mayActFor(ctx, by.id)
		}
		return by, by.may, err
	})
	return by, err
}

// mayActFor asks Zammad who we are when we act for a user.
func (d *Desk) mayActFor(ctx context.Context, id int64) (bool, error) {
	api, err := bots.NewAPI(bots.APIConfig{Base: d.url + "/api/v1", HTTP: d.c.HTTP, Now: d.c.Now, Auth: func(r *http.Request) {
		r.Header.Set("Authorization", "Token token="+d.c.Token)
		r.Header.Set("From", number(id))
	}})
	if err != nil {
		return false, err
	}
	var u apiUser
	err = api.Get(ctx, "/users/me", &u)
	if pipeline.KindOf(err) == pipeline.Denied && err != nil {
		return false, nil
	}
	return err == nil && u.ID == id, err
}

// SetDraft writes the ticket's shared draft when there is none, or a void one of
// ours. Zammad has no conditional write: it is looked for right before. Invalid
// for a ticket whose customer cannot be answered by e-mail or note.
func (d *Desk) SetDraft(ctx context.Context, n bots.Note) error {
	t, err := d.ticket(ctx, n.Ticket.ID)
	if err != nil {
		return err
	}
	path := "/tickets/" + number(t.ID) + "/shared_draft"
	there, text, err := d.sharedDraft(ctx, path)
	is := func(s string) bool { return bots.SameText(text, s) }
	switch {
	case err != nil:
		return err
	case there && n.Text != "" && is(n.Text): // set before
		return nil
	case there && !slices.ContainsFunc(n.Before, is):
		return pipeline.Errorf(pipeline.Conflict, "there is a draft in Zammad already")
	case n.Text == "" && there:
		return d.api.Do(ctx, http.MethodDelete, path, nil, nil)
	case n.Text == "":
		return nil
	}
	a, err := d.reply(ctx, t, bots.Post{})
	if err != nil {
		return pipeline.Errorf(pipeline.Invalid, "%s", err.(*bots.PostError).Say) //nolint:errorlint // reply's contract
	}
	return d.api.Do(ctx, http.MethodPut, path, map[string]any{"new_article": map[string]any{"body": bots.HTML(n.Text), "type": a.Type, "internal": false,
		"to": a.To, "cc": "", "subject": "", "in_reply_to": a.InReplyTo, "ticket_id": t.ID, "content_type": "text/html"}, "ticket_attributes": map[string]any{}}, nil)
}

// sharedDraft reads a ticket's shared draft, if there is one.
func (d *Desk) sharedDraft(ctx context.Context, path string) (there bool, text string, err error) {
	var v struct {
		ID     *int64 `json:"shared_draft_id"`
		Assets struct {
			Drafts map[string]struct {
				Article struct {
					Body string `json:"body"`
				} `json:"new_article"`
			} `json:"TicketSharedDraftZoom"`
		} `json:"assets"`
	}
	if err := d.api.Get(ctx, path, &v); err != nil || v.ID == nil {
		return false, "", err
	}
	return true, bots.Text(v.Assets.Drafts[number(*v.ID)].Article.Body), nil
}

// Tag adds tags and leaves the others.
func (d *Desk) Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error {
	t, err := d.ticket(ctx, ref.ID)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if err := d.api.Do(ctx, http.MethodPost, "/tags/add", map[string]any{"object": "Ticket", "o_id": t.ID, "item": strings.TrimSpace(tag)}, nil); err != nil {
			return err
		}
	}
	return nil
}

// reminder is when a ticket that we make pending comes back.
const reminder = 24 * time.Hour

// SetStatus moves a ticket; pending is a reminder after a day. Invalid for a
// merged ticket.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	t, err := d.ticket(ctx, ref.ID)
	if err != nil {
		return err
	}
	now, err := d.status(ctx, t.State)
	if err != nil {
		return err
	}
	change := map[string]any{}
	switch {
	case t.State == "merged" || t.State == "removed":
		return pipeline.Errorf(pipeline.Invalid, "the ticket is %s", t.State)
	case now == s:
		return nil
	case s == pipeline.StatusOpen:
		change["state"] = "open"
	case s == pipeline.StatusSolved:
		change["state"] = "closed"
	case s == pipeline.StatusPending:
		change["state"], change["pending_time"] = "pending reminder", d.c.Now().Add(reminder).UTC().Format(time.RFC3339)
	default:
		return pipeline.Errorf(pipeline.Invalid, "there is no status %s", bots.Plain(string(s), 20))
	}
	return d.api.Do(ctx, http.MethodPut, "/tickets/"+number(t.ID), change, nil)
}
