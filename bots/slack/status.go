package slack

import (
	"context"
	"maps"
	"sync"
	"time"

	"footnote/bots"
)

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
	me        self
	problems  map[string]problem
	counts    map[string]int64
}

// unread keeps what was authentic and could not be read, for the people who look
// at Operations.
func (c *Chat) unread(ctx context.Context, reason string, raw []byte) {
	c.status.count("unreadable")
	c.log.Warn("delivery of Slack's not understood", "reason", bots.Plain(reason, 300))
	if c.cfg.Quarantine == nil {
		return
	}
	if err := c.cfg.Quarantine.Keep(ctx, Surface, reason, raw, c.now()); err != nil {
		c.log.Error("delivery of Slack's not kept", "error", err)
	}
}

// Status returns a copy of the present state. It asks nobody.
func (c *Chat) Status() Status {
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

func (s *status) known(me self) {
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
