package markup

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// What reading a page in the style of a generator must keep, and may leave in.
const (
	leastRecall = .99
	mostResidue = .005
)

var fenceMark = regexp.MustCompile("```\\w*")

// TestWorldGenerators: pages as generators and help centres write them, with all that
// stands around a text, against what a person marked as the text.
func TestWorldGenerators(t *testing.T) {
	files, err := filepath.Glob("testdata/generators/*.html")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	var wanted, kept, got, stray int
	for _, f := range files {
		page, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		marked, err := os.ReadFile(strings.TrimSuffix(f, ".html") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		p := read(t, knowledge.HTML, string(page))
		want, have := wordsOf(string(marked)), wordsOf(fenceMark.ReplaceAllString(p.Text, " "))
		missing, extra := lacks(want, have), lacks(have, want)
		name := strings.TrimSuffix(filepath.Base(f), ".html")
		recall, residue := 1-float64(len(missing))/float64(len(want)), float64(len(extra))/float64(len(have))
		t.Logf("%-16s %3d words, recall %.3f, residue %.3f, left out %v", name, len(want), recall, residue, p.Dropped)
		if recall < leastRecall || residue > mostResidue {
			t.Errorf("%s: recall %.3f, missing %q; residue %.3f: %q\n%s", name, recall, missing, residue, extra, p.Text)
		}
		if m := marks.FindString(shown(p.Text)); m != "" {
			t.Errorf("%s: %q is left", name, m)
		}
		wanted, kept, got, stray = wanted+len(want), kept+len(want)-len(missing), got+len(have), stray+len(extra)
	}
	t.Logf("in all: recall %.4f of %d words, residue %.4f of %d", float64(kept)/float64(wanted), wanted, float64(stray)/float64(got), got)
}

// wordsOf are the words of a text in order of their letters.
func wordsOf(s string) []string {
	var out []string
	for _, w := range text.Words(text.Plain(s), "") {
		out = append(out, w.Text)
	}
	slices.Sort(out)
	return out
}

// lacks returns the words of a that b has not, as often as a has them.
func lacks(a, b []string) (out []string) {
	n := map[string]int{}
	for _, w := range b {
		n[w]++
	}
	for _, w := range a {
		if n[w]--; n[w] < 0 {
			out = append(out, w)
		}
	}
	return out
}
