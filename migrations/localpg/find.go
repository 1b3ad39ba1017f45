package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	oldestMajor = 14

	install = "install PostgreSQL: on Debian or Ubuntu `sudo apt-get install postgresql`," +
		" on macOS `brew install postgresql@17` or Postgres.app from https://postgresapp.com;" +
		" or set FOOTNOTE_PG_BIN to the folder that holds postgres and initdb," +
		" or DATABASE_URL to use a server of your own"
)

// places are where distributions keep their binaries, as glob patterns.
var places = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // postgresql.org packages for Red Hat
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// Find returns the folder that holds postgres and initdb: binDir when it is not
// empty, else the folder of the postgres on PATH (symlinks followed), else the
// newest version in the usual folders of Debian, Red Hat, Homebrew and
// Postgres.app. The error wraps os.ErrNotExist and says what to install.
func Find(binDir string) (string, error) {
	if binDir != "" {
		if !complete(binDir) {
			return "", fmt.Errorf("find postgres: %s (FOOTNOTE_PG_BIN) does not hold postgres and initdb: %w; %s",
				binDir, os.ErrNotExist, install)
		}
		return filepath.Abs(binDir)
	}
	if found := candidates(places); len(found) > 0 {
		return found[0], nil
	}
	return "", fmt.Errorf("find postgres: %w on PATH or in the usual folders; %s", os.ErrNotExist, install)
}

// candidates lists all installations: the one on PATH, then newest first.
func candidates(places []string) []string {
	var all []string
	for _, pattern := range places {
		found, _ := filepath.Glob(pattern)
		slices.SortFunc(found, func(a, b string) int { return versionIn(b) - versionIn(a) })
		all = append(all, found...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if dir, err := filepath.Abs(filepath.Dir(path)); err == nil {
				all = slices.Insert(all, 0, dir)
			}
		}
	}
	return slices.DeleteFunc(all, func(dir string) bool { return !complete(dir) })
}

func complete(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

var digits = regexp.MustCompile(`\d+`)

// versionIn returns the last number in the parts of a path ("…/postgresql@17/bin" is 17).
func versionIn(path string) int {
	found := digits.FindAllString(path, -1)
	if len(found) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(found[len(found)-1])
	return n
}

// binaries is one PostgreSQL installation.
type binaries struct {
	dir     string
	version string // as PG_VERSION spells it: "15", "9.6"
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// inspect asks the postgres in dir for its version, as user as and from folder cwd.
func inspect(ctx context.Context, dir string, as identity, cwd string) (binaries, error) {
	b := binaries{dir: dir}
	cmd := exec.CommandContext(ctx, b.path("postgres"), "--version")
	cmd.Env, cmd.Dir, cmd.SysProcAttr = b.environment(), cwd, as.attributes(0)
	out, err := cmd.Output()
	if err != nil {
		return b, fmt.Errorf("run %s --version: %w", b.path("postgres"), err)
	}
	if b.version = parseVersion(string(out)); b.version == "" {
		return b, fmt.Errorf("run %s --version: cannot read %q", b.path("postgres"), strings.TrimSpace(string(out)))
	}
	return b, nil
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

func parseVersion(line string) string {
	m := versionLine.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	if len(m[1]) == 1 { // before 10, two numbers named a major version
		return m[1] + "." + m[2]
	}
	return m[1]
}

// choose picks the installation that fits a data directory of version want
// ("" for a new one).
func choose(ctx context.Context, binDir, want string, as identity) (binaries, error) {
	dir, err := Find(binDir)
	if err != nil {
		return binaries{}, err
	}
	b, err := inspect(ctx, dir, as, "/")
	if err != nil {
		return b, err
	}
	if want == "" {
		if major, _ := strconv.Atoi(b.version); major < oldestMajor { // "9.6" reads as 0
			return b, fmt.Errorf("PostgreSQL %s in %s is too old, %d or newer is needed; %s", b.version, dir, oldestMajor, install)
		}
		return b, nil
	}
	if b.version == want {
		return b, nil
	}
	if binDir == "" {
		for _, other := range candidates(places) {
			if o, err := inspect(ctx, other, as, "/"); err == nil && o.version == want {
				return o, nil
			}
		}
	}
	return b, fmt.Errorf("%w: the data directory was made by PostgreSQL %s but %s holds PostgreSQL %s."+
		" Either install PostgreSQL %s beside it (Debian, Ubuntu: `sudo apt-get install postgresql-%s`; macOS: `brew install postgresql@%s`)"+
		" and, if FOOTNOTE_PG_BIN is set, point it there; or move the data with pg_upgrade or with pg_dumpall of the old version",
		errPermanent, want, dir, b.version, want, want, want)
}
