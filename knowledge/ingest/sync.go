package ingest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/pipeline"
)

// emptyGuard is how many documents may vanish at once without AllowEmpty.
const emptyGuard = 10

const (
	saveBatch  = 64 // documents in one transaction
	indexBatch = 32 // documents in one round to the index
)

// Sync brings Postgres, then the index, to what the source holds now. Only what
// changed is prepared, embedded and indexed; a document that is gone leaves the
// index in the same sync; bad input is quarantined and never stops it. What an
// earlier sync left undone is done too. The kind is Conflict while another sync
// of this source runs, Invalid for a feed without a name, and Unavailable when
// the index does not answer: Postgres is then ahead, and Watch or the next sync heals
// it. At the end the whole index is compared with Postgres, and what is missing, too
// much or somebody else's is put right; an index that is gone is made again.
func (k *Ingester) Sync(ctx context.Context, f knowledge.Feed) (knowledge.Report, error) {
	began := time.Now()
	if f.Name == "" || f.Source == nil {
		return knowledge.Report{}, pipeline.Errorf(pipeline.Invalid, "A source needs a name and a place.")
	}
	if f.Settings.Audience == "" {
		f.Settings.Audience = pipeline.Public
	}
	s := syncing{k: k, feed: f, report: knowledge.Report{Source: f.Name}}
	alone := false
	err := k.InTx(ctx, func(tx pgx.Tx) error {
		if err := lockSource(ctx, tx, f.Name); err != nil {
			return err
		}
		alone = true
		if err := k.saveSource(ctx, f); err != nil {
			return err
		}
		return s.run(ctx)
	})
	if err == nil {
		s.report.Repaired, err = k.verify(ctx, s.index)
	}
	s.report.Duration = time.Since(began)
	if !alone && pipeline.KindOf(err) == pipeline.Conflict && err != nil {
		return s.report, err // the sync that runs will say how it ended
	}
	if kept := k.finishSync(context.WithoutCancel(ctx), f.Name, s.report, err); err == nil {
		err = kept
	}
	if err != nil {
		return s.report, fmt.Errorf("sync %s: %w", f.Name, err)
	}
	return s.report, k.changed(ctx)
}

// syncing is one run of Sync.
type syncing struct {
	k       *Ingester
	feed    knowledge.Feed
	report  knowledge.Report
	known   map[string]*known
	ahead   []*reading // begun and not settled, in the source's order
	changes []change
	listed  int
	older   access.Older
	index   error // of writing the index, once Postgres has all
}

func (s *syncing) run(ctx context.Context) error {
	var err error
	if s.known, err = s.k.knownDocuments(ctx, s.feed.Name); err != nil {
		return err
	}
	if s.feed.Settings.Decisions, err = s.k.ListDecisions(ctx, s.feed.Name); err != nil {
		return err
	}
	if err := s.take(ctx); err != nil {
		return err
	}
	if err := s.save(ctx); err != nil {
		return err
	}
	if err := s.remove(ctx); err != nil {
		return err
	}
	if err := s.k.saveQuarantine(ctx, s.feed.Name, s.report.Quarantined); err != nil {
		return err
	}
	slices.Sort(s.report.Documents)
	n, whole, err := s.k.indexPending(ctx, s.feed.Name)
	s.report.Passages = n
	if !whole {
		s.report.Reduced = "dense vectors"
	}
	s.index = err
	return nil
}

// verify ends a sync, outside its locks: it compares the whole index with Postgres and
// puts right what differs. failed is what writing the index came to. While another sync
// runs for long, it leaves the rest to that one.
func (k *Ingester) verify(ctx context.Context, failed error) (repaired int, err error) {
	if failed != nil {
		if unusable(failed) {
			return 0, k.Ready(ctx)
		}
		return 0, failed
	}
	ix, err := k.OpenIndex(ctx)
	switch {
	case pipeline.KindOf(err) == pipeline.Conflict && err != nil && k.Remaking():
		return 0, nil // the index that is being made will hold all of it
	case unusable(err):
		return 0, k.Ready(ctx)
	case err != nil:
		return 0, fmt.Errorf("open the index: %w", err)
	}
	d, err := k.compare(ctx, ix)
	if err != nil || d.Clean() {
		return 0, err
	}
	if d, err = k.Heal(ctx); lockTimeout(err) {
		return 0, nil
	}
	return d.Missing + d.Extra + d.Stale, err
}

// lockTimeout tells that others held the index for as long as the database lets us wait.
func lockTimeout(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "55P03"
}

