package work

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"footnote/pipeline"
)

// A search reads the newest tickets first, some blocks of days at a time, and as few
// blocks as fill the page. Each ticket has marks among its words, which no text can
// have: done, and the block in which its customer began to wait. So the index of
// words answers for a block, or for open tickets, without reading what others have
// the words. Marks only say where to look: what is found is asked for its state and
// time again, and a ticket without marks (from before there were any, or written by
// an older process) is looked at everywhere.
const (
	markAny  = "~"
	markDone = "~done"

	blockDays = 16
	blockTime = blockDays * 24 * time.Hour

	fewMatches = 3_000                  // that are read; blocks with more are asked row by row in the order of listing, which finds a page soon
	patience   = 250 * time.Millisecond // with beginnings of words, before whole words are taken
)

// What is dated before or after these belongs to the first and last block: desks
// import anything.
var firstBlock, lastBlock = blockOf(time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)), blockOf(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))

// blockOf numbers the block of a time.
func blockOf(t time.Time) int { return int(t.Unix() / int64(blockTime/time.Second)) }

func boundedBlock(t time.Time) int { return min(max(blockOf(t), firstBlock), lastBlock) }

// marksOf are the marks of a row, separated by spaces.
func marksOf(d derived) string {
	marks := fmt.Sprint(markAny, " ", markAny, boundedBlock(d.WaitsSince))
	if d.State == pipeline.WorkDone {
		marks += " " + markDone
	}
	return marks
}

// window is a range of blocks, both included, or all that is not done.
type window struct {
	open   bool
	lo, hi int
}

// query is the tsquery that finds the window's tickets, and those without marks.
func (w window) query() string {
	if w.open {
		return "!'" + markDone + "'"
	}
	var b strings.Builder
	b.WriteString("!'" + markAny + "'")
	for i := w.lo; i <= w.hi; i++ {
		fmt.Fprintf(&b, " | '%s%d'", markAny, i)
	}
	return b.String()
}

// within restricts rows w to the window.
func (w window) within(a *args) string {
	out := ""
	start := func(block int) time.Time { return time.Unix(int64(block)*int64(blockTime/time.Second), 0).UTC() }
	if !w.open && w.lo > firstBlock {
		out += " AND w.waits_at >= " + a.add(start(w.lo))
	}
	if !w.open && w.hi < lastBlock {
		out += " AND w.waits_at < " + a.add(start(w.hi+1))
	}
	return out
}

// found is what a search came to so far. The zero value is no search.
type found struct {
	words  string
	query  string
	many   bool // PostgreSQL's statistics say so
	read   map[window]matches
	blocks *window // that there are
}

// matches are the tickets of a window that have the words, unless they are many.
type matches struct {
	few            bool
	desks, tickets []string
}

// search prepares a search for words or their beginnings.
func (s *Service) search(ctx context.Context, words string) (*found, error) {
	f := &found{words: words, query: query(words, false), read: map[window]matches{}}
	if f.query == "" {
		return f, nil
	}
	var err error
	f.many, err = s.expectMany(ctx, f.query)
	return f, err
}

// surelyMany is the share of tickets from which PostgreSQL's statistics are believed:
// for words that it does not know it assumes half a percent.
const surelyMany = .02

// expectMany tells whether PostgreSQL's statistics say that words are common: then
// they need not be looked up to know it, which takes long for these alone.
func (s *Service) expectMany(ctx context.Context, query string) (bool, error) {
	var plan []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	var b pgx.Batch
	var all float64
	b.Queue(`SELECT reltuples FROM pg_class WHERE oid = 'work_words'::regclass`).QueryRow(func(r pgx.Row) error { return r.Scan(&all) })
	// EXPLAIN takes no arguments; query has made quotes of the words.
	b.Queue("EXPLAIN (FORMAT JSON) SELECT FROM work_words x WHERE x.words @@ to_tsquery('simple', '" + strings.ReplaceAll(query, "'", "''") + "')").
		QueryRow(func(r pgx.Row) error { return r.Scan(&plan) })
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return false, fmt.Errorf("estimate how many match: %w", err)
	}
	return len(plan) > 0 && surely(plan[0].Plan.Rows, all), nil
}

func surely(expected, all float64) bool { return expected > max(2*fewMatches, surelyMany*all) }

