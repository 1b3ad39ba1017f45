package audit

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// known is what the log tells of, so that rows it does not tell of show: rows that
// were put into a table by hand, and what was counted with them. It takes 8 bytes for
// each statement of the log, and is kept by Check only.
type known struct {
	keys   map[string][]uint64  // by table: fingerprints of keys, sorted by close
	began  map[string]time.Time // by table: when the log first vouched for a row of it
	sealed time.Time            // when it began to vouch for outcomes and deliveries
	legacy time.Time            // the last decision that the log tells of without vouching for it: a version did so that knew no better
}

func newKnown() *known {
	return &known{keys: map[string][]uint64{}, began: map[string]time.Time{}}
}

func fingerprint(key string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(key))
	return h.Sum64()
}

// take notes what an entry tells of.
func (k *known) take(e Entry, at time.Time, claims []claim, until time.Time) {
	vouched := false
	for _, c := range claims {
		if _, ok := k.began[c.Table]; !ok {
			k.began[c.Table] = at
		}
		k.keys[c.Table] = append(k.keys[c.Table], fingerprint(c.Key))
		vouched = vouched || c.Table == "decisions"
	}
	switch id := e.Detail["decision"]; {
	case id == "" || vouched || e.Action == "draft.sent" || e.Action == "draft.returned": // these follow a decision
	default:
		k.keys["decisions"] = append(k.keys["decisions"], fingerprint(id))
		k.legacy = at
	}
	if e.Action == sealed && k.sealed.IsZero() {
		k.sealed = until
	}
}

func (k *known) close() {
	for _, list := range k.keys {
		slices.Sort(list)
	}
}

func (k *known) has(table, key string) bool {
	_, ok := slices.BinarySearch(k.keys[table], fingerprint(key))
	return ok
}

// telling is one way in which rows of a table must be told of: the log must know the
// second column, a key of the table by.
type telling struct {
	table, by string
	sql       string // key of the row and key to look for; of rows in ($1, $2] where it has these
}

// tellings: the log has told of every decision since there is one, and a delivery or a
// reply that was sent follows from a decision. Of other rows it tells since a time.
var tellings = []telling{
	{"decisions", "decisions", `SELECT id::text, id::text FROM decisions`},
	{"deliveries", "decisions", `SELECT id::text, coalesce(decision::text, '') FROM deliveries`},
	{"reviews", "decisions", `SELECT draft::text, coalesce(decision::text, '') FROM reviews WHERE sent_at IS NOT NULL`},
	{"spans", "spans", `SELECT id::text, id::text FROM spans WHERE ended_at > $1 AND ended_at <= $2`},
	{"deliveries", "deliveries", `SELECT id::text, id::text FROM deliveries WHERE created_at > $1 AND created_at <= $2`},
	{"outcomes", "outcomes", `SELECT k, k FROM (SELECT json_build_array(desk, ticket, message)::text AS k FROM outcomes WHERE recorded_at > $1 AND recorded_at <= $2) o`},
}

// invented lists rows that the log does not tell of, each once, at most maxDifferent.
// until is up to when it vouches for outcomes and deliveries. It reads each table once.
func (k *known) invented(ctx context.Context, tx pgx.Tx, until time.Time) (out []Different, err error) {
	k.close()
	seen := map[Ref]bool{}
	for _, t := range tellings {
		var args []any
		if strings.Contains(t.sql, "$1") {
			from, to := k.sealed, until
			if t.table == "spans" {
				from, to = k.began["spans"], time.Now().AddDate(100, 0, 0)
				if k.legacy.After(from) {
					from = k.legacy
				}
			}
			if from.IsZero() {
				continue // it tells of no such row yet
			}
			args = []any{from, to}
		}
		rows, err := tx.Query(ctx, t.sql, args...)
		if err != nil {
			return nil, fmt.Errorf("look for rows that the log does not tell of: %w", err)
		}
		var key, by string
		_, err = pgx.ForEachRow(rows, []any{&key, &by}, func() error {
			ref := Ref{t.table, key}
			if len(out) < maxDifferent && !seen[ref] && !k.has(t.by, by) {
				seen[ref] = true
				out = append(out, Different{Ref: ref})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for rows that the log does not tell of: %w", err)
		}
	}
	return out, nil
}
