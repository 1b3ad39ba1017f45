package chatwoot

import (
	"context"
	"strconv"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

const (
	definition = "Chatwoot reporting_events: first_response, conversation_resolved (last); business: value_in_business_hours; reopens: resolutions less one"
	without    = "Chatwoot conversation: first_reply_created_at - created_at; solved at the last activity; this version has no reporting_events of a conversation"
)

// History pages through the conversations by their last activity, newest first.
func (d *Desk) History(ctx context.Context, since time.Time, cursor string) (bots.HistoryPage, error) {
	page := 1
	if cursor != "" {
		n, err := strconv.Atoi(cursor)
		if err != nil || n < 1 {
			return bots.HistoryPage{}, pipeline.Errorf(pipeline.Invalid, "this is no cursor of Chatwoot's history")
		}
		page = n
	}
	rows, _, err := d.list(ctx, page)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	out := bots.HistoryPage{Cursor: strconv.Itoa(page + 1), Done: true}
	for _, c := range rows {
		if c.LastAt.Before(since) {
			continue
		}
		out.Done = false
		if status(c.Status) != pipeline.StatusSolved {
			continue
		}
		p, err := d.past(ctx, c)
		if err != nil {
			return bots.HistoryPage{}, err
		}
		out.Tickets = append(out.Tickets, p)
	}
	return out, nil
}

type reported struct {
	Name     string   `json:"name"`
	Value    *float64 `json:"value"` // seconds
	Business *float64 `json:"value_in_business_hours"`
	End      moment   `json:"event_end_time"`
}

func (d *Desk) past(ctx context.Context, c apiConversation) (pipeline.PastTicket, error) {
	none := pipeline.DeskTime{Calendar: pipeline.Unknown, Business: pipeline.Unknown}
	p := pipeline.PastTicket{TicketRef: d.ref(c.ID), CreatedAt: c.CreatedAt.Time, SolvedAt: c.LastAt.Time, FirstResponse: none, Resolution: none,
		Handling: pipeline.Unknown, Reopens: -1, Definition: definition}
	var events []reported
	err := d.api.Get(ctx, d.path("/conversations/"+number(c.ID)+"/reporting_events"), &events)
	switch k := pipeline.KindOf(err); {
	case err != nil && (k == pipeline.NotFound || k == pipeline.Denied):
		p.Definition = without
		if s := c.RepliedAt.Sub(c.CreatedAt.Time); !c.RepliedAt.IsZero() && s >= 0 {
			p.FirstResponse.Calendar = s
		}
		return p, nil
	case err != nil:
		return p, err
	}
	for _, e := range events {
		switch e.Name {
		case "first_response":
			if p.FirstResponse == none {
				p.FirstResponse = e.time()
			}
		case "conversation_resolved", "resolution":
			p.Reopens++
			p.Resolution = e.time()
			if !e.End.IsZero() {
				p.SolvedAt = e.End.Time
			}
		}
	}
	return p, nil
}

func (e reported) time() pipeline.DeskTime {
	seconds := func(v *float64) time.Duration {
		if v == nil || *v < 0 || *v > 1e9 {
			return pipeline.Unknown
		}
		return time.Duration(*v * float64(time.Second))
	}
	return pipeline.DeskTime{Calendar: seconds(e.Value), Business: seconds(e.Business)}
}
