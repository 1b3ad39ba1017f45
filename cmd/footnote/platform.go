package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	qdrantapi "github.com/qdrant/go-client/qdrant"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"footnote/knowledge/local"
	"footnote/knowledge/qdrant"
	"footnote/migrations"
	"footnote/migrations/localpg"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/pipeline/lease"
)

// databaseSettings are the PostgreSQL server and how much of it is ours.
type databaseSettings struct {
	DatabaseURL  Secret `yaml:"database_url" own:"process" env:"DATABASE_URL" default:"" help:"PostgreSQL connection string; empty: a private PostgreSQL in the data directory"`
	PGBin        string `yaml:"pg_bin" own:"process" env:"FOOTNOTE_PG_BIN" default:"" help:"directory of initdb and postgres; empty: found on this machine"`
	DatabaseSize int    `yaml:"database_size" env:"FOOTNOTE_DATABASE_SIZE" default:"0" help:"MiB that the database may have, for the alarm before it is full; 0: what is free on the disk of the private PostgreSQL, elsewhere no alarm"`
	PoolSize     int    `yaml:"pool_size" own:"process" env:"FOOTNOTE_POOL_SIZE" default:"20" help:"database connections, at least 6"`
}

func (s databaseSettings) check(p *problems) {
	if s.DatabaseSize < 0 {
		p.bad("database_size: a size in MiB is not below 0")
	}
	if s.PoolSize < 6 {
		p.bad("pool_size: %d is too small; use at least 6", s.PoolSize)
	}
}

// busSettings are the NATS server and how long its events stay.
type busSettings struct {
	NATSURL      string        `yaml:"nats_url" own:"process" env:"NATS_URL" default:"" help:"NATS server; empty: embedded"`
	NATSCreds    string        `yaml:"nats_creds" own:"process" env:"NATS_CREDS" default:"" help:"path of a NATS credentials file; optional"`
	NATSMonitor  string        `yaml:"nats_monitor" env:"FOOTNOTE_NATS_MONITOR" default:"" help:"monitoring addresses of the NATS servers (http://host:8222), separated by commas: doctor asks them whether events are on disk before they are acknowledged"`
	NATSReplicas int           `yaml:"nats_replicas" env:"NATS_REPLICAS" default:"0" help:"copies of each stream; 0: as many as it has, a new one 3 on a cluster, else 1"`
	NATSPort     int           `yaml:"nats_port" own:"process" env:"FOOTNOTE_NATS_PORT" default:"0" help:"loopback port of the embedded NATS for other processes; 0: none"`
	NATSToken    Secret        `yaml:"nats_token" own:"process" env:"FOOTNOTE_NATS_TOKEN" default:"" least:"16" help:"token of the NATS server, or for the embedded one's port"`
	NATSSize     int           `yaml:"nats_size" env:"FOOTNOTE_NATS_SIZE" default:"0" help:"MiB of events kept; near it the oldest handled ones go before nats_keep; 0: 8192 embedded (less on a small disk), elsewhere as the stream is"`
	NATSKeep     time.Duration `yaml:"nats_keep" env:"FOOTNOTE_NATS_KEEP" default:"720h" help:"how long events stay readable after they are handled; unhandled ones stay as long as it takes"`
	NATSShrink   bool          `yaml:"nats_shrink" env:"FOOTNOTE_NATS_SHRINK" default:"false" help:"true: nats_replicas and nats_size may make existing streams less, once"`
	AckWait      time.Duration `yaml:"ack_wait" env:"FOOTNOTE_ACK_WAIT" default:"30s" help:"how long a dead worker's event waits before another takes it"`
}

func (s busSettings) check(p *problems) {
	if s.NATSSize < 0 {
		p.bad("nats_size: a size in MiB is not below 0")
	}
	if s.NATSKeep < time.Hour {
		p.bad("nats_keep: %s is too short to explain anything; use at least 1h", s.NATSKeep)
	}
	if s.NATSPort != 0 && s.NATSToken == "" {
		p.bad("nats_token: required with nats_port")
	}
}

// platform is what Footnote stands on: a bus, a database and an index, each
// embedded or elsewhere as the settings say.
type platform struct {
	pool  *pgxpool.Pool
	bus   *bus.Bus
	lease *lease.Leases
	index *qdrantapi.Client

	pg     *localpg.Server // nil when elsewhere
	local  *local.Server   // nil when elsewhere
	wait   patience
	closer closers
}

// closers are run in reverse order.
type closers []func()

func (c *closers) add(f func()) { *c = append(*c, f) }

func (c *closers) run() {
	for i := len(*c) - 1; i >= 0; i-- {
		(*c)[i]()
	}
	*c = nil
}

// openPlatform opens all three parts at once. On error nothing is left open.
func openPlatform(ctx context.Context, c Config, m *metrics, step func(string), wait patience, log *slog.Logger) (_ *platform, err error) {
	p := &platform{wait: wait}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if c.NATSURL == "" || c.DatabaseURL == "" || c.QdrantURL == "" {
		unlock, err := lockData(c.Data)
		if err != nil {
			return nil, err
		}
		p.closer.add(unlock)
	}
	var natsClose, pgClose, indexClose closers
	g, all := errgroup.WithContext(ctx) // all ends when one of them cannot be opened: nobody waits then
	g.Go(func() error { return p.openBus(all, c, m, step, log, &natsClose) })
	g.Go(func() error { return p.openDatabase(ctx, all, c, log, &pgClose) })
	g.Go(func() error { return p.openIndex(c, log, &indexClose) })
	err = g.Wait()
	for _, part := range []closers{natsClose, pgClose, indexClose} {
		p.closer = append(p.closer, part...)
	}
	return p, err
}

