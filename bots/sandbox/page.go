package sandbox

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

//go:embed assets/*.css assets/*.js assets/*.svg
var assetFiles embed.FS

//go:embed assets/*.html
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"parts": parts, "iso": iso, "when": when}).ParseFS(pageFiles, "assets/*.html"))

// policy lets a page load its own style, script and images and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const cookieName = "sandbox_customer"

func assets() http.Handler {
	sub, err := fs.Sub(assetFiles, ".")
	if err != nil { // "." is always there
		panic(err)
	}
	files := http.FileServerFS(sub)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(w, r)
	})
}

// layout is what every page shows.
type layout struct {
	Brand string
	Title string
	Lang  string
}

type homePage struct {
	layout
	Tickets  []bots.InboundTicket
	Products []string
	Locales  []string
	Form     NewTicket
	Problem  string
}

type ticketPage struct {
	layout
	Ticket  bots.InboundTicket
	Key     string // empty for the owner, who has the cookie
	As      string // who is to have written it: customer, or agent with the key
	Draft   string
	Problem string
}

// Query is the link's key, for forms and links of the page.
func (p ticketPage) Query() template.URL {
	if p.Key == "" {
		return ""
	}
	return template.URL("?key=" + url.QueryEscape(p.Key)) //nolint:gosec // escaped here
}

type problemPage struct {
	layout
	Say string
}

func (s *Server) page(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			w.Header().Set(k, v)
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := h(w, r); err != nil {
			s.render(w, s.status(err), "problem", problemPage{s.layout("Not possible"), pipeline.Say(err)})
		}
	})
	return http.NewCrossOriginProtection().Handler(inner)
}

func (s *Server) layout(title string) layout {
	return layout{Brand: s.c.Brand, Title: title, Lang: "en"}
}

func (s *Server) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		s.c.Log.Error("sandbox: render page", "page", name, "error", err)
		http.Error(w, "The page could not be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

// customer returns the hash of the browser's cookie; empty without one.
func customer(r *http.Request) string {
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) != 32 {
		return ""
	}
	sum := sha256.Sum256([]byte(c.Value))
	return hex.EncodeToString(sum[:])
}

// newCustomer gives the browser a cookie.
func newCustomer(w http.ResponseWriter, r *http.Request) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	v := hex.EncodeToString(b[:])
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: v, Path: "/sandbox/", HttpOnly: true, Secure: r.TLS != nil,
		SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600})
	sum := sha256.Sum256([]byte(v))
	return hex.EncodeToString(sum[:])
}

// mine checks that the browser may see the ticket: by its cookie, or by the
// link's key. Others learn nothing, not even that the ticket exists.
func (s *Server) mine(r *http.Request) (ticketPage, error) {
	id, key := r.PathValue("id"), r.URL.Query().Get("key")
	t, err := s.view(id)
	if err == nil {
		s.mu.Lock()
		owner := s.tickets[id].owner
		s.mu.Unlock()
		if subtle.ConstantTimeCompare([]byte(key), []byte(s.key(id))) == 1 {
			return ticketPage{layout: s.layout(t.Subject), Ticket: t, Key: key}, nil
		}
		if who := customer(r); who != "" && who == owner {
			return ticketPage{layout: s.layout(t.Subject), Ticket: t}, nil
		}
	}
	return ticketPage{}, pipeline.Errorf(pipeline.NotFound, "There is no such request here. It may belong to another browser.")
}

func (s *Server) pageHome(w http.ResponseWriter, r *http.Request) error {
	s.home(w, r, http.StatusOK, NewTicket{}, "")
	return nil
}

func (s *Server) home(w http.ResponseWriter, r *http.Request, status int, form NewTicket, problem string) {
	p := homePage{layout: s.layout("Ask us"), Products: s.c.Products, Locales: s.c.Locales, Form: form, Problem: problem}
	if who := customer(r); who != "" {
		p.Tickets = s.list(func(t *ticket) bool { return t.owner == who })
		if len(p.Tickets) > 0 && form.blank() {
			p.Form.Name, p.Form.Email = p.Tickets[0].Requester.Name, p.Tickets[0].Requester.Email
		}
	}
	s.render(w, status, "home", p)
}

func (s *Server) pageOpen(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return tooLarge(err)
	}
	f := r.PostForm
	in := NewTicket{Subject: f.Get("subject"), Text: lines(f.Get("text")), Name: f.Get("name"), Email: f.Get("email"),
		Locale: f.Get("locale"), Product: f.Get("product")}
	who := customer(r)
	if who == "" {
		who = newCustomer(w, r)
	}
	id, err := s.openTicket(in, who)
	if pipeline.KindOf(err) == pipeline.Invalid {
		s.home(w, r, http.StatusBadRequest, in, pipeline.Say(err))
		return nil
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/sandbox/tickets/"+id, http.StatusSeeOther)
	return nil
}

