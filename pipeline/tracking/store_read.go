package tracking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// lastRead returns the ticket's last read, zero when there was none, and whether the
// message is stored.
func (t *Tracker) lastRead(ctx context.Context, ref pipeline.TicketRef, message string) (r read, stored bool, err error) {
	var at, version *time.Time
	err = t.Pool.QueryRow(ctx, `
		SELECT t.read_at, t.read_version, m.id IS NOT NULL
		  FROM tickets t
		  LEFT JOIN messages m ON m.desk = t.desk AND m.ticket = t.id AND m.id = $3
		 WHERE t.desk = $1
		   AND t.id = $2`, ref.Desk, ref.ID, message).Scan(&at, &version, &stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return read{}, false, nil
	}
	if err != nil {
		return read{}, false, fmt.Errorf("find last read: %w", err)
	}
	if at != nil {
		r.at = *at
	}
	if version != nil {
		r.version = *version
	}
	return r, stored, nil
}

// saveRead notes with the batch that the ticket was read. Of two reads that overlap
// the later counts, whichever was stored first.
func saveRead(b *pgx.Batch, ref pipeline.TicketRef, r read) {
	var version *time.Time
	if !r.version.IsZero() {
		version = &r.version
	}
	b.Queue(`
		UPDATE tickets
		   SET read_at = greatest(read_at, $3), read_version = greatest(read_version, $4)
		 WHERE desk = $1
		   AND id = $2`, ref.Desk, ref.ID, r.at, version)
}

// storedMessages returns the ids of the ticket's messages that are stored.
func storedMessages(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM messages WHERE desk = $1 AND ticket = $2`, ref.Desk, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}
