package learning

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Learning reads the state and the newest proof.
func (k *Lessons) Learning(ctx context.Context) (knowledge.LearningState, error) {
	var s knowledge.LearningState
	err := k.Pool.QueryRow(ctx, `
		SELECT is_on, strength, trust, changed_at, seq,
		       (SELECT count(*) FROM lessons WHERE reverted_at IS NULL),
		       (SELECT count(*) FROM lessons WHERE reverted_at IS NOT NULL)
		  FROM learning_state`).Scan(&s.On, &s.Strength, &s.Trust, &s.ChangedAt, &s.Seq, &s.Lessons, &s.Reverted)
	if err != nil {
		return s, fmt.Errorf("read learning: %w", err)
	}
	var p knowledge.Proof
	err = k.Pool.QueryRow(ctx, `
		SELECT id, at, by, seq, is_on, reason, strength, trust, model, report
		  FROM learning_proofs
		 ORDER BY id DESC
		 LIMIT 1`).Scan(&p.ID, &p.At, &p.By, &p.Seq, &p.On, &p.Reason, &p.Strength, &p.Trust, &p.Model, &p.Report)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read proof: %w", err)
	}
	s.Proof = &p
	return s, nil
}

// SaveProof keeps a proof and switches learning as it says, unless lessons were
// taken back since the state it was made from: then the kind is Conflict and
// nothing changes. Searches that begin later follow it.
func (k *Lessons) SaveProof(ctx context.Context, p knowledge.Proof, reverted int) error {
	err := k.InTx(ctx, func(tx pgx.Tx) error {
		// What is counted below is counted after a revert that is under way.
		if _, err := tx.Exec(ctx, `SELECT FROM learning_state FOR UPDATE`); err != nil {
			return fmt.Errorf("lock learning: %w", err)
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO learning_proofs (by, seq, is_on, reason, strength, trust, model, report)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, p.By, p.Seq, p.On, p.Reason, p.Strength, p.Trust, p.Model, p.Report); err != nil {
			return fmt.Errorf("save proof: %w", err)
		}
		tag, err := tx.Exec(ctx, `
			UPDATE learning_state
			   SET generation = generation + 1, is_on = $1, strength = $2, trust = $3, weighing = $4, changed_at = now()
			 WHERE (SELECT count(*) FROM lessons WHERE reverted_at IS NOT NULL) = $5`, p.On, p.Strength, p.Trust, p.Weighing, reverted)
		if err != nil {
			return fmt.Errorf("switch learning: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return pipeline.Errorf(pipeline.Conflict, "Lessons were taken back while the proof ran; run it again.")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return k.remember(ctx)
}
