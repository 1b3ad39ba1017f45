package door

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func ok(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusRequestTimeout)
		return
	}
	_, _ = io.WriteString(w, "in")
}

func ask(h http.Handler, host, path, from, forwarded string) int {
	r := httptest.NewRequest("POST", path, nil)
	r.Host, r.RemoteAddr = host, from
	if forwarded != "" {
		r.Header.Set("X-Forwarded-For", forwarded)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func TestHosts(t *testing.T) {
	d := New(Config{Hosts: []string{"desk.example.org", "127.0.0.1", "::1"}, AnyHost: []string{"/hooks/"}})
	for _, tc := range []struct {
		host, path string
		want       int
	}{
		{"desk.example.org", "/queue", 200}, {"DESK.example.org:443", "/queue", 200}, {"desk.example.org.", "/", 200}, {"127.0.0.1:8377", "/", 200}, {"[::1]:8377", "/", 200}, {"[::1]", "/", 200},
		{"evil.example", "/queue", 421}, {"desk.example.org.evil.example", "/", 421}, {"", "/", 421}, {"127.0.0.2", "/", 421}, {"evil.example", "/hooks/zendesk", 200}, {"evil.example", "/hookshot", 421},
		{"desk.example.org@evil.example", "/", 421}, {"evil.example:desk.example.org", "/", 421}, {"[::1", "/", 200},
	} {
		if got := ask(d.Handler(http.HandlerFunc(ok)), tc.host, tc.path, "192.0.2.1:5", ""); got != tc.want {
			t.Errorf("host %q, path %s: %d, want %d", tc.host, tc.path, got, tc.want)
		}
	}
}

// TestClient: what a stranger writes into X-Forwarded-For changes nothing; what a
// proxy of ours writes names the client.
func TestClient(t *testing.T) {
	d := New(Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, tc := range []struct{ from, forwarded, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"}, {"192.0.2.1:5", "203.0.113.9", "192.0.2.1"}, {"127.0.0.1:5", "203.0.113.9", "203.0.113.9"}, {"10.1.1.1:5", "6.6.6.6, 203.0.113.9", "203.0.113.9"},
		{"10.1.1.1:5", "203.0.113.9, 10.2.2.2", "203.0.113.9"}, {"127.0.0.1:5", "nonsense", "127.0.0.1"}, {"[2001:db8::1:2:3:4]:5", "", "2001:db8::"}, {"127.0.0.1:5", "::ffff:203.0.113.9", "203.0.113.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tc.from
		r.Header.Set("X-Forwarded-For", tc.forwarded)
		if got := d.Client(r).String(); got != tc.want {
			t.Errorf("from %s by %q: %s, want %s", tc.from, tc.forwarded, got, tc.want)
		}
	}
}

func TestRates(t *testing.T) {
	now := time.Now()
	fails := true
	d := New(Config{Now: func() time.Time { return now }, Rules: []Rule{{Name: "tries", Match: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/sign-in/") },
		Every: time.Minute, Burst: 3, EveryAll: time.Second, BurstAll: 5, Failures: true, Say: "Too many tries."}}})
	h := d.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	let := func(from string, n int) (in int) {
		for range n {
			if ask(h, "x", "/sign-in/abc", from+":1", "") != http.StatusTooManyRequests {
				in++
			}
		}
		return in
	}
	if got := let("192.0.2.1", 10); got != 3 {
		t.Errorf("one address had %d tries, want 3", got)
	}
	if got := let("192.0.2.2", 10); got != 2 {
		t.Errorf("all addresses had %d more tries, want 2 (5 in all)", got)
	}
	if got := ask(h, "x", "/queue", "192.0.2.1:1", ""); got == http.StatusTooManyRequests {
		t.Error("another route was turned away too")
	}
	now = now.Add(time.Minute)
	if got := let("192.0.2.1", 10); got != 1 {
		t.Errorf("a minute later there are %d tries, want 1", got)
	}
	now, fails = now.Add(time.Hour), false
	if got := let("192.0.2.1", 50); got != 50 {
		t.Errorf("%d of 50 that succeed go through", got)
	}
}

func TestAtOnce(t *testing.T) {
	inside, out := make(chan bool), make(chan bool)
	d := New(Config{Rules: []Rule{{Name: "streams", Match: func(*http.Request) bool { return true }, Cookie: "session", AtOnce: 2, AtOnceAll: 3, Say: "Too many."}}})
	srv := httptest.NewServer(d.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside <- true; <-out })))
	defer srv.Close()
	get := func(session string) (status int) {
		r, _ := http.NewRequest("GET", srv.URL, nil)
		r.Header.Set("Cookie", "session="+session)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	done := make(chan int)
	for _, s := range []string{"a", "a", "b"} {
		go func() { done <- get(s) }()
		<-inside
	}
	if get("a") != 429 || get("c") != 429 {
		t.Error("more than 2 of a session, or 3 in all, run at once")
	}
	for range 3 {
		out <- true
		<-done
	}
	go func() { done <- get("a") }()
	<-inside
	out <- true
	if got := <-done; got != 200 {
		t.Errorf("after the others left: %d", got)
	}
}

// TestSlowBody: a body that comes too slowly is cut, also when nobody reads it, while
// one that goes on coming may take as long as it needs.
func TestSlowBody(t *testing.T) {
	d := New(Config{Begin: 300 * time.Millisecond, Rate: 1000})
	ended := make(chan error, 10)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	})
	mux.HandleFunc("POST /leave", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	srv := httptest.NewServer(d.Handler(mux))
	defer srv.Close()
	send := func(path string, pieces int) (closed bool) {
		c, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", path, 500*8)
		for range pieces {
			_, _ = c.Write(make([]byte, 500))
			time.Sleep(100 * time.Millisecond) // its own pace, not the test's
		}
		if pieces == 8 {
			return false
		}
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
		_, err = io.Copy(io.Discard, c)
		return err == nil // the server closed
	}
	if !send("/read", 1) || <-ended == nil {
		t.Error("a body that stalls is not cut")
	}
	if !send("/leave", 1) {
		t.Error("a body that stalls is not cut when nobody reads it")
	}
	send("/read", 8)
	if err := <-ended; err != nil {
		t.Error("a body that goes on coming was cut:", err)
	}
}

// TestConnections: idle connections give way to new ones, and one address cannot have
// them all.
func TestConnections(t *testing.T) {
	refused := map[string]int{}
	c := &Connections{All: 5, Each: 2, Refused: func(why string) { refused[why]++ }}
	c.Listen(nil)
	peer := func(from string) *conn {
		a, b := net.Pipe()
		t.Cleanup(func() { a.Close(); b.Close() })
		return c.admit(from2{a, from})
	}
	a, b := peer("192.0.2.1:1"), peer("192.0.2.1:2")
	if peer("192.0.2.1:3") != nil || refused["address"] != 1 {
		t.Error("a third connection of one address is taken")
	}
	if a.Close(); peer("192.0.2.1:4") == nil {
		t.Error("a closed connection still counts")
	}
	for i := range 3 {
		if peer(fmt.Sprintf("127.0.0.1:%d", i+1)) == nil {
			t.Error("connections of this machine count for an address")
		}
	}
	if c.Count() != 5 {
		t.Fatalf("%d connections, want 5", c.Count())
	}
	c.State(b, http.StateActive)
	if peer("192.0.2.7:1") == nil || c.Count() != 5 {
		t.Error("an idle connection did not give way")
	}
	for n := range c.open {
		c.State(n, http.StateActive)
	}
	if peer("192.0.2.8:1") != nil {
		t.Error("a busy connection gave way")
	}
	if !c.open[b] {
		t.Error("the busy one was closed before idle ones")
	}
}

type from2 struct {
	net.Conn
	from string
}

func (f from2) RemoteAddr() net.Addr {
	a, _ := net.ResolveTCPAddr("tcp", f.from)
	return a
}
