package eval

import "testing"

func TestRuneSpan(t *testing.T) {
	if a, b := runeSpan("Grüße aus", 2, 7); a != 2 || b != 5 {
		t.Fatal(a, b)
	}
	if a, b := runeSpan("x", -5, 50); a != 0 || b != 1 {
		t.Fatal(a, b)
	}
}
