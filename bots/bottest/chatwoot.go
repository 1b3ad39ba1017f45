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

// Chatwoot is a fake of Chatwoot at the level of HTTP: conversations by the
// number that people see, messages by pages of 20 backwards, lists by pages of
// 25, users' tokens, labels, statuses, reporting events, account webhooks sent
// once and signed over time and body, and faults.
type Chatwoot struct {
	Faults
	Outbox
	Clock      *Clock
	URL        string
	Client     *http.Client
	Cut        func()
	Secret     string // that Chatwoot chose for the webhook
	Token      string // of the user that we are
	GraceToken string
	// Forget makes messages lose their content_attributes; Unsigned is a version
	// that signs no webhooks; NoEvents is one without reporting_events; Shut
	// closes the channel's window for replies.
	Forget, Unsigned, NoEvents, Shut bool

	mu       sync.Mutex
	convs    []*cwConv
	n        int64
	webhooks []map[string]any
}

type cwConv struct {
	id                   int64 // display_id
	subject, status      string
	channel              string
	created, last, reply time.Time
	updated              time.Time
	messages             []cwMessage
	labels               []string
	events               []map[string]any
	gone                 bool
}

type cwMessage struct {
	id          int64
	content     string
	contentType string
	kind        int // 0 incoming, 1 outgoing, 2 activity, 3 template
	private     bool
	at          time.Time
	attributes  map[string]any
	by          int64
	attachments []map[string]any
}

// People of the fake account. The customer has the number of our user.
const (
	cwBot, cwGrace, cwAlice, cwAda = 3, 4, 5, 3
)

var cwUsers = map[int64]map[string]any{
	cwBot:   {"id": cwBot, "name": "Support Copilot", "email": "copilot@example.org", "type": "user"},
	cwGrace: {"id": cwGrace, "name": "Grace Hopper", "email": "grace@example.org", "type": "user"},
	cwAlice: {"id": cwAlice, "name": "Alice", "email": "alice@example.org", "type": "user"},
}

var cwContact = map[string]any{"id": cwAda, "name": "Ada", "email": "ada@example.org", "identifier": nil, "phone_number": nil, "type": "contact"}

var cwKinds = []string{"incoming", "outgoing", "activity", "template"}

// NewChatwoot runs the fake until the test ends.
func NewChatwoot(t testing.TB) *Chatwoot {
	z := &Chatwoot{Clock: NewClock(), Secret: "chatwoot-webhook-secret", Token: "chatwoot-token", GraceToken: "grace-token", n: 500}
	mux := http.NewServeMux()
	const acc = " /api/v1/accounts/1"
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request, int64){
		"GET /api/v1/profile":                                     z.getProfile,
		"GET" + acc + "/conversations":                            z.getList,
		"GET" + acc + "/conversations/{id}":                       z.getConversation,
		"GET" + acc + "/conversations/{id}/messages":              z.getMessages,
		"POST" + acc + "/conversations/{id}/messages":             z.postMessage,
		"GET" + acc + "/conversations/{id}/labels":                z.getLabels,
		"POST" + acc + "/conversations/{id}/labels":               z.postLabels,
		"POST" + acc + "/conversations/{id}/toggle_status":        z.toggleStatus,
		"GET" + acc + "/conversations/{id}/reporting_events":      z.getEvents,
		"DELETE" + acc + "/conversations/{id}/messages/{message}": z.deleteMessage,
		"GET" + acc + "/webhooks":                                 z.getWebhooks,
		"POST" + acc + "/webhooks":                                z.saveWebhook,
		"PATCH" + acc + "/webhooks/{id}":                          z.saveWebhook,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			switch r.Header.Get("api_access_token") {
			case z.Token:
				h(w, r, cwBot)
			case z.grace():
				h(w, r, cwGrace)
			default:
				Answer(w, http.StatusUnauthorized, map[string]any{"error": "Invalid Access Token"})
			}
		})
	}
	z.URL, z.Client, z.Cut = Serve(t, mux)
	return z
}

// grace is her token, while it is valid.
func (z *Chatwoot) grace() string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.GraceToken
}

// Revoke takes Grace's token back.
func (z *Chatwoot) Revoke() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.GraceToken = "none"
}

func (z *Chatwoot) next() int64 { z.n++; return z.n }

func (z *Chatwoot) find(id string) *cwConv {
	i := slices.IndexFunc(z.convs, func(c *cwConv) bool { return strconv.FormatInt(c.id, 10) == id && !c.gone })
	if i < 0 {
		return nil
	}
	return z.convs[i]
}

// Begin opens a conversation: of the e-mail channel with a subject or HTML, of
// the website otherwise.
func (z *Chatwoot) Begin(s Said) (ticket, message string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	now := z.Clock.Now()
	c := &cwConv{id: z.next(), status: "open", channel: "Channel::WebWidget", created: now, updated: now, last: now}
	if s.Subject != "" || s.HTML != "" || s.Auto {
		c.channel, c.subject = "Channel::Email", s.Subject
	}
	z.convs = append(z.convs, c)
	z.event("conversation_created", z.json(c, true))
	return strconv.FormatInt(c.id, 10), z.said(c, s)
}

// Write adds a message by Ada or by Alice.
func (z *Chatwoot) Write(ticket string, s Said) string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.said(z.find(ticket), s)
}

