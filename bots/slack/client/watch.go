package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// watcher sees every call to Slack, whoever makes it, and keeps Status up to date:
// what a call was refused with lasts until the same call, about the same channel or
// person, works.
type watcher struct {
	c    *Client
	base string // of the API, with its slash
	next http.RoundTripper
}

// aCall is a call as Status knows it.
type aCall struct {
	method string
	place  string // the channel, person or group it is about; empty: none
	token  string // "bot" or "app"
	// to repeat a call that only reads
	header http.Header
	body   []byte
	url    string
}

func (k aCall) key() string { return k.method + "/" + k.place }

// reads are the calls that change nothing: Probe repeats those that failed.
var reads = []string{"auth.test", "chat.getPermalink", "users.info", "usergroups.users.list", "conversations.info", "conversations.history",
	"conversations.members", "conversations.replies"}

// extras are calls that Footnote does without: a workspace may well refuse them.
var extras = []string{"assistant.threads.setStatus", "reactions.add", "reactions.remove", "reactions.get", "chat.delete", "chat.getPermalink"}

// CloseIdleConnections lets http.Client close what is below.
func (w *watcher) CloseIdleConnections() {
	if t, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	method, ours := strings.CutPrefix(r.URL.Scheme+"://"+r.URL.Host+r.URL.Path, w.base)
	if !ours || method == "" {
		return w.next.RoundTrip(r)
	}
	k := aCall{method: method, token: "bot", header: r.Header, url: r.URL.String()}
	if method == "apps.connections.open" {
		k.token = "app"
	}
	if r.GetBody != nil {
		if b, err := r.GetBody(); err == nil {
			k.body, _ = io.ReadAll(io.LimitReader(b, 1<<20)) // short of its end the place is not known
			_ = b.Close()
		}
	}
	k.place = placeOf(r, k.body)
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		if r.Context().Err() == nil {
			w.c.status.silent(w.c.Now())
		}
		return resp, err
	}
	if resp.StatusCode != http.StatusOK {
		v, code := byStatus(resp.StatusCode)
		w.c.heard(k, v, code)
		return resp, nil
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var said struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	switch {
	case err != nil, json.Unmarshal(body, &said) != nil:
		w.c.status.silent(w.c.Now())
	case said.OK:
		w.c.heard(k, Done, "")
	default:
		w.c.heard(k, verdictOf(said.Error), said.Error)
	}
	return resp, err
}

// placeOf is what a call is about, by its arguments.
func placeOf(r *http.Request, body []byte) string {
	args := r.URL.Query()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if q, err := url.ParseQuery(string(body)); err == nil {
			args = q
		}
	}
	for _, name := range []string{"channel", "channel_id", "usergroup", "users", "user"} {
		if v := args.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// heard keeps what an answer says of the connection.
func (c *Client) heard(k aCall, v Verdict, code string) {
	s := &c.status
	switch v {
	case Done:
		s.worked(k)
	case Limited, Refused:
		s.answered()
	case Unclear:
		s.silent(c.Now())
	case Broken:
		s.answered()
		if aboutToken[code] {
			s.broke(k.token, problem{code: code, say: Repair(code), since: c.Now()})
			return
		}
		foreign := ChannelID.MatchString(k.place) && !slices.Contains(c.CardChannels(), k.place) || strings.HasPrefix(k.place, "D")
		if foreign || slices.Contains(extras, k.method) {
			return // it concerns one answer, or what can be done without
		}
		p := problem{code: code, say: Repair(code), since: c.Now(), call: k}
		if k.place != "" && !strings.Contains(p.say, k.place) {
			p.say = strings.TrimSuffix(p.say, ".") + " (" + k.method + ", " + k.place + ")."
		}
		s.broke(k.key(), p)
	}
}

// repeatReads makes the reading calls again that failed: what they find out now is
// what Status says.
func (c *Client) repeatReads(ctx context.Context) {
	for _, k := range c.status.failed() {
		if !slices.Contains(reads, k.method) || ctx.Err() != nil {
			continue
		}
		verb := http.MethodPost
		if len(k.body) == 0 {
			verb = http.MethodGet
		}
		r, err := http.NewRequestWithContext(ctx, verb, k.url, bytes.NewReader(k.body))
		if err != nil {
			continue
		}
		r.Header = k.header.Clone()
		if resp, err := c.http.Do(r); err == nil {
			_ = resp.Body.Close()
		}
	}
}

// Forgive drops what writing calls were refused with: nothing waits for them any
// more, and the channels can be read.
func (c *Client) Forgive() { c.status.forgive() }
