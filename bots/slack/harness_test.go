package slack

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"footnote/bots/bottest"
	"footnote/bots/intake"
	"footnote/bots/slack/client"
	"footnote/bots/slack/sample"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

const channel = "C0TRIAGE"

func TestMain(m *testing.M) {
	code := pgtest.Main(m, migrations.ApplyDSN)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// t0 is when everything in these tests happens.
var t0 = sample.Time

var ada, alan = sample.Ada, sample.Alan

// people are accounts by address.
type people map[string]pipeline.Agent

func (p people) AgentByEmail(_ context.Context, email string) (pipeline.Agent, error) {
	if a, ok := p[strings.ToLower(email)]; ok {
		return a, nil
	}
	return pipeline.Agent{}, pipeline.Errorf(pipeline.NotFound, "no account")
}

// world is a workspace, a review and a chat between them.
type world struct {
	t       testing.TB
	ctx     context.Context
	slack   *bottest.Slack
	reviews *reviews
	pool    *pgxpool.Pool
	chat    *Chat
	cfg     Config
}

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// newWorld starts a chat on the transport "socket" or "http"; with "" none
// runs, and only Handle is used. options change the configuration first.
func newWorld(t testing.TB, transport string, options ...func(*Config)) *world {
	t.Helper()
	w := quietWorld(t, options...)
	w.begin(transport)
	return w
}

// begin starts the chat and waits until it is ready; "" only builds it.
func (w *world) begin(transport string) {
	w.t.Helper()
	switch transport {
	case "socket":
		w.cfg.AppToken = bottest.SlackAppToken
	case "http":
		w.cfg.SigningSecret = bottest.SlackSigningSecret
	}
	w.chat = w.newChat()
	if transport == "http" {
		server := httptest.NewServer(w.chat.Routes())
		w.t.Cleanup(server.Close)
		w.slack.PointAt(server.URL)
	}
	if transport != "" {
		w.run(w.chat)
		w.await("the chat is ready", func() bool { return w.chat.Status().Ready })
	}
}

// quietWorld has no chat yet.
func quietWorld(t testing.TB, options ...func(*Config)) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, slack: bottest.NewSlack(), reviews: &reviews{m: map[string]pipeline.Review{}}, pool: pgtest.New(t)}
	t.Cleanup(w.slack.Close)
	w.slack.Patient()
	w.slack.AddUser(bottest.SlackUser{ID: "U1ADA", Name: "Ada", Email: ada.Email})
	w.slack.AddUser(bottest.SlackUser{ID: "U2ALAN", Name: "Alan", Email: "Alan@ACME.test"})
	w.cfg = Config{
		Config: client.Config{Quarantine: intake.NewQuarantine(w.pool), Token: bottest.SlackBotToken, Channel: channel, APIURL: w.slack.URL(), ConsoleURL: "https://footnote.acme.test/",
			Pool: w.pool, People: people{ada.Email: ada, alan.Email: alan}, Log: slog.New(slog.NewTextHandler(testLog{w}, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Pace: func(context.Context, string) error { return nil }, Patience: 30 * time.Second},
		SigningSecret: bottest.SlackSigningSecret, Reviewer: w.reviews, History: w.reviews, Snoozer: w.reviews}
	for _, o := range options {
		o(&w.cfg)
	}
	return w
}

// testLog writes to the test's log, and to nothing once the test is over. What
// the chat says is also a reason for await to look again.
type testLog struct{ w *world }

func (l testLog) Write(p []byte) (int, error) {
	if _, ok := l.w.t.(*testing.T); ok && l.w.t.Context().Err() == nil { // benchmarks print figures only
		l.w.t.Log(strings.TrimSpace(string(p)))
	}
	l.w.slack.Nudge()
	return len(p), nil
}

func (w *world) newChat() *Chat {
	w.t.Helper()
	c, err := New(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Stop(time.Second) })
	return c
}

// run runs the chat until the test ends or the returned function is called.
func (w *world) run(c *Chat) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.ctx))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = c.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	w.t.Cleanup(stop)
	return stop
}

