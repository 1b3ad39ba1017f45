package text

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestAutomatic wants precision and recall of at least .98 on messages of both
// kinds in more than 25 languages.
func TestAutomatic(t *testing.T) {
	hit, missed, alarm, people := 0, 0, 0, 0
	for _, c := range readLabelled(t, filepath.Join("testdata", "automatic.txt")) {
		subject, body, _ := strings.Cut(c.text, " |")
		switch got := Automatic(nil, subject, strings.TrimSpace(body)); {
		case c.want == "+" && got:
			hit++
		case c.want == "+":
			missed++
			t.Logf("missed: %q", c.text)
		case got:
			alarm++
			t.Logf("a person: %q", c.text)
		default:
			people++
		}
	}
	precision, recall := float64(hit)/float64(max(1, hit+alarm)), float64(hit)/float64(max(1, hit+missed))
	t.Logf("%d automatic, %d by people: precision %.3f, recall %.3f", hit+missed, people+alarm, precision, recall)
	if precision < .98 || recall < .98 || people+alarm < 180 || hit+missed < 180 {
		t.Errorf("precision %.3f, recall %.3f", precision, recall)
	}
}
