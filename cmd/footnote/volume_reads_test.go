package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// mostBlocks and mostRows are the most that one page may read of 20,000 tickets: blocks of
// 8 KB of tables and indexes, from memory or not, and rows and index entries. A page that
// reads history once reads more. At any larger number it may be manyTimes as much and no
// more: pages fill up, and a report looks at up to 25,000 tickets around a median.
const (
	mostBlocks = 10_000
	mostRows   = 12_000
	manyTimes  = 3
	pastSize   = 20_000
)

// wide are pages that read what their figure is made of: more tickets, more rows. The
// value says how many blocks and rows a ticket of the past they may read.
var wide = map[string]float64{
	"report, 30 days, one agent": .1,
	"report, 30 days, one queue": .4,
}

// TestPagesReadBoundedRows: no page reads all history. It is judged by what PostgreSQL
// read, which does not depend on the machine or what else runs on it. FOOTNOTE_VOLUME
// lists other sizes, of pasts in FOOTNOTE_VOLUME_DIR; of several the table is printed.
func TestPagesReadBoundedRows(t *testing.T) {
	sizes := []int{pastSize}
	if s := os.Getenv("FOOTNOTE_VOLUME"); s != "" {
		sizes = nil
		for f := range strings.FieldsSeq(s) {
			n, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, n)
		}
	}
	if testing.Short() {
		t.Skip("a past of 20,000 tickets takes half a minute to make")
	}
	table := map[string][]string{}
	var names []string
	for _, n := range sizes {
		for _, r := range readsOf(t, n) {
			if !slices.Contains(names, r.page) {
				names = append(names, r.page)
			}
			table[r.page] = append(table[r.page], fmt.Sprintf("%d / %d", r.blocks, r.rows))
			blocks, rows := float64(mostBlocks), float64(mostRows)
			if n > pastSize {
				blocks, rows = manyTimes*blocks, manyTimes*rows
			}
			if per := wide[r.page]; per > 0 {
				blocks, rows = max(blocks, per*float64(n)), max(rows, per*float64(n))
			}
			if n >= pastSize && (float64(r.blocks) > blocks || float64(r.rows) > rows) {
				t.Errorf("%s of %d tickets reads %d blocks and %d rows; at most %.0f and %.0f are wanted:\n%s", r.page, n, r.blocks, r.rows, blocks, rows, r.where)
			}
		}
	}
	for _, name := range names {
		t.Logf("| %-30s | %s |", name, strings.Join(table[name], " | "))
	}
}

// reads are what a page read from PostgreSQL.
type reads struct {
	page         string
	blocks, rows int64
	where        string // the tables that most of it is from
}

func readsOf(t *testing.T, n int) (out []reads) {
	dir := pastIn(t, n)
	a, stop := runningIn(t, dir, "sandbox=false", "reconcile=0s", "sync_every=0s")
	defer stop()
	v := &visitor{t: t, a: a, client: signedIn(t, a)}
	conn, err := pgx.ConnectConfig(t.Context(), a.p.pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, p := range v.pages() {
		r := reads{page: p.name}
		for range 3 { // what runs beside reads now and then: the least is the page's own
			before := v.counted(conn)
			if err := p.read(); err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			once := reads{page: p.name}
			once.add(before, v.counted(conn))
			if r.where == "" || once.blocks < r.blocks {
				r = once
			}
		}
		out = append(out, r)
	}
	return out
}

// counted is what was read so far, by table: blocks and rows. Servers of connections tell
// it when they end, so they end here.
func (v *visitor) counted(conn *pgx.Conn) map[string][2]int64 {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Minute)
	defer cancel()
	rows, err := conn.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'idle'`)
	if err != nil {
		v.t.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		v.t.Fatal(err)
	}
	v.a.p.pool.Reset()
	for left := 1; left > 0; {
		// who listens for changes stays
		if err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE pid = ANY ($1) AND query NOT ILIKE 'listen%'`, pids).Scan(&left); err != nil {
			v.t.Fatal(err)
		}
	}
	if _, err := conn.Exec(ctx, `SELECT pg_stat_clear_snapshot()`); err != nil {
		v.t.Fatal(err)
	}
	rows, err = conn.Query(ctx, `
		SELECT s.relname, coalesce(b.heap_blks_read, 0) + coalesce(b.heap_blks_hit, 0) + coalesce(b.idx_blks_read, 0) + coalesce(b.idx_blks_hit, 0)
		                  + coalesce(b.toast_blks_read, 0) + coalesce(b.toast_blks_hit, 0) + coalesce(b.tidx_blks_read, 0) + coalesce(b.tidx_blks_hit, 0),
		       coalesce(s.seq_tup_read, 0) + coalesce((SELECT sum(i.idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = s.relid), 0)::bigint
		  FROM pg_stat_user_tables s
		  JOIN pg_statio_user_tables b USING (relid)`)
	if err != nil {
		v.t.Fatal(err)
	}
	out := map[string][2]int64{}
	var table string
	var blocks, read int64
	if _, err := pgx.ForEachRow(rows, []any{&table, &blocks, &read}, func() error { out[table] = [2]int64{blocks, read}; return nil }); err != nil {
		v.t.Fatal(err)
	}
	return out
}

func (r *reads) add(before, after map[string][2]int64) {
	type line struct {
		table        string
		blocks, rows int64
	}
	var lines []line
	for table, now := range after {
		l := line{table, now[0] - before[table][0], now[1] - before[table][1]}
		r.blocks, r.rows = r.blocks+l.blocks, r.rows+l.rows
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b line) int { return int(b.blocks + b.rows - a.blocks - a.rows) })
	for _, l := range lines[:min(6, len(lines))] {
		r.where += fmt.Sprintf("  %s: %d blocks, %d rows\n", l.table, l.blocks, l.rows)
	}
}
