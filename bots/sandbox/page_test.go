package sandbox_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"footnote/bots"
	"footnote/bots/sandbox"
	"footnote/pipeline"
)

// browser is one customer's browser.
type browser struct {
	t    *testing.T
	base string
	c    *http.Client
}

func (d desk) browser(t *testing.T) browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return browser{t, d.http.URL, &http.Client{Jar: jar, Transport: tr}}
}

// get opens a page; every page is checked for its policy and for inline code.
func (b browser) get(path string) (int, string) {
	b.t.Helper()
	resp, err := b.c.Get(b.base + path)
	return b.read(resp, err)
}

func (b browser) post(path string, form url.Values) (int, string) {
	b.t.Helper()
	resp, err := b.c.PostForm(b.base+path, form)
	return b.read(resp, err)
}

func (b browser) read(resp *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		if !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			b.t.Errorf("%s has no strict policy", resp.Request.URL)
		}
		strict(b.t, string(raw))
	}
	return resp.StatusCode, string(raw)
}

// strict fails on anything that the policy would block or that runs.
func strict(t *testing.T, page string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		src := ""
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("<%s %s=%q> is inline code", n.Data, a.Key, a.Val)
			}
			if a.Key == "src" {
				src = a.Val
			}
			if (a.Key == "href" || a.Key == "action") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("<%s %s=%q> runs", n.Data, a.Key, a.Val)
			}
		}
		if (n.Data == "script" || n.Data == "img") && !strings.HasPrefix(src, "/sandbox/assets/") || n.Data == "style" || n.Data == "iframe" || n.Data == "object" {
			t.Errorf("<%s src=%q> stands in the page", n.Data, src)
		}
	}
}

func form(kv ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return v
}

// TestCustomerJourney: ask, see the answer with its sources, write again, solve.
func TestCustomerJourney(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *sandbox.Config) {
		c.Products, c.Locales, c.Brand = []string{"App"}, []string{"en", "fr"}, "Fernhill"
	})
	b := d.browser(t)
	status, page := b.get("/sandbox/")
	if status != 200 || !strings.Contains(page, "Nothing yet") || !strings.Contains(page, "<option>App</option>") || !strings.Contains(page, "Fernhill") {
		t.Fatalf("home %d %s", status, page)
	}
	status, page = b.post("/sandbox/tickets", form("name", "Ada", "email", "ada@example.org", "subject", "Sign in", "text", "I cannot\r\nsign in", "product", "App", "locale", "fr"))
	if status != 200 || !strings.Contains(page, "I cannot\nsign in") || !strings.Contains(page, "Waiting for us") {
		t.Fatalf("ticket %d %s", status, page)
	}
	ref := pipeline.TicketRef{Desk: "sandbox", ID: "1001"}
	thread, err := d.client.Thread(t.Context(), ref)
	if err != nil || thread.Product != "App" || thread.Locale != "fr" || thread.Requester.Email != "ada@example.org" || thread.Subject != "Sign in" {
		t.Fatalf("thread %+v, %v", thread, err)
	}
	if _, err := d.client.Post(t.Context(), bots.Post{Ticket: ref, Text: "Reset it: https://help.example/reset?a=1&b=2.\n[1] (see https://help.example/a_(b))",
		Author: pipeline.Agent{Name: "Grace"}, Marker: bots.MarkerFor("x")}); err != nil {
		t.Fatal(err)
	}
	if s := d.api(t, "POST", "/1001/replies", map[string]any{"text": "private note", "public": false}, nil); s != 201 {
		t.Fatalf("note: %d", s)
	}
	_, page = b.get("/sandbox/tickets/1001")
	for _, want := range []string{"Grace", "Answered", `href="https://help.example/reset?a=1&amp;b=2"`, `href="https://help.example/a_%28b%29"`, "noopener"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "private note") {
		t.Error("the customer sees a note")
	}
	if _, page = b.post("/sandbox/tickets/1001/messages", form("text", "Thanks")); !strings.Contains(page, "Thanks") {
		t.Errorf("page %s", page)
	}
	if _, page = b.post("/sandbox/tickets/1001/solve", nil); !strings.Contains(page, "Open again") {
		t.Errorf("page %s", page)
	}
	if _, page = b.get("/sandbox/"); !strings.Contains(page, "/sandbox/tickets/1001") || !strings.Contains(page, "Solved") || !strings.Contains(page, `value="Ada"`) {
		t.Errorf("home %s", page)
	}
	b.post("/sandbox/tickets/1001/reopen", nil)
	if thread, _ = d.client.Thread(t.Context(), ref); thread.Status != pipeline.StatusOpen {
		t.Errorf("status %s", thread.Status)
	}
}

