package local

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"
)

// A journal holds the changes since a snapshot, in order, as what came of them: points
// as they were stored, ids that went, collections and aliases. It is a magic, a version
// and frames as a snapshot's, without an end: a file may be cut off anywhere, and what
// stands before the cut counts.
//
//	index.snapshot       says from which journal on it goes on
//	index.journal.7, 8   are read in order over it
//
// Replaying is idempotent, so a snapshot may be written while changes go on: the journal
// is changed first, and what the snapshot has of the new one already is only said twice.
// A process begins a file of its own when it has something to write.
const (
	journalMagic   = "FNLOCALJ"
	journalVersion = 1
	journalPrefix  = "index.journal."

	// A snapshot is written once the journals come to journalLeast bytes and half of the
	// last snapshot, or are mostFiles: so each byte of a change costs two more.
	journalLeast = 8 << 20
	mostFiles    = 32
)

// journal is written by whoever changes something; lock order: collection, then journal.
type journal struct {
	mu     sync.Mutex
	dir    string
	number uint64 // of the file that is written next or now
	f      *os.File
	w      *frameWriter
	files  int   // since the last snapshot
	size   int64 // in bytes, of all files since the last snapshot
	err    error // a change could not be written: only a snapshot has it
}

// write adds one change. It fails quietly: the next save sees it and writes a snapshot.
func (j *journal) write(kind byte, m proto.Message) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.add(kind, m)
}

// writeOf is write for a collection, unless that is dropped: then the journal says so
// already, and another may have its name.
func (j *journal) writeOf(c *collection, kind byte, m proto.Message) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !c.dropped {
		j.add(kind, m)
	}
}

// drop marks a collection and says so.
func (j *journal) drop(c *collection) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	c.dropped = true
	j.add(frameDrop, &qdrant.DeleteCollection{CollectionName: c.name})
}

func (j *journal) add(kind byte, m proto.Message) {
	if j.err == nil && j.f == nil {
		j.err = j.begin()
	}
	if j.err != nil {
		return
	}
	j.w.frame(kind, m)
	j.err = j.w.err
	j.size += int64(j.w.written)
	j.w.written = 0
}

func (j *journal) begin() error {
	f, err := os.OpenFile(filepath.Join(j.dir, journalPrefix+strconv.FormatUint(j.number, 10)), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	j.f, j.w = f, &frameWriter{w: bufio.NewWriterSize(f, 1<<18)}
	j.files++
	var head [4]byte
	binary.LittleEndian.PutUint32(head[:], journalVersion)
	_, err = j.w.w.WriteString(journalMagic + string(head[:]))
	return err
}

// sync returns once all changes are on the disk. An error stays until rotate.
func (j *journal) sync() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil || j.f == nil {
		return j.err
	}
	if j.err = j.w.w.Flush(); j.err == nil {
		j.err = j.f.Sync()
	}
	if j.err == nil {
		j.err = syncDir(j.dir)
	}
	return j.err
}

// rotate lets further changes go to the next file and returns its number.
func (j *journal) rotate() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f != nil {
		_ = j.w.w.Flush() // the snapshot that follows has it all
		_ = j.f.Close()
	}
	if j.f != nil || j.err != nil { // a file that could not be made may be half there
		j.number++
	}
	j.f, j.w, j.err, j.size, j.files = nil, nil, nil, 0, 0
	return j.number
}

// fail says that only a snapshot has all changes.
func (j *journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.err = err
}

// end closes the file without writing what is not written.
func (j *journal) end() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return nil
	}
	err := j.f.Close()
	j.f, j.err = nil, errors.New("closed")
	return err
}

