package bottest

import (
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

// Freshdesk is a fake of Freshdesk at the level of HTTP: tickets whose first
// message is their description, conversations by page, agents, the list by
// updated_since with Link headers, time entries, rate limit headers, cleaned
// HTML, automation rules that call us unsigned, and faults.
type Freshdesk struct {
	Faults
	Outbox
	Clock  *Clock
	URL    string
	Client *http.Client
	Cut    func()
	Key    string
	Secret string // in the rules' header
	// Template is the rules' content. Unknown placeholders become nothing.
	Template string
	// Simple makes the rules send Freshdesk's own content instead.
	Simple bool
	// NoAdmin: the key belongs to an agent who must not list agents.
	NoAdmin bool
	// Between is called before each page of the list of tickets.
	Between func()
	// Entries are the account's time entries: ticket and hh:mm.
	Entries []FreshdeskEntry

	mu      sync.Mutex
	tickets []*fTicket
	n       int64
	listed  int
}

// FreshdeskEntry is a time entry.
type FreshdeskEntry struct{ Ticket, Spent string }

type fTicket struct {
	id, group                   int64
	subject, html               string
	status, source              int
	created, updated            time.Time
	attachments                 []map[string]any
	conversations               []fConversation
	tags                        []string
	deleted                     bool
	responded, resolved, reopen *time.Time
}

type fConversation struct {
	ID          int64            `json:"id"`
	Ticket      int64            `json:"ticket_id"`
	User        int64            `json:"user_id"`
	HTML        string           `json:"body"`
	Plain       string           `json:"body_text"`
	Incoming    bool             `json:"incoming"`
	Private     bool             `json:"private"`
	Source      int              `json:"source"`
	From        *string          `json:"from_email"`
	Attachments []map[string]any `json:"attachments"`
	CreatedAt   string           `json:"created_at"`
	UpdatedAt   string           `json:"updated_at"`
}

// Agents of the fake account, and its one contact.
const (
	fBot, fGrace, fAlice, fAda = 7, 8, 9, 129
)

var fAgents = map[int64]map[string]any{
	fBot:   {"id": fBot, "contact": map[string]any{"name": "Support Copilot", "email": "copilot@example.org", "active": true}},
	fGrace: {"id": fGrace, "contact": map[string]any{"name": "Grace Hopper", "email": "grace@example.org", "active": true}},
	fAlice: {"id": fAlice, "contact": map[string]any{"name": "Alice", "email": "alice@example.org", "active": true}},
}

// NewFreshdesk runs the fake until the test ends.
func NewFreshdesk(t testing.TB) *Freshdesk {
	f := &Freshdesk{Clock: NewClock(), Key: "freshdesk-api-key", Secret: "freshdesk-secret-0123456789abcdef0123456789", n: 140,
		Template: `{"schema":"copilot.freshdesk.v1","event":"{{triggered_event}}","ticket_id":"{{ticket.id}}","ticket_url":"{{ticket.url}}"}`}
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /api/v2/agents/me":                  f.getMe,
		"GET /api/v2/agents":                     f.getAgents,
		"GET /api/v2/groups/{id}":                f.getGroup,
		"GET /api/v2/tickets":                    f.getTickets,
		"GET /api/v2/tickets/{id}":               f.getTicket,
		"PUT /api/v2/tickets/{id}":               f.putTicket,
		"GET /api/v2/tickets/{id}/conversations": f.getConversations,
		"POST /api/v2/tickets/{id}/reply":        f.postReply,
		"POST /api/v2/tickets/{id}/notes":        f.postNote,
		"PUT /api/v2/conversations/{id}":         f.putConversation,
		"GET /api/v2/time_entries":               f.getTimeEntries,
	} {
		mux.HandleFunc(pattern, h)
	}
	f.URL, f.Client, f.Cut = Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Ratelimit-Total", "400")
		w.Header().Set("X-Ratelimit-Remaining", "399")
		w.Header().Set("X-Ratelimit-Used-Currentrequest", "1")
		if user, _, _ := r.BasicAuth(); user != f.Key {
			Answer(w, http.StatusUnauthorized, map[string]any{"code": "invalid_credentials", "message": "You have to be logged in to perform this action."})
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return f
}

func (f *Freshdesk) next() int64 { f.n++; return f.n }

func (f *Freshdesk) find(id string) *fTicket {
	i := slices.IndexFunc(f.tickets, func(t *fTicket) bool { return strconv.FormatInt(t.id, 10) == id })
	if i < 0 {
		return nil
	}
	return f.tickets[i]
}

func (s Said) html() string {
	if s.HTML != "" {
		return "<div>" + s.HTML + "</div>"
	}
	return "<div>" + bots.HTML(s.Text) + "</div>"
}

// files lists attachments as Freshdesk shows them.
func files(names []string) []map[string]any {
	out := []map[string]any{}
	for i, name := range names {
		out = append(out, map[string]any{"id": i + 1, "name": name, "content_type": "image/png", "size": 1, "attachment_url": "https://cdn.example/x"})
	}
	return out
}

// Begin opens a ticket. Its first message is the description.
func (f *Freshdesk) Begin(s Said) (ticket, message string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Clock.Now()
	t := &fTicket{id: f.next(), group: 5, subject: s.Subject, html: s.html(), status: 2, source: 1, created: now, updated: now, attachments: files(s.Attachments)}
	if s.Role == pipeline.RoleAgent {
		t.source = 10 // outbound e-mail
	}
	if t.subject == "" {
		t.subject = "Order 1001"
	}
	f.tickets = append(f.tickets, t)
	f.call(t, "{ticket_action:created}")
	return strconv.FormatInt(t.id, 10), "description"
}

// Write adds what Ada or Alice says. A customer's reply reopens the ticket.
func (f *Freshdesk) Write(ticket string, s Said) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.find(ticket)
	c := fConversation{User: fAlice, HTML: s.html(), Private: s.Private, Attachments: files(s.Attachments)}
	if s.Private {
		c.Source = 2
	}
	if s.Role == pipeline.RoleCustomer {
		from := "Ada <Ada@example.org>"
		c.User, c.Incoming, c.From = fAda, true, &from
	}
	return strconv.FormatInt(f.add(t, c).ID, 10)
}

