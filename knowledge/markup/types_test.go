package markup

import (
	"strings"
	"testing"

	"footnote/knowledge"
)

// TestWorldRST: reStructuredText as help centres use it.
func TestWorldRST(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"titles", "=====\nTitle\n=====\n\nIntro.\n\nFees\n====\n\nText.\n\nMore\n----\n\nText.", "# Title\n\nIntro.\n\n## Fees\n\nText.\n\n### More\n\nText."},
		{"admonition", "Title\n=====\n\n.. warning:: It is hot.\n   Really.\n\n.. note::\n\n   Free for *all*.\n\nEnd.", "# Title\n\n**Warning:** It is hot. Really.\n\nFree for *all*.\n\nEnd."},
		{"fields", ":orphan:\n:audience: public\n\nTitle\n=====\n\nText.", "# Title\n\nText."},
		{"lists", "Do this:\n\n1. Open it.\n\n   .. image:: a.png\n\n2. Close\n   it.\n3. Done.\n\n* a\n* b\n\n  c", "Do this:\n\n1. Open it.\n2. Close it.\n3. Done.\n\n- a\n- b\n\n  c"},
		{"automatic numbers", "#. One.\n#. Two.", "1. One.\n2. Two."},
		{"inline", "Use ``pip install`` and **bold**, :guilabel:`&Save`, :menuselection:`File --> Open`, :ref:`the guide <guide>`, :kbd:`Ctrl+C` and `site <https://x.example>`_.", "Use `pip install` and **bold**, Save, File > Open, the guide, Ctrl+C and [site](https://x.example)."},
		{"named link", "See the docs_ and `my page`_.\n\n.. _docs: https://x.example/d\n.. _my page: https://x.example/p", "See the [docs](https://x.example/d) and [my page](https://x.example/p)."},
		{"substitution", "Version |version| of |name|.\n\n.. |name| replace:: Acme Cloud", "Version […] of Acme Cloud."},
		{"footnote", "It costs 12 € [1]_ a month [#f]_.\n\n.. [1] Only once.\n.. [#f] Not in May.", "It costs 12 € (Only once) a month (Not in May)."},
		{"literal", "Run::\n\n    make |x|\n\nThen.", "Run:\n\n```\nmake |x|\n```\n\nThen."},
		{"code", ".. code-block:: bash\n   :linenos:\n\n   ls -l\n\nEnd.", "```\nls -l\n```\n\nEnd."},
		{"comment", ".. secret comment\n   more of it\n\nText.\n\n.. toctree::\n   :maxdepth: 2\n\n   a\n   b", "Text."},
		{"grid table", "+------+-------+\n| Plan | Price |\n+======+=======+\n| A    | 5 €   |\n+------+-------+", "| Plan | Price |\n|---|---|\n| A | 5 € |"},
		{"simple table", "====  =====\nPlan  Price\n====  =====\nA     5 €\nB     6 €\n====  =====", "| Plan | Price |\n|---|---|\n| A | 5 € |\n| B | 6 € |"},
		{"list table", ".. list-table:: Plans\n   :header-rows: 1\n\n   * - Plan\n     - Price\n   * - A\n     - 5 €", "**Plans**\n\n| Plan | Price |\n|---|---|\n| A | 5 € |"},
		{"csv table", ".. csv-table::\n   :header: Plan, Price\n\n   A, \"5,00 €\"", "| Plan | Price |\n|---|---|\n| A | 5,00 € |"},
		{"definitions", "Fee\n  Three euros.\n\nTerm : classifier\n  What.", "**Fee**: Three euros.\n\n**Term**: What."},
		{"tabs", ".. tab-set::\n\n   .. tab-item:: Web\n\n      Click.\n\n   .. tab-item:: App\n\n      Tap.", "## Web\n\nClick.\n\n## App\n\nTap."},
		{"dropdown", ".. dropdown:: Is it free?\n\n   Yes.", "## Is it free?\n\nYes."},
		{"line block", "| One\n| Two", "One\nTwo"},
		{"steps", "Step 1: Open\n------------\n\nTurn.\n\nStep 2: Close\n-------------\n\nPush.", "1. **Open.** Turn.\n2. **Close.** Push."},
		{"escapes", "It is 5 \\* 3 and file\\ *name* & <b>.", "It is 5 * 3 and file*name* & `<b>`."},
		{"version", ".. versionadded:: 2.1\n   The *fast* mode.", "New in version 2.1:\n\nThe *fast* mode."},
	} {
		check(t, knowledge.RST, c.name, c.in, c.want)
	}
}

