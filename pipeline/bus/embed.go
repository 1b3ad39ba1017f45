package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Embedded is a NATS server in this process. A server whose disk is full stops
// storing for good, and so does one whose disk failed: when the disk takes data
// again, a new server goes on with the same files, and connections come back to it
// by themselves (heal.go). Safe for concurrent use.
type Embedded struct {
	c       EmbedConfig
	options server.Options

	mu sync.Mutex
	s  *server.Server

	failing failing
	stop    chan struct{}
	done    chan struct{}
}

// EmbedConfig of an embedded server.
type EmbedConfig struct {
	Dir string // JetStream files; the caller holds a lock on it: NATS does not
	// Port on loopback for other processes; 0 opens none, -1 takes a free one.
	Port  int
	Token string // required with Port
	Log   *slog.Logger
}

// maxStore lets the streams' own sizes decide: the server's default is a share of
// the disk as it was at start.
const maxStore = 1 << 50

// Embed starts the server and returns once it takes connections. Every stored
// message is on disk (fsync) before it is acknowledged.
func Embed(c EmbedConfig) (*Embedded, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	o := server.Options{ServerName: "footnote", DontListen: true, JetStream: true, StoreDir: c.Dir, NoSigs: true,
		DisableJetStreamBanner: true, JetStreamMaxStore: maxStore, JetStreamMaxMemory: 64 << 20, SyncAlways: true}
	if c.Port != 0 {
		if c.Token == "" {
			return nil, fmt.Errorf("embed NATS: a port needs a token")
		}
		o.DontListen, o.Host, o.Port, o.Authorization = false, "127.0.0.1", c.Port, c.Token
	}
	e := &Embedded{c: c, options: o, stop: make(chan struct{}), done: make(chan struct{})}
	var err error
	if e.s, err = e.start(); err != nil {
		return nil, err
	}
	if a, ok := e.s.Addr().(*net.TCPAddr); ok {
		e.options.Port = a.Port // a free one was taken: the next server has the same
	}
	go e.heal()
	return e, nil
}

func (e *Embedded) start() (*server.Server, error) {
	o := e.options // the server writes into its options
	s, err := server.NewServer(&o)
	if err != nil {
		return nil, fmt.Errorf("embed NATS: %w", err)
	}
	s.SetLoggerV2(natsLog{e.c.Log, e.failing.heard}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(15 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("embed NATS: not ready after 15 s; look at %s", e.c.Dir)
	}
	return s, nil
}

// server is the one that runs now.
func (e *Embedded) server() *server.Server {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.s
}

// URL for other processes; empty without a port.
func (e *Embedded) URL() string {
	s := e.server()
	if s == nil || s.Addr() == nil {
		return ""
	}
	return s.ClientURL()
}

// Close stops the server and waits for its files to be closed.
func (e *Embedded) Close() {
	close(e.stop)
	<-e.done
	if s := e.server(); s != nil {
		s.Shutdown()
		s.WaitForShutdown()
	}
}

// InProcessConn connects to the server that runs now; the client calls it again
// when its connection ends.
func (e *Embedded) InProcessConn() (net.Conn, error) {
	s := e.server()
	if s == nil {
		return nil, errors.New("the embedded NATS is starting again")
	}
	return s.InProcessConn()
}

func (e *Embedded) connect(opts ...nats.Option) (*nats.Conn, error) {
	opts = append(opts, nats.InProcessServer(e))
	if e.c.Token != "" {
		opts = append(opts, nats.Token(e.c.Token))
	}
	return nats.Connect("", opts...)
}

// natsLog writes the server's lines to slog, notices at debug level. bad is told
// of its errors.
type natsLog struct {
	l   *slog.Logger
	bad func(line string)
}

func (n natsLog) Noticef(f string, v ...any) { n.l.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (n natsLog) Warnf(f string, v ...any)   { n.l.Warn("nats: " + fmt.Sprintf(f, v...)) }
func (n natsLog) Fatalf(f string, v ...any)  { n.l.Error("nats: " + fmt.Sprintf(f, v...)) }
func (n natsLog) Errorf(f string, v ...any) {
	line := fmt.Sprintf(f, v...)
	n.bad(line)
	n.l.Error("nats: " + line)
}
func (n natsLog) Debugf(f string, v ...any) {}
func (n natsLog) Tracef(f string, v ...any) {}
