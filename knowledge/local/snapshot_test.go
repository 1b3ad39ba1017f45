package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/qdrant/go-client/qdrant"
)

func testSchema(name string) *qdrant.CreateCollection {
	return &qdrant.CreateCollection{
		CollectionName: name,
		VectorsConfig: qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{
			"dense": {Size: 2, Distance: qdrant.Distance_Cosine},
		}),
		SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{
			"terms": {Modifier: qdrant.Modifier_Idf.Enum()},
		}),
	}
}

func testPoint(id uint64) *qdrant.PointStruct {
	return &qdrant.PointStruct{
		Id:      qdrant.NewIDNum(id),
		Payload: qdrant.NewValueMap(map[string]any{"n": int64(id), "even": id%2 == 0}),
		Vectors: qdrant.NewVectorsMap(map[string]*qdrant.Vector{
			"dense": qdrant.NewVectorDense([]float32{float32(id), 1}),
			"terms": qdrant.NewVectorSparse([]uint32{uint32(id % 7), 100}, []float32{1, 0.5}),
		}),
	}
}

// fill makes a server with two collections, an alias and a payload index.
func fill(t testing.TB, s *Server, points uint64) {
	t.Helper()
	ctx := context.Background()
	for _, name := range []string{"one", "two"} {
		if _, err := (collectionsService{srv: s}).Create(ctx, testSchema(name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := (collectionsService{srv: s}).UpdateAliases(ctx, &qdrant.ChangeAliases{Actions: []*qdrant.AliasOperations{qdrant.NewAliasCreate("knowledge", "two")}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = (pointsService{srv: s}).CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{CollectionName: "two", FieldName: "n", FieldType: qdrant.FieldType_FieldTypeInteger.Enum()})
	if err != nil {
		t.Fatal(err)
	}
	for id := range points {
		upsertOne(t, s, id)
	}
}

func upsertOne(t testing.TB, s *Server, id uint64) {
	t.Helper()
	_, err := (pointsService{srv: s}).Upsert(context.Background(), &qdrant.UpsertPoints{CollectionName: "knowledge", Points: []*qdrant.PointStruct{testPoint(id)}})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, s *Server) uint64 {
	t.Helper()
	out, err := (pointsService{srv: s}).Count(context.Background(), &qdrant.CountPoints{CollectionName: "knowledge"})
	if err != nil {
		t.Fatal(err)
	}
	return out.GetResult().GetCount()
}

func open(t testing.TB, dir string) *Server {
	t.Helper()
	s, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func closeNow(t testing.TB, s *Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSnapshotKeepsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s, 600)
	ask := func(s *Server) string {
		got, err := (pointsService{srv: s}).Query(t.Context(), &qdrant.QueryPoints{
			CollectionName: "knowledge", Using: new("terms"), Query: qdrant.NewQuerySparse([]uint32{3, 5}, []float32{1, 2}),
			WithPayload: qdrant.NewWithPayload(true), WithVectors: qdrant.NewWithVectors(true),
			Filter: &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchBool("even", true)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got.Time = 0
		info, err := (collectionsService{srv: s}).Get(t.Context(), &qdrant.GetCollectionInfoRequest{CollectionName: "knowledge"})
		if err != nil {
			t.Fatal(err)
		}
		// protobuf's text form varies in its spaces.
		return strings.ReplaceAll(got.String()+info.GetResult().String(), " ", "")
	}
	want := ask(s)
	closeNow(t, s)
	again := open(t, dir)
	if again.Degraded() != "" {
		t.Errorf("degraded: %s", again.Degraded())
	}
	if got := ask(again); got != want {
		t.Errorf("after loading\n%s\nwant\n%s", got, want)
	}
}

func smallSnapshot(t testing.TB) []byte {
	t.Helper()
	s := open(t, "")
	fill(t, s, 5)
	all, aliases := s.contents()
	var b bytes.Buffer
	if err := writeSnapshot(&b, 1, all, aliases); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSnapshotDamageIsDetected(t *testing.T) {
	t.Parallel()
	whole := smallSnapshot(t)
	read := func(b []byte) error {
		_, err := readSnapshot(bytes.NewReader(b), new(atomic.Uint64))
		return err
	}
	if err := read(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := read(whole[:n]); !errors.Is(err, errSnapshot) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
	for i := range whole {
		for _, flip := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(whole)
			bad[i] ^= flip
			if err := read(bad); !errors.Is(err, errSnapshot) {
				t.Fatalf("byte %d flipped by %x: %v", i, flip, err)
			}
		}
	}
	frames := splitFrames(t, whole)
	for i := range frames[:len(frames)-1] {
		dropped := slices.Concat(slices.Delete(slices.Clone(frames), i, i+1)...)
		twice := slices.Concat(slices.Insert(slices.Clone(frames), i, frames[i])...)
		for what, b := range map[string][]byte{"dropped": dropped, "repeated": twice} {
			if err := read(slices.Concat(whole[:len(snapshotMagic)+4], b)); !errors.Is(err, errSnapshot) {
				t.Fatalf("frame %d %s: %v", i, what, err)
			}
		}
	}
	if err := read(append(bytes.Clone(whole), 0)); !errors.Is(err, errSnapshot) {
		t.Fatalf("a byte after the end: %v", err)
	}
}

// splitFrames cuts a snapshot after its header.
func splitFrames(t *testing.T, b []byte) (frames [][]byte) {
	t.Helper()
	for b = b[len(snapshotMagic)+4:]; len(b) > 0; {
		n := 9 + int(binary.LittleEndian.Uint32(b))
		frames, b = append(frames, b[:n]), b[n:]
	}
	return frames
}

func TestSnapshotGenerations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	s.least = -1 << 40 // each save writes a snapshot
	fill(t, s, 3)
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	upsertOne(t, s, 50)
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	upsertOne(t, s, 51)
	s.least = journalLeast // and the last one does not
	closeNow(t, s)
	current := filepath.Join(dir, currentFile)
	if err := os.Truncate(current, 100); err != nil {
		t.Fatal(err)
	}

	// The generation before and the journals since have everything.
	s = open(t, dir)
	if !strings.Contains(s.Degraded(), "previous generation") || count(t, s) != 5 {
		t.Fatalf("degraded %q, %d points", s.Degraded(), count(t, s))
	}
	for name, want := range map[string]bool{currentFile: false, previousFile: true, damagedFile: true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s after a degraded start: %v", name, err)
		}
	}
	closeNow(t, s) // saves what it started from as the current generation again
	s = open(t, dir)
	if s.Degraded() != "" || count(t, s) != 5 {
		t.Fatalf("degraded %q, %d points", s.Degraded(), count(t, s))
	}
	closeNow(t, s)

	for _, name := range []string{currentFile, previousFile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	numbers, err := journals(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := dropJournals(dir, numbers[len(numbers)-1]+1); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if !strings.Contains(s.Degraded(), "empty") {
		t.Fatalf("degraded %q", s.Degraded())
	}
	if all, _ := s.contents(); len(all) != 0 {
		t.Fatalf("%d collections", len(all))
	}
}

// TestSaveInterrupted: a save that fails half way, or stops between its two
// moves, leaves a generation to start from.
func TestSaveInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s, 3)
	closeNow(t, s)
	broken := errors.New("disk full")
	err := saveSnapshot(dir, func(f *os.File) error {
		if _, err := f.WriteString("half"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, currentFile), filepath.Join(dir, previousFile)); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if count(t, s) != 3 || s.Degraded() == "" {
		t.Fatalf("%d points, degraded %q", count(t, s), s.Degraded())
	}
}

func TestSaveSkipsWhatIsSaved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s, 1)
	save := func() (bytes int64) {
		t.Helper()
		if err := s.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			bytes += info.Size()
		}
		return bytes
	}
	before := save()
	if again := save(); again != before {
		t.Errorf("saved without a change: %d bytes, then %d", before, again)
	}
	if _, err := (collectionsService{srv: s}).Delete(t.Context(), &qdrant.DeleteCollection{CollectionName: "two"}); err != nil {
		t.Fatal(err)
	}
	if after := save(); after <= before {
		t.Error("a dropped collection was not saved")
	}
}

func FuzzReadSnapshot(f *testing.F) {
	whole := smallSnapshot(f)
	f.Add(whole)
	f.Add(whole[:40])
	f.Add([]byte(snapshotMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := readSnapshot(bytes.NewReader(b), new(atomic.Uint64))
		if err != nil && !errors.Is(err, errSnapshot) {
			t.Fatal(err)
		}
	})
}

// FuzzReadFrames reaches the frames' content: the fuzzer's bytes get the sums a
// writer would give them.
func FuzzReadFrames(f *testing.F) {
	f.Add(frameCollection, []byte{10, 1, 'x'}, framePoint, []byte{26, 0})
	f.Fuzz(func(t *testing.T, k1 byte, b1 []byte, k2 byte, b2 []byte) {
		var current *collection
		out := content{collections: map[string]*collection{}, aliases: map[string]string{}, changes: new(atomic.Uint64)}
		var err error
		if current, err = out.take(current, k1, b1); err == nil {
			_, err = out.take(current, k2, b2)
		}
		if err != nil && !errors.Is(err, errSnapshot) {
			t.Fatal(err)
		}
	})
}
