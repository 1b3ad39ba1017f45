package source

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/pipeline"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func collect(t *testing.T, s knowledge.Source) map[string]knowledge.Raw {
	t.Helper()
	out := map[string]knowledge.Raw{}
	for r, err := range s.Documents(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, dup := out[r.Path]; dup {
			t.Fatalf("%s comes twice", r.Path)
		}
		out[r.Path] = r
	}
	return out
}

func TestFolderReadsItsOwnFilesOnly(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "help")
	write(t, base, map[string]string{"secret.md": "SECRET", "other/x.md": "SECRET"})
	write(t, dir, map[string]string{"a.md": "A", "b/c.HTML": "<p>C", "d.txt": "D", "e.go": "E", ".hidden.md": "SECRET", ".git/f.md": "SECRET", "g.pdf": "%PDF", "LICENSE": "x", "h": "x"})
	for link, to := range map[string]string{"out.md": "../secret.md", "abs.md": filepath.Join(base, "secret.md"), "in.md": "a.md", "dir": "../other", "gone.md": "nowhere.md"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	big, err := os.Create(filepath.Join(dir, "big.md"))
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Truncate(50 << 20); err != nil {
		t.Fatal(err)
	}
	big.Close()
	got := collect(t, NewFolder(dir))
	want := map[string]knowledge.Media{"a.md": knowledge.Markdown, "b/c.HTML": knowledge.HTML, "d.txt": knowledge.Text, "in.md": knowledge.Markdown}
	for p, media := range want {
		if r, ok := got[p]; !ok || r.Media != media || r.Refused != "" || len(r.Data) == 0 {
			t.Errorf("%s: %+v", p, r)
		}
	}
	for _, p := range []string{"out.md", "abs.md", "gone.md", "big.md", "g.pdf"} {
		if r, ok := got[p]; !ok || r.Refused == "" || len(r.Data) > 0 {
			t.Errorf("%s is not refused: %+v", p, r)
		}
	}
	if len(got) != len(want)+5 {
		t.Errorf("%d documents: %v", len(got), got)
	}
	for p, r := range got {
		if strings.Contains(string(r.Data), "SECRET") {
			t.Errorf("%s left the folder", p)
		}
	}
}

func TestMissingFolderIsAnError(t *testing.T) {
	for _, s := range []knowledge.Source{NewFolder(filepath.Join(t.TempDir(), "none")), NewLines(filepath.Join(t.TempDir(), "none.jsonl"))} {
		n := 0
		for _, err := range s.Documents(t.Context()) {
			if n++; pipeline.KindOf(err) != pipeline.Unavailable {
				t.Errorf("%v", err)
			}
		}
		if n != 1 {
			t.Errorf("%d results", n)
		}
	}
}

func TestUnreadableFolderIsNotAnEmptyOne(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root can read everything")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.md": "A", "locked/b.md": "B"})
	if err := os.Chmod(filepath.Join(dir, "locked"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(dir, "locked"), 0o755)
	failed := false
	for _, err := range NewFolder(dir).Documents(t.Context()) {
		failed = failed || err != nil
	}
	if !failed {
		t.Fatal("the documents of the locked folder would look deleted")
	}
}

func TestLines(t *testing.T) {
	file := filepath.Join(t.TempDir(), "docs.jsonl")
	write(t, filepath.Dir(file), map[string]string{"docs.jsonl": `{"id":"a","title":"T","text":"plain [1] words","url":"https://x.example/a","meta":{"lang":"de","domain":"dmv","audience":"staff","review_date":"2026-01-02"}}` + "\n\n" +
		`{"id":"b","text":"# Head\n\nwords"}` + "\n" + `not json` + "\n" + `{"text":"no id"}` + "\n" + `{"id":"c","text":"last"}`})
	got := collect(t, NewLines(file))
	a := got["a"]
	if string(a.Data) != "plain [1] words" || !a.Verbatim || a.Media != knowledge.Text || a.Meta.Locale != "de" || a.Meta.Product != "dmv" || a.Meta.Audience != pipeline.Restricted || a.Meta.ReviewedAt.IsZero() {
		t.Errorf("%+v", a)
	}
	if got["b"].Media != knowledge.Markdown || string(got["c"].Data) != "last" || got["line 4"].Refused == "" || got["line 5"].Refused == "" || len(got) != 5 {
		t.Errorf("%+v", got)
	}
}

func TestLongLineIsRefusedAndTheNextIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "docs.jsonl")
	write(t, filepath.Dir(file), map[string]string{"docs.jsonl": `{"id":"a","text":"` + strings.Repeat("x", 2*knowledge.MaxBytes) + `"}` + "\n" + `{"id":"b","text":"ok"}` + "\n"})
	got := collect(t, NewLines(file))
	if got["line 1"].Refused == "" || string(got["b"].Data) != "ok" {
		t.Errorf("%d documents", len(got))
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{`{"id":"a","text":"b"}`, `{}`, `[`, `{"id":"\u0000","text":"\ud800"}`, `{"id":"a","text":"b","meta":{"lang":1}}`, `null`, `{"id":"a","text":"| a |"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := parseLine(3, b, int64(len(b)))
		if r.Path == "" || r.Refused == "" && !json.Valid(b) {
			t.Fatalf("%+v", r)
		}
	})
}

// TestLargeMetaIsRefused: a row may not name a tree of any size beside its text.
func TestLargeMetaIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.jsonl")
	rows := `{"id":"big","text":"x","meta":{"a":[` + strings.Repeat("[],", 100_000) + `0]}}` + "\n" + `{"id":"ok","text":"y","meta":{"product":"P"}}` + "\n" + `{"id":"bad","text":"z","meta":[1]}` + "\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	got := collect(t, NewLines(file))
	if r := got["line 1"]; !strings.Contains(r.Refused, "64 KB") {
		t.Errorf("%+v", r)
	}
	if r := got["ok"]; r.Refused != "" || r.Meta.Product != "P" {
		t.Errorf("%+v", r)
	}
	if r := got["line 3"]; !strings.Contains(r.Refused, "not a JSON document") {
		t.Errorf("%+v", r)
	}
}

// TestTypesAreSaid: what is read has its markup, what is not is counted by type.
func TestTypesAreSaid(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.rst": "x", "b.adoc": "x", "c.textile": "x", "d.mdx": "x", "e.htm": "x", "f.org": "x", "g.org": "x", "sub/h.PNG": "x", "Makefile": "x", ".hidden/i.org": "x", "j.docx": "x"})
	f := NewFolder(dir)
	for range 2 { // each listing counts anew
		got := collect(t, f)
		for p, media := range map[string]knowledge.Media{"a.rst": knowledge.RST, "b.adoc": knowledge.AsciiDoc, "c.textile": knowledge.Textile, "d.mdx": knowledge.Markdown, "e.htm": knowledge.HTML} {
			if got[p].Media != media {
				t.Errorf("%s is read as %q", p, got[p].Media)
			}
		}
		if got["j.docx"].Refused == "" {
			t.Error("a Word file is not named")
		}
		if want := map[string]int{".org": 2, ".png": 1, "others": 1}; !maps.Equal(f.Passed(), want) {
			t.Errorf("%v", f.Passed())
		}
	}
}
