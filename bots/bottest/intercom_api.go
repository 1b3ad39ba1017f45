package bottest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

func (f *Intercom) getMe(w http.ResponseWriter, _ *http.Request) {
	Answer(w, 200, map[string]any{"type": "admin", "id": iBot["id"], "name": iBot["name"], "email": iBot["email"],
		"app": map[string]any{"type": "app", "id_code": IntercomWorkspace, "name": "Acme"}})
}

func (f *Intercom) getAdmins(w http.ResponseWriter, _ *http.Request) {
	list := []any{}
	for _, a := range []map[string]any{iBot, iGrace, iAlice} {
		list = append(list, map[string]any{"type": "admin", "id": a["id"], "name": a["name"], "email": a["email"], "has_inbox_seat": a["id"] != iAlice["id"]})
	}
	Answer(w, 200, map[string]any{"type": "admin.list", "admins": list})
}

func (f *Intercom) getContact(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("id") != iAda["id"] {
		iError(w, 404, "not_found", "User Not Found")
		return
	}
	Answer(w, 200, map[string]any{"type": "contact", "id": iAda["id"], "name": iAda["name"], "email": iAda["email"]})
}

func (c *iConversation) json(parts []iPart) map[string]any {
	if parts == nil {
		parts = []iPart{}
	}
	tags := []any{}
	for _, t := range c.tags {
		tags = append(tags, map[string]any{"type": "tag", "id": "t-" + t, "name": t})
	}
	stamp := func(n int64) any {
		if n == 0 {
			return nil
		}
		return n
	}
	stats := map[string]any{"type": "conversation_statistics", "first_contact_reply_at": c.created.Unix(), "first_admin_reply_at": stamp(c.replied),
		"last_close_at": stamp(c.closed), "count_reopens": c.reopens, "time_to_admin_reply": nil, "time_to_last_close": nil, "handling_time": nil, "adjusted_handling_time": nil}
	if c.replied > 0 {
		stats["time_to_admin_reply"], stats["handling_time"], stats["adjusted_handling_time"] = 1800, 300, 240
	}
	return map[string]any{"type": "conversation", "id": c.id, "title": nil, "state": c.state, "open": c.state == "open", "created_at": c.created.Unix(),
		"updated_at": c.updated.Unix(), "waiting_since": nil, "snoozed_until": nil, "source": c.source, "statistics": stats,
		"contacts":           map[string]any{"type": "contact.list", "contacts": []any{map[string]any{"type": "contact", "id": iAda["id"]}}},
		"tags":               map[string]any{"type": "tag.list", "tags": tags},
		"conversation_parts": map[string]any{"type": "conversation_part.list", "conversation_parts": parts, "total_count": len(parts)}}
}

// live finds a conversation that is not deleted, or answers.
func (f *Intercom) live(w http.ResponseWriter, r *http.Request) *iConversation {
	c := f.find(r.PathValue("id"))
	if c == nil || c.deleted {
		iError(w, 404, "not_found", "Resource Not Found")
		return nil
	}
	return c
}

func (f *Intercom) getConversation(w http.ResponseWriter, r *http.Request) {
	if f.Meet(w, r, "read", func() {}) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.live(w, r); c != nil {
		Answer(w, 200, c.json(c.parts))
	}
}

type iQuery struct {
	Query struct {
		Operator string `json:"operator"`
		Value    []struct {
			Field    string `json:"field"`
			Operator string `json:"operator"`
			Value    any    `json:"value"`
		} `json:"value"`
	} `json:"query"`
	Pagination struct {
		PerPage int    `json:"per_page"`
		After   string `json:"starting_after"`
	} `json:"pagination"`
	Order string `json:"sort_order"`
}

