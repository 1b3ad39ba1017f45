package chatwoot

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// Post sends a public message with the approving agent's token, or ours when
// there is none. Chatwoot has no conditional write: the conversation is read
// right before, and an activity since Seen stops the reply. Chatwoot fills in
// {{…}} in what is sent; a text with such is refused, for the customer would get
// another one.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	c, err := d.conversation(ctx, p.Ticket.ID)
	switch {
	case err != nil:
		return "", bots.BeforePost(err)
	case !p.Seen.IsZero() && c.LastAt.After(p.Seen):
		return "", &bots.PostError{Verdict: bots.Moved, Say: "the ticket changed meanwhile"}
	case c.CanReply != nil && !*c.CanReply:
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the channel takes no reply any more (its time window has closed)"}
	case strings.Contains(p.Text, "{{") || strings.Contains(p.Text, "{%"):
		return "", &bots.PostError{Verdict: bots.Refused, Say: "Chatwoot would take {{ or {% in the reply for a placeholder; answer in Chatwoot"}
	}
	w := write{ref: p.Ticket, conversation: c.ID, text: p.Text, marker: p.Marker}
	return bots.PostByKey(ctx, d, p.Author, d.agents, &d.keys, func(key string) (string, error) {
		w.token = key
		return d.write(ctx, w)
	})
}

// Standing tells in whose name a reply would stand: by the agent's token.
func (d *Desk) Standing(ctx context.Context, a pipeline.Agent) (bots.Standing, error) {
	if _, err := d.whoami(ctx); err != nil {
		return bots.Standing{}, err
	}
	token, has := d.agents[bots.Address(a.Email)]
	var found bots.KeyOf
	if has {
		var err error
		if found, _, err = d.keys.Find(ctx, a.Email, func(ctx context.Context, _ string) (bots.KeyOf, bool, error) {
			who, err := d.profile(ctx, token)
			if pipeline.KindOf(err) == pipeline.Denied && err != nil || err == nil && who.role(d.c.Account) == "" {
				return bots.KeyOf{Refused: true}, false, nil
			}
			return bots.KeyOf{Name: who.Name, Email: who.Email}, true, err
		}); err != nil {
			return bots.Standing{}, err
		}
	}
	d.mu.Lock()
	own := d.myName
	d.mu.Unlock()
	return bots.Keyed{Platform: "Chatwoot", Desk: d.c.Name, Keys: "agent_tokens", Instead: d.c.Instead}.Standing(a, has, found, own), nil
}

// Note writes a private note as our own user.
func (d *Desk) Note(ctx context.Context, n bots.Note) (string, error) {
	c, err := d.conversation(ctx, n.Ticket.ID)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	text := noPlaceholders.Replace(n.Text)
	return d.write(ctx, write{ref: n.Ticket, conversation: c.ID, text: text, marker: n.Marker, private: true})
}

// EditNote writes another note and takes the old one away: Chatwoot lets messages be
// deleted and not changed.
func (d *Desk) EditNote(ctx context.Context, remoteID string, n bots.Note) (string, error) {
	c, err := d.conversation(ctx, n.Ticket.ID)
	if err != nil {
		return "", err
	}
	list, err := d.messages(ctx, c.ID)
	if err != nil {
		return "", err
	}
	var there []bots.NoteAt
	for _, m := range list {
		if m.Private {
			there = append(there, bots.NoteAt{ID: number(m.ID), Text: m.Content, Gone: m.Attributes.Deleted})
		}
	}
	n.Text = noPlaceholders.Replace(n.Text)
	return bots.ReplaceNote(ctx, there, remoteID, n, d.Note, func(ctx context.Context) error {
		return d.api.Do(ctx, http.MethodDelete, d.path("/conversations/"+number(c.ID)+"/messages/"+url.PathEscape(remoteID)), nil, nil)
	})
}

// noPlaceholders keeps Chatwoot from filling something in.
var noPlaceholders = strings.NewReplacer("{{", "{ {", "{%", "{ %")

type write struct {
	ref                 pipeline.TicketRef
	conversation        int64
	text, marker, token string
	private             bool
}

