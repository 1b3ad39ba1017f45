package llm

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"footnote/pipeline"
)

const (
	openAIBase     = "https://api.openai.com/v1"
	defaultConnect = 5 * time.Second

	// maxBody bounds what is read of any answer.
	maxBody = 8 << 20
)

// address reads a provider's address. The error kind is Invalid.
func address(base, what string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, pipeline.Errorf(pipeline.Invalid, "The %s must begin with http:// or https://.", what)
	}
	return u, nil
}

// client speaks to one endpoint; it never tries again by itself. The library never sees
// the key: the transport shows it.
func client(p Provider) (*openai.Client, error) {
	base := orElse(p.BaseURL, openAIBase)
	u, err := address(base, "base URL of a model provider")
	if err != nil {
		return nil, err
	}
	c := openai.DefaultConfig("")
	c.BaseURL, c.HTTPClient = strings.TrimRight(base, "/"), watching{dial(p, u.Host)}
	return openai.NewClientWithConfig(c), nil
}

// dial makes the HTTP client of one endpoint: its deadlines, its key, headers and
// query. It follows no redirect, for a key goes nowhere but to its own host.
func dial(p Provider, host string) *http.Client {
	connect := p.Connect
	if connect == 0 {
		connect = defaultConnect
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout, t.ResponseHeaderTimeout = connect, p.FirstByte
	return &http.Client{Transport: bounded{dressed{t, p, host}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// dressed adds to each request what its endpoint wants to see.
type dressed struct {
	next http.RoundTripper
	p    Provider
	host string
}

func (d dressed) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != d.host {
		return nil, pipeline.Errorf(pipeline.Denied, "a call to %s is for another host", d.host)
	}
	r = r.Clone(r.Context())
	for k, v := range d.p.Headers {
		r.Header.Set(k, v)
	}
	if d.p.APIKey != "" {
		switch d.p.Auth {
		case KeyName, XKey:
			r.Header.Set(string(d.p.Auth), d.p.APIKey)
		default:
			r.Header.Set("Authorization", "Bearer "+d.p.APIKey)
		}
	}
	if len(d.p.Query) > 0 {
		q := r.URL.Query()
		for k, v := range d.p.Query {
			q.Set(k, v)
		}
		r.URL.RawQuery = q.Encode()
	}
	return d.next.RoundTrip(r)
}

// CloseIdleConnections lets the client's own reach the transport.
func (d dressed) CloseIdleConnections() { d.next.(*http.Transport).CloseIdleConnections() }

// bounded cuts endless bodies.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil && resp.Body != nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxBody), resp.Body}
	}
	return resp, err
}

// watching notes status and header of each answer where the call's context says.
type watching struct{ http *http.Client }

type wireKey struct{}

// watch returns a context for one call whose answer is noted in w.
func watch(ctx context.Context, w *wire) context.Context {
	return context.WithValue(ctx, wireKey{}, w)
}

func (c watching) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(r)
	if w, ok := r.Context().Value(wireKey{}).(*wire); ok && resp != nil {
		w.status, w.header = resp.StatusCode, resp.Header
	}
	return resp, err
}
