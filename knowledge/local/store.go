package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// The files of a data directory. A save writes temporaryFile, then moves
// currentFile to previousFile and temporaryFile to currentFile; a crash between
// the two moves leaves the previous generation to load.
const (
	currentFile   = "index.snapshot"
	previousFile  = "index.previous.snapshot"
	temporaryFile = "index.snapshot.tmp"
	damagedFile   = "index.damaged.snapshot"
)

// loadSnapshot gives the newest generation that reads whole. reason is empty if
// that is the current one, or if there never was one; otherwise it says what
// was wrong. A damaged current file is moved aside, so that the next save does
// not push the good generation out. The error is about the directory only.
func loadSnapshot(dir string, changes *atomic.Uint64) (c content, reason string, err error) {
	c, current := readFile(filepath.Join(dir, currentFile), changes)
	if current == nil {
		return c, "", nil
	}
	if errors.Is(current, errSnapshot) {
		if err := os.Rename(filepath.Join(dir, currentFile), filepath.Join(dir, damagedFile)); err != nil {
			return c, "", fmt.Errorf("set the damaged snapshot aside: %w", err)
		}
	} else if !errors.Is(current, fs.ErrNotExist) {
		return c, "", fmt.Errorf("read snapshot: %w", current)
	}
	c, previous := readFile(filepath.Join(dir, previousFile), changes)
	switch {
	case previous == nil:
		return c, fmt.Sprintf("started from the previous generation: %v", current), nil
	case errors.Is(previous, fs.ErrNotExist) && errors.Is(current, fs.ErrNotExist):
		return content{}, "", nil
	case errors.Is(previous, errSnapshot) || errors.Is(previous, fs.ErrNotExist):
		return content{}, fmt.Sprintf("started empty: %v; previous generation: %v", current, previous), nil
	}
	return content{}, "", fmt.Errorf("read previous snapshot: %w", previous)
}

func readFile(path string, changes *atomic.Uint64) (content, error) {
	f, err := os.Open(path)
	if err != nil {
		return content{}, err
	}
	defer f.Close()
	return readSnapshot(f, changes)
}

// saveSnapshot replaces the current generation by what write writes and keeps
// the one before. It returns once both content and names are on the disk.
func saveSnapshot(dir string, write func(*os.File) error) (err error) {
	temporary := filepath.Join(dir, temporaryFile)
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(temporary))
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	current := filepath.Join(dir, currentFile)
	if err := os.Rename(current, filepath.Join(dir, previousFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(temporary, current); err != nil {
		return err
	}
	return errors.Join(f.Close(), syncDir(dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
