package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Ruling is what a person decided that a key with a value says in one source.
type Ruling string

const (
	MeansPublic   Ruling = "public"
	MeansInternal Ruling = "internal"
	MeansLeaveOut Ruling = "leave out"
	MeansNothing  Ruling = "nothing" // it says nothing about access
)

// Rulings are all of them, the openest first.
var Rulings = []Ruling{MeansPublic, MeansInternal, MeansLeaveOut, MeansNothing}

// Fate is why an input is in quarantine.
type Fate string

const (
	Unread  Fate = "unread"   // it could not be read
	Unclear Fate = "unclear"  // a person must say what it says
	LeftOut Fate = "left out" // it says itself that it is not in use
)

// Decision is what a person decided once for a source: what a key with a value
// (any value, when it is empty) says about who may read a page. It holds from the
// next sync on, until it is taken back.
type Decision struct {
	Source string    `json:"source"`
	Key    string    `json:"key"`   // small words with _ between, as the quarantine has it
	Value  string    `json:"value"` // small; empty: any
	Means  Ruling    `json:"means"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// String is "visibility: partner".
func (d Decision) String() string {
	if d.Value == "" {
		return d.Key + ": (any value)"
	}
	return d.Key + ": " + d.Value
}

// ListDecisions returns the decisions that hold, by source, key and value; an
// empty source means all.
func (k *Knowledge) ListDecisions(ctx context.Context, source string) ([]Decision, error) {
	rows, err := k.Pool.Query(ctx, `
		SELECT source, key, value, means, decided_by, decided_at
		  FROM access_decisions
		 WHERE $1 IN ('', source)
		   AND ended_at IS NULL
		 ORDER BY source, key, value`, source)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Decision])
}
