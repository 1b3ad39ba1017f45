package email

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestMailOfManyParts: mails made to take for ever end, and what a person wrote
// at their head is read. The limit is wide, for what it tells from is hours.
func TestMailOfManyParts(t *testing.T) {
	const head = "From: ada@example.org\r\nMessage-ID: <a@x>\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n--b0\r\nContent-Type: text/plain\r\n\r\nThe words.\r\n"
	var nested strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&nested, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	for name, rest := range map[string]string{
		"parts":          strings.Repeat("--b0\r\n", 200_000),
		"parts and more": strings.Repeat("--b0 \t x\r\nx\r\n", 100_000),
		"nested":         nested.String(),
		"same nested":    strings.Repeat("--b0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n", 20_000),
		"other dashes":   strings.Repeat("--\r\n", 200_000),
	} {
		began := time.Now()
		l, err := parse([]byte(head + rest))
		if err != nil || !strings.Contains(l.text, "The words.") {
			t.Errorf("%s: %.100q, %v", name, l.text, err)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s: %v", name, took)
		}
	}
	// A mail without parts may hold any lines.
	long := strings.Repeat("--\r\n", 5000) + "The end."
	if l, err := parse([]byte("From: ada@example.org\r\n\r\n" + long)); err != nil || !strings.HasSuffix(l.text, "The end.") {
		t.Errorf("%v: the end is lost", err)
	}
}
