package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func TestStartKeepsRowsOverStop(t *testing.T) {
	dir := newDir(t)
	cfg := Config{Dir: dir, Database: `od"d name`, Settings: map[string]string{"max_connections": "20"}}
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	query[int](t, s.DSN(), "WITH made AS (SELECT 1 AS n) SELECT n FROM made")
	execute(t, s.DSN(), "CREATE TABLE kept AS SELECT 'Größe' AS word")
	for setting, want := range map[string]string{
		"listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "autovacuum": "on", "data_checksums": "on",
		"max_connections": "20", "shared_buffers": "64MB", "server_encoding": "UTF8", "unix_socket_permissions": "0700",
	} {
		if got := query[string](t, s.DSN(), "SHOW "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	if err := s.Err(); err != nil {
		t.Errorf("Err of a running server = %v", err)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { stop(t, s) })
	}
	all.Wait()
	stop(t, s)
	<-s.Done()
	if err := s.Err(); err != nil {
		t.Errorf("Err after Stop = %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("postmaster.pid after Stop: %v", err)
	}
	if logs, _ := filepath.Glob(filepath.Join(dir, "log", "postgres-*.log")); len(logs) != 1 {
		t.Errorf("log files: %v", logs)
	}

	began := time.Now()
	if s, err = Start(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Logf("second start took %s", time.Since(began))
	if got := query[string](t, s.DSN(), "SELECT upper(word) FROM kept"); got != "GRÖSSE" && got != "GRÖßE" {
		t.Errorf("row after restart = %q", got)
	}
	began = time.Now()
	stop(t, s)
	t.Logf("stop took %s", time.Since(began))
}

func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err == nil {
		defer conn.Close(context.Background())
		_, err = conn.Exec(t.Context(), sql)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestKilledParentLosesNoRow(t *testing.T) {
	dir := initialised(t)
	var rows []string // whose commit was reported
	for round := range 10 {
		h := hold(t, "hold", dir)
		h.expect(t, "ready")
		for range 1 + round*3 {
			rows = append(rows, h.expect(t, "row"))
		}
		rows = append(rows, h.kill()...)
	}
	s := startFast(t, dir, nil)
	kept := query[int](t, s.DSN(), "SELECT count(*) FROM held WHERE n IN ("+strings.Join(rows, ", ")+")")
	if kept != len(rows) || kept < 10 {
		t.Errorf("%d of %d committed rows are kept", kept, len(rows))
	}
	t.Logf("%d rows", kept)
}

func TestOrphanIsStopped(t *testing.T) {
	dir := initialised(t)
	h := hold(t, "orphan", dir)
	h.expect(t, "ready")
	row := h.expect(t, "row")
	h.kill()
	if pids, err := postmasters(t.Context(), filepath.Join(dir, "data")); err != nil || len(pids) != 1 {
		t.Fatalf("orphans = %v, %v; the test needs one", pids, err)
	}
	var log bytes.Buffer
	s := startFast(t, dir, &log)
	if !strings.Contains(log.String(), "outlived its parent") {
		t.Errorf("log does not tell of the orphan:\n%s", &log)
	}
	if got := query[int](t, s.DSN(), "SELECT count(*) FROM held WHERE n = "+row); got != 1 {
		t.Errorf("row %s is lost", row)
	}
}

func TestParentDeathStopsTheServer(t *testing.T) {
	dir := initialised(t)
	h := hold(t, "hold", dir)
	h.expect(t, "ready")
	h.kill()
	data := filepath.Join(dir, "data")
	eventually(t, "no postmaster", func() bool {
		pids, err := postmasters(t.Context(), data)
		_, pidErr := os.Stat(filepath.Join(data, "postmaster.pid"))
		return err == nil && len(pids) == 0 && errors.Is(pidErr, fs.ErrNotExist)
	})
}

// The postmaster is killed, and its backends with it: the pid file stays.
func TestStalePIDFile(t *testing.T) {
	dir := initialised(t)
	pidPath := filepath.Join(dir, "data", "postmaster.pid")
	zombie := stranger(t, dir)
	zombie.Process.Kill()
	eventually(t, "a zombie", func() bool {
		return exists(zombie.Process.Pid) && !running(t.Context(), zombie.Process.Pid)
	})
	alive := stranger(t, dir)
	for _, test := range []struct {
		name, content string
	}{
		{"of a dead process", fmt.Sprintf("%d\n", nobodysPID)},
		{"reused by another process of the same user", fmt.Sprintf("%d\n", alive.Process.Pid)},
		{"of a zombie", fmt.Sprintf("%d\n", zombie.Process.Pid)},
		{"empty", ""},
		{"garbage", "\x00\x00\x00\x00\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			content := test.content
			if content != "" && content[0] != 0 {
				content += dir + "/data\n1700000000\n5432\n" + dir + "/sock\n\n   123456    654321\nready   \n"
			}
			if err := os.WriteFile(pidPath, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			// Its socket's lock file is as stale.
			if err := os.WriteFile(filepath.Join(dir, "sock", socketFile+".lock"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s := startFast(t, dir, nil)
			query[int](t, s.DSN(), "SELECT 1")
		})
	}
	if !running(t.Context(), alive.Process.Pid) {
		t.Error("the stranger was harmed")
	}
}

func TestCrashIsHealed(t *testing.T) {
	log := &buffer{}
	s := startFast(t, initialised(t), log)
	pool, err := pgxpool.New(t.Context(), s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for round := 1; round <= 3; round++ {
		if _, err := pool.Exec(t.Context(), "SELECT 1"); err != nil {
			t.Fatal(err)
		}
		syscall.Kill(int(s.pid.Load()), syscall.SIGKILL)
		began := time.Now()
		eventually(t, "restarted", func() bool { return s.Restarts() == round })
		eventually(t, "the pool heals", func() bool { _, err := pool.Exec(t.Context(), "SELECT 1"); return err == nil })
		t.Logf("healed in %s", time.Since(began))
	}
	select {
	case <-s.Done():
		t.Error("Done is closed by a crash that was healed")
	default:
	}
	if got := strings.Count(log.String(), "exited unexpectedly"); got != 3 {
		t.Errorf("%d crashes logged, want 3:\n%s", got, log)
	}
}

// A backend that outlives a killed postmaster holds the shared memory, and
// PostgreSQL refuses to start until it is gone.
func TestSharedMemoryOfTheDeadServerIsWaitedFor(t *testing.T) {
	log := &buffer{}
	s := startFast(t, initialised(t), log)
	checkpointer := query[int](t, s.DSN(), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
	syscall.Kill(checkpointer, syscall.SIGSTOP)
	defer syscall.Kill(checkpointer, syscall.SIGCONT)
	syscall.Kill(int(s.pid.Load()), syscall.SIGKILL)
	eventually(t, "a refused start", func() bool { return strings.Contains(log.String(), "pre-existing shared memory block") })
	syscall.Kill(checkpointer, syscall.SIGCONT) // it sees that its postmaster is dead
	eventually(t, "restarted", func() bool { return s.Restarts() == 1 })
	if strings.Contains(log.String(), "did not come back") {
		t.Errorf("a cause that heals by itself was treated as a failure:\n%s", log)
	}
	query[int](t, s.DSN(), "SELECT 1")
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A cause that waiting cannot heal ends the server, and says so.
func TestGivesUp(t *testing.T) {
	s, err := Start(t.Context(), Config{Dir: initialised(t), Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.dataDir(), s.dataDir()+".away"); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(int(s.pid.Load()), syscall.SIGKILL)
	select {
	case <-s.Done():
	case <-time.After(time.Minute):
		t.Fatal("still trying")
	}
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "data directory is gone") {
		t.Errorf("Err = %v, want what is missing", err)
	}
	if err := s.Stop(t.Context()); !errors.Is(err, s.Err()) {
		t.Errorf("Stop = %v, want Err", err)
	}
}

// Other causes are tried again, and Stop need not wait for that.
func TestStopWhileItCannotComeBack(t *testing.T) {
	log := &buffer{}
	s := startFast(t, initialised(t), log)
	control := filepath.Join(s.dataDir(), "global", "pg_control")
	if err := os.Rename(control, control+".away"); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(int(s.pid.Load()), syscall.SIGKILL)
	eventually(t, "a failed restart", func() bool { return strings.Contains(log.String(), "did not come back") })
	if !strings.Contains(log.String(), "pg_control") {
		t.Errorf("the log does not say why:\n%s", log)
	}
	stop(t, s)
}

func TestCrashesAreSpacedOutAndEnd(t *testing.T) {
	var c crashes
	now := time.Unix(0, 0)
	var total time.Duration
	for last := time.Duration(0); ; {
		pause, ok := c.next(now, now) // it dies at once
		if !ok {
			break
		}
		if pause < last || pause > backoffMax {
			t.Errorf("pause %s after %s", pause, last)
		}
		last, total, now = pause, total+pause, now.Add(pause)
	}
	if total < giveUpAfter || total > giveUpAfter+backoffMax {
		t.Errorf("gave up after %s, want about %s", total, giveUpAfter)
	}
	if pause, ok := c.next(now.Add(-healthyLife), now); !ok || pause != backoffMin {
		t.Errorf("after a healthy life: %s, %v; want a new series", pause, ok)
	}
}

func TestSecondStartIsRefused(t *testing.T) {
	dir := initialised(t)
	s := startFast(t, dir, nil)
	_, err := Start(t.Context(), Config{Dir: dir, Fast: true})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("err = %v, want ErrInUse with our pid", err)
	}
	query[int](t, s.DSN(), "SELECT 1") // the first one is not disturbed
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	dir := newDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // in the middle of initdb
		defer cancel()
		for range 2000 {
			if found, _ := filepath.Glob(filepath.Join(dir, tempPrefix+"*", "base")); len(found) > 0 {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := Start(ctx, Config{Dir: dir, Fast: true}); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v, want context.Canceled", err)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, tempPrefix+"*")); len(found) > 0 {
		t.Errorf("left: %v", found)
	}
	startFast(t, dir, nil)
}

func TestKilledInitdbIsRedone(t *testing.T) {
	dir := newDir(t)
	h := hold(t, "hold", dir)
	eventually(t, "initdb is at work", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, tempPrefix+"*", "base", "1", "*"))
		return len(found) > 0
	})
	h.kill()
	if _, err := os.Stat(filepath.Join(dir, "data")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("data exists before initdb is done: %v", err)
	}
	s := startFast(t, dir, nil)
	query[int](t, s.DSN(), "SELECT 1")
}

func TestStopInAHurry(t *testing.T) {
	s, err := Start(t.Context(), Config{Dir: initialised(t), Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	// A stopped process cannot shut down in time.
	checkpointer := query[int](t, s.DSN(), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
	syscall.Kill(checkpointer, syscall.SIGSTOP)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	go func() { // or PostgreSQL takes 5 s to kill it
		<-ctx.Done()
		time.Sleep(time.Second) // the supervisor may be slow to notice
		syscall.Kill(checkpointer, syscall.SIGCONT)
	}()
	err = s.Stop(ctx)
	if err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("Stop = %v, want that it was cut short", err)
	}
	if pids, err := postmasters(context.Background(), s.dataDir()); err != nil || len(pids) > 0 {
		t.Errorf("left: %v, %v", pids, err)
	}
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(filepath.Dir(initialised(t)), strings.Repeat("long, \"quoted\" and/", 6), "pg")
	s := startFast(t, dir, nil)
	if strings.HasPrefix(s.sock.path, dir) {
		t.Fatalf("the socket is in %s: the path is not long enough for this test", s.sock.path)
	}
	query[int](t, s.DSN(), "SELECT 1")
	info, err := os.Stat(s.sock.path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket folder: %v, %v", info, err)
	}
	path := s.sock.path
	stop(t, s)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("socket folder after Stop: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	mine := newDir(t)
	if err := os.MkdirAll(mine, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mine, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := initialised(t)
	if err := os.WriteFile(filepath.Join(old, "data", "PG_VERSION"), []byte("9.6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := initialised(t)
	if err := os.Remove(filepath.Join(broken, "data", "PG_VERSION")); err != nil {
		t.Fatal(err)
	}
	damaged := initialised(t)
	if err := os.RemoveAll(filepath.Join(damaged, "data", "pg_wal")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		cfg  Config
		want []string
	}{
		{"no directory", Config{}, []string{"Dir is empty"}},
		{"directory of something else", Config{Dir: mine}, []string{"not empty", "choose a new one"}},
		{"TCP", Config{Dir: newDir(t), Settings: map[string]string{"listen_addresses": "*"}}, []string{"listen_addresses"}},
		{"TCP spelled differently", Config{Dir: newDir(t), Settings: map[string]string{"Listen-Addresses": "*"}}, []string{"Listen-Addresses"}},
		{"unknown setting", Config{Dir: initialised(t), Settings: map[string]string{"no_such": "1"}}, []string{"no_such"}},
		{"other version", Config{Dir: old}, []string{"9.6", "PostgreSQL " + installed(t), "apt-get install postgresql-9.6", "pg_upgrade"}},
		{"not a data directory", Config{Dir: broken}, []string{"not a PostgreSQL data directory"}},
		{"damaged", Config{Dir: damaged}, []string{"pg_wal"}},
		{"no binaries", Config{Dir: newDir(t), BinDir: t.TempDir()}, []string{"apt-get install postgresql", "brew install"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Start(t.Context(), test.cfg)
			if err == nil {
				stop(t, s)
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q: %v", want, err)
				}
			}
		})
	}
	if _, err := os.Stat(filepath.Join(mine, lockName)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the refused directory was changed")
	}
}

func installed(t *testing.T) string {
	t.Helper()
	dir, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	b, err := inspect(t.Context(), dir, identity{}, "/")
	if err != nil {
		t.Fatal(err)
	}
	return b.version
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func TestRootNamesTheParentThatKeepsTheServerOut(t *testing.T) {
	needRoot(t)
	closed := filepath.Join(filepath.Dir(newDir(t)), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: filepath.Join(closed, "below", "pg")})
	if err == nil || !strings.Contains(err.Error(), "chmod o+x "+closed+"`") {
		t.Errorf("err = %v, want it to name %s", err, closed)
	}
}

// As root the data directory's owner decides who PostgreSQL runs as.
func TestRootTakesOverADirectory(t *testing.T) {
	needRoot(t)
	dir := initialised(t)
	for _, uid := range []int{0, 65534, 54321} { // restored by root; made by nobody; from another machine
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, uid, uid))
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := Start(t.Context(), Config{Dir: dir, Fast: true})
		if err != nil {
			t.Fatalf("directory of uid %d: %v", uid, err)
		}
		if uid == 65534 && s.as.uid != 65534 {
			t.Errorf("directory of nobody runs as uid %d", s.as.uid)
		}
		stop(t, s)
	}
}

// TestAsNobody runs the tests that matter again as an ordinary user.
func TestAsNobody(t *testing.T) {
	needRoot(t)
	dir := filepath.Dir(newDir(t))
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "localpg.test") // go test's own folder is closed to others
	if out, err := exec.Command("cp", os.Args[0], binary).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(binary, "-test.v", "-test.run=^(TestOrphanIsStopped|TestStalePIDFile|TestReadOnlyDirectory|TestStrangersData)$")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "--- SKIP") || strings.Count(string(out), "\n--- PASS") != 4 {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere; TestAsNobody runs this")
	}
	parent := filepath.Dir(newDir(t))
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(parent, 0o755)
	_, err := Start(t.Context(), Config{Dir: filepath.Join(parent, "pg")})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "can be written") {
		t.Errorf("err = %v, want that it cannot be written", err)
	}
}

func TestStrangersData(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root takes over; TestAsNobody runs this")
	}
	dir := newDir(t)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, lockName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc", filepath.Join(dir, "data")); err != nil { // a folder of root's
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "belongs to uid 0") {
		t.Errorf("err = %v, want whose it is", err)
	}
}

// The stand-in for the parent-death signal on other systems.
func TestWatchdog(t *testing.T) {
	dir := initialised(t)
	as, err := identify(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	spared := stranger(t, dir)
	watch(spared.Process.Pid, as)()
	if !running(t.Context(), spared.Process.Pid) {
		t.Error("release ended the process")
	}
	doomed := stranger(t, dir)
	release, pipe := watchPipe(doomed.Process.Pid, as)
	pipe.Close() // as our death would
	if err := doomed.Wait(); err == nil || !strings.Contains(err.Error(), "interrupt") {
		t.Errorf("after the end of the pipe: %v, want SIGINT", err)
	}
	release()
}