func (p *platform) close() { p.closer.run() }

// lockData keeps a second process off the directory: neither NATS nor the index
// would notice it.
func lockData(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "data directory %s cannot be made (set FOOTNOTE_DATA to one that can): %w", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "data directory %s is not writable (set FOOTNOTE_DATA to one that is): %w", dir, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, pipeline.Errorf(pipeline.Conflict, "another footnote runs on %s; stop it, or set FOOTNOTE_DATA to another directory", dir)
	}
	return func() { f.Close() }, nil
}

func (p *platform) openBus(ctx context.Context, c Config, m *metrics, step func(string), log *slog.Logger, cl *closers) error {
	bc := bus.Config{URL: c.NATSURL, Creds: c.NATSCreds, Token: string(c.NATSToken), Replicas: c.NATSReplicas, Keep: c.NATSKeep, Size: int64(c.NATSSize) << 20, Shrink: c.NATSShrink, Transient: transient, Observe: m.observe, Step: step, Log: log}
	if c.NATSURL == "" {
		s, err := bus.Embed(bus.EmbedConfig{Dir: filepath.Join(c.Data, "nats"), Port: c.NATSPort, Token: string(c.NATSToken), Log: log})
		if err != nil {
			return err
		}
		cl.add(s.Close)
		bc.Embedded = s
		if bc.Size == 0 {
			bc.Size = embeddedSize(c.Data)
		}
		bc.Free = func() (free, reserve int64, err error) {
			d, err := diskOf(c.Data)
			return d.free, d.reserve(), err
		}
	}
	var b *bus.Bus
	err := p.wait.until(ctx, "NATS", func(ctx context.Context) (err error) {
		b, err = bus.Connect(ctx, bc)
		return err
	})
	if err != nil {
		return err
	}
	cl.add(b.Close)
	p.bus = b
	return nil
}

func (p *platform) openDatabase(ctx, all context.Context, c Config, log *slog.Logger, cl *closers) error {
	dsn := string(c.DatabaseURL)
	if dsn == "" {
		s, err := localpg.Start(ctx, localpg.Config{Dir: filepath.Join(c.Data, "postgres"), BinDir: c.PGBin, Log: log})
		if err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "%w", err)
		}
		cl.add(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if err := s.Stop(ctx); err != nil {
				log.Error("PostgreSQL did not stop cleanly", "error", err)
			}
		})
		p.pg, dsn = s, s.DSN()
	}
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return pipeline.Errorf(pipeline.Invalid, "database_url cannot be read; write postgres://user:password@host/database")
	}
	cfg.MaxConns = int32(c.PoolSize)
	cfg.ConnConfig.RuntimeParams["application_name"] = "footnote"
	cfg.ConnConfig.RuntimeParams["lock_timeout"] = "10s"
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = "60s"
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "connect to PostgreSQL: %w", err)
	}
	cl.add(pool.Close)
	p.pool, p.lease = pool, lease.New(pool)
	return p.wait.until(all, "PostgreSQL", func(ctx context.Context) error { // one process migrates, the others wait
		if err := migrations.Apply(ctx, pool); err != nil {
			return fmt.Errorf("prepare the database: %w", err)
		}
		return nil
	})
}

func (p *platform) openIndex(c Config, log *slog.Logger, cl *closers) error {
	if c.QdrantURL == "" {
		s, err := local.Open(local.Config{Dir: filepath.Join(c.Data, "index"), Log: log})
		if err != nil {
			return fmt.Errorf("open the embedded index: %w", err)
		}
		cl.add(func() {
			if err := s.Close(); err != nil {
				log.Error("index not saved; it will be rebuilt", "error", err)
			}
		})
		client, err := s.Client()
		if err != nil {
			return fmt.Errorf("open the embedded index: %w", err)
		}
		p.local, p.index = s, client
		return nil
	}
	client, err := qdrant.Connect(qdrant.Server{URL: c.QdrantURL, APIKey: string(c.QdrantAPIKey), Log: log})
	if err != nil {
		return err
	}
	cl.add(func() { client.Close() })
	p.index = client
	return nil // one that is away is waited for: see ingest.Watch
}

// transient tells database errors that a retry may cure.
func transient(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57"), // connection, resources, shutdown
			pg.Code == "42P01", pg.Code == "42703", pg.Code == "3F000", pg.Code == "3D000", // a table, column, schema or database that is not there yet, or gone: it is made again
			pg.Code == "40001", pg.Code == "40P01", pg.Code == "55P03", pg.Code == "25006": // serialization, deadlock, lock wait, read only
			return true
		}
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return connecting || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "closed pool") ||
		errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// keptSecret returns a random secret that is made once and kept in the data
// directory, readable by its owner only.
func keptSecret(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if b, err := os.ReadFile(path); err == nil && len(strings.TrimSpace(string(b))) >= 32 {
		return strings.TrimSpace(string(b)), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("keep secret %s: %w", name, err)
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	secret := base64.StdEncoding.EncodeToString(b[:])
	if err := os.WriteFile(path+".tmp", []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep secret %s: %w", name, err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return "", fmt.Errorf("keep secret %s: %w", name, err)
	}
	return secret, nil
}
