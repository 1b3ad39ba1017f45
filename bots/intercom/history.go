package intercom

import (
	"context"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

type statistics struct {
	ToReply      *int64 `json:"time_to_admin_reply"` // seconds, without closed hours
	ToClose      *int64 `json:"time_to_last_close"`  // seconds, without closed hours
	FirstContact int64  `json:"first_contact_reply_at"`
	FirstAdmin   int64  `json:"first_admin_reply_at"`
	LastClose    int64  `json:"last_close_at"`
	Reopens      *int   `json:"count_reopens"`
	Handling     *int64 `json:"handling_time"`
	Adjusted     *int64 `json:"adjusted_handling_time"`
}

const definition = "Intercom statistics: first_admin_reply_at and last_close_at from first_contact_reply_at; business hours: time_to_admin_reply, time_to_last_close; count_reopens"

// History pages through the closed conversations, the oldest change first.
func (d *Desk) History(ctx context.Context, since time.Time, cursor string) (bots.HistoryPage, error) {
	page, err := d.search(ctx, since, cursor, "ascending", map[string]any{"field": "state", "operator": "=", "value": "closed"})
	if err != nil {
		return bots.HistoryPage{}, err
	}
	out := bots.HistoryPage{Cursor: page.next(), Done: page.next() == "" || page.next() == cursor}
	for _, c := range page.Conversations {
		if s := c.Statistics; s != nil && s.LastClose > 0 && c.State == "closed" && c.UpdatedAt >= since.Unix() {
			out.Tickets = append(out.Tickets, d.past(c, *s))
		}
	}
	return out, nil
}

func (d *Desk) past(c conversation, s statistics) pipeline.PastTicket {
	p := pipeline.PastTicket{TicketRef: d.ref(string(c.ID)), CreatedAt: unix(c.CreatedAt), SolvedAt: unix(s.LastClose), Handling: pipeline.Unknown,
		FirstResponse: pipeline.DeskTime{Calendar: between(s.FirstContact, s.FirstAdmin), Business: seconds(s.ToReply)},
		Resolution:    pipeline.DeskTime{Calendar: between(s.FirstContact, s.LastClose), Business: seconds(s.ToClose)},
		Reopens:       -1, Definition: definition}
	if s.Reopens != nil {
		p.Reopens = *s.Reopens
	}
	// The adjusted time leaves out what was done outside the conversation's view.
	if p.Handling = seconds(s.Adjusted); p.Handling >= 0 {
		p.Definition += "; handling: adjusted_handling_time"
	} else if p.Handling = seconds(s.Handling); p.Handling >= 0 {
		p.Definition += "; handling: handling_time"
	}
	return p
}

func between(from, to int64) time.Duration {
	if from <= 0 || to < from {
		return pipeline.Unknown
	}
	return time.Duration(to-from) * time.Second
}

func seconds(n *int64) time.Duration {
	if n == nil || *n < 0 {
		return pipeline.Unknown
	}
	return time.Duration(*n) * time.Second
}
