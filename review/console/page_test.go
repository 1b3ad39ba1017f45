package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"footnote/pipeline"
	"footnote/review/access"
)

// answer is one response with its parsed page.
type answer struct {
	*http.Response
	Body string
	Doc  *html.Node
}

// ask sends one request as somebody with the role; "" is nobody. A form makes it a POST.
func ask(t testing.TB, c *Console, role, path string, form url.Values, change ...func(*http.Request)) answer {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if form != nil {
		r = httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if role != "" {
		r.AddCookie(&http.Cookie{Name: "footnote", Value: "session-" + role})
	}
	for _, f := range change {
		f(r)
	}
	rec := httptest.NewRecorder()
	c.Handler().ServeHTTP(rec, r)
	a := answer{Response: rec.Result()}
	b, err := io.ReadAll(a.Response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a.Body = string(b)
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		if a.Doc, err = html.Parse(strings.NewReader(a.Body)); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// after follows an action: what it tells the browser to remember is sent along.
func after(a answer) func(*http.Request) {
	return func(r *http.Request) {
		for _, cookie := range a.Cookies() {
			r.AddCookie(cookie)
		}
	}
}

func walk(n *html.Node, f func(*html.Node)) {
	if n == nil {
		return
	}
	f(n)
	for c := range n.ChildNodes() {
		walk(c, f)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// words is the page's text, as read.
func (a answer) words() string {
	var b strings.Builder
	walk(a.Doc, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// find returns the elements with the tag and the attribute, if one is given.
func (a answer) find(tag, key, value string) []*html.Node {
	var out []*html.Node
	walk(a.Doc, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Namespace == "" && n.Data == tag && (key == "" || attr(n, key) == value) {
			out = append(out, n)
		}
	})
	return out
}

func want(t *testing.T, a answer, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status %d, want %d: %.400s", a.StatusCode, status, a.words())
	}
	text := ""
	if a.Doc != nil {
		text = a.words()
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the page lacks %q:\n%s", w, text)
		}
	}
}

// everyPage is each page an administrator can open in a typical world.
var everyPage = []string{"/skipped", "/queue", "/queue?view=mine", "/queue?view=waiting", "/queue?view=done", "/queue?view=all", "/queue?q=invoice",
	"/tickets/sandbox/1040", "/tickets/sandbox/1040?edit=1", "/tickets/sandbox/1041", "/tickets/sandbox/1042", "/tickets/sandbox/1043", "/tickets/sandbox/1044",
	"/tickets/sandbox/1045", "/tickets/sandbox/1046", "/tickets/sandbox/1047", "/tickets/sandbox/1048", "/tickets/sandbox/1060", "/tickets/sandbox/1061",
	"/tickets/sandbox/1062", "/tickets/sandbox/1063", "/knowledge", "/knowledge?from=50", "/knowledge?removed=old", "/knowledge/remove?source=help", "/knowledge/remove?source=wiki", "/knowledge/remove?source=none", "/knowledge/learning", "/knowledge/learning/revert?what=all", "/knowledge/quarantine",
	"/knowledge/document?id=help%2Farticles%2Farticle-03.md", "/knowledge/document?id=help%2Farticles%2Farticle-03.md&version=1", "/report", "/report/tickets?figure=handling:measured",
	"/operations", "/audit", "/audit?ticket=sandbox/1046", "/people", "/replies", "/people/remove?email=jo@example.com", "/trace", "/trace?id=sandbox/1040", "/trace?id=none", "/nothing", "/tickets/sandbox/none"}

// absent are those of them that lead to nothing.
var absent = []string{"/nothing", "/tickets/sandbox/none", "/trace?id=none", "/knowledge/remove?source=none"}

// TestEveryPageIsSound checks what must hold on all pages: a title, one main
// heading, labelled fields, unique ids, no inline style or script, headers.
func TestEveryPageIsSound(t *testing.T) {
	t.Parallel()
	worlds := map[string]*world{"typical": typical(), "empty": newWorld()}
	for name, w := range worlds {
		w.links["once"] = ida
		c := newConsole(t, w)
		for _, path := range append(everyPage, "/sign-in", "/sign-in/once") {
			role := access.RoleAdmin
			if strings.HasPrefix(path, "/sign-in") {
				role = ""
			}
			a := ask(t, c, role, path, nil)
			if a.StatusCode >= 500 || a.StatusCode != 200 && name == "typical" && !slices.Contains(absent, path) {
				t.Errorf("%s %s: status %d", name, path, a.StatusCode)
			}
			sound(t, name+" "+path, a)
		}
	}
}

func sound(t *testing.T, where string, a answer) {
	t.Helper()
	if got := a.Header.Get("Content-Security-Policy"); got != policy {
		t.Errorf("%s: policy %q", where, got)
	}
	if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: headers %v", where, a.Header)
	}
	if len(a.find("h1", "", "")) != 1 || len(a.find("title", "", "")) != 1 || len(a.find("main", "", "")) != 1 {
		t.Errorf("%s: want one title, main and h1", where)
	}
	ids, labels, described := map[string]bool{}, map[string]bool{}, []string{}
	walk(a.Doc, func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: id %q twice", where, id)
			}
			ids[id] = true
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
		if d := attr(n, "aria-describedby"); d != "" {
			described = append(described, d)
		}
		if attr(n, "style") != "" || n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
			t.Errorf("%s: inline style or script in <%s>", where, n.Data)
		}
	})
	for _, d := range described {
		if !ids[d] {
			t.Errorf("%s: aria-describedby names %q, which is not there", where, d)
		}
	}
	walk(a.Doc, func(n *html.Node) {
		field := n.Data == "input" && attr(n, "type") != "hidden" || n.Data == "select" || n.Data == "textarea"
		if n.Type != html.ElementNode || !field || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hidden" }) {
			return
		}
		for p := n; p != nil; p = p.Parent {
			if p.Data == "label" {
				return
			}
		}
		if !labels[attr(n, "id")] {
			t.Errorf("%s: <%s name=%q> has no label", where, n.Data, attr(n, "name"))
		}
	})
}

