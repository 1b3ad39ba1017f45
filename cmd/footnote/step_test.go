package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// stepFromEnv reads FOOTNOTE_DIE_AT="<point>:<n>": the process kills itself with
// SIGKILL the n-th time it reaches that point. It is part of the test binary only.
func stepFromEnv() func(string) {
	point, count, ok := strings.Cut(os.Getenv("FOOTNOTE_DIE_AT"), ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil {
		return func(string) {}
	}
	var hits atomic.Int64
	return func(at string) {
		if at == point && hits.Add(1) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // cannot fail on oneself
			select {}
		}
	}
}
