package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"footnote/knowledge/ingest"
	"footnote/knowledge/worker"
)

// documentsCmd is the child in which untrusted documents are read. Nobody types
// it: see documentReader.
type documentsCmd struct {
	Memory int64         `help:"Bytes that one document may take."`
	Time   time.Duration `help:"Processor time that one document may take."`
}

func (c documentsCmd) Run() error {
	return worker.Serve(os.Stdin, os.Stdout, worker.Limits{Memory: c.Memory, Time: c.Time}, ingest.Read)
}

// documentReader reads documents in children of this binary.
func (a *app) documentReader() (*worker.Pool, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find our own program: %w", err)
	}
	if runtime.GOOS == "linux" {
		exe = "/proc/self/exe" // also after an upgrade has put another version in its place
	}
	p := worker.New(worker.Config{Command: []string{exe, "read-documents"}, Log: a.log})
	a.closer.add(p.Close)
	return p, nil
}