func TestEmptyPagesSayWhatToDo(t *testing.T) {
	t.Parallel()
	c := newConsole(t, newWorld())
	for path, words := range map[string]string{
		"/queue":                "write a question as a customer",
		"/queue?view=mine":      "You have claimed nothing",
		"/queue?view=waiting":   "Nothing is on its way",
		"/queue?view=done":      "Nothing here yet",
		"/queue?q=zebra":        "Nothing matches",
		"/knowledge":            "No source yet",
		"/knowledge?q=zebra":    "No document matches",
		"/knowledge/quarantine": "Nothing in quarantine",
		"/report":               "Nothing to report yet",
		"/report/tickets":       "No tickets",
		"/operations":           "No dead letters",
		"/audit":                "Nothing was decided yet",
		"/trace":                "What happened?",
	} {
		want(t, ask(t, c, access.RoleAdmin, path, nil), 200, words)
	}
	if a := ask(t, c, access.RoleAdmin, "/queue", nil); len(a.find("a", "href", "/sandbox/")) < 2 {
		t.Error("the empty queue does not lead to the sandbox desk")
	}
	want(t, ask(t, c, access.RoleAdmin, "/queue?view=nonsense", nil), 422)
	want(t, ask(t, c, access.RoleAdmin, "/knowledge/document?id=none", nil), 404)
	want(t, ask(t, c, access.RoleAdmin, "/tickets/sandbox", nil), 404)
}

