package bottest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// SlackMessage is a message as people see it.
type SlackMessage struct {
	Channel, TS, ThreadTS string
	User, Bot             string
	Team                  string // the author's workspace
	Username              string // shown in place of the bot's name
	Subtype               string
	Files                 []string // names
	EditedTS              string   // of the author's latest edit
	Text                  string
	Blocks                json.RawMessage
	Metadata              json.RawMessage
	Attachments           json.RawMessage // as Slack sends them
	FileObjects           json.RawMessage // files as Slack sends them, instead of Files
	Workflow              bool            // Bot is a workflow
	Edits                 int
	// Unfurl says that Slack was left free to unfurl links or media.
	Unfurl bool
	// Versions holds every content the message ever had, the present one last.
	Versions  []SlackMessage
	Reactions map[string][]string
}

// SlackWhisper is what one person alone was told.
type SlackWhisper struct {
	Channel, User, Text string
	Via                 string // chat.postEphemeral or response_url
	Blocks              json.RawMessage
	Thread              string
}

func (m *SlackMessage) clone() SlackMessage {
	c := *m
	c.Versions = slices.Clone(m.Versions)
	return c
}

func (s *Slack) channel(id string) error {
	c, ok := s.channels[id]
	switch {
	case !ok:
		return refuse("channel_not_found")
	case c.archived:
		return refuse("is_archived")
	case !c.member:
		return refuse("not_in_channel")
	}
	return nil
}

func (s *Slack) content(a slackArgs) (SlackMessage, error) {
	m := SlackMessage{Text: a["text"], Unfurl: a["unfurl_links"] != "false" || a["unfurl_media"] != "false"}
	if a["link_names"] != "" && a["link_names"] != "0" && a["link_names"] != "false" || a["parse"] == "full" {
		return m, refuse("fake_refuses_link_names") // nothing that was not written as a mention may become one
	}
	if len(m.Text) > 40_000 {
		return m, refuse("msg_too_long")
	}
	if b := a["blocks"]; b != "" {
		if problem, messages := checkBlocks(json.RawMessage(b), slackMessageLimits); problem != "" {
			return m, refuse(problem, messages...)
		}
		m.Blocks = json.RawMessage(b)
	}
	if m.Text == "" && m.Blocks == nil {
		return m, refuse("no_text")
	}
	if md := a["metadata"]; md != "" {
		if code := checkMetadata(md); code != "" {
			return m, refuse(code)
		}
		m.Metadata = json.RawMessage(md)
	}
	return m, nil
}

var slackEventType = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

func checkMetadata(raw string) string {
	var md struct {
		EventType string         `json:"event_type"`
		Payload   map[string]any `json:"event_payload"`
	}
	if json.Unmarshal([]byte(raw), &md) != nil || md.Payload == nil {
		return "invalid_metadata_format"
	}
	if !slackEventType.MatchString(md.EventType) {
		return "invalid_metadata_format"
	}
	if len(raw) > 16<<10 {
		return "metadata_too_large"
	}
	return ""
}

func (s *Slack) postMessage(a slackArgs) (slackReply, error) {
	if err := s.channel(a["channel"]); err != nil {
		return nil, err
	}
	m, err := s.content(a)
	if err != nil {
		return nil, err
	}
	if m.Username = a["username"]; m.Username != "" && !s.customize {
		return nil, refuse("missing_scope")
	}
	m.Channel, m.TS, m.ThreadTS, m.User, m.Bot = a["channel"], s.ts(), a["thread_ts"], SlackBotUser, SlackBot
	m.Versions = []SlackMessage{m}
	s.messages = append(s.messages, &m)
	s.touch()
	return slackReply{"channel": m.Channel, "ts": m.TS, "message": m.json(true)}, nil
}

// Inject puts a message into a channel as if its User and Bot had posted it,
// and returns its ts.
func (s *Slack) Inject(m SlackMessage) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.TS = s.ts()
	m.Versions = []SlackMessage{m}
	s.messages = append(s.messages, &m)
	s.touch()
	return m.TS
}

