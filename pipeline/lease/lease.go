// Package lease lets one of several processes do what must be done once: a row in
// the table leases names who, and until when nobody else begins. Time is the
// database's. No connection is held meanwhile, so that a pool of few, or one behind
// a pooler, is enough.
//
// A lease is no fence: a process that stalls longer than the lease may find another
// at the same work. What runs under it must survive being done twice; the lease
// makes that rare, and its work done by all of them never.
package lease

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Leases is safe for concurrent use.
type Leases struct {
	pool *pgxpool.Pool
	hold time.Duration // without renewal
}

// New builds Leases over the table.
func New(pool *pgxpool.Pool) *Leases { return &Leases{pool: pool, hold: 30 * time.Second} }

// Do runs f unless another process runs it or did within the last period. It tells
// whether f ran, and returns f's error; f is cancelled when the lease cannot be
// kept. A period of 0 frees the lease as soon as f returns.
func (l *Leases) Do(ctx context.Context, name string, every time.Duration, f func(context.Context) error) (bool, error) {
	holder := uuid.NewString()
	mine, err := l.take(ctx, name, holder)
	if err != nil || !mine {
		return false, err
	}
	begun := time.Now()
	run, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		if err := l.renew(run, name, holder); err != nil {
			cancel(err)
		}
	}()
	err = f(run)
	if cause := context.Cause(run); err != nil && cause != nil && ctx.Err() == nil {
		err = cause
	}
	cancel(nil)
	<-renewed
	// A tick of another process is never quite on time: leave it some room.
	rest := max(0, every-every/10-time.Since(begun))
	return true, errors.Join(err, l.end(ctx, name, holder, rest))
}

// renew keeps the lease until ctx ends. It returns an error when it is lost.
func (l *Leases) renew(ctx context.Context, name, holder string) error {
	tick := time.NewTicker(l.hold / 3)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		mine, err := l.extend(ctx, name, holder)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil && mine:
			last = time.Now()
		case err == nil:
			return fmt.Errorf("lease %s: another process took it", name)
		case time.Since(last) > l.hold:
			return fmt.Errorf("lease %s: not renewed: %w", name, err)
		}
	}
}
