// Package siege is the clients that a door stands against: slow, many, and trying. In:
// the address of a running installation, on this machine or one that is yours; out:
// what became of each. Tests and `make attack` use it.
package siege

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Row is what became of the clients of one kind.
type Row struct {
	Entrance, Kind string
	N              int // requests or connections
	Refused        int // 4xx, or closed by the other side
	Served         int // 2xx and 3xx
	Errors         int // 5xx
	Open           int // neither answered nor closed when the siege ended
}

// add counts one answer; 0 is a connection that was closed without one.
func (r *Row) add(status int) {
	r.N++
	switch {
	case status >= 500:
		r.Errors++
	case status == 0 || status >= 400:
		r.Refused++
	default:
		r.Served++
	}
}

// String is the row of a table.
func (r Row) String() string {
	return fmt.Sprintf("%-24s %-34s n %5d  refused %5d  served %5d  5xx %3d  open %4d", r.Entrance, r.Kind, r.N, r.Refused, r.Served, r.Errors, r.Open)
}

// at runs f n times at once and counts what it returns: a status, 0 for a connection
// that was closed, -1 for one that is still open.
func at(entrance, kind string, n int, f func(i int) int) Row {
	row := Row{Entrance: entrance, Kind: kind}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			status := f(i)
			mu.Lock()
			defer mu.Unlock()
			if status < 0 {
				row.N, row.Open = row.N+1, row.Open+1
				return
			}
			row.add(status)
		})
	}
	wg.Wait()
	return row
}

func host(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Host
}

// SlowBodies opens n requests whose bodies come a byte at a time, until they are
// answered or cut, or ctx ends.
func SlowBodies(ctx context.Context, base, path string, n int) Row {
	return at("POST "+path, "slow bodies", n, func(int) int { return slow(ctx, base, "POST "+path, "Content-Length: 100000\r\n\r\n") })
}

// SlowHeaders opens n requests whose headers come a byte at a time.
func SlowHeaders(ctx context.Context, base string, n int) Row {
	return at("any route", "slow headers", n, func(int) int { return slow(ctx, base, "GET /healthz", "X-Slow: ") })
}

func slow(ctx context.Context, base, request, begin string) int {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", host(base))
	if err != nil {
		return 0
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if _, err := fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n%s", request, host(base), begin); err != nil {
		return 0
	}
	go func() {
		for ctx.Err() == nil {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if ctx.Err() != nil {
		return -1
	}
	if err != nil {
		return 0
	}
	return resp.StatusCode
}

// Streams opens n live pages and keeps those that are taken until ctx ends. cookie is
// that of a session; empty: nobody is signed in. Taken ones count as open.
func Streams(ctx context.Context, base, path, cookie string, n int) Row {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	return at("GET "+path, "live streams", n, func(int) int {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return 0
		}
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		resp, err := client.Do(r)
		if err != nil {
			if ctx.Err() != nil {
				return -1
			}
			return 0
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return resp.StatusCode
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if ctx.Err() != nil {
			return -1
		}
		return 0 // closed by the other side
	})
}

// Unread asks n times for a large answer and reads nothing of it.
func Unread(ctx context.Context, base, path string, n int) Row {
	return at("GET "+path, "readers that take nothing", n, func(int) int {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", host(base))
		if err != nil {
			return 0
		}
		defer c.Close()
		for range 200 { // pipelined: more than the buffers of both sides hold
			if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host(base)); err != nil {
				return 0
			}
		}
		<-ctx.Done()
		return -1
	})
}

// SignInTries tries n links that do not work, each as another client behind a proxy on
// this machine when spread is true, else as one.
func SignInTries(ctx context.Context, base string, n int, spread bool) Row {
	kind := "tries from one address"
	if spread {
		kind = "tries from many addresses"
	}
	return requests(ctx, "sign-in", kind, n, func(i int) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s/sign-in/guess-%d", base, i), nil)
		if err == nil && spread {
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", i/250, i%250))
		}
		return r, err
	})
}

// SandboxFlood writes n tickets at the sandbox desk's page, from one address or many.
func SandboxFlood(ctx context.Context, base string, n int, spread bool) Row {
	kind := "tickets from one address"
	if spread {
		kind = "tickets from many addresses"
	}
	return requests(ctx, "sandbox", kind, n, func(i int) (*http.Request, error) {
		form := url.Values{"name": {"A"}, "email": {"a@example.com"}, "subject": {"flood"}, "text": {fmt.Sprintf("flood %d", i)}}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/sandbox/tickets", strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if spread {
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", i/250, i%250))
		}
		return r, nil
	})
}

// WrongHosts asks by names that are not ours.
func WrongHosts(ctx context.Context, base, path string, names []string) Row {
	return requests(ctx, "GET "+path, "names that are not ours", len(names), func(i int) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err == nil {
			r.Host = names[i]
		}
		return r, err
	})
}

// requests makes n requests, eight at a time.
func requests(ctx context.Context, entrance, kind string, n int, build func(i int) (*http.Request, error)) Row {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	places := make(chan bool, 8)
	return at(entrance, kind, n, func(i int) int {
		places <- true
		defer func() { <-places }()
		r, err := build(i)
		if err != nil {
			return 0
		}
		resp, err := client.Do(r)
		if err != nil {
			if ctx.Err() != nil {
				return -1
			}
			return 0
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp.StatusCode
	})
}

// Good is what a client with nothing bad in mind meets.
type Good struct {
	Requests, Failed int // Failed: no answer, or not the status wanted
	P50, P99         time.Duration
}

// String is a line of a report.
func (g Good) String() string {
	return fmt.Sprintf("%d requests, %d failed, p50 %s, p99 %s", g.Requests, g.Failed, g.P50.Round(100*time.Microsecond), g.P99.Round(100*time.Microsecond))
}

// Ask asks for a page n times, one after another, as the holder of a session.
func Ask(ctx context.Context, base, path, cookie string, n, want int) Good {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	g := Good{}
	var took []time.Duration
	for range n {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			g.Failed++
			continue
		}
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		begin := time.Now()
		resp, err := client.Do(r)
		g.Requests++
		if err != nil {
			g.Failed++
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		took = append(took, time.Since(begin))
		if resp.StatusCode != want {
			g.Failed++
		}
	}
	if slices.Sort(took); len(took) > 0 {
		g.P50, g.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return g
}