func (s *Server) pageTicket(w http.ResponseWriter, r *http.Request) error {
	p, err := s.mine(r)
	if err == nil {
		s.render(w, http.StatusOK, "ticket", p)
	}
	return err
}

func (s *Server) pageThread(w http.ResponseWriter, r *http.Request) error {
	p, err := s.mine(r)
	if err == nil {
		s.render(w, http.StatusOK, "thread", p)
	}
	return err
}

// pageLive tells the page, as server-sent events, that the thread changed.
func (s *Server) pageLive(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.mine(r); err != nil {
		return err
	}
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // a live page outlasts the server's write timeout
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	_, _ = fmt.Fprint(w, "retry: 2000\n\n")
	last := -1
	for {
		changed := s.signal()
		p, err := s.mine(r)
		if err != nil {
			return nil
		}
		if n := len(p.Ticket.Messages)*4 + len(p.Ticket.Status); n != last {
			last = n
			_, _ = fmt.Fprintf(w, "event: change\ndata: %d\n\n", n)
		}
		if rc.Flush() != nil {
			return nil
		}
		beat := time.NewTimer(15 * time.Second) // also shows replies that became visible
		select {
		case <-changed:
		case <-beat.C:
			_, _ = fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
		case <-s.closed:
		}
		beat.Stop()
		select {
		case <-r.Context().Done():
			return nil
		case <-s.closed:
			return nil
		default:
		}
	}
}

// supportTeam writes what agents write on these pages themselves.
var supportTeam = pipeline.Person{ID: "support", Name: "Support team", Email: "support@sandbox.example"}

// pageMessage takes what the customer writes, or what an agent does who came by the
// ticket's link: the desk's own reply form.
func (s *Server) pageMessage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.mine(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return tooLarge(err)
	}
	text := lines(r.PostForm.Get("text"))
	m := bots.InboundMessage{Role: pipeline.RoleCustomer, Author: p.Ticket.Requester, Text: text}
	p.As = r.PostForm.Get("as")
	if p.Key != "" && p.As == string(pipeline.RoleAgent) { // only agents have the link
		m.Role, m.Author = pipeline.RoleAgent, supportTeam
	}
	if err := checkText(text); err != nil {
		p.Problem, p.Draft = pipeline.Say(err), text
		s.render(w, http.StatusBadRequest, "ticket", p)
		return nil
	}
	s.mu.Lock()
	_, err = s.message(p.Ticket.ID, m, 0)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.back(w, r, p)
}

func (s *Server) pageStatus(status pipeline.TicketStatus) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.mine(r)
		if err != nil {
			return err
		}
		if err := s.setStatus(p.Ticket.ID, status); err != nil {
			return err
		}
		return s.back(w, r, p)
	}
}

func (s *Server) back(w http.ResponseWriter, r *http.Request, p ticketPage) error {
	http.Redirect(w, r, "/sandbox/tickets/"+p.Ticket.ID+string(p.Query())+"#end", http.StatusSeeOther)
	return nil
}

// lines undoes the CRLF of HTML forms.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// part is a piece of a message: text, or a link when URL is set.
type part struct{ Text, URL string }

var links = regexp.MustCompile(`https?://[^\s<>"'\x60\\{}|^]+`)

// parts finds the links in an agent's text. All other text stays text.
func parts(s string) (out []part) {
	at := 0
	for _, loc := range links.FindAllStringIndex(s, -1) {
		u := strings.TrimRight(s[loc[0]:loc[1]], ".,;:!?*_~")
		for strings.HasSuffix(u, ")") && strings.Count(u, "(") < strings.Count(u, ")") || strings.HasSuffix(u, "]") {
			u = u[:len(u)-1]
		}
		if p, err := url.Parse(u); err != nil || p.Host == "" {
			continue
		}
		out = append(out, part{Text: s[at:loc[0]]}, part{Text: u, URL: u})
		at = loc[0] + len(u)
	}
	return append(out, part{Text: s[at:]})
}

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// when is for readers without JavaScript; with it the page shows local time.
func when(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// Visible lists the messages a customer sees.
func (p ticketPage) Visible() (out []bots.InboundMessage) {
	for _, m := range p.Ticket.Messages {
		if public(m) {
			out = append(out, m)
		}
	}
	return out
}
