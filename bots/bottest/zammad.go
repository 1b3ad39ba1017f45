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

// Zammad is a fake of Zammad at the level of HTTP: tickets, articles, users,
// acting for others by From, the search by condition with pages of a size that
// it does not tell, histories, tags, shared drafts, webhooks and triggers, and
// faults.
type Zammad struct {
	Faults
	Outbox
	Clock  *Clock
	URL    string
	Client *http.Client
	Cut    func()
	Secret string // the webhook's HMAC token
	Token  string
	// Forget makes articles lose their preferences; NoActing takes admin.user
	// from our token; SLA makes tickets carry minutes of business hours; Page
	// is the size of a page of the search at most.
	Forget, NoActing, SLA bool
	Page                  int
	Web                   bool // tickets come from the web portal

	mu       sync.Mutex
	tickets  []*zmTicket
	n        int64
	webhooks []map[string]any
	triggers []map[string]any
}

type zmTicket struct {
	id                                      int64
	title, state                            string
	created, updated, replied, closed, last time.Time
	articles                                []zmArticle
	tags                                    []string
	history                                 []map[string]any
	draft                                   map[string]any
	pending                                 string
}

type zmArticle struct {
	ID          int64            `json:"id"`
	Ticket      int64            `json:"ticket_id"`
	Type        string           `json:"type"`
	Sender      string           `json:"sender"`
	Internal    bool             `json:"internal"`
	From        string           `json:"from"`
	To          *string          `json:"to"`
	CC          *string          `json:"cc"`
	Subject     *string          `json:"subject"`
	InReplyTo   *string          `json:"in_reply_to"`
	MessageID   *string          `json:"message_id"`
	Body        string           `json:"body"`
	ContentType string           `json:"content_type"`
	By          int64            `json:"created_by_id"`
	Origin      *int64           `json:"origin_by_id"`
	Preferences map[string]any   `json:"preferences"`
	Attachments []map[string]any `json:"attachments"`
	CreatedAt   time.Time        `json:"created_at"`
}

// Users of the fake account. Bob is a customer.
const (
	zmBot, zmGrace, zmAlice, zmAda, zmBob = 42, 43, 44, 8, 9
)

var zmUsers = map[int64]map[string]any{
	zmBot:   zmUser(zmBot, "Support", "Copilot", "copilot@example.org", "Agent"),
	zmGrace: zmUser(zmGrace, "Grace", "Hopper", "grace@example.org", "Agent"),
	zmAlice: zmUser(zmAlice, "Alice", "Agent", "alice@example.org", "Agent"),
	zmAda:   zmUser(zmAda, "Ada", "", "ada@example.org", "Customer"),
	zmBob:   zmUser(zmBob, "Bob", "", "bob@example.org", "Customer"),
}

func zmUser(id int64, first, last, email, role string) map[string]any {
	groups := map[string][]string{}
	if role == "Agent" {
		groups["1"] = []string{"full"}
	}
	return map[string]any{"id": id, "login": email, "firstname": first, "lastname": last, "email": email, "active": true, "roles": []string{role},
		"group_ids": groups, "organization": nil, "preferences": map[string]any{"locale": "en-us"}, "note": nil}
}

func zmName(id int64) string {
	return strings.TrimSpace(fmt.Sprint(zmUsers[id]["firstname"], " ", zmUsers[id]["lastname"]))
}