// await waits until cond holds; it is asked after everything that Slack sees,
// and now and then for what only the chat knows.
func (w *world) await(what string, cond func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	var asking sync.WaitGroup
	asking.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				w.slack.Nudge()
			case <-ctx.Done():
				return
			}
		}
	})
	err := w.slack.Wait(ctx, cond)
	cancel()
	asking.Wait()
	if err != nil {
		for _, m := range w.slack.Messages(channel) {
			w.t.Logf("card: %q", m.Strings())
		}
		for _, u := range []string{"U1ADA", "U2ALAN"} {
			w.t.Logf("%s was told: %v", u, w.slack.Whispers(u))
		}
		w.t.Fatalf("waiting until %s: %v", what, err)
	}
}

// proposed adds a draft and tells the chat of it.
func (w *world) proposed(change ...func(*pipeline.Review)) pipeline.Review {
	w.t.Helper()
	r := typical()
	for _, f := range change {
		f(&r)
	}
	w.reviews.put(r)
	w.handle(pipeline.DraftProposed, r)
	r, _ = w.reviews.Find(w.ctx, r.Draft.ID)
	return r
}

func (w *world) event(typ pipeline.EventType, r pipeline.Review) pipeline.Event {
	return pipeline.NewEvent(typ, uuid.NewString(), r.Draft.Ticket, t0, map[string]any{"draft": r.Draft.ID})
}

func (w *world) handle(typ pipeline.EventType, r pipeline.Review) {
	w.t.Helper()
	if err := w.chat.Handle(w.ctx, w.event(typ, r)); err != nil {
		w.t.Fatalf("handle %s: %v", typ, err)
	}
}

// card is the one card there is.
func (w *world) card() bottest.SlackMessage {
	w.t.Helper()
	all := w.cards()
	if len(all) != 1 {
		w.t.Fatalf("there are %d cards, want 1", len(all))
	}
	return all[0]
}

// cards are the messages that stand in no thread.
func (w *world) cards() []bottest.SlackMessage {
	return slices.DeleteFunc(w.slack.Messages(channel), func(m bottest.SlackMessage) bool { return m.ThreadTS != "" })
}

// notes are what stands in the threads.
func (w *world) notes() []bottest.SlackMessage {
	return slices.DeleteFunc(w.slack.Messages(channel), func(m bottest.SlackMessage) bool { return m.ThreadTS == "" })
}

func (w *world) click(user, action string) {
	w.t.Helper()
	if err := w.slack.Click(w.ctx, user, w.card(), action); err != nil {
		w.t.Fatalf("press %s: %v", action, err)
	}
}

// cardSays waits until the card contains every one of the words.
func (w *world) cardSays(words ...string) {
	w.t.Helper()
	w.await(fmt.Sprintf("the card says %q", words), func() bool {
		m := w.cards()
		return len(m) == 1 && contains(m[0].Strings(), words...)
	})
}

// told waits until the person was told something with every one of the words.
func (w *world) told(user string, words ...string) {
	w.t.Helper()
	w.await(fmt.Sprintf("%s is told %q", user, words), func() bool {
		return slices.ContainsFunc(w.slack.Whispers(user), func(x bottest.SlackWhisper) bool { return contains([]string{x.Text}, words...) })
	})
}

// form waits until the person has a form open with the input.
func (w *world) form(user, input string) bottest.SlackView {
	w.t.Helper()
	var v bottest.SlackView
	w.await("the form shows "+input, func() bool {
		var ok bool
		v, ok = w.slack.View(user)
		return ok && v.Block(input) != ""
	})
	return v
}

func contains(all []string, words ...string) bool {
	joined := strings.Join(all, "\n")
	for _, word := range words {
		if !strings.Contains(joined, word) {
			return false
		}
	}
	return true
}

// typical is a draft as most are.
func typical() pipeline.Review {
	r := sample.Typical()
	r.Draft.ID = uuid.NewString()
	return r
}

// abstention is a message that no draft could be written for.
func abstention(r *pipeline.Review) { sample.Abstention(r) }

// idle waits until no press is being worked on.
func idle(c *Chat) {
	for c.Working() > 0 {
		time.Sleep(2 * time.Millisecond)
	}
}
