package main

import (
	"context"
	"fmt"
	"time"

	"footnote/bots"
	"footnote/bots/intake"
	"footnote/review/console"
)

// unread is the quarantine of webhooks as the operations page reads it.
type unread struct{ q intake.Quarantine }

func (u unread) Unread(ctx context.Context, limit int) ([]console.UnreadHook, error) {
	list, err := u.q.List(ctx, "", limit)
	if err != nil {
		return nil, err
	}
	out := make([]console.UnreadHook, len(list))
	for i, h := range list {
		out[i] = console.UnreadHook{Desk: h.Desk, Reason: h.Reason, Size: h.Size, Begin: bots.Plain(string(h.Body), 400), Times: h.Times, At: h.LastAt}
	}
	return out, nil
}

// recentUnread is how long an unreadable webhook makes a desk's check fail.
const recentUnread = 7 * 24 * time.Hour

// unreadFinding tells of a desk's webhooks that could not be read lately.
func (a *app) unreadFinding(ctx context.Context, desk string) (bots.Finding, error) {
	list, err := intake.NewQuarantine(a.p.pool).List(ctx, desk, 100)
	if err != nil {
		return bots.Finding{}, err
	}
	f, n, times := bots.Finding{Name: "quarantine", OK: true, Saw: "every signed webhook of the last 7 days could be read"}, 0, 0
	for _, h := range list {
		if time.Since(h.LastAt) < recentUnread {
			n, times = n+1, times+h.Times
		}
	}
	if n > 0 {
		f.OK, f.Saw = false, fmt.Sprintf("%d signed webhooks (%d deliveries) of the last 7 days could not be read; the latest, %d bytes at %s: %s",
			n, times, list[0].Size, list[0].LastAt.UTC().Format(time.RFC3339), bots.Plain(list[0].Reason, 200))
		f.Fix = "Look at Operations in the console: is it this desk that sends there, in its usual form, with nothing in between that cuts bodies?"
	}
	return f, nil
}
