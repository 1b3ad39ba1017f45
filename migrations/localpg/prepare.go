package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// errPermanent marks causes that trying again does not heal.
var errPermanent = errors.New("not possible")

const (
	lockName   = "localpg.lock"
	tempPrefix = "initdb-"
)

// prepare brings the directory into a state from which launch can start.
func (s *Server) prepare(ctx context.Context) error {
	steps := []func(context.Context) error{
		s.openDir,
		s.chooseBinaries,
		s.handOver,
		s.initialise,
		s.placeSocket,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// openDir creates the directory and locks it. It refuses a directory that
// holds something else: as root we would give it away.
func (s *Server) openDir(ctx context.Context) error {
	dir, err := filepath.Abs(s.cfg.Dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("%w; choose a data directory that can be written", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w; choose a data directory that can be written", err)
	}
	if s.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	lock := filepath.Join(s.dir, lockName)
	if _, err := os.Lstat(lock); errors.Is(err, fs.ErrNotExist) && len(entries) > 0 {
		return fmt.Errorf("the directory is not empty and was not made by this program (it has no %s); choose a new one", lockName)
	}
	s.lock, err = lockFile(ctx, lock)
	return err
}

// lockFile takes the lock or says who holds it. It waits a moment: a process
// that is just being killed may not have let go yet.
func lockFile(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w; PostgreSQL needs a directory that this user can write", err)
	}
	for attempt := 0; ; attempt++ {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || attempt == 10 {
			break
		}
		if err = wait(ctx, 50*time.Millisecond); err != nil {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := os.ReadFile(path)
		f.Close()
		return nil, fmt.Errorf("%w (pid %s); stop that one first or choose another data directory",
			ErrInUse, strings.TrimSpace(string(holder)))
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// chooseBinaries decides the user and the installation, both of which follow
// an existing data directory.
func (s *Server) chooseBinaries(ctx context.Context) (err error) {
	if s.as, err = identify(s.dataDir()); err != nil {
		return err
	}
	version, err := os.ReadFile(filepath.Join(s.dataDir(), "PG_VERSION"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.bin, err = choose(ctx, s.cfg.BinDir, strings.TrimSpace(string(version)), s.as)
	return err
}

// handOver makes sure that the user owns what is in the directory and can
// reach it.
func (s *Server) handOver(ctx context.Context) error {
	if err := os.MkdirAll(s.logDir(), 0o700); err != nil {
		return err
	}
	if err := s.as.give(s.dir); err != nil {
		return err
	}
	info, err := os.Stat(s.dataDir())
	if err == nil {
		if uid, _ := owner(info); uid != s.as.uid {
			return fmt.Errorf("%w: %s belongs to uid %d and this process runs as uid %d; run it as that user, or `sudo chown -R %d %s`",
				errPermanent, s.dataDir(), uid, s.as.uid, s.as.uid, s.dir)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.as.checkReach(ctx, s.bin.dir, s.dir)
}

// initialise creates the data directory if there is none. initdb works in a
// temporary folder that is renamed when it is whole and on disk, so a data
// directory is either complete or not there.
func (s *Server) initialise(ctx context.Context) error {
	rests, err := filepath.Glob(filepath.Join(escapeGlob(s.dir), tempPrefix+"*"))
	if err != nil {
		return err
	}
	for _, rest := range rests {
		s.cfg.Log.WarnContext(ctx, "removing the rest of an interrupted initdb", "path", rest)
		if err := os.RemoveAll(rest); err != nil { // a dying initdb may still write; the next start tries again
			s.cfg.Log.WarnContext(ctx, "remove interrupted initdb", "path", rest, "error", err)
		}
	}
	entries, err := os.ReadDir(s.dataDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(s.dataDir(), "PG_VERSION")); err != nil {
			return fmt.Errorf("%w: %s is not a PostgreSQL data directory: %w; move it away or restore it", errPermanent, s.dataDir(), err)
		}
		return nil
	}
	temp, err := os.MkdirTemp(s.dir, tempPrefix)
	if err != nil {
		return err
	}
	if err := s.initdb(ctx, temp); err != nil {
		os.RemoveAll(temp)
		return err
	}
	if err := os.Rename(temp, s.dataDir()); err != nil {
		return err
	}
	if s.cfg.Fast {
		return nil
	}
	return syncDir(s.dir)
}

func (s *Server) initdb(ctx context.Context, dir string) error {
	if err := s.as.give(dir); err != nil {
		return err
	}
	args := []string{"-D", dir, "-U", superuser, "-A", "trust", "--encoding=UTF8", "--no-instructions"}
	args = append(args, initLocale()...)
	if s.cfg.Fast {
		args = append(args, "--no-sync")
	} else {
		args = append(args, "--data-checksums")
	}
	s.cfg.Log.InfoContext(ctx, "creating the PostgreSQL data directory", "dir", s.dir, "version", s.bin.version)
	c, err := s.spawn("initdb", args)
	if err != nil {
		return err
	}
	select {
	case <-c.exited:
	case <-ctx.Done():
		c.killGroup()
		return ctx.Err()
	}
	if c.err != nil {
		return fmt.Errorf("run initdb: %w: %s", c.err, explain(c.lastWords(), s.dir))
	}
	return nil
}

// initLocale: byte order for comparing, Unicode for letters, English messages.
func initLocale() []string {
	if runtime.GOOS == "linux" {
		return []string{"--locale=C.UTF-8"}
	}
	return []string{"--locale=C", "--lc-ctype=" + environmentLocale()}
}

// environmentLocale exists on every system of its kind. macOS needs a valid
// one, or the postmaster becomes multithreaded and refuses to start.
func environmentLocale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8"
	}
	return "en_US.UTF-8"
}

// environment is all that a child sees of ours.
func (b binaries) environment() []string {
	env := []string{"PATH=" + b.dir + ":/usr/bin:/bin", "LC_ALL=" + environmentLocale(), "TZ=UTC"}
	if runtime.GOOS != "linux" {
		return env
	}
	if libs, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		env = append(env, "LD_LIBRARY_PATH="+libs)
	}
	return env
}

// explain adds what to do about the usual causes to what PostgreSQL printed.
func explain(words, dir string) string {
	hints := []struct{ part, hint string }{
		{"No space left on device", "the file system of " + dir + " is full: free some space (a new database needs about 100 MB)"},
		{"Disk quota exceeded", "the disk quota of this user is used up"},
		{"Read-only file system", "the file system of " + dir + " is mounted read-only"},
		{"could not look up effective user ID", "this uid has no passwd entry: run as a named user (container: add it to /etc/passwd)"},
		{"invalid locale name", "install the locale C.UTF-8"},
		{"could not locate a valid checkpoint record", "the data directory is damaged: restore a backup"},
	}
	for _, h := range hints {
		if strings.Contains(words, h.part) {
			return h.hint + " (PostgreSQL said: " + words + ")"
		}
	}
	return words
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
