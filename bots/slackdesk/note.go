package slackdesk

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"footnote/bots"
	"footnote/pipeline"
)

// noteType marks a note's metadata; a note is never a reply.
const noteType = "footnote_note"

// lookedBack is how many of the newest messages in the channel of notes are
// looked through for a note whose answer was lost.
const lookedBack = "200"

// Note posts to the channel of notes, with a link to the customer's thread: Slack
// Connect has no private note, and all that stands in a support channel the
// customer reads. It refuses without such a channel, and when guests or another
// workspace read that. A note with a marker that already stands there is not posted
// again.
func (d *Desk) Note(ctx context.Context, n bots.Note) (string, error) {
	channel, ts, ok := d.place(n.Ticket.ID)
	switch {
	case !ok:
		return "", &bots.PostError{Verdict: bots.Refused, Say: "there is no such ticket"}
	case d.c.Notes == "":
		return "", &bots.PostError{Verdict: bots.Refused, Say: "customers read all that stands in a support channel, and no channel of colleagues is set for notes (slack_channel)"}
	}
	me, err := d.whoami(ctx)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	if err := d.internal(ctx, d.c.Notes); err != nil {
		return "", bots.BeforePost(err)
	}
	if id, err := d.noted(ctx, n.Marker); err != nil || id != "" {
		return id, bots.BeforePost(err)
	}
	return d.say(ctx, d.c.Notes, "note", n.Text, around(n, permalink(me, channel, ts)))
}

// around is what a note has besides its text: our mark and a link to the thread.
func around(n bots.Note, link string) map[string]any {
	more := map[string]any{"metadata": map[string]any{"event_type": noteType, "event_payload": map[string]string{markerKey: n.Marker, "ticket": n.Ticket.ID}}}
	if link != "" {
		more["attachments"] = []map[string]string{{"fallback": link, "title": "The customer's thread", "title_link": link}}
	}
	return more
}

// EditNote changes a note in the channel of notes.
func (d *Desk) EditNote(ctx context.Context, remoteID string, n bots.Note) (string, error) {
	channel, ts, ok := d.place(n.Ticket.ID)
	if !ok || d.c.Notes == "" {
		return "", pipeline.Errorf(pipeline.NotFound, "there is no such note")
	}
	me, err := d.whoami(ctx)
	if err != nil {
		return "", err
	}
	change := map[string]any{"channel": d.c.Notes, "ts": remoteID, "text": escape.Replace(n.Text), "parse": "none", "link_names": false}
	maps.Copy(change, around(n, permalink(me, channel, ts)))
	if err := d.c.Pace(ctx, d.c.Notes); err != nil {
		return "", err
	}
	var answer reply
	if err := d.api.Do(ctx, http.MethodPost, "/chat.update", change, &answer); err != nil {
		return "", err
	}
	return remoteID, answer.problem()
}

type channelInfo struct {
	reply
	Channel struct {
		ID      string   `json:"id"`
		Shared  bool     `json:"is_ext_shared"`
		Pending bool     `json:"is_pending_ext_shared"`
		Invited []string `json:"pending_shared"`
	} `json:"channel"`
}

// internal is Denied for a channel that another workspace or guests read, or are
// invited to, and for one with more people than can be looked at.
func (d *Desk) internal(ctx context.Context, channel string) error {
	var c channelInfo
	if err := d.get(ctx, "conversations.info", url.Values{"channel": {channel}}, &c); err != nil {
		return err
	}
	switch {
	case c.Channel.ID != channel:
		return pipeline.Errorf(pipeline.Unavailable, "Slack's answer could not be understood")
	case c.Channel.Shared || c.Channel.Pending || len(c.Channel.Invited) > 0:
		return pipeline.Errorf(pipeline.Denied, "the channel of notes, %s, is shared with another workspace", channel)
	}
	args := url.Values{"channel": {channel}, "limit": {pageSize}}
	for range maxMemberPages {
		var l memberList
		if err := d.get(ctx, "conversations.members", args, &l); err != nil {
			return err
		}
		for _, user := range l.Members {
			if user == d.own().user {
				continue
			}
			k, err := d.whois(ctx, user)
			if err != nil {
				return err
			}
			if k.outside {
				return pipeline.Errorf(pipeline.Denied, "guests or people of another workspace read the channel of notes, %s", channel)
			}
		}
		if l.Meta.Cursor == "" {
			return nil
		}
		args.Set("cursor", l.Meta.Cursor)
	}
	return pipeline.Errorf(pipeline.Denied, "the channel of notes, %s, has too many members to know that no guest reads it", channel)
}

// maxMemberPages bounds the members of a channel that are looked at.
const maxMemberPages = 5

type memberList struct {
	reply
	Members []string `json:"members"`
}

// noted finds a note by its marker; empty when there is none.
func (d *Desk) noted(ctx context.Context, marker string) (string, error) {
	var l messageList
	args := url.Values{"channel": {d.c.Notes}, "limit": {lookedBack}, "include_all_metadata": {"true"}}
	if err := d.get(ctx, "conversations.history", args, &l); err != nil {
		return "", err
	}
	for _, m := range l.Messages {
		if m.Metadata.Type == noteType && text(m.Metadata.Payload[markerKey]) == marker && m.Bot == d.own().bot {
			return m.TS, nil
		}
	}
	return "", nil
}
