package policy

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Store keeps every policy that was in force.
type Store struct{ Pool *pgxpool.Pool }

// Save notes that a policy comes into force now.
func (s Store) Save(ctx context.Context, p *Policy) error {
	_, err := s.Pool.Exec(ctx, `
		INSERT INTO policies (version, name, text)
		VALUES ($1, $2, $3)
		ON CONFLICT (version) DO UPDATE
		SET in_force_at = now()`,
		p.Version, p.Name, p.Text)
	if err != nil {
		return fmt.Errorf("save policy %s: %w", p.Version, err)
	}
	return nil
}

// Last returns the text of the policy that came into force last. Error kind NotFound.
func (s Store) Last(ctx context.Context) (string, error) {
	var text string
	err := s.Pool.QueryRow(ctx, `
		SELECT text
		FROM policies
		ORDER BY in_force_at DESC
		LIMIT 1`).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", pipeline.Errorf(pipeline.NotFound, "No policy was in force yet.")
	}
	if err != nil {
		return "", fmt.Errorf("read last policy: %w", err)
	}
	return text, nil
}
