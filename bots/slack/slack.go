package slack

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/pipeline"
)

// Surface is the name of this chat in decisions.
const Surface = "slack"

// Handles lists the events that Handle wants to see.
var Handles = []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftClaimed, pipeline.DraftDecided,
	pipeline.DraftVoided, pipeline.ReplyDelivered, pipeline.ReplyReturned}

// Config is what New needs.
type Config struct {
	Token         string // xoxb-…, required
	AppToken      string // xapp-… with connections:write: Socket Mode; empty: HTTP
	SigningSecret string // for HTTP; empty closes its routes
	// OldSigningSecret is accepted too while the secret is being changed.
	OldSigningSecret string
	Channel          string // id of the triage channel (C… or G…), required
	APIURL           string // empty: https://slack.com/api/
	// ConsoleURL is the console's public address; empty leaves its button out.
	ConsoleURL string
	// Page is the path in the console where a ticket's drafts are; nil means
	// /tickets/<desk>/<ticket>.
	Page func(pipeline.TicketRef) string

	Pool     *pgxpool.Pool
	Reviewer bots.Reviewer
	People   bots.People
	// History tells what happened before; nil: cards have no thread and do not
	// say what a redraft changed.
	History bots.PastReader
	// Quarantine keeps what Slack signed and nobody could read; nil: only the log
	// tells of it.
	Quarantine bots.Keeper
	Log        *slog.Logger // nil: slog.Default

	// Asker answers questions; nil: questions are refused with that reason.
	Asker Asker
	// Support takes messages in channels that are a desk's; nil: there are none.
	Support Support
	// Office is behind commands and the Home tab; nil: they say so.
	Office Office
	// Groups maps user groups to roles (S0123456789 → agent, owner, manager,
	// admin). Empty: everybody has the role of their account.
	Groups map[string]string
	// Reactions maps emoji names on answers to "good" or "bad"; may be empty.
	Reactions map[string]string
	// Digest says when managers' figures are posted; the zero value never.
	Digest DigestConfig

	Now func() time.Time // nil: time.Now
	// Pace waits until one more call about the key may be made; the default
	// keeps to one a second, channel and kind.
	Pace func(ctx context.Context, key string) error
	// Patience is how long a form's sender waits before the form says that it
	// is being worked on; Slack allows 3 s. 0 means 2 s.
	Patience time.Duration
	// Settle is how long a post without an answer may still turn up before it
	// is posted again. 0 means 15 s.
	Settle time.Duration
	// Retry is how often Run looks whether Slack was repaired. 0 means 30 s.
	Retry time.Duration
	// Grace is how long running work may finish once Run's context has ended.
	// 0 means 10 s.
	Grace time.Duration
}

// Chat shows drafts in a Slack channel and carries out what people press there.
// All methods may be called from several goroutines; any number of processes
// may run one on the same database.
type Chat struct {
	cfg      Config
	api      *api.Client
	http     *http.Client
	pool     *pgxpool.Pool
	log      *slog.Logger
	now      func() time.Time
	later    func(ctx context.Context, key string) error // Pace of what comes after cards
	locks    locks
	jobs     jobs
	status   status
	groups   groupCache
	homes    homeViews
	users    cache[string]  // the address of people who may act
	channels cache[readers] // who can read which channel
	members  cache[bool]    // who is a colleague

	mu        sync.Mutex
	me        self
	notBefore map[string]time.Time // by key: until when Slack asked not to be called
}

var _ bots.Chat = (*Chat)(nil)

// New checks the configuration; it calls nobody. The error kind is Invalid.
func New(cfg Config) (*Chat, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.Patience = cmp.Or(cfg.Patience, 2*time.Second)
	cfg.Settle = cmp.Or(cfg.Settle, 15*time.Second)
	cfg.Retry = cmp.Or(cfg.Retry, 30*time.Second)
	cfg.Grace = cmp.Or(cfg.Grace, 10*time.Second)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	later := cfg.Pace
	if cfg.Pace == nil {
		p := newPacer(cfg.Now)
		cfg.Pace = p.Wait
		// Threads and reports come after approvals: a token stays for whoever
		// waits for a card.
		later = func(_ context.Context, key string) error { return p.Yield(key, 1) }
	}
	cfg.APIURL = strings.TrimSuffix(cmp.Or(cfg.APIURL, "https://slack.com/api/"), "/") + "/"
	transport := http.DefaultTransport.(*http.Transport).Clone()
	c := &Chat{cfg: cfg, pool: cfg.Pool, now: cfg.Now, later: later, log: cfg.Log.With("chat", Surface), notBefore: map[string]time.Time{},
		http: &http.Client{Timeout: httpTimeout, Transport: transport}}
	c.api = api.New(cfg.Token, api.OptionAPIURL(cfg.APIURL), api.OptionAppLevelToken(cfg.AppToken), api.OptionHTTPClient(c.http))
	c.status.socket = cfg.AppToken != ""
	return c, nil
}

