package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/pipeline"
)

// Decide keeps a decision, in place of an earlier one on the same key and value,
// and calls record in the same transaction. The kind is Invalid for what cannot be
// decided, and NotFound for an unknown source.
func (k *Ingester) Decide(ctx context.Context, d knowledge.Decision, record func(pgx.Tx) error) error {
	d, err := access.Decidable(d)
	if err == nil && !slices.Contains(knowledge.Rulings, d.Means) {
		err = pipeline.Errorf(pipeline.Invalid, "A key can mean public, internal, leave out or nothing, but not %q.", string(d.Means))
	}
	if err != nil {
		return err
	}
	return k.deciding(ctx, d, saveDecision, record)
}

// TakeBack ends a decision: from the next sync on the pages are asked about again.
// The kind is NotFound when there is none.
func (k *Ingester) TakeBack(ctx context.Context, d knowledge.Decision, record func(pgx.Tx) error) error {
	d.Means = ""
	d, err := access.Decidable(d)
	if err != nil {
		return err
	}
	return k.deciding(ctx, d, endDecision, record)
}

func (k *Ingester) deciding(ctx context.Context, d knowledge.Decision, write func(context.Context, pgx.Tx, knowledge.Decision) error, record func(pgx.Tx) error) error {
	err := k.InTx(ctx, func(tx pgx.Tx) error {
		if err := write(ctx, tx, d); err != nil {
			return err
		}
		return record(tx)
	})
	if err != nil {
		return fmt.Errorf("decide on %s: %w", d.Source, err)
	}
	return nil
}

// decidedParts is a source's decisions as one text: a page is read again when any
// of them changes.
func decidedParts(all []knowledge.Decision) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "%q %q %s by %s\n", d.Key, d.Value, d.Means, d.By)
	}
	return b.String()
}
