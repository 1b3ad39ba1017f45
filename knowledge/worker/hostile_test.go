package worker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/ingest"
	"footnote/knowledge/source"
	"footnote/pipeline"
)

// pieces are what hostile documents are made of, by format; # stands for a
// number, @ for a name.
var pieces = map[string][]string{
	"html": {"<b>", "<b id=#>", "<i class=@>", "<a href=@>", "</a>", "<p>", "</p>", "<div>", "</div>", "<table>", "</table>", "<tr>", "<td>", "<td colspan=#>", "<td rowspan=#>", "<td colspan=# rowspan=#>",
		"<th>", "<thead>", "<tbody>", "<caption>", "<ol>", "<ol start=#>", "<ul>", "<li>", "<li value=#>", "</ol>", "</ul>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<code>", "</code>", "<br>", "<hr>", "<h1>", "<h6>", "</h1>",
		"<img src=@ width=#>", "<img alt=@>", "<input>", "<form>", "<select>", "<option>", "<button>", "<svg>", "<math>", "<mi>", "<template>", "<script>", "</script>", "<style>", "<!--", "-->", "<![CDATA[", "]]>", "<?@", "<span hidden>", "<span>", "</span>",
		"<main>", "<article>", "<nav>", "<details>", "<dl><dt>", "<dd>", "<frameset>", "<plaintext>", "<noscript>", "<iframe>", "<textarea>", "<font color=@>", "<nobr>", "<center>", "<x-@>", "&lt;", "&amp", "&#x#;", "&@;", "word ", "\n", "word", "<strong>", "</strong>", "<em>", "@=@ ", "\" '", "<a @=# @=#>", "|"},
	"markdown": {"# ", "###### ", "word ", "\n", "\n\n", "> ", "- ", "* ", "1. ", "#. ", "  ", "\t", "```", "~~~", "`", "``", "*", "**", "_", "[", "]", "(", ")", "[a](", "](b)", "![", "[@]: @\n", "[@][@]", "[^#]", "[^#]: ", "|", "|-", "|:-:|\n", "| a | b |\n", "---\n", "===\n", "\\", "<div>\n", "</div>\n",
		"<!-- ", "-->", "<table><tr><td colspan=#>\n\n", "<script>", "{% @ %}", "{{ @ }}", "{: @}\n", "{#@}", "&lt;", "https://@", "<https://@>", "$", "~~", ":::", "::: @\n", "- [ ] ", "文", "。", "!!! ", "    "},
	"text":  {"word ", "\n", "\n\n", "A Heading\n", "x", "文", "。", "\u200b", "\u0301", "a\u0301\u0302", "\u202e", "\t", "\x00", "\xff\xfe", "\xfe\xff", "\xc3", "\r", "\f", "#", "@", ". ", "! ", "😀", "\u00ad", "\ufeff"},
	"front": {"@: @\n", "title: @\n", "@: &a [*a, *a]\n", "- ", "  ", "[", "{", "{@: ", "]", "}", "'", "\"", "|\n ", ">\n ", "? ", ": ", "!!@ ", "&a ", "*a ", "<<: *a\n", "#\n", "audience: @\n", "valid_until: #\n", "@: [", "\n", "\\x41", "%TAG ! @\n", "null", "1e#"},
	"restructuredtext": {"word ", "\n", "\n\n", "====\n", "----\n", "~~~~\n", ".. @:: @\n", ".. |@| replace:: |@| |@|\n", "|@|", ".. _@: @_\n", ".. _a: b_\n.. _b: a_\n", "`@ <@_>`_ ", "::\n\n", "   ", ".. include:: a\n", ".. csv-table::\n", ".. list-table::\n   * - ", "+---+---+\n", "| a | b |\n", "+===+===+\n",
		"==== ====\n", "* ", "#. ", "- ", ":@: @\n", ":@:`@`", "**", "``", "`", ".. [#] ", "[#]_ ", ".. [@] ", "\\ ", ".. only:: @\n", ".. tab:: @\n\n   ", ".. |a| unicode:: 0x#\n", ".. math::\n"},
	"asciidoc": {"word ", "\n", "\n\n", "= @\n", "====== @\n", ":@: {@}{@}\n", ":a: {a}{a}\n", "{a}", "{@}", "include::a[]\n", "include::@[leveloffset=#]\n", "ifdef::@[]\n", "ifndef::@[]\n", "endif::[]\n", "|===\n", "|a ", "#+|a ", ".#+|a\n", "a|\n", "[cols=\"#*\"]\n", "----\n", "====\n", "****\n", "____\n", "--\n", "* ", "********** ",
		". ", "+\n", "[[@]]\n", "<<@,@>>", "link:@[@]", "image::@[@]\n", "[NOTE]\n", "NOTE: ", "footnote:[", "]", "pass:[@]", "+++", "$$", "`", "*", "_", "@::\n", "xref:@[", "[source,@]\n", "kbd:[@]", "menu:@[@ > @]", "toc::[]\n", "{counter:@}"},
	"textile": {"word ", "\n", "\n\n", "h1. @\n\n", "h6(@#@){@}[@]. ", "bq.. ", "bc.. ", "pre.. ", "p. ", "notextile. ", "<notextile>", "|a|", "|_. a|", "|\\#. a|", "|/#. a|", "* ", "********** ", "# ", "*", "_", "??", "@", "-", "+", "^", "~", "%", "\"@\":@ ", "!@!:@ ", "fn#. ", "[#]", "==", "[@]@\n", "table(@). @\n", "- @ := @\n", "<code>", "</code>", "(((((", ")))))"},
	"json":    {"[", "{", "{\"@\":", "[[", "]", "}", ",", ":", "\"@\"", "\"", "\\u0000", "\\ud800", "\\\"", "#", "-", "1e#", "true", "null", " ", "{\"a\":[", "0,", "\"meta\":{", "\"text\":\"", "\n"},
}

