package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// settle removes what a killed predecessor left: it stops an orphaned
// postmaster, and makes lock files harmless that name a process which is not
// PostgreSQL. It runs under our lock, so no live Server owns what it finds.
func (s *Server) settle(ctx context.Context) error {
	pids, err := postmasters(ctx, s.dataDir())
	if err != nil {
		return fmt.Errorf("look for an orphaned postgres: %w", err)
	}
	for _, pid := range pids {
		s.cfg.Log.WarnContext(ctx, "stopping a postgres that outlived its parent", "dir", s.dir, "pid", pid)
		if err := stopOrphan(ctx, pid); err != nil {
			return err
		}
	}
	if err := s.disarmPIDFile(ctx); err != nil {
		return err
	}
	for _, name := range []string{socketFile, socketFile + ".lock"} {
		if err := os.Remove(filepath.Join(s.sock.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// nobodysPID is above every system's largest pid.
const nobodysPID = 1<<31 - 2

// disarmPIDFile deals with a postmaster.pid that PostgreSQL would take for a
// live server: it only asks whether some process has that pid, be it a zombie
// or a stranger. The file is not removed but given a pid that cannot exist,
// because PostgreSQL reads from its other lines whether backends of the dead
// server still use its shared memory.
func (s *Server) disarmPIDFile(ctx context.Context) error {
	path := filepath.Join(s.dataDir(), "postmaster.pid")
	file, err := readPIDFile(s.dataDir())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errPIDFile): // cut off by a crash or a full disk
		s.cfg.Log.WarnContext(ctx, "removing an unreadable postmaster.pid", "path", path, "error", err)
		return os.Remove(path)
	case err != nil:
		return err
	case !exists(file.pid):
		return nil // PostgreSQL sees this itself
	}
	s.cfg.Log.WarnContext(ctx, "postmaster.pid names another process", "path", path, "pid", file.pid)
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(content), "\n")
	return os.WriteFile(path, []byte(strconv.Itoa(nobodysPID)+"\n"+rest), 0o600)
}

// exists reports what PostgreSQL would find: zombies exist.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// stopOrphan shuts a postmaster down that is not our child and waits until it
// is gone.
func stopOrphan(ctx context.Context, pid int) error {
	steps := []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, stopGrace}, {syscall.SIGQUIT, quitGrace}, {syscall.SIGKILL, quitGrace}}
	for _, step := range steps {
		if err := syscall.Kill(pid, step.signal); err != nil {
			if errors.Is(err, syscall.ESRCH) {
				return nil
			}
			return fmt.Errorf("stop orphaned postgres %d: %w", pid, err)
		}
		for deadline := time.Now().Add(step.wait); time.Now().Before(deadline); {
			if !running(ctx, pid) {
				return nil
			}
			if err := wait(ctx, 10*time.Millisecond); err != nil {
				return fmt.Errorf("stop orphaned postgres %d: %w", pid, err)
			}
		}
	}
	return fmt.Errorf("stop orphaned postgres %d: it does not end, not even when killed", pid)
}

var errPIDFile = errors.New("not a postmaster.pid")

// pidFile holds the lines of postmaster.pid that matter here.
type pidFile struct {
	pid    int
	status string // "starting", "ready", "stopping"; "" before it is written
}

// readPIDFile wraps errPIDFile when the file is there but does not begin with a pid.
func readPIDFile(dataDir string) (pidFile, error) {
	content, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return pidFile{}, err
	}
	return parsePIDFile(string(content))
}

func parsePIDFile(content string) (pidFile, error) {
	lines := strings.Split(content, "\n")
	pid, err := strconv.ParseInt(strings.TrimSpace(lines[0]), 10, 32)
	if err == nil && pid < 0 { // single-user mode writes -pid
		pid = -pid
	}
	if err != nil || pid == 0 {
		return pidFile{}, fmt.Errorf("%w: first line %.20q", errPIDFile, lines[0])
	}
	file := pidFile{pid: int(pid)}
	if len(lines) > 7 {
		file.status = strings.TrimSpace(lines[7])
	}
	return file, nil
}
