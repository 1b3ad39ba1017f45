package client

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/pipeline"
)

// Config is what New needs.
type Config struct {
	Token    string // xoxb-…, required
	AppToken string // xapp-… with connections:write: Socket Mode; empty: HTTP
	Channel  string // id of the triage channel (C… or G…), required
	// Queues sends the cards of a queue (by name, in any case) somewhere else than to
	// Channel: to a channel (C… or G…) or to a person (U… or W…).
	Queues map[string]string
	// Digest is the channel of the digest, if it has one of its own.
	DigestChannel string
	APIURL        string // empty: https://slack.com/api/
	// ConsoleURL is the console's public address; empty leaves its button out.
	ConsoleURL string
	// Page is the path in the console where a ticket's drafts are; nil means
	// /tickets/<desk>/<ticket>.
	Page func(pipeline.TicketRef) string
	// Approves tells whether a role may approve drafts, for Diagnose; nil: every role.
	Approves func(role string) bool

	Pool   *pgxpool.Pool
	People bots.People
	// Groups maps user groups to roles (S0123456789 → agent, owner, manager,
	// admin). Empty: everybody has the role of their account.
	Groups map[string]string
	// Quarantine keeps what Slack signed and nobody could read; nil: only the log
	// tells of it.
	Quarantine bots.Keeper
	Log        *slog.Logger // nil: slog.Default

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
	// Retry is how often it is looked whether Slack was repaired. 0 means 30 s.
	Retry time.Duration
}

// Client calls Slack for one workspace. All methods may be called from several
// goroutines.
type Client struct {
	Config
	API      *api.Client
	http     *http.Client
	later    func(ctx context.Context, key string) error // Pace of what comes after cards
	jobs     jobs
	status   status
	groups   groupCache
	users    cache[person]  // people who may act
	channels cache[Readers] // who can read which channel
	members  cache[bool]    // who is a colleague

	mu        sync.Mutex
	me        Self
	notBefore map[string]time.Time // by key: until when Slack asked not to be called
}

// New fills in defaults; it calls nobody.
func New(cfg Config) *Client {
	cfg.Patience = cmp.Or(cfg.Patience, 2*time.Second)
	cfg.Settle = cmp.Or(cfg.Settle, 15*time.Second)
	cfg.Retry = cmp.Or(cfg.Retry, 30*time.Second)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.Log = cfg.Log.With("chat", Surface)
	later := cfg.Pace
	if cfg.Pace == nil {
		p := NewPacer(cfg.Now)
		cfg.Pace = p.Wait
		// Threads and reports come after approvals: a token stays for whoever
		// waits for a card.
		later = func(_ context.Context, key string) error { return p.Yield(key, 1) }
	}
	cfg.APIURL = strings.TrimSuffix(cmp.Or(cfg.APIURL, "https://slack.com/api/"), "/") + "/"
	transport := http.DefaultTransport.(*http.Transport).Clone()
	c := &Client{Config: cfg, later: later, notBefore: map[string]time.Time{}, http: &http.Client{Timeout: httpTimeout}}
	c.http.Transport = &watcher{c: c, base: cfg.APIURL, next: transport}
	c.API = api.New(cfg.Token, api.OptionAPIURL(cfg.APIURL), api.OptionAppLevelToken(cfg.AppToken), api.OptionHTTPClient(c.http))
	c.status.socket = cfg.AppToken != ""
	return c
}

// Wrong lists what the settings cannot be.
func (cfg Config) Wrong() []string {
	var wrong []string
	bad := func(is bool, say string) {
		if is {
			wrong = append(wrong, say)
		}
	}
	bad(!strings.HasPrefix(cfg.Token, "xox"), "the bot token must begin with xoxb-")
	bad(cfg.AppToken != "" && !strings.HasPrefix(cfg.AppToken, "xapp-"), "the app token must begin with xapp-")
	bad(!ChannelID.MatchString(cfg.Channel), "the channel must be an id such as C0123456789, not a name")
	for queue, place := range cfg.Queues {
		bad(!ChannelID.MatchString(place) && !personID.MatchString(place), "queue "+queue+": cards go to a channel's id (C…) or a person's (U… or W…), not to a name")
	}
	bad(cfg.Pool == nil || cfg.People == nil, "pool and people are required")
	if say := checkGroups(cfg.Groups); say != "" {
		bad(true, say)
	}
	for _, u := range []string{cfg.APIURL, cfg.ConsoleURL} {
		if p, err := url.Parse(u); u != "" && (err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https") {
			bad(true, "not a web address: "+u)
		}
	}
	return wrong
}

// CardChannels lists where cards and digests are posted: channels, and people.
func (cfg Config) CardChannels() []string {
	out := []string{cfg.Channel}
	for _, place := range append(slices.Sorted(maps.Values(cfg.Queues)), cfg.DigestChannel) {
		if place != "" && !slices.Contains(out, place) {
			out = append(out, place)
		}
	}
	return out
}

// CardPlace is where the cards of a queue go.
func (cfg Config) CardPlace(queue string) string {
	for name, place := range cfg.Queues {
		if strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(queue)) {
			return place
		}
	}
	return cfg.Channel
}

// Stop takes no more work, lets what runs finish within grace, and closes idle
// connections. It may be called again.
func (c *Client) Stop(grace time.Duration) {
	c.jobs.stop(grace)
	c.http.CloseIdleConnections()
}
