package qdrant_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	api "github.com/qdrant/go-client/qdrant"

	"footnote/knowledge"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// patient is Knowledge over a server on a port, kept right by Watch as a running
// Footnote does it, while customers ask all the time.
type patient struct {
	*library.Library
	t      *testing.T
	server *qdtest.Server
	client *api.Client
	alias  string

	right, waited, wrong atomic.Int64 // answers to the customers
}

const (
	patientPages = 60
	watchEvery   = 2 * time.Second // as footnote serve has it
)

func patientDocs() docs {
	var all docs
	for i := range patientPages {
		all = append(all, md(fmt.Sprintf("p%d.md", i), fmt.Sprintf("# Lamp %d\n\nTo reset lamp%dx, hold its button for %d seconds.\n", i, i, i+3)))
	}
	return all
}

// open makes Knowledge over the server; Ready is for Watch to reach.
func (p *patient) open(pool knowledge.Config) {
	p.Library = library.Open(pool)
	p.t.Cleanup(p.Close)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { p.Watch(ctx, watchEvery) })
	p.t.Cleanup(func() { cancel(); wg.Wait() })
}

func newPatient(t *testing.T, dir string) *patient {
	p := &patient{t: t, server: qdtest.Serve(t, dir), alias: "lamps"}
	p.client = p.server.Client()
	p.open(knowledge.Config{Pool: pgtest.New(t), Collections: qdrant.New(qdrant.Config{Client: p.server.Client(), Alias: p.alias})})
	return p
}

func (p *patient) fill() {
	p.t.Helper()
	p.until("first right", func() bool {
		_, err := p.Sync(p.t.Context(), knowledge.Feed{Name: "help", Kind: "test", Source: patientDocs()})
		return err == nil
	})
}

// ask asks for one page: right, wrong, or a wait.
func (p *patient) ask(i int) (string, error) {
	a, err := p.Search(p.t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: fmt.Sprintf("How do I reset lamp%dx?", i)}}, Audiences: []pipeline.Audience{pipeline.Public}})
	switch {
	case pipeline.KindOf(err) == pipeline.Unavailable:
		return "waits", nil
	case err != nil:
		return "", err
	case len(a.Hits) > 0 && a.Hits[0].Passage.Document == fmt.Sprintf("help/p%d.md", i):
		return "right", nil
	}
	return "wrong", nil
}

// customers ask until the returned function is called.
func (p *patient) customers() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for c := range 2 {
		wg.Go(func() {
			for i := c; ; i += 7 {
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
				}
				switch got, err := p.ask(i % patientPages); {
				case err != nil && p.t.Context().Err() == nil:
					p.t.Errorf("a search failed instead of waiting: %v (%s)", err, pipeline.KindOf(err))
				case got == "right":
					p.right.Add(1)
				case got == "waits":
					p.waited.Add(1)
				default:
					p.wrong.Add(1)
				}
			}
		})
	}
	return func() { close(done); wg.Wait() }
}

