package bottest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
)

func (f *Freshdesk) getMe(w http.ResponseWriter, _ *http.Request) { Answer(w, 200, fAgents[fBot]) }

func (f *Freshdesk) getAgents(w http.ResponseWriter, r *http.Request) {
	if f.NoAdmin {
		Answer(w, 403, map[string]any{"code": "access_denied", "message": "You are not authorized to perform this action."})
		return
	}
	list := []any{}
	for _, a := range fAgents {
		if a["contact"].(map[string]any)["email"] == r.URL.Query().Get("email") {
			list = append(list, a)
		}
	}
	Answer(w, 200, list)
}

func (f *Freshdesk) getGroup(w http.ResponseWriter, r *http.Request) {
	Answer(w, 200, map[string]any{"id": 5, "name": "Orders"})
}

func (t *fTicket) json(with string) map[string]any {
	stamp := func(at *time.Time) any {
		if at == nil {
			return nil
		}
		return at.Format(time.RFC3339)
	}
	v := map[string]any{"id": t.id, "subject": t.subject, "description": t.html, "description_text": bots.Text(t.html), "status": t.status, "priority": 2,
		"source": t.source, "requester_id": fAda, "responder_id": fAlice, "group_id": t.group, "tags": t.tags, "spam": false,
		"attachments": t.attachments, "created_at": t.created.Format(time.RFC3339), "updated_at": t.updated.Format(time.RFC3339)}
	if t.deleted {
		v["deleted"] = true
	}
	if strings.Contains(with, "requester") {
		v["requester"] = map[string]any{"id": fAda, "name": "Ada", "email": "ada@example.org"}
	}
	if strings.Contains(with, "stats") {
		v["stats"] = map[string]any{"first_responded_at": stamp(t.responded), "resolved_at": stamp(t.resolved), "closed_at": nil, "reopened_at": stamp(t.reopen)}
	}
	return v
}

func (f *Freshdesk) getTicket(w http.ResponseWriter, r *http.Request) {
	if f.Meet(w, r, "read", func() {}) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.find(r.PathValue("id"))
	if t == nil {
		w.WriteHeader(404) // with an empty body, as Freshdesk does
		return
	}
	Answer(w, 200, t.json(r.URL.Query().Get("include")))
}

// page cuts a page out of n rows, with Freshdesk's Link header. Pages are small,
// so that every test pages.
func page(w http.ResponseWriter, r *http.Request, n, size int) (from, to int, ok bool) {
	q := r.URL.Query()
	per, _ := strconv.Atoi(q.Get("per_page"))
	no, _ := strconv.Atoi(q.Get("page"))
	if per < 1 || per > 100 || no < 1 || no > 300 {
		Answer(w, 400, map[string]any{"description": "Validation failed", "errors": []any{map[string]any{"field": "per_page", "code": "invalid_value", "message": "It should be a Positive Integer less than or equal to 100"}}})
		return 0, 0, false
	}
	size = min(size, per)
	from = min((no-1)*size, n)
	to = min(from+size, n)
	if to < n {
		q.Set("page", strconv.Itoa(no+1))
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.Path, q.Encode()))
	}
	return from, to, true
}

func (f *Freshdesk) getConversations(w http.ResponseWriter, r *http.Request) {
	if f.Meet(w, r, "conversations", func() {}) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.find(r.PathValue("id"))
	if t == nil {
		w.WriteHeader(404)
		return
	}
	if from, to, ok := page(w, r, len(t.conversations), 2); ok {
		Answer(w, 200, append([]fConversation{}, t.conversations[from:to]...))
	}
}

