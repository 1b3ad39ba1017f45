package qdrant_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/knowledge"
)

// markdownFolder reads a snapshot of a help centre.
func markdownFolder(t testing.TB, dir string) docs {
	t.Helper()
	root := data(t, dir)
	var d docs
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(p, ".md") {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(root, p)
		d = append(d, knowledge.Raw{Path: filepath.ToSlash(rel), Data: b, Size: int64(len(b)), Media: knowledge.Markdown})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRealSnapshots syncs three dated states of real help centres, one after the
// other, and compares the reports with what truly changed between them.
func TestRealSnapshots(t *testing.T) {
	for _, set := range []struct {
		name      string
		snapshots []string
	}{
		{"kb_logingov", []string{"2022-01", "2024-01", "2026-08"}},
		{"kb_office", []string{"2022-01", "2023-01", "2024-10"}},
	} {
		t.Run(set.name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("long")
			}
			s := newStack(t, nil)
			var before docs
			for _, snap := range set.snapshots {
				now := markdownFolder(t, set.name+"/"+snap)
				r := s.sync(t, "kb", now)
				t.Logf("%s: +%d ~%d =%d -%d, %d quarantined, %d passages, %v", snap, r.Added, r.Changed, r.Unchanged, r.Deleted, len(r.Quarantined), r.Passages, r.Duration)
				reasons := map[string]int{}
				for _, q := range r.Quarantined {
					reasons[q.Reason]++
				}
				for reason, n := range reasons {
					t.Logf("  %d × %s", n, reason)
				}
				if len(r.Quarantined) > len(now)/4 {
					t.Errorf("%d of %d quarantined", len(r.Quarantined), len(now))
				}
				if r.Added+r.Changed+r.Unchanged+len(r.Quarantined) != len(now) {
					t.Errorf("the report does not add up to %d: %+v", len(now), r)
				}
				bodiesMayOnlyChangeSo(t, before, now, r)
				s.clean(t)
				again := s.sync(t, "kb", now)
				if again.Added+again.Changed+again.Deleted+again.Passages != 0 {
					t.Errorf("a second sync found changes: %+v", again)
				}
				before = now
			}
			offsetsHold(t, s)
		})
	}
}

// bodiesMayOnlyChangeSo: a document whose bytes did not change is not reported
// as changed.
func bodiesMayOnlyChangeSo(t *testing.T, before, now docs, r knowledge.Report) {
	t.Helper()
	old := map[string]string{}
	for _, d := range before {
		old[d.Path] = string(d.Data)
	}
	for _, d := range now {
		if old[d.Path] == string(d.Data) && slices.Contains(r.Documents, "kb/"+d.Path) {
			t.Errorf("%s did not change", d.Path)
		}
	}
}

func offsetsHold(t *testing.T, s *stack) {
	t.Helper()
	page, err := s.ListDocuments(t.Context(), knowledge.DocumentFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range page.Documents {
		full, err := s.FindDocument(t.Context(), d.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range full.Passages {
			if full.Text[p.Start:p.End] != p.Text {
				t.Fatalf("%s: offsets %d–%d are not the passage", d.ID, p.Start, p.End)
			}
		}
	}
}