// TestWorldAsciiDoc: AsciiDoc as help centres use it.
func TestWorldAsciiDoc(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"header", "= Title\nAda Lovelace <a@x.example>\n:toc:\n:product: Acme\n\nUse {product} with {unknown}.\n\n== Fees\n\nText.", "# Title\n\nUse Acme with […].\n\n## Fees\n\nText."},
		{"labels", "WARNING: It is hot.\n\n[NOTE]\n====\nFree.\n\nFor all.\n====\n\n[IMPORTANT]\n.Save first\nOr lose it.", "**Warning:** It is hot.\n\nFree.\n\nFor all.\n\n**Save first:** Or lose it."},
		{"steps", ". One.\n+\nimage::a.png[A]\n. Two.\n+\n----\nls\n----\n. Three.\n.. a\n.. b", "1. One.\n2. Two.\n\n   ```\n   ls\n   ```\n3. Three.\n   1. a\n   2. b"},
		{"bullets", "* One\n** Deep\n* [x] Two", "- One\n  - Deep\n- Two"},
		{"inline", "Press kbd:[Ctrl+T] or btn:[OK], menu:File[Save As], `code`, *bold* and _em_, #mark#, link:https://x.example[site], https://y.example[there^], xref:a.adoc#b[the part], <<refunds,Refunds>>.", "Press Ctrl+T or OK, File > Save As, `code`, **bold** and *em*, mark, [site](https://x.example), [there](https://y.example), the part, Refunds."},
		{"footnote", "It costs 12 €footnote:[Only once.] a month.", "It costs 12 € (Only once) a month."},
		{"terms", "Fee:: Three euros.\nIs it free?::\n  No.", "**Fee**: Three euros.\n\n## Is it free?\n\nNo."},
		{"table", "[cols=\"1,1\",options=\"header\"]\n|===\n|Plan |Price\n\n|A\n|5 €\n|===", "| Plan | Price |\n|---|---|\n| A | 5 € |"},
		{"table with blank line", "|===\n|Plan |Price\n\n|A |5 €\n|B |6 €\n|===", "| Plan | Price |\n|---|---|\n| A | 5 € |\n| B | 6 € |"},
		{"collapsible", ".Is it free?\n[%collapsible]\n====\nYes.\n====", "## Is it free?\n\nYes."},
		{"tabs", "[tabs]\n====\nWeb::\n+\n--\nClick.\n--\nApp::\n+\nTap.\n====", "## Web\n\nClick.\n\n## App\n\nTap."},
		{"comments", "// secret\n\n////\nsecret\n////\n\nText.\n\n++++\n<b>x</b>\n++++", "Text.\n\n**x**"},
		{"conditions", "ifdef::cloud[]\nIn the cloud.\nendif::[]\n\ninclude::part.adoc[]\n\nEnd.", "In the cloud.\n\nEnd."},
		{"source", "[source,bash]\n----\nls {x}\n----\n\n <1> One", "```\nls {x}\n```\n\n```\n<1> One\n```"},
		{"sidebar", ".Fees\n****\nThree.\n****", "**Fees**\n\nThree."},
		{"anchors", "[[fees]]\n== Fees\n\n[#x.big]\nText [[y]]here [.red]#now#.", "## Fees\n\nText here now."},
		{"breaks", "One +\ntwo", "One\ntwo"},
		{"quote", "____\nSaid.\n____", "> Said."},
	} {
		check(t, knowledge.AsciiDoc, c.name, c.in, c.want)
	}
}

// TestWorldTextile: Textile as help centres use it.
func TestWorldTextile(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"blocks", "h1. Title\n\np(intro). Text.\n\nh2(#x). Fees\n\nbq. Said.", "# Title\n\nText.\n\n## Fees\n\n> Said."},
		{"lists", "# One\n# Two\n## Deep\n# Three\n\n* a\n** b\n* c", "1. One\n2. Two\n   1. Deep\n3. Three\n\n- a\n  - b\n- c"},
		{"inline", "Use *bold*, _em_, @code <b>@, -old- +new+, \"site\":https://x.example/a. and ??cite??.", "Use **bold**, *em*, `code <b>`, new, [site](https://x.example/a). and cite."},
		{"table", "|_. Plan |_. Price |\n| A | 5 € |", "| Plan | Price |\n|---|---|\n| A | 5 € |"},
		{"footnote", "It costs 12 €[1] a month.\n\nfn1. Only once.", "It costs 12 € (Only once) a month."},
		{"code", "bc. ls -l\n<b>\n\nEnd.", "```\nls -l\n<b>\n```\n\nEnd."},
		{"long code", "bc.. one\n\ntwo\n\np. End.", "```\none\n```\n\n```\ntwo\n```\n\nEnd."},
		{"picture", "!a.png(The page)!\n\nText %{color:red}red% now.", "Text red now."},
		{"comment", "###. secret\n\nText.", "Text."},
		{"html", "<div class=\"note\">Mind *this*.</div>\n\nEnd.", "Mind *this*.\n\nEnd."},
		{"abbreviation", "The WHO(World Health Organization) says so.", "The WHO (World Health Organization) says so."},
		{"heading and list", "h3. Do this\n\n# One\n# Two\n\nnotextile. <b>x</b>", "### Do this\n\n1. One\n2. Two\n\n**x**"},
		{"start", "#3 Three\n# Four", "3. Three\n4. Four"},
		{"lines", "One\ntwo", "One\ntwo"},
		{"definition", "- Fee := Three euros", "**Fee**: Three euros"},
	} {
		check(t, knowledge.Textile, c.name, c.in, c.want)
	}
}

