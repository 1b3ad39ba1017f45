package ingest

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"footnote/knowledge"
	"footnote/pipeline"
)

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func seeds(f *testing.F) {
	for _, s := range []string{"", "# A\n\ntext\n", "---\ntitle: x\n---\nbody", "---\n", "```\ncode", "| a | b |\n|---|---|\n| 1 | 2 |", "- a\n  - b\n\n    c\n", "> - x\n>\n> y",
		"<p>x<script>", "<!-- a", "<div hidden><p>x</p></div>\n\ny", "a\r\nb\rc\x00d", "\xff\xfea\x00", "\u200b\ufeff", "Setext\n===\n\ntext", "[a]: http://x\n\n[a]", "\t1. a\n\n\tb", "&nbsp;&lt;",
		"中文标题\n\n正文。第二句。", "{% include x %}\n{: .a}\n", strings.Repeat(">", 200) + "a", strings.Repeat("- ", 100) + "a", strings.Repeat("<b>", 300) + "x", "a: &a [*a]", "  \n\n A heading \n" + strings.Repeat("word ", 60)} {
		f.Add([]byte(s))
	}
}

func FuzzPrepare(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, media := range []knowledge.Media{knowledge.Markdown, knowledge.HTML, knowledge.Text} {
			p, err := prepare(knowledge.Raw{Path: "a.md", Data: b, Size: int64(len(b)), Media: media}, knowledge.Settings{Audience: pipeline.Public})
			if err != nil {
				if pipeline.KindOf(err) != pipeline.Invalid || err.Error() == "" {
					t.Fatalf("%v is no reason for people", err)
				}
				continue
			}
			if !utf8.ValidString(p.text) || strings.ContainsRune(p.text, 0) || !utf8.ValidString(p.meta.Title) {
				t.Fatalf("Postgres would refuse %q", p.text)
			}
			if p.meta.Audience != pipeline.Public && p.meta.Audience != pipeline.Restricted {
				t.Fatalf("audience %q", p.meta.Audience)
			}
			checkChunks(t, p.text, p.chunks)
			if again, err := prepare(knowledge.Raw{Path: "a.md", Data: b, Size: int64(len(b)), Media: media}, knowledge.Settings{Audience: pipeline.Public}); err != nil || again.hash != p.hash {
				t.Fatal("the same bytes gave another document")
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decode(knowledge.Raw{Data: b, Media: knowledge.Text})
		if err == nil && (!utf8.ValidString(s) || strings.TrimSpace(s) == "") {
			t.Fatalf("%q", s)
		}
		if v, err := decode(knowledge.Raw{Data: b, Media: knowledge.Text, Verbatim: true}); err == nil && len(v) != len(b) {
			t.Fatal("verbatim text has other offsets")
		}
	})
}

func FuzzFrontMatter(f *testing.F) {
	seeds(f)
	f.Add([]byte("---\na: {b: [c, 'd', \"e\"]}\ntitle: |\n  x\n  y\nreview_date: 2026-01-01\n---\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, body, _, err := frontMatter(strings.ToValidUTF8(string(b), "?"))
		if err == nil && len(body) > len(b)*4 {
			t.Fatal("the body grew")
		}
	})
}

func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		text := strings.ToValidUTF8(string(b), "?")
		for _, media := range []knowledge.Media{knowledge.Markdown, knowledge.Text} {
			checkChunks(t, text, Split(media, text))
		}
	})
}
