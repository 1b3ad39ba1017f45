package words

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// attachment is what is attached to a message: a forwarded message, a preview of a
// link, or what an integration says in the old way.
type attachment struct {
	Share  bool `json:"is_share"`
	Unfurl bool `json:"is_msg_unfurl"`
	Reply  bool `json:"is_reply_unfurl"`
	Thread bool `json:"is_thread_root_unfurl"`

	From     string `json:"from_url"`
	Original string `json:"original_url"`
	App      bool   `json:"is_app_unfurl"`

	Author   string `json:"author_name"`
	AuthorID string `json:"author_id"`
	Sub      string `json:"author_subname"`
	Channel  string `json:"channel_name"`
	Footer   string `json:"footer"`

	Pretext  string          `json:"pretext"`
	Title    string          `json:"title"`
	Link     string          `json:"title_link"`
	Text     string          `json:"text"`
	Fallback string          `json:"fallback"`
	Fields   json.RawMessage `json:"fields"`

	Blocks      json.RawMessage `json:"blocks"`
	Messages    json.RawMessage `json:"message_blocks"`
	Files       json.RawMessage `json:"files"`
	Attachments json.RawMessage `json:"attachments"`
	Actions     json.RawMessage `json:"actions"`
}

// message tells whether another message is attached, whole.
func (a attachment) message() bool {
	return a.Share || a.Unfurl || a.Reply || a.Thread
}

// preview tells whether Slack, or an app, shows what a link in the text leads to.
func (a attachment) preview() bool {
	return !a.message() && (a.From != "" || a.Original != "" || a.App)
}

// attachments are the words and the files of what is attached.
func (r reader) attachments(raw json.RawMessage, depth int) (files, parts []string) {
	if depth > maxDepth {
		return nil, nil
	}
	for _, a := range list[attachment](raw) {
		var said string
		var own []string
		switch {
		case a.preview():
			continue
		case a.message():
			own, said = r.forwarded(a, depth)
		default:
			own, said = r.legacy(a, depth)
		}
		files = append(files, own...)
		parts = append(parts, said)
	}
	return files, parts
}

// forwarded is another message, under the name of who wrote it.
func (r reader) forwarded(a attachment, depth int) (files []string, said string) {
	var parts []string
	for _, m := range list[block](a.Messages) {
		var inner Message
		if understood(m.Message, json.Unmarshal(m.Message, &inner)) {
			own, said := r.whole(inner, depth+1)
			files, parts = append(files, own...), append(parts, said...)
		}
	}
	if join(parts) == "" {
		parts = append(parts, r.body(Message{Text: a.Text, Blocks: a.Blocks}, depth+1))
	}
	own, spoken := r.files(a.Files)
	for _, f := range own { // they may stand in the message too
		if !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	parts = append(parts, spoken...)
	more, nested := r.attachments(a.Attachments, depth+1)
	files, parts = append(files, more...), append(parts, nested...)
	if join(parts) == "" && len(files) == 0 {
		parts = []string{cmp.Or(Plain(a.Pretext, r.names), Plain(a.Title, r.names), unlisted(Plain(a.Fallback, r.names)), a.From)}
	}
	body := join(parts)
	if body == "" && len(files) == 0 {
		return nil, ""
	}
	who := line(cmp.Or(a.Author, a.Sub, r.names.user(a.AuthorID)))
	head := forwardedHead + ":"
	if who != "" {
		head = forwardedHead + " from " + who + ":"
	}
	if body == "" {
		return files, strings.TrimSuffix(head, ":") + " (only files)"
	}
	return files, head + "\n" + body
}

// unlisted is a fallback without the stamp that Slack puts before it.
func unlisted(s string) string {
	if s == "[no preview available]" {
		return ""
	}
	if strings.HasPrefix(s, "[") {
		if i := strings.Index(s, "] "); i > 0 && i < 80 {
			if _, words, ok := strings.Cut(s[i+2:], ": "); ok {
				return words
			}
		}
	}
	return s
}

// legacy is what an integration says for somebody, in the old way.
func (r reader) legacy(a attachment, depth int) (files []string, said string) {
	parts := []string{Plain(a.Pretext, r.names)}
	if a.Author != "" && (a.Text != "" || a.Title != "") {
		parts = append(parts, line(a.Author))
	}
	if a.Title != "" {
		parts = append(parts, link(a.Link, Plain(a.Title, r.names)))
	}
	parts = append(parts, r.body(Message{Text: a.Text, Blocks: a.Blocks}, depth+1))
	for _, f := range list[struct {
		Title json.RawMessage `json:"title"`
		Value json.RawMessage `json:"value"`
	}](a.Fields) {
		title, value := Plain(scalar(f.Title), r.names), Plain(scalar(f.Value), r.names)
		if title != "" && value != "" {
			title += ": "
		}
		parts = append(parts, title+value)
	}
	files, spoken := r.files(a.Files)
	parts = append(parts, spoken...)
	more, nested := r.attachments(a.Attachments, depth+1)
	files, parts = append(files, more...), append(parts, nested...)
	if join(parts) == "" && len(files) == 0 && a.Actions == nil { // of controls it says what to do without them
		parts = []string{unlisted(Plain(a.Fallback, r.names))}
	}
	return files, strings.Join(nonEmpty(parts), "\n")
}
