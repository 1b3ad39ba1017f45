package layout

import (
	"strings"
	"testing"
)

// TestClean: nothing invisible is left, and what is needed to be read stays.
func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		hidden   int
	}{
		{"plain\ttext\r\nhere", "plain text\nhere", 0},
		{"a\u202Eb\u2066c\u200Bd\uFEFFe", "abcde", 4},
		{"x\u0000\u001b[31my", "x[31my", 2},
		{"می\u200cخواهم", "می\u200cخواهم", 0}, // ZWNJ where Persian needs it
		{"a\u200Cb\u200Dc", "abc", 2},
		{"👩‍👧 ok ❤️", "👩‍👧 ok ❤️", 0},
		{"tag\U000E0041\U000E0042", "tag", 2},
		{"z" + strings.Repeat("\u0301", 9), "z" + strings.Repeat("\u0301", MaxMarks), 4},
		{"bad\xff", "bad\uFFFD", 0},
		{"s\uFE00o\uFE0F", "so", 2},
	} {
		if got, n := Clean(c.in); got != c.want || n != c.hidden {
			t.Errorf("clean(%q) = %q, %d, want %q, %d", c.in, got, n, c.want, c.hidden)
		}
	}
}

// TestHosts: where links really lead.
func TestHosts(t *testing.T) {
	t.Parallel()
	got := Hosts("See https://good.test@evil.test/x, (http://a.test:8080/y). ftp://f.test https://аррӏе.com and HTTPS://A.test:8080/")
	want := []string{"evil.test", "a.test:8080", "f.test", "xn--80ak6aa92e.com"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("hosts = %q, want %q", got, want)
	}
}

// FuzzText: whatever comes in, what is shown is valid, bounded and holds
// nothing invisible; cleaning twice changes nothing.
func FuzzText(f *testing.F) {
	for _, s := range []string{"plain", "a\u202Eb", "👩‍👩‍👧", "می\u200cخواهم", "\xff\xfe", "e\u0301\u0301", "https://a.test/x"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(1, n%200)
		once, _ := Clean(s)
		if twice, hidden := Clean(once); twice != once || hidden != 0 {
			t.Errorf("clean(%q) = %q, and again %q with %d hidden", s, once, twice, hidden)
		}
		if got := Units(Cut(once, n)); got > n {
			t.Errorf("cut to %d has %d", n, got)
		}
		if p := Prefix(once, n); !strings.HasPrefix(once, p) || Units(p) > n {
			t.Errorf("prefix %q of %q", p, once)
		}
		for _, h := range Hosts(once) {
			if strings.ContainsAny(h, "<>") {
				t.Errorf("host %q", h)
			}
		}
		if strings.ContainsAny(Escape(once), "<>") {
			t.Error("not escaped")
		}
	})
}
