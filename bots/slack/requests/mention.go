package requests

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/bots/slack/words"
	"footnote/pipeline"
)

// said is what this package reads of a message that people wrote.
type said struct {
	Type        string          `json:"type"` // app_mention, message
	Subtype     string          `json:"subtype"`
	User        json.RawMessage `json:"user"`
	BotID       string          `json:"bot_id"`
	Channel     json.RawMessage `json:"channel"`
	ChannelType string          `json:"channel_type"`
	words.Message
	TS         string `json:"ts"`
	ThreadTS   string `json:"thread_ts"`
	Team       string `json:"team"`
	UserTeam   string `json:"user_team"`
	SourceTeam string `json:"source_team"`
}

// written is what the person wrote, in Slack's markup: also what was forwarded with it,
// said aloud, or stands in rich text alone.
func written(m words.Message) string {
	more := words.Message{Attachments: m.Attachments, Files: m.Files}
	if strings.TrimSpace(m.Text) == "" {
		more.Blocks = m.Blocks
	}
	return strings.TrimSpace(m.Text + "\n\n" + layout.Escape(more.Read(words.Names{}).Text))
}

// fromPeople are the subtypes that are new messages of people; others tell of
// edits, joins and the like.
var fromPeople = []string{"", "file_share", "thread_broadcast", "me_message"}

// asked reads a mention or direct message; false for what is none: our own
// words, other bots', edits, and messages in channels that mention nobody.
func (c *Requests) asked(ctx context.Context, e client.Event) (request, bool) {
	var in struct {
		Event    said   `json:"event"`
		Shared   bool   `json:"is_ext_shared_channel"`
		Envelope string `json:"team_id"`
	}
	if err := json.Unmarshal(e.Raw, &in); err != nil {
		c.Unread(ctx, "not a message: "+err.Error(), e.Raw)
		return request{}, false
	}
	m := in.Event
	r := request{surface: fromMention, user: client.IDOf(m.User), channel: client.IDOf(m.Channel), ts: m.TS, thread: m.ThreadTS, text: written(m.Message), shared: in.Shared}
	for _, team := range []string{m.UserTeam, m.SourceTeam, m.Team} {
		if r.team == "" {
			r.team = team
		}
	}
	if m.Type == "message" {
		if m.ChannelType != "im" {
			c.Count("unknown_event")
			return r, false
		}
		r.surface = fromDirect
	}
	me := c.OwnName()
	switch {
	case m.BotID != "" || r.user == "" || r.user == me || r.user == "USLACKBOT" || !slices.Contains(fromPeople, m.Subtype):
		c.Count("not_a_person")
		return r, false
	case r.channel == "" || r.ts == "":
		c.Count("unreadable")
		return r, false
	}
	if r.thread == "" {
		r.thread = r.ts
	}
	// The same message may arrive as a mention and as a message.
	r.source = "message/" + r.channel + "/" + r.ts
	return r, true
}

// Mention takes a mention or a direct message. False when it could not be stored.
func (c *Requests) Mention(ctx context.Context, e client.Event) bool {
	r, ok := c.asked(ctx, e)
	if !ok {
		return true
	}
	if err := c.take(ctx, r); err != nil {
		c.Log.Error("request not noted; Slack delivers it again", "error", err)
		return false
	}
	return true
}

// mentioned answers a mention or direct message.
func (c *Requests) mentioned(ctx context.Context, r *request, by pipeline.Agent) (ending, error) {
	q := c.question(ctx, *r)
	if word := strings.ToLower(strings.Trim(q, " .!?/\n")); word == "" || word == "help" {
		return ending{state: stateAnswered, page: helpPage(), say: "help"}, nil
	}
	return c.ask(ctx, r, by, true)
}

// question is what the person wrote, readable and without our own name.
func (c *Requests) question(ctx context.Context, r request) string {
	me, err := c.Whoami(ctx)
	if err != nil {
		c.Log.Info("our own name is not known", "error", err)
	}
	return strings.TrimSpace(readable(r.words(), me.User))
}

// words is the question as Slack sent it, without the command's verb.
func (r request) words() string {
	if r.surface == fromCommand {
		_, rest := verbOf(r.text)
		return rest
	}
	return r.text
}

var (
	bracketed = regexp.MustCompile(`<([^<>]*)>`)
	entities  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// readable turns Slack's markup of a message into the words that people see:
// names for mentions (ours, me, is left out), labels with their addresses.
func readable(s, me string) string {
	var b strings.Builder
	last := 0
	for _, m := range bracketed.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(entities.Replace(s[last:m[0]]))
		b.WriteString(entities.Replace(spelled(s[m[2]:m[3]], me)))
		last = m[1]
	}
	b.WriteString(entities.Replace(s[last:]))
	return b.String()
}

// spelled is one bracketed piece of markup in words.
func spelled(in, me string) string {
	body, label, labelled := strings.Cut(in, "|")
	if body == "" {
		return "<" + in + ">"
	}
	sign, name := body[:1], body[1:]
	switch {
	case sign == "@" && name == me && me != "":
		return ""
	case sign == "@" || sign == "#" || sign == "!":
		if !labelled || label == "" {
			label, _, _ = strings.Cut(name, "^")
		}
		if sign == "!" {
			sign = "@"
			if strings.HasPrefix(name, "date^") {
				return label
			}
		}
		return sign + strings.TrimLeft(label, "@#")
	case labelled && label != "" && !strings.HasSuffix(body, label):
		return label + " (" + body + ")"
	}
	return strings.TrimPrefix(body, "mailto:")
}
