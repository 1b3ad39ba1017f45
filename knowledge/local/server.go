package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/test/bufconn"
)

// Version is what HealthCheck answers: the Qdrant whose API this package
// follows, so that clients' compatibility check passes.
const Version = "1.17.1"

const (
	pipeBytes  = 1 << 20
	maxMessage = 64 << 20
)

// Config of a server. The zero value is a server in memory that logs nothing.
type Config struct {
	// Dir is where snapshots are kept; it is created if missing and must belong
	// to this process alone. Empty keeps everything in memory only.
	Dir string
	// Log is told about snapshots. Nil discards.
	Log *slog.Logger
	// Options are added to those of the gRPC server, for a server on a port (Serve).
	Options []grpc.ServerOption
}

// Server is the embedded index. Its methods may be called at the same time.
type Server struct {
	dir      string
	log      *slog.Logger
	degraded string
	grpc     *grpc.Server
	pipe     *bufconn.Listener
	serving  sync.WaitGroup

	calls   sync.RWMutex // held for reading by every direct call
	stopped bool         // under calls

	mu          sync.RWMutex
	collections map[string]*collection
	aliases     map[string]string
	changes     atomic.Uint64 // revision of everything: the two maps and the collections

	journal *journal // nil without a directory
	least   int64    // journalLeast, but for tests

	saving   sync.Mutex
	saved    uint64 // revision on the disk, under saving
	from     uint64 // first journal over the snapshot on the disk, under saving; 0: there is no snapshot
	snapshot int64  // its bytes, under saving
	closed   bool   // under saving
}

// Open loads the newest whole snapshot and starts serving in process. A damaged
// snapshot is no error: see Degraded. The caller must Close the server.
func Open(cfg Config) (*Server, error) {
	s := &Server{
		dir:         cfg.Dir,
		log:         cfg.Log,
		least:       journalLeast,
		collections: map[string]*collection{},
		aliases:     map[string]string{},
		pipe:        bufconn.Listen(pipeBytes),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.dir != "" {
		if err := s.load(); err != nil {
			return nil, fmt.Errorf("open local index: %w", err)
		}
	}
	s.grpc = grpc.NewServer(append([]grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage),
		// The Qdrant client pings every 10 s without streams; grpc's default
		// policy would answer that with GOAWAY.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	}, cfg.Options...)...)
	qdrant.RegisterQdrantServer(s.grpc, healthService{})
	qdrant.RegisterCollectionsServer(s.grpc, collectionsService{srv: s})
	qdrant.RegisterPointsServer(s.grpc, pointsService{srv: s})
	s.serving.Go(func() { _ = s.grpc.Serve(s.pipe) }) // ends with Stop
	return s, nil
}

func (s *Server) load() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	start := time.Now()
	c, reason, err := loadSnapshot(s.dir, &s.changes)
	if err != nil {
		return err
	}
	if c.collections == nil {
		c = content{collections: map[string]*collection{}, aliases: map[string]string{}, changes: &s.changes}
	}
	next, files, size, err := c.replayAll(s.dir)
	if err != nil {
		return err
	}
	s.collections, s.aliases, s.from = c.collections, c.aliases, c.from
	s.journal = &journal{dir: s.dir, number: next, files: files, size: size}
	for _, c := range s.collections {
		c.journal = s.journal
	}
	if info, err := os.Stat(filepath.Join(s.dir, currentFile)); err == nil && reason == "" {
		s.snapshot = info.Size()
	} else {
		s.from = 0
	}
	s.saved = s.changes.Load() // all that was read is on the disk
	s.degraded = reason
	if reason != "" {
		s.log.Warn("local index degraded", "reason", reason)
		s.changes.Add(1) // what was loaded is not the current generation: save it
	}
	s.log.Info("local index loaded", "collections", len(s.collections), "took", time.Since(start))
	return nil
}

// Degraded says why the server did not start from its newest snapshot, and what
// it started from instead; empty if all is well. The remedy is to rebuild the
// index from the system of record.
func (s *Server) Degraded() string { return s.degraded }

// Client gives a client of this server, over a pipe inside the process or, for
// queries and upserts, by a call (direct.go). The caller closes it, before the
// server.
func (s *Server) Client() (*qdrant.Client, error) {
	c, err := qdrant.NewClient(&qdrant.Config{
		Host:                   "passthrough:///embedded",
		PoolSize:               1,
		KeepAliveTime:          -1,
		SkipCompatibilityCheck: true,
		GrpcOptions: []grpc.DialOption{
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return s.pipe.DialContext(ctx) }),
			grpc.WithChainUnaryInterceptor(s.direct),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("dial local index: %w", err)
	}
	return c, nil
}

// Serve also answers on l, for other processes, until Close. It has neither
// authentication nor encryption: l must be a loopback or a unix socket.
func (s *Server) Serve(l net.Listener) error {
	if err := s.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve local index: %w", err)
	}
	return nil
}

