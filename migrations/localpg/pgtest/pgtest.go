// Package pgtest gives every test a migrated PostgreSQL database of its own. It
// is for _test files only.
//
// One fast private server (package localpg) serves all tests of a test binary.
// It starts at the first use, migrates one template database, and each test
// gets a clone of it:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.Up)) }
//
//	func TestSave(t *testing.T) {
//		t.Parallel()
//		pool := pgtest.New(t)
//		...
//	}
//
// With FOOTNOTE_TEST_DATABASE_URL set to a superuser's (or CREATEDB user's)
// connection URL, that server is used instead. A killed test binary leaves its
// pgtest_* databases there.
//
// The server keeps a few goroutines of its own. A package that checks for
// leaks does so after Main has returned, in TestMain, with goleak.Find.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations/localpg"
)

const (
	// External names the variable with the URL of a server to use instead.
	External = "FOOTNOTE_TEST_DATABASE_URL"

	maxConns     = 4                // of each pool
	startTimeout = 2 * time.Minute  // start and migrate
	dropTimeout  = 30 * time.Second // stop, drop, close
	dirPrefix    = "footnote-pgtest-"
)

// patience is how long a test's connections may take to come back after it.
var patience = time.Minute

// current is the server of this test binary, nil outside Main.
var current atomic.Pointer[server]

// Main runs the tests of m and returns the exit code for os.Exit. migrate
// brings the empty database behind dsn to the schema that the tests expect and
// closes its connections; nil leaves it empty. It runs once, and only if a test
// asks for a database. The server is stopped and its files are removed before
// Main returns; when the test binary panics or is killed, the server stops by
// itself and a later run removes its files.
func Main(m *testing.M, migrate func(ctx context.Context, dsn string) error) int {
	s := &server{migrate: migrate, tests: map[testing.TB]*pgx.ConnConfig{}}
	current.Store(s)
	defer current.Store(nil)
	code := m.Run()
	if err := s.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	return code
}

// New returns a pool of at most 4 connections to the test's own database, a
// clone of the migrated template. All pools and DSNs of one t lead to the same
// database; a subtest has its own. At the end of the test the pool is closed
// and the database dropped; a connection that was not given back by then fails
// the test. New fails the test, with what to install, when there is no
// PostgreSQL: it never skips.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(DSN(t))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	cfg.MaxConns = maxConns
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		t.Fatalf("pgtest: open pool: %v", err)
	}
	t.Cleanup(func() {
		closed := make(chan struct{})
		go func() { defer close(closed); pool.Close() }()
		select {
		case <-closed:
		case <-time.After(patience):
			t.Errorf("pgtest: %d connections were not given back to the pool", pool.Stat().AcquiredConns())
		}
	})
	return pool
}

// DSN returns a pgx connection string for the test's own database (see New).
func DSN(t testing.TB) string {
	t.Helper()
	s := current.Load()
	if s == nil {
		t.Fatal("pgtest: no server: add `func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrate)) }` to this package")
	}
	dsn, err := s.database(t)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return dsn
}

// server is the one PostgreSQL of this test binary.
type server struct {
	migrate func(ctx context.Context, dsn string) error

	once     sync.Once
	err      error // why it could not start
	dir      string
	pg       *localpg.Server // nil with an external server
	admin    *pgx.ConnConfig
	template string
	made     atomic.Int64

	mu    sync.Mutex
	tests map[testing.TB]*pgx.ConnConfig
}

// database returns the DSN of t's database, which it clones at the first call.
func (s *server) database(t testing.TB) (string, error) {
	s.once.Do(func() { s.err = s.start() })
	if s.err != nil {
		return "", s.err
	}
	s.mu.Lock()
	cfg, ok := s.tests[t]
	s.mu.Unlock()
	if ok {
		return withDatabase(cfg)
	}
	name := fmt.Sprintf("%s_%d", s.template, s.made.Add(1))
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := s.exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE "+quote(s.template)); err != nil {
		return "", fmt.Errorf("clone database: %w", err)
	}
	cfg = s.admin.Copy()
	cfg.Database = name
	s.mu.Lock()
	s.tests[t] = cfg
	s.mu.Unlock()
	t.Cleanup(func() {
		s.mu.Lock()
		delete(s.tests, t)
		s.mu.Unlock()
		if err := s.drop(name); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return withDatabase(cfg)
}

// start brings the server up and makes the template.
func (s *server) start() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	dsn := os.Getenv(External)
	if dsn == "" {
		var err error
		if dsn, err = s.startPrivate(ctx); err != nil {
			return err
		}
	}
	admin, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("read %s: %w", External, err)
	}
	s.admin = admin
	name := "pgtest_" + rand.Text()[:10]
	if err := s.exec(ctx, "CREATE DATABASE "+quote(name)); err != nil {
		return fmt.Errorf("create template database: %w", err)
	}
	s.template = name // from here on stop drops it
	if s.migrate == nil {
		return nil
	}
	cfg := admin.Copy()
	cfg.Database = name
	if dsn, err = withDatabase(cfg); err != nil {
		return err
	}
	if err := s.migrate(ctx, dsn); err != nil {
		return fmt.Errorf("migrate the template database: %w", err)
	}
	// A backend takes a moment to go after its client; cloning needs it gone.
	return s.exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
}

func (s *server) startPrivate(ctx context.Context) (string, error) {
	sweep()
	dir, err := os.MkdirTemp("", dirPrefix)
	if err != nil {
		return "", err
	}
	s.dir = dir
	// As root the server runs as another user, who must get through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return "", err
	}
	s.pg, err = localpg.Start(ctx, localpg.Config{
		Dir:    filepath.Join(dir, "pg"),
		BinDir: os.Getenv("FOOTNOTE_PG_BIN"),
		Fast:   true,
		Settings: map[string]string{
			"max_connections":            "200", // parallel tests, several pools each
			"shared_buffers":             "32MB",
			"log_min_duration_statement": "-1",
		},
	})
	if err != nil {
		return "", err
	}
	return s.pg.DSN(), nil
}

// stop drops what is left and removes the server, if there is one.
func (s *server) stop() error {
	var errs []error
	if s.pg == nil && s.template != "" { // an external server: leave it as it was
		errs = append(errs, s.drop(s.template))
	}
	if s.pg != nil {
		ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
		defer cancel()
		errs = append(errs, s.pg.Stop(ctx))
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

func (s *server) drop(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
	defer cancel()
	if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// exec uses a connection per statement: nothing stays open between tests.
func (s *server) exec(ctx context.Context, sql string, args ...any) error {
	conn, err := pgx.ConnectConfig(ctx, s.admin.Copy())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql, args...)
	return err
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// sweep removes the files of test binaries that were killed.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < 15*time.Minute { // it may be about to take its lock
			continue
		}
		f, err := os.Open(filepath.Join(dir, "pg", "localpg.lock"))
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(dir)
		}
		f.Close()
	}
}
