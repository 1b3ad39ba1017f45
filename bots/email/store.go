package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// store is the desk's tables.
type store struct {
	pool *pgxpool.Pool
	desk string
}

// row is one mail of a thread.
type row struct {
	letter
	message     string
	ticket      string
	role        pipeline.Role
	marker      string
	at          time.Time
	seenAt      time.Time
	told        bool
	undelivered string // our mark on the reply that it says did not arrive
}

// place is where a mail stands in the mailbox.
type place struct {
	folder   string
	validity uint32
	uid      uint32
}

// cursor returns up to which UID a folder was read; NotFound before the first time.
func (s store) cursor(ctx context.Context, folder string) (validity, uid uint32, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT validity, last_uid
		  FROM email_folders
		 WHERE desk = $1
		   AND folder = $2`, s.desk, folder).Scan(&validity, &uid)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, pipeline.Errorf(pipeline.NotFound, "folder %s was never read", folder)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read cursor: %w", err)
	}
	return validity, uid, nil
}

// advance moves a folder's cursor, never back but for another validity.
func (s store) advance(ctx context.Context, p place) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO email_folders (desk, folder, validity, last_uid)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (desk, folder) DO UPDATE
		   SET validity = excluded.validity,
		       last_uid = excluded.last_uid
		 WHERE email_folders.validity <> excluded.validity
		    OR email_folders.last_uid < excluded.last_uid`, s.desk, p.folder, p.validity, p.uid)
	if err != nil {
		return fmt.Errorf("advance cursor: %w", err)
	}
	return nil
}

// lastSeen is when the newest mail was read, or now when none was.
func (s store) lastSeen(ctx context.Context, now time.Time) (at time.Time, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT least($2, coalesce(max(seen_at), $2))
		  FROM email_messages
		 WHERE desk = $1`, s.desk, now).Scan(&at)
	if err != nil {
		return at, fmt.Errorf("read time of newest mail: %w", err)
	}
	return at, nil
}

// ticketOf finds the thread that any of these mails belongs to, the last one
// first; empty when none is known.
func (s store) ticketOf(ctx context.Context, refs []string) (string, error) {
	var ticket string
	err := s.pool.QueryRow(ctx, `
		SELECT k.ticket
		  FROM unnest($2::text[]) WITH ORDINALITY r (id, n)
		  JOIN (SELECT message_id, ticket FROM email_messages WHERE desk = $1 AND message_id = ANY ($2)
		        UNION ALL
		        SELECT message_id, ticket FROM email_sent WHERE desk = $1 AND message_id = ANY ($2)) k ON k.message_id = r.id
		 ORDER BY r.n DESC
		 LIMIT 1`, s.desk, refs).Scan(&ticket)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find thread: %w", err)
	}
	return ticket, nil
}

// markerOf is our mark behind a Message-ID; empty when we did not send it.
func (s store) markerOf(ctx context.Context, messageID string) (ticket, marker string, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT ticket, marker
		  FROM email_sent
		 WHERE desk = $1
		   AND message_id = $2`, s.desk, messageID).Scan(&ticket, &marker)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", "", fmt.Errorf("find sent mail: %w", err)
	}
	return ticket, marker, nil
}

// begin writes down what is about to be sent.
func (s store) begin(ctx context.Context, r row, recipient string, now time.Time) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO email_sent (desk, message_id, ticket, marker, recipient, begun_at)
		VALUES ($1, $2, $3, $4, $6,
		        -- it answers all that was read before, also within one tick of the clock
		        greatest($5, (SELECT max(seen_at) FROM email_messages WHERE desk = $1 AND ticket = $3 AND seen_at < $5::timestamptz + interval '1 second')))
		ON CONFLICT DO NOTHING`, s.desk, r.id, r.ticket, r.marker, now, recipient)
	if err != nil {
		return fmt.Errorf("write down mail to send: %w", err)
	}
	return nil
}

// insert stores a mail that is not known yet. Another mail under a known
// Message-ID is stored beside it, under a name of its own.
func (s store) insert(ctx context.Context, r row) (message string, err error) {
	for range 2 {
		var digest string
		err = s.pool.QueryRow(ctx, `
			INSERT INTO email_messages (desk, message, message_id, digest, ticket, refs, subject, from_name, from_email, role, marker, body,
			                            attachments, at, seen_at, told, rule, from_address, others, undelivered)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
			        -- what comes later to a ticket is later, also within one tick of the clock
			        greatest($15, (SELECT max(seen_at) + interval '1 microsecond' FROM email_messages WHERE desk = $1 AND ticket = $5)), $16, $17, $18, $19, $20)
			ON CONFLICT (desk, message) DO UPDATE
			   SET message = email_messages.message -- only to read what is there
			RETURNING digest`,
			s.desk, r.message, r.id, r.digest, r.ticket, r.refs, r.subject, r.name, r.replyTo, r.role, r.marker, r.text,
			r.attachments, r.at, r.seenAt, r.told, r.rule, r.from, notNil(r.cc), r.undelivered).Scan(&digest)
		if err != nil {
			return "", fmt.Errorf("store mail: %w", err)
		}
		if digest == r.digest || r.marker != "" {
			return r.message, nil
		}
		r.message = shortID(r.message + "#" + r.digest)
	}
	return r.message, nil
}

// found notes where a mail stands.
func (s store) found(ctx context.Context, p place, message string) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO email_places (desk, folder, validity, uid, message)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`, s.desk, p.folder, p.validity, p.uid, message)
	if err != nil {
		return fmt.Errorf("store place of mail: %w", err)
	}
	return nil
}