// NewZammad runs the fake until the test ends.
func NewZammad(t testing.TB) *Zammad {
	z := &Zammad{Clock: NewClock(), Secret: "zammad-hmac-token", Token: "zammad-access-token", Page: 10, n: 80}
	mux := http.NewServeMux()
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request, int64){
		"GET /api/v1/users/me":                       func(w http.ResponseWriter, _ *http.Request, by int64) { Answer(w, 200, zmUsers[by]) },
		"GET /api/v1/users/search":                   z.searchUsers,
		"GET /api/v1/users/{id}":                     z.getUser,
		"GET /api/v1/tickets/{id}":                   z.getTicket,
		"PUT /api/v1/tickets/{id}":                   z.putTicket,
		"GET /api/v1/ticket_articles/by_ticket/{id}": z.getArticles,
		"POST /api/v1/ticket_articles":               z.postArticle,
		"POST /api/v1/tickets/search":                z.search,
		"GET /api/v1/ticket_history/{id}":            z.getHistory,
		"GET /api/v1/ticket_states":                  z.getStates,
		"POST /api/v1/tags/add":                      z.addTag,
		"GET /api/v1/tickets/{id}/shared_draft":      z.getDraft,
		"PUT /api/v1/tickets/{id}/shared_draft":      z.putDraft,
		"DELETE /api/v1/tickets/{id}/shared_draft":   z.deleteDraft,
		"GET /api/v1/webhooks":                       z.list(&z.webhooks),
		"POST /api/v1/webhooks":                      z.save(&z.webhooks),
		"PUT /api/v1/webhooks/{id}":                  z.save(&z.webhooks),
		"GET /api/v1/triggers":                       z.list(&z.triggers),
		"POST /api/v1/triggers":                      z.save(&z.triggers),
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Token token="+z.Token {
				Answer(w, http.StatusUnauthorized, map[string]any{"error": "Invalid token", "error_human": "Invalid token"})
				return
			}
			by := int64(zmBot)
			if from := r.Header.Get("From"); from != "" {
				by, _ = strconv.ParseInt(from, 10, 64)
				if z.NoActing || zmUsers[by] == nil {
					Answer(w, http.StatusForbidden, map[string]any{"error": "Current user has no permission to use 'From'/'X-On-Behalf-Of'!"})
					return
				}
			}
			h(w, r, by)
		})
	}
	z.URL, z.Client, z.Cut = Serve(t, mux)
	return z
}

func (z *Zammad) next() int64 { z.n++; return z.n }

func (z *Zammad) find(id string) *zmTicket {
	i := slices.IndexFunc(z.tickets, func(t *zmTicket) bool { return strconv.FormatInt(t.id, 10) == id })
	if i < 0 {
		return nil
	}
	return z.tickets[i]
}

// Begin opens a ticket with its first article: one webhook.
func (z *Zammad) Begin(s Said) (ticket, message string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	now := z.Clock.Now()
	t := &zmTicket{id: z.next(), title: s.Subject, state: "new", created: now, updated: now}
	if t.title == "" {
		t.title = "Order 1001"
	}
	z.tickets = append(z.tickets, t)
	return strconv.FormatInt(t.id, 10), z.said(t, s)
}

// Write adds an article by Ada or by Alice.
func (z *Zammad) Write(ticket string, s Said) string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.said(z.find(ticket), s)
}

func (z *Zammad) said(t *zmTicket, s Said) string {
	id := fmt.Sprintf("<%d@mail.example.org>", z.n)
	a := zmArticle{Type: "email", Sender: "Customer", From: "Ada <ada@example.org>", Body: s.HTML, ContentType: "text/html", By: zmAda, MessageID: &id, Internal: s.Private,
		Preferences: map[string]any{"send-auto-response": !s.Auto, "is-auto-response": s.Auto}}
	if z.Web {
		a.Type, a.From = "web", "Ada"
	}
	if s.Role == pipeline.RoleAgent {
		a.Sender, a.From, a.By = "Agent", "Alice Agent via Support <support@example.org>", zmAlice
	}
	if s.HTML == "" {
		a.Body, a.ContentType = s.Text, "text/plain"
	}
	for _, name := range s.Attachments {
		a.Attachments = append(a.Attachments, map[string]any{"id": z.next(), "filename": name, "size": "1", "preferences": map[string]any{}})
	}
	if a.Sender == "Customer" && t.state == "closed" { // a follow-up reopens, in the same change
		t.history = append(t.history, map[string]any{"object": "Ticket", "type": "updated", "attribute": "state", "value_from": t.state, "value_to": "open", "created_at": z.Clock.Now()})
		t.state = "open"
	}
	return strconv.FormatInt(z.add(t, a), 10)
}

func (z *Zammad) add(t *zmTicket, a zmArticle) int64 {
	a.ID, a.Ticket, a.CreatedAt = z.next(), t.id, z.Clock.Now()
	if a.Attachments == nil {
		a.Attachments = []map[string]any{}
	}
	t.articles, t.updated = append(t.articles, a), a.CreatedAt
	if a.Sender == "Agent" && !a.Internal && t.replied.IsZero() {
		t.replied = a.CreatedAt
	}
	z.event(t, a)
	return a.ID
}

