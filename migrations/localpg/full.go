package localpg

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// fullBelow is the free space with which PostgreSQL cannot live: one segment of its
// log, and what else it writes at start.
const fullBelow = 24 << 20

// full tells whether the disk has no room for a server: then only somebody who makes
// room heals it, however long that takes.
func (s *Server) full(cause error) bool {
	if strings.Contains(cause.Error(), "No space left on device") || strings.Contains(cause.Error(), "Disk quota exceeded") {
		return true
	}
	free, err := freeDisk(s.dataDir())
	return err == nil && free < fullBelow
}

// awaitRoom returns when the disk has room, or ctx ended, and how long to wait before
// the next try: a quota that is used up does not show.
func (s *Server) awaitRoom(ctx context.Context) time.Duration {
	for said := false; ; {
		free, err := freeDisk(s.dataDir())
		if err != nil {
			return backoffMax
		}
		if free >= fullBelow {
			return 2 * time.Second
		}
		if !said {
			said = true
			s.cfg.Log.Error("postgres is down: its disk is full; it starts again by itself when there is room", "dir", s.dir, "free_mib", free>>20, "needed_mib", fullBelow>>20)
		}
		if wait(ctx, 500*time.Millisecond) != nil {
			return 0
		}
	}
}

// freeDisk is what may still be written where dir is, in bytes.
func freeDisk(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
