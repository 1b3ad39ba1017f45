package local

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/qdrant/go-client/qdrant"
)

// dump is all that a server holds, as text.
func dump(t testing.TB, s *Server) string {
	t.Helper()
	all, aliases := s.contents()
	var out strings.Builder
	for _, c := range all {
		c.writing.Lock()
		fmt.Fprintf(&out, "collection %s %v\n", c.name, c.request())
		for _, name := range slices.Sorted(maps.Keys(c.fields)) {
			fmt.Fprintf(&out, " field %s %v\n", name, c.fields[name])
		}
		var points []string
		c.st.live.each(func(ord uint32) bool {
			p, err := c.st.point(ord)
			if err != nil {
				t.Fatal(err)
			}
			terms := p.sparse["terms"]
			points = append(points, fmt.Sprintf(" point %v %v %v %v %v\n", p.id, p.raw, p.dense["dense"], terms.dims, terms.weights))
			return true
		})
		c.writing.Unlock()
		slices.Sort(points)
		out.WriteString(strings.Join(points, ""))
	}
	for _, a := range slices.Sorted(maps.Keys(aliases)) {
		fmt.Fprintf(&out, "alias %s %s\n", a, aliases[a])
	}
	return strings.ReplaceAll(out.String(), "  ", " ") // protobuf's text form varies in its spaces
}

// vary does one of everything that changes a server.
func vary(t testing.TB, s *Server, rnd *rand.Rand) {
	t.Helper()
	ctx := context.Background()
	coll, points := collectionsService{srv: s}, pointsService{srv: s}
	all, _ := s.contents()
	name := "c" + strconv.Itoa(rnd.IntN(3))
	if len(all) > 0 && rnd.IntN(4) > 0 {
		name = all[rnd.IntN(len(all))].name
	}
	some := func() *qdrant.PointsSelector {
		return qdrant.NewPointsSelector(qdrant.NewIDNum(rnd.Uint64N(60)), qdrant.NewIDNum(rnd.Uint64N(60)))
	}
	switch rnd.IntN(14) {
	case 0:
		_, _ = coll.Create(ctx, testSchema(name))
	case 1:
		if rnd.IntN(6) == 0 {
			_, _ = coll.Delete(ctx, &qdrant.DeleteCollection{CollectionName: name})
		}
	case 2:
		_, _ = coll.UpdateAliases(ctx, &qdrant.ChangeAliases{Actions: []*qdrant.AliasOperations{qdrant.NewAliasDelete("a"), qdrant.NewAliasCreate("a", name)}})
	case 3:
		_, _ = coll.UpdateAliases(ctx, &qdrant.ChangeAliases{Actions: []*qdrant.AliasOperations{qdrant.NewAliasRename("a", "b")}})
	case 4:
		_, _ = coll.Update(ctx, &qdrant.UpdateCollection{CollectionName: name, Metadata: map[string]*qdrant.Value{"m": qdrant.NewValueInt(rnd.Int64())}})
	case 5:
		_, _ = points.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{CollectionName: name, FieldName: "n", FieldType: qdrant.FieldType_FieldTypeInteger.Enum()})
	case 6:
		_, _ = points.DeleteFieldIndex(ctx, &qdrant.DeleteFieldIndexCollection{CollectionName: name, FieldName: "n"})
	case 7:
		_, _ = points.Delete(ctx, &qdrant.DeletePoints{CollectionName: name, Points: some()})
	case 8:
		_, _ = points.Delete(ctx, &qdrant.DeletePoints{CollectionName: name, Points: qdrant.NewPointsSelectorFilter(&qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchInt("n", int64(rnd.IntN(60)))}})})
	case 9:
		_, _ = points.SetPayload(ctx, &qdrant.SetPayloadPoints{CollectionName: name, PointsSelector: some(), Payload: qdrant.NewValueMap(map[string]any{"set": rnd.Int64()})})
	default:
		in := &qdrant.UpsertPoints{CollectionName: name}
		for range 1 + rnd.IntN(5) {
			in.Points = append(in.Points, testPoint(rnd.Uint64N(60)))
		}
		_, _ = points.Upsert(ctx, in)
	}
}