// event queues the webhook of a trigger: the default payload, with all its nulls.
func (z *Zammad) event(t *zmTicket, article any) {
	ticket := z.json(t)
	ticket["customer"], ticket["owner"], ticket["organization"] = zmUsers[zmAda], nil, nil
	ticket["group"] = map[string]any{"id": 3, "name": "Orders"}
	raw, _ := json.Marshal(map[string]any{"ticket": ticket, "article": article})
	h := z.Sign(raw, z.Clock.Now())
	h.Set("X-Zammad-Trigger", "Footnote: ticket updated")
	h.Set("X-Zammad-Delivery", fmt.Sprintf("6f1c2f9e-1111-4222-8333-%012d", z.next()))
	z.Queue(Hook{Body: raw, Header: h})
}

// Sign returns the headers with which Zammad signs a body.
func (z *Zammad) Sign(raw []byte, _ time.Time) http.Header {
	h := http.Header{}
	h.Set("X-Hub-Signature", bots.NewSecrets(z.Secret).Sign(bots.HexSHA1.Prefix("sha1="), raw))
	return h
}

// Change does something to a ticket. Deleting one tells nobody.
func (z *Zammad) Change(ticket string, c Change) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(ticket)
	switch c {
	case Solve, Reopen:
		z.setState(t, map[Change]string{Solve: "closed", Reopen: "open"}[c])
	case Delete:
		z.tickets = slices.DeleteFunc(z.tickets, func(o *zmTicket) bool { return o == t })
	case Merge: // the articles move to the other ticket
		now := z.Clock.Now()
		into := &zmTicket{id: z.next(), title: "The other", state: "open", created: now, updated: now, articles: t.articles}
		for i := range into.articles {
			into.articles[i].Ticket = into.id
		}
		z.tickets, t.articles = append(z.tickets, into), nil
		z.setState(t, "merged")
		z.add(t, zmArticle{Type: "note", Sender: "Agent", From: "Alice Agent", Body: "merged", ContentType: "text/plain", By: zmAlice})
	default:
		left, taken, ok := displace(t.articles, c, func(a zmArticle) bool { return !a.Internal && (a.By == zmBot || a.By == zmGrace) },
			func(a *zmArticle) { a.Internal = true },
			func(a *zmArticle) { a.Body, a.Preferences = "Something else", map[string]any{} })
		if t.articles = left; c == MoveReply && ok {
			now := z.Clock.Now()
			z.tickets = append(z.tickets, &zmTicket{id: z.next(), title: "The other", state: "open", created: now, updated: now, articles: taken})
		}
		return ok
	}
	return true
}

func (z *Zammad) setState(t *zmTicket, state string) {
	if t.state == state {
		return
	}
	now := z.Clock.Now()
	t.history = append(t.history, map[string]any{"object": "Ticket", "type": "updated", "attribute": "state", "value_from": t.state, "value_to": state, "created_at": now})
	t.state, t.updated = state, now
	if state == "closed" {
		if t.last = now; t.closed.IsZero() {
			t.closed = now
		}
	}
	z.event(t, map[string]any{})
}

// Articles is the ledger: what our user or Grace wrote.
func (z *Zammad) Articles(ticket string, public bool) (out []DeskReply) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(ticket)
	if t == nil {
		return nil
	}
	for _, a := range t.articles {
		if a.By != zmBot && a.By != zmGrace || a.Internal == public {
			continue
		}
		r := DeskReply{ID: strconv.FormatInt(a.ID, 10), Text: bots.Text(a.Body), Author: pipeline.Person{Name: zmName(a.By), Email: zmUsers[a.By]["email"].(string)}}
		r.Marker, _ = a.Preferences["footnote"].(string)
		if a.To != nil {
			r.Recipient.Email = *a.To
		}
		out = append(out, r)
	}
	return out
}

// State tells a ticket's tags, state, and when it is reminded of.
func (z *Zammad) State(ticket string) (tags []string, state, pending string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(ticket)
	return slices.Clone(t.tags), t.state, t.pending
}

// Draft is the ticket's shared draft; nil when there is none.
func (z *Zammad) Draft(ticket string) map[string]any {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.find(ticket).draft
}

// Last is the newest article of a ticket.
func (z *Zammad) Last(ticket string) (kind, inReplyTo, subject string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.find(ticket)
	a := t.articles[len(t.articles)-1]
	if a.InReplyTo != nil {
		inReplyTo = *a.InReplyTo
	}
	if a.Subject != nil {
		subject = *a.Subject
	}
	return a.Type, inReplyTo, subject
}
