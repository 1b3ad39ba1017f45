package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots/webhook/bench"
	"footnote/migrations"
	"footnote/migrations/localpg"
	"footnote/pipeline"
	"footnote/review/measure"
	"footnote/review/volume"
	"footnote/review/work"
)

const (
	livePages  = 50              // open beside each measurement, unless FOOTNOTE_VOLUME_LIVE says otherwise
	changes    = 2 * time.Second // between things that make live pages read again
	volumeSeed = 7
)

// TestVolume measures every page on made-up pasts of growing size, with live pages
// open, and prints the table of docs/performance.md. FOOTNOTE_VOLUME lists the
// sizes in tickets ("10000 100000"); without it, one small size proves that every
// page answers. FOOTNOTE_VOLUME_DIR keeps the pasts for the next run, and
// FOOTNOTE_VOLUME_ONLY ("report audit") measures only pages with such a word.
func TestVolume(t *testing.T) {
	sizes, reads := []int{300}, 2
	if s := os.Getenv("FOOTNOTE_VOLUME"); s != "" {
		sizes, reads = nil, 25
		for _, f := range strings.Fields(s) {
			n, err := strconv.Atoi(f)
			if err != nil || n < 1 {
				t.Fatalf("FOOTNOTE_VOLUME: %q is no number of tickets", f)
			}
			sizes = append(sizes, n)
		}
	}
	var all [][]timing
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) { all = append(all, measureVolume(t, n, reads)) })
	}
	if len(all) == len(sizes) {
		printVolume(t, sizes, all)
	}
}

// timing is how long one page took, in milliseconds, by its reads.
type timing struct {
	page string
	took []float64
}

func printVolume(t *testing.T, sizes []int, all [][]timing) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprint(w, "| page, ms p50 / p95")
	for _, n := range sizes {
		fmt.Fprintf(w, "\t| %d tickets", n)
	}
	fmt.Fprintln(w, "\t|")
	for i, row := range all[0] {
		fmt.Fprintf(w, "| %s", row.page)
		for _, of := range all {
			fmt.Fprintf(w, "\t| %.0f / %.0f", bench.Percentile(of[i].took, .5), bench.Percentile(of[i].took, .95))
		}
		fmt.Fprintln(w, "\t|")
	}
	w.Flush()
	t.Logf("%d CPUs\n%s", runtime.NumCPU(), b.String())
}