func (cfg Config) check() error {
	var wrong []string
	bad := func(is bool, say string) {
		if is {
			wrong = append(wrong, say)
		}
	}
	bad(!strings.HasPrefix(cfg.Token, "xox"), "the bot token must begin with xoxb-")
	bad(cfg.AppToken != "" && !strings.HasPrefix(cfg.AppToken, "xapp-"), "the app token must begin with xapp-")
	bad(cfg.AppToken == "" && cfg.SigningSecret == "", "either an app token (Socket Mode) or a signing secret (HTTP) is required")
	bad(!channelID.MatchString(cfg.Channel), "the channel must be an id such as C0123456789, not a name")
	bad(cfg.Pool == nil || cfg.Reviewer == nil || cfg.People == nil, "pool, reviewer and people are required")
	if say := checkGroups(cfg.Groups); say != "" {
		bad(true, say)
	}
	for name, word := range cfg.Reactions {
		bad(word != "good" && word != "bad", "reaction "+name+": only good and bad are known")
	}
	bad(cfg.Digest.wrong() != "", cfg.Digest.wrong())
	for _, u := range []string{cfg.APIURL, cfg.ConsoleURL} {
		if p, err := url.Parse(u); u != "" && (err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https") {
			bad(true, "not a web address: "+u)
		}
	}
	if len(wrong) > 0 {
		return pipeline.Errorf(pipeline.Invalid, "slack: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// Name returns "slack".
func (c *Chat) Name() string { return Surface }

// Run keeps the connection to Slack (in Socket Mode), shows cards that had to
// wait for a repair, and forgets what is old, until ctx ends. It then takes
// no more work, waits for running work within Grace, and returns nil. In HTTP
// mode the handler of Routes answers 503 once Run has ended.
func (c *Chat) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	if c.cfg.AppToken != "" {
		wg.Go(func() { c.runSocket(ctx) })
	}
	wg.Go(func() { c.keepHouse(ctx) })
	<-ctx.Done()
	c.jobs.stop(c.cfg.Grace)
	wg.Wait()
	c.http.CloseIdleConnections()
	return nil
}

// keepHouse looks at once, and then every Retry, for what has to be repaired.
func (c *Chat) keepHouse(ctx context.Context) {
	tick := time.NewTicker(c.cfg.Retry)
	defer tick.Stop()
	for {
		if err := c.Recover(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("Slack is not ready; trying again", "error", err)
		}
		if err := c.resume(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("open requests not taken up", "error", err)
		}
		c.refreshHomes(ctx)
		if err := c.digest(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("digest not posted; trying again", "error", err)
		}
		if err := errors.Join(forgetSeen(ctx, c.pool), forgetEdits(ctx, c.pool), forgetRequests(ctx, c.pool)); err != nil && ctx.Err() == nil {
			c.log.Warn("old identifiers, texts and requests not forgotten", "error", err)
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
	drafts, err := waitingCards(ctx, c.pool, 50)
	if err != nil {
		return err
	}
	behind, err := behindCards(ctx, c.pool, c.cfg.Settle, 50)
	if err != nil {
		return err
	}
	for _, d := range append(drafts, behind...) {
		if err := c.show(ctx, d); pipeline.KindOf(err) == pipeline.Unavailable {
			return err // the rest waits on
		} else if err != nil {
			c.log.Error("card not repaired", "draft", d, "error", err)
			continue
		}
		if c.Status().Code != "" {
			return nil // broken again
		}
		c.status.count("repaired")
	}
	return nil
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
	c.homes.changed()
	return c.show(ctx, d.Draft)
}

// Show is Handle: it makes a Chat a bots.Chat.
func (c *Chat) Show(ctx context.Context, e pipeline.Event) error { return c.Handle(ctx, e) }
