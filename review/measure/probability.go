package measure

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Band is what people decided on proposals of one fifth of probability.
type Band struct {
	From     float64 `json:"from"`
	Decided  int     `json:"decided"`  // approved, edited or rejected
	Approved int     `json:"approved"` // as drafted or edited
}

func (r *Reporter) bands(ctx context.Context, f Filter, rep *Report) error {
	rows, err := r.pool.Query(ctx, `
		SELECT (least(4, floor((d.content->>'probability')::float8 * 5)) / 5)::float8,
		       count(*)::int,
		       (count(*) FILTER (WHERE x.kind IN ('approve', 'edit')))::int
		  FROM drafts d
		  JOIN decisions x ON x.draft = d.id
		 WHERE d.created_at >= $1
		   AND d.created_at < $2
		   AND ($3 = '' OR d.desk = $3)
		   AND d.abstained = ''
		   AND d.content->>'probability' IS NOT NULL
		   AND x.kind IN ('approve', 'edit', 'reject')
		 GROUP BY 1
		 ORDER BY 1`, f.From, f.To, f.Desk)
	if err != nil {
		return fmt.Errorf("read probabilities: %w", err)
	}
	if rep.Bands, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Band]); err != nil {
		return fmt.Errorf("read probabilities: %w", err)
	}
	return nil
}
