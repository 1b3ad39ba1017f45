package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"footnote/pipeline"
)

// cluster is three NATS servers on loopback ports with files of their own.
type cluster struct {
	t       *testing.T
	options []*server.Options
	servers []*server.Server
}

func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	k := &cluster{t: t, servers: make([]*server.Server, 3)}
	ports := freePorts(t, 6)
	var routes []*url.URL
	for _, p := range ports[3:] {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", p)})
	}
	dir := t.TempDir()
	for i := range 3 {
		k.options = append(k.options, &server.Options{ServerName: fmt.Sprintf("n%d", i+1), Host: "127.0.0.1", Port: ports[i], NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: filepath.Join(dir, fmt.Sprint(i)), JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 16 << 20, SyncAlways: true,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[3+i]}, Routes: routes})
		k.start(i)
	}
	t.Cleanup(func() {
		for i := range 3 {
			k.stop(i)
		}
	})
	return k
}

func (k *cluster) start(i int) {
	k.t.Helper()
	o := *k.options[i]
	s, err := server.NewServer(&o)
	if err != nil {
		k.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		k.t.Fatal("server not ready")
	}
	k.servers[i] = s
}

func (k *cluster) stop(i int) {
	if s := k.servers[i]; s != nil {
		s.Shutdown()
		s.WaitForShutdown()
		k.servers[i] = nil
	}
}

func (k *cluster) url() string {
	var out []string
	for _, o := range k.options {
		out = append(out, fmt.Sprintf("nats://127.0.0.1:%d", o.Port))
	}
	return strings.Join(out, ",")
}

// connect waits as a process does at its start.
func (k *cluster) connect(c Config) *Bus {
	k.t.Helper()
	c.URL = k.url()
	var b *Bus
	eventually(k.t, "a connection", func() (err error) { b, err = Connect(k.t.Context(), c); return err })
	k.t.Cleanup(b.Close)
	return b
}

