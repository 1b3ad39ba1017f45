package bottest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (z *Zendesk) getMe(w http.ResponseWriter, _ *http.Request) {
	Answer(w, 200, map[string]any{"user": zUsers[zBot]})
}

func (z *Zendesk) searchUsers(w http.ResponseWriter, r *http.Request) {
	want := strings.TrimPrefix(r.URL.Query().Get("query"), "email:")
	users := []any{}
	for _, u := range zUsers {
		if u["email"] == want {
			users = append(users, u)
		}
	}
	Answer(w, 200, map[string]any{"users": users, "count": len(users)})
}

func zNotFound(w http.ResponseWriter) {
	Answer(w, 404, map[string]any{"error": "RecordNotFound", "description": "Not found"})
}

func (t *zTicket) json() map[string]any {
	return map[string]any{"id": t.id, "subject": t.subject, "status": t.status, "requester_id": t.requester, "group_id": 7, "tags": t.tags,
		"created_at": t.created.Format(time.RFC3339), "updated_at": t.updated.Format(time.RFC3339)}
}

func (z *Zendesk) getTicket(w http.ResponseWriter, r *http.Request) {
	if z.Meet(w, r, "read", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(r.PathValue("id"))
	if t == nil || t.status == "deleted" {
		zNotFound(w)
		return
	}
	Answer(w, 200, map[string]any{"ticket": t.json(), "users": []any{zUsers[t.requester]}, "groups": []any{map[string]any{"id": 7, "name": "Orders"}}})
}

// getComments pages by cursor, two comments a page, so that every test pages.
func (z *Zendesk) getComments(w http.ResponseWriter, r *http.Request) {
	if z.Meet(w, r, "comments", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(r.PathValue("id"))
	if t == nil || t.status == "deleted" {
		zNotFound(w)
		return
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("page[after]"))
	from = min(max(from, 0), len(t.comments))
	to := min(from+2, len(t.comments))
	users := []any{}
	for _, c := range t.comments[from:to] {
		users = append(users, zUsers[c.Author])
	}
	meta := map[string]any{"has_more": to < len(t.comments), "after_cursor": nil}
	if to < len(t.comments) {
		meta["after_cursor"] = strconv.Itoa(to)
	}
	Answer(w, 200, map[string]any{"comments": t.comments[from:to], "users": users, "meta": meta})
}

type zUpdate struct {
	Ticket struct {
		Comment *struct {
			HTML   string `json:"html_body"`
			Public bool   `json:"public"`
			Author int64  `json:"author_id"`
		} `json:"comment"`
		Status   string         `json:"status"`
		Safe     bool           `json:"safe_update"`
		Stamp    string         `json:"updated_stamp"`
		Metadata map[string]any `json:"metadata"`
	} `json:"ticket"`
}

func (z *Zendesk) putTicket(w http.ResponseWriter, r *http.Request) {
	var u zUpdate
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		Answer(w, 400, map[string]any{"error": "BadRequest"})
		return
	}
	id := r.PathValue("id")
	if z.Meet(w, r, "reply", func() { z.update(id, u) }) {
		return
	}
	status, body := z.update(id, u)
	Answer(w, status, body)
}

func (z *Zendesk) update(id string, u zUpdate) (int, any) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(id)
	if t == nil || t.status == "deleted" {
		return 404, map[string]any{"error": "RecordNotFound", "description": "Not found"}
	}
	if t.status == "closed" {
		return 422, map[string]any{"error": "RecordInvalid", "description": "Record validation errors", "details": map[string]any{"status": "closed prevents ticket update"}}
	}
	if u.Ticket.Safe && u.Ticket.Stamp != t.updated.UTC().Format(time.RFC3339) {
		return 409, map[string]any{"error": "UpdateConflict", "description": "Safe Update prevented the update due to outdated ticket data."}
	}
	events := []any{}
	if c := u.Ticket.Comment; c != nil {
		by := c.Author
		if by == 0 {
			by = zBot
		}
		custom := u.Ticket.Metadata
		if custom == nil {
			custom = map[string]any{}
		}
		cid := z.add(t, zComment{Author: by, HTML: c.HTML, Public: c.Public, Via: map[string]any{"channel": "api"},
			Metadata: map[string]any{"system": map[string]any{}, "custom": custom}})
		events = append(events, map[string]any{"id": cid, "type": "Comment", "public": c.Public, "author_id": by})
	}
	if u.Ticket.Status != "" {
		t.status, t.updated = u.Ticket.Status, z.Clock.Now()
	}
	return 200, map[string]any{"ticket": t.json(), "audit": map[string]any{"id": z.next(), "ticket_id": t.id, "events": events}}
}