func (p *patient) until(what string, ok func() bool) time.Duration {
	p.t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > 2*time.Minute {
			p.t.Fatalf("not %s after two minutes: %v", what, p.Look(p.t.Context()))
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

// whole tells that the index holds what Postgres does, that health says so, and that
// every page is found.
func (p *patient) whole() bool {
	ctx := p.t.Context()
	if d, err := p.Check(ctx); err != nil || !d.Clean() || d.Passages != patientPages || p.Look(ctx) != nil {
		return false
	}
	for i := range patientPages {
		if got, err := p.ask(i); err != nil || got != "right" {
			return false
		}
	}
	return true
}

func (p *patient) collection() string {
	p.t.Helper()
	aliases, err := p.client.ListAliases(p.t.Context())
	if err != nil || len(aliases) != 1 {
		p.t.Fatal(aliases, err)
	}
	return aliases[0].GetCollectionName()
}

func (p *patient) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) deletePages(n int) {
	var ids []*api.PointId
	ix, err := p.OpenIndex(p.t.Context())
	p.must(err)
	for e, err := range ix.Entries(p.t.Context()) {
		p.must(err)
		if ids = append(ids, api.NewIDUUID(e.ID)); len(ids) == n {
			break
		}
	}
	_, err = p.client.Delete(p.t.Context(), &api.DeletePoints{CollectionName: p.alias, Wait: api.PtrOf(true), Points: api.NewPointsSelectorIDs(ids)})
	p.must(err)
}

func (p *patient) strangers(n int) {
	points := make([]*api.PointStruct, n)
	for i := range points {
		points[i] = &api.PointStruct{Id: api.NewIDNum(uint64(i)), Payload: api.NewValueMap(map[string]any{"document": "stranger", "audience": "public", "status": "live"}),
			Vectors: api.NewVectorsMap(map[string]*api.Vector{"terms": api.NewVectorSparse([]uint32{1}, []float32{9})})}
	}
	_, err := p.client.Upsert(p.t.Context(), &api.UpsertPoints{CollectionName: p.alias, Wait: api.PtrOf(true), Points: points})
	p.must(err)
}

// TestHealsIndex takes the index away in every way, under load, and wants it whole again
// without a restart; docs/healing.md has the seconds, which the log of this test names.
func TestHealsIndex(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keeps bool           // the server keeps its index while it is stopped
		take  func(*patient) // returns once it is given back
		exact bool           // no customer may be told something wrong meanwhile
	}{
		"server killed, back empty": {exact: true, take: func(p *patient) {
			p.server.Stop()
			p.until("seen as away", func() bool { return p.Look(t.Context()) != nil })
			p.server.Start()
		}},
		"server killed, back with an older index": {keeps: true, take: func(p *patient) {
			p.server.Stop()
			p.server.Start()
		}},
		"server away for 20 s, back as it was": {keeps: true, exact: true, take: func(p *patient) {
			p.must(p.server.Save())
			p.server.Stop()
			time.Sleep(20 * time.Second)
			p.server.Start()
		}},
		"collection dropped": {exact: true, take: func(p *patient) { p.must(p.client.DeleteCollection(t.Context(), p.collection())) }},
		"alias dropped": {exact: true, take: func(p *patient) {
			p.must(p.client.UpdateAliases(t.Context(), []*api.AliasOperations{api.NewAliasDelete(p.alias)}))
		}},
		"all points deleted":                  {exact: true, take: func(p *patient) { p.deletePages(patientPages) }},
		"half of the points deleted":          {take: func(p *patient) { p.deletePages(patientPages / 2) }},
		"points of strangers put in":          {exact: true, take: func(p *patient) { p.strangers(40) }},
		"another collection behind the alias": {take: func(p *patient) { p.emptyBehindAlias() }},
		"dropped and pages changed meanwhile": {exact: true, take: func(p *patient) {
			p.must(p.client.DeleteCollection(t.Context(), p.collection()))
			all := append(patientDocs(), md("more.md", "# More\n\nMore."))
			_, err := p.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "test", Source: all})
			p.must(err)
			_, err = p.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "test", Source: patientDocs()})
			p.must(err)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := ""
			if c.keeps {
				dir = t.TempDir()
			}
			p := newPatient(t, dir)
			p.fill()
			p.until("whole", p.whole)
			stop := p.customers()
			c.take(p)
			took := p.until("whole again", p.whole)
			stop()
			if c.exact && p.wrong.Load() > 0 {
				t.Errorf("%d customers were told that there is nothing", p.wrong.Load())
			}
			t.Logf("%-38s right again after %.1f s; searches meanwhile: %d right, %d waits, %d wrong", name, took.Seconds(), p.right.Load(), p.waited.Load(), p.wrong.Load())
		})
	}
}

// emptyBehindAlias puts an empty collection without a marker behind the alias, as a
// person who repairs by hand does.
func (p *patient) emptyBehindAlias() {
	info, err := p.client.GetCollectionInfo(p.t.Context(), p.alias)
	p.must(err)
	params := info.GetConfig().GetParams()
	p.must(p.client.CreateCollection(p.t.Context(), &api.CreateCollection{CollectionName: "by-hand", VectorsConfig: params.GetVectorsConfig(), SparseVectorsConfig: params.GetSparseVectorsConfig()}))
	p.must(p.client.UpdateAliases(p.t.Context(), []*api.AliasOperations{api.NewAliasCreate(p.alias, "by-hand")}))
}