// TestRoutesByRole asks every route as every role. A new route fails until it
// is listed here.
func TestRoutesByRole(t *testing.T) {
	t.Parallel()
	const all = "agent owner manager admin"
	listed := map[string]string{
		"GET /assets/{file}": "nobody " + all, "GET /sign-in": "nobody " + all, "GET /sign-in/{link}": "nobody " + all, "POST /sign-in/{link}": "nobody " + all,
		"POST /sign-out": all, "GET /{$}": all, "GET /events": all, "GET /queue": all, "GET /tickets/{desk}": all, "GET /tickets/{desk}/{id}": all,
		"GET /skipped":                  all,
		"POST /tickets/{desk}/take-in":  "agent manager admin",
		"POST /tickets/{desk}/seen":     "agent manager admin",
		"POST /tickets/{desk}/here":     "agent manager admin",
		"POST /drafts/{draft}/saved":    "agent manager admin",
		"GET /replies":                  "agent manager admin",
		"POST /replies":                 "agent manager admin",
		"POST /replies/remove":          "agent manager admin",
		"POST /tickets/{desk}/gone":     "agent manager admin",
		"POST /tickets/{desk}/snooze":   "agent manager admin",
		"POST /tickets/{desk}/unsnooze": "agent manager admin",
		"POST /drafts/{draft}/check":    "agent manager admin",
		"POST /drafts/{draft}/find":     "agent manager admin",
		"POST /drafts/{draft}/insert":   "agent manager admin",
		"POST /drafts/{draft}/{kind}":   "agent manager admin",
		"GET /drafts/{draft}/{kind}":    all,
		"GET /knowledge":                all, "GET /knowledge/quarantine": all, "GET /knowledge/document": all,
		"GET /knowledge/learning":         all,
		"GET /knowledge/remove":           "owner admin",
		"POST /knowledge/decide":          "owner admin",
		"POST /knowledge/remove":          "owner admin",
		"POST /knowledge/learning/prove":  "owner manager admin",
		"GET /knowledge/learning/revert":  "owner manager admin",
		"POST /knowledge/learning/revert": "owner manager admin",
		"GET /report":                     "manager admin", "GET /report.csv": "manager admin", "GET /report.json": "manager admin",
		"GET /report/tickets": "manager admin", "GET /report/tickets.csv": "manager admin",
		"GET /audit":  "manager admin",
		"GET /people": "admin", "POST /people": "admin", "GET /people/remove": "admin", "POST /people/link": "admin", "POST /people/{change}": "admin",
		"GET /operations": "manager admin", "GET /trace": "manager admin",
		"POST /operations/dead-letters/{id}/replay": "manager admin", "POST /operations/drafting": "manager admin",
		"GET /development/slack": all,
	}
	fill := strings.NewReplacer("{file}", "console.css", "{link}", "once", "{desk}", "sandbox", "{id}", "7", "{draft}", draftID(0), "{kind}", "claim", "{change}", "role", "{$}", "")
	routes := newConsole(t, newWorld()).routes()
	for _, rt := range routes {
		roles, ok := listed[rt.pattern]
		if !ok {
			t.Errorf("%s is not listed: say here which roles may use it", rt.pattern)
			continue
		}
		delete(listed, rt.pattern)
		method, path, _ := strings.Cut(fill.Replace(rt.pattern), " ")
		for _, role := range append([]string{"nobody"}, access.Roles...) {
			w := typical()
			w.links["once"] = ida
			c := newConsole(t, w)
			var form url.Values
			if method == "POST" {
				form = url.Values{}
			}
			who := role
			if who == "nobody" {
				who = ""
			}
			a := ask(t, c, who, path, form, func(r *http.Request) {
				ctx, cancel := context.WithCancel(r.Context())
				if path == "/events" {
					cancel() // the stream would not end
				}
				t.Cleanup(cancel)
				*r = *r.WithContext(ctx)
			})
			refused := a.StatusCode == 403 || a.StatusCode == 401 || a.StatusCode == 303 && a.Header.Get("Location") == "/sign-in" && path != "/sign-out"
			if may := slices.Contains(strings.Fields(roles), role); may == refused {
				t.Errorf("%s as %s: status %d, allowed should be %v", rt.pattern, role, a.StatusCode, may)
			}
			if refused && (len(w.decisions) > 0 || len(w.replayed) > 0 || len(w.opened) > 0 || len(w.removed) > 0) {
				t.Errorf("%s as %s: refused, and done all the same", rt.pattern, role)
			}
		}
	}
	for p := range listed {
		t.Errorf("%s is listed, but there is no such route", p)
	}
}

func TestUnknownRoleMayNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.sessions["session-root"] = pipeline.Agent{ID: "x", Name: "X", Role: "root"}
	c := newConsole(t, w)
	for _, rt := range c.routes() {
		if rt.needs != "" {
			method, path, _ := strings.Cut(strings.NewReplacer("{$}", "", "{desk}", "d", "{id}", "1", "{draft}", "d", "{kind}", "claim").Replace(rt.pattern), " ")
			var form url.Values
			if method == "POST" {
				form = url.Values{}
			}
			if a := ask(t, c, "root", path, form); a.StatusCode != 403 {
				t.Errorf("%s: status %d, want 403", rt.pattern, a.StatusCode)
			}
		}
	}
}

