package bottest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

func cwUnix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// json is a conversation as webhooks have it, or as answers do.
func (z *Chatwoot) json(c *cwConv, hook bool) map[string]any {
	v := map[string]any{"id": c.id, "inbox_id": 2, "status": c.status, "can_reply": !z.Shut, "messages": []any{}, "labels": append([]string{}, c.labels...),
		"additional_attributes": map[string]any{}, "custom_attributes": map[string]any{}, "priority": nil, "snoozed_until": nil, "unread_count": 1,
		"created_at": c.created.Unix(), "timestamp": c.last.Unix(), "last_activity_at": c.last.Unix(), "waiting_since": cwUnix(c.last),
		"updated_at": float64(c.updated.UnixMilli()) / 1000, "meta": map[string]any{"sender": cwContact, "assignee": nil, "team": nil, "channel": c.channel, "hmac_verified": false}}
	if c.subject != "" {
		v["additional_attributes"] = map[string]any{"mail_subject": c.subject}
	}
	v["first_reply_created_at"] = cwUnix(c.reply)
	if hook { // null, or a time of another form
		v["channel"], v["first_reply_created_at"] = c.channel, nil
		if !c.reply.IsZero() {
			v["first_reply_created_at"] = c.reply.Format(time.RFC3339)
		}
	} else {
		v["account_id"], v["uuid"] = 1, "5e5f1c3e-0000-4000-8000-000000000000"
	}
	return v
}

// message is one as answers have it.
func (z *Chatwoot) message(c *cwConv, m cwMessage) map[string]any {
	v := map[string]any{"id": m.id, "content": m.content, "inbox_id": 2, "conversation_id": c.id, "message_type": m.kind, "content_type": m.contentType, "status": "sent",
		"content_attributes": m.attributes, "created_at": m.at.Unix(), "private": m.private, "source_id": nil}
	if m.attributes == nil {
		v["content_attributes"] = map[string]any{}
	}
	if m.content == "" {
		v["content"] = nil
	}
	switch {
	case m.kind == 0:
		v["sender"] = map[string]any{"id": cwAda, "name": "Ada", "email": "ada@example.org", "type": "contact"}
	case m.by != 0:
		u := cwUsers[m.by]
		v["sender"] = map[string]any{"id": u["id"], "name": u["name"], "available_name": u["name"], "type": "user"}
	}
	if len(m.attachments) > 0 {
		v["attachments"] = m.attachments
	}
	return v
}

func (z *Chatwoot) open(w http.ResponseWriter, r *http.Request) *cwConv {
	c := z.find(r.PathValue("id"))
	if c == nil {
		Answer(w, http.StatusNotFound, map[string]any{"error": "Resource could not be found"})
	}
	return c
}

func (z *Chatwoot) getProfile(w http.ResponseWriter, _ *http.Request, by int64) {
	u := cwUsers[by]
	Answer(w, 200, map[string]any{"id": u["id"], "name": u["name"], "email": u["email"], "account_id": 1, "accounts": []any{map[string]any{"id": 1, "name": "Acme", "role": "administrator"}}})
}

func (z *Chatwoot) getConversation(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "read", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if c := z.open(w, r); c != nil {
		Answer(w, 200, z.json(c, false))
	}
}

// getMessages gives the 20 messages before an identifier, or the newest.
func (z *Chatwoot) getMessages(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "messages", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.open(w, r)
	if c == nil {
		return
	}
	list := c.messages
	if before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil {
		list = slices.DeleteFunc(slices.Clone(list), func(m cwMessage) bool { return m.id >= before })
	}
	out := []any{}
	for _, m := range list[max(0, len(list)-20):] {
		out = append(out, z.message(c, m))
	}
	Answer(w, 200, map[string]any{"meta": map[string]any{"labels": c.labels, "contact": cwContact}, "payload": out})
}

type cwWrite struct {
	Content    string         `json:"content"`
	Kind       string         `json:"message_type"`
	Private    bool           `json:"private"`
	Attributes map[string]any `json:"content_attributes"`
}

func (z *Chatwoot) postMessage(w http.ResponseWriter, r *http.Request, by int64) {
	var v cwWrite
	if json.NewDecoder(r.Body).Decode(&v) != nil {
		Answer(w, http.StatusBadRequest, map[string]any{"error": "bad request"})
		return
	}
	if z.Meet(w, r, "reply", func() { z.send(discard{}, r, v, by) }) {
		return
	}
	z.send(w, r, v, by)
}

