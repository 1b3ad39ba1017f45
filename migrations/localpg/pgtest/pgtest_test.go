package pgtest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"footnote/migrations/localpg/pgtest"
)

const helperVar = "PGTEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperVar) == "nomain" {
		os.Exit(m.Run())
	}
	code := pgtest.Main(m, migrate)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func migrate(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE TABLE note (text text NOT NULL)")
	return err
}

func TestEachTestHasItsOwnMigratedDatabase(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	t.Run("group", func(t *testing.T) {
		for i := range 6 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				pool := pgtest.New(t)
				if got := pool.Config().MaxConns; got > 4 {
					t.Errorf("pool of %d connections", got)
				}
				if _, err := pool.Exec(t.Context(), "INSERT INTO note (text) VALUES ('hello')"); err != nil {
					t.Fatal(err)
				}
				var rows int
				var name string
				err := pool.QueryRow(t.Context(), "SELECT count(*), current_database() FROM note").Scan(&rows, &name)
				if err != nil || rows != 1 {
					t.Fatalf("rows = %d, err = %v; want the one row of this test", rows, err)
				}
				mu.Lock()
				seen[name] = true
				mu.Unlock()
			})
		}
	})
	if len(seen) != 6 {
		t.Errorf("%d databases for 6 tests", len(seen))
	}
	var left int
	err := pgtest.New(t).QueryRow(t.Context(), "SELECT count(*) FROM pg_database WHERE datname ~ '^pgtest_.*_'").Scan(&left)
	if err != nil || left != 1 {
		t.Errorf("%d databases are left (%v), want only that of this test", left, err)
	}
}

func TestOneTestSeesOneDatabase(t *testing.T) {
	if _, err := pgtest.New(t).Exec(t.Context(), "INSERT INTO note (text) VALUES ('shared')"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), pgtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var rows int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM note").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("rows through DSN = %d, %v; want 1", rows, err)
	}
}

// The tests below run this test binary again and judge what it says.

func TestHelper(t *testing.T) {
	switch os.Getenv(helperVar) {
	case "":
		t.Skip("only for re-execution by the other tests")
	case "leak":
		pgtest.SetPatience(2 * time.Second)
		if _, err := pgtest.New(t).Acquire(context.Background()); err != nil {
			t.Fatal(err)
		}
	case "panic":
		var dir string
		err := pgtest.New(t).QueryRow(t.Context(), "SELECT current_setting('data_directory')").Scan(&dir)
		fmt.Printf("\ndata=%s %v\n", dir, err)
		done := make(chan struct{})
		go func() { defer close(done); panic("as planned") }()
		<-done
	default:
		pgtest.New(t)
	}
}

func rerun(t *testing.T, mode string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelper$", "-test.v")
	cmd.Env = append(os.Environ(), append(env, helperVar+"="+mode)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestMissingBinariesFailWithWhatToInstall(t *testing.T) {
	out, err := rerun(t, "use", "FOOTNOTE_PG_BIN="+t.TempDir(), pgtest.External+"=")
	if err == nil || !strings.Contains(out, "--- FAIL") || !strings.Contains(out, "apt-get install postgresql") {
		t.Errorf("err = %v, want a failed test that says what to install:\n%s", err, out)
	}
}

func TestWithoutMainFails(t *testing.T) {
	out, err := rerun(t, "nomain")
	if err == nil || !strings.Contains(out, "pgtest.Main") {
		t.Errorf("err = %v, want a failed test that names pgtest.Main:\n%s", err, out)
	}
}

func TestLeakedConnectionFailsTheTest(t *testing.T) {
	out, err := rerun(t, "leak")
	if err == nil || !strings.Contains(out, "1 connections were not given back") {
		t.Errorf("err = %v, want a failed test:\n%s", err, out)
	}
}

func TestPanicStopsTheServer(t *testing.T) {
	if os.Getenv(pgtest.External) != "" {
		t.Skip("an external server is not ours to stop")
	}
	tmp := t.TempDir()
	for dir := tmp; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { // the server's user must get through
			t.Fatal(err)
		}
	}
	out, err := rerun(t, "panic", "TMPDIR="+tmp)
	_, rest, ok := strings.Cut(out, "data=")
	if err == nil || !ok || !strings.Contains(out, "as planned") {
		t.Fatalf("err = %v, want a panic:\n%s", err, out)
	}
	data, _, _ := strings.Cut(rest, " ")
	// The server of the dead binary writes this when it has shut down cleanly.
	waitFor(t, "a clean shutdown", func() bool {
		_, err := os.Stat(filepath.Join(data, "postmaster.pid"))
		return os.IsNotExist(err)
	})
}

func TestExternalServer(t *testing.T) {
	pool := pgtest.New(t) // this binary's server plays the external one
	for _, dsn := range []string{
		pgtest.DSN(t),
		fmt.Sprintf("host='%s' port=%d user=%s dbname=%s", pool.Config().ConnConfig.Host,
			pool.Config().ConnConfig.Port, pool.Config().ConnConfig.User, pool.Config().ConnConfig.Database),
	} {
		var before, after int
		const count = "SELECT count(*) FROM pg_database"
		if err := pool.QueryRow(t.Context(), count).Scan(&before); err != nil {
			t.Fatal(err)
		}
		out, err := rerun(t, "use", pgtest.External+"="+dsn, "FOOTNOTE_PG_BIN="+t.TempDir())
		if err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		if err := pool.QueryRow(t.Context(), count).Scan(&after); err != nil || after != before {
			t.Errorf("databases: %d before, %d after (%v)", before, after, err)
		}
	}
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond) // polls another process
	}
	t.Fatalf("no %s within 10 s", what)
}
