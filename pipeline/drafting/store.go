package drafting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Store keeps drafts in Postgres (table drafts). Rows are never changed.
type Store struct{ Pool *pgxpool.Pool }

// Find returns a saved draft. Error kind NotFound.
func (s Store) Find(ctx context.Context, id string) (pipeline.Draft, error) {
	return s.find(ctx, `
		SELECT content
		  FROM drafts
		 WHERE id = $1`, id)
}

func (s Store) find(ctx context.Context, sql string, args ...any) (pipeline.Draft, error) {
	var d pipeline.Draft
	var raw []byte
	err := s.Pool.QueryRow(ctx, sql, args...).Scan(&raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, pipeline.Errorf(pipeline.NotFound, "There is no such draft.")
	}
	if err != nil {
		return d, fmt.Errorf("read draft: %w", err)
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, fmt.Errorf("decode draft: %w", err)
	}
	return d, nil
}

// Save stores a draft and returns it, or the one that another drafter stored
// first for the same ticket, message and version. One whose model was away waits for it
// from then on, in the same statement.
func (s Store) Save(ctx context.Context, d pipeline.Draft, without Without) (pipeline.Draft, error) {
	content, err := json.Marshal(d)
	if err != nil {
		return d, fmt.Errorf("encode draft: %w", err)
	}
	var saved, waits int
	err = s.Pool.QueryRow(ctx, `
		WITH saved AS (
		    INSERT INTO drafts (id, desk, ticket, message, revision, version, content, abstained, drafter,
		                        model, prompt_version, prompt_hash, cost_micros, confidence, created_at, fallback)
		    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		    ON CONFLICT DO NOTHING
		    RETURNING id
		), waits AS (
		    INSERT INTO awaited_drafts (draft)
		    SELECT id FROM saved WHERE $17
		    RETURNING draft
		)
		SELECT (SELECT count(*) FROM saved), (SELECT count(*) FROM waits)`,
		d.ID, d.Ticket.Desk, d.Ticket.ID, d.Message, d.Revision, d.Version, content, d.Abstained, d.Drafter,
		d.Model, d.PromptVersion, d.PromptHash, d.CostMicros, d.Confidence, d.CreatedAt, without.Why, without.Away).Scan(&saved, &waits)
	if err != nil {
		return d, fmt.Errorf("insert draft: %w", err)
	}
	if saved == 1 {
		return d, nil
	}
	return s.find(ctx, `
		SELECT content
		  FROM drafts
		 WHERE desk = $1
		   AND ticket = $2
		   AND message = $3
		   AND version = $4`, d.Ticket.Desk, d.Ticket.ID, d.Message, d.Version)
}