// match looks which tickets of a window have the words. Where so many words begin
// like that that it takes long, only whole words are searched from then on.
func (s *Service) match(ctx context.Context, f *found, w window) (matches, error) {
	if m, ok := f.read[w]; ok {
		return m, nil
	}
	m, err := s.matchOnce(ctx, f, w)
	if tookLong(ctx, err) {
		if whole := query(f.words, true); whole != f.query {
			f.query = whole
			m, err = s.matchOnce(ctx, f, w)
		}
	}
	if tookLong(ctx, err) {
		m, err = matches{}, nil // as many as there are
	}
	if err != nil {
		return m, fmt.Errorf("look which tickets match: %w", err)
	}
	f.read[w] = m
	return m, nil
}

// tookLong tells whether a statement was cancelled for its time.
func tookLong(ctx context.Context, err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "57014" && ctx.Err() == nil
}

func (s *Service) matchOnce(ctx context.Context, f *found, w window) (m matches, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var b pgx.Batch
		b.Queue(fmt.Sprintf("SET LOCAL statement_timeout = %d", patience.Milliseconds()))
		b.Queue(`
			SELECT coalesce(array_agg(x.desk), '{}'), coalesce(array_agg(x.ticket), '{}')
			  FROM (SELECT desk, ticket FROM work_words x
			         WHERE x.words @@ (to_tsquery('simple', $1) && $2::text::tsquery)
			           AND numnode(to_tsquery('simple', $1)) > 0 -- signs only: no word is found by them
			         LIMIT $3 + 1) x`, f.query, w.query(), s.few).QueryRow(func(r pgx.Row) error { return r.Scan(&m.desks, &m.tickets) })
		return tx.SendBatch(ctx, &b).Close()
	})
	if m.few = err == nil && len(m.tickets) <= s.few; !m.few {
		m.desks, m.tickets = nil, nil
	}
	return m, err
}

// matching is what the parts of a filter are read from in a window: the tickets that
// were found, if they are few, or work in the order of listing, asked for the words.
func (f *found) matching(m matches, w window, parts []string, a *args) (out []string) {
	within := w.within(a)
	if m.few {
		// in sub-queries, so that one plan serves any number of tickets
		set := "unnest((SELECT " + a.add(m.desks) + "::text[]), (SELECT " + a.add(m.tickets) + "::text[])) AS x (desk, ticket) JOIN work w ON w.desk = x.desk AND w.ticket = x.ticket"
		return []string{set + " WHERE (" + strings.Join(parts, " OR ") + ")" + within}
	}
	has := " AND EXISTS (SELECT FROM work_words x WHERE x.desk = w.desk AND x.ticket = w.ticket AND x.words @@ to_tsquery('simple', " + a.add(f.query) + ") OFFSET 0)"
	for _, p := range parts {
		out = append(out, "work w WHERE "+p+within+has)
	}
	return out
}

// newestFirst visits windows with the matches of each, the newest first, from that of
// a time on if there is one, until visit says that it is enough.
func (s *Service) newestFirst(ctx context.Context, f *found, from time.Time, visit func(w window, m matches) (enough bool, err error)) error {
	if err := s.readBlocks(ctx, f); err != nil {
		return err
	}
	lo, hi := f.blocks.lo, f.blocks.hi
	if !from.IsZero() {
		hi = min(hi, boundedBlock(from))
	}
	many := f.many // if so, the newest are not looked up: walking them finds a page
	for size := 1; hi >= lo; {
		w := window{lo: max(lo, hi-size+1), hi: hi}
		var m matches
		if many {
			w.lo = max(lo, hi-1)
		} else {
			var err error
			if m, err = s.match(ctx, f, w); err != nil {
				return err
			}
			if n := w.hi - w.lo + 1; !m.few && n > 1 {
				size = n / 2
				continue
			}
		}
		enough, err := visit(w, m)
		if err != nil || enough {
			return err
		}
		if m.few {
			size *= 2
		}
		many, hi = false, w.lo-1
	}
	return nil
}

