package requests

import (
	"encoding/json"
	"testing"

	"footnote/bots/slack/client"
	"footnote/bots/slack/words"
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

// TestWorldWritten: what somebody asks Footnote is more than the text of the message.
func TestWorldWritten(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"text":"<@U0BOT> how long?"}`: "<@U0BOT> how long?",
		`{"text":"<@U0BOT> can you answer this?","attachments":[{"is_share":true,"author_name":"Bob","text":"Refunds &lt;5 days?"}]}`:                    "<@U0BOT> can you answer this?\n\nForwarded message from Bob:\nRefunds &lt;5 days?",
		`{"text":"","attachments":[{"is_share":true,"text":"Where is it?"}]}`:                                                                            "Forwarded message:\nWhere is it?",
		`{"text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a < b?"}]}]}]}`:             "a &lt; b?",
		`{"text":"how long?","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"how long?"}]}]}]}`: "how long?",
		`{"text":"","files":[{"name":"a.m4a","transcription":{"preview":{"content":"do we ship to Peru"}}}]}`:                                            "Voice clip, transcript:\ndo we ship to Peru",
		`{"text":"see <https://a.test>","attachments":[{"from_url":"https://a.test","title":"A","text":"About"}]}`:                                       "see <https://a.test>",
		`{"text":" "}`: "",
	} {
		var m words.Message
		if err := json.Unmarshal([]byte(in), &m); err != nil {
			t.Fatal(err)
		}
		if got := written(m); got != want {
			t.Errorf("%s\n got %q\nwant %q", in, got, want)
		}
	}
}
