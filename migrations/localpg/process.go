package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// process is what the system tells about one.
type process struct {
	pid     int
	zombie  bool
	command string // arguments joined by spaces; servers may rewrite it
	cwd     string // "" when unknown
}

// postmasters returns the live postmasters that serve dataDir, whether they
// have written their lock file yet or not.
func postmasters(ctx context.Context, dataDir string) ([]int, error) {
	all, err := processes(ctx)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, p := range all {
		if p.pid != os.Getpid() && p.serves(dataDir) {
			pids = append(pids, p.pid)
		}
	}
	return pids, nil
}

// serves reports whether the process is a live postmaster of dataDir. Its
// backends call themselves "postgres: …" and are not.
func (p process) serves(dataDir string) bool {
	name, _, _ := strings.Cut(p.command, " ")
	if base := path.Base(name); p.zombie || (base != "postgres" && base != "postmaster") {
		return false
	}
	return p.cwd == dataDir || strings.Contains(p.command+" ", " -D "+dataDir+" ")
}

// processes lists all that run, from /proc, or from ps where there is no /proc.
func processes(ctx context.Context) ([]process, error) {
	entries, err := os.ReadDir("/proc/self")
	if err != nil || len(entries) == 0 {
		return processesFromPS(ctx)
	}
	if entries, err = os.ReadDir("/proc"); err != nil {
		return nil, err
	}
	var all []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, ok := procfs(pid); ok {
			all = append(all, p)
		}
	}
	return all, nil
}

// procfs reads one process; false when it is gone.
func procfs(pid int) (process, bool) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return process{}, false
	}
	p := process{pid: pid}
	// "pid (name) state …", and the name may hold anything.
	if i := bytes.LastIndexByte(stat, ')'); i >= 0 && i+2 < len(stat) {
		p.zombie = bytes.IndexByte([]byte("ZX"), stat[i+2]) >= 0
	}
	command, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
	p.command = strings.ReplaceAll(strings.TrimRight(string(command), "\x00"), "\x00", " ")
	p.cwd, _ = os.Readlink(filepath.Join(dir, "cwd"))
	return p, true
}

func processesFromPS(ctx context.Context, args ...string) ([]process, error) {
	if len(args) == 0 {
		args = []string{"-ax"}
	}
	out, err := exec.CommandContext(ctx, "ps", append(args, "-o", "pid=,stat=,command=")...).Output()
	if err != nil {
		return nil, fmt.Errorf("run ps: %w", err)
	}
	return parsePS(string(out)), nil
}

func parsePS(out string) []process {
	var all []process
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		pid, err := strconv.Atoi(fields[0])
		if err != nil {
			continue
		}
		_, command, _ := strings.Cut(line, fields[1])
		all = append(all, process{
			pid:     pid,
			zombie:  strings.HasPrefix(fields[1], "Z"),
			command: strings.TrimSpace(command),
		})
	}
	return all
}

// running reports whether the process is there and not a zombie.
func running(ctx context.Context, pid int) bool {
	if !exists(pid) {
		return false
	}
	if _, err := os.Stat("/proc/self/stat"); !errors.Is(err, fs.ErrNotExist) {
		p, ok := procfs(pid)
		return ok && !p.zombie
	}
	found, err := processesFromPS(ctx, "-p", strconv.Itoa(pid))
	return err != nil || (len(found) > 0 && !found[0].zombie)
}
