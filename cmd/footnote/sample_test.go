package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"footnote/pipeline/text/demand"
)

// TestSampleIsCopiedOnce has many ask for the sample at once: each finds all of it.
func TestSampleIsCopiedOnce(t *testing.T) {
	tree := sampleFS("knowledge")
	want := count(t, tree)
	for range 20 {
		dir := filepath.Join(t.TempDir(), "new", "sample-knowledge")
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if err := copyOnce(dir, tree); err != nil {
					t.Error(err)
					return
				}
				if got := count(t, os.DirFS(dir)); got != want {
					t.Errorf("%d files, wanted %d", got, want)
				}
			})
		}
		all.Wait()
		if left, _ := filepath.Glob(dir + ".tmp*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// TestSampleAsksForNothing wants no page of the sample to wait for its owner because of
// what it says: a new user would miss its answers.
func TestSampleAsksForNothing(t *testing.T) {
	tree := sampleFS("knowledge")
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := fs.ReadFile(tree, path)
		if got := demand.Find(string(raw)); len(got) > 0 {
			t.Errorf("%s: %v", path, got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func count(t *testing.T, tree fs.FS) (n int) {
	t.Helper()
	err := fs.WalkDir(tree, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return n
}
