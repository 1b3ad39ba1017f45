package intercom

import (
	"net/http"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

const headerSignature = "X-Hub-Signature"

var signature = bots.HexSHA1.Prefix("sha1=")

// notification is a webhook.
type notification struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Topic string `json:"topic"`
	App   string `json:"app_id"`
	At    int64  `json:"created_at"`
	Data  struct {
		Item conversation `json:"item"`
	} `json:"data"`
}

// Parse verifies and reads a webhook. Intercom signs no time: what is played
// again builds the same events.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	if err := d.secrets.Verify(signature, h.Get(headerSignature), raw); err != nil {
		return nil, err
	}
	var n notification
	if err := bots.DecodeStrict(raw, &n); err != nil {
		return nil, err
	}
	if n.Type != "notification_event" {
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "type" must be notification_event.`)
	}
	kind, ok := strings.CutPrefix(n.Topic, "conversation")
	if !ok || d.c.Workspace != "" && n.App != d.c.Workspace {
		return nil, nil // ping, contacts, tickets; another workspace
	}
	c := n.Data.Item
	if !bots.ValidID(string(c.ID)) {
		if !strings.HasPrefix(kind, ".") {
			return nil, nil // conversation_part.tag.created is of a part
		}
		return nil, pipeline.Errorf(pipeline.Invalid, `The field "data.item.id" must be a conversation's identifier.`)
	}
	var events []pipeline.Event
	switch kind {
	case ".user.created", ".admin.single.created":
		if c.Source.ID != "" {
			events = d.add(events, c, d.first(c, told), now)
		}
	case ".user.replied", ".admin.replied", ".admin.noted":
		for _, p := range c.Parts.List {
			if m, ok := d.message(d.ref(string(c.ID)), p, told); ok && bots.ValidID(m.ID) {
				if !m.Public && (m.Role == pipeline.RoleBot || m.Marker != "") {
					return nil, nil // our own note
				}
				events = d.add(events, c, m, now)
			}
		}
	}
	if len(events) > 0 {
		return events, nil
	}
	at := unix(n.At)
	if at.IsZero() {
		at = now
	}
	key := n.ID
	if key == "" {
		key = at.Format(time.RFC3339)
	}
	return []pipeline.Event{bots.ChangeReceived(d.ref(string(c.ID)), n.Topic+"/"+key, at, now)}, nil
}

func (d *Desk) add(events []pipeline.Event, c conversation, m pipeline.Message, now time.Time) []pipeline.Event {
	if m.At.IsZero() {
		m.At = now
	}
	return append(events, bots.MessageReceived(d.head(c), m, now))
}

// status is Intercom's state in our three words; empty for one we do not know.
func status(s string) pipeline.TicketStatus {
	switch s {
	case "open":
		return pipeline.StatusOpen
	case "snoozed":
		return pipeline.StatusPending
	case "closed":
		return pipeline.StatusSolved
	}
	return ""
}
