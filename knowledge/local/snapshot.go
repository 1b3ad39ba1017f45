package local

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// A snapshot is a magic, a version, and frames:
//
//	frame = length uint32 | crc32c of (sequence number, kind, body) uint32 | kind byte | body
//
// little endian, length counting the body. A collection is a frame with its
// create request, one per payload index, then its points in batches, all as
// Qdrant's own messages. The last frame is the end; nothing may follow it.
// Because the sequence number is part of the sum, frames cannot be dropped,
// repeated or exchanged unnoticed.
const (
	snapshotMagic   = "FNLOCALX"
	snapshotVersion = 1
	maxFrame        = 64 << 20
	framePoints     = 256
)

const (
	frameCollection byte = iota + 1
	frameField
	framePoint
	frameAlias
	frameEnd
	frameFrom // of a snapshot: the first journal over it
	// of journals:
	frameDrop
	frameUnalias
	frameDelete
	frameUnfield
	frameMetadata
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errSnapshot is the kind of every error about a snapshot's content.
var errSnapshot = errors.New("damaged snapshot")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errSnapshot, fmt.Sprintf(format, args...))
}

// frameWriter writes frames; the first error stays.
type frameWriter struct {
	w       *bufio.Writer
	seq     uint32
	err     error
	written int // bytes
}

func frameSum(seq uint32, kind byte, body []byte) uint32 {
	var head [5]byte
	binary.LittleEndian.PutUint32(head[:], seq)
	head[4] = kind
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, body)
}

func (f *frameWriter) frame(kind byte, m proto.Message) {
	if f.err != nil {
		return
	}
	var body []byte
	if m != nil {
		if body, f.err = proto.Marshal(m); f.err != nil {
			return
		}
	}
	if len(body) > maxFrame {
		f.err = fmt.Errorf("a frame of %d bytes is too long", len(body))
		return
	}
	var head [9]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(body)))
	binary.LittleEndian.PutUint32(head[4:], frameSum(f.seq, kind, body))
	head[8] = kind
	f.seq++
	f.written += len(head) + len(body)
	if _, f.err = f.w.Write(head[:]); f.err == nil {
		_, f.err = f.w.Write(body)
	}
}

// writeSnapshot writes collections and aliases, and from which journal on it goes on.
// Writers of a collection wait for some points at a time, searches for nothing; what
// changes meanwhile may or may not be in it, and is in that journal.
func writeSnapshot(w io.Writer, from uint64, collections []*collection, aliases map[string]string) error {
	f := &frameWriter{w: bufio.NewWriterSize(w, 1<<18)}
	var head [4]byte
	binary.LittleEndian.PutUint32(head[:], snapshotVersion)
	if _, err := f.w.WriteString(snapshotMagic); err != nil {
		return err
	}
	if _, err := f.w.Write(head[:]); err != nil {
		return err
	}
	f.frame(frameFrom, wrapperspb.UInt64(from))
	for _, c := range collections {
		f.collection(c)
	}
	for _, alias := range slices.Sorted(maps.Keys(aliases)) {
		f.frame(frameAlias, &qdrant.CreateAlias{AliasName: alias, CollectionName: aliases[alias]})
	}
	f.frame(frameEnd, nil)
	if f.err != nil {
		return f.err
	}
	return f.w.Flush()
}

func (f *frameWriter) collection(c *collection) {
	c.writing.Lock()
	f.frame(frameCollection, c.request())
	for _, name := range slices.Sorted(maps.Keys(c.fields)) {
		info := c.fields[name]
		f.frame(frameField, &qdrant.CreateFieldIndexCollection{
			FieldName: name, FieldType: qdrant.FieldType(info.GetDataType() - 1).Enum(), FieldIndexParams: info.GetParams(),
		})
	}
	// A compaction meanwhile makes another state; this one then changes no more.
	st := c.st
	n := uint32(len(st.ids))
	c.writing.Unlock()
	for first := uint32(0); first < n && f.err == nil; first += framePoints {
		f.points(c, st, first, min(first+framePoints, n))
	}
}

// points writes the live ones of some ordinals.
func (f *frameWriter) points(c *collection, st *state, first, end uint32) {
	batch := &qdrant.UpsertPoints{}
	c.writing.Lock()
	for ord := first; ord < end && f.err == nil; ord++ {
		if !st.live.has(ord) {
			continue
		}
		var p point
		if p, f.err = st.point(ord); f.err == nil {
			batch.Points = append(batch.Points, p.proto())
		}
	}
	c.writing.Unlock()
	if len(batch.Points) > 0 {
		f.frame(framePoint, batch)
	}
}

