package localpg

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	base := t.TempDir()
	install := func(dir string, names ...string) string {
		dir = filepath.Join(base, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	v9 := install("debian/9/bin", "postgres", "initdb")
	v16 := install("debian/16/bin", "postgres", "initdb")
	install("debian/17/bin", "postgres") // a client package, no initdb
	brew := install("brew/postgresql@14/bin", "postgres", "initdb")
	places := []string{base + "/debian/*/bin", base + "/brew/postgresql@*/bin"}

	t.Setenv("PATH", t.TempDir())
	if got, want := candidates(places), []string{v16, v9, brew}; !slices.Equal(got, want) {
		t.Errorf("candidates = %v, want %v", got, want)
	}
	onPath := install("path")
	if err := os.Symlink(filepath.Join(v9, "postgres"), filepath.Join(onPath, "postgres")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", onPath)
	if got := candidates(places); got[0] != v9 {
		t.Errorf("first candidate = %s, want the one that PATH links to", got[0])
	}
	if got, err := Find(v16); err != nil || got != v16 {
		t.Errorf("Find of a folder = %q, %v", got, err)
	}
	_, err := Find(onPath) // has no initdb
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "FOOTNOTE_PG_BIN") {
		t.Errorf("err = %v", err)
	}
}

func TestParseVersion(t *testing.T) {
	for line, want := range map[string]string{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": "15",
		"postgres (PostgreSQL) 17.2 (Homebrew)":                  "17",
		"postgres (PostgreSQL) 19devel":                          "19",
		"postgres (PostgreSQL) 9.6.24":                           "9.6",
		"postgres":                                               "",
	} {
		if got := parseVersion(line); got != want {
			t.Errorf("parseVersion(%q) = %q, want %q", line, got, want)
		}
	}
}

// The list from ps must agree with the one from /proc.
func TestProcessesFromPS(t *testing.T) {
	all, err := processesFromPS(t.Context())
	if err != nil {
		t.Skipf("no ps here: %v", err)
	}
	i := slices.IndexFunc(all, func(p process) bool { return p.pid == os.Getpid() })
	if i < 0 || all[i].zombie || !strings.Contains(all[i].command, filepath.Base(os.Args[0])) {
		t.Fatalf("this process is not in the list, or not as it is: %v", all)
	}
	if p, ok := procfs(os.Getpid()); ok && p.command != all[i].command {
		t.Errorf("procfs says %q, ps says %q", p.command, all[i].command)
	}
}

func TestServes(t *testing.T) {
	const dir = "/data/pg one/data"
	for _, test := range []struct {
		p    process
		want bool
	}{
		{process{command: "/usr/lib/postgresql/15/bin/postgres -D " + dir + " -c port=5432"}, true},
		{process{command: "postgres -D " + dir}, true},
		{process{command: "postgres -D .", cwd: dir}, true},
		{process{command: "postgres -D " + dir, zombie: true}, false},
		{process{command: "postgres -D " + dir + "2"}, false},
		{process{command: "postgres: checkpointer ", cwd: dir}, false},
		{process{command: "vim -D " + dir, cwd: dir}, false},
		{process{command: ""}, false},
	} {
		if got := test.p.serves(dir); got != test.want {
			t.Errorf("%+v serves %s = %v, want %v", test.p, dir, got, test.want)
		}
	}
}

func FuzzParsers(f *testing.F) {
	f.Add("123\n/data\n1700000000\n5432\n/sock\n\n 1 2\nready   \n")
	f.Add("-5\n")
	f.Add("  PID STAT COMMAND\n 12 Ss   /bin/x -D y\n 13 Z    [postgres] <defunct>\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parsePIDFile(text)
		if err == nil && file.pid <= 0 {
			t.Errorf("pid %d", file.pid)
		}
		if err != nil && !errors.Is(err, errPIDFile) {
			t.Errorf("err = %v", err)
		}
		for _, p := range parsePS(text) {
			if strings.TrimSpace(p.command) != p.command {
				t.Errorf("command %q", p.command)
			}
		}
		parseVersion(text)
	})
}
