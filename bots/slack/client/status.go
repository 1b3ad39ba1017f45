package client

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"footnote/bots"
)

// Surface is the name of this chat in decisions.
const Surface = "slack"

// areaSocket is the problem of the connection that deliveries come by.
const areaSocket = "socket"

// silentFor is how long Slack may leave calls unanswered before Status says so.
const silentFor = 20 * time.Second

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
	call      aCall // what failed; its method is empty for what is no single call
}

type status struct {
	mu        sync.Mutex
	socket    bool // the transport
	connected bool
	me        Self
	problems  map[string]problem // by call, or token, or areaSocket
	lost      time.Time          // the first of the calls in a row that nobody answered; zero: none
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

// Broke notes what keeps the token from working, in Slack's word for it, until a
// call works again.
func (c *Client) Broke(code string) {
	c.status.broke("bot", problem{code: code, say: Repair(code), since: c.Now()})
}

// SocketUp notes whether the socket is open; SocketBroke why it cannot be opened.
func (c *Client) SocketUp(on bool) { c.status.connect(on) }
func (c *Client) SocketBroke(code, say string) {
	c.status.broke(areaSocket, problem{code: code, say: say, since: c.Now()})
}

// Status returns a copy of the present state. It asks nobody.
func (c *Client) Status() Status {
	s := &c.status
	now := c.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Transport: "http", Connected: s.connected, Team: s.me.teamName, TeamID: s.me.team, Counts: maps.Clone(s.counts)}
	if s.socket {
		out.Transport = "socket"
	}
	if p, ok := s.worst(now); ok {
		out.Problem, out.Code, out.Since = p.say, p.code, p.since
	}
	out.Ready = out.Problem == "" && (!s.socket || s.connected)
	return out
}

// worst is the problem to tell first: of the token, of a call, of silence, of the
// socket; among calls the one that lasts longest. mu is held.
func (s *status) worst(now time.Time) (problem, bool) {
	for _, area := range []string{"bot", "app"} {
		if p, ok := s.problems[area]; ok {
			return p, true
		}
	}
	var worst problem
	for _, area := range slices.Sorted(maps.Keys(s.problems)) {
		if p := s.problems[area]; area != areaSocket && (worst.code == "" || p.since.Before(worst.since)) {
			worst = p
		}
	}
	switch socket := s.problems[areaSocket]; {
	case worst.code != "":
	case !s.lost.IsZero() && now.Sub(s.lost) >= silentFor:
		worst = problem{code: "no_answer", say: "Slack does not answer. Look at the network, a proxy, and status.slack.com; what waits goes on by itself.", since: s.lost}
	default:
		worst = socket
	}
	return worst, worst.code != ""
}

func (s *status) broke(area string, p problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.problems == nil {
		s.problems = map[string]problem{}
	}
	if old, ok := s.problems[area]; ok && old.code == p.code {
		return
	}
	s.problems[area] = p
}

// worked notes that a call was carried out: its token is good, and so is the call.
func (s *status) worked(k aCall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = time.Time{}
	delete(s.problems, k.token)
	delete(s.problems, k.key())
}

// answered notes that Slack answers, whatever it says.
func (s *status) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = time.Time{}
}

// silent notes a call that nobody answered.
func (s *status) silent(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost.IsZero() {
		s.lost = at
	}
}

// failed lists the calls that are refused.
func (s *status) failed() []aCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []aCall
	for _, p := range s.problems {
		if p.call.method != "" {
			out = append(out, p.call)
		}
	}
	return out
}

// forgive drops the problems of calls that write.
func (s *status) forgive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.problems, func(_ string, p problem) bool { return p.call.method != "" && !slices.Contains(reads, p.call.method) })
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
