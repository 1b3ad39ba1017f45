package zendesk

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// minutes is one of a metric set's figures; nil where it does not apply.
type minutes struct {
	Calendar *int64 `json:"calendar"`
	Business *int64 `json:"business"`
}

type metricSet struct {
	Reply   minutes    `json:"reply_time_in_minutes"`
	Full    minutes    `json:"full_resolution_time_in_minutes"`
	Reopens *int       `json:"reopens"`
	Solved  *time.Time `json:"solved_at"`
}

const definition = "Zendesk metric_set: reply_time_in_minutes, full_resolution_time_in_minutes, reopens"

// History pages through the incremental export with metric sets.
func (d *Desk) History(ctx context.Context, since time.Time, cursor string) (bots.HistoryPage, error) {
	path := "/incremental/tickets/cursor?include=metric_sets&start_time=" + strconv.FormatInt(since.Unix(), 10)
	if cursor != "" {
		path = "/incremental/tickets/cursor?include=metric_sets&cursor=" + url.QueryEscape(cursor)
	}
	page, err := d.export(ctx, path)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	out := bots.HistoryPage{Cursor: page.After, Done: *page.End || page.After == ""}
	for _, t := range page.Tickets {
		if m := t.Metrics; m != nil && m.Solved != nil && (t.Status == "solved" || t.Status == "closed") {
			out.Tickets = append(out.Tickets, d.past(t, *m))
		}
	}
	return out, nil
}

func (d *Desk) past(t apiTicket, m metricSet) pipeline.PastTicket {
	p := pipeline.PastTicket{TicketRef: d.ref(number(t.ID)), CreatedAt: t.CreatedAt, SolvedAt: *m.Solved, FirstResponse: m.Reply.time(),
		Resolution: m.Full.time(), Handling: pipeline.Unknown, Reopens: -1, Definition: definition}
	if m.Reopens != nil {
		p.Reopens = *m.Reopens
	}
	for _, f := range t.Custom {
		if d.c.HandlingField != 0 && f.ID == d.c.HandlingField {
			if s, ok := seconds(f.Value); ok {
				p.Handling = time.Duration(s * float64(time.Second))
				p.Definition += "; handling: field " + number(f.ID)
			}
		}
	}
	return p
}

func (m minutes) time() pipeline.DeskTime {
	t := pipeline.DeskTime{Calendar: pipeline.Unknown, Business: pipeline.Unknown}
	if m.Calendar != nil && *m.Calendar >= 0 {
		t.Calendar = time.Duration(*m.Calendar) * time.Minute
	}
	if m.Business != nil && *m.Business >= 0 {
		t.Business = time.Duration(*m.Business) * time.Minute
	}
	return t
}

// seconds reads a custom field, which is a number or its text.
func seconds(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, x >= 0
	case json.Number:
		f, err := x.Float64()
		return f, err == nil && f >= 0
	case string:
		f, err := strconv.ParseFloat(x, 64)
		return f, err == nil && f >= 0 && f < 1e9
	}
	return 0, false
}
