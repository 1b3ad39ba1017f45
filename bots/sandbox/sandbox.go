// Package sandbox is a small desk of its own: a page where a customer writes
// and reads answers, a JSON API, and signed webhooks. It serves the demo, where
// people can see a reply arrive, and the tests, where its ledger is the oracle.
//
// Like real desks it does not de-duplicate replies, and its webhooks are a
// hint that may get lost. It shares nothing with Footnote's database. It is not
// a helpdesk for production: everybody with the page can write a ticket.
package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Server.
type Config struct {
	// Path of the JSONL ledger; empty keeps everything in memory.
	Path string
	// WebhookURL is told of messages and status changes; empty sends none.
	WebhookURL string
	// Secret signs the webhooks (Standard Webhooks; whsec_ or plain).
	Secret string
	// Token is the API's bearer token; empty closes the API.
	Token string
	// PublicURL is the server's address as people reach it, without a slash at
	// the end; it begins the tickets' links.
	PublicURL string
	// Brand names the company on the customer's page; empty means "Help desk".
	Brand string
	// Products and Locales are offered on the form when there are any.
	Products []string
	Locales  []string
	// Retries are the waits before a webhook is sent again; nil means 1 s, 5 s,
	// 30 s, 2 min. After the last one it is lost, as with real desks.
	Retries []time.Duration
	// Network, when set, decides what becomes of each webhook: return it to
	// send it, twice to duplicate it, nothing to lose it, keep one back to
	// reorder. Calls come one at a time.
	Network func(Hook) []Hook
	HTTP    *http.Client // for webhooks; nil means one with a timeout of 10 s
	Now     func() time.Time
	Log     *slog.Logger
}

// Server is the desk. Handler serves it.
type Server struct {
	c     Config
	keys  bots.WebhookKeys
	hooks *sender
	mux   http.Handler

	mu      sync.Mutex
	ledger  *ledger
	tickets map[string]*ticket
	faults  map[Route][]Fault
	changed chan struct{} // closed and replaced at every change
	closed  chan struct{}
	once    sync.Once
}

// ticket is the current state, rebuilt from the ledger.
type ticket struct {
	bots.InboundTicket
	owner    string // hash of the customer's cookie; empty for API tickets
	messages []stored
}

type stored struct {
	bots.InboundMessage
	visible time.Time
}

// Open reads the ledger and starts the webhook sender. Close ends it.
func Open(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Brand == "" {
		c.Brand = "Help desk"
	}
	if c.Retries == nil {
		c.Retries = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute}
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	keys, err := bots.NewWebhookKeys(c.Secret)
	if err != nil {
		return nil, err
	}
	s := &Server{c: c, keys: keys, tickets: map[string]*ticket{}, faults: map[Route][]Fault{}, changed: make(chan struct{}), closed: make(chan struct{})}
	if s.ledger, err = openLedger(c.Path, s.apply); err != nil {
		return nil, err
	}
	s.hooks = newSender(c, keys)
	s.mux = s.routes()
	return s, nil
}

// Close ends live pages and the webhook sender, and closes the ledger. Call it
// before shutting the HTTP server down, so that live pages do not hold it up.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closed)
		s.hooks.close()
		s.mu.Lock()
		defer s.mu.Unlock()
		err = s.ledger.close()
	})
	return err
}

// Handler serves /sandbox/.
func (s *Server) Handler() http.Handler { return s.mux }

// ServeHTTP serves /sandbox/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Settled waits until every webhook under way is delivered, lost or given up.
func (s *Server) Settled() { s.hooks.settled() }

// write appends an entry to the ledger, then applies it; nothing changes when
// the ledger cannot be written. The caller holds mu.
func (s *Server) write(e Entry) (Entry, error) {
	e, err := s.ledger.append(e)
	if err != nil {
		return e, err
	}
	s.apply(e)
	close(s.changed)
	s.changed = make(chan struct{})
	return e, nil
}

// apply brings the state up to an entry.
func (s *Server) apply(e Entry) {
	t := s.tickets[e.Ticket]
	switch {
	case e.Op == OpTicket && e.New != nil:
		t = &ticket{InboundTicket: *e.New, owner: e.Owner}
		t.Status, t.CreatedAt = pipeline.StatusOpen, e.At
		s.tickets[e.Ticket] = t
	case t == nil:
		return
	case e.Op == OpMessage && e.Message != nil:
		t.messages = append(t.messages, stored{*e.Message, e.Visible})
		if public(*e.Message) {
			switch e.Message.Role {
			case pipeline.RoleCustomer:
				t.Status = pipeline.StatusOpen
			case pipeline.RoleAgent:
				t.Status = pipeline.StatusPending
			}
		}
	case e.Op == OpStatus:
		t.Status = e.Status
	case e.Op == OpRemoved && e.Message != nil:
		t.messages = slices.DeleteFunc(t.messages, func(m stored) bool { return m.ID == e.Message.ID })
	default:
		return // refused: the ledger keeps it, the ticket does not change
	}
	t.UpdatedAt = e.At
}

