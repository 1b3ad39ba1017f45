package text

import "testing"

func TestFirstLine(t *testing.T) {
	for in, want := range map[string]string{"": "", " a\nb": "a", "äöü": "äöü", "äöüß": "äöü…", "ab cd": "ab…"} {
		if got := FirstLine(in, 3); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
