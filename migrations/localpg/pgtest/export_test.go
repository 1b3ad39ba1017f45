package pgtest

import "time"

// SetPatience shortens how long connections may take to come back.
func SetPatience(d time.Duration) { patience = d }