// TestHealsIndexThatStartsLater: whatever is started first.
func TestHealsIndexThatStartsLater(t *testing.T) {
	t.Parallel()
	p := &patient{t: t, server: qdtest.Serve(t, ""), alias: "lamps"}
	p.client = p.server.Client()
	p.server.Stop()
	p.open(knowledge.Config{Pool: pgtest.New(t), Collections: qdrant.New(qdrant.Config{Client: p.server.Client(), Alias: p.alias})})
	_, err := p.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "test", Source: patientDocs()})
	if pipeline.KindOf(err) != pipeline.Unavailable || pipeline.KindOf(p.Look(t.Context())) != pipeline.Unavailable {
		t.Fatalf("sync %v, look %v", err, p.Look(t.Context()))
	}
	if got, err := p.ask(3); got != "waits" {
		t.Fatal(got, err)
	}
	p.server.Start()
	t.Logf("right %.1f s after the server's first start", p.until("whole", p.whole).Seconds())
}

// TestHealsBySync: without anybody watching, each sync finds what is missing, too much or
// somebody else's, and one whose index is gone makes it again.
func TestHealsBySync(t *testing.T) {
	t.Parallel()
	p := &patient{t: t, server: qdtest.Serve(t, ""), alias: "lamps"}
	p.client = p.server.Client()
	p.Library = library.Open(knowledge.Config{Pool: pgtest.New(t), Collections: qdrant.New(qdrant.Config{Client: p.server.Client(), Alias: p.alias})})
	t.Cleanup(p.Close)
	p.fill()
	sync := func() knowledge.Report {
		t.Helper()
		r, err := p.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "test", Source: patientDocs()})
		if err != nil || !p.whole() {
			t.Fatalf("%+v, %v", r, err)
		}
		return r
	}
	if r := sync(); r.Repaired != 0 {
		t.Fatalf("repaired %d of a whole index", r.Repaired)
	}
	p.deletePages(7)
	p.strangers(5)
	if r := sync(); r.Repaired != 12 {
		t.Errorf("repaired %d, want 12", r.Repaired)
	}
	p.must(p.client.DeleteCollection(t.Context(), p.collection()))
	sync()
	p.must(p.client.UpdateAliases(t.Context(), []*api.AliasOperations{api.NewAliasDelete(p.alias)}))
	sync()
	p.server.Stop()
	p.server.Start() // empty
	p.until("right again by a sync", func() bool {
		_, err := p.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "test", Source: patientDocs()})
		if pipeline.KindOf(err) == pipeline.Unavailable { // until the client has dialled again
			return false
		}
		if err != nil || !p.whole() {
			t.Fatalf("the sync after the server's return: %v", err)
		}
		return true
	})
}

type another struct{ testing.TB }

// installed is the database of an installation of its own: those of tests are copies of one.
func installed(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(&another{t}) // of one test all pools lead to the same
	if _, err := pool.Exec(t.Context(), `UPDATE knowledge_state SET installation = gen_random_uuid()`); err != nil {
		t.Fatal(err)
	}
	return pool
}