// proto gives the point as a client would upsert it.
func (p point) proto() *qdrant.PointStruct {
	named := make(map[string]*qdrant.Vector, len(p.dense)+len(p.sparse))
	for name, v := range p.dense {
		named[name] = qdrant.NewVectorDense(v)
	}
	for name, v := range p.sparse {
		named[name] = qdrant.NewVectorSparse(v.dims, v.weights)
	}
	return &qdrant.PointStruct{
		Id: p.id.proto(), Payload: p.payload, Vectors: qdrant.NewVectorsMap(named),
	}
}

// content is what a snapshot holds.
type content struct {
	collections map[string]*collection
	aliases     map[string]string
	changes     *atomic.Uint64
	from        uint64 // the first journal over it
}

// readSnapshot reads a whole snapshot or fails with errSnapshot; whatever the
// bytes, it neither panics nor allocates beyond maxFrame ahead of what it reads.
func readSnapshot(r io.Reader, changes *atomic.Uint64) (content, error) {
	out := content{collections: map[string]*collection{}, aliases: map[string]string{}, changes: changes}
	in := bufio.NewReaderSize(r, 1<<18)
	head := make([]byte, len(snapshotMagic)+4)
	if _, err := io.ReadFull(in, head); err != nil {
		return out, damaged("no header")
	}
	if string(head[:len(snapshotMagic)]) != snapshotMagic {
		return out, damaged("not a snapshot")
	}
	if v := binary.LittleEndian.Uint32(head[len(snapshotMagic):]); v != snapshotVersion {
		return out, damaged("version %d, want %d", v, snapshotVersion)
	}
	var current *collection
	for seq := uint32(0); ; seq++ {
		kind, body, err := readFrame(in, seq)
		if err != nil {
			return out, err
		}
		if kind == frameEnd {
			if _, err := in.ReadByte(); err != io.EOF {
				return out, damaged("bytes after the end")
			}
			return out, nil
		}
		if kind == frameFrom {
			var m wrapperspb.UInt64Value
			if err := proto.Unmarshal(body, &m); err != nil || seq > 0 {
				return out, damaged("the first journal: %v", err)
			}
			out.from = m.GetValue()
			continue
		}
		if current, err = out.take(current, kind, body); err != nil {
			return out, err
		}
	}
}

func readFrame(in *bufio.Reader, seq uint32) (kind byte, body []byte, err error) {
	var head [9]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, nil, damaged("cut off at frame %d", seq)
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length > maxFrame {
		return 0, nil, damaged("frame %d is too long", seq)
	}
	body, err = io.ReadAll(io.LimitReader(in, int64(length)))
	if err != nil || len(body) != int(length) {
		return 0, nil, damaged("cut off inside frame %d", seq)
	}
	if frameSum(seq, head[8], body) != binary.LittleEndian.Uint32(head[4:]) {
		return 0, nil, damaged("frame %d has a wrong checksum", seq)
	}
	return head[8], body, nil
}

// take applies one frame; current is the collection that fields and points
// belong to.
func (out content) take(current *collection, kind byte, body []byte) (*collection, error) {
	switch kind {
	case frameCollection:
		var m qdrant.CreateCollection
		if err := proto.Unmarshal(body, &m); err != nil {
			return nil, damaged("collection: %v", err)
		}
		s, err := newSchema(&m)
		if err != nil {
			return nil, damaged("collection: %v", err)
		}
		current = newCollection(s, out.changes)
		out.collections[current.name] = current
	case frameField:
		var m qdrant.CreateFieldIndexCollection
		if err := proto.Unmarshal(body, &m); err != nil || current == nil {
			return nil, damaged("field: %v", err)
		}
		current.fields[m.GetFieldName()] = fieldInfo(&m)
	case framePoint:
		var m qdrant.UpsertPoints
		if err := proto.Unmarshal(body, &m); err != nil || current == nil {
			return nil, damaged("points: %v", err)
		}
		for _, in := range m.GetPoints() {
			p, err := current.prepare(in)
			if err != nil {
				return nil, damaged("point: %v", err)
			}
			current.st.insert(p)
		}
	case frameAlias:
		var m qdrant.CreateAlias
		if err := proto.Unmarshal(body, &m); err != nil || out.collections[m.GetCollectionName()] == nil {
			return nil, damaged("alias %q: %v", m.GetAliasName(), err)
		}
		out.aliases[m.GetAliasName()] = m.GetCollectionName()
	default:
		return nil, damaged("unknown frame %d", kind)
	}
	return current, nil
}
