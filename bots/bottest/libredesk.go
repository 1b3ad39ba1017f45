package bottest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Libredesk is a fake of Libredesk at the level of HTTP: conversations and
// messages in its envelope, pages, filters, agents' keys, tags, statuses,
// webhooks sent once and in no order, and faults.
type Libredesk struct {
	Faults
	Outbox
	Clock    *Clock
	URL      string
	Client   *http.Client
	Cut      func()
	Secret   string // of the webhook
	Key      string // of the agent that we are
	GraceKey string
	MaxPage  int  // rows that a page has at most; Libredesk's is 500
	Chat     bool // new conversations are live chats

	mu      sync.Mutex
	convs   []*lConv
	n       int64
	tags    []string // that the account knows
	noTags  bool     // our agent may not make more
	webhook []map[string]any
}

type lConv struct {
	id                                              int64
	uuid, subject, status, channel                  string
	created, updated, last, reply, lastReply, solve time.Time
	messages                                        []lMessage
	tags                                            []string
	gone                                            bool
	who                                             int64 // the customer
}

type lMessage struct {
	ID          int64          `json:"id"`
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
	UUID        string         `json:"uuid"`
	Type        string         `json:"type"`
	Status      string         `json:"status"`
	ConvID      int64          `json:"conversation_id"`
	Conv        string         `json:"conversation_uuid"`
	Content     string         `json:"content"`
	TextContent string         `json:"text_content"`
	ContentType string         `json:"content_type"`
	Private     bool           `json:"private"`
	Sender      int64          `json:"sender_id"`
	SenderType  string         `json:"sender_type"`
	Meta        map[string]any `json:"meta"`
	Attachments []any          `json:"attachments"`
	Author      map[string]any `json:"author"`
}

// Users of the fake account.
const (
	lSystem, lAlice, lBot, lAda, lGrace, lSomeone = 1, 2, 3, 4, 5, 6
)

var lUsers = map[int64]map[string]any{
	lSystem:  lUser(lSystem, "System", "", "System", "agent"),
	lAlice:   lUser(lAlice, "Alice", "Agent", "alice@example.org", "agent"),
	lBot:     lUser(lBot, "Support", "Copilot", "copilot@example.org", "agent"),
	lAda:     lUser(lAda, "Ada", "", "ada@example.org", "contact"),
	lSomeone: lUser(lSomeone, "Visitor", "", "", "visitor"),
	lGrace:   lUser(lGrace, "Grace", "Hopper", "grace@example.org", "agent"),
}

func lUser(id int64, first, last, email, kind string) map[string]any {
	return map[string]any{"id": id, "first_name": first, "last_name": last, "email": email, "avatar_url": nil,
		"availability_status": "offline", "type": kind, "last_active_at": nil}
}

var lCategories = []map[string]any{{"id": 1, "name": "Open", "category": "open"}, {"id": 2, "name": "Snoozed", "category": "waiting"},
	{"id": 3, "name": "Resolved", "category": "resolved"}, {"id": 4, "name": "Closed", "category": "resolved"}, {"id": 5, "name": "On hold", "category": "waiting"}}

func lCategory(status string) any {
	for _, s := range lCategories {
		if s["name"] == status {
			return s["category"]
		}
	}
	return ""
}

// NewLibredesk runs the fake until the test ends.
func NewLibredesk(t testing.TB) *Libredesk {
	z := &Libredesk{Clock: NewClock(), Secret: "libredesk-webhook-secret", Key: "botkey:botsecret", GraceKey: "gracekey:gracesecret", MaxPage: 2}
	mux := http.NewServeMux()
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request, int64){
		"GET /api/v1/agents/me":                                  z.getMe,
		"GET /api/v1/statuses":                                   func(w http.ResponseWriter, _ *http.Request, _ int64) { lOK(w, lCategories) },
		"GET /api/v1/conversations/all":                          z.getAll,
		"GET /api/v1/conversations/{uuid}":                       z.getConversation,
		"GET /api/v1/conversations/{uuid}/messages":              z.getMessages,
		"POST /api/v1/conversations/{uuid}/messages":             z.postMessage,
		"POST /api/v1/conversations/{uuid}/tags":                 z.postTags,
		"PUT /api/v1/conversations/{uuid}/status":                z.putStatus,
		"DELETE /api/v1/conversations/{uuid}/messages/{message}": z.deleteMessage,
		"POST /api/v1/tags":                                      z.postTag,
		"GET /api/v1/webhooks":                                   z.getWebhooks,
		"POST /api/v1/webhooks":                                  z.saveWebhook,
		"PUT /api/v1/webhooks/{id}":                              z.saveWebhook,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			switch r.Header.Get("Authorization") {
			case "token " + z.Key:
				h(w, r, lBot)
			case "token " + z.grace():
				h(w, r, lGrace)
			default:
				lFail(w, http.StatusUnauthorized, "Invalid API key or secret", "GeneralException")
			}
		})
	}
	z.URL, z.Client, z.Cut = Serve(t, mux)
	return z
}

