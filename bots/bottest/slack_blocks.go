package bottest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
)

// slackLimits are what a surface allows.
type slackLimits struct {
	blocks int
	input  bool // input blocks are allowed
}

var (
	slackMessageLimits = slackLimits{blocks: 50}
	slackViewLimits    = slackLimits{blocks: 100, input: true}
)

// slackTotal is how much text a message's blocks may hold; Slack answers
// msg_blocks_too_long somewhat above 13,000.
const slackTotal = 13_000

// blockCheck walks blocks as Slack's validator does and collects what it would say.
type blockCheck struct {
	limits   slackLimits
	messages []string
	total    int
	blockIDs map[string]bool
	actions  map[string]bool
}

// checkBlocks returns Slack's error code for the blocks and its messages with
// JSON pointers; "" when Slack would take them.
func checkBlocks(raw json.RawMessage, limits slackLimits) (string, []string) {
	var blocks []map[string]any
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return "invalid_blocks_format", []string{"[ERROR] not an array of blocks"}
	}
	if len(blocks) > limits.blocks {
		return "msg_blocks_too_many", []string{fmt.Sprintf("[ERROR] no more than %d items allowed [json-pointer:/blocks]", limits.blocks)}
	}
	c := &blockCheck{limits: limits, blockIDs: map[string]bool{}}
	for i, b := range blocks {
		c.block(fmt.Sprintf("/blocks/%d", i), b)
	}
	if len(c.messages) > 0 {
		return "invalid_blocks", c.messages
	}
	if c.total > slackTotal {
		return "msg_blocks_too_long", nil
	}
	return "", nil
}

