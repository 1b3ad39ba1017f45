package freshdesk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// HeaderSecret is the custom header of the automation rules that holds the secret.
const HeaderSecret = "X-Copilot-Token"

// Template is the rules' advanced content: identifiers only, because Freshdesk
// puts free text into it without escaping it.
const Template = `{"schema":"footnote.freshdesk.v1","event":"{{triggered_event}}","ticket_id":"{{ticket.id}}"}`

// settle is how long calls of one body are one change: nothing in a call tells
// a repeated delivery from the next change of the same kind.
const settle = 5 * time.Second

// call is a rule's call: Template, or what Freshdesk calls simple content.
type call struct {
	Event  string `json:"event"`
	Ticket number `json:"ticket_id"`
	Simple *struct {
		Ticket number `json:"ticket_id"`
		Event  string `json:"triggered_event"`
	} `json:"freshdesk_webhook"`
}

// number is an identifier, which Freshdesk's placeholders make a text.
type number string

// UnmarshalJSON reads a number, or a text of one, or null.
func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" {
		s = ""
	}
	*n = number(s)
	return nil
}

func (n number) valid() bool {
	v, err := strconv.ParseInt(string(n), 10, 64)
	return err == nil && v > 0 && strconv.FormatInt(v, 10) == string(n)
}

// Parse checks the secret and reads which ticket changed.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	if err := d.secrets.Matches(h.Get(HeaderSecret)); err != nil {
		return nil, err
	}
	if !json.Valid(raw) {
		return nil, pipeline.Errorf(pipeline.Invalid, "The body is not JSON. Use the rule's content that footnote desk setup prints.")
	}
	var c call
	if err := bots.DecodeStrict(raw, &c); err != nil {
		return nil, err
	}
	id := c.Ticket
	if c.Simple != nil && id == "" {
		id = c.Simple.Ticket
	}
	if !id.valid() {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "ticket_id" must be a ticket's number.`)
	}
	sum := sha256.Sum256(raw)
	key := hex.EncodeToString(sum[:8]) + "@" + now.UTC().Truncate(settle).Format(time.RFC3339)
	return []pipeline.Event{bots.ChangeReceived(d.ref(string(id)), key, now, now)}, nil
}

// own lists our identities at the account, as far as they are known.
func (d *Desk) own() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.me.ID == 0 {
		return nil
	}
	return []string{text(d.me.ID)}
}

// Statuses of Freshdesk; an account may add more from 6 on.
const (
	statusOpen, statusPending, statusResolved, statusClosed = 2, 3, 4, 5
)

// status is Freshdesk's status in our three words. Statuses of the account's
// own stop no clock that we know of: open.
func status(n int) pipeline.TicketStatus {
	switch n {
	case statusPending:
		return pipeline.StatusPending
	case statusResolved, statusClosed:
		return pipeline.StatusSolved
	}
	return pipeline.StatusOpen
}
