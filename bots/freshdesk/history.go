package freshdesk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

type stats struct {
	Responded *time.Time `json:"first_responded_at"`
	Resolved  *time.Time `json:"resolved_at"`
	Closed    *time.Time `json:"closed_at"`
	Reopened  *time.Time `json:"reopened_at"`
}

const definition = "Freshdesk stats: first_responded_at, resolved_at (else closed_at) from created_at"

// History pages through the tickets by updated_since with their stats. The
// handling time is the sum of a ticket's time entries, of tickets opened since
// the import's beginning: entries are listed from there on.
func (d *Desk) History(ctx context.Context, since time.Time, after string) (bots.HistoryPage, error) {
	at, err := readCursor(since, after)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	sheet, err := d.timeSheet(ctx, since)
	if err != nil {
		return bots.HistoryPage{}, err
	}
	list, next, err := d.list(ctx, at, "stats")
	if err != nil {
		return bots.HistoryPage{}, err
	}
	out := bots.HistoryPage{Done: next == nil}
	if next != nil {
		out.Cursor = next.since.UTC().Format(time.RFC3339) + "/" + strconv.Itoa(next.page)
	}
	for _, t := range list {
		if p, ok := d.past(t); ok {
			if spent, ok := sheet[t.ID]; ok && !t.CreatedAt.Before(since) {
				p.Handling = spent
				p.Definition += "; handling: time entries"
			}
			out.Tickets = append(out.Tickets, p)
		}
	}
	return out, nil
}

func readCursor(since time.Time, s string) (cursor, error) {
	if s == "" {
		return cursor{since.Truncate(time.Second), 1}, nil
	}
	at, page, _ := strings.Cut(s, "/")
	t, err := time.Parse(time.RFC3339, at)
	n, err2 := strconv.Atoi(page)
	if err != nil || err2 != nil || n < 1 || n > maxListPage {
		return cursor{}, pipeline.Errorf(pipeline.Invalid, "%q is no place in Freshdesk's list", s)
	}
	return cursor{t, n}, nil
}

func (d *Desk) past(t apiTicket) (pipeline.PastTicket, bool) {
	if t.Stats == nil || t.Spam || t.Deleted || status(t.Status) != pipeline.StatusSolved {
		return pipeline.PastTicket{}, false
	}
	solved := t.Stats.Resolved
	if solved == nil {
		solved = t.Stats.Closed
	}
	if solved == nil {
		return pipeline.PastTicket{}, false
	}
	p := pipeline.PastTicket{TicketRef: d.ref(text(t.ID)), CreatedAt: t.CreatedAt, SolvedAt: *solved, FirstResponse: after(t.CreatedAt, t.Stats.Responded),
		Resolution: after(t.CreatedAt, solved), Handling: pipeline.Unknown, Reopens: -1, Definition: definition}
	if t.Source == sourceOutbound {
		p.FirstResponse = after(t.CreatedAt, nil) // the agent began
	}
	if t.Stats.Reopened == nil { // else at least once; Freshdesk keeps no number
		p.Reopens = 0
	} else {
		p.Reopens = 1
		p.Definition += "; reopens: reopened_at counts as one"
	}
	return p, true
}

// after is a calendar time; Freshdesk's API tells none by business hours.
func after(from time.Time, to *time.Time) pipeline.DeskTime {
	t := pipeline.DeskTime{Calendar: pipeline.Unknown, Business: pipeline.Unknown}
	if to != nil && !to.Before(from) {
		t.Calendar = to.Sub(from)
	}
	return t
}

// timeSheet is the time spent by ticket.
type timeSheet map[int64]time.Duration

const maxSheetPages = 3000

// timeSheet reads the time entries since a time, once an import. It is empty
// for accounts whose plan or key does not show them.
func (d *Desk) timeSheet(ctx context.Context, since time.Time) (timeSheet, error) {
	from := since.UTC().Format(time.RFC3339)
	d.mu.Lock()
	sheet, known := d.spent[from]
	d.mu.Unlock()
	if known {
		return sheet, nil
	}
	sheet = timeSheet{}
	for page := 1; page <= maxSheetPages; page++ {
		var list []struct {
			Ticket int64  `json:"ticket_id"`
			Spent  string `json:"time_spent"`
		}
		var head http.Header
		q := url.Values{"executed_after": {from}, "per_page": {strconv.Itoa(perPage)}, "page": {strconv.Itoa(page)}}
		err := d.api.Get(ctx, "/time_entries?"+q.Encode(), &list, &head)
		if k := pipeline.KindOf(err); err != nil && (k == pipeline.Denied || k == pipeline.NotFound) {
			sheet = timeSheet{}
			break
		}
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if spent, ok := clock(e.Spent); ok {
				sheet[e.Ticket] += spent
			}
		}
		if !more(head, len(list)) {
			break
		}
	}
	d.mu.Lock()
	d.spent = map[string]timeSheet{from: sheet} // of one import at a time
	d.mu.Unlock()
	return sheet, nil
}

// clock reads hh:mm.
func clock(s string) (time.Duration, bool) {
	h, m, ok := strings.Cut(s, ":")
	hours, err := strconv.Atoi(h)
	minutes, err2 := strconv.Atoi(m)
	if !ok || err != nil || err2 != nil || hours < 0 || hours > 10_000 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, true
}
