package zammad

import (
	"context"
	"strconv"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

const definition = "Zammad ticket: first_response_at - created_at, close_at (first) - created_at; business: first_response_in_min, close_in_min of the SLA; reopens from the history"

// History pages through the tickets by their last change, a page of Zammad's
// size a call.
func (d *Desk) History(ctx context.Context, since time.Time, cursor string) (bots.HistoryPage, error) {
	at, err := bots.ParsePlace(cursor, since)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	rows, next, err := d.list(ctx, at)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	out := bots.HistoryPage{Cursor: next.String(), Done: len(rows) == 0}
	for _, t := range rows {
		s, err := d.status(ctx, t.State)
		if err != nil {
			return bots.HistoryPage{}, err
		}
		if s != pipeline.StatusSolved || t.ClosedAt.IsZero() || t.State == "merged" {
			continue
		}
		p, err := d.past(ctx, t)
		if err != nil {
			return bots.HistoryPage{}, err
		}
		out.Tickets = append(out.Tickets, p)
	}
	return out, nil
}

func (d *Desk) past(ctx context.Context, t apiTicket) (pipeline.PastTicket, error) {
	p := pipeline.PastTicket{TicketRef: d.ref(t.ID), CreatedAt: t.CreatedAt, SolvedAt: t.ClosedAt, FirstResponse: between(t.CreatedAt, t.RepliedAt, t.RepliedMin),
		Resolution: between(t.CreatedAt, t.ClosedAt, t.ClosedMin), Handling: pipeline.Unknown, Definition: definition}
	if t.LastClose.After(p.SolvedAt) {
		p.SolvedAt = t.LastClose
	}
	if units, ok := units(t.TimeUnit); ok && d.c.TimeUnit > 0 {
		p.Handling = time.Duration(units * float64(d.c.TimeUnit))
		p.Definition += "; handling: time accounting"
	}
	var err error
	p.Reopens, err = d.reopens(ctx, t.ID)
	return p, err
}

// between is a time by the calendar, and the minutes of the SLA where there is one.
func between(from, to time.Time, minutes *int64) pipeline.DeskTime {
	t := pipeline.DeskTime{Calendar: pipeline.Unknown, Business: pipeline.Unknown}
	if s := to.Sub(from); !to.IsZero() && s >= 0 {
		t.Calendar = s
	}
	if minutes != nil && *minutes >= 0 {
		t.Business = time.Duration(*minutes) * time.Minute
	}
	return t
}

// units reads the accounted time, which is a number or its text.
func units(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, x >= 0
	case string:
		f, err := strconv.ParseFloat(x, 64)
		return f, err == nil && f >= 0 && f < 1e7
	}
	return 0, false
}

// reopens counts how often a ticket left a closed state; -1 when its history
// cannot be read.
func (d *Desk) reopens(ctx context.Context, id int64) (n int, err error) {
	var v struct {
		History []struct {
			Object    string `json:"object"`
			Attribute string `json:"attribute"`
			From      string `json:"value_from"`
			To        string `json:"value_to"`
		} `json:"history"`
	}
	if err := d.api.Get(ctx, "/ticket_history/"+number(id), &v); err != nil {
		if without(err) {
			return -1, nil
		}
		return 0, err
	}
	for _, h := range v.History {
		if h.Object != "Ticket" || h.Attribute != "state" {
			continue
		}
		from, err := d.status(ctx, h.From)
		if err != nil {
			return 0, err
		}
		to, err := d.status(ctx, h.To)
		if err != nil {
			return 0, err
		}
		if from == pipeline.StatusSolved && to != pipeline.StatusSolved && to != "" {
			n++
		}
	}
	return n, nil
}