func (d *Desk) write(ctx context.Context, w write) (string, error) {
	if _, err := d.whoami(ctx); err != nil {
		return "", bots.BeforePost(err)
	}
	r, err := d.api.Request(ctx, http.MethodPost, d.path("/conversations/"+number(w.conversation)+"/messages"), map[string]any{"content": w.text,
		"message_type": "outgoing", "private": w.private, "content_type": "text", "content_attributes": map[string]any{"footnote": w.marker}})
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	if w.token != "" {
		r = r.WithContext(bots.WithAgentsKey(ctx))
		auth(w.token)(r)
	}
	d.written.Begin(w.ref, w.text, w.marker)
	id, err := d.api.Post(r, bots.JSONID)
	if err == nil {
		d.written.Add(w.ref, id, w.marker)
	}
	return id, err
}

type apiProfile struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Accounts []struct {
		ID   int64  `json:"id"`
		Role string `json:"role"`
	} `json:"accounts"`
}

// role is a user's role at our account; empty when it is none of its users.
func (p apiProfile) role(account int64) string {
	for _, a := range p.Accounts {
		if a.ID == account {
			return a.Role
		}
	}
	return ""
}

// profile tells whose a token is; empty means our own.
func (d *Desk) profile(ctx context.Context, token string, head ...*http.Header) (apiProfile, error) {
	api := d.api
	if token != "" {
		var err error
		if api, err = bots.NewAPI(bots.APIConfig{Base: d.url + "/api/v1", HTTP: d.c.HTTP, Now: d.c.Now, Auth: auth(token)}); err != nil {
			return apiProfile{}, err
		}
	}
	var p apiProfile
	err := api.Get(ctx, "/profile", &p, head...)
	if err == nil && p.ID == 0 {
		err = pipeline.Errorf(pipeline.Denied, "Chatwoot does not accept the credentials")
	}
	return p, err
}

// whoami is our own user's id.
func (d *Desk) whoami(ctx context.Context) (int64, error) {
	d.mu.Lock()
	me := d.me
	d.mu.Unlock()
	if me != 0 {
		return me, nil
	}
	p, err := d.profile(ctx, "")
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	d.me, d.myName = p.ID, p.Name
	d.mu.Unlock()
	return p.ID, nil
}

// own lists our identities at the desk, as far as they are known.
func (d *Desk) own() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.me == 0 {
		return nil
	}
	return []string{identity("user", d.me)}
}

// Tag adds labels and leaves the others; Chatwoot takes the whole set. A label
// has no white space.
func (d *Desk) Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error {
	c, err := d.conversation(ctx, ref.ID)
	if err != nil {
		return err
	}
	at := d.path("/conversations/" + number(c.ID) + "/labels")
	var has struct {
		Payload []string `json:"payload"`
	}
	if err := d.api.Get(ctx, at, &has); err != nil {
		return err
	}
	want := slices.Clone(has.Payload)
	for _, t := range tags {
		if t = strings.ToLower(strings.Join(strings.Fields(t), "-")); t != "" && !slices.Contains(want, t) {
			want = append(want, t)
		}
	}
	if len(want) == len(has.Payload) {
		return nil
	}
	return d.api.Do(ctx, http.MethodPost, at, map[string]any{"labels": want}, nil)
}

// SetStatus moves a conversation. Pending is snoozed until the customer writes;
// Chatwoot's own pending means that a bot has it.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	c, err := d.conversation(ctx, ref.ID)
	if err != nil || status(c.Status) == s {
		return err
	}
	want, ok := map[pipeline.TicketStatus]string{pipeline.StatusOpen: "open", pipeline.StatusPending: "snoozed", pipeline.StatusSolved: "resolved"}[s]
	if !ok {
		return pipeline.Errorf(pipeline.Invalid, "there is no status %s", bots.Plain(string(s), 20))
	}
	return d.api.Do(ctx, http.MethodPost, d.path("/conversations/"+number(c.ID)+"/toggle_status"), map[string]any{"status": want}, nil)
}
