package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"footnote/bots"
	"footnote/pipeline"
)

// maxBody bounds what one request may carry.
const maxBody = 1 << 20

// routes is every route of the desk on one screen. Pages need no token: a
// ticket belongs to the browser that wrote it, or to whoever has its link.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	api := func(pattern string, h func(http.ResponseWriter, *http.Request) error) { mux.Handle(pattern, s.api(h)) }
	api("GET /sandbox/api/tickets", s.apiList) // ?since=RFC 3339
	api("POST /sandbox/api/tickets", s.apiOpen)
	api("GET /sandbox/api/tickets/{id}", s.apiTicket)
	api("POST /sandbox/api/tickets/{id}/messages", s.apiMessage) // as the customer
	api("POST /sandbox/api/tickets/{id}/replies", s.apiReply)    // as an agent, by Footnote or natively
	api("POST /sandbox/api/tickets/{id}/status", s.apiStatus)

	page := func(pattern string, h func(http.ResponseWriter, *http.Request) error) { mux.Handle(pattern, s.page(h)) }
	page("GET /sandbox/{$}", s.pageHome)
	page("POST /sandbox/tickets", s.pageOpen)
	page("GET /sandbox/tickets/{id}", s.pageTicket)
	page("GET /sandbox/tickets/{id}/thread", s.pageThread) // the part that changes
	page("GET /sandbox/tickets/{id}/live", s.pageLive)     // tells when it changed
	page("POST /sandbox/tickets/{id}/messages", s.pageMessage)
	page("POST /sandbox/tickets/{id}/solve", s.pageStatus(pipeline.StatusSolved))
	page("POST /sandbox/tickets/{id}/reopen", s.pageStatus(pipeline.StatusOpen))
	mux.Handle("GET /sandbox/assets/", http.StripPrefix("/sandbox/", assets()))
	mux.Handle("GET /sandbox", http.RedirectHandler("/sandbox/", http.StatusMovedPermanently))
	return mux
}

// NewTicket is the body of POST /sandbox/api/tickets.
type NewTicket struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Locale  string `json:"locale,omitempty"`
	Product string `json:"product,omitempty"`
	Queue   string `json:"queue,omitempty"`
	// History is an earlier conversation, oldest first, as after an import from
	// another desk: no webhook tells of it, reading the ticket shows it.
	History []Turn `json:"history,omitempty"`
}

// Turn is one message of an imported conversation.
type Turn struct {
	Role pipeline.Role `json:"role"` // customer | agent
	Text string        `json:"text"`
}

// NewReply is the body of POST …/replies. Public defaults to true; a private
// one is a note.
type NewReply struct {
	Text      string              `json:"text"`
	Marker    string              `json:"marker,omitempty"`
	Author    pipeline.Person     `json:"author,omitzero"`
	Recipient pipeline.Person     `json:"recipient,omitzero"`
	Citations []pipeline.Citation `json:"citations,omitempty"`
	Public    *bool               `json:"public,omitempty"`
	// Seen is the ticket's updated_at as it was read: 412 when it changed since.
	Seen time.Time `json:"seen,omitzero"`
}

func (s *Server) api(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		var err error
		switch {
		case s.c.Token == "":
			err = &pipeline.Error{Kind: pipeline.Denied, Say: "The API is closed until a token is configured."}
		case !bearer || subtle.ConstantTimeCompare([]byte(token), []byte(s.c.Token)) != 1:
			w.WriteHeader(http.StatusUnauthorized)
			writeJSON(w, map[string]string{"error": "The token is missing or wrong."})
			return
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			err = h(w, r)
		}
		if err != nil {
			w.WriteHeader(s.status(err))
			writeJSON(w, map[string]string{"error": pipeline.Say(err)})
		}
	})
}

// status maps an error's kind to HTTP, and logs what is our own fault.
func (s *Server) status(err error) int {
	switch pipeline.KindOf(err) {
	case pipeline.NotFound:
		return http.StatusNotFound
	case pipeline.Invalid:
		return http.StatusBadRequest
	case pipeline.Denied:
		return http.StatusForbidden
	}
	s.c.Log.Error("sandbox", "error", err)
	return http.StatusInternalServerError
}

func writeJSON(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func readBody(r *http.Request, v any) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return tooLarge(err)
	}
	return bots.DecodeStrict(raw, v)
}

func tooLarge(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return pipeline.Errorf(pipeline.Invalid, "That is too long.")
	}
	return pipeline.Errorf(pipeline.Invalid, "The request ended early.")
}

func (s *Server) apiOpen(w http.ResponseWriter, r *http.Request) error {
	var in NewTicket
	if err := readBody(r, &in); err != nil {
		return err
	}
	id, err := s.openTicket(in, "")
	if err != nil {
		return err
	}
	return s.created(w, id)
}

func (s *Server) created(w http.ResponseWriter, id string) error {
	t, err := s.view(id)
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	writeJSON(w, t)
	return nil
}

