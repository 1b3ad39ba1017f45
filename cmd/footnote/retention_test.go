package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
	"footnote/review/work"
)

// oldWork is one row of each kind that may go and one like it that is open work,
// or still needed, all two years old.
const oldWork = `
	INSERT INTO tickets (desk, id, subject, requester_email, status, status_at, created_at, updated_at)
	SELECT 'sandbox', id, 'Broken', 'ada@example.com', status, at, at, at
	  FROM (VALUES ('done', 'solved', now() - interval '2 years'), ('waits', 'solved', now() - interval '2 years'), ('paused', 'solved', now() - interval '2 years'),
	               ('open', 'open', now() - interval '500 days'), ('sending', 'solved', now() - interval '2 years'), ('new', 'solved', now())) t (id, status, at);
	INSERT INTO messages (desk, ticket, id, role, author_email, text, public, at, revision)
	SELECT desk, id, 'm', 'customer', 'ada@example.com', 'Words of ' || id, true, updated_at, 1 FROM tickets WHERE desk = 'sandbox';
	INSERT INTO outcomes (desk, ticket, message, kind, reason, event, arrived_at, recorded_at)
	SELECT desk, id, 'm', CASE id WHEN 'waits' THEN NULL WHEN 'paused' THEN 'skipped' ELSE 'proposed' END, CASE id WHEN 'paused' THEN $1::text ELSE '' END,
	       '{"id": "e", "correlation": "c", "data": {"ticket": "thread"}}', updated_at, updated_at
	  FROM tickets WHERE desk = 'sandbox';
	INSERT INTO drafts (id, desk, ticket, message, revision, version, content, drafter, created_at)
	SELECT gen_random_uuid(), desk, id, 'm', 1, 1, '{"probability": 0.5, "sentences": [{"text": "Words"}]}', 'extractive', updated_at FROM tickets WHERE desk = 'sandbox';
	INSERT INTO reviews (draft, desk, ticket, state)
	SELECT id, desk, ticket, CASE ticket WHEN 'sending' THEN 'approved' WHEN 'open' THEN 'open' ELSE 'sent' END FROM drafts WHERE desk = 'sandbox';
	INSERT INTO deliveries (id, decision, draft, desk, ticket, event, hash, marker, state, published, updated_at)
	SELECT gen_random_uuid(), gen_random_uuid(), id, desk, ticket, '{"data": {"reply": "Words"}}', 'h', ticket, CASE ticket WHEN 'sending' THEN 'unknown' ELSE 'sent' END, ticket <> 'open', created_at
	  FROM drafts WHERE desk = 'sandbox';
	INSERT INTO outbox (id, event, state, created_at)
	VALUES (gen_random_uuid(), '{}', 'published', now() - interval '2 years'), (gen_random_uuid(), '{}', 'published', now());
	INSERT INTO llm_calls (at, purpose, provider, model, duration_ms) VALUES (now() - interval '2 years', 'draft', 'p', 'm', 1), (now(), 'draft', 'p', 'm', 1);
	INSERT INTO dead_letters (consumer, event_id, event, reason, deliveries, at, replayed_at)
	VALUES ('c', 'replayed', '{}', 'r', 1, now() - interval '2 years', now() - interval '2 years'), ('c', 'waiting', '{}', 'r', 1, now() - interval '2 years', NULL);
	INSERT INTO sources (name, kind, location) VALUES ('docs', 'folder', '/nowhere');
	INSERT INTO documents (id, source, path, version, title, audience, hash, raw_hash, bytes)
	VALUES ('docs/a', 'docs', 'a', 3, 'A', 'public', 'h', 'h', 1), ('docs/b', 'docs', 'b', 1, 'B', 'public', 'h', 'h', 1);
	INSERT INTO document_versions (document, version, title, text, hash, created_at)
	VALUES ('docs/a', 1, 'A', 'one', 'h', now() - interval '3 years'), ('docs/a', 2, 'A', 'two', 'h', now() - interval '2 years'), ('docs/a', 3, 'A', 'three', 'h', now()),
	       ('docs/b', 1, 'B', 'one', 'h', now() - interval '3 years');
	INSERT INTO passages (id, document, version, ordinal, text, start_at, end_at, hash, terms)
	SELECT gen_random_uuid(), document, version, 0, text, 0, 3, 'h', '{}' FROM document_versions WHERE document LIKE 'docs/_'`