// TestOthersSeeNothing: a ticket belongs to its browser and to its link.
func TestOthersSeeNothing(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	ada, eve := d.browser(t), d.browser(t)
	ada.post("/sandbox/tickets", form("text", "My secret is 42"))
	eve.post("/sandbox/tickets", form("text", "Hello"))
	for _, path := range []string{"/sandbox/tickets/1001", "/sandbox/tickets/1001/thread", "/sandbox/tickets/1001/live", "/sandbox/tickets/1001?key=", "/sandbox/tickets/9"} {
		if status, page := eve.get(path); status != 404 || strings.Contains(page, "42") {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, path := range []string{"messages", "solve", "reopen"} {
		if status, _ := eve.post("/sandbox/tickets/1001/"+path, form("text", "I am Ada")); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if _, page := eve.get("/sandbox/"); strings.Contains(page, "secret") {
		t.Error("the list shows another's ticket")
	}
	var tk bots.InboundTicket
	d.api(t, "GET", "/1001", nil, &tk)
	link, ok := strings.CutPrefix(tk.URL, "http://desk.example")
	if status, page := eve.get(link); !ok || status != 200 || !strings.Contains(page, "42") || !strings.Contains(page, "opened this by its link") {
		t.Errorf("by its link %q: %d", tk.URL, status)
	}
	if status, _ := eve.get(strings.Replace(link, "1001", "1002", 1)); status != 200 { // her own
		t.Errorf("own ticket: %d", status)
	}
	if status, _ := ada.get(strings.Replace(link, "1001", "1002", 1)); status != 404 {
		t.Errorf("the key of one ticket opens another: %d", status)
	}
}

// TestAgentsReplyByTheLink: who has the ticket's link replies for the support team,
// or writes as the customer; the customer cannot write as support.
func TestAgentsReplyByTheLink(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	ada := d.browser(t)
	ada.post("/sandbox/tickets", form("text", "Where is my invoice?"))
	var tk bots.InboundTicket
	d.api(t, "GET", "/1001", nil, &tk)
	link, _ := strings.CutPrefix(tk.URL, "http://desk.example")
	to := strings.Replace(link, "?", "/messages?", 1)
	ada.post("/sandbox/tickets/1001/messages", form("text", "I am support", "as", "agent"))
	if status, page := ada.get(link); status != 200 || !strings.Contains(page, "the support team") {
		t.Errorf("the link shows no reply form: %d", status)
	}
	ada.post(to, form("text", "Under Billing.", "as", "agent"))
	ada.post(to, form("text", "Found it.", "as", "customer"))
	if _, page := ada.post(to, form("text", "", "as", "customer")); !strings.Contains(page, `value="customer" checked`) {
		t.Error("a problem loses who was to have written it")
	}
	d.api(t, "GET", "/1001", nil, &tk)
	var got []pipeline.Role
	for _, m := range tk.Messages {
		got = append(got, m.Role)
	}
	if want := []pipeline.Role{pipeline.RoleCustomer, pipeline.RoleCustomer, pipeline.RoleAgent, pipeline.RoleCustomer}; !slices.Equal(got, want) {
		t.Errorf("written by %v, want %v", got, want)
	}
}

// TestForeignSites cannot post in a customer's name.
func TestForeignSites(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	r, _ := http.NewRequest("POST", d.http.URL+"/sandbox/tickets", strings.NewReader("text=spam"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := plain.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 || len(d.Ledger()) != 0 {
		t.Fatalf("status %d, %d entries", resp.StatusCode, len(d.Ledger()))
	}
}

// TestHostileText stays text.
func TestHostileText(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *sandbox.Config) {
		c.Brand, c.Products = `<script>alert(0)</script>`, []string{`"><img src=x onerror=alert(1)>`}
	})
	b := d.browser(t)
	evil := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(2)>`, `javascript:alert(3)`, `</textarea><svg onload=alert(4)>`,
		"https://a.example/\"onmouseover=alert(5)//", "https://a.example/<script>", "http://", "https://]", "{{.}}", "\u202egnp.exe", "\x00\x01", strings.Repeat("W", 3000)}
	for _, s := range evil {
		if status, page := b.post("/sandbox/tickets", form("name", s, "email", s, "subject", s, "text", s, "product", s, "locale", s)); status != 200 && status != 400 {
			t.Errorf("%q: %d %s", s, status, page)
		}
	}
	for _, e := range d.Ledger() {
		if e.Op != sandbox.OpTicket {
			continue
		}
		for _, s := range evil {
			d.api(t, "POST", "/"+e.Ticket+"/replies", sandbox.NewReply{Text: s, Author: pipeline.Person{Name: s}}, nil)
		}
		b.get("/sandbox/tickets/" + e.Ticket)
		b.get("/sandbox/tickets/" + e.Ticket + "/thread")
	}
	b.get("/sandbox/")
	if status, page := b.post("/sandbox/tickets", form("text", strings.Repeat("x", 300_000))); status != 400 || !strings.Contains(page, "The message has 300000 characters") || strings.Contains(page, "maxlength=\"20000\"") {
		t.Errorf("a long message: %d", status)
	}
	if status, page := b.post("/sandbox/tickets", form("text", "  ", "subject", evil[1])); status != 400 || !strings.Contains(page, "Please write a message") {
		t.Errorf("empty message: %d", status)
	}
	if status, _ := b.post("/sandbox/tickets", form("text", strings.Repeat("x", 70<<10))); status != 400 {
		t.Errorf("long message: %d", status)
	}
	if status, _ := b.post("/sandbox/tickets", form("text", strings.Repeat("x", 1<<20))); status != 400 {
		t.Errorf("huge body: %d", status)
	}
	b.post("/sandbox/tickets/1001/messages", form("text", ""))
}

func TestAssets(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	b := d.browser(t)
	for path, want := range map[string]int{"/sandbox/assets/sandbox.css": 200, "/sandbox/assets/sandbox.js": 200, "/sandbox/assets/icon.svg": 200,
		"/sandbox/assets/": 404, "/sandbox/assets/home.html": 404, "/sandbox/assets/../sandbox.go": 404, "/sandbox/nothing": 404} {
		if status, _ := b.get(path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

// TestLive: an open page hears of the reply.
func TestLive(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	b := d.browser(t)
	b.post("/sandbox/tickets", form("text", "Hello"))
	r, _ := http.NewRequestWithContext(t.Context(), "GET", d.http.URL+"/sandbox/tickets/1001/live", nil)
	resp, err := b.c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	change := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return ""
	}
	first := change()
	d.api(t, "POST", "/1001/replies", sandbox.NewReply{Text: "Hi"}, nil)
	if second := change(); first == "" || second == "" || first == second {
		t.Fatalf("events %q, %q", first, second)
	}
	if _, page := b.get("/sandbox/tickets/1001/thread"); !strings.Contains(page, "Hi") || strings.Contains(page, "<html") {
		t.Errorf("thread %s", page)
	}
	if err := d.Close(); err != nil { // ends the page, so that a shutdown need not wait
		t.Fatal(err)
	}
	if change() != "" {
		t.Error("the page lives on")
	}
}

func TestAPIRefuses(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	d.api(t, "POST", "", sandbox.NewTicket{Text: "Hello"}, nil)
	for _, r := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"POST", "", map[string]any{"text": ""}, 400}, {"POST", "", []int{1}, 400}, {"GET", "/9", nil, 404}, {"POST", "/9/messages", map[string]any{"text": "x"}, 404},
		{"POST", "/9/replies", map[string]any{"text": "x"}, 404}, {"POST", "/1001/status", map[string]any{"status": "closed"}, 400},
		{"POST", "/9/status", map[string]any{"status": "solved"}, 404}, {"GET", "?since=yesterday", nil, 400},
		{"POST", "/1001/status", map[string]any{"status": "solved"}, 204}, {"POST", "/1001/messages", map[string]any{"text": strings.Repeat("x", 1<<20)}, 400},
	} {
		if got := d.api(t, r.method, r.path, r.body, nil); got != r.want {
			t.Errorf("%s %s: %d, want %d", r.method, r.path, got, r.want)
		}
	}
	for _, auth := range []string{"", "Bearer", "Bearer wrong", token, "Basic " + token} {
		r, _ := http.NewRequest("GET", d.http.URL+"/sandbox/api/tickets", nil)
		r.Header.Set("Authorization", auth)
		resp, err := plain.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 401 {
			t.Errorf("%q: %d", auth, resp.StatusCode)
		}
	}
	closed := open(t, func(c *sandbox.Config) { c.Token = "" })
	if got := closed.api(t, "GET", "", nil, nil); got != 403 {
		t.Errorf("without a token: %d", got)
	}
}

func TestChangedSince(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	d.api(t, "POST", "", sandbox.NewTicket{Text: "one"}, nil)
	d.clock.Advance(time.Hour)
	d.api(t, "POST", "", sandbox.NewTicket{Text: "two"}, nil)
	refs, err := d.client.Changed(t.Context(), d.clock.Now())
	if err != nil || len(refs) != 1 || refs[0].ID != "1002" {
		t.Fatalf("changed %v, %v", refs, err)
	}
	d.api(t, "POST", "/1001/messages", map[string]string{"text": "more"}, nil)
	if refs, _ = d.client.Changed(t.Context(), d.clock.Now()); len(refs) != 2 {
		t.Fatalf("changed %v", refs)
	}
}
