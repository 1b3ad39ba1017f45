package learning

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/knowledge"
	"footnote/knowledge/search"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// mostLessons are remembered, the newest; older ones have faded anyway.
const mostLessons = 50_000

// learning is the row of learning_state.
type learning struct {
	search.Moment
	on       bool
	way      way
	weighing *knowledge.Weighing // as the last proof has it; nil: none
}

// keptLesson is a lesson with what is kept of its question.
type keptLesson struct {
	Lesson
	terms   []text.Term
	weights []float32
	model   string // that meaning is of; "": none has read it yet
	meaning knowledge.Meaning
}

// saveLesson keeps a lesson unless its decision has taught already. The row of
// learning_state is locked first, so that seq has the order of commits.
func saveLesson(ctx context.Context, tx pgx.Tx, l keptLesson) (passages int, err error) {
	var seq int64
	if err := tx.QueryRow(ctx, `UPDATE learning_state SET seq = seq + 1 RETURNING seq`).Scan(&seq); err != nil {
		return 0, fmt.Errorf("number lesson: %w", err)
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO lessons (decision, seq, draft, kind, terms, weights, requester, agent, thread, agent_id, guided, taught_at, model, meaning)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (decision) DO NOTHING`,
		l.Decision, seq, l.Draft, string(l.Kind), knowledge.ToColumn(l.terms), l.weights, int64(keyOf(l.Requester)), int64(keyOf(l.Agent)), int64(keyOf(l.Thread)), l.Agent, l.Guided, l.At,
		l.model, l.meaning.Bytes())
	if err != nil {
		return 0, fmt.Errorf("save lesson: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return 0, nil
	}
	for _, c := range l.Cites {
		tag, err := tx.Exec(ctx, `
			INSERT INTO asks (decision, hash, weight)
			SELECT $1, p.hash, $3
			  FROM passages p
			 WHERE p.id::text = $2
			ON CONFLICT DO NOTHING`, l.Decision, c.Passage, min(1, max(-1, c.Weight)))
		if err != nil {
			return passages, fmt.Errorf("save lesson: %w", err)
		}
		passages += int(tag.RowsAffected())
	}
	return passages, nil
}

// lessonRow is a lesson as it was kept.
type lessonRow struct {
	remembered
	seq    int64
	draft  string
	kind   pipeline.DecisionKind
	guided bool
	hashes []string
	cited  []float32
}

// lessonsAfter returns the newest lessons that stand, in their order, with what
// they mean to a model.
func lessonsAfter(ctx context.Context, q knowledge.Querier, seq int64, model string) ([]lessonRow, error) {
	rows, err := q.Query(ctx, `
		SELECT l.seq, l.decision, l.draft, l.kind, l.guided, l.terms, l.weights, l.requester, l.agent, l.thread, l.taught_at,
		       CASE WHEN l.model = $3 THEN l.meaning END,
		       array(SELECT a.hash FROM asks a WHERE a.decision = l.decision ORDER BY a.hash),
		       array(SELECT a.weight FROM asks a WHERE a.decision = l.decision ORDER BY a.hash)
		  FROM (SELECT * FROM lessons WHERE reverted_at IS NULL AND seq > $1 ORDER BY seq DESC LIMIT $2) l
		 ORDER BY l.seq`, seq, mostLessons, model)
	if err != nil {
		return nil, fmt.Errorf("read lessons: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (lessonRow, error) {
		var l lessonRow
		var terms []int32
		var requester, agent, thread int64
		var meaning []byte
		err := row.Scan(&l.seq, &l.decision, &l.draft, &l.kind, &l.guided, &terms, &l.weights, &requester, &agent, &thread, &l.at, &meaning, &l.hashes, &l.cited)
		l.terms, l.meaning = knowledge.FromColumn(terms), knowledge.MeaningFrom(meaning)
		l.requester, l.agent, l.thread = uint64(requester), uint64(agent), uint64(thread)
		if err == nil && len(l.terms) != len(l.weights) {
			return l, fmt.Errorf("lesson %s: %d terms and %d weights", l.decision, len(l.terms), len(l.weights))
		}
		return l, err
	})
}

// unreadLesson is a lesson whose question a model has not read.
type unreadLesson struct {
	decision, draft string
	texts           []string
	meaning         knowledge.Meaning
}

// unread returns the remembered lessons that a model of some size has not read,
// newest first.
func unread(ctx context.Context, q knowledge.Querier, model string, size int) ([]unreadLesson, error) {
	rows, err := q.Query(ctx, `
		SELECT decision, draft
		  FROM (SELECT * FROM lessons WHERE reverted_at IS NULL ORDER BY seq DESC LIMIT $2) l
		 WHERE model <> $1 OR length(meaning) NOT IN (0, $3)
		 ORDER BY seq DESC`, model, mostLessons, size)
	if err != nil {
		return nil, fmt.Errorf("find unread lessons: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (u unreadLesson, err error) {
		return u, row.Scan(&u.decision, &u.draft)
	})
}

// saveMeanings keeps what a model made of questions.
func saveMeanings(ctx context.Context, pool *pgxpool.Pool, model string, read []unreadLesson) error {
	for _, u := range read { // each by itself: nothing waits for two of them
		if _, err := pool.Exec(ctx, `UPDATE lessons SET model = $2, meaning = $3 WHERE decision = $1`, u.decision, model, u.meaning.Bytes()); err != nil {
			return fmt.Errorf("save what lessons mean: %w", err)
		}
	}
	return nil
}

// place is where a passage of a lesson is now.
type place struct {
	hash string   // of the passage that took its place; the same when it did not change
	docs []string // current documents that have it
	like float64  // 1, or how much of it is left
}

// leastLeft of a changed passage's words lets its successor keep what it learned.
const leastLeft = .6

// places finds the passages that lessons are about. A passage that changed
// hands what it learned on to the most similar one of its document, weighed by
// how much of it is left; if that is less than leastLeft, it is forgotten.
func places(ctx context.Context, q knowledge.Querier, hashes []string) (map[string]place, error) {
	out := map[string]place{}
	current, err := documentsWith(ctx, q, hashes)
	if err != nil {
		return nil, err
	}
	for h, docs := range current {
		out[h] = place{hash: h, docs: docs, like: 1}
	}
	var gone []string
	for _, h := range hashes {
		if _, ok := out[h]; !ok {
			gone = append(gone, h)
		}
	}
	if len(gone) == 0 {
		return out, nil
	}
	if err := successors(ctx, q, gone, out); err != nil {
		return nil, err
	}
	var next []string
	for _, h := range gone {
		if p, ok := out[h]; ok {
			next = append(next, p.hash)
		}
	}
	if current, err = documentsWith(ctx, q, next); err != nil {
		return nil, err
	}
	for _, h := range gone {
		if p, ok := out[h]; ok {
			p.docs = current[p.hash] // the same text may stand in others too
			out[h] = p
		}
	}
	return out, nil
}

// documentsWith returns the current documents that have passages, by their hashes.
func documentsWith(ctx context.Context, q knowledge.Querier, hashes []string) (map[string][]string, error) {
	out := map[string][]string{}
	rows, err := q.Query(ctx, `
		SELECT p.hash, array_agg(DISTINCT d.id ORDER BY d.id)
		  FROM passages p
		  JOIN documents d ON d.id = p.document AND d.version = p.version
		 WHERE p.hash = ANY ($1)
		   AND d.deleted_at IS NULL
		 GROUP BY p.hash`, hashes)
	if err != nil {
		return nil, fmt.Errorf("place lessons: %w", err)
	}
	var hash string
	var docs []string
	if _, err := pgx.ForEachRow(rows, []any{&hash, &docs}, func() error {
		out[hash] = append([]string(nil), docs...)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("place lessons: %w", err)
	}
	return out, nil
}

// successors fills the places of passages that changed.
func successors(ctx context.Context, q knowledge.Querier, gone []string, into map[string]place) error {
	rows, err := q.Query(ctx, `
		SELECT old.hash, old.terms, p.hash, p.terms, d.id
		  FROM (SELECT DISTINCT ON (hash, document) hash, document, terms
		          FROM passages
		         WHERE hash = ANY ($1)
		         ORDER BY hash, document, version DESC) old
		  JOIN documents d ON d.id = old.document AND d.deleted_at IS NULL
		  JOIN passages p ON p.document = d.id AND p.version = d.version
		 ORDER BY old.hash, d.id, p.ordinal`, gone)
	if err != nil {
		return fmt.Errorf("place changed passages: %w", err)
	}
	var oldHash, newHash, doc string
	var oldTerms, newTerms []int32
	_, err = pgx.ForEachRow(rows, []any{&oldHash, &oldTerms, &newHash, &newTerms, &doc}, func() error {
		like := jaccard(unique(knowledge.FromColumn(oldTerms)), unique(knowledge.FromColumn(newTerms)))
		if best, ok := into[oldHash]; like >= leastLeft && (!ok || like > best.like) {
			into[oldHash] = place{hash: newHash, docs: []string{doc}, like: like}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("place changed passages: %w", err)
	}
	return nil
}

// jaccard is the share of terms that two ascending lists have in common.
func jaccard(a, b []text.Term) float64 {
	if len(a) == 0 && len(b) == 0 {
		return 1
	}
	n := inBoth(a, b)
	return float64(n) / float64(len(a)+len(b)-n)
}

// takenSQL selects the lessons that stand and are meant; its parameters are takenArgs.
const takenSQL = `reverted_at IS NULL
			   AND ($1 = '' OR decision = $1)
			   AND ($2 = '' OR agent_id = $2)
			   AND ($3::timestamptz IS NULL OR taught_at >= $3)`

// takenArgs are the parameters of takenSQL.
func takenArgs(t knowledge.Taken) []any {
	if t.Since.IsZero() {
		return []any{t.Decision, t.Agent, nil}
	}
	return []any{t.Decision, t.Agent, t.Since}
}

// CountLessons says how many lessons Revert would take back.
func (k *Lessons) CountLessons(ctx context.Context, what knowledge.Taken) (n int, err error) {
	if err := k.Pool.QueryRow(ctx, `SELECT count(*) FROM lessons WHERE `+takenSQL, takenArgs(what)...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count lessons: %w", err)
	}
	return n, nil
}

// Revert takes lessons back, for every search that begins after it returns. It
// returns how many; the lessons stay on record, with who took them back.
func (k *Lessons) Revert(ctx context.Context, what knowledge.Taken, by string) (int, error) {
	n := 0
	err := k.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE lessons
			   SET reverted_at = now(), reverted_by = $4
			 WHERE `+takenSQL, append(takenArgs(what), by)...)
		if err != nil {
			return fmt.Errorf("take lessons back: %w", err)
		}
		if n = int(tag.RowsAffected()); n == 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE learning_state SET generation = generation + 1, weighing = NULL, changed_at = now()`); err != nil {
			return fmt.Errorf("take lessons back: %w", err)
		}
		return nil
	})
	if err != nil || n == 0 {
		return n, err
	}
	return n, k.remember(ctx)
}

// mostMoved documents that changed are looked for among lessons; with more, all
// lessons are read anew.
const mostMoved = 2000

// remember reads what the memory lacks: new lessons, and where passages are now whose
// documents changed. All of it is read when lessons were taken back or learning was
// switched.
func (k *Lessons) remember(ctx context.Context) error {
	k.remembering.Lock()
	defer k.remembering.Unlock()
	return k.rememberFrom(ctx, k.memory.Load())
}

// Refresh reads what was taught, and where passages went, since it was read last;
// otherwise the next search does.
func (k *Lessons) Refresh(ctx context.Context) error { return k.remember(ctx) }

// Recount reads all lessons anew and tells whether the memory in use says the same;
// if not, it is replaced. For a check now and then.
func (k *Lessons) Recount(ctx context.Context) (same bool, err error) {
	k.remembering.Lock()
	defer k.remembering.Unlock()
	have := k.memory.Load()
	if have == nil {
		return true, nil // nobody asked yet
	}
	if err := k.rememberFrom(ctx, have); err != nil {
		return false, err
	}
	have = k.memory.Load()
	if err := k.rememberFrom(ctx, nil); err != nil {
		return false, err
	}
	now := k.memory.Load()
	if now.state().Moment != have.state().Moment || !now.beside(have.lex) {
		return true, nil // something was taught meanwhile: they differ rightly
	}
	differs := have.difference(now)
	if differs != "" {
		k.Log.Warn("what approvals taught was not as it should be, and was read anew", "differs", differs)
	}
	return differs == "", nil
}

// rememberFrom brings a memory up to date, or reads a new one when m is nil or does
// not serve any more.
func (k *Lessons) rememberFrom(ctx context.Context, m *memory) error {
	lex, err := k.corpus.Statistics(ctx)
	if err != nil {
		return err
	}
	tx, err := k.Pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("read lessons: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	now, seen, err := k.standing(ctx, tx)
	if err != nil {
		return err
	}
	var changed []string
	if m != nil {
		if changed, err = knowledge.ChangedSince(ctx, tx, m.seen); err != nil {
			return err
		}
	}
	fresh := m == nil || m.state().Generation != now.Generation || len(changed) > mostMoved || len(m.lessons) > 2*mostLessons
	if fresh {
		m, changed = newMemory(lex), nil
	}
	if err := m.follow(ctx, tx, changed); err != nil {
		return err
	}
	rows, err := lessonsAfter(ctx, tx, m.state().Seq, k.Model())
	if err != nil {
		return err
	}
	if err := m.take(ctx, tx, rows); err != nil {
		return err
	}
	m.set(now, lex, seen)
	if fresh {
		k.memory.Store(m)
	}
	return nil
}

// standing reads learning_state, and as of which snapshot.
func (k *Lessons) standing(ctx context.Context, tx pgx.Tx) (now learning, seen string, err error) {
	var weighing []byte
	if err := tx.QueryRow(ctx, `
		SELECT generation, seq, is_on, strength, weighing,
		       CASE WHEN (SELECT model FROM learning_proofs ORDER BY id DESC LIMIT 1) = $1 THEN trust ELSE 0 END, -- trust is in that model
		       pg_current_snapshot()::text
		  FROM learning_state`, k.Model()).Scan(&now.Generation, &now.Seq, &now.on, &now.way.strength, &weighing, &now.way.trust, &seen); err != nil {
		return now, "", fmt.Errorf("read learning: %w", err)
	}
	if now.weighing, err = weighingFrom(weighing); err != nil {
		return now, "", fmt.Errorf("read learning: %w", err)
	}
	return now, seen, nil
}

// follow moves lessons with the passages of documents that changed.
func (m *memory) follow(ctx context.Context, q knowledge.Querier, changed []string) error {
	if len(changed) == 0 || len(m.lessons) == 0 {
		return nil
	}
	rows, err := q.Query(ctx, `SELECT DISTINCT hash FROM passages WHERE document = ANY ($1)`, changed)
	if err != nil {
		return fmt.Errorf("list changed passages: %w", err)
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list changed passages: %w", err)
	}
	touched := m.touched(hashes)
	if len(touched) == 0 {
		return nil
	}
	at, err := places(ctx, q, touched)
	if err != nil {
		return err
	}
	m.move(touched, at)
	return nil
}

// take adds lessons with the places of their passages.
func (m *memory) take(ctx context.Context, q knowledge.Querier, rows []lessonRow) error {
	var unknown []string
	asked := map[string]bool{}
	for _, l := range rows {
		for _, h := range l.hashes {
			if m.taught[h] == nil && !asked[h] {
				asked[h] = true
				unknown = append(unknown, h)
			}
		}
	}
	if len(unknown) > 0 {
		at, err := places(ctx, q, unknown)
		if err != nil {
			return err
		}
		m.know(unknown, at)
	}
	for _, l := range rows {
		for i, h := range l.hashes {
			a := m.taught[h]
			l.about = append(l.about, about{a, l.cited[i]})
			if a.now.hash != "" {
				l.cites = append(l.cites, cite{m.target(a.now.hash, a.now.docs), float64(l.cited[i]) * a.now.like})
			}
		}
		if len(l.about) > 0 {
			m.add(l.remembered)
		}
	}
	return nil
}
