package slack

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/requests"
	"footnote/bots/slack/sample"
	"footnote/pipeline"
)

const lounge = "C0LOUNGE" // an ordinary channel that the bot is in

// knowledge answers every question with one public source, and with an internal
// one beside it when it may.
type knowledge struct {
	mu    sync.Mutex
	asked []requests.Question
	fail  []error         // one for each of the next questions
	gate  <-chan struct{} // every question waits for it
	none  bool            // abstain
	// public is why the public sources alone do not answer; empty: they do.
	public string
}

func (k *knowledge) Ask(ctx context.Context, q requests.Question) (pipeline.Draft, error) {
	k.mu.Lock()
	k.asked = append(k.asked, q)
	gate := k.gate
	var err error
	if len(k.fail) > 0 {
		err, k.fail = k.fail[0], k.fail[1:]
	}
	none, public := k.none, k.public
	k.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return pipeline.Draft{}, ctx.Err()
		}
	}
	if err != nil {
		return pipeline.Draft{}, err
	}
	r := typical()
	sample.Internal(&r)
	d := r.Draft
	d.ID, d.Ticket, d.Message, d.Findings = "5f0c3c1e-0000-4000-8000-000000000009", pipeline.TicketRef{}, "", nil
	if !q.Internal {
		d.Sentences = slices.Delete(slices.Clone(d.Sentences), 2, 3) // the one with the internal source
		d.Nearest = d.Nearest[:1]
	}
	if public != "" && !q.Internal {
		d.Sentences, d.Abstained = nil, public
	}
	if none {
		d.Sentences, d.Abstained = nil, "No source speaks of it"
	}
	return d, nil
}

func (k *knowledge) questions() []requests.Question {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.asked)
}

// bureau is an office in memory, which asks the role as the real one does.
type bureau struct {
	mu     sync.Mutex
	sw     requests.Switch
	turned int
	fail   error
	evil   string // stands in every text when set
}

func (b *bureau) say(s string) string {
	if b.evil != "" {
		return b.evil
	}
	return s
}

func (b *bureau) Overview(context.Context, pipeline.Agent) (requests.Overview, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return requests.Overview{Switch: b.sw, Parts: []requests.Part{{Name: "NATS", OK: true, Detail: "1ms"}, {Name: b.say("model"), OK: false, Detail: b.say("breaker open")}}, Waiting: 7, Pending: 1}, b.fail
}

func (b *bureau) Work(context.Context, pipeline.Agent) (requests.Work, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return requests.SampleWork(b.sw, b.evil), b.fail
}

func (b *bureau) Report(_ context.Context, by pipeline.Agent, days int) (requests.Figures, error) {
	if by.Role != "manager" && by.Role != "admin" {
		return requests.Figures{}, pipeline.Errorf(pipeline.Denied, "Your role (%s) may not read reports. Ask a manager.", by.Role)
	}
	f := requests.SampleFigures()
	f.From = f.To.AddDate(0, 0, -days)
	return f, b.fail
}

