package worker_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/ingest"
)

// BenchmarkReal reads the pages of a real help site, in this process and in a
// child.
func BenchmarkReal(b *testing.B) {
	var requests [][]byte
	root := "../../../shared/data/kb_logingov"
	_ = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".md") {
			if data, err := os.ReadFile(p); err == nil {
				requests = append(requests, ingest.Request(knowledge.Raw{Path: p, Data: data, Media: knowledge.Markdown}, knowledge.Settings{}))
			}
		}
		return nil
	})
	if len(requests) == 0 {
		b.Skip("no pages in ", root)
	}
	b.Run("here", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			ingest.Read(requests[i%len(requests)])
		}
	})
	b.Run("child", func(b *testing.B) {
		p := pool(b, "documents")
		for i := 0; b.Loop(); i++ {
			if _, err := p.Read(b.Context(), requests[i%len(requests)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("children", func(b *testing.B) {
		p := pool(b, "documents")
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				if _, err := p.Read(b.Context(), requests[i%len(requests)]); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
