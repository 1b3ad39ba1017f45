package ingest

import (
	"fmt"
	"strings"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/knowledge/markup"
	"footnote/pipeline/text"
)

// cleaned is a text ready to be cut, with what the text told about itself.
type cleaned struct {
	text    string
	meta    knowledge.Meta
	kept    int // letters and digits
	dropped []knowledge.Dropped
}

// clean turns a decoded text into clean Markdown or plain text in NFC, and tells what
// was left out. Verbatim documents stay as they are. Values are what the page's own
// variables hold.
func clean(raw knowledge.Raw, body string, values map[string]string) (cleaned, error) {
	if raw.Verbatim {
		return cleaned{text: body, meta: knowledge.Meta{Title: titleOf(raw.Media, body)}}, nil
	}
	p, err := markup.Read(raw.Media, body, values)
	if err != nil {
		return cleaned{}, refuse("The page cannot be read: it is nested too deep.")
	}
	return cleaned{text: p.Text, meta: knowledge.Meta{Title: p.Title, Locale: p.Locale}, kept: p.Kept, dropped: p.Dropped}, nil
}

// titleOf returns the first top heading of a Markdown text.
func titleOf(media knowledge.Media, body string) string {
	if media == knowledge.Text {
		return ""
	}
	for line := range strings.Lines(body) {
		if t, ok := strings.CutPrefix(strings.TrimSpace(line), "# "); ok {
			return Plain(t)
		}
	}
	return ""
}

// valuesOf are the plain values of front matter, for the variables of its page.
func valuesOf(page *access.Page) map[string]string {
	out := map[string]string{}
	for key, value := range page.Front() {
		switch v := value.(type) {
		case string:
			out[key] = text.Clip(v, 500)
		case int, int64, uint64, float64:
			out[key] = fmt.Sprint(v)
		}
	}
	return out
}