// journals lists the numbers of the files in a directory, ascending.
func journals(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, e := range entries {
		if s, ok := strings.CutPrefix(e.Name(), journalPrefix); ok {
			if n, err := strconv.ParseUint(s, 10, 64); err == nil && n > 0 {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// dropJournals removes the files before a number.
func dropJournals(dir string, before uint64) error {
	numbers, err := journals(dir)
	for _, n := range numbers {
		if n < before {
			err = errors.Join(err, os.Remove(filepath.Join(dir, journalPrefix+strconv.FormatUint(n, 10))))
		}
	}
	return err
}

// replayAll brings content on by the journals from its own on, and returns their bytes
// and the number for the next file. Files that a process began and never wrote are
// nothing; content of which the first file is gone is left as it is.
func (out *content) replayAll(dir string) (next uint64, files int, size int64, err error) {
	numbers, err := journals(dir)
	if err != nil {
		return 0, 0, 0, err
	}
	next = max(out.from, 1)
	for _, n := range numbers {
		next = max(next, n+1)
		if n < out.from {
			continue
		}
		f, err := os.Open(filepath.Join(dir, journalPrefix+strconv.FormatUint(n, 10)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, 0, 0, fmt.Errorf("read journal: %w", err)
		}
		files++
		size += out.replay(f)
		f.Close()
	}
	return next, files, size, nil
}

// replay applies a file up to its end or to where it was cut off, and returns how much
// that was. Whatever the bytes, it neither panics nor allocates beyond maxFrame.
func (out *content) replay(r io.Reader) (size int64) {
	in := bufio.NewReaderSize(r, 1<<18)
	head := make([]byte, len(journalMagic)+4)
	if _, err := io.ReadFull(in, head); err != nil || string(head[:len(journalMagic)]) != journalMagic ||
		binary.LittleEndian.Uint32(head[len(journalMagic):]) != journalVersion {
		return 0
	}
	for seq := uint32(0); ; seq++ {
		kind, body, err := readFrame(in, seq)
		if err != nil || out.apply(kind, body) != nil {
			return size
		}
		size += int64(len(body))
	}
}

// apply does one change again. What is about a collection that is not there is passed
// over: it was dropped later.
func (out *content) apply(kind byte, body []byte) error {
	read := func(m proto.Message) error { return proto.Unmarshal(body, m) }
	switch kind {
	case frameCollection:
		_, err := out.take(nil, kind, body)
		return err
	case frameDrop:
		var m qdrant.DeleteCollection
		if err := read(&m); err != nil {
			return err
		}
		out.dropped(m.GetCollectionName())
	case frameAlias:
		var m qdrant.CreateAlias
		if err := read(&m); err != nil {
			return err
		}
		if out.collections[m.GetCollectionName()] != nil {
			out.aliases[m.GetAliasName()] = m.GetCollectionName()
		}
	case frameUnalias:
		var m qdrant.DeleteAlias
		if err := read(&m); err != nil {
			return err
		}
		delete(out.aliases, m.GetAliasName())
	default:
		return out.applyTo(kind, read)
	}
	return nil
}

func (out *content) dropped(name string) {
	delete(out.collections, name)
	for alias, to := range out.aliases {
		if to == name {
			delete(out.aliases, alias)
		}
	}
}

// applyTo does again what changed one collection.
func (out *content) applyTo(kind byte, read func(proto.Message) error) error {
	switch kind {
	case framePoint:
		var m qdrant.UpsertPoints
		if err := read(&m); err != nil {
			return err
		}
		c := out.collections[m.GetCollectionName()]
		if c == nil {
			return nil
		}
		for _, in := range m.GetPoints() {
			p, err := c.prepare(in)
			if err != nil {
				return err
			}
			c.st.insert(p)
		}
		c.compact()
	case frameDelete:
		var m qdrant.DeletePoints
		if err := read(&m); err != nil {
			return err
		}
		c := out.collections[m.GetCollectionName()]
		if c == nil {
			return nil
		}
		choose, err := choosePoints(m.GetPoints())
		if err != nil {
			return err
		}
		ords, err := choose(c.st)
		for _, ord := range ords {
			c.st.remove(ord, false)
		}
		c.compact()
		return err
	case frameField:
		var m qdrant.CreateFieldIndexCollection
		if err := read(&m); err != nil {
			return err
		}
		if c := out.collections[m.GetCollectionName()]; c != nil {
			c.fields[m.GetFieldName()] = fieldInfo(&m)
		}
	case frameUnfield:
		var m qdrant.DeleteFieldIndexCollection
		if err := read(&m); err != nil {
			return err
		}
		if c := out.collections[m.GetCollectionName()]; c != nil {
			delete(c.fields, m.GetFieldName())
		}
	case frameMetadata:
		var m qdrant.UpdateCollection
		if err := read(&m); err != nil {
			return err
		}
		if c := out.collections[m.GetCollectionName()]; c != nil {
			c.metadata = m.GetMetadata()
		}
	default:
		return damaged("unknown change %d", kind)
	}
	return nil
}

// fieldInfo is a payload index as Get gives it.
func fieldInfo(m *qdrant.CreateFieldIndexCollection) *qdrant.PayloadSchemaInfo {
	// PayloadSchemaType has the values of FieldType after an unknown one.
	return &qdrant.PayloadSchemaInfo{DataType: qdrant.PayloadSchemaType(m.GetFieldType() + 1), Params: m.GetFieldIndexParams()}
}