func (s *Slack) updateMessage(a slackArgs) (slackReply, error) {
	if err := s.channel(a["channel"]); err != nil {
		return nil, err
	}
	m := s.find(a["channel"], a["ts"])
	if m == nil {
		return nil, refuse("message_not_found")
	}
	if m.Bot != SlackBot {
		return nil, refuse("cant_update_message")
	}
	n, err := s.content(a)
	if err != nil {
		return nil, err
	}
	m.Text, m.Blocks = n.Text, n.Blocks
	if n.Metadata != nil {
		m.Metadata = n.Metadata
	}
	m.Edits++
	v := *m
	v.Versions = nil
	m.Versions = append(m.Versions, v)
	s.touch()
	return slackReply{"channel": m.Channel, "ts": m.TS, "text": m.Text}, nil
}

func (s *Slack) find(channel, ts string) *SlackMessage {
	for _, m := range s.messages {
		if m.Channel == channel && m.TS == ts {
			return m
		}
	}
	return nil
}

func (s *Slack) postEphemeral(a slackArgs) (slackReply, error) {
	if err := s.channel(a["channel"]); err != nil {
		return nil, err
	}
	if _, ok := s.users[a["user"]]; !ok {
		return nil, refuse("user_not_in_channel")
	}
	m, err := s.content(a)
	if err != nil {
		return nil, err
	}
	s.whispers = append(s.whispers, SlackWhisper{Channel: a["channel"], User: a["user"], Text: m.Text, Via: "chat.postEphemeral", Blocks: m.Blocks, Thread: a["thread_ts"]})
	s.touch()
	return slackReply{"message_ts": s.ts()}, nil
}

// slackAnswerURL is one response_url: five posts.
type slackAnswerURL struct {
	user, channel string
	posts         int
}

