package knowledge

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Lesson is what an approved reply teaches: this question was answered from
// these passages.
type Lesson struct {
	Decision string          // id of the approval: the same lesson counts once
	Turns    []pipeline.Turn // the conversation; only the customer's newest words are learned
	Locale   string
	Passages []string // ids of the passages that the approved reply cites
}

// Learn makes later searches for similar questions find the cited passages. Only
// hashes of word stems are stored, not the customer's words. Passages that are
// not current any more teach their successors when the text is the same. It
// returns the number of passages that learned something new.
func (k *Knowledge) Learn(ctx context.Context, l Lesson) (int, error) {
	terms := lessonTerms(l)
	if l.Decision == "" || len(terms) == 0 || len(l.Passages) == 0 {
		return 0, nil
	}
	var taught int
	err := k.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO asks (decision, hash, terms)
			SELECT DISTINCT $1, p.hash, $3::int[]
			  FROM passages p
			 WHERE p.id::text = ANY ($2)
			ON CONFLICT DO NOTHING`, l.Decision, l.Passages, toInts(terms))
		if err != nil {
			return fmt.Errorf("save lesson: %w", err)
		}
		if taught = int(tag.RowsAffected()); taught == 0 {
			return nil
		}
		// Their points are to be written again.
		_, err = tx.Exec(ctx, `
			UPDATE documents d
			   SET indexed = ''
			  FROM passages p
			 WHERE p.document = d.id
			   AND p.version = d.version
			   AND d.deleted_at IS NULL
			   AND p.hash IN (SELECT hash FROM passages WHERE id::text = ANY ($1))`, l.Passages)
		if err != nil {
			return fmt.Errorf("mark documents: %w", err)
		}
		if _, err = tx.Exec(ctx, `UPDATE knowledge_state SET generation = generation + 1`); err != nil {
			return fmt.Errorf("mark statistics: %w", err)
		}
		return nil
	})
	if err != nil || taught == 0 {
		return taught, err
	}
	if _, _, err := k.indexPending(ctx, ""); err != nil {
		return taught, fmt.Errorf("index lesson: %w", err)
	}
	return taught, k.refresh(ctx)
}

// lessonTerms are the terms of the customer's newest message.
func lessonTerms(l Lesson) []Term {
	for i := len(l.Turns) - 1; i >= 0; i-- {
		if t := l.Turns[i]; t.Role == pipeline.RoleCustomer {
			terms := unique(Analyse(questionLanguage(pipeline.Query{Turns: l.Turns[i : i+1], Locale: l.Locale}), t.Text))
			return terms[:min(len(terms), maxTerms)]
		}
	}
	return nil
}