// TestJournalKeepsEverything: whatever changed before a save is there after a crash, by
// journals alone, by snapshots alone and by both.
func TestJournalKeepsEverything(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		rnd, dir := rand.New(rand.NewPCG(seed, 9)), t.TempDir()
		for round := range 8 {
			s, err := Open(Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			s.least = []int64{-1 << 40, 0, journalLeast}[seed%3]
			for range 1 + rnd.IntN(60) {
				vary(t, s, rnd)
				if rnd.IntN(25) == 0 {
					if err := s.Save(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := s.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := dump(t, s)
			if round%2 == 0 { // changes after the save may be lost, but nothing before it
				s.Kill()
			} else if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := Open(Config{Dir: dir})
			if err != nil || again.Degraded() != "" {
				t.Fatal(err, again.Degraded())
			}
			if got := dump(t, again); got != want {
				t.Fatalf("seed %d, round %d: after a restart\n%s\nwant\n%s", seed, round, got, want)
			}
			again.Kill()
		}
		numbers, err := journals(dir)
		if err != nil || len(numbers) > mostFiles+2 {
			t.Fatalf("%d journals, %v", len(numbers), err)
		}
	}
}

// TestJournalCutOff: a journal that ends anywhere gives a state of before, and later
// journals go on from there.
func TestJournalCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s, 0)
	if err := s.Save(t.Context()); err != nil { // the snapshot
		t.Fatal(err)
	}
	for id := range uint64(6) {
		upsertOne(t, s, id)
	}
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	numbers, err := journals(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, journalPrefix+strconv.FormatUint(numbers[len(numbers)-1], 10))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for n := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Config{Dir: dir})
		if err != nil || s.Degraded() != "" {
			t.Fatal(n, err, s.Degraded())
		}
		got := count(t, s)
		if got < last || n == len(whole) && got != 6 {
			t.Fatalf("cut to %d of %d bytes: %d points, before %d", n, len(whole), got, last)
		}
		last = got
		if n == len(whole)/2 { // goes on after a cut
			upsertOne(t, s, 100)
			if err := s.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.Kill()
			again := open(t, dir)
			if count(t, again) != got+1 {
				t.Fatalf("%d points, want %d", count(t, again), got+1)
			}
			again.Kill()
			if err := dropJournals(dir, numbers[len(numbers)-1]); err != nil {
				t.Fatal(err)
			}
			extra, err := journals(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range extra[1:] {
				if err := os.Remove(filepath.Join(dir, journalPrefix+strconv.FormatUint(e, 10))); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		s.Kill()
	}
}

// TestSnapshotWhileWriting: a snapshot written while others change everything, and the
// journal beside it, are together what there was.
func TestSnapshotWhileWriting(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		dir := t.TempDir()
		s := open(t, dir)
		s.least = -1 << 40 // each save writes a snapshot
		fill(t, s, 1000)
		var wg sync.WaitGroup
		for w := range uint64(2) {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(seed, w))
				for i := range 300 {
					vary(t, s, rnd)
					in := &qdrant.UpsertPoints{CollectionName: "two", Points: []*qdrant.PointStruct{testPoint(rnd.Uint64N(1000))}}
					in.Points[0].Payload = qdrant.NewValueMap(map[string]any{"i": i})
					_, _ = (pointsService{srv: s}).Upsert(context.Background(), in)
				}
			})
		}
		for range 5 {
			if err := s.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
		s.least = journalLeast // the last changes stay in the journal
		if err := s.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := dump(t, s)
		s.Kill()
		again := open(t, dir)
		if got := dump(t, again); got != want {
			t.Fatalf("seed %d: %d bytes of dump, want %d", seed, len(got), len(want))
		}
	}
}

// TestSaveWritesWhatChanged: a save after one change writes little, however much there is.
func TestSaveWritesWhatChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s, 5000)
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	snapshot, err := os.Stat(filepath.Join(dir, currentFile))
	if err != nil {
		t.Fatal(err)
	}
	before := s.journal.size
	upsertOne(t, s, 17)
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(filepath.Join(dir, currentFile))
	if err != nil || !os.SameFile(snapshot, after) {
		t.Errorf("one change wrote everything (%v)", err)
	}
	if wrote := s.journal.size - before; wrote <= 0 || wrote > 1000 {
		t.Errorf("one change wrote %d bytes", wrote)
	}
}

func FuzzReplay(f *testing.F) {
	dir := f.TempDir()
	s, err := Open(Config{Dir: dir})
	if err != nil {
		f.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		vary(f, s, rnd)
	}
	if err := s.journal.sync(); err != nil {
		f.Fatal(err)
	}
	s.Kill()
	whole, err := os.ReadFile(filepath.Join(dir, journalPrefix+"1"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:40])
	f.Fuzz(func(_ *testing.T, b []byte) {
		c := content{collections: map[string]*collection{}, aliases: map[string]string{}, changes: &s.changes}
		c.replay(strings.NewReader(string(b)))
	})
}
