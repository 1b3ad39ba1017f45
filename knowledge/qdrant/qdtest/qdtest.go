// Package qdtest gives tests an index: in the Qdrant server of QDRANT_URL when that
// is set, in an embedded one otherwise, and a server on a loopback port that a test can
// stop and start again.
package qdtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	api "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"

	"footnote/knowledge/local"
	"footnote/knowledge/qdrant"
)

// Open returns an index that nobody else uses; done ends it and leaves nothing behind.
func Open(t testing.TB) (cfg qdrant.Config, done func(), err error) {
	if at := os.Getenv("QDRANT_URL"); at != "" {
		client, err := qdrant.Connect(qdrant.Server{URL: at, APIKey: os.Getenv("QDRANT_API_KEY")})
		if err != nil {
			return cfg, nil, err
		}
		cfg = qdrant.Config{Client: client, Alias: "test-" + strings.ToLower(rand.Text())}
		return cfg, func() {
			clear(t, client, cfg.Alias)
			client.Close()
		}, nil
	}
	srv, err := local.Open(local.Config{})
	if err != nil {
		return cfg, nil, err
	}
	client, err := srv.Client()
	if err != nil {
		return cfg, nil, errors.Join(err, srv.Close())
	}
	return qdrant.Config{Client: client}, func() {
		client.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	}, nil
}

// New is Open for one test, which it ends with.
func New(t testing.TB) qdrant.Config {
	t.Helper()
	cfg, done, err := Open(t)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return cfg
}

// clear drops the collections behind an alias that is a test's own.
func clear(t testing.TB, client *api.Client, alias string) {
	ctx := context.WithoutCancel(t.Context())
	names, err := client.ListCollections(ctx)
	if err != nil {
		t.Error(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, alias+"-") {
			if err := client.DeleteCollection(ctx, name); err != nil {
				t.Error(err)
			}
		}
	}
}

// Server is an embedded server on a loopback port, which stays its own while it is
// stopped.
type Server struct {
	t       testing.TB
	dir     string
	options []grpc.ServerOption
	addr    string
	srv     *local.Server
	served  sync.WaitGroup
}

// Serve starts one; dir, if not empty, keeps its index while it is stopped.
func Serve(t testing.TB, dir string, options ...grpc.ServerOption) *Server {
	t.Helper()
	s := &Server{t: t, dir: dir, options: options, addr: "127.0.0.1:0"}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// URL is where it is.
func (s *Server) URL() string { return "http://" + s.addr }

// Start starts it again on its port.
func (s *Server) Start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if s.srv, err = local.Open(local.Config{Dir: s.dir, Options: s.options}); err != nil {
		s.t.Fatal(err)
	}
	srv := s.srv
	s.served.Go(func() {
		if err := srv.Serve(l); err != nil {
			s.t.Error(err)
		}
	})
}

// Stop stops it at once, as a machine that goes away does: calls under way fail. Done
// twice, it does nothing.
func (s *Server) Stop() {
	if s.srv == nil {
		return
	}
	s.srv.Kill()
	s.served.Wait()
	s.srv = nil
}

// Save writes what it has to its directory, as it does once a minute.
func (s *Server) Save() error { return s.srv.Save(s.t.Context()) }

// Client returns a client of it for the test's own doings.
func (s *Server) Client() *api.Client {
	s.t.Helper()
	c, err := qdrant.Connect(qdrant.Server{URL: s.URL()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}
