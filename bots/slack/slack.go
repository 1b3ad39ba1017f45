package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/presses"
	"footnote/bots/slack/requests"
	"footnote/pipeline"
)

// Handles lists the events that Handle wants to see.
var Handles = []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftClaimed, pipeline.DraftDecided,
	pipeline.DraftVoided, pipeline.ReplyDelivered, pipeline.ReplyReturned}

// Config is what New needs.
type Config struct {
	client.Config
	requests.Ports

	SigningSecret string // for HTTP; empty closes its routes
	// OldSigningSecret is accepted too while the secret is being changed.
	OldSigningSecret string

	Reviewer bots.Reviewer
	// History tells what happened before; nil: cards have no thread and do not
	// say what a redraft changed.
	History bots.PastReader
	// Snoozer puts tickets off; nil: nothing can be put off.
	Snoozer bots.Snoozer
	// Takers lists whom tickets can be handed off to; nil: to anybody, at once.
	Takers bots.Takers
	// Support takes messages in channels that are a desk's; nil: there are none.
	Support Support
	// Grace is how long running work may finish once Run's context has ended.
	// 0 means 10 s.
	Grace time.Duration
}

// Chat shows drafts in a Slack channel and carries out what people press there.
// All methods may be called from several goroutines; any number of processes
// may run one on the same database.
type Chat struct {
	*client.Client
	cfg      Config
	cards    *cards.Cards
	presses  *presses.Presses
	requests *requests.Requests
	running  atomic.Bool
}

var _ bots.Chat = (*Chat)(nil)

// New checks the configuration; it calls nobody. The error kind is Invalid.
func New(cfg Config) (*Chat, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.Grace = cmp.Or(cfg.Grace, 10*time.Second)
	c := &Chat{Client: client.New(cfg.Config), cfg: cfg}
	c.cards = cards.New(c.Client, cfg.Reviewer, cfg.History)
	c.presses = presses.New(c.cards, cfg.Reviewer, cfg.Snoozer, cfg.Takers)
	c.requests = requests.New(c.presses, cfg.Ports)
	return c, nil
}

