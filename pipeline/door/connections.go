package door

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Connections bounds how many there are, in all and for each address. Those of proxies
// and of this machine itself count in all only. Use one for each http.Server, with
// Listen around its listener and State as its ConnState. Safe for concurrent use.
type Connections struct {
	All, Each int // 0: no bound
	Proxies   []netip.Prefix
	// Refused is told of every connection that was closed for one of these bounds; may
	// be nil.
	Refused func(why string)

	mu    sync.Mutex
	open  map[*conn]bool
	each  map[netip.Addr]int
	count int
}

// conn is one connection that counts.
type conn struct {
	net.Conn
	all  *Connections
	from netip.Addr
	once sync.Once
	idle bool      // between requests, or nothing came yet; under all.mu
	at   time.Time // since when; under all.mu
}

// Listen counts the connections of a listener.
func (c *Connections) Listen(ln net.Listener) net.Listener {
	c.open, c.each = map[*conn]bool{}, map[netip.Addr]int{}
	return &listener{ln, c}
}

type listener struct {
	net.Listener
	c *Connections
}

// Accept returns the next connection that there is room for.
func (l *listener) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.c.admit(nc); c != nil {
			return c, nil
		}
		_ = nc.Close()
	}
}

// admit counts a connection, or returns nil when there is no room for it. When there
// are too many in all, the one goes that has been idle longest: who asks for something
// now comes before who holds a connection in reserve.
func (c *Connections) admit(nc net.Conn) *conn {
	from := network(address(nc.RemoteAddr().String()))
	if proxy(from, c.Proxies) {
		from = netip.Addr{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Each > 0 && from.IsValid() && c.each[from] >= c.Each {
		c.refused("address")
		return nil
	}
	if c.All > 0 && c.count >= c.All {
		oldest := c.oldestIdle()
		if c.refused("all"); oldest == nil {
			return nil
		}
		c.forget(oldest)
		go oldest.Conn.Close() // closing may wait for a TLS peer; nobody else may
	}
	n := &conn{Conn: nc, all: c, from: from, idle: true, at: time.Now()}
	c.open[n] = true
	c.count++
	if from.IsValid() {
		c.each[from]++
	}
	return n
}

func (c *Connections) refused(why string) {
	if c.Refused != nil {
		c.Refused(why)
	}
}

func (c *Connections) oldestIdle() (oldest *conn) {
	for n := range c.open {
		if n.idle && (oldest == nil || n.at.Before(oldest.at)) {
			oldest = n
		}
	}
	return oldest
}

// forget takes a connection out of the count; the caller holds the lock.
func (c *Connections) forget(n *conn) {
	if !c.open[n] {
		return
	}
	delete(c.open, n)
	c.count--
	if !n.from.IsValid() {
		return
	}
	if c.each[n.from]--; c.each[n.from] <= 0 {
		delete(c.each, n.from)
	}
}

// Close closes the connection and makes room for another.
func (n *conn) Close() error {
	n.once.Do(func() {
		n.all.mu.Lock()
		defer n.all.mu.Unlock()
		n.all.forget(n)
	})
	return n.Conn.Close()
}

// State is for http.Server.ConnState.
func (c *Connections) State(nc net.Conn, s http.ConnState) {
	n, ok := nc.(*conn)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.idle, n.at = s == http.StateNew || s == http.StateIdle, time.Now()
}

// Count is how many connections there are.
func (c *Connections) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}
