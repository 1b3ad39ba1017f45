// Package migrations embeds the database schema and applies it. Migrations go
// forward only; code runs with the previous schema too. The private Postgres
// starter is in localpg.
package migrations

import (
	"context"
	"embed"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Apply brings the database to the newest schema under an advisory lock, so
// that several processes may call it at once. It refuses a database whose
// schema is newer than this binary knows.
func Apply(ctx context.Context, pool *pgxpool.Pool) error {
	p, err := provider(pool)
	if err != nil {
		return err
	}
	defer p.Close()
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if newest := newest(p); have > newest {
		return fmt.Errorf("database schema is at version %d, this binary knows %d: run a newer footnote", have, newest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("apply migrations: %w", err)
	}
	return nil
}

// ApplyDSN is Apply on a connection string (pgx form).
func ApplyDSN(ctx context.Context, dsn string) error {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer pool.Close()
	return Apply(ctx, pool)
}

// There tells whether the database has a schema at all, old or new.
func There(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var there bool
	if err := pool.QueryRow(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&there); err != nil {
		return false, fmt.Errorf("look for the schema: %w", err)
	}
	return there, nil
}

// Pending tells whether the database lacks migrations that this binary has.
func Pending(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	p, err := provider(pool)
	if err != nil {
		return false, err
	}
	defer p.Close()
	return p.HasPending(ctx)
}

func provider(pool *pgxpool.Pool) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("build migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDBFromPool(pool), files,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

func newest(p *goose.Provider) int64 {
	var v int64
	for _, s := range p.ListSources() {
		v = max(v, s.Version)
	}
	return v
}
