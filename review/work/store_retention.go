package work

import (
	"context"
	"fmt"
	"time"
)

// ForgetWords removes what is searched of tickets whose own words are gone, and the
// names of people at the desk, from at most limit rows, and returns how many; with
// dry it counts all and touches nothing. before is as it was for the tickets.
func (s *Service) ForgetWords(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	const old = `
		  FROM work_words x
		  JOIN tickets t ON t.desk = x.desk AND t.id = x.ticket
		 WHERE t.updated_at < $1
		   AND x.stamp <> 'forgotten'
		   AND t.subject = ''
		   AND t.requester_name = ''
		   AND t.requester_email = ''
		   AND NOT EXISTS (SELECT FROM messages m
		                    WHERE m.desk = t.desk AND m.ticket = t.id AND (m.text <> '' OR m.author_name <> '' OR m.author_email <> ''))`
	if dry {
		err = s.pool.QueryRow(ctx, `SELECT count(*) `+old, before).Scan(&n)
	} else {
		err = s.pool.QueryRow(ctx, `
			WITH old AS (
			    SELECT x.desk, x.ticket `+old+`
			     LIMIT $2
			), names AS (
			    UPDATE work w
			       SET owner_name = ''
			      FROM old
			     WHERE w.desk = old.desk
			       AND w.ticket = old.ticket
			       AND w.owner_name <> ''
			), gone AS (
			    UPDATE work_words x
			       SET words = '', stamp = 'forgotten'
			      FROM old
			     WHERE x.desk = old.desk
			       AND x.ticket = old.ticket
			    RETURNING x.ticket
			)
			SELECT count(*) FROM gone`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget words to search by: %w", err)
	}
	return n, nil
}
