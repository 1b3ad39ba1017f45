package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	launchPatience = 10 * time.Second // for what heals by itself: shared memory of a dead server, zombies
	pollReady      = 5 * time.Millisecond
	quitGrace      = 10 * time.Second // immediate shutdown; PostgreSQL kills what ignores it after 5 s
)

// deathSignal asks PostgreSQL for a fast shutdown when we die. A test sets it
// to 0 to make orphans.
var deathSignal = syscall.SIGINT

// child is a running initdb or postmaster.
type child struct {
	pid     int
	started time.Time
	exited  chan struct{}
	err     error // exec's verdict, read only after exited is closed

	process *os.Process
	stderr  *tail
	logDir  string
}

// spawn starts one of the binaries. The goroutine that waits for it owns it:
// exited is closed when the process is gone.
func (s *Server) spawn(name string, args []string) (*child, error) {
	cmd := exec.Command(s.bin.path(name), args...)
	cmd.Dir = "/"
	cmd.Env = s.bin.environment()
	cmd.SysProcAttr = s.as.attributes(deathSignal)
	cmd.WaitDelay = time.Second // descendants may hold stderr open
	c := &child{exited: make(chan struct{}), stderr: new(tail), logDir: s.logDir(), started: time.Now()}
	cmd.Stdout, cmd.Stderr = c.stderr, c.stderr
	begun := make(chan error)
	go func() {
		// The kernel sends the parent-death signal when the *thread* that forked
		// ends, so this goroutine keeps its thread until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			begun <- err
			return
		}
		release := func() {}
		if !hasParentDeathSignal && deathSignal != 0 {
			release = watch(cmd.Process.Pid, s.as)
		}
		begun <- nil
		err := cmd.Wait()
		release()
		if !errors.Is(err, exec.ErrWaitDelay) {
			c.err = err
		}
		close(c.exited)
	}()
	if err := <-begun; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c.process, c.pid = cmd.Process, cmd.Process.Pid
	return c, nil
}

