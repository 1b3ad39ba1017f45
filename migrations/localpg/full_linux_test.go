package localpg

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFullDirectory(t *testing.T) {
	needRoot(t)
	mount := filepath.Dir(newDir(t))
	if err := syscall.Mount("none", mount, "tmpfs", 0, "size=6m,mode=755"); err != nil {
		t.Skipf("mounting a small file system is not allowed here: %v", err)
	}
	defer syscall.Unmount(mount, syscall.MNT_DETACH)
	_, err := Start(t.Context(), Config{Dir: filepath.Join(mount, "pg"), Fast: true})
	if err == nil || !strings.Contains(err.Error(), "is full") {
		t.Errorf("err = %v, want that it is full", err)
	}
	if err := syscall.Mount("none", mount, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=6m"); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{Dir: filepath.Join(mount, "pg"), Fast: true})
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("err = %v, want that it is read-only", err)
	}
}

// TestHealsFullDisk: a server that dies on a full disk is no lost server, however long
// the disk stays full; it comes back when there is room.
func TestHealsFullDisk(t *testing.T) {
	needRoot(t)
	mount := filepath.Dir(newDir(t))
	if err := syscall.Mount("none", mount, "tmpfs", 0, "size=160m,mode=755"); err != nil {
		t.Skipf("mounting a small file system is not allowed here: %v", err)
	}
	defer syscall.Unmount(mount, syscall.MNT_DETACH)
	s, err := Start(t.Context(), Config{Dir: filepath.Join(mount, "pg"), Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop(context.Background())
	defer func(old time.Duration) { giveUpAfter = old }(giveUpAfter)
	giveUpAfter = 300 * time.Millisecond

	filler, err := os.Create(filepath.Join(mount, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 1<<20); err == nil; {
		_, err = filler.Write(block)
	}
	_ = filler.Close()
	if err := syscall.Kill(int(s.pid.Load()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
		t.Fatal("given up while the disk was full:", s.Err())
	case <-time.After(3 * time.Second):
	}
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); s.exec(t.Context(), s.cfg.Database, "SELECT 1") != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not back 30 s after there is room")
		}
	}
	if s.Restarts() == 0 {
		t.Error("it never died: nothing was tried")
	}
}
