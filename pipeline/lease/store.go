package lease

import (
	"context"
	"fmt"
	"time"
)

// take gets a lease that is free or has ended.
func (l *Leases) take(ctx context.Context, name, holder string) (bool, error) {
	tag, err := l.pool.Exec(ctx, `
		INSERT INTO leases AS l (name, holder, until)
		VALUES ($1, $2, now() + $3 * interval '1 millisecond')
		ON CONFLICT (name)
		DO UPDATE SET holder = excluded.holder, until = excluded.until
		    WHERE l.until <= now()`, name, holder, l.hold.Milliseconds())
	if err != nil {
		return false, fmt.Errorf("take lease %s: %w", name, err)
	}
	return tag.RowsAffected() == 1, nil
}

// extend renews a lease that is still the holder's.
func (l *Leases) extend(ctx context.Context, name, holder string) (bool, error) {
	tag, err := l.pool.Exec(ctx, `
		UPDATE leases
		   SET until = now() + $3 * interval '1 millisecond'
		 WHERE name = $1
		   AND holder = $2`, name, holder, l.hold.Milliseconds())
	if err != nil {
		return false, fmt.Errorf("renew lease %s: %w", name, err)
	}
	return tag.RowsAffected() == 1, nil
}

// end says when the work is due again. It is written also when ctx has ended.
func (l *Leases) end(ctx context.Context, name, holder string, rest time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := l.pool.Exec(ctx, `
		UPDATE leases
		   SET until = now() + $3 * interval '1 millisecond'
		 WHERE name = $1
		   AND holder = $2`, name, holder, rest.Milliseconds()); err != nil {
		return fmt.Errorf("end lease %s: %w", name, err)
	}
	return nil
}