func (z *Chatwoot) send(w http.ResponseWriter, r *http.Request, v cwWrite, by int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.open(w, r)
	switch {
	case c == nil:
		return
	case v.Kind != "outgoing":
		Answer(w, http.StatusUnprocessableEntity, map[string]any{"message": "Incoming messages are only allowed in Api inboxes"})
		return
	}
	if z.Forget {
		v.Attributes = map[string]any{}
	}
	z.add(c, cwMessage{content: v.Content, contentType: "text", kind: 1, private: v.Private, attributes: v.Attributes, by: by})
	Answer(w, 200, z.message(c, c.messages[len(c.messages)-1]))
}

// getList pages by 25, the newest activity first.
func (z *Chatwoot) getList(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "list", func() {}) {
		return
	}
	q := r.URL.Query()
	z.mu.Lock()
	defer z.mu.Unlock()
	var list []*cwConv
	for _, c := range z.convs {
		if status := q.Get("status"); !c.gone && (status == "all" || status == c.status || status == "" && c.status == "open") {
			list = append(list, c)
		}
	}
	if q.Get("sort_by") == "last_activity_at_desc" {
		slices.SortStableFunc(list, func(a, b *cwConv) int { return b.last.Compare(a.last) })
	}
	page, _ := strconv.Atoi(q.Get("page"))
	from := min(max(page-1, 0)*25, len(list))
	rows := []any{}
	for _, c := range list[from:min(from+25, len(list))] {
		rows = append(rows, z.json(c, false))
	}
	Answer(w, 200, map[string]any{"data": map[string]any{"meta": map[string]any{"mine_count": 0, "unassigned_count": 0, "all_count": len(list)}, "payload": rows}})
}

func (z *Chatwoot) getLabels(w http.ResponseWriter, r *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if c := z.open(w, r); c != nil {
		Answer(w, 200, map[string]any{"payload": append([]string{}, c.labels...)})
	}
}

func (z *Chatwoot) postLabels(w http.ResponseWriter, r *http.Request, _ int64) {
	var v struct {
		Labels []string `json:"labels"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	if c := z.open(w, r); c != nil {
		c.labels = v.Labels
		Answer(w, 200, map[string]any{"payload": c.labels})
	}
}

func (z *Chatwoot) toggleStatus(w http.ResponseWriter, r *http.Request, _ int64) {
	var v struct {
		Status string `json:"status"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	if c := z.open(w, r); c != nil {
		z.setStatus(c, v.Status)
		Answer(w, 200, map[string]any{"meta": map[string]any{}, "payload": map[string]any{"success": true, "conversation_id": c.id, "current_status": c.status}})
	}
}

func (z *Chatwoot) getEvents(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.NoEvents {
		Answer(w, http.StatusNotFound, map[string]any{"error": "Not Found", "status": 404})
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if c := z.open(w, r); c != nil {
		Answer(w, 200, append([]map[string]any{}, c.events...))
	}
}

func (z *Chatwoot) getWebhooks(w http.ResponseWriter, _ *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	Answer(w, 200, map[string]any{"payload": map[string]any{"webhooks": append([]map[string]any{}, z.webhooks...)}})
}

// saveWebhook keeps a webhook; the secret is Chatwoot's choice.
func (z *Chatwoot) saveWebhook(w http.ResponseWriter, r *http.Request, _ int64) {
	v := map[string]any{}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	v["account_id"] = 1
	if delete(v, "secret"); !z.Unsigned {
		v["secret"] = z.Secret
	}
	if id := r.PathValue("id"); id != "" {
		i := slices.IndexFunc(z.webhooks, func(o map[string]any) bool { return strconv.FormatInt(o["id"].(int64), 10) == id })
		if i < 0 {
			Answer(w, http.StatusNotFound, map[string]any{"error": "Resource could not be found"})
			return
		}
		v["id"] = z.webhooks[i]["id"]
		z.webhooks[i] = v
	} else {
		v["id"] = z.next()
		z.webhooks = append(z.webhooks, v)
	}
	Answer(w, 200, map[string]any{"payload": map[string]any{"webhook": v}})
}

// deleteMessage takes the words of a message away; its row stays.
func (z *Chatwoot) deleteMessage(w http.ResponseWriter, r *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(r.PathValue("id"))
	if c == nil {
		Answer(w, http.StatusNotFound, map[string]any{"error": "Resource could not be found"})
		return
	}
	for i := range c.messages {
		m := &c.messages[i]
		if strconv.FormatInt(m.id, 10) == r.PathValue("message") {
			m.content, m.attributes, m.attachments = "This message was deleted", map[string]any{"deleted": true}, nil
			w.WriteHeader(http.StatusOK)
			return
		}
	}
	Answer(w, http.StatusNotFound, map[string]any{"error": "Resource could not be found"})
}
