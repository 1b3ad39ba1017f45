//go:build !linux

package localpg

import "syscall"

// hasParentDeathSignal: there is none here, a watchdog stands in for it.
const hasParentDeathSignal = false

func setParentDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
