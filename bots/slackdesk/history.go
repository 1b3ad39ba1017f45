package slackdesk

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// pastPage is how many messages of a channel one page has; each may have a thread
// that takes a call of its own.
const pastPage = "15"

// History goes through the channels one after the other, each from now back to
// since; a page is some messages of a channel with their threads. Threads have no
// status but emoji: see bots.PastOf.
func (d *Desk) History(ctx context.Context, since time.Time, cursor string) (bots.HistoryPage, error) {
	channels := d.channels()
	channel, before, found := strings.Cut(cmp.Or(cursor, channels[0]+"/"), "/")
	at := slices.Index(channels, channel)
	if _, stamp := stampOf(before); !found || at < 0 || before != "" && !stamp {
		return bots.HistoryPage{}, pipeline.Errorf(pipeline.Invalid, "this is no cursor of a desk's history")
	}
	me, err := d.whoami(ctx)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	args := url.Values{"channel": {channel}, "oldest": {stampAt(since)}, "limit": {pastPage}, "include_all_metadata": {"true"}}
	if before != "" {
		args.Set("latest", before)
	}
	var l messageList
	for { // a page may be empty and not the last
		l = messageList{}
		if err := d.get(ctx, "conversations.history", args, &l); err != nil {
			return bots.HistoryPage{}, err
		}
		if len(l.Messages) > 0 || l.Meta.Cursor == "" {
			break
		}
		args.Set("cursor", l.Meta.Cursor)
	}
	list := slices.DeleteFunc(l.Messages, func(m apiMessage) bool { _, ok := stampOf(m.TS); return !ok })
	slices.SortFunc(list, func(a, b apiMessage) int { return cmp.Compare(a.TS, b.TS) })
	var out bots.HistoryPage
	switch {
	case l.Meta.Cursor != "" && len(list) > 0:
		out.Cursor = channel + "/" + list[0].TS
	case at+1 < len(channels):
		out.Cursor = channels[at+1] + "/"
	default:
		out.Cursor, out.Done = channel+"/end", true
	}
	out.Tickets, err = d.pasts(ctx, channel, list, me)
	return out, err
}

// pasts tells what became of the tickets that messages of the channel belong to.
func (d *Desk) pasts(ctx context.Context, channel string, list []apiMessage, me self) (out []pipeline.PastTicket, err error) {
	seen := map[string]bool{}
	for _, m := range list {
		ticket, ok, err := d.ticketOf(ctx, channel, m, me)
		if err != nil {
			return nil, err
		}
		if !ok || seen[ticket] {
			continue
		}
		seen[ticket] = true
		t, err := d.thread(ctx, d.ref(channel, ticket))
		if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		for i, m := range t.Messages { // an edit is no later message
			t.Messages[i].At, _ = stampOf(original(m))
		}
		slices.SortStableFunc(t.Messages, func(a, b pipeline.Message) int { return a.At.Compare(b.At) })
		if p, ok := bots.PastOf(t.Ticket, d.c.Now()); ok {
			p.Definition = "Slack thread: " + p.Definition + ", or marked :" + emojiSolved + ":"
			out = append(out, p)
		}
	}
	return out, nil
}
