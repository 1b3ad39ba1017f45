package ingest

import (
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// TestHostileShapesEnd: documents made to take for ever are prepared, or
// refused, in seconds; the limit is wide, for what it tells from is hours.
func TestHostileShapesEnd(t *testing.T) {
	const size = 1 << 17
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, text := range map[string]string{
		"quotes": fill(">"), "quotes apart": fill("> "), "lists": fill("- "), "deep list": deepList(2000), "tags": fill("<b>"), "divs": fill("<div>"), "divs on lines": fill("<div>\n"),
		"brackets": fill("["), "links": fill("[a]("), "definitions": fill("[a]: b\n"), "bars": fill("|"), "table": "|a|\n|-|\n" + fill("|x|\n"), "wide table": fill("|a") + "\n" + fill("|-") + "\n",
		"headings": fill("# a\n"), "setext": fill("a\n=\n"), "fences": fill("```\n"), "stars": fill("*a "), "comments": fill("<!--"), "scripts": fill("<script>"), "one word": fill("x"),
		"no breaks": fill("word "), "newlines": fill("\n\na"), "liquid": fill("{%"), "attributes": fill("{:a\n"), "cjk": fill("文"), "apostrophes": fill("a'"), "tabs": fill("\t"), "entities": fill("&lt;"),
		"html tables": fill("<table><tr><td>"), "br": fill("<br "), "numbers": fill("1. "), "backslashes": fill("\\"),
	} {
		for _, media := range []knowledge.Media{knowledge.Markdown, knowledge.HTML, knowledge.Text} {
			began := time.Now()
			_, err := prepare(knowledge.Raw{Path: "a.md", Data: []byte(text), Media: media}, knowledge.Settings{})
			if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
				t.Errorf("%s as %s: %v", name, media, err)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("%s as %s: %v for 128 KB", name, media, took)
			}
		}
	}
}

func deepList(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", 2*(i%400)))
		b.WriteString("- a\n")
	}
	return b.String()
}
