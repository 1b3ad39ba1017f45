package bottest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Zendesk is a fake of Zendesk Support at the level of HTTP: tickets, comments
// by cursor, users, the incremental export, webhooks and their signature, rate
// limit headers, safe_update, and faults.
type Zendesk struct {
	Faults
	Outbox
	Clock   *Clock
	URL     string
	Client  *http.Client
	Cut     func()
	Secret  string // of the webhook
	Token   string
	Metrics bool // tickets in the export carry metric sets

	mu      sync.Mutex
	tickets []*zTicket
	n       int64
	webhook []map[string]any
}

type zTicket struct {
	id                 int64
	subject, status    string
	created, updated   time.Time
	comments           []zComment
	tags               []string
	requester, mergeTo int64
}

type zComment struct {
	ID          int64            `json:"id"`
	Type        string           `json:"type"`
	Author      int64            `json:"author_id"`
	Body        string           `json:"body"`
	HTML        string           `json:"html_body"`
	Plain       string           `json:"plain_body"`
	Public      bool             `json:"public"`
	Attachments []map[string]any `json:"attachments"`
	Via         map[string]any   `json:"via"`
	CreatedAt   time.Time        `json:"created_at"`
	Metadata    map[string]any   `json:"metadata"`
}

// Users of the fake account.
const (
	zBot, zGrace, zAlice, zAda = 100, 101, 102, 900
)

var zUsers = map[int64]map[string]any{
	zBot:   {"id": zBot, "name": "Support Copilot", "email": "copilot@example.org", "role": "admin", "locale": "en-US"},
	zGrace: {"id": zGrace, "name": "Grace Hopper", "email": "grace@example.org", "role": "agent", "locale": "en-US"},
	zAlice: {"id": zAlice, "name": "Alice", "email": "alice@example.org", "role": "agent", "locale": "en-US"},
	zAda:   {"id": zAda, "name": "Ada", "email": "ada@example.org", "role": "end-user", "locale": "en-US"},
}

// NewZendesk runs the fake until the test ends.
func NewZendesk(t testing.TB) *Zendesk {
	z := &Zendesk{Clock: NewClock(), Secret: "zendesk-signing-secret", Token: "zendesk-api-token", n: 5000}
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /api/v2/users/me":                     z.getMe,
		"GET /api/v2/users/search":                 z.searchUsers,
		"GET /api/v2/tickets/{id}":                 z.getTicket,
		"PUT /api/v2/tickets/{id}":                 z.putTicket,
		"PUT /api/v2/tickets/{id}/tags":            z.putTags,
		"GET /api/v2/tickets/{id}/comments":        z.getComments,
		"GET /api/v2/incremental/tickets/cursor":   z.getExport,
		"GET /api/v2/webhooks":                     z.getWebhooks,
		"POST /api/v2/webhooks":                    z.postWebhook,
		"GET /api/v2/webhooks/{id}/signing_secret": z.getSecret,
	} {
		mux.HandleFunc(pattern, h)
	}
	z.URL, z.Client, z.Cut = Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Rate-Limit", "700")
		w.Header().Set("X-Rate-Limit-Remaining", "699")
		if user, pass, _ := r.BasicAuth(); user != "copilot@example.org/token" || pass != z.Token {
			Answer(w, http.StatusUnauthorized, map[string]any{"error": "Couldn't authenticate you"})
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return z
}

func (z *Zendesk) next() int64 { z.n++; return z.n }

func (z *Zendesk) find(id string) *zTicket {
	i := slices.IndexFunc(z.tickets, func(t *zTicket) bool { return strconv.FormatInt(t.id, 10) == id })
	if i < 0 {
		return nil
	}
	return z.tickets[i]
}

// Begin opens a ticket.
func (z *Zendesk) Begin(s Said) (ticket, message string) {
	z.mu.Lock()
	now := z.Clock.Now()
	t := &zTicket{id: z.next(), subject: s.Subject, status: "open", created: now, updated: now, requester: zAda}
	if t.subject == "" {
		t.subject = "Order 1001"
	}
	z.tickets = append(z.tickets, t)
	z.event(t, "created", map[string]any{})
	z.mu.Unlock()
	ticket = strconv.FormatInt(t.id, 10)
	return ticket, z.Write(ticket, s)
}

// Write adds a comment by Ada or by Alice.
func (z *Zendesk) Write(ticket string, s Said) string {
	z.mu.Lock()
	defer z.mu.Unlock()
	by := int64(zAda)
	if s.Role == pipeline.RoleAgent {
		by = zAlice
	}
	html := s.HTML
	if html == "" {
		html = bots.HTML(s.Text)
	}
	c := zComment{Author: by, HTML: `<div class="zd-comment" dir="auto">` + html + "</div>", Public: !s.Private, Via: map[string]any{"channel": "email"}}
	for _, name := range s.Attachments {
		c.Attachments = append(c.Attachments, map[string]any{"file_name": name, "content_type": "image/png", "size": 1})
	}
	return strconv.FormatInt(z.add(z.find(ticket), c), 10)
}