// eventually tries until there is no error; it fails with the last one.
func eventually(t *testing.T, what string, f func() error) time.Duration {
	t.Helper()
	begun := time.Now()
	for {
		err := f()
		if err == nil {
			return time.Since(begun)
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func says(err error, words ...string) error {
	if err == nil {
		return errors.New("nothing is said")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			return fmt.Errorf("%w: does not say %q", err, w)
		}
	}
	return nil
}

// TestStreamsKeepTheirCopies: on three servers streams have three copies without a
// setting, no other process lowers them, and health asks the streams: one server away
// is named, two away are no readiness, though the account may still answer.
func TestStreamsKeepTheirCopies(t *testing.T) {
	t.Parallel()
	k := newCluster(t)
	b := k.connect(Config{})
	k.connect(Config{Replicas: 1}) // a login without the variable
	list, err := b.Streams(t.Context())
	if err != nil || len(list) != len(streamNames) {
		t.Fatal(list, err)
	}
	for _, s := range list {
		if s.Copies != 3 || !s.Cluster {
			t.Errorf("%+v: want three copies", s)
		}
	}
	eventually(t, "copies", func() error { return b.Copies(t.Context()) })

	k.stop(2)
	eventually(t, "one server away is said", func() error { return says(b.Copies(t.Context()), "2 of 3 copies", "n3") })
	eventually(t, "two of three are ready", func() error { return b.Ready(t.Context()) })
	if err := b.Publish(t.Context(), event("one")); err != nil {
		t.Error("two of three take events:", err)
	}
	k.stop(1)
	eventually(t, "two servers away are said", func() error { return says(b.Ready(t.Context()), "FOOTNOTE") })

	k.start(1)
	k.start(2)
	took := eventually(t, "ready again", func() error { return b.Ready(t.Context()) })
	t.Logf("ready again %.1f s after the servers", took.Seconds())
	eventually(t, "copies again", func() error { return b.Copies(t.Context()) })
	lowered := k.connect(Config{Replicas: 1, Shrink: true})
	if err := says(lowered.Copies(t.Context()), "one copy on a cluster"); err != nil {
		t.Error(err)
	}
}

// TestHealsBusTakenAwayAndEmptied publishes all the time while the server is taken
// away, and while every stream is deleted: what was acknowledged after that is handled,
// without a restart of anything here.
func TestHealsBusTakenAwayAndEmptied(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 1)
	dir := t.TempDir()
	embed := func() *Embedded {
		s, err := Embed(EmbedConfig{Dir: dir, Port: ports[0], Token: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := embed()
	b, err := Connect(t.Context(), Config{URL: fmt.Sprintf("nats://secret@127.0.0.1:%d", ports[0])})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	var mu sync.Mutex
	handled := map[string]bool{}
	consume(t, b, Consumer{Name: "reader", Types: []pipeline.EventType{pipeline.TicketReceived}, AckWait: time.Second}, func(_ context.Context, e pipeline.Event) error {
		mu.Lock()
		defer mu.Unlock()
		handled[e.ID] = true
		return nil
	})
	changes, err := b.Changes(t.Context()) // a live page
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	publish := func(phase string) func() error {
		return func() error {
			n++
			id := fmt.Sprintf("%s/%d", phase, n)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := b.Publish(ctx, event(id)); err != nil {
				return err
			}
			return eventuallyHandled(&mu, handled, id)
		}
	}
	eventually(t, "first event", publish("before"))

	s.Close()
	if err := says(b.Ready(t.Context()), "NATS"); err != nil {
		t.Error(err)
	}
	if err := publish("away")(); err == nil {
		t.Error("an event was taken by a server that is away")
	}
	s = embed()
	t.Logf("| server taken away | %.1f s |", eventually(t, "after the server is back", publish("back")).Seconds())

	for _, name := range streamNames {
		if err := b.js.DeleteStream(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := says(b.Ready(t.Context()), "is missing"); err != nil {
		t.Error(err)
	}
	t.Logf("| every stream deleted | %.1f s |", eventually(t, "after the streams are gone", publish("emptied")).Seconds())

	s.Close()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s = embed()
	defer func() { s.Close() }()
	t.Logf("| server back without its files | %.1f s |", eventually(t, "after the files are gone", publish("fresh")).Seconds())
	eventually(t, "every stream again", func() error { return b.Ready(t.Context()) })
	eventually(t, "live pages hear of changes again", func() error {
		n++
		id := fmt.Sprintf("live/%d", n)
		if err := b.Publish(t.Context(), event(id)); err != nil {
			return err
		}
		for {
			select {
			case e := <-changes:
				if e.ID == id {
					return nil
				}
			case <-time.After(500 * time.Millisecond):
				return errors.New("nothing came")
			}
		}
	})
}

func eventuallyHandled(mu *sync.Mutex, handled map[string]bool, id string) error {
	for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(5 * time.Millisecond) {
		mu.Lock()
		ok := handled[id]
		mu.Unlock()
		if ok {
			return nil
		}
	}
	return fmt.Errorf("%s was taken and not handled", id)
}

// TestDamagedBlockIsSaid flips bytes in the middle of a stream's file: the events in
// it are counted, not only logged by the server.
func TestDamagedBlockIsSaid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Embed(EmbedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Connect(t.Context(), Config{Embedded: s})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if err := b.Publish(t.Context(), event(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	b.Close()
	s.Close()
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", streamEvents, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatal(blocks, err)
	}
	data, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 64 {
		data[len(data)/2+i] ^= 0xff
	}
	if err := os.WriteFile(blocks[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(filepath.Dir(blocks[0]), "index.db"))
	if s, err = Embed(EmbedConfig{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if b, err = Connect(t.Context(), Config{Embedded: s}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	list, err := b.Streams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", list[0])
	if list[0].Damaged == 0 && list[0].Last >= 50 {
		t.Error("nothing says that events are gone")
	}
}

// TestLazyDisksAreSaid: what a NATS server does before it acknowledges is asked at its
// monitoring address.
func TestLazyDisksAreSaid(t *testing.T) {
	t.Parallel()
	monitor := func(o server.Options) string {
		o.ServerName, o.Host, o.Port, o.HTTPHost, o.HTTPPort, o.NoSigs, o.NoLog = "n1", "127.0.0.1", -1, "127.0.0.1", -1, true, true
		o.StoreDir = t.TempDir()
		s, err := server.NewServer(&o)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		if !s.ReadyForConnections(20 * time.Second) {
			t.Fatal("server not ready")
		}
		return "http://" + s.MonitorAddr().String()
	}
	always := monitor(server.Options{JetStream: true, SyncAlways: true})
	lazy := monitor(server.Options{JetStream: true})
	none := monitor(server.Options{})
	if err := CheckDisks(t.Context(), []string{always, always + "/"}); err != nil {
		t.Error(err)
	}
	for _, tc := range []struct {
		monitors []string
		kind     pipeline.Kind
		say      string
	}{
		{[]string{always, lazy}, pipeline.Conflict, "n1 (every 2m0s)"},
		{[]string{none}, pipeline.Unavailable, "no JetStream"},
		{[]string{fmt.Sprintf("http://127.0.0.1:%d", freePorts(t, 1)[0])}, pipeline.Unavailable, "refused"},
		{[]string{"not an address"}, pipeline.Unavailable, "not an address"},
	} {
		if err := CheckDisks(t.Context(), tc.monitors); pipeline.KindOf(err) != tc.kind || says(err, tc.say) != nil {
			t.Errorf("%v: %v", tc.monitors, err)
		}
	}
}
