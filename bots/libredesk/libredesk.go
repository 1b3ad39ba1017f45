// Package libredesk is the desk for Libredesk.
//
// Libredesk sends each webhook once, in no order and without the conversation
// that a message belongs to; the conversation and its messages are read
// whenever one comes, and the list ordered by the last message finds what none
// told. A reply is a message with our mark as its echo_id, which Libredesk
// keeps in the message's meta; it does not make the call idempotent. Notes keep
// no echo_id and are known by their author. Libredesk has no acting for another
// agent: a reply stands under the approving agent's name where that agent has an
// API key of its own in Config.Agents, else under the name of ours; one that is refused
// sends the reply back, or gives way to ours where Config.Instead says so. Its drafts
// belong to one user and are shown to nobody else, so it is no DraftKeeper.
//
// Sources: Libredesk's HTTP interface and webhooks as observed.
package libredesk

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Desk.
type Config struct {
	Name string // empty means "libredesk"
	URL  string // of the installation, without /api
	// Key is the API key of our own agent, as KEY:SECRET.
	Key string
	// Agents are further agents' keys by e-mail address: replies that these
	// approve are sent with theirs.
	Agents map[string]string
	// Instead lets replies of agents whose key is refused go out under our own
	// agent's name; else they come back.
	Instead bool
	Secrets []string // of the webhook; two while one is rotated; none closes the route
	// PerMinute is how many calls the installation bears; 0 means unknown.
	PerMinute int
	HTTP      *http.Client
	Now       func() time.Time
}

// Desk is one Libredesk installation.
type Desk struct {
	c       Config
	url     string
	secrets bots.Secrets
	api     *bots.API
	written bots.Written
	agents  map[string]string

	keys bots.Roster[bots.KeyOf] // whose the agents' keys are

	mu       sync.Mutex
	me       int64 // our own agent's id, once known
	myName   string
	statuses map[string]string // categories by name, once known
}

var _ bots.Helpdesk = (*Desk)(nil)

// New builds a Desk. Invalid for settings that cannot be.
func New(c Config) (*Desk, error) {
	if c.Name == "" {
		c.Name = "libredesk"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	base := strings.TrimRight(c.URL, "/")
	d := &Desk{c: c, url: base, secrets: bots.NewSecrets(c.Secrets...), agents: map[string]string{}}
	for address, key := range c.Agents {
		if !validKey(key) {
			return nil, pipeline.Errorf(pipeline.Invalid, "the API key of %s is not KEY:SECRET", bots.Plain(address, 100))
		}
		d.agents[bots.Address(address)] = key
	}
	if !validKey(c.Key) {
		return nil, pipeline.Errorf(pipeline.Invalid, "Libredesk needs an agent's API key, as KEY:SECRET")
	}
	api, err := bots.NewAPI(bots.APIConfig{Base: base + "/api/v1", HTTP: c.HTTP, Now: c.Now, PerMinute: c.PerMinute,
		Auth: func(r *http.Request) { r.Header.Set("Authorization", "token "+c.Key) }})
	if err != nil {
		return nil, err
	}
	d.api, d.keys.Now = api, c.Now
	return d, nil
}

func validKey(s string) bool {
	key, secret, ok := strings.Cut(s, ":")
	return ok && key != "" && secret != "" && !strings.ContainsAny(s, " \r\n\t")
}

// Name returns the desk's name.
func (d *Desk) Name() string { return d.c.Name }

// Pulse tells whether the desk answers.
func (d *Desk) Pulse() *bots.Pulse { return d.api.Pulse() }

// Budget is what the account allows.
func (d *Desk) Budget() bots.Budget { return d.api.Budget() }

// Can tells what Libredesk can do.
func (d *Desk) Can() bots.Capabilities {
	return bots.Capabilities{Inbound: d.secrets.Set(), ReadBack: true, Poll: true, Hints: true, Marker: bots.MarkerBoth, AgentName: len(d.agents) > 0, Absence: bots.AbsenceUnchanged}
}

func (d *Desk) ref(uuid string) pipeline.TicketRef {
	return pipeline.TicketRef{Desk: d.c.Name, ID: uuid}
}

func (d *Desk) agentURL(uuid string) string {
	return d.url + "/inboxes/all/conversation/" + url.PathEscape(uuid)
}

// isUUID tells whether a conversation's identifier can be one: Libredesk answers
// a question for another with 500.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}
