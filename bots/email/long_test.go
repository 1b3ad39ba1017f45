package email

import (
	"strings"
	"testing"
)

// TestLongMailSaysItsLength: what is cut off is told, with the length of all.
func TestLongMailSaysItsLength(t *testing.T) {
	t.Parallel()
	got := shortened(strings.Repeat("ä", 300_000))
	if !strings.HasSuffix(got, "ä\n… (shortened: the mail has 300000 characters in all)") || len(got) > maxText+80 {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-60:])
	}
	if got := shortened("Hello"); got != "Hello" {
		t.Errorf("a short one is %q", got)
	}
}
