package markup

import (
	"testing"

	"footnote/knowledge"
)

// TestWorldBracketTags reads shortcodes in brackets, comments, and what only looks like
// them.
func TestWorldBracketTags(t *testing.T) {
	for _, c := range []struct {
		media    knowledge.Media
		in, want string
	}{
		{knowledge.Markdown, "[su_note]Never use hot water.[/su_note]", "Never use hot water."},
		{knowledge.Markdown, "[vc_row][vc_column width=\"1/2\"]Water once.[/vc_column][/vc_row]", "Water once."},
		{knowledge.Markdown, "[accordion title=\"Can I pay by invoice?\"]\n\nYes, schools can.\n\n[/accordion]", "## Can I pay by invoice?\n\nYes, schools can."},
		{knowledge.Markdown, "Look:\n\n[gallery ids=\"1,2\"]\n\nDone.", "Look:\n\nDone."},
		{knowledge.Markdown, "Write `[su_note]x[/su_note]` for a note.", "Write `[su_note]x[/su_note]` for a note."},
		{knowledge.Markdown, "Press [Enter] or [tab] now [see below].", "Press [Enter] or [tab] now [see below]."},
		{knowledge.Markdown, "[The guide](guide.md) and [x] done", "[The guide](guide.md) and [x] done"},
		{knowledge.Markdown, "{{< notice tip \"Yearly is cheaper\" >}}\nYou save 20 %.\n{{< /notice >}}", "**Yearly is cheaper:** You save 20 %."},
		{knowledge.Markdown, "{{% alert \"Keep the code\" warning %}}\nIt is shown once.\n{{% /alert %}}", "**Keep the code:** It is shown once."},
		{knowledge.Markdown, "Open it. %%internal: ask Tom%% The link lives 30 days.", "Open it. The link lives 30 days."},
		{knowledge.Markdown, "Open it.\n\n%%\nask Tom first\n%%\n\nShare it.", "Open it.\n\nShare it."},
		{knowledge.Markdown, "It is 100%% sure. Another 50%% is not.", "It is 100%% sure. Another 50%% is not."},
		{knowledge.Markdown, "```\n%% a comment of LaTeX %%\n[b]x[/b]\n```", "```\n%% a comment of LaTeX %%\n[b]x[/b]\n```"},
		{knowledge.HTML, "<article><p>[su_note]Never use hot water.[/su_note]</p></article>", "Never use hot water."},
		{knowledge.HTML, "<article><p>[vc_row css=&#8221;.vc{}&#8221;]</p><p>Water once.</p><p>[/vc_row]</p></article>", "Water once."},
		{knowledge.HTML, "<article><p>Press [Ctrl] and [a].</p><pre>[b]x[/b]</pre></article>", "Press [Ctrl] and [a].\n\n```\n[b]x[/b]\n```"},
	} {
		p, err := Read(c.media, c.in, nil)
		if err != nil || p.Text != c.want {
			t.Errorf("%s\n got %q %v\nwant %q", c.in, p.Text, err, c.want)
		}
	}
}
