package bottest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func lOK(w http.ResponseWriter, data any) {
	Answer(w, http.StatusOK, map[string]any{"status": "success", "data": data})
}

func lFail(w http.ResponseWriter, status int, say, kind string) {
	Answer(w, status, map[string]any{"status": "error", "message": say, "data": nil, "error_type": kind})
}

// stamp is a time as Postgres gives it; null for none.
func lTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999Z")
}

// json is a conversation; rows of lists lack some fields.
func (c *lConv) json(row bool) map[string]any {
	tags := c.tags
	if tags == nil {
		tags = []string{}
	}
	v := map[string]any{"id": c.id, "uuid": c.uuid, "created_at": lTime(c.created), "updated_at": lTime(c.updated), "subject": c.subject,
		"reference_number": strconv.FormatInt(100+c.id, 10), "status": c.status, "priority": nil, "inbox_name": "Support " + c.channel, "inbox_channel": c.channel,
		"first_reply_at": lTime(c.reply), "last_reply_at": lTime(c.lastReply), "resolved_at": lTime(c.solve), "last_message_at": lTime(c.last),
		"contact": map[string]any{"first_name": lUsers[c.who]["first_name"], "last_name": "", "email": lUsers[c.who]["email"], "avatar_url": nil}}
	if !row {
		v["status_category"], v["tags"], v["closed_at"], v["contact_id"] = lCategory(c.status), tags, nil, c.who
		v["contact"] = lUsers[c.who]
		v["meta"], v["custom_attributes"] = map[string]any{}, map[string]any{}
	}
	return v
}

func (z *Libredesk) getMe(w http.ResponseWriter, _ *http.Request, by int64) {
	me := map[string]any{"permissions": []string{"conversations:read", "conversations:read_all", "messages:read", "messages:write",
		"conversations:update_status", "conversations:update_tags", "webhooks:manage", "tags:manage"}, "roles": []string{"Agent"}}
	for k, v := range lUsers[by] {
		me[k] = v
	}
	lOK(w, me)
}

// open finds the conversation of a path. What is no UUID is an error of the
// database.
func (z *Libredesk) open(w http.ResponseWriter, r *http.Request) *lConv {
	if len(r.PathValue("uuid")) != 36 {
		lFail(w, http.StatusInternalServerError, "Something went wrong", "GeneralException")
		return nil
	}
	c := z.find(r.PathValue("uuid"))
	if c == nil {
		lFail(w, http.StatusNotFound, "Conversation not found", "NotFoundException")
	}
	return c
}

func (z *Libredesk) getConversation(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "read", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if c := z.open(w, r); c != nil {
		lOK(w, c.json(false))
	}
}

// page cuts a list; sizes above the limit are the limit.
func lPage[T any](z *Libredesk, r *http.Request, all []T) map[string]any {
	num := func(key string, def int) int {
		if n, err := strconv.Atoi(r.URL.Query().Get(key)); err == nil && n > 0 {
			return n
		}
		return def
	}
	n, size := num("page", 1), min(num("page_size", 50), z.MaxPage)
	from := min((n-1)*size, len(all))
	rows := append([]T{}, all[from:min(from+size, len(all))]...)
	total := len(all)
	if len(rows) == 0 {
		total = 0 // it is counted in the rows
	}
	return map[string]any{"results": rows, "total": total, "per_page": size, "total_pages": (total + size - 1) / size, "page": n}
}

// getMessages lists messages, newest first.
func (z *Libredesk) getMessages(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "messages", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.open(w, r)
	if c == nil {
		return
	}
	var list []lMessage
	for _, m := range c.messages {
		if types := r.URL.Query()["type"]; len(types) == 0 || slices.Contains(types, m.Type) {
			list = append(list, m)
		}
	}
	slices.Reverse(list)
	lOK(w, lPage(z, r, list))
}

type lWrite struct {
	Message string   `json:"message"`
	Private bool     `json:"private"`
	Sender  string   `json:"sender_type"`
	To      []string `json:"to"`
	Echo    string   `json:"echo_id"`
}

func (z *Libredesk) postMessage(w http.ResponseWriter, r *http.Request, by int64) {
	var v lWrite
	if json.NewDecoder(r.Body).Decode(&v) != nil {
		lFail(w, http.StatusInternalServerError, "Error parsing request", "InputException")
		return
	}
	if z.Meet(w, r, "reply", func() { z.send(discard{}, r, v, by) }) {
		return
	}
	z.send(w, r, v, by)
}

// deleteMessage takes the words of a private note away; its row stays.
func (z *Libredesk) deleteMessage(w http.ResponseWriter, r *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.open(w, r)
	if c == nil {
		return
	}
	for i := range c.messages {
		m := &c.messages[i]
		if m.UUID == r.PathValue("message") && m.Private && m.Meta["deleted_at"] == nil {
			m.Content, m.TextContent = "Private note deleted", "Private note deleted"
			m.Meta = map[string]any{"deleted_at": lTime(z.Clock.Now())}
			lOK(w, map[string]any{"content": m.Content})
			return
		}
	}
	lFail(w, http.StatusNotFound, "Message not found", "NotFoundException")
}

// discard is an answer that nobody gets.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