// readBlocks reads from which block to which there is work.
func (s *Service) readBlocks(ctx context.Context, f *found) error {
	if f.blocks != nil {
		return nil
	}
	var oldest, newest *time.Time
	err := s.pool.QueryRow(ctx, `
		SELECT min(x.oldest), max(x.newest)
		  FROM (VALUES ('todo'), ('sending'), ('later'), ('done')) t (tab)
		 CROSS JOIN LATERAL (SELECT (SELECT min(w.waits_at) FROM work w WHERE w.tab = t.tab) AS oldest,
		                            (SELECT max(w.waits_at) FROM work w WHERE w.tab = t.tab) AS newest) x`).Scan(&oldest, &newest)
	if err != nil {
		return fmt.Errorf("read from when to when there is work: %w", err)
	}
	f.blocks = &window{lo: 1, hi: 0}
	if oldest != nil {
		f.blocks = &window{lo: boundedBlock(*oldest), hi: boundedBlock(*newest)}
	}
	return nil
}

// listFound lists rows of a filter that have the words.
func (s *Service) listFound(ctx context.Context, f *found, v View, parts []string, a args, order string, from time.Time, limit int) (out []Row, err error) {
	list := func(w window, m matches) (enough bool, err error) {
		if m.few && len(m.tickets) == 0 {
			return false, nil
		}
		with := slices.Clone(a)
		rows, err := s.listFrom(ctx, f.matching(m, w, parts, &with), with, order, limit-len(out))
		out = append(out, rows...)
		return len(out) >= limit, err
	}
	if hasDone(v) {
		return out, s.newestFirst(ctx, f, from, list)
	}
	var m matches
	open := window{open: true}
	if !f.many {
		if m, err = s.match(ctx, f, open); err != nil {
			return nil, err
		}
	}
	_, err = list(open, m)
	return out, err
}

func hasDone(v View) bool { return slices.Contains(tabs[v], "done") }

// errMany is that words are in so many tickets that not everything is counted.
var errMany = errors.New("many tickets have the words")

// countFound counts rows that have the words, view by view up to most. The error is
// errMany when there are too many to read, unless some is set: then they are walked.
func (s *Service) countFound(ctx context.Context, f *found, views viewParts, a args, most int, some bool) (map[View]Count, error) {
	n := make([]int64, len(views.parts))
	add := func(w window, m matches, only []int) error {
		if !m.few && !some {
			return errMany
		}
		if m.few && len(m.tickets) == 0 || len(only) == 0 {
			return nil
		}
		parts := make([]string, len(only))
		for i, p := range only {
			parts[i] = views.parts[p]
		}
		with := slices.Clone(a)
		from := f.matching(m, w, parts, &with)
		count := s.countEach
		if m.few {
			count = func(ctx context.Context, from []string, a args, _ int) ([]int64, error) {
				return s.countAll(ctx, from[0], parts, a)
			}
		}
		more, err := count(ctx, from, with, most)
		for i := range more {
			n[only[i]] += more[i]
		}
		return err
	}
	var open, done []int // parts: open tickets are looked up at once, done ones from the newest on
	for i, p := range views.parts {
		if strings.HasPrefix(p, isDone) {
			done = append(done, i)
		} else {
			open = append(open, i)
		}
	}
	if f.many && !some {
		return nil, errMany
	}
	if len(open) > 0 {
		var m matches
		var err error
		w := window{open: true}
		if !f.many {
			m, err = s.match(ctx, f, w)
		}
		if err == nil {
			err = add(w, m, open)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(done) > 0 {
		err := s.newestFirst(ctx, f, time.Time{}, func(w window, m matches) (bool, error) {
			err := add(w, m, done)
			return !slices.ContainsFunc(done, func(i int) bool { return n[i] <= int64(most) }), err
		})
		if err != nil {
			return nil, err
		}
	}
	return views.counts(n, most), nil
}

// countAll counts the rows of each part among those of one source.
func (s *Service) countAll(ctx context.Context, from string, parts []string, a args) ([]int64, error) {
	n, to, sql := make([]int64, len(parts)), make([]any, len(parts)), make([]string, len(parts))
	for i, p := range parts {
		to[i], sql[i] = &n[i], fmt.Sprintf("count(*) FILTER (WHERE %s)", p)
	}
	query, a := used("SELECT "+strings.Join(sql, ", ")+" FROM "+from, a)
	if err := s.pool.QueryRow(ctx, query, a...).Scan(to...); err != nil {
		return nil, fmt.Errorf("count queue: %w", err)
	}
	return n, nil
}