// Accepts tells whether Slack would take a surface's content: "message" is an
// object with text and blocks, "modal" and "home" are views.
func (s *Slack) Accepts(surface string, raw []byte) error {
	told := func(err error) error {
		if e, ok := err.(slackError); ok && len(e.messages) > 0 {
			return fmt.Errorf("%w %q", err, e.messages)
		}
		return err
	}
	if surface != "message" {
		_, err := readView(string(raw), surface)
		return told(err)
	}
	var m struct {
		Text   string          `json:"text"`
		Blocks json.RawMessage `json:"blocks"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return refuse("invalid_json")
	}
	_, err := s.content(slackArgs{"text": m.Text, "blocks": string(m.Blocks)})
	return told(err)
}

func (c *blockCheck) bad(at, format string, args ...any) {
	c.messages = append(c.messages, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

func (c *blockCheck) block(at string, b map[string]any) {
	c.actions = map[string]bool{}
	if id, ok := b["block_id"].(string); ok && id != "" {
		c.length(at+"/block_id", id, 1, 255)
		if c.blockIDs[id] {
			c.bad(at+"/block_id", "block_id is not unique")
		}
		c.blockIDs[id] = true
	}
	switch b["type"] {
	case "header":
		c.text(at+"/text", b["text"], 150, "plain_text")
	case "section":
		if b["text"] == nil && b["fields"] == nil {
			c.bad(at, "missing required field: text or fields")
		}
		if b["text"] != nil {
			c.text(at+"/text", b["text"], 3000, "")
		}
		if b["accessory"] != nil {
			c.element(at+"/accessory", b["accessory"])
		}
	case "context":
		c.list(at+"/elements", b["elements"], 10, func(at string, e any) { c.text(at, e, 3000, "") })
	case "actions":
		c.list(at+"/elements", b["elements"], 25, c.element)
	case "context_actions":
		c.list(at+"/elements", b["elements"], 5, c.contextAction)
	case "divider":
	case "rich_text":
		c.list(at+"/elements", b["elements"], 0, c.rich)
	case "input":
		if !c.limits.input {
			c.bad(at, "input blocks are not allowed here")
		}
		c.text(at+"/label", b["label"], 2000, "plain_text")
		if b["hint"] != nil {
			c.text(at+"/hint", b["hint"], 2000, "plain_text")
		}
		c.element(at+"/element", b["element"])
	default:
		c.bad(at+"/type", "unsupported type: %v", b["type"])
	}
}

func (c *blockCheck) list(at string, v any, limit int, each func(string, any)) {
	items, ok := v.([]any)
	switch {
	case !ok || len(items) == 0:
		c.bad(at, "must provide at least 1 item")
	case limit > 0 && len(items) > limit:
		c.bad(at, "no more than %d items allowed", limit)
	}
	for i, e := range items {
		each(fmt.Sprintf("%s/%d", at, i), e)
	}
}

// text checks a text object; want is its required type or "".
func (c *blockCheck) text(at string, v any, limit int, want string) {
	o, ok := v.(map[string]any)
	if !ok {
		c.bad(at, "must be a text object")
		return
	}
	typ, _ := o["type"].(string)
	if typ != "plain_text" && typ != "mrkdwn" || want != "" && typ != want {
		c.bad(at+"/type", "unsupported text type %q", typ)
	}
	text, _ := o["text"].(string)
	c.length(at+"/text", text, 1, limit)
	c.total += units(text)
}

func (c *blockCheck) length(at, s string, least, most int) {
	if n := units(s); n < least {
		c.bad(at, "must be more than %d characters", least-1)
	} else if n > most {
		c.bad(at, "must be less than %d characters", most+1)
	}
}

func (c *blockCheck) element(at string, v any) {
	e, ok := v.(map[string]any)
	if !ok {
		c.bad(at, "must be an element")
		return
	}
	if id, ok := e["action_id"].(string); ok {
		c.length(at+"/action_id", id, 1, 255)
		if c.actions[id] {
			c.bad(at+"/action_id", "action_id is not unique in its block")
		}
		c.actions[id] = true
	}
	str := func(k string) string { s, _ := e[k].(string); return s }
	switch e["type"] {
	case "button":
		c.text(at+"/text", e["text"], 75, "plain_text")
		c.length(at+"/value", str("value"), 0, 2000)
		c.length(at+"/url", str("url"), 0, 3000)
		if u := str("url"); u != "" && !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
			c.bad(at+"/url", "must be a valid URL")
		}
		if s := str("style"); s != "" && s != "primary" && s != "danger" {
			c.bad(at+"/style", "unsupported style")
		}
		if e["confirm"] != nil {
			c.confirm(at+"/confirm", e["confirm"])
		}
	case "plain_text_input":
		most := 3000
		if n, ok := e["max_length"].(float64); ok {
			if n > 3000 || n < 1 {
				c.bad(at+"/max_length", "must be between 1 and 3000")
			}
			most = int(n)
		}
		c.length(at+"/initial_value", str("initial_value"), 0, most)
		if e["placeholder"] != nil {
			c.text(at+"/placeholder", e["placeholder"], 150, "plain_text")
		}
	case "static_select", "checkboxes":
		if e["placeholder"] != nil {
			c.text(at+"/placeholder", e["placeholder"], 150, "plain_text")
		}
		most := 100
		if e["type"] == "checkboxes" {
			most = 10
		}
		c.list(at+"/options", e["options"], most, func(at string, o any) {
			m, _ := o.(map[string]any)
			c.text(at+"/text", m["text"], 75, "")
			value, _ := m["value"].(string)
			c.length(at+"/value", value, 1, 150)
		})
	default:
		c.bad(at+"/type", "unsupported element %v", e["type"])
	}
}

func (c *blockCheck) confirm(at string, v any) {
	o, _ := v.(map[string]any)
	c.text(at+"/title", o["title"], 100, "plain_text")
	c.text(at+"/text", o["text"], 300, "")
	c.text(at+"/confirm", o["confirm"], 30, "plain_text")
	if o["deny"] != nil {
		c.text(at+"/deny", o["deny"], 30, "plain_text")
	}
}

// rich checks one element of a rich_text block.
func (c *blockCheck) rich(at string, v any) {
	e, _ := v.(map[string]any)
	switch e["type"] {
	case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		c.list(at+"/elements", e["elements"], 0, c.inline)
	case "rich_text_list":
		c.list(at+"/elements", e["elements"], 0, c.rich)
	default:
		c.bad(at+"/type", "unsupported rich text element %v", e["type"])
	}
}

func (c *blockCheck) inline(at string, v any) {
	e, _ := v.(map[string]any)
	text, _ := e["text"].(string)
	c.total += units(text)
	switch e["type"] {
	case "text":
		c.length(at+"/text", text, 1, slackTotal)
	case "link":
		u, _ := e["url"].(string)
		c.length(at+"/url", u, 1, 3000)
	case "emoji", "date", "user", "usergroup", "broadcast", "channel":
	default:
		c.bad(at+"/type", "unsupported inline element %v", e["type"])
	}
}

// units counts as Slack's JavaScript does: UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// SlackLink is something people can press that leads elsewhere.
type SlackLink struct{ URL, Label string }

var (
	slackSpecial = regexp.MustCompile(`<([@#!][^>]*)>`)
	slackAnchor  = regexp.MustCompile(`<((?:https?|mailto|tel|slack)[^>|]*)(?:\|([^>]*))?>`)
	slackBare    = regexp.MustCompile(`https?://[^\s<>|]+`)
)

// Pings returns every mention that Slack would act on in the message: people,
// groups, channels, broadcasts. Dates are not mentions.
func (m SlackMessage) Pings() []string {
	var out []string
	m.walk(func(e map[string]any) {
		switch e["type"] {
		case "user", "usergroup", "broadcast", "channel":
			out = append(out, fmt.Sprint(e["type"], ":", e["user_id"], e["usergroup_id"], e["range"], e["channel_id"]))
		}
	}, func(mrkdwn string) {
		for _, f := range slackSpecial.FindAllStringSubmatch(mrkdwn, -1) {
			if !strings.HasPrefix(f[1], "!date^") {
				out = append(out, f[1])
			}
		}
	})
	return out
}

// Links returns every link that Slack would make in the message's texts, also
// of bare addresses in mrkdwn; buttons are not among them.
func (m SlackMessage) Links() []SlackLink {
	var out []SlackLink
	m.walk(func(e map[string]any) {
		if e["type"] == "link" {
			u, _ := e["url"].(string)
			label, _ := e["text"].(string)
			out = append(out, SlackLink{u, label})
		}
	}, func(mrkdwn string) {
		for _, f := range slackAnchor.FindAllStringSubmatch(mrkdwn, -1) {
			out = append(out, SlackLink{f[1], f[2]})
		}
		for _, u := range slackBare.FindAllString(slackAnchor.ReplaceAllString(mrkdwn, ""), -1) {
			out = append(out, SlackLink{u, u})
		}
	})
	return out
}

// Strings returns every string of the blocks that people read.
func (m SlackMessage) Strings() []string {
	var out []string
	m.walkAll(func(e map[string]any) {
		if s, ok := e["text"].(string); ok {
			out = append(out, s)
		}
	})
	return out
}

func (m SlackMessage) walk(inline func(map[string]any), mrkdwn func(string)) {
	if m.Blocks == nil {
		mrkdwn(m.Text) // with blocks the text is only the notification
	} else {
		for _, f := range slackSpecial.FindAllStringSubmatch(m.Text, -1) {
			mrkdwn("<" + f[1] + ">") // which still pings
		}
	}
	m.walkAll(func(e map[string]any) {
		inline(e)
		if s, ok := e["text"].(string); ok && e["type"] == "mrkdwn" {
			mrkdwn(s)
		}
	})
}

func (m SlackMessage) walkAll(each func(map[string]any)) {
	var v any
	if m.Blocks == nil || json.Unmarshal(m.Blocks, &v) != nil {
		return
	}
	walkJSON(v, each)
}

func walkJSON(v any, each func(map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		each(x)
		for _, c := range x {
			walkJSON(c, each)
		}
	case []any:
		for _, c := range x {
			walkJSON(c, each)
		}
	}
}
