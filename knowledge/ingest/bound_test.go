package ingest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"footnote/knowledge"
)

// TestNamedSizesAreClamped: what a page says about itself is not believed. Each
// of these pages took gigabytes; the text of each is still there.
func TestNamedSizesAreClamped(t *testing.T) {
	ragged := "<table><tr>" + strings.Repeat("<td>a", 5000) + strings.Repeat("<tr><td>word", 5000) + "</table>"
	wide := "<table><tr><td>" + strings.Repeat("word ", 20000) + strings.Repeat("<tr><td>word", 20000) + "</table>"
	for name, page := range map[string]string{
		"colspan":       "<table><tr><td colspan=1000000000>word</table>",
		"long colspan":  "<table><tr><td colspan=99999999999999999999999>word</table>",
		"rowspan":       "<table><tr><td rowspan=1000000000>word<tr><td>b</table>",
		"both":          "<table><tr><td rowspan=65534 colspan=1000>word<tr><td>b</table>",
		"many spans":    "<table>" + strings.Repeat("<tr><td rowspan=1000 colspan=1000>word", 3000) + "</table>",
		"many tables":   strings.Repeat("<table><tr><td colspan=1000>word</table>", 20000),
		"ragged":        ragged,
		"wide":          wide,
		"start":         "<ol start=999999999999999999999999999><li>word</ol>",
		"lists":         strings.Repeat("<ol start=999999999><li>", 200) + strings.Repeat("word<br>", 40000),
		"quotes":        strings.Repeat("<blockquote>", 200) + strings.Repeat("word<br>", 40000),
		"quoted code":   strings.Repeat("<blockquote>", 30) + "<pre>" + strings.Repeat("word\n", 100000),
		"formula":       "<table><tr><td><math>" + strings.Repeat("<tr><td colspan=1000>word</td></tr>", 3000) + "</math></table>",
		"address":       strings.Repeat("<p>word <a href=https://a.example/"+strings.Repeat("a", 20000)+">b", 200),
		"removed nodes": strings.Repeat("word<input>", 100000),
	} {
		for _, media := range []knowledge.Media{knowledge.HTML, knowledge.Markdown} {
			t.Run(name+" as "+string(media), func(t *testing.T) {
				text := "<p>before</p>\n" + page
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				p, err := prepare(knowledge.Raw{Path: "a.html", Data: []byte(text), Media: media}, knowledge.Settings{})
				runtime.ReadMemStats(&after)
				if name == "address" && media == knowledge.Markdown && err != nil && strings.Contains(err.Error(), "leave out") {
					return // no tag is as long as that: it stops at the owner
				}
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(p.text, "word") || !strings.Contains(p.text, "before") {
					t.Errorf("the text is lost: %.200q", p.text)
				}
				if len(p.text) > 2*len(text)+1<<19 {
					t.Errorf("%d bytes became %d", len(text), len(p.text))
				}
				if made := after.TotalAlloc - before.TotalAlloc; made > 1<<32 { // what the race detector adds is in it
					t.Errorf("%d bytes took %d MB in all", len(text), made>>20)
				}
			})
		}
	}
}

// TestOrdinaryTablesStayTables: the bounds lie far outside what people write.
func TestOrdinaryTablesStayTables(t *testing.T) {
	var b strings.Builder
	b.WriteString("<table><tr><th rowspan=2>Plan</th><th colspan=2>Price</th></tr><tr><th>month</th><th>year</th></tr>")
	for i := range 300 {
		fmt.Fprintf(&b, "<tr><td>Plan %d with a long name</td><td>%d</td><td>%d</td></tr>", i, i, 10*i)
	}
	b.WriteString("</table>")
	p, err := prepare(knowledge.Raw{Path: "a.html", Data: []byte(b.String()), Media: knowledge.HTML}, knowledge.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| Plan | Price |", "|  | month | year |", "| Plan 299 with a long name | 299 | 2990 |"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("no %q in %.400s", want, p.text)
		}
	}
	quoted := strings.Repeat("<blockquote>", 5) + "<ol start=7><li>seven<li>eight</ol>"
	if p, err = prepare(knowledge.Raw{Path: "a.html", Data: []byte(quoted), Media: knowledge.HTML}, knowledge.Settings{}); err != nil || !strings.Contains(p.text, "> > > > > 8. eight") {
		t.Errorf("%v: %q", err, p.text)
	}
}
