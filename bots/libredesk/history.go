package libredesk

import (
	"context"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

const definition = "Libredesk conversation: first_reply_at - created_at, resolved_at (first) - created_at, reopens from status activities"

// historyPage is small: the activities of each solved conversation are read too.
const historyPage = 50

// History pages through the conversations by their last message.
func (d *Desk) History(ctx context.Context, since time.Time, cursor string) (bots.HistoryPage, error) {
	at, err := bots.ParsePlace(cursor, since)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	names, err := d.categories(ctx)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	rows, next, done, err := d.list(ctx, at, historyPage)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	out := bots.HistoryPage{Cursor: next.String(), Done: done}
	for _, c := range rows {
		if c.SolvedAt.IsZero() || status(c.Status, names[c.Status]) != pipeline.StatusSolved {
			continue
		}
		p, err := d.past(ctx, c, names)
		if err != nil {
			return bots.HistoryPage{}, err
		}
		out.Tickets = append(out.Tickets, p)
	}
	return out, nil
}

func (d *Desk) past(ctx context.Context, c apiConversation, names map[string]string) (pipeline.PastTicket, error) {
	unknown := pipeline.DeskTime{Calendar: pipeline.Unknown, Business: pipeline.Unknown}
	p := pipeline.PastTicket{TicketRef: d.ref(c.UUID), CreatedAt: c.CreatedAt, SolvedAt: c.SolvedAt, FirstResponse: unknown, Resolution: unknown,
		Handling: pipeline.Unknown, Definition: definition}
	if s := c.RepliedAt.Sub(c.CreatedAt); !c.RepliedAt.IsZero() && s >= 0 {
		p.FirstResponse.Calendar = s
	}
	if s := c.SolvedAt.Sub(c.CreatedAt); s >= 0 {
		p.Resolution.Calendar = s
	}
	activities, err := d.messages(ctx, c.UUID, "type=activity")
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		p.Reopens = -1 // deleted meanwhile
		return p, nil
	}
	p.Reopens = reopens(activities, names)
	return p, err
}

// reopens counts how often a conversation left a resolved status. Activities
// tell it in words that end with the status: "Alice marked the conversation as Open".
func reopens(activities []apiMessage, names map[string]string) (n int) {
	solved := false
	for _, m := range activities {
		if m.Type != "activity" || m.Meta.Activity != "status_change" {
			continue
		}
		now := pipeline.TicketStatus("")
		for s, category := range names {
			if strings.HasSuffix(m.Content, " "+s) {
				now = status(s, category)
			}
		}
		switch {
		case now == pipeline.StatusSolved:
			solved = true
		case now != "" && solved:
			n, solved = n+1, false
		}
	}
	return n
}
