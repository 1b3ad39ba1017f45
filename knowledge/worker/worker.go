// Package worker reads untrusted documents in child processes: this binary, run
// again. What a document does to its reader (a crash, too much memory, too much
// time) ends the child and not the process that asked, which then says so and
// goes on with the next. It knows nothing of documents: a request and its answer
// are bytes.
//
//	asks, writes a frame ──► child reads it ──► answers with a frame, waits for the next
//	                           │ over its memory: exits 70
//	                           │ over its time:   exits 71
//	                           └ its parent is gone (end of input): exits 0 at once
//
// A child that dies is replaced. If it had read other documents before, the
// request is given once more to a new one, so that a verdict never rests on what
// they left behind.
package worker

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Limits bound one document.
type Limits struct {
	Memory int64         // bytes over what an idle child has; 0 means 64 MB
	Time   time.Duration // of the processor; 0 means 2 s
}

// Defaults of Limits.
const (
	DefaultMemory int64 = 64 << 20
	DefaultTime         = 2 * time.Second
)

func (l Limits) filled() Limits {
	if l.Memory <= 0 {
		l.Memory = DefaultMemory
	}
	if l.Time <= 0 {
		l.Time = DefaultTime
	}
	return l
}

// Exit codes of a child that stopped itself.
const (
	exitMemory = 70
	exitTime   = 71
)

// maxFrame is the largest request or answer, in bytes.
const maxFrame = 1 << 28

func writeFrame(w io.Writer, b []byte) error {
	if len(b) > maxFrame {
		return fmt.Errorf("write frame: %d bytes are too many", len(b))
	}
	var head [4]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(b)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}

func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return nil, fmt.Errorf("read frame: %d bytes are too many", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b, nil
}