func public(m bots.InboundMessage) bool { return m.Public == nil || *m.Public }

// open creates a ticket with its first message, after an imported history.
func (s *Server) open(t bots.InboundTicket, text, owner string, history []Turn) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := strconv.Itoa(1001 + len(s.tickets))
	t.ID, t.URL, t.Messages = id, s.link(id), nil
	e, err := s.write(Entry{At: s.c.Now().UTC(), Op: OpTicket, Ticket: id, New: &t, Owner: owner})
	if err != nil {
		return "", err
	}
	for i, turn := range history {
		m := bots.InboundMessage{ID: "m" + strconv.Itoa(s.ledger.n+1), Role: turn.Role, Text: turn.Text, At: e.At.Add(time.Duration(i-len(history)) * time.Minute)}
		if turn.Role == pipeline.RoleCustomer {
			m.Author = t.Requester
		}
		if _, err := s.write(Entry{At: m.At, Op: OpMessage, Ticket: id, Message: &m}); err != nil {
			return "", err
		}
	}
	_, err = s.message(id, bots.InboundMessage{Role: pipeline.RoleCustomer, Author: t.Requester, Text: text, At: e.At}, 0)
	return id, err
}

// message adds a message and tells the webhook. The caller holds mu.
func (s *Server) message(id string, m bots.InboundMessage, hide time.Duration) (string, error) {
	t, ok := s.tickets[id]
	if !ok {
		return "", pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", bots.Plain(id, 40))
	}
	now := s.c.Now().UTC()
	m.ID, m.At = "m"+strconv.Itoa(s.ledger.n+1), now
	e := Entry{At: now, Op: OpMessage, Ticket: id, Message: &m}
	if hide > 0 {
		e.Visible = now.Add(hide)
	}
	e, err := s.write(e)
	if err != nil {
		return "", err
	}
	s.tell(e.N, bots.Inbound{Kind: bots.KindMessage, Ticket: t.InboundTicket, Message: &m})
	return m.ID, nil
}

// Remove takes a message out of its ticket, as people do who delete it or move it
// elsewhere; the ledger keeps it. For tests of what is lost from sight.
func (s *Server) Remove(ticket, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.write(Entry{At: s.c.Now().UTC(), Op: OpRemoved, Ticket: ticket, Message: &bots.InboundMessage{ID: message}})
	return err
}

// setStatus solves or reopens a ticket.
func (s *Server) setStatus(id string, status pipeline.TicketStatus) error {
	switch status {
	case pipeline.StatusOpen, pipeline.StatusPending, pipeline.StatusSolved:
	default:
		return pipeline.Errorf(pipeline.Invalid, "The status must be open, pending or solved.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tickets[id]
	if !ok {
		return pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", bots.Plain(id, 40))
	}
	e, err := s.write(Entry{At: s.c.Now().UTC(), Op: OpStatus, Ticket: id, Status: status})
	if err != nil {
		return err
	}
	s.tell(e.N, bots.Inbound{Kind: bots.KindStatus, Ticket: t.InboundTicket})
	return nil
}

func (s *Server) tell(n int, in bots.Inbound) {
	if s.c.WebhookURL != "" {
		s.hooks.add(n, in)
	}
}

// view is a ticket as readers see it now: messages that are not visible yet are
// left out. NotFound when there is none.
func (s *Server) view(id string) (bots.InboundTicket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tickets[id]
	if !ok {
		return bots.InboundTicket{}, pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", bots.Plain(id, 40))
	}
	out, now := t.InboundTicket, s.c.Now()
	for _, m := range t.messages {
		if !m.visible.After(now) {
			out.Messages = append(out.Messages, m.InboundMessage)
		}
	}
	return out, nil
}

// list returns the tickets that match, the last changed first.
func (s *Server) list(match func(*ticket) bool) []bots.InboundTicket {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []bots.InboundTicket{}
	for _, t := range s.tickets {
		if match(t) {
			out = append(out, t.InboundTicket)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if !out[i].UpdatedAt.Equal(out[j].UpdatedAt) {
			return out[i].UpdatedAt.After(out[j].UpdatedAt)
		}
		return out[i].ID > out[j].ID
	})
	return out
}

// Ledger returns every entry so far, oldest first: what customers and agents
// wrote and every POST of a reply, also those that were refused.
func (s *Server) Ledger() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Entry(nil), s.ledger.entries...)
}

// key opens one ticket's page to whoever has the link: agents come by it.
func (s *Server) key(id string) string {
	m := hmac.New(sha256.New, []byte("sandbox ticket key\x00"+s.c.Token))
	m.Write([]byte(id))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

func (s *Server) link(id string) string {
	return fmt.Sprintf("%s/sandbox/tickets/%s?key=%s", s.c.PublicURL, id, s.key(id))
}

// signal returns a channel that closes at the next change.
func (s *Server) signal() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}
