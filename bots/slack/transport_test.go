package slack

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/intake"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/pipeline"
)

// deliver sends a body to the chat's routes as it stands.
func deliver(h http.Handler, path string, body []byte, header http.Header) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	req.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "http", func(c *Config) { c.OldSigningSecret = "the-old-one" })
	h := w.chat.Routes()
	body := []byte(`{"type":"url_verification","challenge":"c-123"}`)
	good := func() http.Header { return bottest.SlackSign(body, time.Now()) }
	set := func(name, value string) http.Header { x := good(); x.Set(name, value); return x }
	for name, c := range map[string]struct {
		header http.Header
		body   []byte
		want   int
	}{
		"good":              {good(), body, 200},
		"wrong signature":   {set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)), body, 401},
		"no version":        {set("X-Slack-Signature", good().Get("X-Slack-Signature")[3:]), body, 401},
		"not hex":           {set("X-Slack-Signature", "v0=zz"), body, 401},
		"missing":           {http.Header{}, body, 401},
		"another body":      {good(), append([]byte(" "), body...), 401},
		"old":               {bottest.SlackSign(body, time.Now().Add(-6*time.Minute)), body, 401},
		"from the future":   {bottest.SlackSign(body, time.Now().Add(6*time.Minute)), body, 401},
		"endless future":    {set("X-Slack-Request-Timestamp", "99999999999999"), body, 401},
		"time not a number": {set("X-Slack-Request-Timestamp", "now"), body, 401},
	} {
		for _, path := range []string{"/slack/events", "/slack/interactive"} {
			got := deliver(h, path, c.body, c.header)
			want := c.want
			if want == 200 && path == "/slack/interactive" {
				want = 400 // authentic, and not a form
			}
			if got.Code != want {
				t.Errorf("%s %s: %d, want %d", name, path, got.Code, want)
			}
			if want == 401 && strings.TrimSpace(got.Body.String()) != "not signed by Slack" {
				t.Errorf("%s: the answer says %q", name, got.Body)
			}
		}
	}
	if got := deliver(h, "/slack/events", body, good()); got.Body.String() != "c-123" || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("challenge answered with %q", got.Body)
	}
	huge := bytes.Repeat([]byte("x"), maxBody+1)
	if got := deliver(h, "/slack/events", huge, bottest.SlackSign(huge, time.Now())); got.Code != 413 {
		t.Errorf("a huge body: %d", got.Code)
	}
	if got := httptest.NewRecorder(); true {
		h.ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/slack/events", nil))
		if got.Code != 405 {
			t.Errorf("GET: %d", got.Code)
		}
	}
}

// TestSecretRotation: both secrets are good while one replaces the other.
func TestSecretRotation(t *testing.T) {
	t.Parallel()
	w := quietWorld(t)
	w.cfg.SigningSecret, w.cfg.OldSigningSecret = "the-new-one", bottest.SlackSigningSecret
	c := w.newChat()
	body := []byte(`{"type":"url_verification","challenge":"c"}`)
	if got := deliver(c.Routes(), "/slack/events", body, bottest.SlackSign(body, time.Now())); got.Code != 200 {
		t.Errorf("the old secret: %d", got.Code)
	}
}

// TestClosedRoutes: without a secret there is nothing to call.
func TestClosedRoutes(t *testing.T) {
	t.Parallel()
	w := quietWorld(t)
	w.cfg.SigningSecret, w.cfg.AppToken = "", bottest.SlackAppToken
	c := w.newChat()
	body := []byte(`{}`)
	for _, path := range []string{"/slack/events", "/slack/interactive"} {
		if got := deliver(c.Routes(), path, body, bottest.SlackSign(body, time.Now())); got.Code != 404 {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
}

func TestJunkOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "http")
	h := w.chat.Routes()
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"/slack/events", `{`, 400},
		{"/slack/events", `[]`, 400},
		{"/slack/events", `{"type":"event_callback","event_id":"Ev1","event":{"type":"something_new","x":[1]}}`, 200},
		{"/slack/events", `{"type":"app_rate_limited","minute_rate_limited":1518467820}`, 200},
		{"/slack/events", `{}`, 200},
		{"/slack/interactive", "payload=%7B", 400},
		{"/slack/interactive", "payload=" + url.QueryEscape(`{"type":"block_actions","actions":[]}`), 200},
		{"/slack/interactive", "payload=" + url.QueryEscape(`{"type":"block_actions","actions":[{"action_id":"approve","value":"nonsense"}]}`), 200},
		{"/slack/interactive", "payload=" + url.QueryEscape(`{"type":"block_actions","actions":[{"action_id":"other","value":"a:b"}]}`), 200},
		{"/slack/interactive", "payload=" + url.QueryEscape(`{"type":"view_submission","view":{"private_metadata":"x"}}`), 200},
		{"/slack/interactive", "payload=" + url.QueryEscape(`{"type":"shortcut","callback_id":"x"}`), 200},
		{"/slack/interactive", "payload=" + url.QueryEscape(`{"type":"view_closed"}`), 200},
	} {
		if got := deliver(h, c.path, []byte(c.body), bottest.SlackSign([]byte(c.body), time.Now())); got.Code != c.want {
			t.Errorf("%s: %d, want %d", c.body, got.Code, c.want)
		}
	}
	// The payload is not taken from the unsigned query.
	if got := deliver(h, "/slack/interactive?payload=%7B%7D", nil, bottest.SlackSign(nil, time.Now())); got.Code != 400 {
		t.Errorf("payload in the query: %d", got.Code)
	}
	idle(w.chat)
	counts := w.chat.Status().Counts
	if counts["unknown_event"] != 2 || counts["unknown_interaction"] != 1 || counts["unknown_action"] != 1 || counts["unreadable"] < 4 {
		t.Errorf("counts %v", counts)
	}
	kept, err := intake.NewQuarantine(w.pool).List(t.Context(), client.Surface, 10)
	if err != nil || len(kept) != 4 {
		t.Errorf("%d deliveries are kept for a person to look at (%v): %+v", len(kept), err, kept)
	}
}

