package llm

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// FindForm returns what was learned of an endpoint, "" when nothing was.
func (s Store) FindForm(ctx context.Context, endpoint string) (form string, err error) {
	err = s.Pool.QueryRow(ctx, `SELECT form FROM model_forms WHERE endpoint = $1`, endpoint).Scan(&form)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find form: %w", err)
	}
	return form, nil
}

// SaveForm keeps what was learned of an endpoint.
func (s Store) SaveForm(ctx context.Context, endpoint, form string) error {
	_, err := s.Pool.Exec(ctx, `
		INSERT INTO model_forms (endpoint, form)
		VALUES ($1, $2)
		ON CONFLICT (endpoint) DO UPDATE
		   SET form = excluded.form, at = now()`, endpoint, form)
	if err != nil {
		return fmt.Errorf("save form: %w", err)
	}
	return nil
}
