package bottest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func zmTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func (z *Zammad) json(t *zmTicket) map[string]any {
	v := map[string]any{"id": t.id, "number": strconv.FormatInt(10000+t.id, 10), "title": t.title, "group_id": 3, "group": "Orders", "customer_id": zmAda,
		"customer": "ada@example.org", "owner_id": 1, "state": t.state, "priority": "2 normal", "organization_id": nil, "article_count": len(t.articles),
		"created_at": zmTime(t.created), "updated_at": zmTime(t.updated), "first_response_at": zmTime(t.replied), "first_response_in_min": nil,
		"close_at": zmTime(t.closed), "close_in_min": nil, "last_close_at": zmTime(t.last), "time_unit": nil, "note": nil}
	if z.SLA {
		v["first_response_in_min"], v["close_in_min"], v["time_unit"] = 7, 20, "12.5"
	}
	return v
}

func zmFail(w http.ResponseWriter, status int, say string) {
	Answer(w, status, map[string]any{"error": say, "error_human": say})
}

// open finds the ticket of a path.
func (z *Zammad) open(w http.ResponseWriter, id string) *zmTicket {
	t := z.find(id)
	if t == nil {
		zmFail(w, http.StatusNotFound, "Couldn't find Ticket with 'id'="+id)
	}
	return t
}

func (z *Zammad) getUser(w http.ResponseWriter, r *http.Request, _ int64) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if zmUsers[id] == nil {
		zmFail(w, http.StatusNotFound, "Couldn't find User with 'id'="+r.PathValue("id"))
		return
	}
	Answer(w, 200, zmUsers[id])
}

func (z *Zammad) searchUsers(w http.ResponseWriter, r *http.Request, _ int64) {
	out := []any{}
	for _, u := range zmUsers {
		if strings.Contains(u["email"].(string), r.URL.Query().Get("query")) {
			out = append(out, u)
		}
	}
	Answer(w, 200, out)
}

func (z *Zammad) getTicket(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "read", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if t := z.open(w, r.PathValue("id")); t != nil {
		Answer(w, 200, z.json(t))
	}
}