// TestEvents: what Slack tells about the app and the channel shows in Status;
// retries and duplicates have one effect.
func TestEvents(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		for retry := range 3 {
			if err := w.slack.Event(w.ctx, "Ev7", map[string]any{"type": "something_new"}, retry); err != nil {
				t.Fatal(err)
			}
		}
		idle(w.chat)
		if n := w.chat.Status().Counts; n["unknown_event"] != 1 || n["duplicate"] != 2 || n["retried"] != 2 {
			t.Errorf("counts %v", n)
		}
		w.slack.SetChannel(channel, true, true)
		if err := w.slack.Event(w.ctx, "Ev8", map[string]any{"type": "channel_archive", "channel": channel}, 0); err != nil {
			t.Fatal(err)
		}
		w.await("the archive is known", func() bool { return w.chat.Status().Code == "is_archived" })
		w.slack.SetChannel(channel, true, false)
		if err := w.slack.Event(w.ctx, "Ev9", map[string]any{"type": "channel_unarchive", "channel": channel}, 0); err != nil {
			t.Fatal(err)
		}
		w.await("the channel is back", func() bool { return w.chat.Status().Ready })
		if err := w.slack.Event(w.ctx, "Ev10", map[string]any{"type": "app_uninstalled"}, 0); err != nil {
			t.Fatal(err)
		}
		w.await("the removal is known", func() bool { return w.chat.Status().Code == "app_uninstalled" })
	})
}

// TestReconnect: whatever happens to the socket, presses arrive afterwards.
func TestReconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	w.proposed()
	for i, breakIt := range []func(){func() { w.slack.Disconnect("warning") }, func() { w.slack.Disconnect("refresh_requested") }, w.slack.DropSockets} {
		breakIt()
		w.await("it is connected again", func() bool {
			return w.slack.SocketsOpened() == i+2 && w.slack.Sockets() == 1
		})
	}
	w.click("U1ADA", cards.ActClaim)
	w.cardSays("Claimed")
	w.await("the status says so", func() bool { return w.chat.Status().Ready })
}

// TestJunkOnSocket: frames that cannot be read do not end the connection, and
// envelopes of unknown kinds are acked.
func TestJunkOnSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	for _, frame := range []string{"", "{", "[]", `"x"`, `{"type":"unheard_of"}`, `{"type":"events_api","envelope_id":"e","payload":"x"}`} {
		w.slack.SendRaw(frame)
	}
	// Blocks that the client library cannot read do not lose the press.
	if _, err := w.slack.Interact(w.ctx, map[string]any{"type": "block_actions", "message": map[string]any{"blocks": "nonsense"}, "actions": []any{}}); err != nil {
		t.Fatal(err)
	}
	if err := w.slack.Event(w.ctx, "Ev1", map[string]any{"type": "something_new"}, 0); err != nil {
		t.Fatal(err)
	}
	w.proposed()
	w.click("U1ADA", cards.ActClaim)
	w.cardSays("Claimed")
}

// TestSocketRefused: a bad app token is a problem in Status, and a repaired one
// ends it without a restart.
func TestSocketRefused(t *testing.T) {
	t.Parallel()
	w := quietWorld(t, func(c *Config) { c.AppToken, c.Retry = bottest.SlackAppToken, time.Millisecond })
	w.slack.FailAlways("apps.connections.open", bottest.SlackFault{Error: "invalid_auth"})
	w.chat = w.newChat()
	w.run(w.chat)
	w.await("the problem is known", func() bool { s := w.chat.Status(); return !s.Ready && s.Code == "invalid_auth" })
	w.slack.Heal("apps.connections.open")
	w.await("it is connected", func() bool { return w.chat.Status().Ready })
}

// TestShutdown: Run lets running work finish, takes no more, and HTTP says so.
func TestShutdown(t *testing.T) {
	t.Parallel()
	w := quietWorld(t)
	w.chat = w.newChat()
	server := httptest.NewServer(w.chat.Routes())
	t.Cleanup(server.Close)
	w.slack.PointAt(server.URL)
	stop := w.run(w.chat)
	gate := make(chan struct{})
	w.reviews.gate = gate
	w.proposed()
	w.click("U1ADA", cards.ActApprove)
	w.await("the decision has begun", func() bool {
		w.reviews.mu.Lock()
		defer w.reviews.mu.Unlock()
		return w.reviews.asked == 1 || len(w.slack.Calls("users.info")) > 0
	})
	ended := make(chan struct{})
	go func() { defer close(ended); stop() }()
	close(gate)
	<-ended
	if n := len(w.reviews.done()); n != 1 {
		t.Errorf("%d decisions, want 1", n)
	}
	w.cardSays("Approved")
	if err := w.slack.Click(w.ctx, "U1ADA", w.slack.Messages(channel)[0].Versions[0], cards.ActClaim); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("after the end: %v", err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	w := quietWorld(t)
	for name, f := range map[string]func(*Config){
		"no token":       func(c *Config) { c.Token = "" },
		"app token":      func(c *Config) { c.AppToken = "xoxb-wrong" },
		"no transport":   func(c *Config) { c.SigningSecret = "" },
		"channel's name": func(c *Config) { c.Channel = "#triage" },
		"no reviewer":    func(c *Config) { c.Reviewer = nil },
		"console":        func(c *Config) { c.ConsoleURL = "footnote.acme.test" },
	} {
		cfg := w.cfg
		f(&cfg)
		if _, err := New(cfg); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
