package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
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

	saving sync.Mutex
	saved  uint64 // revision on the disk, under saving
	closed bool   // under saving
}

// Open loads the newest whole snapshot and starts serving in process. A damaged
// snapshot is no error: see Degraded. The caller must Close the server.
func Open(cfg Config) (*Server, error) {
	s := &Server{
		dir:         cfg.Dir,
		log:         cfg.Log,
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
	if c.collections != nil {
		s.collections, s.aliases = c.collections, c.aliases
	}
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

// Save writes a snapshot if anything changed since the last one; without a
// directory it does nothing. Nothing else writes snapshots but Close, so a
// caller who wants them in between calls Save from a timer of its own. Searches
// go on meanwhile, writes to a collection wait while it is written.
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
	all, aliases := s.contents()
	start := time.Now()
	err := saveSnapshot(s.dir, func(f *os.File) error { return writeSnapshot(f, all, aliases) })
	if err != nil {
		return fmt.Errorf("save local index: %w", err)
	}
	s.saved = revision
	s.log.Debug("local index saved", "collections", len(all), "took", time.Since(start))
	return nil
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
	return s.save(context.Background())
}