func TestErrorsByKind(t *testing.T) {
	t.Parallel()
	secret := errors.New("password=hunter2 refused")
	for kind, status := range map[pipeline.Kind]int{pipeline.NotFound: 404, pipeline.Invalid: 422, pipeline.Conflict: 409, pipeline.Denied: 403,
		pipeline.Budget: 429, pipeline.Unavailable: 503, pipeline.Internal: 500} {
		w := newWorld()
		w.fail = pipeline.Errorf(kind, "The moon is full.")
		if kind == pipeline.Internal {
			w.fail = fmt.Errorf("read queue: %w", secret)
		}
		var log strings.Builder
		c := newConsole(t, w, func(cfg *Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		a := ask(t, c, access.RoleAgent, "/queue", nil)
		want(t, a, status)
		if kind == pipeline.Internal {
			if strings.Contains(a.Body, "hunter2") || strings.Contains(a.Body, "read queue") {
				t.Error("the page tells the cause of an internal error")
			}
			codes := a.find("code", "", "")
			if len(codes) != 1 || !strings.Contains(log.String(), codes[0].FirstChild.Data) || !strings.Contains(log.String(), "hunter2") {
				t.Errorf("the reference on the page does not lead to the cause in the log: %s", log.String())
			}
		} else if !strings.Contains(a.words(), "The moon is full.") {
			t.Errorf("%v: the page does not say what is wrong", kind)
		}
	}
}

// TestDatabaseAway: while the database restarts every page says so and leads back to
// itself, also to people whose session could not be read.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	w := typical()
	away := errors.New("FATAL: the database system is starting up")
	c := newConsole(t, w, func(cfg *Config) { cfg.Transient = func(err error) bool { return errors.Is(err, away) } })
	w.fail = away
	a := ask(t, c, access.RoleAgent, "/queue?view=mine", nil)
	want(t, a, 503, "may be restarting", "Try again")
	if strings.Contains(a.words(), "Sign in") || len(a.find("a", "href", "/queue?view=mine")) != 1 || a.Header.Get("Retry-After") == "" || strings.Contains(a.Body, "FATAL") {
		t.Errorf("%v: %s", a.Header, a.words())
	}
	a = ask(t, c, access.RoleAgent, "/drafts/"+draftID(0)+"/claim", url.Values{"seen": {"open"}})
	if want(t, a, 503, "is not known"); len(a.find("a", "href", "/drafts/"+draftID(0)+"/claim")) != 0 {
		t.Error("a form is offered again as a page")
	}
	w.fail = errors.New("disk on fire")
	want(t, ask(t, c, access.RoleAgent, "/queue", nil), 500, "Something went wrong")
}

// TestBarsSayOneThing: no number of bars stands for two words.
func TestBarsSayOneThing(t *testing.T) {
	t.Parallel()
	words := map[int]string{}
	for i := range 1001 {
		x, n := float64(i)/1000, 0
		for _, on := range bars(x) {
			if on {
				n++
			}
		}
		if word := confidence(x).Word; words[n] == "" {
			words[n] = word
		} else if words[n] != word {
			t.Fatalf("%d bars say %s and, at %.3f, %s", n, words[n], x, word)
		}
	}
	if len(words) != 6 {
		t.Errorf("%v: not every number of bars is used", words)
	}
}

func TestPanicBecomesAPage(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := newConsole(t, newWorld(), func(cfg *Config) {
		cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
		cfg.Parts = func(context.Context) []Part { panic("boom") }
	})
	a := ask(t, c, access.RoleAdmin, "/operations", nil)
	want(t, a, 500, "Something went wrong")
	if strings.Contains(a.Body, "boom") || !strings.Contains(log.String(), "boom") {
		t.Error("the panic belongs into the log, not on the page")
	}
}

func TestAbsentPorts(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c, err := New(Config{Access: w, Review: w, Tickets: w, Queue: w})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/knowledge", "/knowledge/quarantine", "/knowledge/document?id=x", "/report", "/report.csv", "/report.json", "/report/tickets", "/report/tickets.csv", "/operations", "/trace"} {
		want(t, ask(t, c, access.RoleAdmin, path, nil), 503, "cannot be read from this process")
	}
	if a := ask(t, c, access.RoleAdmin, "/events", nil); a.StatusCode != 204 {
		t.Errorf("/events without a feed: %d", a.StatusCode)
	}
	if _, err := New(Config{}); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("New without ports: %v", err)
	}
	c.Close()
	c.Close()
}