func (z *Zendesk) add(t *zTicket, c zComment) int64 {
	c.ID, c.Type, c.CreatedAt = z.next(), "Comment", z.Clock.Now()
	c.Plain = bots.Text(c.HTML)
	c.Body = c.Plain
	if c.Metadata == nil {
		c.Metadata = map[string]any{"system": map[string]any{}, "custom": map[string]any{}}
	}
	t.comments, t.updated = append(t.comments, c), z.Clock.Now()
	z.event(t, "comment_added", map[string]any{"comment": z.hookComment(c)})
	return c.ID
}

func (z *Zendesk) hookComment(c zComment) map[string]any {
	u := zUsers[c.Author]
	return map[string]any{"id": strconv.FormatInt(c.ID, 10), "body": c.Body, "is_public": c.Public,
		"author": map[string]any{"id": strconv.FormatInt(c.Author, 10), "is_staff": u["role"] != "end-user", "name": u["name"]}}
}

// event queues an event webhook.
func (z *Zendesk) event(t *zTicket, kind string, data map[string]any) {
	data["meta"] = map[string]any{"sequence": map[string]any{"id": "01JQMQH0000000000000000000", "position": 1}}
	raw, _ := json.Marshal(map[string]any{"account_id": 22129848, "id": fmt.Sprintf("cbe4028c-7239-495d-b020-%012d", z.next()),
		"type": "zen:event-type:ticket." + kind, "time": z.Clock.Now().Format(time.RFC3339Nano), "zendesk_event_version": "2022-11-06",
		"subject": fmt.Sprint("zen:ticket:", t.id), "event": data,
		"detail": map[string]any{"id": strconv.FormatInt(t.id, 10), "subject": t.subject, "status": strings.ToUpper(t.status), "priority": "NORMAL",
			"requester_id": strconv.FormatInt(t.requester, 10), "created_at": t.created, "updated_at": t.updated}})
	z.Queue(Hook{Body: raw, Header: z.Sign(raw, z.Clock.Now())})
}

// Sign returns the headers with which Zendesk sends a body.
func (z *Zendesk) Sign(raw []byte, at time.Time) http.Header {
	stamp := at.UTC().Format("2006-01-02T15:04:05Z")
	h := http.Header{}
	h.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
	h.Set("X-Zendesk-Webhook-Signature", bots.NewSecrets(z.Secret).Sign(bots.Base64SHA256, []byte(stamp), raw))
	return h
}

// Change does something to a ticket.
func (z *Zendesk) Change(ticket string, c Change) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(ticket)
	was := t.status
	t.updated = z.Clock.Now()
	switch c {
	case Solve, Reopen:
		t.status = map[Change]string{Solve: "solved", Reopen: "open"}[c]
		z.event(t, "status_changed", map[string]any{"current": strings.ToUpper(t.status), "previous": strings.ToUpper(was)})
	case Delete:
		t.status = "deleted"
		z.event(t, "soft_deleted", map[string]any{})
	case Merge: // Zendesk closes the ticket with a comment that names the other
		t.status, t.mergeTo = "closed", 1
		z.add(t, zComment{Author: zAlice, HTML: "<p>This request was closed and merged into request #1.</p>", Public: true, Via: map[string]any{"channel": "web"}})
		z.event(t, "merged", map[string]any{"target_ticket_id": "1"})
	default:
		left, taken, ok := displace(t.comments, c, func(c zComment) bool { return c.Public && (c.Author == zBot || c.Author == zGrace) },
			func(c *zComment) { c.Public = false },
			func(c *zComment) {
				c.HTML, c.Plain, c.Body, c.Metadata = "<p>▇▇▇</p>", "▇▇▇", "▇▇▇", map[string]any{}
			})
		if t.comments = left; c == MoveReply && ok {
			z.tickets = append(z.tickets, &zTicket{id: z.next(), subject: "The other", status: "open", created: t.updated, updated: t.updated, comments: taken, requester: t.requester})
		}
		return ok
	}
	return true
}

// Comments is the ledger: the comments that our user or Grace wrote.
func (z *Zendesk) Comments(ticket string, public bool) (out []DeskReply) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(ticket)
	if t == nil {
		return nil
	}
	for _, c := range t.comments {
		if (c.Author == zBot || c.Author == zGrace) && c.Public == public {
			custom, _ := c.Metadata["custom"].(map[string]any)
			marker, _ := custom["footnote"].(string)
			u := zUsers[c.Author]
			out = append(out, DeskReply{ID: strconv.FormatInt(c.ID, 10), Text: c.Plain, Marker: marker,
				Author: pipeline.Person{Name: u["name"].(string), Email: u["email"].(string)}})
		}
	}
	return out
}