// left tells what is there of the rows above.
const left = `
	SELECT (SELECT string_agg(m.ticket, ' ' ORDER BY m.ticket) FROM messages m JOIN tickets t ON t.desk = m.desk AND t.id = m.ticket AND t.subject <> '' AND t.requester_email <> '' WHERE m.text <> '' AND m.author_email <> '')
	       || '; ' || (SELECT string_agg(ticket, ' ' ORDER BY ticket) FROM outcomes WHERE event ? 'data')
	       || '; ' || (SELECT string_agg(ticket, ' ' ORDER BY ticket) FROM drafts WHERE content ? 'sentences')
	       || '; ' || (SELECT string_agg(ticket, ' ' ORDER BY ticket) FROM deliveries WHERE event ->> 'data' IS NOT NULL)
	       || '; ' || (SELECT count(*) FROM outbox) || ' ' || (SELECT count(*) FROM llm_calls)
	       || '; ' || (SELECT string_agg(event_id, ' ') FROM dead_letters)
	       || '; ' || (SELECT string_agg(document || '@' || version, ' ' ORDER BY document, version) FROM passages WHERE document LIKE 'docs/_')`

// counted is what reports count; it must be the same before and after.
const countedRows = `
	SELECT (SELECT count(*) FROM tickets) || ' ' || (SELECT count(*) FROM messages) || ' ' || (SELECT count(*) FROM outcomes) || ' ' || (SELECT count(*) FROM drafts)
	       || ' ' || (SELECT sum((content ->> 'probability')::float8) FROM drafts) || ' ' || (SELECT count(*) FROM deliveries) || ' ' || (SELECT count(*) FROM audit_log)
	       || ' ' || (SELECT count(*) FROM outcomes WHERE event ->> 'correlation' = 'c')`

func TestRetention(t *testing.T) {
	t.Parallel()
	a := running(t)
	ctx := t.Context()
	for i, statement := range strings.Split(oldWork, ";\n") {
		args := []any{}
		if strings.Contains(statement, "$1") {
			args = append(args, pipeline.PausedReason)
		}
		if _, err := a.p.pool.Exec(ctx, statement, args...); err != nil {
			t.Fatalf("statement %d: %v", i, err)
		}
	}
	read := func(sql string) (s string) {
		t.Helper()
		if err := a.p.pool.QueryRow(ctx, sql).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	recount := func(repair bool) (wrong int) {
		t.Helper()
		if _, err := a.work.Recount(ctx, repair, func(work.Wrong) { wrong++ }); err != nil {
			t.Fatal(err)
		}
		return wrong
	}
	recount(true)
	rows := read(countedRows)
	var dry bytes.Buffer
	if err := a.runLine(ctx, []string{"retention"}, &dry); err != nil {
		t.Fatal(err)
	}
	if all := read(left); !strings.HasPrefix(all, "done new open paused sending waits;") {
		t.Fatal("saying what would go removed something: " + all)
	}
	for kind, n := range map[string]string{"tickets": "1", "search": "0", "drafts": "3", "requests": "3", "deliveries": "3", "outbox": "1", "model calls": "1", "dead letters": "1", "versions": "1"} {
		found := false
		for line := range strings.Lines(dry.String()) {
			found = found || strings.HasPrefix(line, kind+"  ") && strings.Contains(line, " "+n+" ")
		}
		if !found {
			t.Errorf("%s: want %s to go in\n%s", kind, n, dry.String())
		}
	}
	another, err := a.p.pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := another.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(tidyLock)); err != nil {
		t.Fatal(err)
	}
	forget := func() (told string) {
		t.Helper()
		if err := a.forgetOld(ctx, func(name string, _ int64) { told += name + " " }); err != nil {
			t.Fatal(err)
		}
		return told
	}
	if told := forget(); told != "" {
		t.Fatal("tidied up while another process does: " + told)
	}
	if _, err := another.Exec(ctx, `SELECT pg_advisory_unlock($1)`, int64(tidyLock)); err != nil {
		t.Fatal(err)
	}
	another.Release()
	if told := forget(); told != "tickets search drafts requests deliveries outbox model calls dead letters versions " {
		t.Fatal(told)
	}
	want := "new open paused sending waits; new paused waits; new open sending; new open sending; 1 1; waiting; docs/a@2 docs/a@3 docs/b@1"
	if got := read(left); got != want {
		t.Errorf("left\n got %s\nwant %s", got, want)
	}
	if after := read(countedRows); after != rows {
		t.Errorf("reports count %s, before %s", after, rows)
	}
	if n := recount(false); n != 0 {
		t.Errorf("the work of %d tickets is not what is left of them", n)
	}
	if told := forget(); told != "" {
		t.Error("goes twice: " + told)
	}
}

// TestTidyUpStops ends in time when the process does.
func TestTidyUpStops(t *testing.T) {
	t.Parallel()
	a := running(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done := make(chan struct{})
	go func() { a.tidyUp(ctx); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("still tidying up")
	}
}
