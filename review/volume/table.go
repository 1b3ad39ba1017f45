package volume

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// columns lists what is written, table by table, in the order of their rows.
var columns = map[string]string{
	"agents":            "id name email role",
	"sources":           "name kind location",
	"documents":         "id source path version title audience hash raw_hash bytes",
	"document_versions": "document version title text hash",
	"passages":          "id document version ordinal text start_at end_at hash terms",
	"holdouts":          "since share",
	"desk_imports":      "desk since cursor done tickets updated_at",
	"tickets": "desk id subject status status_at locale product queue requester_id requester_name requester_email revision arm " +
		"created_at first_reply_at solved_at updated_at",
	"messages":   "desk ticket id role author_name author_email text public marker at received_at revision",
	"outcomes":   "desk ticket message kind reason draft event arrived_at recorded_at",
	"drafts":     "id desk ticket message revision version content abstained drafter cost_micros confidence created_at",
	"reviews":    "draft desk ticket state claimed_by claimed_at decided_by decided_at decision kind text hash reason distance delivery sent_at updated_at",
	"decisions":  "id draft kind agent surface hash text reason at",
	"outbox":     "id event state created_at",
	"spans":      "id desk ticket agent kind surface started_at last_seen_at ended_at ended_by active_ms",
	"deliveries": "id decision draft desk ticket event hash marker state attempt fence remote_id reason due_at published created_at updated_at",
	"llm_calls":  "at purpose correlation provider model input_tokens output_tokens cost_micros duration_ms",
	"audit_log":  "seq at actor action object detail prev hash",
	"desk_history": "desk ticket created_at solved_at first_response_ms first_response_business_ms resolution_ms resolution_business_ms " +
		"handling_ms reopens definition",
}

// copy writes the rows of the chunk and forgets them.
func (p *past) copy(ctx context.Context, conn *pgx.Conn) error {
	for table, rows := range p.tables {
		names := strings.Fields(columns[table])
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{table}, names, pgx.CopyFromRows(rows)); err != nil {
			return fmt.Errorf("copy into %s: %w", table, err)
		}
		p.tables[table] = rows[:0]
	}
	return nil
}

// unbind drops the constraints and indexes of the tables that are written, and
// returns what makes them again and gathers statistics: sorted once, they are
// built in a tenth of the time.
func unbind(ctx context.Context, conn *pgx.Conn) (restore func(context.Context) error, err error) {
	var tables []string
	for t := range columns {
		tables = append(tables, t)
	}
	slices.Sort(tables)
	rows, err := conn.Query(ctx, `
		SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
		       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
		       CASE contype WHEN 'f' THEN 2 ELSE 0 END
		  FROM pg_constraint
		 WHERE contype IN ('p', 'u', 'f')
		   AND (conrelid = ANY ($1::text[]::regclass[]) OR contype = 'f' AND confrelid = ANY ($1::text[]::regclass[]))
		UNION ALL
		SELECT format('DROP INDEX %s', x.indexrelid::regclass), pg_get_indexdef(x.indexrelid), 1
		  FROM pg_index x
		 WHERE indrelid = ANY ($1::text[]::regclass[])
		   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))`, tables)
	if err != nil {
		return nil, fmt.Errorf("list constraints: %w", err)
	}
	type bound struct {
		drop, add string
		order     int // keys, indexes, references
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (b bound, err error) {
		err = r.Scan(&b.drop, &b.add, &b.order)
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("list constraints: %w", err)
	}
	slices.SortStableFunc(all, func(a, b bound) int { return a.order - b.order })
	for _, b := range slices.Backward(all) {
		if _, err := conn.Exec(ctx, b.drop); err != nil {
			return nil, fmt.Errorf("%s: %w", b.drop, err)
		}
	}
	return func(ctx context.Context) error {
		if _, err := conn.Exec(ctx, `SET maintenance_work_mem = '512MB'`); err != nil {
			return err
		}
		for _, b := range all {
			if _, err := conn.Exec(ctx, b.add); err != nil {
				return fmt.Errorf("%s: %w", b.add, err)
			}
		}
		for _, t := range tables {
			if _, err := conn.Exec(ctx, `VACUUM (ANALYZE) `+pgx.Identifier{t}.Sanitize()); err != nil {
				return fmt.Errorf("vacuum %s: %w", t, err)
			}
		}
		return nil
	}, nil
}
