// Package zammad is the desk for Zammad.
//
// Zammad's triggers send webhooks late and in the queue of its mail; the ticket
// and its articles are read whenever one comes, and a search by the time of the
// last change finds what none told. That search is by condition, which Zammad
// answers from its database: queries by field need Elasticsearch and find
// nothing, without an error, where there is none. Replies are articles, e-mail
// or public notes as the customer wrote, in the approving agent's name by the
// header From where our user may do so. Our mark travels in the article's
// preferences; where it does not come back the text is looked for. The ticket's
// shared draft is the native draft, written only when there is none.
//
// Sources: docs.zammad.org, Ticket, Articles, Shared Drafts, Tags, Triggers;
// admin-docs.zammad.org, Webhook.
package zammad

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Desk.
type Config struct {
	Name    string   // empty means "zammad"
	URL     string   // of the installation, without /api
	Token   string   // an access token of our own user
	Secrets []string // the webhook's HMAC tokens; two while one is rotated; none closes the route
	// TimeUnit is what one unit of time accounting means; 0 means that handling
	// times are not known.
	TimeUnit time.Duration
	// PerMinute is how many calls the installation bears; 0 means unknown.
	PerMinute int
	HTTP      *http.Client
	Now       func() time.Time
}

// Desk is one Zammad installation.
type Desk struct {
	c       Config
	url     string
	secrets bots.Secrets
	api     *bots.API
	written bots.Written

	agents bots.Roster[agentOf]

	mu     sync.Mutex
	me     apiUser           // our own user, once known
	states map[string]string // types of states by name, once known
}

var _ bots.Helpdesk = (*Desk)(nil)

var _ bots.DraftKeeper = (*Desk)(nil)

// New builds a Desk. Invalid for settings that cannot be.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "zammad"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Token == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "Zammad needs an access token")
	}
	base := strings.TrimRight(c.URL, "/")
	api, err := bots.NewAPI(bots.APIConfig{Base: base + "/api/v1", HTTP: c.HTTP, Now: c.Now, PerMinute: c.PerMinute,
		Auth: func(r *http.Request) { r.Header.Set("Authorization", "Token token="+c.Token) }})
	if err != nil {
		return nil, err
	}
	d := &Desk{c: c, url: base, secrets: bots.NewSecrets(c.Secrets...), api: api}
	d.agents.Now = c.Now
	return d, nil
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the desk answers.
func (d *Desk) Pulse() *bots.Pulse { return d.api.Pulse() }

// Budget is what the account allows.
func (d *Desk) Budget() bots.Budget { return d.api.Budget() }

// Can tells what Zammad can do.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.secrets.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerBoth, AgentName: true, Absence: bots.AbsenceUnchanged}
}

func (d *Desk) ref(id int64) pipeline.TicketRef {
	return pipeline.TicketRef{Desk: d.c.Name, ID: number(id)}
}

func (d *Desk) agentURL(id string) string { return d.url + "/#ticket/zoom/" + url.PathEscape(id) }

// number writes an identifier; empty for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