// take prepares every document that is new or different.
func (s *syncing) take(ctx context.Context) error {
	taken := map[string]bool{}
	ctx, cancel := context.WithCancel(ctx)
	defer s.wait()
	defer cancel()
	for raw, err := range s.feed.Source.Documents(ctx) {
		if err != nil {
			return fmt.Errorf("read source %s: %w", s.feed.Name, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if taken[raw.Path] {
			continue
		}
		taken[raw.Path] = true
		s.listed++
		if s.older.Keep(raw, s.feed.Settings.Decisions) {
			continue
		}
		if err := s.one(ctx, raw); err != nil {
			return err
		}
	}
	if source, ok := s.feed.Source.(knowledge.PassedOver); ok {
		s.report.Passed = source.Passed()
	}
	for _, raw := range s.older.Current() {
		if err := s.one(ctx, raw); err != nil {
			return err
		}
	}
	for _, q := range s.older.Gone {
		q.Source, q.At = s.feed.Name, time.Now()
		s.report.Quarantined = append(s.report.Quarantined, q)
	}
	for len(s.ahead) > 0 {
		if err := s.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reading is a document that is being read.
type reading struct {
	raw  knowledge.Raw
	hash string
	p    prepared
	err  error
	done chan struct{} // closed when p or err is there
}

// one begins to read a document unless it is known as it is. Documents are read
// side by side and settled in the source's order.
func (s *syncing) one(ctx context.Context, raw knowledge.Raw) error {
	have := s.known[raw.Path]
	hash := rawHash(raw, s.feed.Settings)
	if have != nil && !have.deleted && have.rawHash == hash {
		have.seen = true
		s.report.Unchanged++
		return nil
	}
	r := &reading{raw: raw, hash: hash, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.p, r.err = s.k.read(ctx, raw, s.feed.Settings)
	}()
	if s.ahead = append(s.ahead, r); len(s.ahead) > runtime.GOMAXPROCS(0) {
		return s.settle(ctx)
	}
	return nil
}

// wait waits for what is still being read, and drops it.
func (s *syncing) wait() {
	for _, r := range s.ahead {
		<-r.done
	}
	s.ahead = nil
}

// settle takes over the document that was begun first.
func (s *syncing) settle(ctx context.Context) error {
	r := s.ahead[0]
	<-r.done
	s.ahead = s.ahead[1:]
	p, have := r.p, s.known[r.raw.Path]
	switch {
	case r.err != nil && pipeline.KindOf(r.err) != pipeline.Invalid:
		return fmt.Errorf("read document %s: %w", r.raw.Path, r.err)
	case r.err != nil:
		// It keeps nothing in the index: what cannot be read now may not be
		// quoted from memory.
		q := knowledge.Quarantined{Source: s.feed.Name, Path: r.raw.Path, Reason: pipeline.Say(r.err), Bytes: p.bytes, At: time.Now(), Fate: knowledge.Unread}
		if c, ok := errors.AsType[*access.ClosedError](r.err); ok {
			q.Fate, q.Key, q.Value = c.Fate, c.Key, c.Value
		}
		s.report.Quarantined = append(s.report.Quarantined, q)
		return nil
	}
	if len(p.reasons) > 0 {
		s.report.Closed = append(s.report.Closed, knowledge.Closed{Path: p.path, Reasons: p.reasons})
	}
	if len(p.dropped) > 0 {
		s.report.Lost = append(s.report.Lost, knowledge.Lost{Path: p.path, Kept: p.kept, Dropped: p.dropped})
	}
	p.rawHash = r.hash
	c := change{prepared: p, version: 1, fresh: true}
	switch {
	case have == nil:
		s.report.Added++
	default:
		have.seen = true
		c.version, c.fresh = have.version, have.hash != p.hash
		if c.fresh {
			c.version++
		}
		s.count(have, c)
	}
	if s.changes = append(s.changes, c); len(s.changes) >= saveBatch {
		return s.save(ctx)
	}
	return nil
}

func (s *syncing) count(have *known, c change) {
	switch {
	case have.deleted:
		s.report.Added++
	case c.fresh:
		s.report.Changed++
		s.report.Documents = append(s.report.Documents, documentID(s.feed.Name, c.path))
	default:
		s.report.Unchanged++
	}
}

func (s *syncing) save(ctx context.Context) error {
	if len(s.changes) == 0 {
		return nil
	}
	err := s.k.saveDocuments(ctx, s.feed.Name, s.changes)
	s.changes = s.changes[:0]
	return err
}

// remove deletes what the source does not list any more, or not readably.
func (s *syncing) remove(ctx context.Context) error {
	var gone []string
	live := 0
	for path, d := range s.known {
		if d.deleted {
			continue
		}
		if live++; !d.seen {
			gone = append(gone, path)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if s.listed == 0 && live >= emptyGuard && !s.feed.AllowEmpty {
		return pipeline.Errorf(pipeline.Conflict, "Source %s lists no documents, but had %d: is its folder mounted? Nothing was deleted. If this is meant: footnote knowledge sync --allow-empty.", s.feed.Name, live)
	}
	slices.Sort(gone)
	if err := s.k.deleteDocuments(ctx, s.feed.Name, gone); err != nil {
		return err
	}
	s.report.Deleted = len(gone)
	for _, path := range gone {
		s.report.Documents = append(s.report.Documents, documentID(s.feed.Name, path))
	}
	return nil
}
