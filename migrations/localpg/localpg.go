package localpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrInUse is wrapped by Start when another live Server holds Dir.
var ErrInUse = errors.New("directory is in use by another process")

const (
	superuser = "footnote"
	port      = "5432" // names the socket file; nothing listens on TCP

	stopGrace   = 30 * time.Second // fast shutdown, with its checkpoint
	healthyLife = time.Minute      // a child that lived this long ends a series of crashes
	backoffMin  = 100 * time.Millisecond
	backoffMax  = 10 * time.Second
)

// giveUpAfter is how long a series of crashes may last without a healthy child. A
// test shortens it.
var giveUpAfter = 2 * time.Minute

// Config says where and how to run the server. Only Dir is required.
type Config struct {
	// Dir belongs to this package alone: new, empty, or used by it before.
	// Missing parents are created with mode 0755, Dir itself has mode 0700.
	Dir string
	// BinDir holds postgres and initdb (FOOTNOTE_PG_BIN). Empty: see Find.
	BinDir string
	// Database is created when missing. Default "footnote".
	Database string
	// Fast gives up durability for speed: fsync off, initdb without sync. Tests only.
	Fast bool
	// Settings are added to, or replace, the defaults in settings.go. Names that
	// decide where the server listens or keeps its files are refused.
	Settings map[string]string
	// Log receives starts, crashes and restarts. Default: discard.
	Log *slog.Logger
}

// Server is a running private PostgreSQL. Its methods may be called from any
// goroutine.
type Server struct {
	cfg  Config
	bin  binaries
	as   identity
	dir  string // absolute, without symlinks
	sock socketDir
	lock *os.File

	cancel    context.CancelFunc // asks the supervisor to stop
	hurry     chan struct{}      // closed: do not wait for a fast shutdown any longer
	hurryOnce sync.Once
	done      chan struct{}
	err       error // read only after done is closed

	pid      atomic.Int64
	restarts atomic.Int64
}

// Start brings the server up and returns when it takes connections to
// Config.Database. It initialises Dir at first use (about a second), stops an
// orphan of a killed predecessor, and waits for crash recovery however long
// that takes, or until ctx ends.
//
// ctx bounds the start only: a running server outlives it, because work that
// drains after a signal still needs its database. The owner must call Stop.
//
// On error nothing is left running and Dir is unlocked. The error wraps
// ErrInUse when another process holds Dir, os.ErrNotExist when no PostgreSQL is
// installed (its text says what to install), and otherwise says what is wrong
// with the directory or ends with what PostgreSQL printed.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s, err := start(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("start postgres in %s: %w", cfg.Dir, err)
	}
	return s, nil
}

