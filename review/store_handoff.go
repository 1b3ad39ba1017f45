package review

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// maxQueue is the longest name of a queue, in runes.
const maxQueue = 200

// addressed is a hand-off whose reason begins with whom it is for, so that it stands
// wherever the reason does. The error kind is Invalid for somebody who cannot take it.
func (s *Service) addressed(ctx context.Context, d pipeline.Decision) (pipeline.Decision, error) {
	d.Queue = strings.TrimSpace(d.Queue)
	name := d.Queue
	switch {
	case d.To != "" && d.Queue != "":
		return d, pipeline.Errorf(pipeline.Invalid, "Hand it off to a person or to a queue, not to both.")
	case utf8.RuneCountInString(d.Queue) > maxQueue || !utf8.ValidString(d.Queue) || strings.ContainsRune(d.Queue, 0):
		return d, pipeline.Errorf(pipeline.Invalid, "There is no such queue.")
	case d.To == d.By.ID:
		return d, pipeline.Errorf(pipeline.Invalid, "It is yours already. Claim it, or choose somebody else.")
	case d.To != "":
		err := s.pool.QueryRow(ctx, `
			SELECT name
			  FROM agents
			 WHERE id = $1
			   AND disabled_at IS NULL
			   AND role <> 'owner' -- owners of knowledge decide on no drafts`, d.To).Scan(&name)
		if errors.Is(err, pgx.ErrNoRows) {
			return d, pipeline.Errorf(pipeline.Invalid, "There is nobody by that name who could take it. Choose somebody else.")
		}
		if err != nil {
			return d, fmt.Errorf("find who takes it: %w", err)
		}
	}
	if name != "" {
		d.Reason = strings.TrimSuffix("For "+name+": "+d.Reason, ": ")
	}
	return d, nil
}

// saveHandOff keeps to whom a ticket was handed, until the customer writes again; one
// to anybody takes an earlier one back.
func saveHandOff(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, message string, d pipeline.Decision) error {
	var err error
	if d.To == "" && d.Queue == "" {
		_, err = tx.Exec(ctx, `DELETE FROM handoffs WHERE desk = $1 AND ticket = $2`, ref.Desk, ref.ID)
	} else {
		_, err = tx.Exec(ctx, `
			INSERT INTO handoffs (desk, ticket, message, agent, queue, note, by_agent)
			VALUES ($1, $2, coalesce((SELECT nullif(w.message, '') FROM work w WHERE w.desk = $1 AND w.ticket = $2), $3), $4, $5, $6, $7)
			ON CONFLICT (desk, ticket) DO UPDATE
			   SET message = excluded.message, agent = excluded.agent, queue = excluded.queue, note = excluded.note,
			       by_agent = excluded.by_agent, at = now()`, ref.Desk, ref.ID, message, d.To, d.Queue, d.Reason, d.By.ID)
	}
	if err != nil {
		return fmt.Errorf("save hand-off: %w", err)
	}
	return nil
}
