package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
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
