package slack

import (
	"context"
	"net/http"
	"net/url"

	"footnote/pipeline"
)

// interact takes a press or a submission from either transport, after it was
// found authentic. It returns at once, and for submissions what to answer.
// ok is false when no more work is taken.
func (c *Chat) interact(ctx context.Context, in interaction) (answer any, ok bool) {
	switch in.Type {
	case "block_actions":
		if len(in.Actions) == 0 || in.Actions[0].ActionID == actConsole {
			return nil, true
		}
		return nil, c.work(ctx, "press", func(ctx context.Context) { c.press(ctx, in) })
	case "view_submission":
		return c.submitted(ctx, in)
	case "message_action":
		return nil, c.shortcut(ctx, in)
	case "view_closed":
	default:
		c.status.count("unknown_interaction")
	}
	return nil, true
}

func (c *Chat) serveCommands(w http.ResponseWriter, r *http.Request, body []byte) {
	q, err := url.ParseQuery(string(body))
	if err != nil || q.Get("user_id") == "" {
		c.unread(r.Context(), "not a command", body)
		http.Error(w, "not a command", http.StatusBadRequest)
		return
	}
	writeAnswer(c, w, c.slashed(r.Context(), readSlash(q)))
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

// supported hands an event to the desk whose channel it is in: the chat itself
// answers nobody there, not even who mentions it. ours says whether there is
// such a desk, stored whether Slack may be told that the event arrived.
func (c *Chat) supported(ctx context.Context, e event) (ours, stored bool) {
	if c.cfg.Support == nil {
		return false, false
	}
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteFor)
	defer cancel()
	channel := idOf(e.Event.Channel)
	if channel == "" {
		channel = idOf(e.Event.Item.Channel)
	}
	ours, err := c.cfg.Support.Take(note, channel, e.raw)
	switch {
	case err == nil && ours:
		c.status.count("support")
	case err == nil:
	case pipeline.KindOf(err) == pipeline.Invalid:
		c.unread(ctx, "not a message in a support channel: "+err.Error(), e.raw)
	default:
		c.log.Error("message in a support channel not stored; Slack delivers it again", "error", err)
		return true, false
	}
	return ours, true
}