func (z *Zendesk) putTags(w http.ResponseWriter, r *http.Request) {
	var v struct {
		Tags []string `json:"tags"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(r.PathValue("id"))
	if t == nil {
		zNotFound(w)
		return
	}
	for _, tag := range v.Tags {
		if !slices.Contains(t.tags, tag) {
			t.tags = append(t.tags, tag)
		}
	}
	Answer(w, 200, map[string]any{"tags": t.tags})
}

// Tags lists a ticket's tags, and its status.
func (z *Zendesk) Tags(ticket string) ([]string, string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(ticket)
	return slices.Clone(t.tags), t.status
}

// getExport pages four tickets at a time and leaves the last minute out, as
// Zendesk does; a start within it is refused. Deleted tickets show as such.
func (z *Zendesk) getExport(w http.ResponseWriter, r *http.Request) {
	if z.Meet(w, r, "export", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	q, now := r.URL.Query(), z.Clock.Now()
	start, skip := q.Get("start_time"), 0
	if c := q.Get("cursor"); c != "" {
		a, b, _ := strings.Cut(c, ":")
		start = a
		skip, _ = strconv.Atoi(b)
	}
	from, err := strconv.ParseInt(start, 10, 64)
	if err != nil || q.Get("cursor") == "" && now.Unix()-from < 60 {
		Answer(w, 422, map[string]any{"error": "InvalidValue", "description": "Invalid start_time: too recent"})
		return
	}
	var list []*zTicket
	for _, t := range z.tickets {
		if t.updated.Unix() >= from && t.updated.Unix() <= now.Unix()-z.lag() {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *zTicket) int { return a.updated.Compare(b.updated) })
	skip = min(skip, len(list))
	to := min(skip+4, len(list))
	page := []any{}
	for _, t := range list[skip:to] {
		row := t.json()
		row["generated_timestamp"] = t.updated.Unix()
		if strings.Contains(q.Get("include"), "metric_sets") && z.Metrics {
			row["metric_set"] = zMetrics(t)
		}
		page = append(page, row)
	}
	Answer(w, 200, map[string]any{"tickets": page, "after_cursor": start + ":" + strconv.Itoa(to), "end_of_stream": to == len(list)})
}

// lag is how old a change is before the export shows it.
func (z *Zendesk) lag() int64 { return 0 }

func zMetrics(t *zTicket) map[string]any {
	m := map[string]any{"reopens": 1, "reply_time_in_minutes": map[string]any{"calendar": 42, "business": 30},
		"full_resolution_time_in_minutes": map[string]any{"calendar": 122, "business": nil}, "solved_at": nil}
	if t.status == "solved" || t.status == "closed" {
		m["solved_at"] = t.updated.Format(time.RFC3339)
	}
	return m
}

func (z *Zendesk) getWebhooks(w http.ResponseWriter, _ *http.Request) {
	z.mu.Lock()
	defer z.mu.Unlock()
	list := z.webhook
	if list == nil {
		list = []map[string]any{}
	}
	Answer(w, 200, map[string]any{"webhooks": list, "meta": map[string]any{"has_more": false}})
}

func (z *Zendesk) postWebhook(w http.ResponseWriter, r *http.Request) {
	var v struct {
		Webhook map[string]any `json:"webhook"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	v.Webhook["id"] = "01GW9JVT0EXEG5T1EC6QNVPBX3"
	z.webhook = append(z.webhook, v.Webhook)
	Answer(w, 201, v)
}

func (z *Zendesk) getSecret(w http.ResponseWriter, _ *http.Request) {
	Answer(w, 200, map[string]any{"signing_secret": map[string]any{"algorithm": "SHA256", "secret": z.Secret}})
}