// launch starts a postmaster and returns it when it is ready. Failures that
// heal by themselves are tried again for a while.
func (s *Server) launch(ctx context.Context) (*child, error) {
	for deadline := time.Now().Add(launchPatience); ; {
		if _, err := os.Stat(filepath.Join(s.dataDir(), "PG_VERSION")); err != nil {
			return nil, fmt.Errorf("%w: the data directory is gone: %w", errPermanent, err)
		}
		if err := s.settle(ctx); err != nil {
			return nil, err
		}
		c, err := s.spawn("postgres", s.arguments())
		if err != nil {
			return nil, err
		}
		s.pid.Store(int64(c.pid))
		err = s.awaitReady(ctx, c)
		if err == nil {
			return c, nil
		}
		if !heals(err.Error()) || time.Now().After(deadline) {
			return nil, err
		}
		s.cfg.Log.WarnContext(ctx, "postgres cannot start yet, will retry", "dir", s.dir, "cause", err)
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// heals reports whether PostgreSQL's words (always English, see environment)
// name the remains of a server that is just dying.
func heals(words string) bool {
	return strings.Contains(words, "pre-existing shared memory block") ||
		(strings.Contains(words, "lock file") && strings.Contains(words, "already exists"))
}

// awaitReady returns nil when the postmaster takes connections. Recovery after
// a crash may take minutes; only ctx or the death of the child end the wait.
func (s *Server) awaitReady(ctx context.Context, c *child) error {
	poll := time.NewTicker(pollReady)
	defer poll.Stop()
	notice := time.NewTicker(10 * time.Second)
	defer notice.Stop()
	for {
		select {
		case <-c.exited:
			return fmt.Errorf("postgres exited at start: %s", explain(c.lastWords(), s.dir))
		case <-ctx.Done():
			c.interrupt()
			return ctx.Err()
		case <-notice.C:
			s.cfg.Log.InfoContext(ctx, "postgres is still starting, it may be recovering after a crash",
				"dir", s.dir, "waited_s", int(time.Since(c.started).Seconds()))
		case <-poll.C:
			file, err := readPIDFile(s.dataDir())
			if err == nil && file.pid == c.pid && file.status == "ready" {
				return nil
			}
		}
	}
}

// shutdown asks for a fast shutdown, for an immediate one when hurry is closed
// or after grace, and kills as the last resort. The child is gone when it
// returns; the error says that the shutdown was not clean.
func (c *child) shutdown(hurry <-chan struct{}, grace time.Duration) error {
	began := time.Now()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	c.process.Signal(syscall.SIGINT)
	select {
	case <-c.exited:
		if c.err != nil {
			return fmt.Errorf("stop postgres: %w: %s", c.err, c.lastWords())
		}
		return nil
	case <-hurry:
	case <-timer.C:
	}
	c.process.Signal(syscall.SIGQUIT)
	timer.Reset(quitGrace)
	select {
	case <-c.exited:
	case <-timer.C:
		c.process.Kill()
		<-c.exited
	}
	return fmt.Errorf("stop postgres: no clean shutdown in time, it was cut short after %s;"+
		" committed rows are safe and the next start runs recovery", time.Since(began).Round(time.Millisecond))
}

// interrupt ends a child whose work is not wanted any more.
func (c *child) interrupt() {
	now := make(chan struct{})
	close(now)
	c.shutdown(now, 0)
}

// killGroup ends an initdb together with the postgres that it runs.
func (c *child) killGroup() {
	syscall.Kill(-c.pid, syscall.SIGKILL)
	<-c.exited
}

// lastWords returns how the child ended and the end of what it printed or
// logged. Call it only after exited is closed.
func (c *child) lastWords() string {
	words := c.stderr.String()
	if logged := c.logTail(); logged != "" {
		words += "\n" + logged
	}
	if words = strings.TrimSpace(words); words == "" {
		words = "it printed nothing"
	}
	if c.err != nil {
		return c.err.Error() + ": " + words
	}
	return words
}

// logTail returns the last lines of the newest log file that this child wrote.
func (c *child) logTail() string {
	files, _ := filepath.Glob(filepath.Join(escapeGlob(c.logDir), "postgres-*.log"))
	var newest string
	latest := c.started.Add(-time.Second) // file systems round
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.ModTime().After(latest) {
			newest, latest = file, info.ModTime()
		}
	}
	if newest == "" {
		return ""
	}
	f, err := os.Open(newest)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tailSize {
		f.Seek(-tailSize, 2)
	}
	var t tail
	buf := make([]byte, tailSize)
	n, _ := f.Read(buf)
	t.Write(buf[:n])
	return t.String()
}

const tailSize = 2048

// tail keeps the end of what is written to it. Safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if extra := len(t.buf) - tailSize; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

// String returns the last eight lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(t.buf), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-8):], []byte("\n")))
}

// watch starts a small shell that asks the child for a fast shutdown when our
// end of its pipe closes, that is when we die: for systems without a
// parent-death signal. Call the returned function when the child is gone.
// Without a shell there is no watchdog, and the next Start stops the orphan.
func watch(pid int, as identity) (release func()) {
	release, _ = watchPipe(pid, as)
	return release
}

// watchPipe is watch, with the end of the pipe that we hold.
func watchPipe(pid int, as identity) (release func(), ours io.Closer) {
	cmd := exec.Command("/bin/sh", "-c", `trap "" INT TERM HUP; read -r _; kill -INT "$1" 2>/dev/null`, "sh", strconv.Itoa(pid))
	cmd.SysProcAttr = as.attributes(0)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return func() {}, nil
	}
	if err := cmd.Start(); err != nil {
		pipe.Close()
		return func() {}, nil
	}
	return func() {
		cmd.Process.Kill() // before the pipe closes: the pid may belong to another process by now
		pipe.Close()
		cmd.Wait()
	}, pipe
}
