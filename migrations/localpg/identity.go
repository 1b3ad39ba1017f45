package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// identity is the user that PostgreSQL runs as.
type identity struct {
	uid, gid uint32
	drop     bool // we are root and must become that user
}

// identify chooses the user: ourselves, or as root the owner of an existing
// data directory, else postgres, else nobody.
func identify(dataDir string) (identity, error) {
	if os.Geteuid() != 0 {
		return identity{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	names := []string{"postgres", "_postgres", "nobody"}
	if info, err := os.Stat(dataDir); err == nil {
		if uid, _ := owner(info); uid != 0 {
			// Only a user with a passwd entry: PostgreSQL refuses the others.
			if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
				names = []string{u.Username}
			}
		}
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseInt(u.Uid, 10, 64) // macOS may say -2
		gid, err2 := strconv.ParseInt(u.Gid, 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return identity{}, fmt.Errorf("read user %s: %w", name, err)
		}
		return identity{uid: uint32(uid), gid: uint32(gid), drop: true}, nil
	}
	return identity{}, fmt.Errorf("PostgreSQL refuses to run as root and there is none of the users %s to run it as",
		strings.Join(names, ", "))
}

func owner(info fs.FileInfo) (uid, gid uint32) {
	st := info.Sys().(*syscall.Stat_t)
	return st.Uid, st.Gid
}

// attributes are those of every child process: the user, its own process
// group (Ctrl-C is for us, not for PostgreSQL), and on Linux the signal that
// it gets when the thread that started it dies.
func (as identity) attributes(death syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if as.drop {
		attr.Credential = &syscall.Credential{Uid: as.uid, Gid: as.gid}
	}
	setParentDeathSignal(attr, death)
	return attr
}

// give makes the user the owner of path and of all below it. It does nothing
// unless we are root. Symlinks are changed, not followed.
func (as identity) give(path string) error {
	if !as.drop {
		return nil
	}
	return filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			var info fs.FileInfo
			if info, err = entry.Info(); err == nil {
				if uid, gid := owner(info); uid == as.uid && gid == as.gid {
					return nil
				}
				err = os.Lchown(path, int(as.uid), int(as.gid))
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a child of a killed initdb may still clean up
		}
		return err
	})
}

// checkReach proves, by doing it, that the user can enter dir, and names the
// first parent that keeps it out.
func (as identity) checkReach(ctx context.Context, bin, dir string) error {
	if !as.drop {
		return nil
	}
	if _, err := inspect(ctx, bin, as, dir); err == nil {
		return nil
	}
	at := "/"
	for part := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		at = filepath.Join(at, part)
		if _, err := inspect(ctx, bin, as, at); err != nil {
			name := strconv.FormatUint(uint64(as.uid), 10)
			if u, err := user.LookupId(name); err == nil {
				name = u.Username
			}
			return fmt.Errorf("user %s, which PostgreSQL must run as because we are root, cannot enter %s: %w;"+
				" run `chmod o+x %s`, or choose a data directory below one it can enter, such as /var/lib/footnote",
				name, at, errors.Unwrap(err), at)
		}
	}
	return nil
}