// grace is her key, while it is valid.
func (z *Libredesk) grace() string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.GraceKey
}

// Revoke takes Grace's key back.
func (z *Libredesk) Revoke() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.GraceKey = "none:none"
}

func (z *Libredesk) next() int64 { z.n++; return z.n }

func (z *Libredesk) uuid() string { return fmt.Sprintf("1ca9a0e6-a539-49e7-9c3a-%012d", z.next()) }

func (z *Libredesk) find(uuid string) *lConv {
	i := slices.IndexFunc(z.convs, func(c *lConv) bool { return c.uuid == uuid && !c.gone })
	if i < 0 {
		return nil
	}
	return z.convs[i]
}

// Begin opens a conversation. The webhook about it comes after the one about
// its message.
func (z *Libredesk) Begin(s Said) (ticket, message string) {
	z.mu.Lock()
	now := z.Clock.Now()
	c := &lConv{id: z.next(), uuid: z.uuid(), subject: s.Subject, status: "Open", channel: "email", created: now, updated: now, who: lAda}
	if s.Visitor {
		c.who = lSomeone
	}
	if c.subject == "" {
		c.subject = "Order 1001"
	}
	c.subject = fmt.Sprintf("%s - #%d", c.subject, 100+c.id)
	if z.Chat || s.Visitor {
		c.channel, c.subject = "livechat", ""
	}
	z.convs = append(z.convs, c)
	z.mu.Unlock()
	message = z.Write(c.uuid, s)
	z.mu.Lock()
	defer z.mu.Unlock()
	z.event("conversation.created", c.json(false))
	return c.uuid, message
}

// Write adds a message by Ada or by Alice. A customer's reopens the conversation.
func (z *Libredesk) Write(ticket string, s Said) string {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(ticket)
	m := lMessage{Type: "incoming", Status: "received", Sender: c.who, SenderType: "contact", Content: s.HTML, ContentType: "html", Private: s.Private}
	switch {
	case c.channel == "livechat" && s.HTML == "":
		m.Content, m.ContentType = s.Text, "text"
	case s.HTML == "" && s.Text != "":
		m.Content = bots.HTML(s.Text)
	}
	if s.Role == pipeline.RoleAgent {
		m.Type, m.Status, m.Sender, m.SenderType = "outgoing", "sent", lAlice, "agent"
	}
	for _, name := range s.Attachments {
		m.Attachments = append(m.Attachments, map[string]any{"name": name, "uuid": z.uuid(), "content_type": "image/png", "size": 1,
			"url": z.URL + "/uploads/x?sig=y&exp=1", "content_id": ""})
	}
	id := z.add(c, m)
	if s.Role == pipeline.RoleCustomer && c.status != "Open" {
		c.status = "Open" // told by the activity only
		z.activity(c, lSystem, "status_change", "System  marked the conversation as Open")
	}
	return id
}

func (z *Libredesk) add(c *lConv, m lMessage) string {
	now := z.Clock.Now()
	m.ID, m.UUID, m.CreatedAt, m.UpdatedAt, m.ConvID, m.Conv, m.Author = z.next(), z.uuid(), now, now, c.id, c.uuid, lUsers[m.Sender]
	if m.Meta == nil {
		m.Meta = map[string]any{}
	}
	if m.Attachments == nil {
		m.Attachments = []any{}
	}
	m.TextContent = strings.ReplaceAll(bots.Text(m.Content), "\n", " ")
	c.messages, c.last, c.updated = append(c.messages, m), now, now
	if m.Type == "outgoing" && !m.Private {
		if c.lastReply = now; c.reply.IsZero() {
			c.reply = now
		}
	}
	z.event("message.created", m)
	return m.UUID
}

