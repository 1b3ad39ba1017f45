package door

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config of a Door. The zero value has no rules and takes every host.
type Config struct {
	// Hosts are the names by which requests may ask, without port; empty: any.
	Hosts []string
	// AnyHost are the beginnings of paths that may be asked for by any name: those of
	// machines, which prove themselves otherwise.
	AnyHost []string
	// Here says where a person should go instead; it ends the sentence for a wrong host.
	Here string
	// Proxies are the networks of reverse proxies, whose X-Forwarded-For counts. This
	// machine itself is always one.
	Proxies []netip.Prefix
	Rules   []Rule
	// Begin is how long a body may take to its first byte, and longer by a second for
	// every Rate bytes that came; 0 means 10 s and 16 KiB.
	Begin time.Duration
	Rate  int64
	// Reader is how long a reader of an answer may take nothing of it; 0 means 30 s.
	Reader time.Duration
	// Refused is told of every request that was turned away, by the rule's name or
	// "host"; may be nil.
	Refused func(rule string)
	Now     func() time.Time // nil: time.Now
}

// Door turns away what the rules say. It is safe for concurrent use.
type Door struct {
	c     Config
	rules []*counts
}

// New builds a Door.
func New(c Config) *Door {
	if c.Begin <= 0 {
		c.Begin = 10 * time.Second
	}
	if c.Rate <= 0 {
		c.Rate = 16 << 10
	}
	if c.Reader <= 0 {
		c.Reader = 30 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Refused == nil {
		c.Refused = func(string) {}
	}
	d := &Door{c: c}
	for _, r := range c.Rules {
		d.rules = append(d.rules, newCounts(r))
	}
	return d
}

// Handler lets through to next what may go on.
func (d *Door) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &writer{ResponseWriter: w, control: http.NewResponseController(w), patience: d.c.Reader}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = d.patient(r.Body, out.control)
		}
		if !d.known(r) {
			d.c.Refused("host")
			turnAway(out, http.StatusMisdirectedRequest, 0, "Footnote is not at this address."+d.c.Here)
			return
		}
		for _, rule := range d.rules {
			if !rule.Match(r) {
				continue
			}
			leave, wait := rule.enter(d.key(rule.Rule, r), d.c.Now())
			if leave == nil {
				d.c.Refused(rule.Name)
				turnAway(out, http.StatusTooManyRequests, wait, rule.Say)
				return
			}
			defer func() { leave(out.status) }()
		}
		next.ServeHTTP(out, r)
	})
}

// turnAway answers without reading on: the connection ends, with what it still sends.
func turnAway(w http.ResponseWriter, status int, wait time.Duration, say string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close")
	if wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, say+"\n") // whoever it was went away
}

// known tells whether a request asks by one of our names.
func (d *Door) known(r *http.Request) bool {
	if len(d.c.Hosts) == 0 || slices.ContainsFunc(d.c.AnyHost, func(p string) bool { return strings.HasPrefix(r.URL.Path, p) }) {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.Trim(strings.ToLower(host), "[]"), ".")
	return slices.ContainsFunc(d.c.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

// Client is who asks: the nearest address on a request's way that is no proxy of ours.
func (d *Door) Client(r *http.Request) netip.Addr {
	at := address(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && proxy(at, d.c.Proxies); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap()
	}
	return network(at)
}

// key is what a rule counts by.
func (d *Door) key(rule Rule, r *http.Request) string {
	if rule.Cookie != "" {
		if c, err := r.Cookie(rule.Cookie); err == nil {
			return "cookie " + c.Value
		}
	}
	return d.Client(r).String()
}

// address of a connection; the zero Addr when it has none.
func address(hostport string) netip.Addr {
	at, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// network is an address as it is counted: one household has a /64 of IPv6.
func network(a netip.Addr) netip.Addr {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

func proxy(a netip.Addr, list []netip.Prefix) bool {
	return a.IsLoopback() || !a.IsValid() || slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// patient bounds how long a body takes: what comes too slowly ends as a broken
// connection. The first deadline also holds when the handler never reads it.
func (d *Door) patient(b io.ReadCloser, control *http.ResponseController) io.ReadCloser {
	p := &body{ReadCloser: b, control: control, until: time.Now().Add(d.c.Begin), rate: d.c.Rate}
	_ = control.SetReadDeadline(p.until) // not every server has one
	return p
}

// body is a request's body with its deadline; connections have the machine's clock.
type body struct {
	io.ReadCloser
	control *http.ResponseController
	until   time.Time
	rate, n int64
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.n += int64(n); n > 0 && err == nil {
		_ = b.control.SetReadDeadline(b.until.Add(time.Duration(float64(b.n) / float64(b.rate) * float64(time.Second))))
	}
	return n, err
}

// writer bounds how long a reader may take nothing, and knows the status.
type writer struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	status   int
}

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	_ = w.control.SetWriteDeadline(time.Now().Add(w.patience))
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *writer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	_ = w.control.SetWriteDeadline(time.Now().Add(w.patience))
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush keeps server-sent events flowing.
func (w *writer) Flush() { _ = w.control.Flush() }