// send keeps a note, or queues a reply: pending, then sent. Two calls with one
// echo_id are two messages.
func (z *Libredesk) send(w http.ResponseWriter, r *http.Request, v lWrite, by int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.open(w, r)
	switch {
	case c == nil:
		return
	case v.Sender != "agent":
		lFail(w, http.StatusBadRequest, "Something went wrong", "InputException")
		return
	case !v.Private && c.channel == "email" && len(v.To) == 0:
		lFail(w, http.StatusInternalServerError, "`to` cannot be empty", "GeneralException")
		return
	}
	m := lMessage{Type: "outgoing", Status: "sent", Content: v.Message, ContentType: "html", Private: v.Private, Sender: by, SenderType: "agent", Meta: map[string]any{}}
	if !v.Private {
		m.Status = "pending"
		if v.Echo != "" {
			m.Meta["echo_id"] = v.Echo
		}
		if c.channel == "email" {
			m.Meta["to"] = v.To
		}
	}
	z.add(c, m)
	last := &c.messages[len(c.messages)-1]
	lOK(w, *last)
	if !v.Private {
		last.Status = "sent"
		z.event("message.updated", *last)
	}
}

// getAll lists conversations by a filter on last_message_at.
func (z *Libredesk) getAll(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "list", func() {}) {
		return
	}
	q := r.URL.Query()
	var filters []struct{ Model, Field, Operator, Value string }
	if json.Unmarshal([]byte(q.Get("filters")), &filters) != nil || len(filters) != 1 || filters[0].Model != "conversations" ||
		filters[0].Field != "last_message_at" || filters[0].Operator != "greater than" || q.Get("order_by") != "conversations.last_message_at" || q.Get("order") != "asc" {
		lFail(w, http.StatusInternalServerError, "Something went wrong", "GeneralException")
		return
	}
	from, err := time.Parse(time.RFC3339Nano, filters[0].Value)
	if err != nil {
		lFail(w, http.StatusInternalServerError, "Something went wrong", "GeneralException")
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	var list []*lConv
	for _, c := range z.convs {
		if !c.gone && c.last.After(from) {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b *lConv) int { return a.last.Compare(b.last) })
	rows := []map[string]any{}
	for _, c := range list {
		rows = append(rows, c.json(true))
	}
	lOK(w, lPage(z, r, rows))
}

// postTags sets the whole set; names that the account does not know are dropped.
func (z *Libredesk) postTags(w http.ResponseWriter, r *http.Request, by int64) {
	var v struct {
		Tags []string `json:"tags"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.open(w, r)
	if c == nil {
		return
	}
	was := c.tags
	c.tags = slices.DeleteFunc(v.Tags, func(t string) bool { return !slices.Contains(z.tags, t) })
	z.event("conversation.tags_changed", map[string]any{"actor_id": by, "conversation": c.json(false), "conversation_uuid": c.uuid, "new_tags": c.tags, "previous_tags": was})
	lOK(w, true)
}

func (z *Libredesk) postTag(w http.ResponseWriter, r *http.Request, _ int64) {
	var v struct {
		Name string `json:"name"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	switch {
	case z.noTags:
		lFail(w, http.StatusForbidden, "Permission denied", "PermissionException")
	case slices.Contains(z.tags, v.Name):
		lFail(w, http.StatusBadRequest, "Tag already exists", "InputException")
	default:
		z.tags = append(z.tags, v.Name)
		lOK(w, map[string]any{"id": z.next(), "name": v.Name})
	}
}

func (z *Libredesk) putStatus(w http.ResponseWriter, r *http.Request, by int64) {
	var v struct {
		Status string `json:"status"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.open(w, r)
	switch {
	case c == nil:
	case lCategory(v.Status) == "" || v.Status == "Snoozed":
		lFail(w, http.StatusBadRequest, "`snoozed_until` cannot be empty", "InputException")
	default:
		z.setStatus(c, v.Status, by)
		lOK(w, true)
	}
}

func (z *Libredesk) getWebhooks(w http.ResponseWriter, _ *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	list := []map[string]any{}
	for _, h := range z.webhook {
		list = append(list, lMasked(h))
	}
	lOK(w, list)
}

// masked hides a webhook's secret, as Libredesk does in every answer.
func lMasked(h map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range h {
		out[k] = v
	}
	if h["secret"] != "" {
		out["secret"] = strings.Repeat("•", 10)
	}
	return out
}

func (z *Libredesk) saveWebhook(w http.ResponseWriter, r *http.Request, _ int64) {
	v := map[string]any{}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	if events, _ := v["events"].([]any); len(events) == 0 { // a refusal with the status of a success
		lOK(w, map[string]any{"Message": "`events` cannot be empty"})
		return
	}
	if id := r.PathValue("id"); id != "" {
		i := slices.IndexFunc(z.webhook, func(h map[string]any) bool { return strconv.FormatInt(h["id"].(int64), 10) == id })
		if i < 0 {
			lFail(w, http.StatusNotFound, "Webhook not found", "NotFoundException")
			return
		}
		v["id"] = z.webhook[i]["id"]
		z.webhook[i] = v
	} else {
		v["id"] = z.next()
		z.webhook = append(z.webhook, v)
	}
	z.Secret, _ = v["secret"].(string)
	lOK(w, lMasked(v))
}
