package bottest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Intercom is a fake of Intercom's inbox at the level of HTTP: conversations
// with a source and parts, admins, search that compares days, statistics, tags,
// rate limit headers in windows of ten seconds, signed webhooks, and faults.
type Intercom struct {
	Faults
	Outbox
	Clock  *Clock
	URL    string
	Client *http.Client
	Cut    func()
	Token  string
	Secret string // the app's client secret
	// Plain: webhooks carry plain text, as apps of newer versions get.
	Plain bool
	// Unordered: the search ignores the order that it is asked for.
	Unordered bool

	mu       sync.Mutex
	list     []*iConversation
	n        int64
	searched int
}

type iConversation struct {
	id, state        string
	source           map[string]any
	created, updated time.Time
	parts            []iPart
	tags             []string
	deleted          bool
	replied, closed  int64
	reopens          int
}

type iPart struct {
	Type        string           `json:"type"`
	ID          string           `json:"id"`
	Kind        string           `json:"part_type"`
	Body        *string          `json:"body"`
	CreatedAt   int64            `json:"created_at"`
	Author      map[string]any   `json:"author"`
	Attachments []map[string]any `json:"attachments"`
	App         *string          `json:"app_package_code"`
	External    *string          `json:"external_id"`
	Redacted    bool             `json:"redacted"`
}

// Admins of the fake workspace, and its one contact.
var (
	iBot   = map[string]any{"type": "admin", "id": "991", "name": "Support Copilot", "email": "copilot@example.org"}
	iGrace = map[string]any{"type": "admin", "id": "992", "name": "Grace Hopper", "email": "grace@example.org"}
	iAlice = map[string]any{"type": "admin", "id": "993", "name": "Alice", "email": "alice@example.org"}
	iFin   = map[string]any{"type": "bot", "id": "994", "name": "Fin", "email": "operator+x@intercom.io", "from_ai_agent": true}
	iAda   = map[string]any{"type": "user", "id": "6762f19e1bb69f9f2193bbd5", "name": "Ada", "email": "ada@example.org"}
)

// IntercomWorkspace is the fake's app_id.
const IntercomWorkspace = "a86dr8yl"

// NewIntercom runs the fake until the test ends.
func NewIntercom(t testing.TB) *Intercom {
	f := &Intercom{Clock: NewClock(), Token: "intercom-access-token", Secret: "intercom-client-secret", n: 500}
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /me":                        f.getMe,
		"GET /admins":                    f.getAdmins,
		"GET /contacts/{id}":             f.getContact,
		"GET /conversations/{id}":        f.getConversation,
		"POST /conversations/search":     f.postSearch,
		"POST /conversations/{id}/reply": f.postReply,
		"POST /conversations/{id}/parts": f.postParts,
		"POST /conversations/{id}/tags":  f.postTag,
		"POST /tags":                     f.makeTag,
	} {
		mux.HandleFunc(pattern, h)
	}
	f.URL, f.Client, f.Cut = Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Ratelimit-Limit", "1666")
		w.Header().Set("X-Ratelimit-Remaining", "1665")
		w.Header().Set("X-Ratelimit-Reset", strconv.FormatInt(f.Clock.Now().Add(10*time.Second).Unix(), 10))
		if r.Header.Get("Authorization") != "Bearer "+f.Token || r.Header.Get("Intercom-Version") == "" {
			iError(w, 401, "unauthorized", "Access Token Invalid")
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return f
}

func iError(w http.ResponseWriter, status int, code, say string) {
	Answer(w, status, map[string]any{"type": "error.list", "request_id": "b2", "errors": []any{map[string]any{"code": code, "message": say}}})
}

func (f *Intercom) next() string { f.n++; return strconv.FormatInt(f.n, 10) }

func (f *Intercom) find(id string) *iConversation {
	i := slices.IndexFunc(f.list, func(c *iConversation) bool { return c.id == id })
	if i < 0 {
		return nil
	}
	return f.list[i]
}

func (s Said) paragraphs() string {
	if s.HTML != "" {
		return s.HTML
	}
	return bots.HTML(s.Text)
}

// uploads lists attachments as Intercom shows them.
func uploads(names []string) []map[string]any {
	out := []map[string]any{}
	for _, name := range names {
		out = append(out, map[string]any{"type": "upload", "name": name, "url": "https://cdn.example/x", "content_type": "image/png", "filesize": 1})
	}
	return out
}

func iSaid(r pipeline.Role) map[string]any {
	switch r {
	case pipeline.RoleAgent:
		return iAlice
	case pipeline.RoleBot:
		return iFin
	}
	return iAda
}

// Begin opens a conversation. Its first message is its source.
func (f *Intercom) Begin(s Said) (ticket, message string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Clock.Now()
	c := &iConversation{id: f.next(), state: "open", created: now, updated: now}
	id := f.next()
	subject := s.Subject
	if subject == "" {
		subject = "<p>Order 1001</p>"
	}
	c.source = map[string]any{"type": "conversation", "id": id, "delivered_as": "customer_initiated", "subject": subject, "body": s.paragraphs(),
		"author": iSaid(s.Role), "attachments": uploads(s.Attachments), "redacted": false}
	f.list = append(f.list, c)
	topic := "conversation.user.created"
	if s.Role == pipeline.RoleAgent {
		topic = "conversation.admin.single.created"
	}
	f.notify(c, topic)
	return c.id, "source/" + id
}

