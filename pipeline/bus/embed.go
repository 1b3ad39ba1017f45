package bus

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Embedded is a NATS server in this process.
type Embedded struct {
	s     *server.Server
	token string
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
	o := &server.Options{ServerName: "footnote", DontListen: true, JetStream: true, StoreDir: c.Dir, NoSigs: true,
		DisableJetStreamBanner: true, JetStreamMaxStore: maxStore, JetStreamMaxMemory: 64 << 20, SyncAlways: true}
	if c.Port != 0 {
		if c.Token == "" {
			return nil, fmt.Errorf("embed NATS: a port needs a token")
		}
		o.DontListen, o.Host, o.Port, o.Authorization = false, "127.0.0.1", c.Port, c.Token
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("embed NATS: %w", err)
	}
	if c.Log != nil {
		s.SetLoggerV2(natsLog{c.Log}, false, false, false)
	}
	s.Start()
	if !s.ReadyForConnections(15 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("embed NATS: not ready after 15 s; look at %s", c.Dir)
	}
	return &Embedded{s: s, token: c.Token}, nil
}

// URL for other processes; empty without a port.
func (e *Embedded) URL() string {
	if e.s.Addr() == nil {
		return ""
	}
	return e.s.ClientURL()
}

// Close stops the server and waits for its files to be closed.
func (e *Embedded) Close() {
	e.s.Shutdown()
	e.s.WaitForShutdown()
}

func (e *Embedded) connect(opts ...nats.Option) (*nats.Conn, error) {
	opts = append(opts, nats.InProcessServer(e.s))
	if e.token != "" {
		opts = append(opts, nats.Token(e.token))
	}
	return nats.Connect("", opts...)
}

// natsLog writes the server's lines to slog, notices at debug level.
type natsLog struct{ l *slog.Logger }

func (n natsLog) Noticef(f string, v ...any) { n.l.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (n natsLog) Warnf(f string, v ...any)   { n.l.Warn("nats: " + fmt.Sprintf(f, v...)) }
func (n natsLog) Fatalf(f string, v ...any)  { n.l.Error("nats: " + fmt.Sprintf(f, v...)) }
func (n natsLog) Errorf(f string, v ...any)  { n.l.Error("nats: " + fmt.Sprintf(f, v...)) }
func (n natsLog) Debugf(f string, v ...any)  {}
func (n natsLog) Tracef(f string, v ...any)  {}
