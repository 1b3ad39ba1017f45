package work

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

type shelf struct {
	*Service
	pool *pgxpool.Pool
}

// setup makes a database with n tickets, of which every third has an open draft,
// every third is being drafted, and every third was answered at the desk.
func setup(t *testing.T, n int) shelf {
	t.Helper()
	s := shelf{pool: pgtest.New(t)}
	s.Service = New(Config{Pool: s.pool})
	s.exec(t, `INSERT INTO tickets (desk, id, subject, requester_name, requester_email, revision, created_at, status_at, queue, locale)
		SELECT CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, 'T-' || i, 'Subject ' || i, 'Person ' || i, 'p' || i || '@example.com', 1, now(), now(),
		       CASE WHEN i % 5 = 0 THEN 'Billing' ELSE '' END, CASE WHEN i % 4 = 0 THEN 'de' ELSE 'en' END
		  FROM generate_series(1, $1) i`, n)
	s.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, received_at, revision)
		SELECT desk, id, 'm', 'customer', 'The printer shows error E' || substr(id, 3) || ' since Monday', true, now() - substr(id, 3)::int * interval '1 hour', now() - substr(id, 3)::int * interval '1 hour', 1 FROM tickets`)
	s.exec(t, `INSERT INTO outcomes (desk, ticket, message) SELECT desk, id, 'm' FROM tickets`)
	s.exec(t, `INSERT INTO drafts (id, desk, ticket, message, revision, version, content, drafter, confidence)
		SELECT gen_random_uuid(), desk, id, 'm', 1, 1, '{"findings": [{"check": "number"}]}', 'extractive', 0.5 FROM tickets WHERE substr(id, 3)::int % 3 = 0`)
	s.exec(t, `INSERT INTO messages (desk, ticket, id, role, author_name, text, public, at, revision)
		SELECT desk, id, 'r', 'agent', 'Dora', 'Restart it', true, now(), 1 FROM tickets WHERE substr(id, 3)::int % 3 = 1`)
	for more := true; more; {
		var err error
		if more, err = s.Fill(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s shelf) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := s.pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// ids lists the tickets of all pages, and fails when a page is wrong.
func (s shelf) ids(t *testing.T, f Filter) (out []string) {
	t.Helper()
	for {
		p, err := s.Queue(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rows {
			if r.Subject == "" || r.Requester.Email == "" || !strings.Contains(r.Excerpt, "printer") {
				t.Fatalf("row %+v", r)
			}
			out = append(out, strings.TrimPrefix(r.Ticket.ID, "T-"))
		}
		if p.Next == "" {
			return out
		}
		if len(p.Rows) != f.Limit {
			t.Fatalf("%d rows on a page of %d that is not the last", len(p.Rows), f.Limit)
		}
		f.After = p.Next
	}
}

// TestQueueChooses: each filter lists what it names and nothing else, in order, on
// as many pages as it takes, and is counted as it is listed.
func TestQueueChooses(t *testing.T) {
	t.Parallel()
	const n = 30
	s := setup(t, n)
	all := func(keep func(i int) bool) (out []string) { // the longest waiting first
		for i := n; i > 0; i-- {
			if keep(i) {
				out = append(out, fmt.Sprint(i))
			}
		}
		return out
	}
	back := func(list []string) []string { slices.Reverse(list); return list }
	open := func(i int) bool { return i%3 != 1 }
	for name, c := range map[string]struct {
		f    Filter
		want []string
	}{
		"to do":               {Filter{}, all(open)},
		"newest first":        {Filter{Newest: true}, back(all(open))},
		"done":                {Filter{View: Done}, back(all(func(i int) bool { return i%3 == 1 }))},
		"all":                 {Filter{View: All}, back(all(func(int) bool { return true }))},
		"on their way":        {Filter{View: Sending}, nil},
		"later":               {Filter{View: Later}, nil},
		"mine":                {Filter{View: Mine, Agent: "ana"}, nil},
		"nobody's":            {Filter{View: Mine}, nil},
		"to review":           {Filter{States: []pipeline.WorkState{pipeline.WorkToReview}}, all(func(i int) bool { return i%3 == 0 })},
		"two states":          {Filter{View: All, States: []pipeline.WorkState{pipeline.WorkToReview, pipeline.WorkDone}}, back(all(func(i int) bool { return i%3 < 2 }))},
		"a state of another":  {Filter{View: Done, States: []pipeline.WorkState{pipeline.WorkToReview}}, nil},
		"desk":                {Filter{Desk: "a"}, all(func(i int) bool { return open(i) && i%2 == 0 })},
		"team":                {Filter{View: All, Queue: "Billing"}, back(all(func(i int) bool { return i%5 == 0 }))},
		"language and desk":   {Filter{View: All, Language: "de", Desk: "a"}, back(all(func(i int) bool { return i%4 == 0 }))},
		"findings":            {Filter{View: All, Findings: true}, back(all(func(i int) bool { return i%3 == 0 }))},
		"waiting for ten h":   {Filter{Waited: 10 * time.Hour}, all(func(i int) bool { return open(i) && i >= 10 })},
		"unowned":             {Filter{Unowned: true}, all(open)},
		"owner":               {Filter{Owner: "ana"}, nil},
		"words of a message":  {Filter{View: All, Words: "printer E17"}, []string{"17"}},
		"beginnings":          {Filter{View: All, Words: "print E1 monday", Limit: 3}, back(all(func(i int) bool { return i == 1 || i >= 10 && i < 20 }))},
		"words and a filter":  {Filter{Words: "monday", Queue: "Billing"}, all(func(i int) bool { return open(i) && i%5 == 0 })},
		"an address":          {Filter{View: All, Words: "p21@example.com"}, []string{"21"}},
		"a ticket's number":   {Filter{View: All, Words: "T-22"}, []string{"22"}},
		"a reply's words":     {Filter{View: Done, Words: "restart"}, back(all(func(i int) bool { return i%3 == 1 }))},
		"nothing has it":      {Filter{View: All, Words: "zebra"}, nil},
		"signs only":          {Filter{View: All, Words: "!!! ' \\ :* & |"}, nil},
		"signs and words":     {Filter{View: All, Words: "'E17' & !printer"}, []string{"17"}},
		"an unknown language": {Filter{View: All, Language: "xx"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, limit := range []int{4, 100} {
				if c.f.Limit = limit; !slices.Equal(s.ids(t, c.f), c.want) {
					t.Errorf("%d a page: got %v, want %v", limit, s.ids(t, c.f), c.want)
				}
			}
			v := c.f.View
			if v == "" {
				v = Todo
			}
			got, err := s.Counts(t.Context(), c.f, Views...)
			if err != nil || got[v].N != len(c.want) || got[v].More {
				t.Errorf("counted %+v, %v; want %d", got[v], err, len(c.want))
			}
		})
	}
	for _, f := range []Filter{{View: "nope"}, {After: "nonsense"}} {
		if _, err := s.Queue(t.Context(), f); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
	c, err := s.Choices(t.Context())
	if err != nil || !slices.Equal(c.Desks, []string{"a", "b"}) || !slices.Equal(c.Queues, []string{"Billing"}) || !slices.Equal(c.Languages, []string{"de", "en"}) {
		t.Errorf("choices %+v, %v", c, err)
	}
}

// TestWordsFollowTheMessages: what was written since is found, and a name that
// changed is not found any more.
func TestWordsFollowTheMessages(t *testing.T) {
	t.Parallel()
	s := setup(t, 3)
	s.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('b', 'T-3', 'm2', 'customer', 'Now the scanner too', true, now(), 2)`)
	s.exec(t, `UPDATE tickets SET requester_name = 'Zoe', requester_email = '' WHERE id = 'T-3'`)
	if err := s.Handle(t.Context(), pipeline.NewEvent(pipeline.TicketUpdated, "u", pipeline.TicketRef{Desk: "b", ID: "T-3"}, time.Now(), pipeline.Updated{})); err != nil {
		t.Fatal(err)
	}
	for words, n := range map[string]int{"scanner": 1, "zoe": 1, "p3": 0, "person": 2} {
		c, err := s.Counts(t.Context(), Filter{Words: words}, All)
		if err != nil || c[All].N != n {
			t.Errorf("%q is found %d times, %v; want %d", words, c[All].N, err, n)
		}
	}
}

