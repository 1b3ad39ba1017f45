package client

import (
	"context"
	"maps"
	"sync"
	"time"

	"footnote/bots"
)

// Surface is the name of this chat in decisions.
const Surface = "slack"

// Areas that fail and are repaired apart from each other.
const (
	areaAPI    = "api"
	areaSocket = "socket"
)

// Status is how the connection to Slack is doing, for /readyz and doctor.
type Status struct {
	// Ready says that cards can be shown and presses arrive, as far as known.
	Ready bool
	// Problem says in plain words what is wrong and what to do; empty when
	// nothing is known to be wrong. Code is Slack's word for it.
	Problem string
	Code    string
	Since   time.Time // of the problem
	// Transport is "socket" or "http"; Connected is about the socket only.
	Transport string
	Connected bool
	Team      string // the workspace's name and id, once known
	TeamID    string
	// Counts since start: duplicate, refused, ratelimited, unanswered,
	// unknown_event, unreadable, retried, ….
	Counts map[string]int64
}

type problem struct {
	code, say string
	since     time.Time
}

type status struct {
	mu        sync.Mutex
	socket    bool // the transport
	connected bool
	me        Self
	problems  map[string]problem
	counts    map[string]int64
}

// Unread keeps what was authentic and could not be read, for the people who look
// at Operations.
func (c *Client) Unread(ctx context.Context, reason string, raw []byte) {
	c.Count("unreadable")
	c.Log.Warn("delivery of Slack's not understood", "reason", bots.Plain(reason, 300))
	if c.Quarantine == nil {
		return
	}
	if err := c.Quarantine.Keep(ctx, Surface, reason, raw, c.Now()); err != nil {
		c.Log.Error("delivery of Slack's not kept", "error", err)
	}
}

// Count adds one to a named count of Status.
func (c *Client) Count(name string) { c.status.count(name) }

// Broke notes what keeps the API from working, in Slack's word for it, until a call works again.
func (c *Client) Broke(code string) { c.status.broke(areaAPI, code, Repair(code), c.Now()) }

// Worked notes that a call worked.
func (c *Client) Worked() { c.status.repaired(areaAPI) }

// SocketUp notes whether the socket is open; SocketBroke why it cannot be opened.
func (c *Client) SocketUp(on bool)             { c.status.connect(on) }
func (c *Client) SocketBroke(code, say string) { c.status.broke(areaSocket, code, say, c.Now()) }

// Status returns a copy of the present state. It asks nobody.
func (c *Client) Status() Status {
	s := &c.status
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Transport: "http", Connected: s.connected, Team: s.me.teamName, TeamID: s.me.team, Counts: maps.Clone(s.counts)}
	if s.socket {
		out.Transport = "socket"
	}
	for _, area := range []string{areaSocket, areaAPI} { // the API's problem is the more telling
		if p, ok := s.problems[area]; ok {
			out.Problem, out.Code, out.Since = p.say, p.code, p.since
		}
	}
	out.Ready = out.Problem == "" && (!s.socket || s.connected)
	return out
}

func (s *status) broke(area, code, say string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.problems == nil {
		s.problems = map[string]problem{}
	}
	if p, ok := s.problems[area]; ok && p.code == code {
		return
	}
	s.problems[area] = problem{code: code, say: say, since: at}
}

func (s *status) repaired(area string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.problems, area)
}

func (s *status) connect(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connected = on
	if on {
		delete(s.problems, areaSocket)
	}
}

func (s *status) known(me Self) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.me = me
}

func (s *status) count(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]int64{}
	}
	s.counts[name]++
}
