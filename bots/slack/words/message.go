package words

import (
	"encoding/json"
	"errors"
	"strings"

	"footnote/bots"
)

const (
	maxDepth = 6       // of forwarded messages within forwarded ones, and of lists
	maxText  = 200_000 // bytes of one message; Slack's own limit is 40,000 characters, of four bytes at most
)

// Names are what ids stand for; each may be nil and may return "".
type Names struct {
	User    func(id string) string
	Channel func(id string) string
}

func (n Names) user(id string) string {
	if n.User == nil {
		return ""
	}
	return n.User(id)
}

func (n Names) channel(id string) string {
	if n.Channel == nil {
		return ""
	}
	return n.Channel(id)
}

// Message is what is read of a message. Its parts are kept as they came: what
// cannot be understood in one of them costs only that part.
type Message struct {
	Text        string          `json:"text"`
	Blocks      json.RawMessage `json:"blocks"`
	Attachments json.RawMessage `json:"attachments"`
	Files       json.RawMessage `json:"files"`
}

// Said is what somebody said.
type Said struct {
	Text  string
	Files []string // names
}

// Read returns what the message says.
func (m Message) Read(names Names) Said {
	r := reader{names: names}
	files, parts := r.whole(m, 0)
	text := join(parts)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return Said{Text: text, Files: files}
}

// whole is everything that a message says: what was written, its files, and what is
// attached.
func (r reader) whole(m Message, depth int) (files, parts []string) {
	files, said := r.files(m.Files)
	more, forwarded := r.attachments(m.Attachments, depth)
	return append(files, more...), append(append([]string{r.body(m, depth)}, said...), forwarded...)
}

// Mentioned is the person whom a message names first; empty when it names nobody.
func (m Message) Mentioned() string {
	first := ""
	note := func(id string) string {
		if first == "" {
			first = id
		}
		return ""
	}
	Message{Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments}.Read(Names{User: note})
	return first
}

// Heads tells whether a line only says what follows: a forwarded message, a
// transcript.
func Heads(line string) bool {
	return strings.HasSuffix(line, ":") && (strings.HasPrefix(line, forwardedHead) || strings.HasSuffix(line, transcriptHead))
}

const (
	forwardedHead  = "Forwarded message"
	transcriptHead = " clip, transcript:"
)

type reader struct{ names Names }

// body is what was written into the message itself. Blocks say it better than the
// text, which for them is only a summary; a message of an old client has none.
func (r reader) body(m Message, depth int) string {
	if s := strings.TrimSpace(r.blocks(m.Blocks, depth)); s != "" {
		return s
	}
	return strings.TrimSpace(Plain(m.Text, r.names))
}

// join puts parts that say something one after another, each once.
func join(parts []string) string {
	var out []string
	seen := map[string]bool{}
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// list reads a JSON array part by part; nothing of what is none.
func list[T any](raw json.RawMessage) []T {
	var parts []json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &parts) != nil {
		return nil
	}
	var out []T
	for _, p := range parts {
		var v T
		if understood(p, json.Unmarshal(p, &v)) {
			out = append(out, v)
		}
	}
	return out
}

// understood tells whether a part was read, as far as it goes: a field of another type
// than ours costs only that field.
func understood(part json.RawMessage, err error) bool {
	_, partly := errors.AsType[*json.UnmarshalTypeError](err)
	return err == nil || partly && len(part) > 0 && part[0] == '{'
}

// line is a name or title on one line.
func line(s string) string { return bots.Plain(s, 200) }