// hostile makes the document of a seed: a few runs of pieces, nested, wide, long
// or repeated as a whole, of 1 byte to about 1 MB.
func hostile(seed uint64) (format string, doc []byte) {
	r := rand.New(rand.NewPCG(seed, 13))
	format = []string{"html", "html", "markdown", "markdown", "text", "front", "json", "restructuredtext", "asciidoc", "textile"}[r.IntN(10)]
	words := pieces[format]
	size := int(math.Exp(r.Float64() * math.Log(1<<20)))
	var b bytes.Buffer
	for b.Len() < size {
		var unit strings.Builder
		for range 1 + r.IntN(4) {
			unit.WriteString(words[r.IntN(len(words))])
		}
		varied := r.IntN(3) == 0
		text := fill(r, unit.String())
		for n := int(math.Exp(r.Float64() * math.Log(float64(size)))); n > 0 && b.Len() < size; n-- {
			if varied && n%7 == 0 {
				text = fill(r, unit.String())
			}
			b.WriteString(text)
		}
		if r.IntN(4) == 0 && b.Len() < size/2 { // the same again
			b.Write(bytes.Clone(b.Bytes()))
		}
	}
	return format, b.Bytes()
}

func fill(r *rand.Rand, s string) string {
	var b strings.Builder
	for _, c := range s {
		switch c {
		case '#':
			b.WriteString([]string{"0", "-1", "3", "99", "1000", "65534", "1000000000", "9223372036854775807", strings.Repeat("9", 400), "1e9"}[r.IntN(10)])
		case '@':
			b.WriteString([]string{"a", "b", "name", strconv.Itoa(r.IntN(1000)), strings.Repeat("n", r.IntN(5000))}[r.IntN(5)])
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// documents are what a source makes of a hostile document.
func documents(t *testing.T, dir, format string, doc []byte) []knowledge.Raw {
	t.Helper()
	raw := knowledge.Raw{Path: "a", Data: doc, Media: knowledge.Media(format)}
	switch format {
	case "front":
		raw.Media, raw.Data = knowledge.Markdown, fmt.Appendf(nil, "---\ntitle: T\n%s\n---\n\nword\n", doc)
	case "json":
		text, _ := json.Marshal(strings.ToValidUTF8(string(doc), "?"))
		file := filepath.Join(dir, "a.jsonl")
		lines := fmt.Appendf(nil, "%s\n{\"id\":\"a\",\"text\":\"word\",\"meta\":{\"a\":%s}}\n{\"id\":\"b\",\"text\":%s}\n", doc, bytes.ReplaceAll(doc, []byte("\n"), nil), text)
		if err := os.WriteFile(file, lines, 0o600); err != nil {
			t.Fatal(err)
		}
		var out []knowledge.Raw
		for r, err := range source.NewLines(file).Documents(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if out = append(out, r); len(out) == 100 {
				break
			}
		}
		return out
	}
	return []knowledge.Raw{raw}
}

// TestHostileDocuments: of all documents made to break a parser, each is read or
// put aside within its budget and with a plain reason, and none breaks anything.
// FOOTNOTE_HOSTILE is how many (make hostile: 10,000), FOOTNOTE_HOSTILE_FROM the
// first seed.
func TestHostileDocuments(t *testing.T) {
	number := func(key string, def int) int {
		if n, err := strconv.Atoi(os.Getenv(key)); err == nil {
			return n
		}
		return def
	}
	many, from := number("FOOTNOTE_HOSTILE", 150), number("FOOTNOTE_HOSTILE_FROM", 0)
	p := pool(t, "documents")
	seeds := make(chan int)
	var mu sync.Mutex
	read, over := 0, 0
	one := func(seed int) {
		format, doc := hostile(uint64(seed))
		for _, raw := range documents(t, t.TempDir(), format, doc) {
			answer, err := p.Read(t.Context(), ingest.Request(raw, knowledge.Settings{}))
			mu.Lock()
			switch {
			case err != nil && (pipeline.KindOf(err) != pipeline.Invalid || strings.Contains(pipeline.Say(err), "breaks")):
				t.Errorf("seed %d, %s, %d bytes: %v", seed, format, len(doc), err)
			case err != nil:
				over++
				t.Logf("seed %d, %s, %d bytes, %.60q: %s", seed, format, len(doc), doc, pipeline.Say(err))
			case strings.Contains(string(answer[:min(len(answer), 200)]), "breaks the reader"):
				t.Errorf("seed %d, %s, %d bytes: %s", seed, format, len(doc), answer)
			default:
				read++
			}
			mu.Unlock()
		}
	}
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := range seeds {
				one(seed)
			}
		})
	}
	for i := range many {
		seeds <- from + i
	}
	close(seeds)
	wg.Wait()
	t.Logf("%d documents: %d read or refused by what they say, %d put aside for what they need", read+over, read, over)
	if over*10 > read {
		t.Errorf("%d of %d documents need more than a budget: is one of the parsers' bounds lost?", over, read+over)
	}
}
