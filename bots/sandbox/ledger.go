package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// What an entry of the ledger records.
const (
	OpTicket  = "ticket"  // New
	OpMessage = "message" // Message: the customer's, or a reply that was accepted
	OpStatus  = "status"  // Status
	OpRefused = "refused" // Message: a reply that was POSTed and not accepted
	OpRemoved = "removed" // Message: by its id; it left the ticket again, as people delete and move
)

// Entry is one line of the ledger. N counts from 1.
type Entry struct {
	N       int                   `json:"n"`
	At      time.Time             `json:"at"`
	Op      string                `json:"op"`
	Ticket  string                `json:"ticket"`
	New     *bots.InboundTicket   `json:"new,omitempty"`
	Owner   string                `json:"owner,omitempty"`
	Message *bots.InboundMessage  `json:"message,omitempty"`
	Status  pipeline.TicketStatus `json:"status,omitempty"`
	// Visible is when a message begins to show; zero means at once.
	Visible time.Time `json:"visible,omitzero"`
}

// ledger is the list of entries, in memory and, with a path, on disk. An entry
// is on disk when append returns.
type ledger struct {
	f       *os.File
	size    int64
	n       int
	entries []Entry
}

// openLedger reads the file and gives each entry to apply. A last line that was
// cut by a crash was never acknowledged and is dropped; any other broken line
// is an error.
func openLedger(path string, apply func(Entry)) (*ledger, error) {
	l := &ledger{}
	if path == "" {
		return l, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open sandbox ledger: %w", err)
	}
	l.f = f
	if err := l.load(apply); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil { // the new file's name must survive too
		_ = dir.Sync()
		_ = dir.Close()
	}
	return l, nil
}

func (l *ledger) load(apply func(Entry)) error {
	r := bufio.NewReader(l.f)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // whole lines only
		}
		if err != nil {
			return fmt.Errorf("read sandbox ledger: %w", err)
		}
		var e Entry
		if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
			return fmt.Errorf("read sandbox ledger: line %d: %w", l.n+1, err)
		}
		l.size, l.n = l.size+int64(len(line)), l.n+1
		l.entries = append(l.entries, e)
		apply(e)
	}
	if err := l.f.Truncate(l.size); err != nil {
		return fmt.Errorf("repair sandbox ledger: %w", err)
	}
	return nil
}

func (l *ledger) append(e Entry) (Entry, error) {
	e.N = l.n + 1
	if l.f != nil {
		line, err := json.Marshal(e)
		if err != nil {
			return e, fmt.Errorf("write sandbox ledger: %w", err)
		}
		line = append(line, '\n')
		if _, err = l.f.WriteAt(line, l.size); err == nil {
			err = l.f.Sync()
		}
		if err != nil {
			_ = l.f.Truncate(l.size)
			return e, fmt.Errorf("write sandbox ledger: %w", err)
		}
		l.size += int64(len(line))
	}
	l.n++
	l.entries = append(l.entries, e)
	return e, nil
}

func (l *ledger) close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}
