package localpg

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

const helperVar = "LOCALPG_HELPER"

// root is one folder for all tests, which every user can enter.
var root string

func TestMain(m *testing.M) {
	if mode := os.Getenv(helperVar); mode != "" {
		helper(mode)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if root, err = os.MkdirTemp("", "localpg-test-"); err == nil {
		err = os.Chmod(root, 0o755)
	}
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(root)
	code := m.Run()
	left, err := processes(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	for _, p := range left {
		if strings.Contains(p.command, "postgres") && !p.zombie &&
			(strings.Contains(p.command, root) || strings.HasPrefix(p.cwd, root)) {
			fmt.Fprintf(os.Stderr, "left running: %d %.100s\n", p.pid, p.command)
			code = 1
		}
	}
	if sockets, _ := filepath.Glob("/tmp/footnote-pg-*"); len(sockets) > 0 && code == 0 {
		fmt.Fprintln(os.Stderr, "left in /tmp:", sockets)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// helper is what this test binary does when a test runs it again: it holds a
// server, inserts numbered rows, and prints each number after its commit.
func helper(mode string) {
	if mode == "orphan" {
		deathSignal = 0
	}
	ctx := context.Background()
	s, err := Start(ctx, Config{Dir: os.Getenv("LOCALPG_DIR"), Fast: os.Getenv("LOCALPG_FAST") != ""})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready", s.pid.Load())
	conn, err := pgx.Connect(ctx, s.DSN())
	if err == nil {
		_, err = conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS held (n bigserial PRIMARY KEY)")
	}
	for err == nil {
		var n int64
		if err = conn.QueryRow(ctx, "INSERT INTO held DEFAULT VALUES RETURNING n").Scan(&n); err == nil {
			fmt.Println("row", n)
		}
	}
	fmt.Println("error", err)
	os.Exit(1)
}

// holder is a running helper.
type holder struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

// hold runs the helper on dir. The test kills it, or its end does.
func hold(t *testing.T, mode, dir string) *holder {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVar+"="+mode, "LOCALPG_DIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	h := &holder{cmd: cmd, lines: bufio.NewScanner(out)}
	t.Cleanup(func() { h.kill() })
	return h
}

// expect reads the helper's lines until one begins with word and returns the rest of it.
func (h *holder) expect(t *testing.T, word string) string {
	t.Helper()
	for h.lines.Scan() {
		first, rest, _ := strings.Cut(h.lines.Text(), " ")
		if first == word {
			return rest
		}
		if first == "error" {
			t.Fatalf("helper: %s", rest)
		}
	}
	t.Fatalf("helper ended before %q", word)
	return ""
}

// kill is kill -9. It waits for the helper alone, and returns the rows that it
// had reported and nobody had read.
func (h *holder) kill() (rows []string) {
	if h.cmd.ProcessState != nil {
		return nil
	}
	h.cmd.Process.Kill()
	for h.lines.Scan() {
		if n, ok := strings.CutPrefix(h.lines.Text(), "row "); ok {
			rows = append(rows, n)
		}
	}
	h.cmd.Wait()
	return rows
}

// newDir returns a directory that does not exist yet, below one that every
// user can enter.
func newDir(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp(root, "d")
	if err == nil {
		err = os.Chmod(parent, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(parent); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(parent, "pg")
}

var prepared struct {
	once sync.Once
	dir  string
	err  error
}

// initialised returns a directory with a cluster that was stopped cleanly. It
// is a copy, since initdb takes most of a second.
func initialised(t *testing.T) string {
	t.Helper()
	prepared.once.Do(func() {
		prepared.dir = filepath.Join(root, "prepared")
		var s *Server
		if s, prepared.err = Start(context.Background(), Config{Dir: prepared.dir, Fast: true}); prepared.err == nil {
			prepared.err = s.Stop(context.Background())
		}
	})
	if prepared.err != nil {
		t.Fatal(prepared.err)
	}
	dir := newDir(t)
	if out, err := exec.Command("cp", "-a", prepared.dir, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// startFast starts a fast server on dir and stops it at the end of the test.
func startFast(t *testing.T, dir string, log io.Writer) *Server {
	t.Helper()
	if log == nil {
		log = io.Discard
	}
	s, err := Start(t.Context(), Config{Dir: dir, Fast: true, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func query[T any](t *testing.T, dsn, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// eventually waits for something that another process does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within 15 s: %s", what)
}

// stranger starts a process that is not PostgreSQL, as the server's user.
func stranger(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	as, err := identify(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	cmd.Dir, cmd.SysProcAttr = "/", as.attributes(syscall.SIGKILL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}
