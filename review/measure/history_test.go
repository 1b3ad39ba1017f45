package measure_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/review/measure"
)

// past is a desk's history of pages; it fails once at the page of that cursor.
type past struct {
	pages [][]pipeline.PastTicket
	fail  string
	asked []string
}

func (p *past) Page(_ context.Context, _ time.Time, cursor string) ([]pipeline.PastTicket, string, bool, error) {
	p.asked = append(p.asked, cursor)
	if cursor != "" && cursor == p.fail {
		p.fail = ""
		return nil, "", false, pipeline.Errorf(pipeline.Unavailable, "away")
	}
	i, _ := strconv.Atoi(cursor)
	return p.pages[i], strconv.Itoa(i + 1), i+1 == len(p.pages), nil
}

func TestImportGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	r := measure.New(pgtest.New(t))
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	ticket := func(id string, first, handling time.Duration) pipeline.PastTicket {
		return pipeline.PastTicket{TicketRef: pipeline.TicketRef{Desk: "d", ID: id}, CreatedAt: at, SolvedAt: at.Add(time.Hour),
			FirstResponse: pipeline.DeskTime{Calendar: first, Business: pipeline.Unknown}, Resolution: pipeline.DeskTime{Calendar: time.Hour, Business: time.Minute},
			Handling: handling, Reopens: 1, Definition: "fields"}
	}
	h := &past{fail: "1", pages: [][]pipeline.PastTicket{{ticket("1", time.Minute, pipeline.Unknown), ticket("2", 3*time.Minute, time.Minute)},
		{ticket("3", 5*time.Minute, pipeline.Unknown), ticket("1", 7*time.Minute, pipeline.Unknown)}}}
	since := at.AddDate(0, 0, -90)
	if _, err := r.Import(t.Context(), "d", since, h, nil); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Fatalf("error %v, want unavailable", err)
	}
	for range 2 { // done, then nothing more to do
		got, err := r.Import(t.Context(), "d", since, h, nil)
		if err != nil || !got.Done || got.Tickets != 4 {
			t.Fatalf("%+v %v", got, err)
		}
	}
	if len(h.asked) != 3 {
		t.Errorf("pages asked for: %q, want each once and the failed one again", h.asked)
	}
	bs, err := r.Baselines(t.Context(), "")
	if err != nil || len(bs) != 1 {
		t.Fatalf("%+v %v", bs, err)
	}
	b := bs[0]
	if b.Tickets != 3 || b.FirstResponse.N != 3 || b.FirstResponse.MedianMS != 300_000 || b.FirstResponseBusiness.N != 0 || b.Handling.N != 1 ||
		b.Handling.MedianMS != 60_000 || b.ResolutionBusiness.MedianMS != 60_000 || b.Reopened != 3 || b.Definition != "fields" {
		t.Errorf("%+v", b)
	}
	if got, err := r.Import(t.Context(), "d", since.AddDate(0, 0, -1), h, nil); err != nil || !got.Done || len(h.asked) != 5 {
		t.Errorf("another since begins anew: %+v %v, %q", got, err, h.asked)
	}
}
