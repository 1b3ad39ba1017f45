package demand

import (
	"bufio"
	"encoding/json"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func dataDir(t testing.TB) string {
	dir := os.Getenv("FOOTNOTE_DATA")
	if dir == "" {
		dir = "../../../../shared/data"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no evaluation data: set FOOTNOTE_DATA")
	}
	return dir
}

type row struct{ ID, Text, Cat, Group, Channel, Carrier, Goal string }

func rows(t testing.TB, path ...string) (out []row) {
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		var v row
		if len(line) > 1 && json.Unmarshal(line, &v) == nil {
			out = append(out, v)
		}
		if err != nil {
			return out
		}
	}
}

func half(key string) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() >> 9 & 1)
}

// TestFigures reads figures off public sets, and holds floors. One half of each set was
// looked at when the words were chosen (half 0), by the names of its groups; of the other
// only some pages of copilot_goals were seen.
func TestFigures(t *testing.T) {
	dir := dataDir(t)
	for _, set := range []string{"copilot_goals", "injection_indirect", "injection_direct", "benign_hard"} {
		hit, n := [2]map[string]int{{}, {}}, [2]map[string]int{{}, {}}
		for _, r := range rows(t, dir, "badinputs", "dev", set+".jsonl") {
			if set == "copilot_goals" && r.Channel != "knowledge_doc" {
				continue
			}
			key := r.Group
			if set == "copilot_goals" {
				key = r.Goal
			}
			if key == "" {
				key = r.Text
			}
			k, cat := half(key), strings.SplitN(r.Cat, ":", 2)[0]
			for _, c := range []string{cat, "ALL"} {
				n[k][c]++
				if len(Find(r.Text)) > 0 {
					hit[k][c]++
				}
			}
		}
		for k := range 2 {
			t.Logf("%s half %d: %d of %d", set, k, hit[k]["ALL"], n[k]["ALL"])
			switch share := float64(hit[k]["ALL"]) / float64(n[k]["ALL"]); {
			case set == "copilot_goals" && share < .6, set == "injection_indirect" && share < .35, set == "benign_hard" && share > .03:
				t.Errorf("%s half %d: %.3f", set, k, share)
			}
		}
	}
	for _, set := range []string{"kb_office", "kb_logingov"} {
		pages, held := 0, 0
		err := filepath.WalkDir(filepath.Join(dir, set), func(p string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(p, ".md") {
				b, _ := os.ReadFile(p)
				pages++
				if fs := Find(string(b)); len(fs) > 0 {
					held++
					t.Logf("%s: %.300v", filepath.Base(p), fs)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d of %d pages", set, held, pages)
		if float64(held) > .002*float64(pages) {
			t.Errorf("%s: %d pages would be held", set, held)
		}
	}
}

// BenchmarkFind reads a long page.
func BenchmarkFind(b *testing.B) {
	page := strings.Repeat("To reset your password, choose *Forgot password* and follow the link that we send to you. Then sign in again with your new password, and check your profile.\n\n", 1000)
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if len(Find(page)) > 0 {
			b.Fatal("found")
		}
	}
}
