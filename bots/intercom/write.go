package intercom

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// Post writes a public comment in the approving agent's name, or our own
// admin's when Intercom knows no such agent with a seat in the inbox. Intercom has
// no conditional write: the conversation is read right before, and a change since
// Seen, by the second as Intercom tells it, stops the reply.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	if !p.Seen.IsZero() {
		c, err := d.conversation(ctx, p.Ticket.ID)
		if err != nil {
			return "", bots.BeforePost(err)
		}
		if unix(c.UpdatedAt).After(p.Seen) {
			return "", &bots.PostError{Verdict: bots.Moved, Say: "the conversation changed meanwhile"}
		}
	}
	by, err := d.admin(ctx, p.Author.Email)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	id, err := d.write(ctx, reply{ref: p.Ticket, text: p.Text, marker: p.Marker, kind: "comment", by: by})
	if bots.VerdictOf(err) == bots.Refused {
		d.admins.Forget(p.Author.Email) // for whom may be the reason
	}
	return id, err
}

// Standing tells in whose name a reply would stand.
func (d *Desk) Standing(ctx context.Context, a pipeline.Agent) (bots.Standing, error) {
	if _, err := d.whoami(ctx); err != nil {
		return bots.Standing{}, err
	}
	id, err := d.admin(ctx, a.Email)
	if err != nil {
		return bots.Standing{}, err
	}
	d.mu.Lock()
	own := d.me.Name
	d.mu.Unlock()
	s := bots.ByAddress("Intercom", a, id != "", own)
	if s.Why != "" {
		s.Why += " They need a seat in the inbox."
	}
	return s, nil
}

// Note writes a private note as our own admin.
func (d *Desk) Note(ctx context.Context, n bots.Note) (string, error) {
	return d.write(ctx, reply{ref: n.Ticket, text: n.Text, marker: n.Marker, kind: "note"})
}

type reply struct {
	ref          pipeline.TicketRef
	text, marker string
	kind         string // comment | note
	by           string // an admin's id; empty: our own
}

func (d *Desk) write(ctx context.Context, w reply) (string, error) {
	own, err := d.whoami(ctx)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	if w.by == "" {
		w.by = own
	}
	r, err := d.api.Request(ctx, http.MethodPost, "/conversations/"+url.PathEscape(w.ref.ID)+"/reply",
		map[string]any{"type": "admin", "admin_id": w.by, "message_type": w.kind, "body": bots.HTML(w.text)})
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	d.written.Begin(w.ref, w.text, w.marker)
	id, err := d.api.Post(r, w.find)
	if err == nil {
		d.written.Add(w.ref, id, w.marker)
	}
	return id, err
}

// find looks for what was written in the conversation that Intercom answers with.
func (w reply) find(raw []byte) (string, error) {
	var c conversation
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", err
	}
	for _, p := range slices.Backward(c.Parts.List) {
		if p.Kind == w.kind && string(p.Author.ID) == w.by && bots.SameText(bots.Text(p.Body), w.text) {
			return string(p.ID), nil
		}
	}
	return "", nil
}

// me is the admin that the token belongs to, and the workspace.
type me struct {
	ID    ident  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	App   struct {
		Code string `json:"id_code"`
		Name string `json:"name"`
	} `json:"app"`
}

// whoami is our own admin's id.
func (d *Desk) whoami(ctx context.Context) (string, error) {
	if own := d.own(); len(own) > 0 {
		return own[0], nil
	}
	var m me
	if err := d.api.Get(ctx, "/me", &m); err != nil {
		return "", err
	}
	if m.ID == "" {
		return "", pipeline.Errorf(pipeline.Unavailable, "Intercom does not say which admin the token belongs to")
	}
	d.mu.Lock()
	d.me = m
	d.mu.Unlock()
	return string(m.ID), nil
}

// own lists our identities at the workspace, as far as they are known.
func (d *Desk) own() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.me.ID == "" {
		return nil
	}
	return []string{string(d.me.ID)}
}

func (d *Desk) workspace() string {
	if d.c.Workspace != "" {
		return d.c.Workspace
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.me.App.Code
}

// admin finds an admin's id by e-mail address; empty when Intercom has none of
// it who may reply.
func (d *Desk) admin(ctx context.Context, email string) (string, error) {
	id, _, err := d.admins.Find(ctx, email, func(ctx context.Context, email string) (id string, there bool, err error) {
		var list struct {
			Admins []struct {
				ID    ident  `json:"id"`
				Email string `json:"email"`
				Seat  *bool  `json:"has_inbox_seat"`
			} `json:"admins"`
		}
		if err := d.api.Get(ctx, "/admins", &list); err != nil {
			return "", false, err
		}
		for _, a := range list.Admins {
			if strings.EqualFold(a.Email, email) && (a.Seat == nil || *a.Seat) {
				id = string(a.ID)
			}
		}
		return id, id != "", nil
	})
	return id, err
}

// Tag adds tags, which Intercom makes or finds by name first.
func (d *Desk) Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error {
	own, err := d.whoami(ctx)
	if err != nil {
		return err
	}
	c, err := d.conversation(ctx, ref.ID)
	if err != nil {
		return err
	}
	for _, name := range tags {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		has := false
		for _, t := range c.Tags.List {
			has = has || strings.EqualFold(t.Name, name)
		}
		if has {
			continue
		}
		var made struct {
			ID ident `json:"id"`
		}
		if err := d.api.Do(ctx, http.MethodPost, "/tags", map[string]any{"name": name}, &made); err != nil {
			return err
		}
		if err := d.api.Do(ctx, http.MethodPost, "/conversations/"+ref.ID+"/tags", map[string]any{"id": made.ID, "admin_id": own}, nil); err != nil {
			return err
		}
	}
	return nil
}

// CannotMove says why a conversation cannot be pending.
func (d *Desk) CannotMove(s pipeline.TicketStatus) string {
	if s == pipeline.StatusPending {
		return "Intercom snoozes a conversation until a time, which only a person knows"
	}
	return ""
}

// SetStatus opens or closes a conversation. Pending is Invalid: Intercom snoozes
// until a time, which only a person knows.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	kind, ok := map[pipeline.TicketStatus]string{pipeline.StatusOpen: "open", pipeline.StatusSolved: "close"}[s]
	if !ok {
		return pipeline.Errorf(pipeline.Invalid, "Intercom cannot move a conversation to %q", s)
	}
	own, err := d.whoami(ctx)
	if err != nil {
		return err
	}
	c, err := d.conversation(ctx, ref.ID)
	if err != nil || status(c.State) == s {
		return err
	}
	return d.api.Do(ctx, http.MethodPost, "/conversations/"+ref.ID+"/parts", map[string]any{"message_type": kind, "type": "admin", "admin_id": own}, nil)
}
