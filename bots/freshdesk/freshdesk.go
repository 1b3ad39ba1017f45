// Package freshdesk is the desk for Freshdesk.
//
// Freshdesk has no webhooks of its own: automation rules call ours, unsigned,
// with a secret in a header, without an identifier and with free text that is
// not escaped. So a call only says which ticket to read, and the list of tickets
// by updated_since finds what no rule told. A reply cannot carry our mark, as
// Freshdesk cleans HTML: it is known by its identifier while this process lives,
// and found again by its text.
//
// Sources: developers.freshdesk.com/api (Tickets, Conversations, Agents, Time
// Entries, Rate Limit), support.freshdesk.com on automation rules.
package freshdesk

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Desk.
type Config struct {
	Name    string   // empty means "freshdesk"
	Domain  string   // acme of acme.freshdesk.com
	URL     string   // the account's address instead
	Key     string   // API key of the agent that Footnote works as
	Secrets []string // in the rules' header; two while one is rotated; none closes the route
	// PerMinute is the plan's limit of calls until Freshdesk's answers tell it; 0 means unknown.
	PerMinute int
	HTTP      *http.Client
	Now       func() time.Time
}

// Desk is one Freshdesk account.
type Desk struct {
	c       Config
	url     string
	secrets bots.Secrets
	api     *bots.API
	written bots.Written

	agents bots.Roster[string] // agents' ids

	mu     sync.Mutex
	me     apiAgent             // our own agent, once known
	groups map[int64]string     // names
	spent  map[string]timeSheet // of the import under way, by its beginning
}

var _ bots.Helpdesk = (*Desk)(nil)

// New builds the desk. Invalid for an address that cannot be used.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "freshdesk"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	base := strings.TrimRight(c.URL, "/")
	if base == "" {
		if c.Domain == "" || strings.Trim(c.Domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return nil, pipeline.Errorf(pipeline.Invalid, "the Freshdesk domain is the acme of acme.freshdesk.com")
		}
		base = "https://" + c.Domain + ".freshdesk.com"
	}
	if c.Key == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "Freshdesk needs an API key")
	}
	api, err := bots.NewAPI(bots.APIConfig{Base: base + "/api/v2", HTTP: c.HTTP, Now: c.Now, PerMinute: c.PerMinute,
		Auth: func(r *http.Request) { r.SetBasicAuth(c.Key, "X") }})
	if err != nil {
		return nil, err
	}
	d := &Desk{c: c, url: base, secrets: bots.NewSecrets(c.Secrets...), api: api, groups: map[int64]string{}, spent: map[string]timeSheet{}}
	d.agents.Now = c.Now
	return d, nil
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the desk answers.
func (d *Desk) Pulse() *bots.Pulse { return d.api.Pulse() }

// Budget is what the account allows.
func (d *Desk) Budget() bots.Budget { return d.api.Budget() }

// Can tells what Freshdesk can do.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.secrets.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerText, AgentName: true, Absence: bots.AbsenceUnchanged}
}

func (d *Desk) ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: d.c.Name, ID: id} }
