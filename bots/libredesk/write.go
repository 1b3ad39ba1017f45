package libredesk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// Post sends a public reply with the approving agent's key, or ours when there
// is none. Libredesk has no conditional write: the conversation is read right
// before, and a message since Seen stops the reply.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	c, err := d.conversation(ctx, p.Ticket.ID)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	if !p.Seen.IsZero() && c.LastAt.After(p.Seen) {
		return "", &bots.PostError{Verdict: bots.Moved, Say: "the ticket changed meanwhile"}
	}
	body := message{Text: bots.HTML(p.Text), Sender: "agent", Echo: p.Marker, To: []string{}}
	if c.Channel == "email" || c.Channel == "" {
		to := strings.TrimSpace(p.Recipient.Email)
		if to == "" {
			to = c.Contact.Email
		}
		if to == "" { // Libredesk would answer 500, as if it might have sent it
			return "", &bots.PostError{Verdict: bots.Refused, Say: "the customer has no e-mail address"}
		}
		body.To = []string{to}
	}
	w := write{ref: p.Ticket, text: p.Text, marker: p.Marker, body: body}
	return bots.PostByKey(ctx, d, p.Author, d.agents, &d.keys, func(key string) (string, error) {
		w.key = key
		return d.write(ctx, w)
	})
}

// Standing tells in whose name a reply would stand: by the agent's key.
func (d *Desk) Standing(ctx context.Context, a pipeline.Agent) (bots.Standing, error) {
	if _, err := d.whoami(ctx); err != nil {
		return bots.Standing{}, err
	}
	key, has := d.agents[bots.Address(a.Email)]
	var found bots.KeyOf
	if has {
		var err error
		if found, _, err = d.keys.Find(ctx, a.Email, func(ctx context.Context, _ string) (bots.KeyOf, bool, error) {
			who, err := d.agent(ctx, key)
			if pipeline.KindOf(err) == pipeline.Denied && err != nil {
				return bots.KeyOf{Refused: true}, false, nil
			}
			return bots.KeyOf{Name: name(who.First, who.Last), Email: who.Email}, true, err
		}); err != nil {
			return bots.Standing{}, err
		}
	}
	d.mu.Lock()
	own := d.myName
	d.mu.Unlock()
	return bots.Keyed{Platform: "Libredesk", Desk: d.c.Name, Keys: "agent_keys", Instead: d.c.Instead}.Standing(a, has, found, own), nil
}

// Note writes a private note as our own agent. Libredesk keeps no mark on it.
func (d *Desk) Note(ctx context.Context, n bots.Note) (string, error) {
	return d.write(ctx, write{ref: n.Ticket, text: n.Text, marker: n.Marker, body: message{Text: bots.HTML(n.Text), Private: true, Sender: "agent"}})
}

// EditNote writes another note and takes the old one away: Libredesk lets notes be
// deleted and not changed.
func (d *Desk) EditNote(ctx context.Context, remoteID string, n bots.Note) (string, error) {
	if !isUUID(n.Ticket.ID) || !isUUID(remoteID) {
		return "", pipeline.Errorf(pipeline.NotFound, "the desk has no such note")
	}
	messages, err := d.messages(ctx, n.Ticket.ID, "type=outgoing")
	if err != nil {
		return "", err
	}
	var there []bots.NoteAt
	for _, m := range messages {
		if m.Private {
			there = append(there, bots.NoteAt{ID: m.UUID, Text: bots.Text(m.Content), Gone: m.Meta.Deleted != ""})
		}
	}
	return bots.ReplaceNote(ctx, there, remoteID, n, d.Note, func(ctx context.Context) error {
		return d.do(ctx, http.MethodDelete, "/conversations/"+n.Ticket.ID+"/messages/"+remoteID, nil)
	})
}

// message is the body of POST /conversations/{uuid}/messages.
type message struct {
	Text        string   `json:"message"`
	Private     bool     `json:"private"`
	Sender      string   `json:"sender_type"`
	To          []string `json:"to,omitempty"`
	Attachments []int    `json:"attachments"`
	Echo        string   `json:"echo_id,omitempty"`
}

type write struct {
	ref               pipeline.TicketRef
	text, marker, key string
	body              message
}

func (d *Desk) write(ctx context.Context, w write) (string, error) {
	if !isUUID(w.ref.ID) {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the desk has no such ticket"}
	}
	if _, err := d.whoami(ctx); err != nil {
		return "", bots.BeforePost(err)
	}
	w.body.Attachments = []int{}
	r, err := d.api.Request(ctx, http.MethodPost, "/conversations/"+w.ref.ID+"/messages", w.body)
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	if w.key != "" {
		r = r.WithContext(bots.WithAgentsKey(ctx))
		r.Header.Set("Authorization", "token "+w.key)
	}
	d.written.Begin(w.ref, w.text, w.marker)
	id, err := d.api.Post(r, messageID)
	if err == nil {
		d.written.Add(w.ref, id, w.marker)
	}
	return id, err
}

