package slack

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/requests"
	"footnote/pipeline"
)

// storeFor bounds storing an event before Slack is told that it arrived.
const storeFor = 2 * time.Second

// interact takes a press or a submission from either transport, after it was
// found authentic. It returns at once, and for submissions what to answer.
// ok is false when no more work is taken.
func (c *Chat) interact(ctx context.Context, in client.Interaction) (answer any, ok bool) {
	switch in.Type {
	case "block_actions":
		if len(in.Actions) == 0 || in.Actions[0].ActionID == cards.ActConsole {
			return nil, true
		}
		return nil, c.Work(ctx, "press", func(ctx context.Context) {
			if !c.requests.Pressed(ctx, in) {
				c.presses.Press(ctx, in)
			}
		})
	case "view_submission":
		if in.View.CallbackID == requests.FormFeedback {
			return c.requests.Explained(ctx, in), true
		}
		return c.presses.Submitted(ctx, in)
	case "message_action":
		return nil, c.requests.Shortcut(ctx, in)
	case "view_closed":
	default:
		c.Count("unknown_interaction")
	}
	return nil, true
}

func (c *Chat) serveCommands(w http.ResponseWriter, r *http.Request, body []byte) {
	q, err := url.ParseQuery(string(body))
	if err != nil || q.Get("user_id") == "" {
		c.Unread(r.Context(), "not a command", body)
		http.Error(w, "not a command", http.StatusBadRequest)
		return
	}
	writeAnswer(c, w, c.requests.Slashed(r.Context(), requests.ReadSlash(q)))
}

// event takes an event: at once, on a goroutine of its own. Events that this
// package does not use are counted. False when no more work is taken.
//
// A request (a mention, a direct message) is stored before event returns.
func (c *Chat) event(ctx context.Context, e client.Event) bool {
	if e.Asks() || e.Reacts() {
		if ours, stored := c.supported(ctx, e); ours {
			return stored
		}
	}
	if channel, ts, ok := e.Deletes(); ok {
		return c.Work(ctx, "deleted message", func(ctx context.Context) { c.cards.Deleted(ctx, channel, ts) })
	}
	if e.Asks() {
		return c.requests.Mention(ctx, e)
	}
	return c.Work(ctx, "event", func(ctx context.Context) {
		if e.ID != "" {
			first, err := client.FirstSight(ctx, c.Pool, "event/"+e.ID)
			if err != nil {
				c.Log.Warn("event not noted", "error", err) // every effect below may come twice
			} else if !first {
				c.Count("duplicate")
				return
			}
		}
		c.takeEvent(ctx, e)
		c.Log.Debug("event taken", "event", e.Event.Type)
	})
}

func (c *Chat) takeEvent(ctx context.Context, e client.Event) {
	kind := e.Event.Type
	if e.Type != "event_callback" {
		kind = e.Type
	}
	switch kind {
	case "app_uninstalled", "tokens_revoked":
		code := map[string]string{"app_uninstalled": "app_uninstalled", "tokens_revoked": "token_revoked"}[kind]
		c.Broke(code)
	case "channel_archive", "group_archive", "channel_left", "group_left", "channel_unarchive", "group_unarchive", "member_joined_channel":
		c.ChannelChanged(client.IDOf(e.Event.Channel))
		if !slices.Contains(c.CardChannels(), client.IDOf(e.Event.Channel)) {
			return
		}
		if err := c.Probe(ctx); err != nil {
			c.Log.Error("the channel changed and cannot be used", "event", kind, "error", err)
		}
	case "app_home_opened":
		c.requests.HomeOpened(ctx, e)
	case "reaction_added", "reaction_removed":
		c.requests.Reacted(ctx, e)
	case "subteam_members_changed", "subteam_updated":
		c.GroupsChanged()
	case "channel_shared", "channel_unshared":
		c.ChannelChanged(client.IDOf(e.Event.Channel))
	case "user_change":
		c.PersonChanged(client.IDOf(e.Event.User))
	case "app_rate_limited":
		c.Count("ratelimited")
		c.Log.Warn("Slack holds events back: too many an hour")
	default:
		c.Count("unknown_event")
	}
}

// supported hands an event to the desk whose channel it is in: the chat itself
// answers nobody there, not even who mentions it. ours says whether there is
// such a desk, stored whether Slack may be told that the event arrived.
func (c *Chat) supported(ctx context.Context, e client.Event) (ours, stored bool) {
	if c.cfg.Support == nil {
		return false, false
	}
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeFor)
	defer cancel()
	channel := client.IDOf(e.Event.Channel)
	if channel == "" {
		channel = client.IDOf(e.Event.Item.Channel)
	}
	ours, err := c.cfg.Support.Take(note, channel, e.Raw)
	switch {
	case err == nil && ours:
		c.Count("support")
	case err == nil:
	case pipeline.KindOf(err) == pipeline.Invalid:
		c.Unread(ctx, "not a message in a support channel: "+err.Error(), e.Raw)
	default:
		c.Log.Error("message in a support channel not stored; Slack delivers it again", "error", err)
		return true, false
	}
	return ours, true
}
