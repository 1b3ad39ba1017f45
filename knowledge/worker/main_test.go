package worker_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"footnote/knowledge/ingest"
	"footnote/knowledge/worker"
)

// TestMain lets the test binary be the child: what it reads is a document, or
// one of the words of misbehave.
func TestMain(m *testing.M) {
	if len(os.Args) < 4 || os.Args[1] != "documents" && os.Args[1] != "misbehave" {
		os.Exit(m.Run())
	}
	var limits worker.Limits
	if _, err := fmt.Sscanf(os.Args[2], "--memory=%d", &limits.Memory); err != nil {
		panic(err)
	}
	var err error
	if limits.Time, err = time.ParseDuration(os.Args[3][len("--time="):]); err != nil {
		panic(err)
	}
	read := ingest.Read
	if os.Args[1] == "misbehave" {
		read = misbehave
	}
	if err := worker.Serve(os.Stdin, os.Stdout, limits, read); err != nil {
		os.Exit(1)
	}
}