// TestOwnership: a collection belongs to one installation. Another one with the same
// alias is refused and erases nothing, nor does anybody drop a stranger's.
func TestOwnership(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := qdtest.Serve(t, "")
	client := server.Client()
	open := func() *library.Library {
		k := library.Open(knowledge.Config{Pool: installed(t), Collections: qdrant.New(qdrant.Config{Client: server.Client()})})
		t.Cleanup(k.Close)
		return k
	}
	points := func(name string) uint64 {
		n, err := client.Count(ctx, &api.CountPoints{CollectionName: name})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first, second := open(), open()
	stranger := &api.CreateCollection{CollectionName: "knowledge-1", SparseVectorsConfig: api.NewSparseVectorsConfig(map[string]*api.SparseVectorParams{"terms": {}})}
	if err := client.CreateCollection(ctx, stranger); err != nil {
		t.Fatal(err)
	}
	if err := first.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Sync(ctx, knowledge.Feed{Name: "help", Source: patientDocs()}); err != nil {
		t.Fatal(err)
	}
	// The second one's attempts, all of them.
	other := docs{md("x.md", "# Other\n\nSomething else.")}
	for name, try := range map[string]func() error{
		"start":   func() error { return second.Ready(ctx) },
		"sync":    func() error { _, err := second.Sync(ctx, knowledge.Feed{Name: "other", Source: other}); return err },
		"heal":    func() error { _, err := second.Heal(ctx); return err },
		"rebuild": func() error { _, err := second.Rebuild(ctx); return err },
	} {
		err := try()
		if !errors.Is(err, knowledge.ErrForeign) || pipeline.KindOf(err) != pipeline.Denied || !strings.Contains(pipeline.Say(err), "belongs to another installation") {
			t.Errorf("%s: %v", name, err)
		}
		if n := points("knowledge"); n != patientPages {
			t.Fatalf("after the other's %s there are %d points of %d", name, n, patientPages)
		}
	}
	if err := second.Look(ctx); !errors.Is(err, knowledge.ErrForeign) {
		t.Errorf("health says %v", err)
	}
	// What the first one makes and drops is its own only.
	if _, err := first.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	names, err := client.ListCollections(ctx)
	if err != nil || len(names) != 2 || points("knowledge") != patientPages {
		t.Fatalf("%v %v", names, err)
	}
	if ok, err := client.CollectionExists(ctx, "knowledge-1"); err != nil || !ok {
		t.Fatal("a stranger's collection was dropped")
	}
	// A person may decide otherwise. A handle from before writes and deletes nothing then.
	handle, err := first.OpenIndex(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Adopt(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Sync(ctx, knowledge.Feed{Name: "other", Source: other}); err != nil || points("knowledge") != 1 {
		t.Fatalf("%v, %d points", err, points("knowledge"))
	}
	var theirs []string
	for e, err := range handle.Entries(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, e.ID)
	}
	if err := handle.Delete(ctx, theirs); !errors.Is(err, knowledge.ErrForeign) || points("knowledge") != 1 {
		t.Errorf("an old handle deletes: %v", err)
	}
	if err := handle.Save(ctx, []knowledge.Point{{ID: "11111111-2222-8333-8444-555555555555"}}); !errors.Is(err, knowledge.ErrForeign) || points("knowledge") != 1 {
		t.Errorf("an old handle writes: %v", err)
	}
	if _, err := first.Sync(ctx, knowledge.Feed{Name: "help", Source: patientDocs()}); !errors.Is(err, knowledge.ErrForeign) || points("knowledge") != 1 {
		t.Errorf("the first writes on: %v", err)
	}
}

// TestOwnershipOfOldIndexes: a collection from before there were markers is ours if its
// points are, and stays untouched if they are not.
func TestOwnershipOfOldIndexes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := qdtest.Serve(t, "")
	client := server.Client()
	open := func() *library.Library {
		k := library.Open(knowledge.Config{Pool: installed(t), Collections: qdrant.New(qdrant.Config{Client: server.Client()})})
		t.Cleanup(k.Close)
		return k
	}
	k := open()
	if err := k.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sync(ctx, knowledge.Feed{Name: "help", Source: patientDocs()}); err != nil {
		t.Fatal(err)
	}
	unmark := func() {
		_, err := client.GetCollectionsClient().Update(ctx, &api.UpdateCollection{CollectionName: "knowledge-1", Metadata: map[string]*api.Value{"footnote_installation": api.NewValueString("")}})
		if err != nil {
			t.Fatal(err)
		}
	}
	unmark()
	stranger := open()
	if err := stranger.Ready(ctx); !errors.Is(err, knowledge.ErrUnmarked) {
		t.Fatalf("a stranger: %v", err)
	}
	if _, err := stranger.Sync(ctx, knowledge.Feed{Name: "other", Source: docs{md("x.md", "# Other\n\nElse.")}}); pipeline.KindOf(err) != pipeline.Denied {
		t.Fatalf("a stranger: %v", err)
	}
	if err := k.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if err := stranger.Ready(ctx); !errors.Is(err, knowledge.ErrForeign) {
		t.Fatalf("after it was marked: %v", err)
	}
	if d, err := k.Check(ctx); err != nil || !d.Clean() || d.Points != patientPages {
		t.Fatalf("%+v %v", d, err)
	}
}

// TestHealsConnection counts the dials to a port where nobody speaks: a server that is
// back must be found within seconds however long it was away.
func TestHealsConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dials := make(chan time.Time, 100)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			dials <- time.Now()
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	client, err := qdrant.Connect(qdrant.Server{URL: "http://" + l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.HealthCheck(t.Context()); err == nil {
		t.Fatal("nobody answered")
	}
	late := time.After(80 * time.Second)
	var last time.Time
	longest := time.Duration(0)
	for range 12 { // gRPC's own steps would take four minutes for these
		select {
		case at := <-dials:
			if !last.IsZero() {
				longest = max(longest, at.Sub(last))
			}
			last = at
		case <-late:
			t.Fatal("it does not dial again")
		}
	}
	t.Logf("longest time between two dials: %.1f s", longest.Seconds())
}