// Write adds what Ada or Alice says. A customer's words open a closed conversation.
func (f *Intercom) Write(ticket string, s Said) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.find(ticket)
	p := iPart{Kind: "comment", Author: iSaid(s.Role), Attachments: uploads(s.Attachments)}
	if html := s.paragraphs(); html != "" {
		p.Body = &html
	}
	topic := "conversation.admin.replied"
	switch {
	case s.Private:
		p.Kind, topic = "note", "conversation.admin.noted"
	case s.Role == pipeline.RoleCustomer:
		topic = "conversation.user.replied"
		if c.state == "closed" { // the part that opens carries the words
			p.Kind, c.state = "open", "open"
			c.reopens++
		}
	}
	return f.add(c, p, topic).ID
}

func (f *Intercom) add(c *iConversation, p iPart, topic string) iPart {
	now := f.Clock.Now()
	p.Type, p.ID, p.CreatedAt = "conversation_part", f.next(), now.Unix()
	if p.Attachments == nil {
		p.Attachments = uploads(nil)
	}
	if p.Kind == "comment" && p.Author["type"] == "admin" && c.replied == 0 {
		c.replied = now.Unix()
	}
	c.parts, c.updated = append(c.parts, p), now
	f.notify(c, topic, p)
	return p
}

// notify queues a webhook with the parts that it is about.
func (f *Intercom) notify(c *iConversation, topic string, parts ...iPart) {
	item := c.json(parts)
	if f.Plain {
		var clean []iPart
		for _, p := range parts {
			if p.Body != nil {
				text := bots.Text(*p.Body)
				p.Body = &text
			}
			clean = append(clean, p)
		}
		item = c.json(clean)
		source := map[string]any{}
		for k, v := range c.source {
			source[k] = v
		}
		source["body"], source["subject"] = bots.Text(source["body"].(string)), bots.Text(source["subject"].(string))
		item["source"] = source
	}
	now := f.Clock.Now().Unix()
	raw, _ := json.Marshal(map[string]any{"type": "notification_event", "app_id": IntercomWorkspace, "id": "notif_" + f.next(), "topic": topic,
		"data": map[string]any{"type": "notification_event_data", "item": item}, "links": map[string]any{}, "self": nil,
		"delivery_status": "pending", "delivery_attempts": 1, "delivered_at": 0, "first_sent_at": now, "created_at": now})
	f.Queue(Hook{Header: f.Sign(raw, f.Clock.Now()), Body: raw})
}

// Sign returns the headers with which Intercom sends a body.
func (f *Intercom) Sign(raw []byte, _ time.Time) http.Header {
	h := http.Header{}
	h.Set("X-Hub-Signature", bots.NewSecrets(f.Secret).Sign(bots.HexSHA1.Prefix("sha1="), raw))
	return h
}

// Change does something to a conversation. Merged ones are not told apart by
// the API.
func (f *Intercom) Change(ticket string, c Change) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.find(ticket)
	switch c {
	case Solve:
		v.state, v.closed = "closed", f.Clock.Now().Unix()
		f.add(v, iPart{Kind: "close", Author: iAlice}, "conversation.admin.closed")
	case Reopen:
		v.state = "open"
		f.add(v, iPart{Kind: "open", Author: iAlice}, "conversation.admin.opened")
	case Delete:
		v.deleted = true
		f.notify(v, "conversation.deleted")
	default:
		left, taken, ok := displace(v.parts, c, func(p iPart) bool {
			return p.Kind == "comment" && (p.Author["id"] == iBot["id"] || p.Author["id"] == iGrace["id"])
		}, func(p *iPart) { p.Kind = "note" }, func(p *iPart) { s := ""; p.Body, p.Redacted = &s, true })
		if v.parts = left; c == MoveReply && ok {
			f.list = append(f.list, &iConversation{id: f.next(), state: "open", source: v.source, created: f.Clock.Now(), updated: f.Clock.Now(), parts: taken})
		}
		return ok
	}
	return true
}

// Parts is the ledger: what our admin or Grace wrote.
func (f *Intercom) Parts(ticket string, public bool) (out []DeskReply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.find(ticket)
	if c == nil {
		return nil
	}
	for _, p := range c.parts {
		if ours := p.Author["id"] == iBot["id"] || p.Author["id"] == iGrace["id"]; ours && p.Kind == map[bool]string{true: "comment", false: "note"}[public] {
			out = append(out, DeskReply{ID: p.ID, Text: bots.Text(*p.Body), Author: pipeline.Person{Name: fmt.Sprint(p.Author["name"]), Email: fmt.Sprint(p.Author["email"])}})
		}
	}
	return out
}

// Ticket lists a conversation's tags, and its state.
func (f *Intercom) Ticket(ticket string) ([]string, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.find(ticket)
	return slices.Clone(c.tags), c.state
}

// Searched counts the pages that were searched.
func (f *Intercom) Searched() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.searched
}