func messageID(raw []byte) (string, error) {
	var v struct {
		Status string `json:"status"`
		Data   struct {
			UUID string `json:"uuid"`
		} `json:"data"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	if v.Status != "success" {
		return "", errors.New("no success in the answer")
	}
	return v.Data.UUID, nil
}

type apiAgent struct {
	ID          int64    `json:"id"`
	First       string   `json:"first_name"`
	Last        string   `json:"last_name"`
	Email       string   `json:"email"`
	Permissions []string `json:"permissions"`
}

// whoami is our own agent's id.
func (d *Desk) whoami(ctx context.Context) (int64, error) {
	d.mu.Lock()
	me := d.me
	d.mu.Unlock()
	if me != 0 {
		return me, nil
	}
	a, err := d.agent(ctx, "")
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	d.me, d.myName = a.ID, name(a.First, a.Last)
	d.mu.Unlock()
	return a.ID, nil
}

// agent tells whose a key is; empty means our own.
func (d *Desk) agent(ctx context.Context, key string, head ...*http.Header) (apiAgent, error) {
	api := d.api
	if key != "" {
		var err error
		if api, err = bots.NewAPI(bots.APIConfig{Base: d.url + "/api/v1", HTTP: d.c.HTTP, Now: d.c.Now,
			Auth: func(r *http.Request) { r.Header.Set("Authorization", "token "+key) }}); err != nil {
			return apiAgent{}, err
		}
	}
	a, err := fetch[apiAgent](ctx, api, call{method: http.MethodGet, path: "/agents/me"}, head...)
	if err == nil && a.ID == 0 {
		err = pipeline.Errorf(pipeline.Denied, "Libredesk does not accept the credentials")
	}
	return a, err
}

// own lists our identities at the desk, as far as they are known.
func (d *Desk) own() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.me == 0 {
		return nil
	}
	return []string{number(d.me)}
}

// Tag adds tags and leaves the others. Libredesk takes the whole set and drops
// names that it does not know, so these are made first. Invalid when our agent
// may not make tags.
func (d *Desk) Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error {
	for _, tag := range tags {
		if strings.TrimSpace(tag) == "" {
			return pipeline.Errorf(pipeline.Invalid, "a tag must have a name")
		}
	}
	made := false
	for {
		c, err := d.conversation(ctx, ref.ID)
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return slices.Contains(c.Tags, t) })
		switch {
		case len(missing) == 0:
			return nil
		case made:
			return pipeline.Errorf(pipeline.Invalid, "Libredesk has no tag %q: make it in Admin, Conversations, Tags", bots.Plain(missing[0], 60))
		}
		made = true
		for _, tag := range missing {
			err := d.do(ctx, http.MethodPost, "/tags", map[string]any{"name": tag})
			if k := pipeline.KindOf(err); err != nil && k != pipeline.Denied && k != pipeline.Invalid && k != pipeline.Conflict {
				return err // those mean that it is there already, or that we may not
			}
		}
		if err := d.do(ctx, http.MethodPost, "/conversations/"+ref.ID+"/tags", map[string]any{"tags": append(c.Tags, missing...)}); err != nil {
			return err
		}
	}
}

// SetStatus moves a conversation. Invalid for pending where the account has no
// waiting status besides Snoozed, which needs a time.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	c, err := d.conversation(ctx, ref.ID)
	if err != nil || status(c.Status, c.Category) == s {
		return err
	}
	want := map[pipeline.TicketStatus]string{pipeline.StatusOpen: "Open", pipeline.StatusSolved: "Resolved"}[s]
	if s == pipeline.StatusPending {
		names, err := d.categories(ctx)
		if err != nil {
			return err
		}
		for n, category := range names {
			if category == "waiting" && n != "Snoozed" && (want == "" || n < want) {
				want = n
			}
		}
	}
	if want == "" {
		return pipeline.Errorf(pipeline.Invalid, "this Libredesk has no status for %s", bots.Plain(string(s), 20))
	}
	return d.do(ctx, http.MethodPut, "/conversations/"+ref.ID+"/status", map[string]any{"status": want})
}

// categories are the account's statuses, read once.
func (d *Desk) categories(ctx context.Context) (map[string]string, error) {
	d.mu.Lock()
	known := d.statuses
	d.mu.Unlock()
	if known != nil {
		return known, nil
	}
	list, err := get[[]struct {
		Name     string `json:"name"`
		Category string `json:"category"`
	}](ctx, d, "/statuses")
	if err != nil {
		return nil, err
	}
	known = map[string]string{}
	for _, s := range list {
		known[s.Name] = s.Category
	}
	d.mu.Lock()
	d.statuses = known
	d.mu.Unlock()
	return known, nil
}