func (cfg Config) check() error {
	wrong := slices.Concat(cfg.Config.Wrong(), cfg.Ports.Wrong())
	if cfg.AppToken == "" && cfg.SigningSecret == "" {
		wrong = append(wrong, "either an app token (Socket Mode) or a signing secret (HTTP) is required")
	}
	if cfg.Reviewer == nil {
		wrong = append(wrong, "a reviewer is required")
	}
	if len(wrong) > 0 {
		return pipeline.Errorf(pipeline.Invalid, "slack: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// Name returns "slack".
func (c *Chat) Name() string { return client.Surface }

// Run keeps the connection to Slack (in Socket Mode), shows cards that had to
// wait for a repair, and forgets what is old, until ctx ends. It then takes
// no more work, waits for running work within Grace, and returns nil. In HTTP
// mode the handler of Routes answers 503 once Run has ended.
func (c *Chat) Run(ctx context.Context) error {
	c.running.Store(true)
	defer c.running.Store(false)
	var wg sync.WaitGroup
	if c.AppToken != "" {
		wg.Go(func() { c.runSocket(ctx) })
	}
	wg.Go(func() { c.keepHouse(ctx) })
	<-ctx.Done()
	c.Stop(c.cfg.Grace)
	wg.Wait()
	return nil
}

// Running tells whether Run does: else Status knows only of calls that were made.
func (c *Chat) Running() bool { return c.running.Load() }

// keepHouse looks at once, and then every Retry, for what has to be repaired.
func (c *Chat) keepHouse(ctx context.Context) {
	tick := time.NewTicker(c.Retry)
	defer tick.Stop()
	for {
		if err := c.Recover(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("Slack is not ready; trying again", "error", err)
		}
		if err := c.requests.Resume(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("open requests not taken up", "error", err)
		}
		c.requests.RefreshHomes(ctx)
		if err := c.requests.PostDigest(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("digest not posted; trying again", "error", err)
		}
		if err := errors.Join(client.ForgetSeen(ctx, c.Pool), presses.ForgetEdits(ctx, c.Pool), requests.ForgetRequests(ctx, c.Pool)); err != nil && ctx.Err() == nil {
			c.Log.Warn("old identifiers, texts and requests not forgotten", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Recover asks Slack whether it works again when it did not, and shows the
// cards that were waiting and those that do not show what the review says: the
// second path to a right card, besides events. Run calls it every Retry; calling it by hand makes
// a repair take effect at once.
func (c *Chat) Recover(ctx context.Context) error {
	if st := c.Status(); st.TeamID == "" || st.Code != "" {
		if err := c.Probe(ctx); err != nil {
			return err
		}
	}
	if err := c.cards.Repair(ctx); err != nil || c.Status().Code == "" {
		return err
	}
	// A writing call was refused, and Slack can be read: it works again when what waits
	// for it gets through; where nothing waits, nothing is wrong that anybody knows of.
	stuck, err := cards.StuckCards(ctx, c.Pool)
	if err == nil && len(stuck) == 0 {
		c.Forgive()
	}
	return err
}

// Diagnose asks Slack about everything that cards and presses need, in Socket Mode and
// over HTTP alike, and tells what waits: for doctor. It posts nothing and never fails
// as a whole.
func (c *Chat) Diagnose(ctx context.Context) []bots.Finding {
	out := c.Client.Diagnose(ctx)
	if c.AppToken == "" {
		f := bots.Finding{Name: "deliveries", OK: true, Saw: "Slack is to call /slack/events, /slack/interactive and /slack/commands under public_url"}
		if c.ConsoleURL == "" {
			f.OK, f.Saw, f.Fix = false, "public_url is not set: nobody can enter our addresses at Slack", "Set public_url to the https address that Slack reaches, and the three addresses in the app (deploy/slack-manifest.yaml says where)."
		}
		out = append(out, f)
	} else if c.ConsoleURL == "" {
		out = append(out, bots.Finding{Name: "console link", Saw: "public_url is not set: cards have no link to the console, and what is too long for Slack cannot be reached from there",
			Fix: "Set public_url to the address at which agents open the console."})
	}
	f := bots.Finding{Name: "cards", OK: true, Saw: "none waits for a repair"}
	switch stuck, err := cards.StuckCards(ctx, c.Pool); {
	case err != nil:
		f.OK, f.Saw, f.Fix = false, "cannot be counted", "Look at PostgreSQL."
	case len(stuck) > 0:
		f.OK, f.Saw, f.Fix = false, "", client.Repair(stuck[0].Code)
		for i, s := range stuck {
			if i > 0 {
				f.Saw += "; "
			}
			f.Saw += fmt.Sprintf("%d since %s: %s", s.Cards, s.Since.UTC().Format("2 Jan 15:04 UTC"), s.Code)
		}
		if stuck[0].Code == "refused" {
			f.Fix = "Slack refuses what stands on these cards, which is a defect of Footnote's: the log says what. They stand in the console, and are tried again by themselves."
		}
	}
	return append(out, f)
}

// Handle brings the card of the event's draft up to date. It renders the
// draft's present state, so events may come late, twice or in any order. What
// only a person can repair (tokens, permissions, the channel) is no error: it
// shows in Status and the card waits. Errors: Unavailable, also as
// *pipeline.RetryAfterError, when Slack is down or asks to slow down; Invalid
// for an unreadable event; NotFound when there is no such draft.
func (c *Chat) Handle(ctx context.Context, e pipeline.Event) error {
	d, err := pipeline.Decode[struct {
		Draft string `json:"draft"`
	}](e)
	if err != nil {
		return err
	}
	if d.Draft == "" {
		return nil
	}
	c.requests.QueueChanged()
	return c.cards.Show(ctx, d.Draft)
}

// Show is Handle: it makes a Chat a bots.Chat.
func (c *Chat) Show(ctx context.Context, e pipeline.Event) error { return c.Handle(ctx, e) }
