// Package intercom is the desk for Intercom's inbox.
//
// Intercom's webhooks tell of parts of conversations, in HTML or plain text by
// the app's version, at most twice; the conversation is read whenever one comes,
// and the search by updated_at finds what none told. What an app writes carries
// app_package_code, also in an agent's name, but no mark of ours: a reply is
// known by its identifier while this process lives, and found again by its text.
//
// Sources: Intercom-OpenAPI 2.15 and developers.intercom.com (Conversations,
// Admins, Tags, Webhooks, Rate limiting).
package intercom

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// version of the API that this package speaks.
const version = "2.15"

// Config of a Desk.
type Config struct {
	Name   string // empty means "intercom"
	Region string // us, eu or au; empty means us
	URL    string // the API's address instead
	Token  string // access token of the workspace's own app
	// Workspace is the app_id in webhooks (a86dr8yl); those of others are
	// ignored. Empty: not checked, and found out by the API.
	Workspace string
	// Secrets are the app's client secrets: two while one is rotated; none closes the route.
	Secrets []string
	// PerMinute is the app's limit until Intercom's answers tell it; 0 means unknown.
	PerMinute int
	HTTP      *http.Client
	Now       func() time.Time
}

// Desk is one Intercom workspace.
type Desk struct {
	c       Config
	secrets bots.Secrets
	api     *bots.API
	written bots.Written

	admins bots.Roster[string] // ids

	mu sync.Mutex
	me me
}

var _ bots.Helpdesk = (*Desk)(nil)

var hosts = map[string]string{"": "https://api.intercom.io", "us": "https://api.intercom.io", "eu": "https://api.eu.intercom.io", "au": "https://api.au.intercom.io"}

// New builds the desk. Invalid for an address that cannot be used.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "intercom"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	base := c.URL
	if base == "" {
		if base = hosts[c.Region]; base == "" {
			return nil, pipeline.Errorf(pipeline.Invalid, "the Intercom region is us, eu or au")
		}
	}
	if c.Token == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "Intercom needs an access token")
	}
	api, err := bots.NewAPI(bots.APIConfig{Base: base, HTTP: c.HTTP, Now: c.Now, PerMinute: c.PerMinute, Auth: func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+c.Token)
		r.Header.Set("Intercom-Version", version)
	}})
	if err != nil {
		return nil, err
	}
	d := &Desk{c: c, secrets: bots.NewSecrets(c.Secrets...), api: api}
	d.admins.Now = c.Now
	return d, nil
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the desk answers.
func (d *Desk) Pulse() *bots.Pulse { return d.api.Pulse() }

// Budget is what the account allows.
func (d *Desk) Budget() bots.Budget { return d.api.Budget() }

// Can tells what Intercom can do.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.secrets.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerText, AgentName: true, Absence: bots.AbsenceUnchanged}
}

func (d *Desk) ref(id string) pipeline.TicketRef { return pipeline.TicketRef{Desk: d.c.Name, ID: id} }

// ident is an identifier: a text, in older webhooks a number.
type ident string

// UnmarshalJSON reads a text or a number; anything else is no identifier.
func (i *ident) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*i = ident(s)
		return nil
	}
	var n json.Number
	if json.Unmarshal(b, &n) == nil {
		*i = ident(n)
	}
	return nil
}

func unix(s int64) time.Time {
	if s <= 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
