// Package slackdesk is the desk for Slack support channels, as they are shared
// with customers by Slack Connect: the customer's thread is the ticket. What a
// customer writes into the channel itself, message after message within a short
// time, is one ticket of several threads (slackdesk_threads).
//
// Events come over the connection that the chat in bots/slack keeps (Take); they
// are hints, and threads are read from Slack. Customers are people of another
// workspace and guests, and, in channels opened for it, everybody without an
// account; the others of our own workspace, and of its sisters in an Enterprise Grid,
// count as agents, so that a colleague's answer voids a draft. What an app posts is a
// person's where it was posted with a person's account, or where a workflow names a
// customer. What a message says is read by bots/slack/words: forwarded messages, rich
// text and transcripts are the customer's words too. Replies stand in the thread of the customer's last
// message, with our mark in the message's metadata. An edited question is a new
// message with its own identifier (see identify), so that a draft for the old
// words is void. An emoji on the customer's newest message is the ticket's status
// (mark.go). Notes go to a channel of colleagues, since customers read all that
// stands in theirs (note.go). Slack has no tags and no merging.
//
// Sources: docs.slack.dev, Events API, conversations.history and .replies,
// chat.postMessage, Message metadata, Slack Connect.
package slackdesk

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Desk.
type Config struct {
	Name  string // empty means "slackdesk"
	URL   string // of Slack's API; empty: https://slack.com/api
	Token string // xoxb-…; empty: Slack refuses every call, and Setup says how to get one
	// Channels are the support channels by id. True opens one to our own
	// workspace: everybody in it without an account is a customer.
	Channels map[string]bool
	// Notes is a channel of colleagues, by id, that private notes go to; empty:
	// there are none.
	Notes string
	// Names lets replies stand under the approving agent's name; the app then
	// needs chat:write.customize. Without, they stand under the app's.
	Names bool
	// Group is how long after another message in the channel itself one by the
	// same customer still belongs to its ticket; 0 means 10 min.
	Group time.Duration
	// Lookback is how old a thread may be for the poll to find new replies in
	// it; 0 means 48 h.
	Lookback time.Duration
	// Secrets sign events that come to /hooks/{name}; none closes it: events
	// come by Take, whose caller has verified them.
	Secrets   []string
	PerMinute int // calls a minute and workspace; 0: no limit known
	Pool      *pgxpool.Pool
	People    bots.People
	// Pace waits until one more message may be posted to a channel; nil keeps
	// to one a second. The error says that it will be too long.
	Pace func(ctx context.Context, channel string) error
	HTTP *http.Client
	Now  func() time.Time
}

// Desk is the support channels of one Slack workspace.
type Desk struct {
	c       Config
	api     *bots.API
	secrets bots.Secrets
	store   threads

	mu    sync.Mutex
	me    self
	users map[string]known
}

// All that helpdesks can but tags: an emoji would be shown to the customer.
var _ interface {
	bots.Reader
	bots.Poller
	bots.Noter
	bots.Mover
	bots.Historian
	bots.Checker
	bots.Installer
} = (*Desk)(nil)

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)

// New builds a Desk. Invalid for settings that cannot be.
func New(c Config) (*Desk, error) {
	c.Name = cmp.Or(c.Name, "slackdesk")
	c.Group, c.Lookback = cmp.Or(c.Group, 10*time.Minute), cmp.Or(c.Lookback, 48*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Pace == nil {
		c.Pace = bots.NewPacer(bots.PacerConfig{Every: paceEvery, Burst: paceBurst, MaxWait: paceWait, Busy: "many replies are waiting for this channel", Now: c.Now}).Wait
	}
	switch {
	case c.Token != "" && !strings.HasPrefix(c.Token, "xox"):
		return nil, pipeline.Errorf(pipeline.Invalid, "support channels need Slack's bot token (xoxb-…)")
	case c.Group < 0 || c.Lookback < 0:
		return nil, pipeline.Errorf(pipeline.Invalid, "durations must not be negative")
	case c.Notes != "" && !channelID.MatchString(c.Notes):
		return nil, pipeline.Errorf(pipeline.Invalid, "the channel of notes must be an id such as C0123456789: %s", bots.Plain(c.Notes, 60))
	case c.People == nil:
		return nil, pipeline.Errorf(pipeline.Invalid, "support channels need the accounts of agents")
	}
	for id := range c.Channels {
		if !channelID.MatchString(id) {
			return nil, pipeline.Errorf(pipeline.Invalid, "a support channel must be an id such as C0123456789, not a name: %s", bots.Plain(id, 60))
		}
		if id == c.Notes {
			return nil, pipeline.Errorf(pipeline.Invalid, "notes must not go to a support channel: %s", id)
		}
	}
	api, err := bots.NewAPI(bots.APIConfig{Base: cmp.Or(c.URL, "https://slack.com/api"), HTTP: c.HTTP, Now: c.Now, PerMinute: c.PerMinute,
		Auth: func(r *http.Request) {
			if c.Token != "" {
				r.Header.Set("Authorization", "Bearer "+c.Token)
			}
		}})
	if err != nil {
		return nil, err
	}
	return &Desk{c: c, api: api, secrets: bots.NewSecrets(c.Secrets...), store: threads{c.Pool, c.Name}, users: map[string]known{}}, nil
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the desk answers.
func (d *Desk) Pulse() *bots.Pulse { return d.api.Pulse() }

// Budget is what the account allows.
func (d *Desk) Budget() bots.Budget { return d.api.Budget() }

// Can tells what support channels can do.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.secrets.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerField, AgentName: d.c.Names}
}

// Listens says how events come where no secret opens the route: by Take.
func (d *Desk) Listens() string { return "events come over Slack's own connection" }

// Owns tells whether a channel is one of the desk's.
func (d *Desk) Owns(channel string) bool { _, ok := d.c.Channels[channel]; return ok }

// ref names a ticket: its channel and the timestamp of its first message.
func (d *Desk) ref(channel, ts string) pipeline.TicketRef {
	return pipeline.TicketRef{Desk: d.c.Name, ID: channel + "-" + ts}
}

// place reads ref's form back; false for what is no ticket of a channel of ours.
func (d *Desk) place(id string) (channel, ts string, ok bool) {
	channel, ts, _ = strings.Cut(id, "-")
	_, stamp := stampOf(ts)
	return channel, ts, stamp && d.Owns(channel)
}
