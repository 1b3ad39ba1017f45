package zendesk

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Post writes a public comment in the approving agent's name, or our own user's
// when Zendesk knows no agent of that address.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	author, err := d.agent(ctx, p.Author.Email)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	id, err := d.write(ctx, comment{ref: p.Ticket, text: p.Text, marker: p.Marker, public: true, author: author, seen: p.Seen})
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
	defer d.mu.Unlock()
	return bots.ByAddress("Zendesk", a, id != "", d.me.Name), nil
}

// Note writes a private comment as our own user.
func (d *Desk) Note(ctx context.Context, n bots.Note) (string, error) {
	return d.write(ctx, comment{ref: n.Ticket, text: n.Text, marker: n.Marker})
}

type comment struct {
	ref          pipeline.TicketRef
	text, marker string
	public       bool
	author       string // user id; empty: our own user
	seen         time.Time
}

func (d *Desk) write(ctx context.Context, c comment) (string, error) {
	if _, err := d.whoami(ctx); err != nil {
		return "", bots.BeforePost(err)
	}
	body := map[string]any{"html_body": bots.HTML(c.text), "public": c.public}
	if id, err := strconv.ParseInt(c.author, 10, 64); err == nil {
		body["author_id"] = id
	}
	ticket := map[string]any{"comment": body, "metadata": map[string]any{markerKey: c.marker}}
	if c.public && !c.seen.IsZero() {
		ticket["safe_update"], ticket["updated_stamp"] = true, c.seen.UTC().Format(time.RFC3339)
	}
	r, err := d.api.Request(ctx, http.MethodPut, "/tickets/"+url.PathEscape(c.ref.ID), map[string]any{"ticket": ticket})
	if err != nil {
		return "", &bots.PostError{Verdict: bots.Refused, Say: "the reply could not be put into a request", Err: err}
	}
	d.written.Begin(c.ref, c.text, c.marker)
	id, err := d.api.Post(r, func(raw []byte) (string, error) { return commentID(raw, c.public) }, updateConflict)
	if err == nil {
		d.written.Add(c.ref, id, c.marker)
	}
	return id, err
}

// commentID finds the comment in the audit that a PUT answers with.
func commentID(raw []byte, public bool) (string, error) {
	var v struct {
		Audit struct {
			Events []struct {
				ID     int64  `json:"id"`
				Type   string `json:"type"`
				Public bool   `json:"public"`
			} `json:"events"`
		} `json:"audit"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	for _, e := range v.Audit.Events {
		if e.Type == "Comment" && e.Public == public {
			return number(e.ID), nil
		}
	}
	return "", nil
}

// updateConflict tells safe_update's refusal from any other 409.
func updateConflict(body []byte) bool { return bytes.Contains(body, []byte("UpdateConflict")) }

// agent finds the user id of an agent by e-mail address; empty when Zendesk has
// no such agent, or has suspended them.
func (d *Desk) agent(ctx context.Context, address string) (string, error) {
	id, _, err := d.agents.Find(ctx, address, func(ctx context.Context, address string) (id string, there bool, err error) {
		var found struct {
			Users []apiUser `json:"users"`
		}
		if err := d.api.Get(ctx, "/users/search?query="+url.QueryEscape("email:"+address), &found); err != nil {
			return "", false, err
		}
		for _, u := range found.Users {
			if bots.Address(u.Email) == address && (u.Role == "agent" || u.Role == "admin") && !u.Suspended {
				id = number(u.ID)
			}
		}
		return id, id != "", nil
	})
	return id, err
}

// whoami is our own user's id.
func (d *Desk) whoami(ctx context.Context) (string, error) {
	if own := d.own(); len(own) > 0 {
		return own[0], nil
	}
	u, err := d.user(ctx)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	d.me = u
	d.mu.Unlock()
	return number(u.ID), nil
}

func (d *Desk) user(ctx context.Context) (apiUser, error) {
	var me struct {
		User apiUser `json:"user"`
	}
	if err := d.api.Get(ctx, "/users/me", &me); err != nil {
		return me.User, err
	}
	if me.User.ID == 0 { // Zendesk answers a visitor's question with an anonymous user
		return me.User, pipeline.Errorf(pipeline.Denied, "Zendesk does not accept the credentials")
	}
	return me.User, nil
}

// Tag adds tags and leaves the others.
func (d *Desk) Tag(ctx context.Context, ref pipeline.TicketRef, tags ...string) error {
	var clean []string
	for _, t := range tags {
		clean = append(clean, strings.Join(strings.Fields(t), "_"))
	}
	return d.api.Do(ctx, http.MethodPut, "/tickets/"+url.PathEscape(ref.ID)+"/tags", map[string]any{"tags": clean}, nil)
}

// SetStatus moves a ticket. A closed ticket cannot be moved: Invalid.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	return d.api.Do(ctx, http.MethodPut, "/tickets/"+url.PathEscape(ref.ID), map[string]any{"ticket": map[string]any{"status": string(s)}}, nil)
}
