// Package chatwoot is the desk for Chatwoot.
//
// Chatwoot sends account webhooks once, with a signature since 2026 (older
// versions sign nothing: their route stays closed and the poll finds
// everything). The conversation and its messages are read whenever one comes,
// and the list ordered by the last activity finds what none told. A reply is an
// outgoing message, sent with the approving agent's token where Config.Agents
// has one, for Chatwoot has no acting for others. Our mark travels in
// content_attributes; where it does not come back the text is looked for.
// Chatwoot has no drafts that others see, so it is no DraftKeeper.
//
// Identifiers of users and contacts are numbers of their own: a contact may have
// the number of our user. Identities are compared together with their kind.
//
// Sources: developers.chatwoot.com, Application APIs and Webhooks.
package chatwoot

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
	Name    string // empty means "chatwoot"
	URL     string // of the installation, without /api
	Account int64
	Token   string // access token of our own user
	// Agents are further agents' access tokens by e-mail address: replies that
	// these approve are sent with theirs.
	Agents map[string]string
	// Instead lets replies of agents whose token is refused go out under our own
	// user's name; else they come back.
	Instead   bool
	Secrets   []string // of the webhook; two while one is rotated; none closes the route
	PerMinute int      // calls; 0 means unknown
	HTTP      *http.Client
	Now       func() time.Time
}

// Desk is one account at a Chatwoot installation.
type Desk struct {
	c       Config
	url     string
	secrets bots.Secrets
	api     *bots.API
	written bots.Written
	agents  map[string]string

	keys bots.Roster[bots.KeyOf] // whose the agents' tokens are

	mu     sync.Mutex
	me     int64 // our own user's id, once known
	myName string
}

var _ bots.Helpdesk = (*Desk)(nil)

// header of access tokens.
const headerToken = "api_access_token" //nolint:gosec // a name

// New builds a Desk. Invalid for settings that cannot be.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "chatwoot"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Token == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "Chatwoot needs an access token")
	}
	if c.Account <= 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "Chatwoot needs the account's number, as in /app/accounts/1")
	}
	d := &Desk{c: c, url: strings.TrimRight(c.URL, "/"), secrets: bots.NewSecrets(c.Secrets...), agents: map[string]string{}}
	for address, token := range c.Agents {
		d.agents[bots.Address(address)] = token
	}
	api, err := bots.NewAPI(bots.APIConfig{Base: d.url + "/api/v1", HTTP: c.HTTP, Now: c.Now, PerMinute: c.PerMinute, Auth: auth(c.Token)})
	if err != nil {
		return nil, err
	}
	d.api, d.keys.Now = api, c.Now
	return d, nil
}

// auth sets the token as Chatwoot spells the header's name, which some proxies
// in front of it compare by letter.
func auth(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header[headerToken] = []string{token} }
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the desk answers.
func (d *Desk) Pulse() *bots.Pulse { return d.api.Pulse() }

// Budget is what the account allows.
func (d *Desk) Budget() bots.Budget { return d.api.Budget() }

// Can tells what Chatwoot can do.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.secrets.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerBoth, AgentName: len(d.agents) > 0, Absence: bots.AbsenceUnchanged}
}

func (d *Desk) ref(id int64) pipeline.TicketRef {
	return pipeline.TicketRef{Desk: d.c.Name, ID: number(id)}
}

// path is an address within the account.
func (d *Desk) path(rest string) string { return "/accounts/" + number(d.c.Account) + rest }

func (d *Desk) agentURL(id string) string {
	return d.url + "/app/accounts/" + number(d.c.Account) + "/conversations/" + url.PathEscape(id)
}

// number writes an identifier; empty for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