// openTicket checks a new ticket and writes it.
func (s *Server) openTicket(in NewTicket, owner string) (string, error) {
	if err := checkText(in.Text); err != nil {
		return "", err
	}
	for _, turn := range in.History {
		if err := checkText(turn.Text); err != nil {
			return "", err
		}
		if turn.Role != pipeline.RoleCustomer && turn.Role != pipeline.RoleAgent {
			return "", pipeline.Errorf(pipeline.Invalid, "The role of each turn must be customer or agent.")
		}
	}
	for _, f := range []string{in.Subject, in.Name, in.Email, in.Locale, in.Product, in.Queue} {
		if len(f) > 500 {
			return "", pipeline.Errorf(pipeline.Invalid, "One of the short fields is longer than 500 bytes.")
		}
	}
	if in.Subject = bots.Plain(in.Subject, 200); in.Subject == "" {
		in.Subject = bots.Plain(in.Text, 60)
	}
	who := pipeline.Person{Name: bots.Plain(in.Name, 100), Email: bots.Plain(in.Email, 200)}
	if owner != "" {
		who.ID = owner[:12]
	}
	return s.open(bots.InboundTicket{Subject: in.Subject, Locale: in.Locale, Product: in.Product, Queue: in.Queue, Requester: who}, in.Text, owner, in.History)
}

func checkText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return pipeline.Errorf(pipeline.Invalid, "Please write a message.")
	case len(text) > 64<<10:
		return pipeline.Errorf(pipeline.Invalid, "The message has %d characters, %d bytes; the limit is %d bytes. Shorten it; nothing was sent.", utf8.RuneCountInString(text), len(text), 64<<10)
	}
	return nil
}

func (s *Server) apiTicket(w http.ResponseWriter, r *http.Request) error {
	if f := s.take(RouteRead); s.linger(f, r) || f.any() {
		f.answer(w)
		return nil
	}
	t, err := s.view(r.PathValue("id"))
	if err == nil {
		writeJSON(w, t)
	}
	return err
}

func (s *Server) apiList(w http.ResponseWriter, r *http.Request) error {
	if f := s.take(RouteRead); s.linger(f, r) || f.any() {
		f.answer(w)
		return nil
	}
	since := time.Time{}
	if v := r.URL.Query().Get("since"); v != "" {
		var err error
		if since, err = time.Parse(time.RFC3339Nano, v); err != nil {
			return pipeline.Errorf(pipeline.Invalid, "The parameter since must be a time as in RFC 3339.")
		}
	}
	writeJSON(w, map[string]any{"tickets": s.list(func(t *ticket) bool { return !t.UpdatedAt.Before(since) })})
	return nil
}

func (s *Server) apiMessage(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Text, Name, Email string }
	if err := readBody(r, &in); err != nil {
		return err
	}
	if err := checkText(in.Text); err != nil {
		return err
	}
	s.mu.Lock()
	m := bots.InboundMessage{Role: pipeline.RoleCustomer, Author: pipeline.Person{Name: in.Name, Email: in.Email}, Text: in.Text}
	if t, ok := s.tickets[r.PathValue("id")]; ok && m.Author == (pipeline.Person{}) {
		m.Author = t.Requester
	}
	id, err := s.message(r.PathValue("id"), m, 0)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	writeJSON(w, map[string]string{"id": id})
	return nil
}

func (s *Server) apiReply(w http.ResponseWriter, r *http.Request) error {
	var in NewReply
	if err := readBody(r, &in); err != nil {
		return err
	}
	if err := checkText(in.Text); err != nil {
		return err
	}
	ticket := r.PathValue("id")
	m := bots.InboundMessage{Role: pipeline.RoleAgent, Author: in.Author, Text: in.Text, Marker: in.Marker, Public: in.Public}
	if s.changedSince(ticket, in.Seen) {
		w.WriteHeader(http.StatusPreconditionFailed)
		return nil
	}
	f := s.take(RouteReply)
	id := ""
	record := func() (err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		id, err = s.message(ticket, m, f.Hide)
		return err
	}
	if f.Accept {
		if err := record(); err != nil {
			return err
		}
	}
	if gone := s.linger(f, r); gone || f.any() {
		if !f.Accept {
			s.refused(ticket, m)
		}
		if gone {
			return nil
		}
		f.answer(w)
		return nil
	}
	if !f.Accept {
		if err := record(); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusCreated)
	writeJSON(w, map[string]string{"id": id})
	return nil
}

// changedSince tells whether a ticket changed since somebody saw it; zero: nobody asks.
func (s *Server) changedSince(ticket string, seen time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tickets[ticket]
	return ok && !seen.IsZero() && t.UpdatedAt.After(seen)
}

// refused keeps a reply that was not accepted in the ledger.
func (s *Server) refused(ticket string, m bots.InboundMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.write(Entry{At: s.c.Now().UTC(), Op: OpRefused, Ticket: ticket, Message: &m}); err != nil {
		s.c.Log.Error("sandbox", "error", err)
	}
}

func (s *Server) apiStatus(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Status pipeline.TicketStatus `json:"status"`
	}
	if err := readBody(r, &in); err != nil {
		return err
	}
	if err := s.setStatus(r.PathValue("id"), in.Status); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// blank tells a form that was not filled in.
func (n NewTicket) blank() bool {
	return n.Subject+n.Text+n.Name+n.Email+n.Locale+n.Product+n.Queue == ""
}