func (z *Zammad) putTicket(w http.ResponseWriter, r *http.Request, _ int64) {
	var v struct {
		State   string `json:"state"`
		Pending string `json:"pending_time"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.open(w, r.PathValue("id"))
	switch {
	case t == nil:
	case v.State == "pending reminder" && v.Pending == "":
		zmFail(w, http.StatusUnprocessableEntity, "Missing required value for field 'pending_time'!")
	default:
		t.pending = v.Pending
		z.setState(t, v.State)
		Answer(w, 200, z.json(t))
	}
}

func (z *Zammad) getArticles(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "articles", func() {}) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if t := z.open(w, r.PathValue("id")); t != nil {
		Answer(w, 200, append([]zmArticle{}, t.articles...))
	}
}

func (z *Zammad) postArticle(w http.ResponseWriter, r *http.Request, by int64) {
	var a zmArticle
	if json.NewDecoder(r.Body).Decode(&a) != nil {
		zmFail(w, http.StatusBadRequest, "unexpected token")
		return
	}
	if z.Meet(w, r, "reply", func() { z.create(discard{}, a, by) }) {
		return
	}
	z.create(w, a, by)
}

// create adds an article. Who is no agent writes as a customer.
func (z *Zammad) create(w http.ResponseWriter, a zmArticle, by int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.open(w, strconv.FormatInt(a.Ticket, 10))
	switch {
	case t == nil:
		return
	case a.Body == "":
		zmFail(w, http.StatusUnprocessableEntity, `Need at least article: { body: "some text" }`)
		return
	case a.Type == "email" && (a.To == nil || *a.To == ""):
		zmFail(w, http.StatusUnprocessableEntity, "Missing recipient")
		return
	}
	if zmUsers[by]["roles"].([]string)[0] != "Agent" {
		a.Sender, a.Internal = "Customer", false
	}
	a.By, a.From = by, zmName(by)
	if z.Forget || a.Preferences == nil {
		a.Preferences = map[string]any{}
	}
	z.add(t, a)
	Answer(w, http.StatusCreated, t.articles[len(t.articles)-1])
}

// search answers a condition on updated_at from the database; a query would need
// Elasticsearch, which is not there: it finds nothing.
func (z *Zammad) search(w http.ResponseWriter, r *http.Request, _ int64) {
	if z.Meet(w, r, "search", func() {}) {
		return
	}
	var q struct {
		Query     string                                      `json:"query"`
		Sort      string                                      `json:"sort_by"`
		Order     string                                      `json:"order_by"`
		Page      int                                         `json:"page"`
		PerPage   int                                         `json:"per_page"`
		Condition map[string]struct{ Operator, Value string } `json:"condition"`
	}
	_ = json.NewDecoder(r.Body).Decode(&q)
	c := q.Condition["ticket.updated_at"]
	from, err := time.Parse(time.RFC3339Nano, c.Value)
	if q.Query != "" || c.Operator != "after (absolute)" || err != nil || q.Sort != "updated_at" || q.Order != "asc" || r.URL.Query().Get("expand") != "true" {
		Answer(w, 200, []any{})
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	var list []*zmTicket
	for _, t := range z.tickets {
		if t.updated.After(from) {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *zmTicket) int { return a.updated.Compare(b.updated) })
	size := min(q.PerPage, z.Page)
	at := min(max(q.Page-1, 0)*size, len(list))
	rows := []any{}
	for _, t := range list[at:min(at+size, len(list))] {
		rows = append(rows, z.json(t))
	}
	Answer(w, 200, rows)
}

func (z *Zammad) getHistory(w http.ResponseWriter, r *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if t := z.open(w, r.PathValue("id")); t != nil {
		Answer(w, 200, map[string]any{"history": append([]map[string]any{{"object": "Ticket", "type": "created", "created_at": t.created}}, t.history...), "assets": map[string]any{}})
	}
}

func (z *Zammad) getStates(w http.ResponseWriter, _ *http.Request, _ int64) {
	out := []any{}
	for name, kind := range map[string]string{"new": "new", "open": "open", "closed": "closed", "merged": "merged", "pending reminder": "pending reminder", "waiting for parts": "pending reminder"} {
		out = append(out, map[string]any{"name": name, "state_type": kind})
	}
	Answer(w, 200, out)
}

func (z *Zammad) addTag(w http.ResponseWriter, r *http.Request, _ int64) {
	var v struct {
		Object, Item string
		ID           int64 `json:"o_id"`
	}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(strconv.FormatInt(v.ID, 10))
	if t == nil || v.Object != "Ticket" || v.Item == "" {
		zmFail(w, http.StatusUnprocessableEntity, "Invalid")
		return
	}
	if !slices.Contains(t.tags, v.Item) {
		t.tags = append(t.tags, v.Item)
	}
	Answer(w, http.StatusCreated, true)
}

func (t *zmTicket) draftJSON() map[string]any {
	if t.draft == nil {
		return map[string]any{"shared_draft_id": nil, "assets": nil}
	}
	return map[string]any{"shared_draft_id": 2, "assets": map[string]any{"TicketSharedDraftZoom": map[string]any{"2": t.draft}}}
}

func (z *Zammad) getDraft(w http.ResponseWriter, r *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if t := z.open(w, r.PathValue("id")); t != nil {
		Answer(w, 200, t.draftJSON())
	}
}

func (z *Zammad) putDraft(w http.ResponseWriter, r *http.Request, _ int64) {
	v := map[string]any{}
	_ = json.NewDecoder(r.Body).Decode(&v)
	z.mu.Lock()
	defer z.mu.Unlock()
	if t := z.open(w, r.PathValue("id")); t != nil {
		t.draft = v
		Answer(w, 200, t.draftJSON())
	}
}

func (z *Zammad) deleteDraft(w http.ResponseWriter, r *http.Request, _ int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if t := z.open(w, r.PathValue("id")); t != nil {
		t.draft = nil
		Answer(w, 200, map[string]any{"ok": true})
	}
}

func (z *Zammad) list(what *[]map[string]any) func(http.ResponseWriter, *http.Request, int64) {
	return func(w http.ResponseWriter, _ *http.Request, _ int64) {
		z.mu.Lock()
		defer z.mu.Unlock()
		Answer(w, 200, append([]map[string]any{}, *what...))
	}
}

func (z *Zammad) save(what *[]map[string]any) func(http.ResponseWriter, *http.Request, int64) {
	return func(w http.ResponseWriter, r *http.Request, _ int64) {
		v := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&v)
		z.mu.Lock()
		defer z.mu.Unlock()
		if s, ok := v["signature_token"].(string); ok {
			z.Secret = s
		}
		if id := r.PathValue("id"); id != "" {
			i := slices.IndexFunc(*what, func(o map[string]any) bool { return strconv.FormatInt(o["id"].(int64), 10) == id })
			if i < 0 {
				zmFail(w, http.StatusNotFound, "Couldn't find it")
				return
			}
			v["id"] = (*what)[i]["id"]
			(*what)[i] = v
			Answer(w, 200, v)
			return
		}
		v["id"] = z.next()
		*what = append(*what, v)
		Answer(w, http.StatusCreated, v)
	}
}