func check(t *testing.T, media knowledge.Media, name, in, want string) {
	t.Helper()
	p := read(t, media, in)
	if p.Text != want {
		t.Errorf("%s:\n%s\n--- want\n%s", name, p.Text, want)
	}
	if m := marks.FindString(shown(p.Text)); m != "" {
		t.Errorf("%s: %q is left in %q", name, m, p.Text)
	}
}

// TestHostileTypes: what is made to nest or repeat without end is read all the same.
func TestHostileTypes(t *testing.T) {
	for _, media := range []knowledge.Media{knowledge.RST, knowledge.AsciiDoc, knowledge.Textile, knowledge.Markdown, knowledge.HTML} {
		for _, s := range []string{".. note::\n\n", "* ", "- a\n ", "== a\n", "====\n", "|===\n|a\n", "`", "*a ", "_", ":a:`", "[", "{", "{{<", "<A ", "<A>\n", "::: a\n", "!!! a\n    ", "a::\n", ". a\n+\n", "# a\n## b\n", "|a", "\"a\":", "!a", "__", "[^1]", "^[", "  - a\n    ", "{% a %}\n", "term\n  ", "<div role=tablist><a role=tab>", "<button aria-expanded=true>a</button><p hidden>", "1. a\n\nx\n\n", "**Step 1.** a\n\n"} {
			if _, err := Read(media, strings.Repeat(s, (1<<16)/len(s)), nil); err != nil && media != knowledge.HTML {
				t.Errorf("%s, %q: %v", media, s, err)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"# a\n\n:::note\nx\n:::\n", "<A b={c}>\n\n x\n</A>", "{{< a \"b\" >}}", ".. note:: a\n\n   b", "= T\n:a: b\n\n. c\n+\n--\nd\n--", "h1. a\n\n# b\n\n|c|", "<ul role=tablist><li role=tab>a</ul><div hidden>b</div>", "1. a\n\n![b](c)\n\n2. d\n", "a[^1]\n\n[^1]: b", "!!! a \"b\"\n    c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, media := range []knowledge.Media{knowledge.Markdown, knowledge.HTML, knowledge.RST, knowledge.AsciiDoc, knowledge.Textile} {
			p, err := Read(media, s, nil)
			if err == nil && p.Kept != letters(p.Text) {
				t.Fatal("the account is wrong")
			}
		}
	})
}

// TestPartsForInsiders: what a page shows to insiders only reaches nobody.
func TestPartsForInsiders(t *testing.T) {
	for _, c := range []struct {
		media knowledge.Media
		in    string
	}{
		{knowledge.AsciiDoc, "Before.\n\nifdef::internal[]\nThe secret.\n\n* More secret\nendif::[]\n\nAfter."},
		{knowledge.AsciiDoc, "Before.\n\nifdef::staff[The secret.]\n\nAfter."},
		{knowledge.AsciiDoc, "Before.\n\nifeval::[\"{audience}\" == \"internal\"]\nThe secret.\nendif::[]\n\nAfter."},
		{knowledge.RST, "Before.\n\n.. only:: internal\n\n   The secret.\n\nAfter."},
		{knowledge.RST, "Before.\n\n.. internal::\n\n   The secret.\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n{% if user.internal %}\nThe secret.\n\nMore secret.\n{% endif %}\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n:::internal\nThe secret.\n:::\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n<Internal>\nThe secret.\n</Internal>\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n<If condition=\"internal\">\n\nThe secret.\n\n</If>\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n{{< internal >}}\nThe secret.\n{{< /internal >}}\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n{{% show-if audience=\"staff\" %}}\nThe secret.\n{{% /show-if %}}\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n!!! internal\n    The secret.\n\nAfter."},
		{knowledge.Markdown, "Before.\n\n<div hidden>\n\nThe secret.\n\n</div>\n\nAfter."},
	} {
		if p := read(t, c.media, c.in); p.Text != "Before.\n\nAfter." || len(p.Dropped) == 0 {
			t.Errorf("%q: %q, %v", c.in, p.Text, p.Dropped)
		}
	}
	for _, in := range []string{"{% if internal == false %}\nShown.\n{% endif %}", "{% unless internal %}\nShown.\n{% endunless %}", "<If condition=\"!internal\">\n\nShown.\n\n</If>"} {
		if p := read(t, knowledge.Markdown, in); p.Text != "Shown." {
			t.Errorf("%q: %q", in, p.Text)
		}
	}
}

// TestLargePages: a page that is read in parts loses nothing.
func TestLargePages(t *testing.T) {
	part := "## Part\n\nSome **words** of it.\n\n```\n# no heading\n```\n\n"
	n := 3 * largest / len(part)
	p := read(t, knowledge.Markdown, "# Book\n\n"+strings.Repeat(part, n))
	if got := strings.Count(p.Text, "Some **words** of it."); got != n || p.Title != "Book" || p.Kept != letters(p.Text) {
		t.Errorf("%d of %d parts, title %q", got, n, p.Title)
	}
}
