package cards

import (
	"fmt"
	"strings"
	"testing"

	"footnote/bots/slack/layout"
	"footnote/bots/slack/sample"
	"footnote/pipeline"
)

// said is all text of a part.
func said(ps ...layout.Part) string {
	var b strings.Builder
	for _, p := range ps {
		for _, runs := range append(append([]layout.Runs{}, p.Lines...), p.Tail...) {
			for _, r := range runs {
				b.WriteString(r.Text)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// TestHostileLongTexts: what does not fit on a card says how much is missing and where
// the whole of it is; nothing ends without a word.
func TestHostileLongTexts(t *testing.T) {
	for _, n := range []int{12_001, 40_000} {
		for name, unit := range map[string]string{"letters": "a", "words": "word ", "Chinese": "字", "emoji": "🎉", "marks": "e\u0301", "lines": "x\n"} {
			text := strings.Repeat(unit, n/len([]rune(unit)))
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				r := sample.Typical()
				r.Ticket.Messages[len(r.Ticket.Messages)-1].Text = text
				r.Draft.Message = r.Ticket.Messages[len(r.Ticket.Messages)-1].ID
				for _, final := range []bool{false, true} {
					q, _ := Question(r, final)
					if s := said(q); !strings.Contains(s, "more characters; the whole text is at the desk") {
						t.Errorf("the question (final %v) ends %q", final, s[max(0, len(s)-80):])
					}
				}
				if s := said(whole(text, true)); !strings.Contains(s, "the whole text is") {
					t.Errorf("a note ends %q", s[max(0, len(s)-80):])
				}
				r.State, r.Text = pipeline.StateSent, text
				if s := said(replied(r)...); !strings.Contains(s, "stands in the thread below") {
					t.Errorf("the reply ends %q", s[max(0, len(s)-80):])
				}
				r.Draft.Sentences = []pipeline.Sentence{{Text: text, Plain: true}}
				for _, console := range []bool{false, true} {
					if p, all := DraftText(r.Draft, console); all || !strings.Contains(said(p), "…") {
						t.Error("a draft that does not fit may be approved from the card")
					}
				}
			})
		}
	}
	var links []string
	for i := range 40 {
		links = append(links, fmt.Sprintf("https://host-%d.example/a", i))
	}
	if s := layout.HostList(strings.Join(links, " ")); !strings.HasSuffix(s, "more") || layout.Units(s) > 230 {
		t.Errorf("hosts: %q", s)
	}
}
