package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/pipeline"
	"footnote/pipeline/door"
	"footnote/review/access"
)

// doorSettings bound what strangers can hold, and who reads the routes for machines.
type doorSettings struct {
	Operations     string        `yaml:"operations" env:"FOOTNOTE_OPERATIONS" default:"" help:"host:port of its own for /metrics and the full /readyz; closed: nowhere; empty: with everything else. /healthz and a short /readyz always stay at listen"`
	Proxies        string        `yaml:"proxies" env:"FOOTNOTE_PROXIES" default:"" help:"networks of reverse proxies whose X-Forwarded-For counts: 10.0.0.0/8, …; this machine is always one"`
	Connections    int           `yaml:"connections" env:"FOOTNOTE_CONNECTIONS" default:"2000" help:"connections at once, at least 100; beyond, the longest idle ones are closed"`
	ConnectionsOf  int           `yaml:"connections_of_one" env:"FOOTNOTE_CONNECTIONS_OF_ONE" default:"200" help:"connections of one address at once, besides proxies and this machine; 0: no bound"`
	SessionForMost time.Duration `yaml:"session_at_most" env:"FOOTNOTE_SESSION_AT_MOST" default:"168h" help:"after this long somebody signs in anew, however busy they were"`
}

func (s doorSettings) check(p *problems) {
	if s.Operations != "" && s.Operations != "closed" {
		if _, _, err := net.SplitHostPort(s.Operations); err != nil {
			p.bad("operations: %q is no host:port, nor closed", s.Operations)
		}
	}
	if _, err := s.networks(); err != nil {
		p.bad("proxies: %v", err)
	}
	if s.Connections < 100 {
		p.bad("connections: %d is too few; use at least 100", s.Connections)
	}
	if s.ConnectionsOf < 0 {
		p.bad("connections_of_one: a number is not below 0")
	}
	if s.SessionForMost < time.Hour {
		p.bad("session_at_most: %s is too short; use at least 1h", s.SessionForMost)
	}
}

