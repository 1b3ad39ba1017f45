package bottest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// What the fake workspace is called and what it accepts.
const (
	SlackTeam          = "T0ACME"
	SlackApp           = "A0FOOTNOTE"
	SlackBotUser       = "U0BOT"
	SlackBot           = "B0BOT"
	SlackBotToken      = "xoxb-fake"
	SlackAppToken      = "xapp-fake"
	SlackSigningSecret = "fake-signing-secret"
	// SlackTriggerLife is how long a trigger_id may be used.
	SlackTriggerLife = 3 * time.Second
)

// Slack is a fake workspace on loopback: the part of the Web API that chats
// use, Socket Mode, and signed HTTP deliveries. It refuses what Slack refuses
// (sizes, tokens, triggers, foreign messages) and remembers everything it was
// sent: its ledger, not the tested code's database, says what people saw. It
// can act as people who press buttons and fill in forms. All methods may be
// called from several goroutines.
type Slack struct {
	// BeforeAnswer runs before the answer to a submission is shown: Slack may do
	// that after it carried out the app's next call. Set it before the first one.
	BeforeAnswer func()

	base   string
	server *http.Server
	served sync.WaitGroup

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever anything below changes
	now      func() time.Time
	seq      int
	channels map[string]*slackChannel
	users    map[string]SlackUser
	groups   map[string][]string
	messages []*SlackMessage
	whispers []SlackWhisper
	views    map[string]*SlackView
	stacks   map[string][]string // user → open views, root first
	homes    map[string]json.RawMessage
	triggers map[string]*slackTrigger
	answers  map[string]*slackAnswerURL
	faults   map[string][]SlackFault
	always   map[string]SlackFault
	latency  time.Duration
	patient  bool
	rates    map[string]*slackRate
	calls    []SlackCall
	sockets  []*slackSocket
	tickets  map[string]bool // socket addresses handed out and not used yet
	opened   int             // sockets ever opened
	next     int             // socket for the next envelope
	events   string          // HTTP mode: where events go
	actions  string          // HTTP mode: where interactions go
	last     slackDelivery   // the latest interaction, to deliver it again
	surface  slackSurface

	granted   []string // scopes that answers name; nil: none are named
	customize bool     // the app has chat:write.customize

	enterprise string // of Enterprise Grid that the workspace belongs to; empty: none
	pageSize   int    // messages a page at most; 0: as asked for
}

// SlackUser is a person or bot as users.info tells.
type SlackUser struct {
	ID, Team, Name, Email string
	Guest, Bot, Stranger  bool
	SingleChannel         bool // a guest of one channel: Slack sets both marks
	Deleted               bool
	Enterprise            string   // of Enterprise Grid; Team is then one of its workspaces
	GridID                string   // in the enterprise; empty: ID
	Teams                 []string // of the enterprise that the person is in; nil: Team
}

// JoinEnterprise makes the workspace one of an Enterprise Grid organisation.
func (s *Slack) JoinEnterprise(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enterprise = id
}

// Grant says which scopes the token has, as every answer then tells.
func (s *Slack) Grant(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.granted = scopes
}

type slackChannel struct {
	archived bool
	member   bool // the bot is in it
}

// SlackCall is one request that reached the API.
type SlackCall struct {
	Method string
	At     time.Time
	Args   map[string]string // as sent; nested values as JSON
	Error  string            // what was answered: "" is ok, "lost" an answer that was cut off
}

// SlackFault is a scripted misbehaviour of one call.
type SlackFault struct {
	Error      string          // answer ok:false with this error
	Status     int             // answer this HTTP status and a page of HTML
	RetryAfter time.Duration   // answer 429
	Lose       bool            // carry the call out, then cut the connection
	Cut        bool            // cut the connection at once
	Hold       <-chan struct{} // wait for this before anything else
}

// NewSlack starts a workspace with the channel C0TRIAGE, which the bot is in,
// and nobody but the bot. Close must be called.
func NewSlack() *Slack {
	s := &Slack{changed: make(chan struct{}), now: time.Now,
		channels: map[string]*slackChannel{"C0TRIAGE": {member: true}},
		users:    map[string]SlackUser{}, groups: map[string][]string{},
		views: map[string]*SlackView{}, stacks: map[string][]string{}, homes: map[string]json.RawMessage{},
		triggers: map[string]*slackTrigger{}, answers: map[string]*slackAnswerURL{},
		faults: map[string][]SlackFault{}, always: map[string]SlackFault{}, tickets: map[string]bool{},
		surface: slackSurface{members: map[string][]string{}}}
	s.AddUser(SlackUser{ID: SlackBotUser, Name: "footnote", Bot: true})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("bottest: listen: " + err.Error())
	}
	s.base = "http://" + l.Addr().String()
	s.server = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	s.served.Go(func() { _ = s.server.Serve(l) })
	return s
}