func start(ctx context.Context, cfg Config) (_ *Server, err error) {
	if cfg.Dir == "" {
		return nil, errors.New("Config.Dir is empty")
	}
	if err := checkSettings(cfg.Settings); err != nil {
		return nil, err
	}
	if cfg.Database == "" {
		cfg.Database = "footnote"
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	began := time.Now()
	s := &Server{cfg: cfg, hurry: make(chan struct{}), done: make(chan struct{})}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	c, err := s.launch(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.ensureDatabase(ctx); err != nil {
		c.shutdown(ctx.Done(), stopGrace)
		return nil, err
	}
	run, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go s.supervise(run, c)
	cfg.Log.InfoContext(ctx, "postgres started",
		"dir", s.dir, "pid", c.pid, "version", s.bin.version, "took_ms", time.Since(began).Milliseconds())
	return s, nil
}

// DSN returns a pgx connection string for Config.Database. It stays valid over
// restarts of the child.
func (s *Server) DSN() string { return s.dsn(s.cfg.Database) }

func (s *Server) dsn(database string) string {
	// port and sslmode are named so that PGPORT and PGSSLMODE of the caller's
	// environment cannot lead the connection elsewhere.
	q := url.Values{"host": {s.sock.path}, "user": {superuser}, "port": {port}, "sslmode": {"disable"}}
	return "postgres:///" + url.PathEscape(database) + "?" + q.Encode()
}

// Done is closed when the server is down for good: after Stop, or when it
// crashed and could not be brought back (then Err is not nil). A crash that was
// healed does not close it.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns nil while the server runs and after a clean Stop; otherwise why
// it went down for good, or that Stop had to cut the shutdown short.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Restarts counts how often the child was brought back after a crash.
func (s *Server) Restarts() int { return int(s.restarts.Load()) }

// Stop shuts the server down and returns when no process of it is left and Dir
// is unlocked. Open connections are cut (fast shutdown). When ctx ends first,
// or after 30 s, the shutdown is made immediate: committed rows are safe, the
// next start runs crash recovery, and Stop returns an error that says so.
// Further and concurrent calls wait for the same end and return the same error.
func (s *Server) Stop(ctx context.Context) error {
	s.cancel()
	select {
	case <-s.done:
	case <-ctx.Done():
		s.hurryOnce.Do(func() { close(s.hurry) })
		<-s.done
	}
	return s.err
}

// supervise owns the child until the server is down for good.
func (s *Server) supervise(ctx context.Context, c *child) {
	defer close(s.done)
	defer s.release()
	defer s.cancel()
	var series crashes
	for {
		select {
		case <-ctx.Done():
			s.err = c.shutdown(s.hurry, stopGrace)
			return
		case <-c.exited:
		}
		s.cfg.Log.Error("postgres exited unexpectedly", "dir", s.dir, "pid", c.pid, "cause", c.lastWords())
		var err error
		if c, err = s.bringBack(ctx, &series, c.started); err != nil {
			if ctx.Err() == nil { // else: stopped while it was down anyway
				s.err = fmt.Errorf("restart postgres in %s: %w", s.dir, err)
				s.cfg.Log.Error("postgres is down", "dir", s.dir, "error", s.err)
			}
			return
		}
		s.restarts.Add(1)
		s.cfg.Log.Warn("postgres restarted", "dir", s.dir, "pid", c.pid, "restarts", s.Restarts())
	}
}

// bringBack launches a new child, with growing pauses, until one is ready, the
// cause is one that waiting does not heal, or the series has lasted too long.
func (s *Server) bringBack(ctx context.Context, series *crashes, started time.Time) (*child, error) {
	pause, ok := series.next(started, time.Now())
	for cause := errors.New("it keeps crashing soon after each start"); ; {
		full := s.full(cause)
		if !ok && !full {
			return nil, cause
		}
		if full {
			pause = s.awaitRoom(ctx)
		}
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
		c, err := s.launch(ctx)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil || errors.Is(err, errPermanent) {
			return nil, err
		}
		s.cfg.Log.Error("postgres did not come back, will retry", "dir", s.dir, "error", err)
		cause = err
		pause, ok = series.next(time.Now(), time.Now())
	}
}

// crashes is one series of deaths without a healthy life between them.
type crashes struct {
	since time.Time
	pause time.Duration
}

// next returns how long to wait before the next attempt after a child that was
// started at started died at now; false when the series has lasted too long.
func (c *crashes) next(started, now time.Time) (time.Duration, bool) {
	if c.since.IsZero() || now.Sub(started) >= healthyLife {
		*c = crashes{since: now, pause: backoffMin}
		return c.pause, true
	}
	c.pause = min(2*c.pause, backoffMax)
	return c.pause, now.Sub(c.since) < giveUpAfter
}

// ensureDatabase proves that the server takes connections to Config.Database,
// which it creates when missing.
func (s *Server) ensureDatabase(ctx context.Context) error {
	err := s.exec(ctx, s.cfg.Database, "")
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "3D000" {
		err = s.exec(ctx, "postgres", "CREATE DATABASE "+pgx.Identifier{s.cfg.Database}.Sanitize())
		if err != nil {
			return fmt.Errorf("create database %q: %w", s.cfg.Database, err)
		}
		err = s.exec(ctx, s.cfg.Database, "")
	}
	if err != nil {
		return fmt.Errorf("connect to database %q: %w", s.cfg.Database, err)
	}
	return nil
}

func (s *Server) exec(ctx context.Context, database, sql string) error {
	conn, err := pgx.Connect(ctx, s.dsn(database))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql)
	return err
}

// release gives back what prepare took. The lock file itself stays: removing
// it would let two processes lock two files of the same name.
func (s *Server) release() {
	s.sock.remove()
	if s.lock != nil {
		s.lock.Close()
	}
}

func (s *Server) dataDir() string { return filepath.Join(s.dir, "data") }
func (s *Server) logDir() string  { return filepath.Join(s.dir, "log") }

// wait returns nil after d, or ctx's error.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