func (z *Libredesk) activity(c *lConv, by int64, kind, words string) {
	z.add(c, lMessage{Type: "activity", Status: "sent", Content: words, ContentType: "text", Private: true, Sender: by, SenderType: "agent",
		Meta: map[string]any{"activity_type": kind}})
}

// event queues a webhook.
func (z *Libredesk) event(kind string, payload any) {
	raw, _ := json.Marshal(map[string]any{"event": kind, "payload": payload, "timestamp": z.Clock.Now().Format(time.RFC3339)})
	z.Queue(Hook{Body: raw, Header: z.Sign(raw, z.Clock.Now())})
}

// Sign returns the headers with which Libredesk sends a body.
func (z *Libredesk) Sign(raw []byte, _ time.Time) http.Header {
	h := http.Header{}
	h.Set("X-Libredesk-Signature", bots.NewSecrets(z.Secret).Sign(bots.HexSHA256.Prefix("sha256="), raw))
	return h
}

// Change does something to a conversation. Libredesk merges none, and says
// nothing of one that is deleted.
func (z *Libredesk) Change(ticket string, ch Change) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(ticket)
	switch ch {
	case Solve, Reopen:
		z.setStatus(c, map[Change]string{Solve: "Resolved", Reopen: "Open"}[ch], lAlice)
	case Delete:
		c.gone = true
	default: // none of it is an activity
		left, taken, ok := displace(c.messages, ch, func(m lMessage) bool {
			return m.Type == "outgoing" && !m.Private && (m.Sender == lBot || m.Sender == lGrace)
		},
			func(m *lMessage) { m.Private = true },
			func(m *lMessage) {
				m.Content, m.TextContent, m.Meta = "<p>Something else</p>", "Something else", map[string]any{}
			})
		if c.messages = left; ch == MoveReply && ok {
			now := z.Clock.Now()
			z.convs = append(z.convs, &lConv{id: z.next(), uuid: z.uuid(), subject: "The other", status: "Open", channel: c.channel, created: now, updated: now, last: now, messages: taken})
		}
		return ok
	}
	return true
}

func (z *Libredesk) setStatus(c *lConv, status string, by int64) {
	if c.status == status {
		return
	}
	was := c.status
	c.status, c.updated = status, z.Clock.Now()
	if lCategory(status) == "resolved" && c.solve.IsZero() { // the first time stays
		c.solve = z.Clock.Now()
	}
	z.event("conversation.status_changed", map[string]any{"actor_id": by, "conversation": c.json(false), "conversation_uuid": c.uuid,
		"new_status": status, "previous_status": was, "snooze_until": ""})
	z.activity(c, by, "status_change", lUsers[by]["first_name"].(string)+" Agent marked the conversation as "+status)
}

// Messages is the ledger: what our agent or Grace wrote.
func (z *Libredesk) Messages(ticket string, public bool) (out []DeskReply) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(ticket)
	if c == nil {
		return nil
	}
	for _, m := range c.messages {
		if m.Type != "outgoing" || m.Sender != lBot && m.Sender != lGrace || m.Private == public {
			continue
		}
		if m.Meta["deleted_at"] != nil {
			continue
		}
		r := DeskReply{ID: m.UUID, Text: bots.Text(m.Content), Author: pipeline.Person{Name: strings.TrimSpace(fmt.Sprint(m.Author["first_name"], " ", m.Author["last_name"])),
			Email: m.Author["email"].(string)}}
		r.Marker, _ = m.Meta["echo_id"].(string)
		if to, _ := m.Meta["to"].([]string); len(to) > 0 {
			r.Recipient.Email = strings.Join(to, ",")
		}
		out = append(out, r)
	}
	return out
}

// State tells a conversation's tags and status.
func (z *Libredesk) State(ticket string) (tags []string, status string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(ticket)
	return slices.Clone(c.tags), c.status
}

// ForbidTags takes the right to make tags from our agent.
func (z *Libredesk) ForbidTags() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.noTags = true
}
