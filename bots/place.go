package bots

import (
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
)

// Place is where a list of tickets, those that changed first first, goes on: at
// tickets not changed before From. Offsets alone would skip some, for a ticket
// that changes meanwhile moves to the list's end; Page is above 1 only within
// one instant. A list begins at Place{since, 1}.
type Place struct {
	From time.Time
	Page int
}

// Next is the place after a page whose last ticket changed at last. The tickets
// of that instant come again: callers drop them.
func (p Place) Next(last time.Time) Place {
	if last.After(p.From) {
		return Place{last, 1}
	}
	return Place{p.From, p.Page + 1}
}

// String is the place as HistoryPage.Cursor.
func (p Place) String() string {
	return p.From.UTC().Format(time.RFC3339Nano) + "/" + strconv.Itoa(p.Page)
}

// ParsePlace reads String's form; empty is the beginning. Invalid for anything
// else.
func ParsePlace(cursor string, since time.Time) (Place, error) {
	if cursor == "" {
		return Place{since, 1}, nil
	}
	from, page, _ := strings.Cut(cursor, "/")
	at, err := time.Parse(time.RFC3339Nano, from)
	n, err2 := strconv.Atoi(page)
	if err != nil || err2 != nil || n < 1 {
		return Place{}, pipeline.Errorf(pipeline.Invalid, "this is no cursor of a desk's history")
	}
	return Place{at, n}, nil
}