func (s *Slack) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if s.misanswer(w) {
		return
	}
	var m slackResponse
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.answers[strings.TrimPrefix(r.URL.Path, "/response/")]
	if !ok || u.posts >= 5 || json.Unmarshal(body, &m) != nil {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"ok":false,"error":"used_url"}`)
		return
	}
	u.posts++
	if problem := m.check(); problem != "" {
		_, _ = io.WriteString(w, `{"ok":false,"error":"`+problem+`"}`)
		return
	}
	s.whispers = append(s.whispers, SlackWhisper{Channel: u.channel, User: u.user, Text: m.Text, Via: "response_url", Blocks: m.Blocks})
	s.touch()
	_, _ = io.WriteString(w, "ok")
}

func (m *SlackMessage) json(metadata bool) map[string]any {
	out := map[string]any{"type": "message", "ts": m.TS, "user": m.User, "text": m.Text}
	if m.Bot != "" {
		out["bot_id"], out["app_id"] = m.Bot, SlackApp
	}
	for key, v := range map[string]string{"team": m.Team, "username": m.Username, "subtype": m.Subtype} {
		if v != "" {
			out[key] = v
		}
	}
	if m.EditedTS != "" {
		out["edited"] = map[string]any{"user": m.User, "ts": m.EditedTS}
	}
	var files []map[string]any
	for i, name := range m.Files {
		files = append(files, map[string]any{"id": fmt.Sprintf("F%s%d", m.TS, i), "name": name, "mode": "hosted", "file_access": "check_file_info"})
	}
	if files != nil {
		out["files"] = files
	}
	if m.Blocks != nil {
		out["blocks"] = m.Blocks
	}
	if m.Attachments != nil {
		out["attachments"] = m.Attachments
	}
	if m.FileObjects != nil {
		out["files"] = m.FileObjects
	}
	if m.Workflow {
		out["bot_profile"] = map[string]any{"id": m.Bot, "name": m.Username, "is_workflow_bot": true}
	}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if list := m.reactions(); list != nil {
		out["reactions"] = list
	}
	if metadata && m.Metadata != nil {
		out["metadata"] = m.Metadata
	}
	return out
}

func (s *Slack) history(a slackArgs) (slackReply, error) {
	return s.page(a, func(m *SlackMessage) bool { return m.ThreadTS == "" || m.ThreadTS == m.TS })
}

func (s *Slack) replies(a slackArgs) (slackReply, error) {
	if s.find(a["channel"], a["ts"]) == nil && s.channel(a["channel"]) == nil {
		return nil, refuse("thread_not_found")
	}
	return s.page(a, func(m *SlackMessage) bool { return m.TS == a["ts"] || m.ThreadTS == a["ts"] })
}

// page lists messages newest first; the cursor is an offset.
func (s *Slack) page(a slackArgs, keep func(*SlackMessage) bool) (slackReply, error) {
	if err := s.channel(a["channel"]); err != nil {
		return nil, err
	}
	limit, _ := strconv.Atoi(a["limit"])
	if limit <= 0 || limit > 999 {
		limit = 100
	}
	if s.pageSize > 0 {
		limit = min(limit, s.pageSize)
	}
	inclusive := a["inclusive"] == "1" || a["inclusive"] == "true"
	from, _ := strconv.Atoi(strings.TrimPrefix(a["cursor"], "c"))
	metadata := a["include_all_metadata"] == "1" || a["include_all_metadata"] == "true"
	var all []map[string]any
	for _, m := range slices.Backward(s.messages) {
		edge := inclusive && (m.TS == a["oldest"] || m.TS == a["latest"])
		if m.Channel == a["channel"] && keep(m) && (edge || m.TS > a["oldest"] && (a["latest"] == "" || m.TS < a["latest"])) {
			all = append(all, s.withReplies(m, m.json(metadata)))
		}
	}
	end := min(len(all), from+limit)
	out := slackReply{"messages": append([]map[string]any{}, all[min(from, end):end]...), "has_more": end < len(all)}
	if end < len(all) {
		out["response_metadata"] = map[string]any{"next_cursor": fmt.Sprintf("c%d", end)}
	}
	return out, nil
}

// withReplies adds what Slack says of a thread to the message that begins it.
func (s *Slack) withReplies(root *SlackMessage, out map[string]any) map[string]any {
	n := 0
	for _, m := range s.messages {
		if m.Channel == root.Channel && m.ThreadTS == root.TS && m.TS != root.TS {
			n++
			out["thread_ts"], out["reply_count"], out["latest_reply"] = root.TS, n, m.TS
		}
	}
	return out
}

func (s *Slack) reactionAdd(a slackArgs) (slackReply, error) {
	m := s.find(a["channel"], a["timestamp"])
	switch {
	case m == nil:
		return nil, refuse("message_not_found")
	case slices.Contains(m.Reactions[a["name"]], SlackBotUser):
		return nil, refuse("already_reacted")
	}
	if m.Reactions == nil {
		m.Reactions = map[string][]string{}
	}
	m.Reactions[a["name"]] = append(m.Reactions[a["name"]], SlackBotUser)
	s.touch()
	return nil, nil
}

func (s *Slack) reactionRemove(a slackArgs) (slackReply, error) {
	m := s.find(a["channel"], a["timestamp"])
	if m == nil {
		return nil, refuse("message_not_found")
	}
	if !slices.Contains(m.Reactions[a["name"]], SlackBotUser) {
		return nil, refuse("no_reaction")
	}
	m.Reactions[a["name"]] = slices.DeleteFunc(m.Reactions[a["name"]], func(u string) bool { return u == SlackBotUser })
	s.touch()
	return nil, nil
}

func (s *Slack) reactionGet(a slackArgs) (slackReply, error) {
	m := s.find(a["channel"], a["timestamp"])
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return slackReply{"type": "message", "message": map[string]any{"ts": m.TS, "reactions": m.reactions()}}, nil
}

func (m *SlackMessage) reactions() (list []map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(m.Reactions)) {
		if users := m.Reactions[name]; len(users) > 0 {
			list = append(list, map[string]any{"name": name, "users": users, "count": len(users)})
		}
	}
	return list
}