func (b *bureau) Pause(_ context.Context, by pipeline.Agent, paused bool, reason string) (requests.Switch, error) {
	if by.Role != "manager" && by.Role != "admin" {
		return requests.Switch{}, pipeline.Errorf(pipeline.Denied, "Your role (%s) may not pause or resume drafting. Ask a manager.", by.Role)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sw.Paused != paused {
		b.turned++
		b.sw = requests.Switch{Paused: paused, By: by.Name, Reason: reason, At: t0}
	}
	return b.sw, b.fail
}

var grete = pipeline.Agent{ID: "a-grete", Name: "Grete Hermann", Email: "grete@acme.test", Role: "manager"}

// salon is a world with everything besides cards.
type salon struct {
	*world
	knows *knowledge
	desk  *bureau
}

func newSalon(t *testing.T, transport string, options ...func(*Config)) *salon {
	t.Helper()
	s := &salon{knows: &knowledge{}, desk: &bureau{}}
	s.world = newWorld(t, transport, append([]func(*Config){func(c *Config) {
		c.Asker, c.Office = s.knows, s.desk
		c.People = people{ada.Email: ada, alan.Email: alan, grete.Email: grete, "guest@acme.test": ada, "rival@else.test": ada}
		c.Reactions = map[string]string{"+1": "good", "-1": "bad"}
		c.Retry = time.Hour // tests resume by hand
	}}, options...)...)
	w := s.slack
	w.SetChannel(lounge, true, false)
	w.SetChannel("D1ADA", true, false)
	w.AddUser(bottest.SlackUser{ID: "U3GRETE", Name: "Grete", Email: grete.Email})
	w.AddUser(bottest.SlackUser{ID: "U4GUEST", Name: "Guest", Email: "guest@acme.test", Guest: true})
	w.AddUser(bottest.SlackUser{ID: "U5RIVAL", Name: "Rival", Email: "rival@else.test", Team: "T0OTHER"})
	w.AddUser(bottest.SlackUser{ID: "U6NOBODY", Name: "Nobody", Email: "nobody@acme.test"})
	w.AddUser(bottest.SlackUser{ID: "U7ROBOT", Name: "Robot", Bot: true})
	return s
}

func (s *salon) mention(a bottest.SlackAsk) string {
	s.t.Helper()
	ts, err := s.slack.Mention(s.ctx, a)
	if err != nil {
		s.t.Fatalf("mention: %v", err)
	}
	return ts
}

func (s *salon) command(user, text string) {
	s.t.Helper()
	if _, err := s.slack.Command(s.ctx, bottest.SlackAsk{User: user, Channel: lounge, Text: text}); err != nil {
		s.t.Fatalf("/footnote %s: %v", text, err)
	}
}

// answers are our own messages in a channel.
func (s *salon) answers(channel string) []bottest.SlackMessage {
	return slices.DeleteFunc(s.slack.Messages(channel), func(m bottest.SlackMessage) bool { return m.Bot != bottest.SlackBot })
}

// answered waits until the one answer in the channel says the words.
func (s *salon) answered(channel string, words ...string) bottest.SlackMessage {
	s.t.Helper()
	var m bottest.SlackMessage
	s.await("the answer says "+strings.Join(words, ", "), func() bool {
		all := s.answers(channel)
		if len(all) != 1 {
			return false
		}
		m = all[0]
		return contains(m.Strings(), words...)
	})
	return m
}

// heard waits until the person alone was told the words, and returns that.
func (s *salon) heard(user string, words ...string) bottest.SlackWhisper {
	s.t.Helper()
	var w bottest.SlackWhisper
	s.await(user+" hears "+strings.Join(words, ", "), func() bool {
		for _, x := range s.slack.Whispers(user) {
			if contains(append(x.Message().Strings(), x.Text), words...) {
				w = x
				return true
			}
		}
		return false
	})
	return w
}

// ended waits until every request has ended, and returns surface → states.
func (s *salon) ended(n int) []string {
	s.t.Helper()
	var out []string
	s.await("every request has ended", func() bool {
		out = nil
		rows, err := s.pool.Query(s.ctx, `SELECT surface || ' ' || state FROM slack_requests ORDER BY created_at`)
		if err != nil {
			s.t.Fatal(err)
		}
		open := 0
		for rows.Next() {
			var x string
			if err := rows.Scan(&x); err != nil {
				s.t.Fatal(err)
			}
			if strings.HasSuffix(x, "open") {
				open++
			}
			out = append(out, x)
		}
		return open == 0 && len(out) == n
	})
	return out
}

// lapse lets another process take up what is open, as after a minute.
func (s *salon) lapse() {
	s.t.Helper()
	if _, err := s.pool.Exec(s.ctx, `UPDATE slack_requests SET held_until = now() WHERE state = 'open'`); err != nil {
		s.t.Fatal(err)
	}
}
