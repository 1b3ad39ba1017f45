package slackdesk

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// The emoji that are a ticket's status: on the customer's newest message, or on
// what came after it. A message that the customer writes later has none, and so
// opens the ticket again. Customers see them, and theirs do not count.
const (
	emojiSolved  = "white_check_mark"
	emojiPending = "hourglass_flowing_sand"
)

var emojiOf = map[pipeline.TicketStatus]string{pipeline.StatusSolved: emojiSolved, pipeline.StatusPending: emojiPending}

func isStatus(emoji string) bool { return emoji == emojiSolved || emoji == emojiPending }

// reaction is one emoji on a message and who put it there.
type reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

// marks are the names of the emoji on a message that can be a status, sorted.
func (m apiMessage) marks() string {
	var names []string
	for _, r := range m.Reactions {
		if isStatus(r.Name) {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// status reads a ticket's status from its messages in the order of Slack;
// customer is the timestamp of the customer's newest.
func (d *Desk) status(ctx context.Context, channel, customer string, list []apiMessage) (pipeline.TicketStatus, error) {
	found := pipeline.StatusOpen
	for _, m := range list {
		if m.TS < customer {
			continue
		}
		for s, name := range emojiOf {
			ours, err := d.marked(ctx, channel, m, name)
			if err != nil {
				return "", err
			}
			if ours && found != pipeline.StatusSolved {
				found = s
			}
		}
	}
	return found, nil
}

// marked tells whether we or an agent put an emoji on a message.
func (d *Desk) marked(ctx context.Context, channel string, m apiMessage, name string) (bool, error) {
	me := d.own()
	for _, r := range m.Reactions {
		if r.Name != name {
			continue
		}
		for _, user := range r.Users {
			if user == me.user {
				return true, nil
			}
			k, err := d.whois(ctx, user)
			if err != nil {
				return false, err
			}
			if d.role(channel, "", me.team, k) == pipeline.RoleAgent {
				return true, nil
			}
		}
	}
	return false, nil
}

// SetStatus puts the status's emoji on the customer's newest message, and takes
// ours away where it says otherwise. Invalid while an agent's says otherwise:
// only its owner can take an emoji away.
func (d *Desk) SetStatus(ctx context.Context, ref pipeline.TicketRef, s pipeline.TicketStatus) error {
	if s != pipeline.StatusOpen && emojiOf[s] == "" {
		return pipeline.Errorf(pipeline.Invalid, "there is no status %s", bots.Plain(string(s), 20))
	}
	t, err := d.thread(ctx, ref)
	if err != nil || t.Status == s {
		return err
	}
	channel, _, _ := d.place(ref.ID) // thread checked it
	if err := d.unmark(ctx, channel, s, t); err != nil {
		return err
	}
	if s == pipeline.StatusOpen {
		return nil
	}
	return d.react(ctx, "reactions.add", channel, t.customer, emojiOf[s])
}

// unmark takes our emoji of other statuses away.
func (d *Desk) unmark(ctx context.Context, channel string, s pipeline.TicketStatus, t readThread) error {
	me := d.own()
	for _, m := range t.list {
		if m.TS < t.customer {
			continue
		}
		for _, r := range m.Reactions {
			if r.Name == emojiOf[s] || !isStatus(r.Name) {
				continue
			}
			if slices.Contains(r.Users, me.user) {
				if err := d.react(ctx, "reactions.remove", channel, m.TS, r.Name); err != nil {
					return err
				}
			}
			others := m
			others.Reactions = []reaction{{r.Name, slices.DeleteFunc(slices.Clone(r.Users), func(u string) bool { return u == me.user })}}
			theirs, err := d.marked(ctx, channel, others, r.Name)
			if err != nil {
				return err
			}
			if theirs {
				return pipeline.Errorf(pipeline.Invalid, "a colleague marked the thread with :%s:; only they can take it away", r.Name)
			}
		}
	}
	return nil
}

// react adds or removes one of our emoji; done already is done.
func (d *Desk) react(ctx context.Context, method, channel, ts, name string) error {
	var v reply
	if err := d.api.Do(ctx, http.MethodPost, "/"+method, map[string]string{"channel": channel, "timestamp": ts, "name": name}, &v); err != nil {
		return err
	}
	if v.Error == "already_reacted" || v.Error == "no_reaction" {
		return nil
	}
	return v.problem()
}

// reacted reads an event about an emoji; false when it is no status of a channel
// of ours. Which ticket it is, is not in it: Take asks Slack.
func (d *Desk) reacted(raw []byte, now time.Time) (told, bool, error) {
	var e struct {
		Event struct {
			Type     string `json:"type"`
			User     string `json:"user"`
			Reaction string `json:"reaction"`
			EventTS  string `json:"event_ts"`
			Item     struct {
				Type    string `json:"type"`
				Channel string `json:"channel"`
				TS      string `json:"ts"`
			} `json:"item"`
		} `json:"event"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return told{}, false, nil // of other shapes are others' business
	}
	r, item := e.Event, e.Event.Item
	if item.Type != "message" || !d.Owns(item.Channel) || !isStatus(r.Reaction) {
		return told{}, false, nil
	}
	if _, ok := stampOf(item.TS); !ok {
		return told{}, false, pipeline.Errorf(pipeline.Invalid, "The message has no timestamp.")
	}
	key := strings.Join([]string{r.Type, r.Reaction, bots.Plain(r.User, 40), item.TS, bots.Plain(r.EventTS, 40)}, "/")
	return told{channel: item.Channel, m: apiMessage{TS: item.TS, User: r.User}, key: key, at: now, mark: true}, true, nil
}

// ticketWith says which ticket a message that was marked belongs to; false when
// it is gone. Kinds are get's.
func (d *Desk) ticketWith(ctx context.Context, channel, ts string) (string, bool, error) {
	list, err := d.firstOf(ctx, channel, ts)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil || err == nil && len(list) == 0 {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	ticket, err := d.store.ticket(ctx, channel, list[0].root())
	return ticket, true, err
}
