package learning

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// mostLinks of one reply that teach; a reply with more is a list, not an answer.
const mostLinks = 5

var linkPattern = regexp.MustCompile(`https?://[^\s<>"')\]]+`)

// farLinks are the addresses that a person put into a text and that the draft did
// not have; those of passages that were near are left to Teaches.
func farLinks(d pipeline.Draft, text string) []string {
	var out []string
	for _, u := range linkPattern.FindAllString(text, -1) {
		u = strings.TrimRight(u, ".,;:!?")
		isNear := slices.ContainsFunc(d.Nearest, func(h pipeline.Hit) bool { return h.Passage.URL == u })
		if !isNear && !slices.Contains(out, u) && !strings.Contains(d.Text(), u) {
			out = append(out, u)
		}
	}
	return out
}

// Linked says what linking public pages of the knowledge teaches, also those that
// search had not brought up: of each page the passage that has most of the question.
func (k *Lessons) Linked(ctx context.Context, q pipeline.Query, urls []string) ([]Cite, error) {
	if len(urls) == 0 || len(urls) > mostLinks {
		return nil, nil
	}
	rows, err := k.Pool.Query(ctx, `
		SELECT id
		  FROM documents
		 WHERE url = ANY ($1)
		   AND audience = 'public'
		   AND deleted_at IS NULL
		 ORDER BY id
		 LIMIT $2`, urls, mostLinks)
	if err != nil {
		return nil, fmt.Errorf("find linked pages: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find linked pages: %w", err)
	}
	passages, err := k.search.Fitting(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	var out []Cite
	for _, p := range passages {
		out = append(out, Cite{p, taughtAdded})
	}
	return out, nil
}