// collection finds one by its name or by an alias; the error is codes.NotFound.
func (s *Server) collection(name string) (*collection, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if to, ok := s.aliases[name]; ok {
		name = to
	}
	c, ok := s.collections[name]
	if !ok {
		return nil, noCollection(name)
	}
	return c, nil
}

// contents gives the collections by name and the aliases.
func (s *Server) contents() ([]*collection, map[string]string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []*collection
	for _, name := range slices.Sorted(maps.Keys(s.collections)) {
		all = append(all, s.collections[name])
	}
	return all, maps.Clone(s.aliases)
}

// Save returns once all changes are on the disk, where they cost about what they are
// long: they are added to a journal, and only when that has come to half of the last
// snapshot a new one is written. Without a directory it does nothing. A caller who wants
// to lose less than all since the start calls it from a timer. Searches go on meanwhile.
func (s *Server) Save(ctx context.Context) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	return s.save(ctx)
}

func (s *Server) save(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("save local index: %w", err)
	}
	if s.dir == "" {
		return nil
	}
	// Read before the content: a change in between is saved twice, never missed.
	revision := s.changes.Load()
	if revision == s.saved {
		return nil
	}
	if err := s.journal.sync(); err != nil || s.due() {
		if err != nil {
			s.log.Warn("the journal of the local index was not written; a snapshot is", "error", err)
		}
		if err := s.saveWhole(); err != nil {
			return fmt.Errorf("save local index: %w", err)
		}
	}
	s.saved = revision
	return nil
}

// due tells that a snapshot pays.
func (s *Server) due() bool {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.from == 0 || s.journal.files > mostFiles || s.journal.size > s.least+s.snapshot/2
}

// saveWhole writes a snapshot and drops the journals that neither it nor the one before
// needs.
func (s *Server) saveWhole() error {
	start, before := time.Now(), s.from
	from := s.journal.rotate()
	all, aliases := s.contents()
	err := saveSnapshot(s.dir, func(f *os.File) error { return writeSnapshot(f, from, all, aliases) })
	if err != nil {
		s.journal.fail(err) // it goes on from files that this one may have lost
		return err
	}
	s.from = from
	if info, err := os.Stat(filepath.Join(s.dir, currentFile)); err == nil {
		s.snapshot = info.Size()
	}
	s.log.Debug("local index saved whole", "collections", len(all), "took", time.Since(start))
	return dropJournals(s.dir, before)
}

// Kill ends the server as a crash would: calls under way fail, and nothing is saved.
func (s *Server) Kill() {
	s.saving.Lock()
	defer s.saving.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.calls.Lock()
	s.stopped = true
	s.calls.Unlock()
	s.grpc.Stop()
	s.serving.Wait()
	if s.journal != nil {
		_ = s.journal.end()
	}
}

// Close stops serving, lets calls under way finish, and saves. Further calls do
// nothing.
func (s *Server) Close() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.calls.Lock()
	s.stopped = true
	s.calls.Unlock()
	s.grpc.GracefulStop()
	s.serving.Wait()
	err := s.save(context.Background())
	if s.journal != nil {
		err = errors.Join(err, s.journal.end())
	}
	return err
}