// stood are where people's mail of a ticket stands or stood in a folder.
func (s store) stood(ctx context.Context, ticket, folder string) ([]uint32, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT p.uid
		  FROM email_messages m
		  JOIN email_places p ON p.desk = m.desk AND p.message = m.message
		  JOIN email_folders f ON f.desk = p.desk AND f.folder = p.folder AND f.validity = p.validity
		 WHERE m.desk = $1
		   AND m.ticket = $2
		   AND p.folder = $3
		   AND `+people+`
		 ORDER BY p.uid DESC
		 LIMIT 200`, s.desk, ticket, folder)
	if err != nil {
		return nil, fmt.Errorf("find places of ticket: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uint32])
}

// uids are where a ticket's mail stands in a folder, as far as is known.
func (s store) uids(ctx context.Context, ticket, folder string) ([]uint32, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT p.uid
		  FROM email_messages m
		  JOIN email_places p ON p.desk = m.desk AND p.message = m.message
		  JOIN email_folders f ON f.desk = p.desk AND f.folder = p.folder AND f.validity = p.validity
		 WHERE m.desk = $1
		   AND m.ticket = $2
		   AND p.folder = $3`, s.desk, ticket, folder)
	if err != nil {
		return nil, fmt.Errorf("find places of ticket: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uint32])
}

// quarantine notes a mail that cannot be read.
func (s store) quarantine(ctx context.Context, p place, q quarantined) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO email_quarantine (desk, folder, validity, uid, bytes, reason, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`, s.desk, p.folder, p.validity, p.uid, q.bytes, q.reason, q.at)
	if err != nil {
		return fmt.Errorf("quarantine mail: %w", err)
	}
	return nil
}

// quarantined is one mail that cannot be read.
type quarantined struct {
	folder string
	uid    uint32
	bytes  int64
	reason string
	at     time.Time
}

// quarantines lists the newest and counts all.
func (s store) quarantines(ctx context.Context, n int) (list []quarantined, all int, err error) {
	rows, err := s.pool.Query(ctx, `
		SELECT folder, uid, bytes, reason, at, count(*) OVER ()
		  FROM email_quarantine
		 WHERE desk = $1
		 ORDER BY at DESC, uid DESC
		 LIMIT $2`, s.desk, n)
	if err != nil {
		return nil, 0, fmt.Errorf("list quarantine: %w", err)
	}
	list, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (q quarantined, err error) {
		return q, r.Scan(&q.folder, &q.uid, &q.bytes, &q.reason, &q.at, &all)
	})
	return list, all, err
}

const columns = `message, message_id, digest, ticket, refs, subject, from_name, from_email, role, marker, body, attachments, at, seen_at, told, rule, from_address, others, undelivered`

func notNil(list []string) []string { return append([]string{}, list...) }

func scanRow(r pgx.CollectableRow) (m row, err error) {
	err = r.Scan(&m.message, &m.id, &m.digest, &m.ticket, &m.refs, &m.subject, &m.name, &m.replyTo, &m.role, &m.marker, &m.text, &m.attachments,
		&m.at, &m.seenAt, &m.told, &m.rule, &m.from, &m.cc, &m.undelivered)
	return m, err
}

// thread is a ticket's mail, oldest first.
func (s store) thread(ctx context.Context, ticket string) ([]row, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+columns+`
		  FROM email_messages
		 WHERE desk = $1
		   AND ticket = $2
		 ORDER BY at, seq`, s.desk, ticket)
	if err != nil {
		return nil, fmt.Errorf("read thread: %w", err)
	}
	return pgx.CollectRows(rows, scanRow)
}

// changed lists the tickets with mail read, or a status seen to change, since, each with
// what stands of its change in that time.
func (s store) changed(ctx context.Context, since time.Time) ([]changedThread, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT m.ticket,
		       max(m.seen_at)::text || ' ' || count(*) || ' ' || coalesce(max(p.marked_at)::text, '') AS state
		  FROM email_messages m
		  LEFT JOIN email_places p
		    ON p.desk = m.desk
		   AND p.message = m.message
		 WHERE m.desk = $1
		   AND (m.seen_at >= $2
		    OR m.message IN (SELECT message FROM email_places WHERE desk = $1 AND marked_at >= $2))
		 GROUP BY m.ticket
		 ORDER BY min(m.seq)`, s.desk, since)
	if err != nil {
		return nil, fmt.Errorf("list changed threads: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[changedThread])
}

// changedThread is a ticket with what its row says of its last change.
type changedThread struct{ ID, State string }

// untold lists mail that the watcher has to publish, in order.
func (s store) untold(ctx context.Context) ([]row, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+columns+`
		  FROM email_messages
		 WHERE desk = $1
		   AND NOT told
		 ORDER BY seq
		 LIMIT 500`, s.desk)
	if err != nil {
		return nil, fmt.Errorf("list new mail: %w", err)
	}
	return pgx.CollectRows(rows, scanRow)
}

func (s store) markTold(ctx context.Context, message string) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE email_messages
		   SET told = true
		 WHERE desk = $1
		   AND message = $2
		   AND NOT told`, s.desk, message)
	if err != nil {
		return fmt.Errorf("mark mail told: %w", err)
	}
	return nil
}
