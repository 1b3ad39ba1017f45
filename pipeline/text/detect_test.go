package text

import (
	"os"
	"strings"
	"testing"
)

type labelled struct{ want, text string }

func readLabelled(t *testing.T, file string) (out []labelled) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		want, text, _ := strings.Cut(line, " ")
		out = append(out, labelled{want, strings.ReplaceAll(text, `\n`, "\n")})
	}
	return out
}

// TestDetect wants at most one text in a hundred wrong. The texts are short: what
// shows too little may stay unknown.
func TestDetect(t *testing.T) {
	for file, most := range map[string]int{"testdata/languages.txt": 8, "testdata/languages_more.txt": 5, "testdata/languages_apart.txt": 25} { // % unknown
		n, wrong, unknown, none, spoke := 0, 0, 0, 0, 0
		for _, c := range readLabelled(t, file) {
			got := Detect(c.text)
			if c.want == "?" {
				none++
				if got != "" {
					spoke++
					t.Logf("no language, but %s: %q", got, c.text)
				}
				continue
			}
			n++
			switch got {
			case c.want:
			case "":
				unknown++
				t.Logf("unknown, not %s: %q", c.want, c.text)
			default:
				wrong++
				t.Logf("%s, not %s: %q", got, c.want, c.text)
			}
		}
		t.Logf("%s: %d texts, %d wrong, %d unknown; %d without language, %d named", file, n, wrong, unknown, none, spoke)
		if wrong*100 > n || unknown*100 > most*n || spoke*100 > 2*none {
			t.Errorf("%s: too many", file)
		}
	}
}

func TestVotersKnowWhatIsStemmed(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range alone {
		seen[a.lang] = true
	}
	for _, list := range voters {
		for _, v := range list {
			if seen[v.lang] {
				t.Errorf("%s stands twice", v.lang)
			}
			seen[v.lang] = true
		}
	}
	for lang := range tongues {
		if !seen[lang] {
			t.Errorf("%s is stemmed, but not detected", lang)
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d languages", len(seen))
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{"", "\xff", "```", "<a", "İ ı", "文a文", "-", "’’"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := Detect(s); got != Detect(s) || got != "" && len(got) > 3 {
			t.Errorf("%q: %s", s, got)
		}
	})
}
