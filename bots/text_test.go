package bots_test

import (
	"net/textproto"
	"regexp"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ html, want string }{
		{"", ""},
		{"plain &lt;b&gt; &amp; more &#233;&nbsp;x", "plain <b> & more é x"},
		{"<p>a</p><p>b<br>c</p>", "a\n\nb\nc"},
		{"<div>a</div><div>b</div>", "a\nb"},
		{"<h2>T</h2>x", "T\n\nx"},
		{"in<b>li</b>ne <i>a</i>.", "inline a."},
		{"<ul><li>a<li>b<ol><li>c</li><li>d</li></ol></ul>e", "- a\n- b\n  1. c\n  2. d\ne"},
		{"<ol start=4><li><p>a</p></li><li>b</li></ol>", "4. a\n\n5. b"},
		{"<table><tr><th>k<th>v</tr><tr><td>a</td><td>b</td></tr></table>", "k | v\na | b"},
		{`see <a href="https://a.example/x?y=1&amp;z">here</a>.`, "see here (https://a.example/x?y=1&z)."},
		{`<a href="https://a.example/">https://a.example</a> <a href="mailto:x@a.example">x@a.example</a>`, "https://a.example x@a.example"},
		{`<a href="javascript:alert(1)">x</a><a href="data:text/html,x">y</a>`, "xy"},
		{`<img src=x alt="a chart"><img src=p width=1 height=1 alt=p><img style="width:0px" alt=p>`, "[image: a chart]"},
		{"<p hidden>a</p><span style='display: none'>b<span>c</span></span>d<div style=\"font-size:0\">e</div>", "d"},
		{"<style>p{}</style><script>x</script><!-- c --><title>t</title>d", "d"},
		{"<pre>a\n  b\n\nc</pre>d", "a\n  b\n\nc\n\nd"},
		{"new<blockquote>old<blockquote>older</blockquote>x</blockquote>y", "new\n\n> old\n>\n> > older\n>\n> x\n\ny"},
		{`new<div class="gmail_quote">On Monday, A wrote:<br><blockquote>old</blockquote></div>`, "new\n> On Monday, A wrote:\n>\n> > old"},
		{`new<div class="gmail_signature">Ada<br>CEO</div>`, "new\n-- \nAda\nCEO"},
		{"<p>مرحبا <b>كيف</b>؟</p>", "مرحبا كيف؟"},
		{"<b", ""}, {"a < b", "a < b"}, {"</div></p>a<li>b", "a\n- b"},
	} {
		if got := bots.Text(c.html); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.html, got, c.want)
		}
	}
}

func TestHTMLKeepsTheText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a", "a\nb\n\nc", "1.\tOpen\u00a0settings\n  indented  twice", `<b>&amp; "quotes" 'x'</b>`,
		"see https://a.example/?b=c&d=%20). Or (https://b.example).", "- a\n- b\n\n> q\n\n-- \nx", "\u202eabc\u202c 👩‍👩‍👧", "<script>alert(1)</script>"} {
		h := bots.HTML(s)
		if got := bots.Text(h); !sameLines(got, s) {
			t.Errorf("%q\nHTML %s\ntext %q", s, h, got)
		}
		if strings.Contains(h, "<script") || strings.Contains(h, "<b>") {
			t.Errorf("the text became markup: %s", h)
		}
	}
}

// sameLines compares what HTML promises to keep: every line but for its spaces.
func sameLines(a, b string) bool {
	lines := func(s string) string {
		var out []string
		for l := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n") {
			if l = strings.Join(strings.Fields(l), " "); l != "" {
				out = append(out, l)
			}
		}
		return strings.Join(out, "\n")
	}
	return lines(a) == lines(b)
}

var tagForm = regexp.MustCompile(`<[a-zA-Z/!][^>]*>`)

// TestHostileHTML: nothing that a browser would run comes out, unless the input
// had it escaped, as text.
func TestHostileHTML(t *testing.T) {
	t.Parallel()
	n, tags := 0, 0
	found := bottest.BadRows(t, "html_xss.jsonl", func(r struct{ Text string }) {
		n++
		out := bots.Text(r.Text)
		if strings.Contains(strings.ToLower(out), "<script") && !strings.Contains(strings.ToLower(r.Text), "&lt;") {
			t.Errorf("%q gives %q", r.Text, out)
		}
		if tagForm.MatchString(out) && !strings.Contains(r.Text, "&") {
			tags++
			t.Errorf("%q gives %q", r.Text, out)
		}
	})
	bottest.BadRows(t, "email_torture.jsonl", func(r struct{ B64 []byte }) { n++; bots.Text(string(r.B64)) })
	if !found {
		t.Skip("no ../shared/data")
	}
	t.Logf("%d inputs, %d with a tag in the text", n, tags)
}

// TestTextIsLinear: a mebibyte takes about a second, whatever it is; the limit is
// wide, for what it tells from is hours.
func TestTextIsLinear(t *testing.T) {
	for _, unit := range []string{"<div>", "<blockquote>a", "<a href=x>", "</div>", "<li>", "<ul>", "<td>x", "<b", "&", "<p hidden>", "<div style='a:b;", "a ", "<pre>\n", "<!--", "<span hidden><span>", "<a href=https://a.example>x</a>"} {
		begin := time.Now()
		bots.Text(strings.Repeat(unit, (1<<20)/len(unit)))
		if d := time.Since(begin); d > time.Minute {
			t.Errorf("1 MiB of %q takes %s", unit, d)
		}
	}
}

func TestAutoReply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value, subject, text string
		want                       bool
	}{
		{"Auto-Submitted", "auto-replied", "x", "x", true}, {"Auto-Submitted", "no", "x", "x", false}, {"Precedence", "bulk", "", "", true},
		{"X-Autoreply", "yes", "", "", true}, {"Return-Path", "<>", "", "", true}, {"Return-Path", "<a@b>", "", "", false},
		{"", "", "Automatic reply: Order", "", true}, {"", "", "RE: Out of office", "", true}, {"", "", "Abwesenheitsnotiz", "", true},
		{"", "", "The automatic reply does not work", "Why?", false}, {"", "", "Undeliverable: x", "", true}, {"", "", "Auto insurance", "How?", false},
		{"", "", "Re: Order", "I am currently out of the office until Monday.", true}, {"", "", "Re: Order", "I am out of the office until Monday. Can you call then?", false},
		{"", "", "Order", "Where is it?", false}, {"", "", "Re: x", "Ich bin bis zum 9. März nicht im Büro.", true},
	} {
		h := textproto.MIMEHeader{}
		if c.name != "" {
			h.Set(c.name, c.value)
		}
		if got := bots.AutoReply(h, c.subject, c.text); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "<p>a<br>b", "<table><td>x<td>y", "<ul><li>", "<a href=http://x>y", "<blockquote><div class=gmail_quote>", "<pre>\r\n", "<svg><p>", "&#0;&#xD800;", "<p hidden>a<p>b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out := bots.Text(s); len(out) > 8*len(s)+400_000 || strings.ContainsRune(out, 0) {
			t.Fatalf("%d bytes give %d", len(s), len(out))
		}
		if h := bots.HTML(s); strings.ToValidUTF8(s, "") == s && !sameLines(bots.Text(h), strings.ReplaceAll(s, "\x00", "")) && len(s) < 4096 {
			t.Fatalf("%q\nHTML %q\ntext %q", s, h, bots.Text(h))
		}
	})
}
