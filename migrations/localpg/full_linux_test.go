package localpg

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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