// TestSearchIsWhatReadingAllFinds: whatever the words, the view, the filter and the
// page, searching window by window finds what reading every ticket finds, in its
// order: with tickets that have marks and that have none, with words that few and many
// have, and with times of any year.
func TestSearchIsWhatReadingAllFinds(t *testing.T) {
	t.Parallel()
	s := setup(t, 3)
	rng := rand.New(rand.NewPCG(1, 2))
	type ticket struct {
		id, tab, desk string
		at            time.Time
		words         []string
	}
	var all []ticket
	now := time.Now().UTC().Truncate(time.Second)
	for i := range 400 {
		x := ticket{id: fmt.Sprint("R-", i), desk: []string{"a", "b"}[rng.IntN(2)], at: now.Add(-time.Duration(rng.IntN(400*24)) * time.Hour), words: []string{"all"}}
		switch i {
		case 0:
			x.at = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		case 1:
			x.at = time.Date(2250, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		for word, share := range map[string]float64{"half": .5, "tenth": .1, "rare": .01} {
			if rng.Float64() < share {
				x.words = append(x.words, word)
			}
		}
		if now.Sub(x.at) > 200*24*time.Hour {
			x.words = append(x.words, "old")
		}
		state := []pipeline.WorkState{pipeline.WorkToWrite, pipeline.WorkOnItsWay, pipeline.WorkWaiting, pipeline.WorkDone, pipeline.WorkDone, pipeline.WorkDone, pipeline.WorkDone}[rng.IntN(7)]
		for tab, in := range states {
			if slices.Contains(in, state) {
				x.tab = tab
			}
		}
		marks := ""
		if i%5 > 0 {
			marks = marksOf(derived{Work: pipeline.Work{State: state, WaitsSince: x.at}})
		}
		s.exec(t, `INSERT INTO tickets (desk, id, subject, status, status_at, created_at, updated_at, revision) VALUES ($1, $2, '', 'open', now(), now(), now(), 1)`, x.desk, x.id)
		s.exec(t, `INSERT INTO work (desk, ticket, state, since, waits_at) VALUES ($1, $2, $3, now(), $4)`, x.desk, x.id, state, x.at)
		s.exec(t, `INSERT INTO work_words (desk, ticket, stamp, words) VALUES ($1, $2, '', to_tsvector('simple', $3) || array_to_tsvector(coalesce(string_to_array(nullif($4, ''), ' '), '{}')))`,
			x.desk, x.id, strings.Join(x.words, " "), marks)
		all = append(all, x)
	}
	for _, few := range []int{2, 30} {
		s.few = few
		for _, many := range []bool{false, true} {
			for _, words := range []string{"all", "tenth", "rare", "ha ol", "nothing"} {
				for _, f := range []Filter{{View: All}, {View: Done, Desk: "a"}, {View: Todo}, {View: Later, Desk: "b", Newest: true}} {
					var want []ticket
					for _, x := range all {
						has := !slices.ContainsFunc(strings.Fields(words), func(w string) bool {
							return !slices.ContainsFunc(x.words, func(y string) bool { return strings.HasPrefix(y, w) })
						})
						if has && slices.Contains(tabs[f.View], x.tab) && (f.Desk == "" || f.Desk == x.desk) {
							want = append(want, x)
						}
					}
					slices.SortFunc(want, func(a, b ticket) int {
						c := cmp.Or(a.at.Compare(b.at), cmp.Compare(a.desk, b.desk), cmp.Compare(a.id, b.id))
						if f.newest() {
							return -c
						}
						return c
					})
					f.Words, f.Limit = words, 1+rng.IntN(40)
					begun, err := s.Search(t.Context(), f)
					if err != nil {
						t.Fatal(err)
					}
					begun.found.many = many
					var got []string
					for page := 0; page < 3; page++ {
						p, err := s.Queue(t.Context(), begun)
						if err != nil {
							t.Fatal(err)
						}
						for _, r := range p.Rows {
							got = append(got, r.Ticket.ID)
						}
						if begun.After = p.Next; p.Next == "" {
							break
						}
					}
					var ids []string
					for _, x := range want[:min(len(want), 3*f.Limit)] {
						ids = append(ids, x.id)
					}
					if !slices.Equal(got, ids) {
						t.Fatalf("few %d, many %v, %q in %+v: got %v, want %v", few, many, words, f, got, ids)
					}
					begun.After = ""
					c, err := s.Counts(t.Context(), begun, Views...)
					if err != nil {
						t.Fatal(err)
					}
					most := MaxCount
					if len(c) == 1 {
						most = maxFound
					}
					if wanted := (Count{min(most, len(want)), len(want) > most}); c[f.View] != wanted {
						t.Fatalf("few %d, many %v, %q in %+v: counted %+v, want %+v", few, many, words, f, c[f.View], wanted)
					}
				}
			}
		}
	}
}

// TestCommonWordsFindTheNewest: words that thousands of tickets have are listed newest
// first, all of them, page after page, and only the chosen view is counted. Words that
// are rare together though each is common are found, too.
func TestCommonWordsFindTheNewest(t *testing.T) {
	t.Parallel()
	s := setup(t, 3)
	const n = 2*fewMatches + 1000
	s.exec(t, fmt.Sprintf(`INSERT INTO tickets (desk, id, subject, status, status_at, created_at, updated_at, revision) SELECT 'a', 'X-' || i, '', 'open', now(), now(), now(), 1 FROM generate_series(1, %d) i`, n))
	s.exec(t, fmt.Sprintf(`INSERT INTO work (desk, ticket, state, since, waits_at) SELECT 'a', 'X-' || i, 'done', now(), now() - i * interval '1 minute' FROM generate_series(1, %d) i`, n))
	s.exec(t, fmt.Sprintf(`INSERT INTO work_words (desk, ticket, stamp, words) SELECT 'a', 'X-' || i, '', to_tsvector('simple', 'common w' || i %% 300 || ' ' || CASE WHEN i %% 2 = 0 THEN 'even' ELSE 'odd' END || CASE WHEN i %% 1000 < 2 THEN ' rare' ELSE '' END) FROM generate_series(1, %d) i`, n))
	for _, known := range []bool{false, true} { // before and after PostgreSQL knows how common they are
		if known {
			s.exec(t, `ANALYZE work_words`)
			if many, err := s.expectMany(t.Context(), query("common", false)); err != nil || !many {
				t.Errorf("common is not expected in many: %v", err)
			}
		}
		for words, step := range map[string]int{"common": 1, "even": 2} {
			f := Filter{View: Done, Words: words, Limit: 3}
			for page := range 2 {
				p, err := s.Queue(t.Context(), f)
				if err != nil || len(p.Rows) != 3 || p.Next == "" {
					t.Fatalf("%s: %d rows, %v", words, len(p.Rows), err)
				}
				for i, r := range p.Rows {
					if want := fmt.Sprint("X-", (page*3+i+1)*step); r.Ticket.ID != want {
						t.Errorf("%s: row %d of page %d is %s, want %s", words, i, page, r.Ticket.ID, want)
					}
				}
				f.After = p.Next
			}
			c, err := s.Counts(t.Context(), f, Views...)
			if err != nil || len(c) != 1 || c[Done] != (Count{maxFound, true}) {
				t.Errorf("%s: counted %+v, %v", words, c, err)
			}
		}
		if c, err := s.Counts(t.Context(), Filter{View: Done, Words: "rare even"}, Views...); err != nil || len(c) != len(Views) || c[Done] != (Count{N: n / 1000}) || c[All] != c[Done] {
			t.Errorf("rare and even: counted %+v, %v", c, err)
		}
	}
}

// TestUnknownWordsAreNotTakenForCommon: PostgreSQL assumes half a percent of words that
// it does not know; asking every row for them would take minutes. And words that only
// old tickets have are found behind the rows that are walked.
func TestUnknownWordsAreNotTakenForCommon(t *testing.T) {
	t.Parallel()
	s := setup(t, 3)
	const n = 60_000
	s.exec(t, fmt.Sprintf(`INSERT INTO tickets (desk, id, subject, status, status_at, created_at, updated_at, revision) SELECT 'a', 'X-' || i, '', 'open', now(), now(), now(), 1 FROM generate_series(1, %d) i`, n))
	s.exec(t, fmt.Sprintf(`INSERT INTO work (desk, ticket, state, since, waits_at) SELECT 'a', 'X-' || i, 'done', now(), now() - i * interval '1 minute' FROM generate_series(1, %d) i`, n))
	s.exec(t, fmt.Sprintf(`INSERT INTO work_words (desk, ticket, stamp, words) SELECT 'a', 'X-' || i, '', to_tsvector('simple', 'w' || i %% 300 || CASE WHEN i > %d - 7000 THEN ' old' ELSE '' END) FROM generate_series(1, %[1]d) i`, n))
	s.exec(t, `ANALYZE work_words`)
	for _, words := range []string{"zzyzx", "c17@example.com", "w17", "zzyzx w17"} {
		if many, err := s.expectMany(t.Context(), query(words, false)); err != nil || many {
			t.Errorf("%s is taken for common (%v)", words, err)
		}
	}
	for _, c := range []struct {
		expected, all float64
		many          bool
	}{{5_000, 1e6, false}, {.005 * 5e6, 5e6, false}, {62_000, 1e6, true}, {7_000, 7_000, true}, {100, 100, false}} {
		if surely(c.expected, c.all) != c.many {
			t.Errorf("%.0f of %.0f: %v", c.expected, c.all, !c.many)
		}
	}
	p, err := s.Queue(t.Context(), Filter{View: Done, Words: "old", Limit: 3})
	if err != nil || len(p.Rows) != 3 || p.Next == "" || p.Rows[0].Ticket.ID != fmt.Sprint("X-", n-7000+1) {
		t.Errorf("old tickets: %+v %v", p, err)
	}
	if c, err := s.Counts(t.Context(), Filter{View: Done, Words: "old"}, Done); err != nil || c[Done] != (Count{maxFound, true}) {
		t.Errorf("old tickets: counted %+v %v", c, err)
	}
}

// TestQueriesUseIndexes: no query of the queue reads a table from end to end, once
// tables are big enough for that to matter.
func TestQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	s := setup(t, 3)
	s.exec(t, `INSERT INTO work (desk, ticket, state, since, waits_at, queue, language, owner)
		SELECT 'a', 'X-' || i, CASE WHEN i % 50 = 0 THEN 'to_review' ELSE 'done' END, now(), now() - i * interval '1 minute', 'q' || i % 7, 'l' || i % 5, 'o' || i % 20 FROM generate_series(1, 60000) i`)
	s.exec(t, `ANALYZE work`)
	for name, f := range map[string]Filter{"to do": {View: Todo}, "done": {View: Done}, "all": {View: All}, "mine": {View: Mine, Agent: "o3"}, "team": {View: All, Queue: "q3"},
		"language": {View: Done, Language: "l2"}, "desk": {View: Todo, Desk: "a"}, "state": {View: All, States: []pipeline.WorkState{pipeline.WorkToReview}}, "owner": {View: All, Owner: "o3"}, "findings": {View: Todo, Findings: true},
		"waited": {View: All, Waited: time.Hour}, "rare": {View: All, Queue: "none"}} {
		var a args
		parts, err := f.parts(&a)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range []string{"ASC", "DESC"} {
			sql := fmt.Sprintf("EXPLAIN (FORMAT TEXT) SELECT w.* FROM work w WHERE %s ORDER BY w.waits_at %s, w.desk %s, w.ticket %s LIMIT 51", parts[len(parts)-1], order, order, order)
			rows, err := s.pool.Query(t.Context(), sql, a...)
			if err != nil {
				t.Fatal(err)
			}
			var plan []string
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, line)
			}
			if p := strings.Join(plan, "\n"); strings.Contains(p, "Seq Scan") || !strings.Contains(p, "Index") {
				t.Errorf("%s %s:\n%s", name, order, p)
			}
		}
	}
}