// postSearch compares days, not seconds, and gives four rows a page.
func (f *Intercom) postSearch(w http.ResponseWriter, r *http.Request) {
	if f.Meet(w, r, "search", func() {}) {
		return
	}
	var q iQuery
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Query.Operator != "AND" || q.Pagination.PerPage > 150 {
		iError(w, 400, "parameter_invalid", "bad query")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.searched++
	var rows []*iConversation
	for _, c := range f.list {
		ok := !c.deleted
		for _, v := range q.Query.Value {
			switch n, _ := v.Value.(float64); v.Field {
			case "updated_at":
				ok = ok && c.updated.Truncate(24*time.Hour).After(time.Unix(int64(n), 0).UTC().Truncate(24*time.Hour))
			case "state":
				ok = ok && c.state == v.Value
			}
		}
		if ok {
			rows = append(rows, c)
		}
	}
	if !f.Unordered {
		slices.SortStableFunc(rows, func(a, b *iConversation) int { return a.updated.Compare(b.updated) })
		if q.Order == "descending" {
			slices.Reverse(rows)
		}
	}
	from, _ := strconv.Atoi(q.Pagination.After)
	from = min(from, len(rows))
	to := min(from+4, len(rows))
	list := []any{}
	for _, c := range rows[from:to] {
		v := c.json(nil)
		delete(v, "conversation_parts") // not in lists
		list = append(list, v)
	}
	pages := map[string]any{"type": "pages", "page": 1, "per_page": 4, "total_pages": 1, "next": nil}
	if to < len(rows) {
		pages["next"] = map[string]any{"page": 2, "starting_after": strconv.Itoa(to)}
	}
	Answer(w, 200, map[string]any{"type": "conversation.list", "total_count": len(rows), "pages": pages, "conversations": list})
}

type iReply struct {
	Type  string `json:"type"`
	Admin string `json:"admin_id"`
	Kind  string `json:"message_type"`
	Body  string `json:"body"`
}

func (f *Intercom) postReply(w http.ResponseWriter, r *http.Request) {
	var v iReply
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		iError(w, 400, "bad_request", "bad JSON")
		return
	}
	id, kind := r.PathValue("id"), map[string]string{"comment": "reply", "note": "note"}[v.Kind]
	if f.Meet(w, r, kind, func() { f.accept(id, v) }) {
		return
	}
	switch status, body := f.accept(id, v); status {
	case 200:
		Answer(w, 200, body)
	case 404:
		iError(w, 404, "not_found", "Resource Not Found")
	default:
		iError(w, status, "parameter_invalid", "admin_id, message_type and body are needed")
	}
}

func (f *Intercom) accept(id string, v iReply) (int, any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.find(id)
	if c == nil || c.deleted {
		return 404, nil
	}
	by := map[any]map[string]any{iBot["id"]: iBot, iGrace["id"]: iGrace}[any(v.Admin)]
	if by == nil || v.Type != "admin" || v.Body == "" || v.Kind != "comment" && v.Kind != "note" {
		return 422, nil
	}
	app := "footnote-dev"
	f.add(c, iPart{Kind: v.Kind, Body: &v.Body, Author: by, App: &app}, map[string]string{"comment": "conversation.admin.replied", "note": "conversation.admin.noted"}[v.Kind])
	return 200, c.json(c.parts)
}

func (f *Intercom) postParts(w http.ResponseWriter, r *http.Request) {
	var v iReply
	_ = json.NewDecoder(r.Body).Decode(&v)
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.live(w, r)
	if c == nil {
		return
	}
	to, ok := map[string]string{"close": "closed", "open": "open"}[v.Kind]
	if !ok || to == c.state {
		iError(w, 422, "parameter_invalid", "the conversation is "+c.state)
		return
	}
	c.state = to
	Answer(w, 200, c.json(c.parts))
}

func (f *Intercom) makeTag(w http.ResponseWriter, r *http.Request) {
	var v struct {
		Name string `json:"name"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	Answer(w, 200, map[string]any{"type": "tag", "id": "t-" + v.Name, "name": v.Name})
}

func (f *Intercom) postTag(w http.ResponseWriter, r *http.Request) {
	var v struct {
		ID string `json:"id"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.live(w, r); c != nil {
		c.tags = append(c.tags, v.ID[2:])
		Answer(w, 200, map[string]any{"type": "tag", "id": v.ID, "name": v.ID[2:]})
	}
}
