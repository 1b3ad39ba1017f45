package volume

import (
	"os"
	"testing"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/review/audit"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// TestFill: the same seed gives the same past; the schema's keys and references
// hold over it, its audit log is unbroken, and it has what pages show.
func TestFill(t *testing.T) {
	t.Parallel()
	var prints [2]string
	for i := range prints {
		t.Run("", func(t *testing.T) {
			pool := pgtest.New(t)
			if err := Fill(t.Context(), pool, Config{Tickets: 400, Seed: 3, Log: t.Logf}); err != nil {
				t.Fatal(err)
			}
			n, _, err := audit.Verify(t.Context(), pool)
			if err != nil || n < 300 {
				t.Fatalf("%d audit rows, %v", n, err)
			}
			if err := pool.QueryRow(t.Context(), `
				SELECT (SELECT md5(string_agg(concat_ws('|', desk, ticket, id, role, text), ',' ORDER BY desk, ticket, id)) FROM messages)
				       || (SELECT string_agg(kind || n, ',' ORDER BY kind) FROM (SELECT coalesce(kind, 'pending') AS kind, count(*) AS n FROM outcomes GROUP BY 1) o)`).Scan(&prints[i]); err != nil {
				t.Fatal(err)
			}
			for what, sql := range map[string]string{
				"indexes are back":     `SELECT count(*) FROM pg_indexes WHERE indexname = 'outcomes_arrived'`,
				"references are back":  `SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'messages'::regclass`,
				"several desks":        `SELECT count(DISTINCT desk) - 3 FROM tickets`,
				"several languages":    `SELECT count(DISTINCT locale) - 3 FROM tickets`,
				"answered at the desk": `SELECT count(*) FROM messages WHERE role = 'agent' AND marker = ''`,
				"sent by Footnote":     `SELECT count(*) FROM deliveries WHERE state = 'sent'`,
				"solved":               `SELECT count(*) FROM tickets WHERE solved_at IS NOT NULL`,
				"open":                 `SELECT count(*) FROM tickets WHERE first_reply_at IS NULL`,
				"idle spans":           `SELECT count(*) FROM spans WHERE ended_by = 'idle'`,
				"a baseline":           `SELECT count(*) FROM desk_history`,
			} {
				var n int
				if err := pool.QueryRow(t.Context(), sql).Scan(&n); err != nil || n < 1 {
					t.Errorf("%s: %d, %v", what, n, err)
				}
			}
		})
	}
	if prints[0] != prints[1] {
		t.Errorf("two pasts of one seed: %s and %s", prints[0], prints[1])
	}
}