// Close ends every connection and waits for the server.
func (s *Slack) Close() {
	_ = s.server.Close()
	s.DropSockets()
	s.served.Wait()
}

// URL is the API's address, as slack.OptionAPIURL takes it.
func (s *Slack) URL() string { return s.base + "/api/" }

// SetClock replaces the clock that triggers age by.
func (s *Slack) SetClock(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// PointAt switches to HTTP mode: signed deliveries to base/slack/events and
// base/slack/interactive. An empty base switches back to Socket Mode.
func (s *Slack) PointAt(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events, s.actions = "", ""
	if base != "" {
		s.events, s.actions = base+"/slack/events", base+"/slack/interactive"
	}
}

// AddUser adds or replaces a person; an empty team means the workspace's own.
func (s *Slack) AddUser(u SlackUser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Team == "" {
		u.Team = SlackTeam
	}
	s.users[u.ID] = u
}

// SetGroup sets the members of a user group.
func (s *Slack) SetGroup(id string, users ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[id] = users
}

// SetChannel adds or changes a channel.
func (s *Slack) SetChannel(id string, member, archived bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[id] = &slackChannel{member: member, archived: archived}
}

// Fail scripts the next calls of a method ("chat.postMessage"), one fault each.
func (s *Slack) Fail(method string, faults ...SlackFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

// FailAlways lets every call of a method fail until Heal.
func (s *Slack) FailAlways(method string, f SlackFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always[method] = f
}

// SetLatency lets every API call take this long before it is carried out.
func (s *Slack) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = d
}

// Patient lets permissions to open a form age by what is asked for alone (Aged),
// not by the clock: for machines that are slower than Slack is patient.
func (s *Slack) Patient() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patient = true
}

// Heal removes all faults of a method.
func (s *Slack) Heal(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.always, method)
	delete(s.faults, method)
}

// Calls returns the ledger of a method, or of all when method is empty.
func (s *Slack) Calls(method string) []SlackCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []SlackCall
	for _, c := range s.calls {
		if method == "" || c.Method == method {
			out = append(out, c)
		}
	}
	return out
}

// Messages returns a channel's messages as they read now, oldest first.
func (s *Slack) Messages(channel string) []SlackMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []SlackMessage
	for _, m := range s.messages {
		if m.Channel == channel {
			out = append(out, m.clone())
		}
	}
	return out
}

// DeleteMessage removes a message, as a person in Slack may.
func (s *Slack) DeleteMessage(channel, ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = slices.DeleteFunc(s.messages, func(m *SlackMessage) bool { return m.Channel == channel && m.TS == ts })
	s.touch()
}

// Whispers returns what only this person was told, oldest first.
func (s *Slack) Whispers(user string) []SlackWhisper {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []SlackWhisper
	for _, w := range s.whispers {
		if w.User == user {
			out = append(out, w)
		}
	}
	return out
}

// View returns the view on top of the person's screen; false when none is open.
func (s *Slack) View(user string) (SlackView, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stack := s.stacks[user]
	if len(stack) == 0 {
		return SlackView{}, false
	}
	return *s.views[stack[len(stack)-1]], true
}

// Home returns the view last published to a person's Home tab.
func (s *Slack) Home(user string) json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.homes[user]
}

// Wait returns when cond holds; cond is asked again after every change.
func (s *Slack) Wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		ch := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return fmt.Errorf("wait for Slack: %w", ctx.Err())
		}
	}
}

// Nudge lets Wait ask its condition again: for conditions that also depend on
// something else than the workspace.
func (s *Slack) Nudge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch()
}

// touch tells Wait that something changed; mu is held.
func (s *Slack) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// id returns a new identifier; mu is held.
func (s *Slack) id(prefix string) string {
	s.seq++
	return fmt.Sprintf("%s%08d", prefix, s.seq)
}

// ts returns a new message timestamp; mu is held.
func (s *Slack) ts() string {
	s.seq++
	return fmt.Sprintf("%d.%06d", s.now().Unix(), s.seq)
}
