package localpg

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// socketDir is the private folder that holds the socket.
type socketDir struct {
	path string
	temp bool // outside Dir, to be removed at the end
}

// placeSocket puts the socket into Dir, or into a short private folder when its
// path would be longer than the kernel's sockaddr_un takes.
func (s *Server) placeSocket(context.Context) error {
	dir := filepath.Join(s.dir, "sock")
	if fits(dir) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		s.sock = socketDir{path: dir}
		return s.as.give(dir)
	}
	bases := []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir(), "/tmp"}
	if s.as.drop { // root's folders keep the other user out
		bases = []string{"/tmp"}
	}
	// The name follows from Dir, so a killed process leaves one folder, not many.
	name := fmt.Sprintf("footnote-pg-%x", sha256.Sum256([]byte(s.dir)))[:len("footnote-pg-")+12]
	var causes []error
	for _, base := range bases {
		dir := filepath.Join(base, name)
		if base == "" || !fits(dir) {
			continue
		}
		err := s.claim(dir)
		if err == nil {
			s.sock = socketDir{path: dir, temp: true}
			return nil
		}
		causes = append(causes, err)
	}
	return fmt.Errorf("make a short folder for the socket, because %s is too long for one: %w", dir, errors.Join(causes...))
}

// claim creates dir, or takes it over when it is a real folder that only we can
// enter: anyone may create names in /tmp.
func (s *Server) claim(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	uid, _ := owner(info)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || (uid != s.as.uid && uid != uint32(os.Geteuid())) {
		return fmt.Errorf("%s is not a folder of mode 0700 that belongs to us; remove it", dir)
	}
	if s.as.drop {
		return os.Lchown(dir, int(s.as.uid), int(s.as.gid))
	}
	return nil
}

func (d socketDir) remove() {
	if d.temp {
		os.RemoveAll(d.path)
	}
}

// fits reports whether the socket's path, with its final zero byte, fits into
// sockaddr_un: 108 bytes on Linux, 104 on the BSDs and macOS.
func fits(dir string) bool {
	limit := 103
	if runtime.GOOS == "linux" {
		limit = 107
	}
	return len(filepath.Join(dir, socketFile)) <= limit
}

const socketFile = ".s.PGSQL." + port
