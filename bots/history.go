package bots

import (
	"context"
	"time"

	"footnote/pipeline"
)

// Historian is a desk that tells how long its solved tickets took before
// Footnote came: the baseline of the report.
type Historian interface {
	// History returns the solved tickets changed since a time, one page a
	// call. cursor is empty at first and then the Cursor of the page before;
	// the same cursor gives the same page again. since does not change within
	// one import. Kinds as Reader's; Invalid for a cursor that is none.
	History(ctx context.Context, since time.Time, cursor string) (HistoryPage, error)
}

// HistoryPage is one page of a desk's history.
type HistoryPage struct {
	Tickets []pipeline.PastTicket
	Cursor  string // of the next page
	Done    bool   // there is no next page
}
