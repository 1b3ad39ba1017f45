// Package zendesk is the desk for Zendesk Support.
//
// Zendesk's event webhooks tell that something happened, lose some and know no
// order; the ticket and its comments are read whenever one comes, and the
// incremental export finds what none told. A reply is a public comment written
// by PUT on the ticket, in the approving agent's name and guarded by
// safe_update. Our mark travels in the audit's metadata, which comments show as
// metadata.custom; where an account does not keep it, the text is looked for.
//
// Sources: developer.zendesk.com, Tickets, Ticket Comments, Webhooks,
// Incremental Exports, Ticket Metrics.
package zendesk

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Desk.
type Config struct {
	Name      string // empty means "zendesk"
	Subdomain string // acme of acme.zendesk.com
	URL       string // the account's address instead
	// Email belongs to an API token; empty when Token is an OAuth access token.
	Email, Token string
	Secrets      []string // of the webhook; two while one is rotated; none closes the route
	// HandlingField is the ticket field with the seconds spent, as the Time
	// Tracking app keeps it ("Total time spent (sec)"); 0 when there is none.
	HandlingField int64
	PerMinute     int // calls; 0 means unknown
	HTTP          *http.Client
	Now           func() time.Time
}

// Desk is one Zendesk account.
type Desk struct {
	c       Config
	url     string
	secrets bots.Secrets
	api     *bots.API
	written bots.Written

	agents bots.Roster[string] // user ids

	mu sync.Mutex
	me apiUser // our own user, once known
}

var _ bots.Helpdesk = (*Desk)(nil)

// New builds the desk. Invalid for an address that cannot be used.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "zendesk"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	base := strings.TrimRight(c.URL, "/")
	if base == "" {
		if c.Subdomain == "" || strings.Trim(c.Subdomain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return nil, pipeline.Errorf(pipeline.Invalid, "the Zendesk subdomain is the acme of acme.zendesk.com")
		}
		base = "https://" + c.Subdomain + ".zendesk.com"
	}
	if c.Token == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "Zendesk needs an API token")
	}
	auth := "Bearer " + c.Token
	if c.Email != "" {
		auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Email+"/token:"+c.Token))
	}
	api, err := bots.NewAPI(bots.APIConfig{Base: base + "/api/v2", HTTP: c.HTTP, Now: c.Now, PerMinute: c.PerMinute,
		Auth: func(r *http.Request) { r.Header.Set("Authorization", auth) }})
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

// Can tells what Zendesk can do.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.secrets.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerBoth, AgentName: true, Absence: bots.AbsenceUnchanged}
}

func (d *Desk) ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: d.c.Name, ID: id} }