// said adds a message. A customer's opens a resolved or snoozed conversation.
func (z *Chatwoot) said(c *cwConv, s Said) string {
	m := cwMessage{content: s.Text, contentType: "text", by: cwAda, private: s.Private, attributes: map[string]any{}}
	if s.Role == pipeline.RoleAgent {
		m.kind, m.by = 1, cwAlice
	}
	if c.channel == "Channel::Email" && m.kind == 0 {
		m.contentType = "incoming_email"
		mail := map[string]any{"subject": c.subject, "auto_reply": s.Auto, "from": []string{"ada@example.org"}, "text_content": map[string]any{"full": s.Text, "reply": s.Text}}
		if s.HTML != "" {
			mail["html_content"] = map[string]any{"full": s.HTML, "reply": s.Text, "quoted": s.Text}
		}
		m.attributes["email"] = mail
	}
	for _, name := range s.Attachments {
		m.attachments = append(m.attachments, map[string]any{"id": z.next(), "file_type": "image", "data_url": z.URL + "/rails/active_storage/blobs/x/" + name, "file_size": 1, "file_name": name})
	}
	id := z.add(c, m)
	if m.kind == 0 && c.status != "open" {
		z.setStatus(c, "open")
	}
	return strconv.FormatInt(id, 10)
}

func (z *Chatwoot) add(c *cwConv, m cwMessage) int64 {
	m.id, m.at = z.next(), z.Clock.Now()
	c.messages, c.last, c.updated = append(c.messages, m), m.at, m.at
	if m.kind == 1 && !m.private && c.reply.IsZero() {
		c.reply = m.at
		c.events = append(c.events, z.reported(c, "first_response"))
	}
	if m.kind != 2 { // activities are not told
		v := z.message(c, m)
		v["message_type"], v["created_at"] = cwKinds[m.kind], m.at.Format("2006-01-02T15:04:05.000Z")
		v["account"], v["inbox"], v["conversation"] = map[string]any{"id": 1, "name": "Acme"}, map[string]any{"id": 2, "name": "Website"}, z.json(c, true)
		if m.kind == 0 {
			v["sender"] = map[string]any{"id": cwAda, "name": "Ada", "email": "ada@example.org", "account": map[string]any{"id": 1, "name": "Acme"}}
		} else {
			v["sender"] = cwUsers[m.by]
		}
		z.event("message_created", v)
	}
	return m.id
}

// reported is a reporting event: seconds since the conversation began, and half
// of them in business hours.
func (z *Chatwoot) reported(c *cwConv, name string) map[string]any {
	s := z.Clock.Now().Sub(c.created).Seconds()
	return map[string]any{"id": z.next(), "name": name, "value": s, "value_in_business_hours": s / 2, "event_start_time": c.created.Format(time.RFC3339),
		"event_end_time": z.Clock.Now().Format(time.RFC3339), "conversation_id": 9000 + c.id}
}

// event queues a webhook.
func (z *Chatwoot) event(name string, v map[string]any) {
	v["event"] = name
	raw, _ := json.Marshal(v)
	h := z.Sign(raw, z.Clock.Now())
	h.Set("X-Chatwoot-Delivery", fmt.Sprintf("0b5b3d3e-2222-4333-8444-%012d", z.next()))
	z.Queue(Hook{Body: raw, Header: h})
}

// Sign returns the headers with which Chatwoot signs a body.
func (z *Chatwoot) Sign(raw []byte, at time.Time) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{}
	h.Set("X-Chatwoot-Timestamp", stamp)
	h.Set("X-Chatwoot-Signature", bots.NewSecrets(z.Secret).Sign(bots.HexSHA256.Prefix("sha256="), []byte(stamp+"."), raw))
	return h
}

// Change does something to a conversation. Chatwoot merges contacts, never
// conversations, and says nothing of one that is deleted.
func (z *Chatwoot) Change(ticket string, ch Change) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(ticket)
	switch ch {
	case Solve, Reopen:
		z.setStatus(c, map[Change]string{Solve: "resolved", Reopen: "open"}[ch])
	case Delete:
		c.gone = true
	default: // none of it is an activity
		left, taken, ok := displace(c.messages, ch, func(m cwMessage) bool { return m.kind == 1 && !m.private && (m.by == cwBot || m.by == cwGrace) },
			func(m *cwMessage) { m.private = true },
			func(m *cwMessage) {
				m.content, m.attributes = "This message was deleted", map[string]any{"deleted": true}
			})
		if c.messages = left; ch == MoveReply && ok {
			now := z.Clock.Now()
			z.convs = append(z.convs, &cwConv{id: z.next(), subject: "The other", status: "open", channel: c.channel, created: now, last: now, updated: now, messages: taken})
		}
		return ok
	}
	return true
}

func (z *Chatwoot) setStatus(c *cwConv, status string) {
	if c.status == status {
		return
	}
	was := c.status
	c.status, c.updated = status, z.Clock.Now()
	if status == "resolved" {
		c.events = append(c.events, z.reported(c, "conversation_resolved"))
	}
	v := z.json(c, true)
	v["changed_attributes"] = []any{map[string]any{"status": map[string]any{"previous_value": was, "current_value": status}}}
	z.event("conversation_status_changed", v)
	z.add(c, cwMessage{kind: 2, contentType: "text", content: "Conversation was marked " + status})
}

// Messages is the ledger: what our user or Grace wrote.
func (z *Chatwoot) Messages(ticket string, public bool) (out []DeskReply) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(ticket)
	if c == nil {
		return nil
	}
	for _, m := range c.messages {
		if m.kind != 1 || m.by != cwBot && m.by != cwGrace || m.private == public || m.attributes["deleted"] == true {
			continue
		}
		r := DeskReply{ID: strconv.FormatInt(m.id, 10), Text: m.content, Author: pipeline.Person{Name: cwUsers[m.by]["name"].(string), Email: cwUsers[m.by]["email"].(string)}}
		r.Marker, _ = m.attributes["footnote"].(string)
		out = append(out, r)
	}
	return out
}

// State tells a conversation's labels and status.
func (z *Chatwoot) State(ticket string) (labels []string, status string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c := z.find(ticket)
	return slices.Clone(c.labels), c.status
}
