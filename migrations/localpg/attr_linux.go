package localpg

import "syscall"

// hasParentDeathSignal: the kernel tells the child that we died.
const hasParentDeathSignal = true

func setParentDeathSignal(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
