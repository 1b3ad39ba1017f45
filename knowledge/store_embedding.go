package knowledge

import (
	"context"
	"fmt"
)

// embeddings returns the kept vectors of a model by text hash.
func (k *Knowledge) embeddings(ctx context.Context, model string, hashes []string) (map[string][]float32, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT hash, vector
		  FROM embeddings
		 WHERE model = $1
		   AND hash = ANY ($2)`, model, hashes)
	if err != nil {
		return nil, fmt.Errorf("find embeddings: %w", err)
	}
	defer rows.Close()
	out := map[string][]float32{}
	for rows.Next() {
		var h string
		var v []float32
		if err := rows.Scan(&h, &v); err != nil {
			return nil, fmt.Errorf("find embeddings: %w", err)
		}
		out[h] = v
	}
	return out, rows.Err()
}

func (k *Knowledge) saveEmbedding(ctx context.Context, model, hash string, v []float32) error {
	_, err := k.pool.Exec(ctx, `
		INSERT INTO embeddings (model, hash, vector)
		VALUES ($1, $2, $3)
		ON CONFLICT (model, hash) DO UPDATE
		   SET vector = excluded.vector`, model, hash, v)
	if err != nil {
		return fmt.Errorf("save embedding: %w", err)
	}
	return nil
}
