package words

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// block is a block of Slack's Block Kit, or an element of one.
type block struct {
	Type     string          `json:"type"`
	Text     json.RawMessage `json:"text"` // an object, or in rich text a string
	Elements json.RawMessage `json:"elements"`
	Fields   json.RawMessage `json:"fields"`
	Rows     json.RawMessage `json:"rows"`  // of a table
	Title    json.RawMessage `json:"title"` // of an image or a video: an object or a string
	Alt      string          `json:"alt_text"`
	Label    json.RawMessage `json:"label"`
	Message  json.RawMessage `json:"message"` // of a shared message
	Element  json.RawMessage `json:"element"`

	// in rich text
	Style     json.RawMessage `json:"style"` // of a list a word, of text an object
	Indent    int             `json:"indent"`
	Offset    int             `json:"offset"`
	URL       string          `json:"url"`
	Name      string          `json:"name"`
	Unicode   string          `json:"unicode"`
	User      string          `json:"user_id"`
	Channel   string          `json:"channel_id"`
	Group     string          `json:"usergroup_id"`
	Range     string          `json:"range"`
	Value     string          `json:"value"`
	Timestamp int64           `json:"timestamp"`
	Fallback  string          `json:"fallback"`
}

// blocks are the words of blocks, each on lines of its own.
func (r reader) blocks(raw json.RawMessage, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var out []string
	for _, raw := range list[json.RawMessage](raw) {
		var b block
		if !understood(raw, json.Unmarshal(raw, &b)) {
			continue
		}
		if s := strings.Trim(r.block(b, raw, depth), "\n"); strings.TrimSpace(s) != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}

func (r reader) block(b block, raw json.RawMessage, depth int) string {
	switch b.Type {
	case "rich_text":
		return r.rich(b.Elements, depth+1)
	case "section", "header", "markdown":
		lines := []string{r.object(b.Text)}
		for _, f := range list[json.RawMessage](b.Fields) {
			lines = append(lines, r.object(f))
		}
		return strings.Join(nonEmpty(lines), "\n")
	case "context":
		var words []string
		for _, e := range list[json.RawMessage](b.Elements) {
			words = append(words, r.object(e))
		}
		return strings.Join(nonEmpty(words), " ")
	case "image", "video":
		return r.titled(b)
	case "table":
		return r.table(b.Rows, depth)
	case "share_shortcut", "call", "divider", "actions", "input", "file", "context_actions":
		return "" // controls, and what stands among the files
	}
	return strings.Join(nonEmpty(r.unknown(raw, depth)), "\n")
}

// wordKeys are where blocks of any kind have their words.
var wordKeys = []string{"text", "title", "subtitle", "body", "description", "details", "output", "label", "elements", "tasks", "items", "cards", "fields", "blocks"}

// unknown are the words of a kind of block that is newer than this: of what stands
// where blocks have their words, in the order of the keys above.
func (r reader) unknown(raw json.RawMessage, depth int) []string {
	var parts map[string]json.RawMessage
	if depth > maxDepth || json.Unmarshal(raw, &parts) != nil {
		return nil
	}
	switch word(parts["type"]) {
	case "mrkdwn", "plain_text", "raw_text":
		return []string{r.object(raw)}
	case "rich_text":
		return []string{r.rich(parts["elements"], depth+1)}
	case "text", "link", "emoji", "user", "channel", "usergroup", "broadcast", "date", "color":
		var b block
		_ = json.Unmarshal(raw, &b) // as far as it goes
		return []string{r.piece(b)}
	case "button", "image", "actions", "overflow", "static_select", "checkboxes":
		return nil // controls and pictures
	}
	var out []string
	for _, key := range wordKeys {
		v := parts[key]
		if s := word(v); s != "" {
			out = append(out, s)
			continue
		}
		if many := list[json.RawMessage](v); many != nil {
			for _, x := range many {
				out = append(out, r.unknown(x, depth+1)...)
			}
			continue
		}
		out = append(out, r.unknown(v, depth+1)...)
	}
	return out
}

// titled is what an image or a video is called.
func (r reader) titled(b block) string {
	if s := r.object(b.Title); s != "" {
		return s
	}
	return line(b.Alt)
}

// object is a text object, or a string in its place.
func (r reader) object(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct {
		Type string `json:"type"`
		Text string `json:"text"`
		Alt  string `json:"alt_text"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return ""
	}
	switch o.Type {
	case "mrkdwn":
		return Plain(o.Text, r.names)
	case "image":
		return ""
	}
	return o.Text
}

// rich are the parts of rich text: sections, lists, quotes and code.
func (r reader) rich(raw json.RawMessage, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var b strings.Builder
	numbers := map[int]int{} // of ordered lists, by how deep they stand: Slack parts a list at each change
	for _, e := range list[block](raw) {
		part := ""
		if e.Type != "rich_text_list" {
			clear(numbers)
		}
		switch e.Type {
		case "rich_text_quote":
			part = "> " + strings.ReplaceAll(strings.Trim(r.inline(e.Elements), "\n"), "\n", "\n> ")
		case "rich_text_preformatted":
			part = "```\n" + strings.Trim(r.inline(e.Elements), "\n") + "\n```"
		case "rich_text_list":
			part = r.bullets(e, numbers, depth)
		default:
			part = r.inline(e.Elements)
		}
		if strings.TrimSpace(part) == "" {
			continue
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteString("\n")
		}
		b.WriteString(part)
	}
	return b.String()
}

func (r reader) bullets(e block, numbers map[int]int, depth int) string {
	var lines []string
	ordered := word(e.Style) == "ordered"
	for n := range numbers { // a list that stands less deep ends those within it
		if n > e.Indent {
			delete(numbers, n)
		}
	}
	if !ordered {
		delete(numbers, e.Indent)
	} else if e.Offset > 0 {
		numbers[e.Indent] = e.Offset
	}
	for _, item := range list[block](e.Elements) {
		said := r.inline(item.Elements)
		if item.Type == "rich_text_list" {
			said = r.rich(mustList(item), depth+1)
		}
		mark := "•"
		if ordered {
			numbers[e.Indent]++
			mark = strconv.Itoa(numbers[e.Indent]) + "."
		}
		pad := strings.Repeat("  ", min(max(e.Indent, 0), 8))
		lines = append(lines, strings.TrimRight(pad+mark+" "+strings.ReplaceAll(strings.Trim(said, "\n"), "\n", "\n"+pad+"  "), " "))
	}
	return strings.Join(lines, "\n")
}

func mustList(b block) json.RawMessage {
	raw, err := json.Marshal([]block{b})
	if err != nil { // it was just read
		return nil
	}
	return raw
}

// inline are the words, links, mentions and the like on a line.
func (r reader) inline(raw json.RawMessage) string {
	var b strings.Builder
	for _, e := range list[block](raw) {
		b.WriteString(r.piece(e))
	}
	return b.String()
}

func (r reader) piece(e block) string {
	switch e.Type {
	case "text":
		return styled(word(e.Text), e.Style)
	case "link":
		return link(e.URL, word(e.Text))
	case "emoji":
		return emoji(e)
	case "user":
		return mention("@", e.User, "", r.names.user)
	case "channel":
		return mention("#", e.Channel, "", r.names.channel)
	case "usergroup":
		return "@" + e.Group
	case "broadcast":
		return "@" + e.Range
	case "date":
		if e.Fallback != "" {
			return e.Fallback
		}
		return time.Unix(e.Timestamp, 0).UTC().Format("2 Jan 2006 15:04 UTC")
	case "color":
		return e.Value
	}
	if s := word(e.Text); s != "" { // a kind that is newer than this
		return s
	}
	return e.Fallback
}

// styled keeps what a look says: code, and what was struck out.
func styled(s string, raw json.RawMessage) string {
	var look struct {
		Code   bool `json:"code"`
		Strike bool `json:"strike"`
	}
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &look) // a look of another shape says nothing
	}
	switch {
	case strings.TrimSpace(s) == "":
	case look.Code:
		return "`" + s + "`"
	case look.Strike:
		return "~" + s + "~"
	}
	return s
}

// emoji is the character, or the name of one that a workspace made.
func emoji(e block) string {
	var b strings.Builder
	for hex := range strings.SplitSeq(e.Unicode, "-") {
		n, err := strconv.ParseUint(hex, 16, 32)
		if err != nil || n == 0 || n > 0x10FFFF {
			return ":" + e.Name + ":"
		}
		b.WriteRune(rune(n))
	}
	return b.String()
}

// table has a line for each row.
func (r reader) table(raw json.RawMessage, depth int) string {
	var lines []string
	for _, row := range list[json.RawMessage](raw) {
		var cells []string
		for _, c := range list[block](row) {
			said := r.object(c.Text)
			if c.Type == "rich_text" {
				said = r.rich(c.Elements, depth+1)
			}
			cells = append(cells, strings.ReplaceAll(strings.TrimSpace(said), "\n", " "))
		}
		lines = append(lines, fmt.Sprintf("| %s |", strings.Join(cells, " | ")))
	}
	return strings.Join(lines, "\n")
}

// word reads a JSON string; empty for anything else.
func word(raw json.RawMessage) string {
	var s string
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &s) // other shapes say nothing here
	}
	return s
}

// scalar reads a JSON string, or a number or truth in its place.
func scalar(raw json.RawMessage) string {
	var n json.Number
	var b bool
	switch {
	case json.Unmarshal(raw, &n) == nil && n != "":
		return n.String()
	case json.Unmarshal(raw, &b) == nil && string(raw) != "null":
		return strconv.FormatBool(b)
	}
	return word(raw)
}

func nonEmpty(in []string) []string {
	var out []string
	for _, s := range in {
		if strings.TrimSpace(s) != "" {
			out = append(out, s)
		}
	}
	return out
}
