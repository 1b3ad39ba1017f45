package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// untouchedSQL holds for a draft r on which nobody has begun: it is open, the newest for
// its message, and nobody looks at its ticket.
const untouchedSQL = `
	coalesce(r.state, 'open') = 'open'
	AND NOT EXISTS (SELECT
	                  FROM drafts n
	                 WHERE n.desk = d.desk AND n.ticket = d.ticket AND n.message = d.message AND n.version > d.version)
	AND NOT EXISTS (SELECT
	                  FROM spans s
	                 WHERE s.desk = d.desk AND s.ticket = d.ticket AND s.started_at >= d.created_at)`

// Untouched tells whether nobody has begun on a draft.
func (s *Service) Untouched(ctx context.Context, draft string) (bool, error) {
	var ok bool
	err := s.pool.QueryRow(ctx, `
		SELECT `+untouchedSQL+`
		  FROM drafts d
		  LEFT JOIN reviews r ON r.draft = d.id
		 WHERE d.id = $1`, draft).Scan(&ok)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("look whether a draft was begun on: %w", err)
	}
	return ok, nil
}

// WriteAnew asks for a draft to take the place of one that was written while the model
// was away. It asks for nothing, and says false, when somebody has begun on it, it is
// out of date or its ticket is over. The old draft stays until the new one is there.
func (s *Service) WriteAnew(ctx context.Context, draft string) (asked bool, err error) {
	if ok, err := s.Untouched(ctx, draft); err != nil || !ok {
		return false, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		st, err := lockStanding(ctx, tx, draft)
		if err != nil {
			return err
		}
		if st.state != pipeline.StateOpen || st.stale() != "" || st.over() != "" {
			return nil
		}
		t, err := s.tickets.TicketIn(ctx, tx, st.draft.Ticket)
		if err != nil {
			return err
		}
		asked = true
		version := st.draft.Version + 1
		// A new id each time: the bus takes each only once, and the model may go again.
		id := fmt.Sprintf("draft/%s/%s/%d/anew/%d", t.TicketRef, st.draft.Message, version, time.Now().Unix())
		return enqueue(ctx, tx, st.cause().Follow(pipeline.DraftRequested, id, time.Now(),
			pipeline.Requested{Ticket: t.ForDraft(st.draft.Message), Message: st.draft.Message, Version: version, Hint: st.draft.Hint, Instead: draft}))
	})
	if kind := pipeline.KindOf(err); err != nil && kind == pipeline.NotFound {
		return false, nil
	}
	s.Wake()
	return asked && err == nil, err
}