// pastIn fills a directory's database with n tickets, once.
func pastIn(t *testing.T, n int) (dir string) {
	t.Helper()
	if keep := os.Getenv("FOOTNOTE_VOLUME_DIR"); keep != "" {
		dir = filepath.Join(keep, fmt.Sprint("volume-", n))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	} else {
		dir = scratchDir(t, "volume")
	}
	full := filepath.Join(dir, "filled")
	if _, err := os.Stat(full); err == nil {
		return dir
	}
	ctx := t.Context()
	pg, err := localpg.Start(ctx, localpg.Config{Dir: filepath.Join(dir, "data", "postgres"), Fast: true, BinDir: os.Getenv("FOOTNOTE_PG_BIN"),
		Settings: map[string]string{"max_wal_size": "4GB", "shared_buffers": "256MB", "autovacuum": "off"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pg.Stop(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	}()
	pool, err := pgxpool.New(ctx, pg.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	start := time.Now()
	if err := migrations.Apply(ctx, pool); err != nil {
		t.Fatal(err)
	}
	if err := volume.Fill(ctx, pool, volume.Config{Tickets: n, Seed: volumeSeed, Log: t.Logf}); err != nil {
		t.Fatal(err)
	}
	later := indexesLater(t, pool, "work", "work_words", "report_facts")
	filled := work.New(work.Config{Pool: pool}) // as the first start after an update does
	for began, more := time.Now(), true; more; {
		if more, err = filled.Fill(ctx, 1000); err != nil {
			t.Fatal(err)
		}
		if !more {
			t.Logf("work of %d tickets filled in, %.0f a second", n, float64(n)/time.Since(began).Seconds())
		}
	}
	t.Logf("%d tickets written in %.0f s", n, time.Since(start).Seconds())
	start = time.Now()
	exec := func(sql string) {
		if _, err := pool.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO report_changes (desk, ticket) SELECT desk, id FROM tickets UNION ALL SELECT DISTINCT '', (at AT TIME ZONE 'UTC')::date::text FROM llm_calls`)
	if _, err := measure.New(pool).Refresh(ctx, 0); err != nil {
		t.Fatal(err)
	}
	later()
	exec(`VACUUM (ANALYZE)`)
	var bytes int64
	if err := pool.QueryRow(ctx, `SELECT pg_database_size(current_database())`).Scan(&bytes); err != nil {
		t.Fatal(err)
	}
	t.Logf("counted for the report in %.0f s; %d MB in all", time.Since(start).Seconds(), bytes>>20)
	if err := os.WriteFile(full, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// indexesLater drops the tables' indexes that are no keys, and returns what builds them
// again: once for all rows, they take a tenth of the time.
func indexesLater(t *testing.T, pool *pgxpool.Pool, tables ...string) (build func()) {
	t.Helper()
	rows, err := pool.Query(t.Context(), `
		SELECT x.indexrelid::regclass::text, pg_get_indexdef(x.indexrelid)
		  FROM pg_index x
		 WHERE x.indrelid = ANY ($1::text[]::regclass[])
		   AND NOT x.indisunique`, tables)
	if err != nil {
		t.Fatal(err)
	}
	var name, def string
	var drop, make []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &def}, func() error { drop, make = append(drop, "DROP INDEX "+name), append(make, def); return nil }); err != nil {
		t.Fatal(err)
	}
	run := func(statements []string) {
		for _, sql := range statements {
			if _, err := pool.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
	run(drop)
	return func() { run(make) }
}

func measureVolume(t *testing.T, n, reads int) []timing {
	dir := pastIn(t, n)
	a, stop := runningIn(t, dir, "sandbox=false", "reconcile=0s", "sync_every=0s")
	defer stop()
	v := &visitor{t: t, a: a, client: signedIn(t, a)}
	pages := v.pages()
	live := livePages
	if s := os.Getenv("FOOTNOTE_VOLUME_LIVE"); s != "" {
		live, _ = strconv.Atoi(s) // what is no number is none
	}
	leave := v.watchers(live)
	defer leave()
	var out []timing
	for _, p := range pages {
		m := timing{page: p.name}
		for i := range reads + 1 {
			start := time.Now()
			if err := p.read(); err != nil {
				t.Errorf("%s: %v", p.name, err)
				break
			}
			if i > 0 { // the first reads from disk
				m.took = append(m.took, float64(time.Since(start))/float64(time.Millisecond))
			}
			if time.Since(start) > 20*time.Second {
				m.took = append(m.took, float64(time.Since(start))/float64(time.Millisecond))
				break
			}
		}
		out = append(out, m)
		if reads > 2 {
			t.Logf("%-32s %8.0f / %8.0f ms", m.page, bench.Percentile(m.took, .5), bench.Percentile(m.took, .95))
		}
	}
	if live > 0 {
		waitFor(t, "a live page that read again: the measurement had no company", func() bool { return v.refreshed.Load() > 0 })
	}
	return out
}

// page is one that people open.
type page struct {
	name string
	read func() error
}

// pages are all that grow with history, or those that FOOTNOTE_VOLUME_ONLY names.
func (v *visitor) pages() []page {
	ref, draft := v.someTicket()
	today := time.Now().UTC()
	days := func(n int) string {
		return "from=" + today.AddDate(0, 0, 1-n).Format(time.DateOnly) + "&to=" + today.Format(time.DateOnly)
	}
	pages := []page{
		{"queue, to do", v.page("/queue")},
		{"mine", v.page("/queue?view=mine")},
		{"on their way", v.page("/queue?view=waiting")},
		{"done", v.page("/queue?view=done")},
		{"all", v.page("/queue?view=all")},
		{"search: a name", v.page("/queue?view=all&q=" + url.QueryEscape("Ana Ortiz"))},
		{"search: an address", v.page("/queue?view=all&q=c17@example.com")},
		{"search: a common word", v.page("/queue?view=all&q=order")},
		{"search: nothing found", v.page("/queue?view=all&q=zzyzx")},
		{"ticket", v.page("/tickets/" + ref.Desk + "?id=" + ref.ID + "&draft=" + draft)},
		{"report, 30 days", v.page("/report?" + days(30))},
		{"report, 90 days", v.page("/report?" + days(90))},
		{"report, 30 days, one desk", v.page("/report?desk=zendesk&" + days(30))},
		{"report, 30 days, one queue", v.page("/report?queue=Billing&" + days(30))},
		{"report, 30 days, one agent", v.page("/report?agent=" + url.QueryEscape(volume.Agent().ID) + "&" + days(30))},
		{"tickets behind a median", v.page("/report/tickets?figure=handling:measured&" + days(30))},
		{"tickets behind a rare outcome", v.page("/report/tickets?figure=outcome:failed&" + days(30))},
		{"tickets behind a decision", v.page("/report/tickets?figure=decision:reject&" + days(30))},
		{"audit", v.page("/audit")},
		{"audit of a ticket", v.page("/audit?ticket=" + url.QueryEscape(ref.String()))},
		{"operations", v.page("/operations")},
		{"Slack Home", v.home},
	}
	if only := strings.Fields(os.Getenv("FOOTNOTE_VOLUME_ONLY")); len(only) > 0 {
		pages = slices.DeleteFunc(pages, func(p page) bool {
			return !slices.ContainsFunc(only, func(w string) bool { return strings.Contains(p.name, w) })
		})
	}
	return pages
}

// visitor reads pages as a signed-in administrator does.
type visitor struct {
	t         *testing.T
	a         *app
	client    *http.Client
	refreshed atomic.Int64 // pages that live readers read
}

func signedIn(t *testing.T, a *app) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: livePages}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	link, err := a.signInLink(t.Context(), onCommandLine, a.c.AdminEmail)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Post(link, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign in: %s", resp.Status)
	}
	return client
}

func (v *visitor) someTicket() (ref pipeline.TicketRef, draft string) {
	err := v.a.p.pool.QueryRow(v.t.Context(), `SELECT desk, ticket, draft::text FROM reviews WHERE state = 'sent' LIMIT 1`).Scan(&ref.Desk, &ref.ID, &draft)
	if err != nil {
		v.t.Fatal(err)
	}
	return ref, draft
}

func (v *visitor) page(path string) func() error {
	return func() error { return v.get(v.t.Context(), path) }
}

func (v *visitor) get(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.a.url+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-Footnote-Refresh", "1")
	resp, err := v.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "</html>") {
		return fmt.Errorf("%s: %.300s", resp.Status, body)
	}
	return nil
}

func (v *visitor) home() error {
	by := volume.Agent()
	_, err := office{v.a}.Work(v.t.Context(), by)
	return err
}

// watchers opens live queue pages, which read again when something changed, as
// the page's script does; something changes all the time. leave closes them.
func (v *visitor) watchers(live int) (leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg, open sync.WaitGroup
	open.Add(live)
	for range live {
		wg.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.a.url+"/events", nil)
			if err != nil {
				panic(err) // the address is ours
			}
			resp, err := v.client.Do(req)
			if err != nil {
				v.t.Error("live page:", err)
				open.Done()
				return
			}
			defer resp.Body.Close()
			open.Done()
			lines := bufio.NewScanner(resp.Body)
			for lines.Scan() {
				if lines.Text() != "event: change" {
					continue
				}
				if err := v.get(ctx, "/queue"); err == nil {
					v.refreshed.Add(1)
				} else if ctx.Err() == nil {
					v.t.Error("live page:", err)
				}
			}
		})
	}
	open.Wait()
	wg.Go(func() {
		tick := time.NewTicker(changes)
		defer tick.Stop()
		for i := 0; ; i++ {
			e := pipeline.NewEvent(pipeline.OutcomeRecorded, fmt.Sprintf("volume/%d/%d", time.Now().UnixNano(), i), pipeline.TicketRef{Desk: "zendesk", ID: "0"}, time.Now(), pipeline.Recorded{})
			if err := v.a.p.bus.Publish(ctx, e); err != nil && ctx.Err() == nil {
				v.t.Error("publish a change:", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}