func (f *Freshdesk) add(t *fTicket, c fConversation) fConversation {
	now := f.Clock.Now()
	c.ID, c.Ticket, c.HTML = f.next(), t.id, cleaned(c.HTML)
	c.Plain = bots.Text(c.HTML)
	c.CreatedAt = now.Format(time.RFC3339)
	c.UpdatedAt = c.CreatedAt
	if c.Attachments == nil {
		c.Attachments = files(nil)
	}
	if c.Incoming && t.status != 2 {
		t.reopen, t.status = &now, 2
	}
	if !c.Incoming && !c.Private && t.responded == nil {
		t.responded = &now
	}
	t.conversations, t.updated = append(t.conversations, c), now
	event := "{reply_sent:sent}"
	if c.Source == 2 {
		event = map[bool]string{true: "{note_type:private}", false: "{note_type:public}"}[c.Private]
	}
	f.call(t, event)
	return c
}

// cleaned is HTML without comments, which is where a mark could have been.
func cleaned(html string) string {
	for {
		a, rest, ok := strings.Cut(html, "<!--")
		_, b, end := strings.Cut(rest, "-->")
		if !ok || !end {
			return html
		}
		html = a + b
	}
}

// call is an automation rule at work, for actions of everybody.
func (f *Freshdesk) call(t *fTicket, event string) {
	id := strconv.FormatInt(t.id, 10)
	raw := f.Template
	for k, v := range map[string]string{"triggered_event": event, "ticket.id": id, "ticket.url": f.URL + "/a/tickets/" + id} {
		raw = strings.ReplaceAll(raw, "{{"+k+"}}", v)
	}
	if f.Simple {
		raw = fmt.Sprintf(`{"freshdesk_webhook":{"ticket_id":%d,"ticket_subject":%q,"triggered_event":%q}}`, t.id, t.subject, event)
	}
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set("X-Copilot-Token", f.Secret)
	f.Queue(Hook{Header: h, Body: []byte(raw)})
}

// Change does something to a ticket.
func (f *Freshdesk) Change(ticket string, c Change) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, now := f.find(ticket), f.Clock.Now()
	t.updated = now
	switch c {
	case Solve:
		t.status, t.resolved = 4, &now
		f.call(t, "{status:from:open:to:resolved}")
	case Reopen:
		t.status = 2
		f.call(t, "{status:to:open}")
	case Delete:
		t.deleted = true
		f.call(t, "{ticket_action:deleted}")
	case Merge: // Freshdesk closes the ticket with a private note that names the other
		t.status = 5
		f.add(t, fConversation{User: fAlice, HTML: "<div>This ticket is closed and merged into ticket 1</div>", Private: true, Source: 2})
	default:
		left, taken, ok := displace(t.conversations, c, func(c fConversation) bool { return !c.Private && (c.User == fBot || c.User == fGrace) },
			func(c *fConversation) { c.Private = true },
			func(c *fConversation) { c.HTML, c.Plain = "<div>Something else</div>", "Something else" })
		if t.conversations = left; c == MoveReply && ok {
			f.tickets = append(f.tickets, &fTicket{id: f.next(), subject: "The other", status: 2, created: now, updated: now, conversations: taken})
		}
		return ok
	}
	return true
}

// Conversations is the ledger: what our agent or Grace wrote.
func (f *Freshdesk) Conversations(ticket string, public bool) (out []DeskReply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.find(ticket)
	if t == nil {
		return nil
	}
	for _, c := range t.conversations {
		if (c.User == fBot || c.User == fGrace) && c.Private != public {
			who := fAgents[c.User]["contact"].(map[string]any)
			out = append(out, DeskReply{ID: strconv.FormatInt(c.ID, 10), Text: bots.Text(c.HTML),
				Author: pipeline.Person{Name: who["name"].(string), Email: who["email"].(string)}})
		}
	}
	return out
}

// Ticket lists a ticket's tags, and its status.
func (f *Freshdesk) Ticket(ticket string) ([]string, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.find(ticket)
	return slices.Clone(t.tags), t.status
}

// Listed counts the pages of tickets that were read.
func (f *Freshdesk) Listed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.listed
}
