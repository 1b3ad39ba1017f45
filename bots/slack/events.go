package slack

import (
	"context"
	"encoding/json"
)

// event is what this package reads of an event of Slack's Events API.
type event struct {
	Type      string `json:"type"` // event_callback, url_verification, app_rate_limited
	Challenge string `json:"challenge"`
	ID        string `json:"event_id"`
	Event     struct {
		Type    string          `json:"type"`
		Channel json.RawMessage `json:"channel"` // an id, or an object with one
		User    json.RawMessage `json:"user"`
		Item    struct {
			Channel json.RawMessage `json:"channel"`
		} `json:"item"` // what was reacted to
	} `json:"event"`
	raw []byte // the whole event, for those who read more of it
}

func readEvent(raw []byte) (event, error) {
	var e event
	err := json.Unmarshal(raw, &e)
	e.raw = raw
	return e, err
}

// reacts tells whether somebody put an emoji on a message, or took it away.
func (e event) reacts() bool {
	return e.Type == "event_callback" && (e.Event.Type == "reaction_added" || e.Event.Type == "reaction_removed")
}

// event takes an event: at once, on a goroutine of its own. Events that this
// package does not use are counted. False when no more work is taken.
//
// A request (a mention, a direct message) is stored before event returns.
func (c *Chat) event(ctx context.Context, e event) bool {
	if e.asks() || e.reacts() {
		if ours, stored := c.supported(ctx, e); ours {
			return stored
		}
	}
	if e.asks() {
		r, ok := c.asked(ctx, e)
		if !ok {
			return true
		}
		if err := c.take(ctx, r); err != nil {
			c.log.Error("request not noted; Slack delivers it again", "error", err)
			return false
		}
		return true
	}
	return c.work(ctx, "event", func(ctx context.Context) {
		if e.ID != "" {
			first, err := firstSight(ctx, c.pool, "event/"+e.ID)
			if err != nil {
				c.log.Warn("event not noted", "error", err) // every effect below may come twice
			} else if !first {
				c.status.count("duplicate")
				return
			}
		}
		c.takeEvent(ctx, e)
		c.log.Debug("event taken", "event", e.Event.Type)
	})
}

func (c *Chat) takeEvent(ctx context.Context, e event) {
	kind := e.Event.Type
	if e.Type != "event_callback" {
		kind = e.Type
	}
	switch kind {
	case "app_uninstalled", "tokens_revoked":
		code := map[string]string{"app_uninstalled": "app_uninstalled", "tokens_revoked": "token_revoked"}[kind]
		c.status.broke(areaAPI, code, repair(code), c.now())
	case "channel_archive", "group_archive", "channel_left", "group_left", "channel_unarchive", "group_unarchive", "member_joined_channel":
		c.channels.forget(idOf(e.Event.Channel))
		if idOf(e.Event.Channel) != c.cfg.Channel {
			return
		}
		if err := c.Probe(ctx); err != nil {
			c.log.Error("the channel changed and cannot be used", "event", kind, "error", err)
		}
	case "app_home_opened":
		c.homeOpened(ctx, e)
	case "reaction_added", "reaction_removed":
		c.reacted(ctx, e)
	case "subteam_members_changed", "subteam_updated":
		c.groups.forget()
	case "channel_shared", "channel_unshared":
		c.channels.forget(idOf(e.Event.Channel))
	case "user_change":
		user := idOf(e.Event.User)
		c.users.forget(user)
		c.members.forget(user)
		c.channels.clear() // the person may be in any of them
	case "app_rate_limited":
		c.status.count("ratelimited")
		c.log.Warn("Slack holds events back: too many an hour")
	default:
		c.status.count("unknown_event")
	}
}

// idOf reads an identifier that stands alone or in an object.
func idOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(raw, &o) // absent or unknown shapes name nobody
	return o.ID
}
