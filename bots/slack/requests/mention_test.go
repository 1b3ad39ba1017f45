package requests

import (
	"encoding/json"
	"testing"

	"footnote/bots/slack/client"
)

// TestReadable: markup becomes the words people see.
func TestReadable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<@U0BOT> hi":                         " hi",
		"ask <@U7|ann> in <#C1|general>":      "ask @ann in #general",
		"<!here> and <!subteam^S1|@devs>":     "@here and @devs",
		"<https://a.test|the page>":           "the page (https://a.test)",
		"<https://a.test>":                    "https://a.test",
		"<http://a.test|a.test>":              "http://a.test",
		"<mailto:x@a.test|x@a.test>":          "x@a.test",
		"&lt;!channel&gt; &amp;amp; a &lt; b": "<!channel> &amp; a < b",
		"<!date^1^{date}|today>":              "today",
		"<> <@> <|>":                          "<> @ <|>",
	} {
		if got := readable(in, "U0BOT"); got != want {
			t.Errorf("readable(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzReadable: no markup panics or grows without bound.
func FuzzReadable(f *testing.F) {
	for _, s := range []string{"<@U1|x> <", "<<a|b>>", "<!date^|>", "&lt;&amp;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := readable(s, "U1"); len(got) > 2*len(s)+8 {
			t.Errorf("%d bytes became %d", len(s), len(got))
		}
		verbOf(s)
		raw, _ := json.Marshal(s)
		_, _ = client.ReadEvent(raw)
	})
}