// getTickets lists by change, four a page. Deleted tickets are not listed.
func (f *Freshdesk) getTickets(w http.ResponseWriter, r *http.Request) {
	if f.Between != nil {
		f.Between()
	}
	if f.Meet(w, r, "list", func() {}) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listed++
	q := r.URL.Query()
	since, err := time.Parse(time.RFC3339, q.Get("updated_since"))
	if err != nil || q.Get("order_by") != "updated_at" || q.Get("order_type") != "asc" {
		Answer(w, 400, map[string]any{"description": "Validation failed", "errors": []any{map[string]any{"field": "updated_since", "code": "invalid_value"}}})
		return
	}
	var list []*fTicket
	for _, t := range f.tickets {
		if !t.deleted && !t.updated.Truncate(time.Second).Before(since) {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *fTicket) int { return a.updated.Compare(b.updated) })
	from, to, ok := page(w, r, len(list), 4)
	if !ok {
		return
	}
	rows := []any{}
	for _, t := range list[from:to] {
		rows = append(rows, t.json(q.Get("include")))
	}
	Answer(w, 200, rows)
}

type fWrite struct {
	Body    string `json:"body"`
	User    int64  `json:"user_id"`
	Private *bool  `json:"private"`
}

func (f *Freshdesk) postReply(w http.ResponseWriter, r *http.Request) { f.write(w, r, "reply") }

func (f *Freshdesk) postNote(w http.ResponseWriter, r *http.Request) { f.write(w, r, "note") }

func (f *Freshdesk) write(w http.ResponseWriter, r *http.Request, kind string) {
	var v fWrite
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		Answer(w, 400, map[string]any{"code": "invalid_json", "message": "Request body has invalid json format"})
		return
	}
	id := r.PathValue("id")
	if f.Meet(w, r, kind, func() { f.accept(id, kind, v) }) {
		return
	}
	status, body := f.accept(id, kind, v)
	Answer(w, status, body)
}

func (f *Freshdesk) accept(id, kind string, v fWrite) (int, any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.find(id)
	if t == nil || t.deleted {
		return 404, map[string]any{}
	}
	if v.User == 0 {
		v.User = fBot
	}
	if _, ok := fAgents[v.User]; !ok || v.Body == "" {
		return 400, map[string]any{"description": "Validation failed", "errors": []any{map[string]any{"field": "body", "code": "missing_field", "message": "It should be a/an String"}}}
	}
	c := fConversation{User: v.User, HTML: v.Body, Private: kind == "note" && (v.Private == nil || *v.Private)}
	if kind == "note" {
		c.Source = 2
	}
	return 201, f.add(t, c)
}

func (f *Freshdesk) putTicket(w http.ResponseWriter, r *http.Request) {
	var v struct {
		Tags   []string `json:"tags"`
		Status int      `json:"status"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.find(r.PathValue("id"))
	if t == nil || t.deleted {
		w.WriteHeader(404)
		return
	}
	if v.Tags != nil {
		t.tags = v.Tags // the whole list
	}
	if v.Status != 0 {
		t.status = v.Status
	}
	Answer(w, 200, t.json(""))
}

// putConversation changes the text of a note; replies stay as they were sent.
func (f *Freshdesk) putConversation(w http.ResponseWriter, r *http.Request) {
	var v fWrite
	_ = json.NewDecoder(r.Body).Decode(&v)
	if f.Meet(w, r, "note", func() {}) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.tickets {
		for i := range t.conversations {
			c := &t.conversations[i]
			if strconv.FormatInt(c.ID, 10) != r.PathValue("id") || t.deleted {
				continue
			}
			if c.Source != 2 {
				Answer(w, 403, map[string]any{"code": "access_denied", "message": "You are not authorized to perform this action."})
				return
			}
			c.HTML, t.updated = v.Body, f.Clock.Now()
			Answer(w, 200, *c)
			return
		}
	}
	w.WriteHeader(404)
}

func (f *Freshdesk) getTimeEntries(w http.ResponseWriter, r *http.Request) {
	if _, err := time.Parse(time.RFC3339, r.URL.Query().Get("executed_after")); err != nil {
		Answer(w, 400, map[string]any{"description": "Validation failed"})
		return
	}
	from, to, ok := page(w, r, len(f.Entries), 2)
	if !ok {
		return
	}
	rows := []any{}
	for _, e := range f.Entries[from:to] {
		id, _ := strconv.ParseInt(e.Ticket, 10, 64)
		rows = append(rows, map[string]any{"ticket_id": id, "time_spent": e.Spent, "agent_id": fAlice})
	}
	Answer(w, 200, rows)
}
