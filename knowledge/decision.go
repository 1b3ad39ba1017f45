package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Decision is what a person decided once for a source: what a key with a value
// (any value, when it is empty) says about who may read a page. It holds from the
// next sync on, until it is taken back.
type Decision struct {
	Source string    `json:"source"`
	Key    string    `json:"key"`   // small words with _ between, as the quarantine has it
	Value  string    `json:"value"` // small; empty: any
	Means  Meaning   `json:"means"`
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

// normal brings key and value to how fields are compared.
func (d Decision) normal() Decision {
	d.Key, d.Value = plainKey([]string{d.Key}), plainValue(d.Value)
	return d
}

// check says why a decision cannot be.
func (d Decision) check() error {
	if d.Source == "" || d.Key == "" {
		return pipeline.Errorf(pipeline.Invalid, "A decision names a source, and a key as the quarantine has it.")
	}
	if !slices.Contains(Meanings, d.Means) {
		return pipeline.Errorf(pipeline.Invalid, "A key can mean %s, not %q.", meaningList(), string(d.Means))
	}
	if _, plain := ParseAudience(d.Value); kindOf(d.Key) == audienceKey && plain && d.Means != MeansInternal && d.Means != MeansLeaveOut {
		return pipeline.Errorf(pipeline.Invalid, "%s says plainly who reads it. Change it in the page.", d)
	}
	return nil
}

func meaningList() string {
	words := make([]string, len(Meanings))
	for i, m := range Meanings {
		words[i] = string(m)
	}
	return strings.Join(words, ", ")
}

// Decide keeps a decision, in place of an earlier one on the same key and value,
// and calls record in the same transaction. The kind is Invalid for what cannot be
// decided, and NotFound for an unknown source.
func (k *Knowledge) Decide(ctx context.Context, d Decision, record func(pgx.Tx) error) error {
	d = d.normal()
	if err := d.check(); err != nil {
		return err
	}
	err := k.inTx(ctx, func(tx pgx.Tx) error {
		if err := saveDecision(ctx, tx, d); err != nil {
			return err
		}
		return record(tx)
	})
	if err != nil {
		return fmt.Errorf("decide on %s: %w", d.Source, err)
	}
	return nil
}

// TakeBack ends a decision: from the next sync on the page is asked about again.
// The kind is NotFound when there is none.
func (k *Knowledge) TakeBack(ctx context.Context, d Decision, record func(pgx.Tx) error) error {
	d = d.normal()
	err := k.inTx(ctx, func(tx pgx.Tx) error {
		if err := endDecision(ctx, tx, d); err != nil {
			return err
		}
		return record(tx)
	})
	if err != nil {
		return fmt.Errorf("take back a decision on %s: %w", d.Source, err)
	}
	return nil
}

// ListDecisions returns the decisions that hold, by source, key and value; an
// empty source means all.
func (k *Knowledge) ListDecisions(ctx context.Context, source string) ([]Decision, error) {
	return listDecisions(ctx, k.pool, source)
}

// decidedParts is a source's decisions as one text: a page is read again when any
// of them changes.
func decidedParts(all []Decision) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "%q %q %s by %s\n", d.Key, d.Value, d.Means, d.By)
	}
	return b.String()
}