func (s doorSettings) networks() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for item := range strings.SplitSeq(s.Proxies, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		p, err := netip.ParsePrefix(item)
		if err != nil {
			a, err := netip.ParseAddr(item)
			if err != nil {
				return nil, fmt.Errorf("%q is no network such as 10.0.0.0/8", item)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// refusedMetric counts what the door turned away.
func (a *app) refusedMetric() func(rule string) {
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_refused_total", Help: "Requests and connections turned away before they were read, by rule."}, []string{"rule"})
	a.metrics.registry.MustRegister(refused)
	return func(rule string) { refused.WithLabelValues(rule).Inc() }
}

// doors are what stands in front of all routes of this process.
func (a *app) doors() *door.Door {
	networks, _ := a.c.networks() // checked when the settings were read
	refused := a.refusedMetric()
	a.front.refused.Store(&refused)
	return door.New(door.Config{Hosts: a.hosts(), AnyHost: []string{"/healthz", "/readyz", "/metrics", "/hooks/", "/slack/", "/ops/"}, Here: a.goTo(), Proxies: networks, Rules: a.rules(), Refused: refused})
}

// hosts are the names by which people reach this process. Without public_url, and
// listening to more than this machine, they cannot be known.
func (a *app) hosts() []string {
	list := []string{"localhost", "127.0.0.1", "::1"}
	if u, err := url.Parse(a.url); err == nil {
		list = append(list, u.Hostname())
	}
	host, _, _ := net.SplitHostPort(a.c.Listen) // checked when the settings were read
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		list = append(list, host)
	}
	if u, err := url.Parse(a.c.PublicURL); err == nil && u.Hostname() != "" {
		return append(list, u.Hostname())
	}
	if a.listensHere() {
		return list
	}
	return nil
}

// listensHere tells whether only this machine reaches the process.
func (a *app) listensHere() bool {
	host, _, _ := net.SplitHostPort(a.c.Listen)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (a *app) goTo() string {
	if a.c.PublicURL == "" {
		return " Open " + a.url + "."
	}
	return " Open " + a.publicURL() + "."
}

// rules are the routes that strangers, or one session, could hold or flood.
func (a *app) rules() []door.Rule {
	under := func(method, prefix string, suffix ...string) func(*http.Request) bool {
		return func(r *http.Request) bool {
			return (method == "" || r.Method == method) && strings.HasPrefix(r.URL.Path, prefix) && (len(suffix) == 0 || strings.HasSuffix(r.URL.Path, suffix[0]))
		}
	}
	secure := strings.HasPrefix(strings.ToLower(a.c.PublicURL), "https://")
	return []door.Rule{
		// A link has 256 random bits: this spares the database, not the link.
		{Name: "sign-in", Match: under("", "/sign-in/"), Every: 6 * time.Second, Burst: 20, EveryAll: 200 * time.Millisecond, BurstAll: 100, Failures: true,
			Say: "Too many sign-in links that do not work. Wait a moment, then ask for a new link."},
		{Name: "live pages", Match: under(http.MethodGet, "/events"), Cookie: access.CookieName(secure), AtOnce: 20, AtOnceAll: 1000,
			Say: "This session has too many live pages open. Pages still show what is new when they are opened again."},
		{Name: "sandbox pages", Match: under(http.MethodGet, "/sandbox/tickets/", "/live"), AtOnce: 100, AtOnceAll: 300, Say: "Too many live pages are open."},
		{Name: "sandbox", Match: under(http.MethodPost, "/sandbox/tickets"), Every: 2 * time.Second, Burst: 30, EveryAll: 500 * time.Millisecond, BurstAll: 120,
			Say: "That is a lot of messages. Wait a moment."},
	}
}

// operationsAt serves the routes for machines: at an address of their own, nowhere, or
// with everything else. What stays with everything else then tells nothing but whether
// the process is ready.
func (a *app) operationsAt(p *process) error {
	if a.c.Operations == "" {
		operations(p.mux, a.metrics, a.checks())
		return nil
	}
	checks := a.checks()
	alive(p.mux)
	p.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		_, ready := runChecks(r.Context(), checks)
		w.Header().Set("Content-Type", "application/json")
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"ready": ready}) // the reader went away: nothing to do
	})
	if a.c.Operations == "closed" {
		return nil
	}
	ln, err := net.Listen("tcp", a.c.Operations)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "cannot listen on %s (set FOOTNOTE_OPERATIONS to a free address): %w", a.c.Operations, err)
	}
	p.stop.add(func() { ln.Close() }) // also when a later role cannot be built
	a.operationsURL = "http://" + reachable(ln.Addr())
	mux := http.NewServeMux()
	operations(mux, a.metrics, checks)
	limits := &door.Connections{All: a.c.Connections}
	p.run(func(ctx context.Context) error {
		return serveHTTP(ctx, ln, limits, door.New(door.Config{}).Handler(mux), a.c.Grace)
	})
	return nil
}

// checkDoors warns of what is open to more people than meant.
func (a *app) checkDoors(context.Context) error {
	var bad []string
	secure := strings.HasPrefix(strings.ToLower(a.c.PublicURL), "https://")
	if secure && a.c.Sandbox && a.c.SandboxURL == "" {
		bad = append(bad, "everybody who reaches "+a.publicURL()+" can write tickets at the sandbox desk (set sandbox: false)")
	}
	if secure && a.c.Operations == "" {
		bad = append(bad, "/metrics and the full /readyz are open to everybody who reaches "+a.publicURL()+" (set operations to an address of their own, or to closed)")
	}
	if a.c.PublicURL == "" && !a.listensHere() {
		bad = append(bad, "any host name is taken, since public_url is not set")
	}
	if !secure && a.c.PublicURL != "" && !ownMachine(a.c.PublicURL) {
		bad = append(bad, "public_url is not https: sessions can be read on the way")
	}
	if bad == nil {
		return nil
	}
	return pipeline.Errorf(pipeline.Invalid, "%s", strings.Join(bad, "; "))
}

// ownMachine tells whether an address is this machine's own.
func ownMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	name, _ := os.Hostname() // empty: not known
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() || name != "" && u.Hostname() == name
}
