package bottest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// slackSurface is what the fake keeps for commands, mentions and the like.
type slackSurface struct {
	statuses []SlackStatus
	shared   map[string]bool // channels with people of other workspaces
	members  map[string][]string
	noStatus bool // the workspace has no assistant status
}

// SlackStatus is one call of assistant.threads.setStatus.
type SlackStatus struct{ Channel, Thread, Status string }

// Statuses returns every status that was shown, oldest first.
func (s *Slack) Statuses() []SlackStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.surface.statuses)
}

// WithoutStatus lets the workspace refuse assistant.threads.setStatus, as those
// do whose plan does not have it.
func (s *Slack) WithoutStatus() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.surface.noStatus = true
}

// Share puts people of another workspace into a channel.
func (s *Slack) Share(channel string, shared bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.surface.shared == nil {
		s.surface.shared = map[string]bool{}
	}
	s.surface.shared[channel] = shared
}

func (s *Slack) surfaceMethods() map[string]func(slackArgs) (slackReply, error) {
	return map[string]func(slackArgs) (slackReply, error){
		"assistant.threads.setStatus": s.setStatus, "chat.delete": s.deleteMessage,
		"conversations.info": s.channelInfo, "conversations.members": s.channelMembers, "conversations.open": s.channelOpen,
	}
}

func (s *Slack) setStatus(a slackArgs) (slackReply, error) {
	if s.surface.noStatus {
		return nil, refuse("not_allowed_token_type")
	}
	if err := s.channel(a["channel_id"]); err != nil {
		return nil, err
	}
	if a["thread_ts"] == "" {
		return nil, refuse("invalid_arguments")
	}
	s.surface.statuses = append(s.surface.statuses, SlackStatus{a["channel_id"], a["thread_ts"], a["status"]})
	s.touch()
	return nil, nil
}

func (s *Slack) deleteMessage(a slackArgs) (slackReply, error) {
	m := s.find(a["channel"], a["ts"])
	switch {
	case m == nil:
		return nil, refuse("message_not_found")
	case m.Bot != SlackBot:
		return nil, refuse("cant_delete_message")
	}
	s.messages = slices.DeleteFunc(s.messages, func(x *SlackMessage) bool { return x == m })
	s.touch()
	return slackReply{"channel": a["channel"], "ts": a["ts"]}, nil
}

func (s *Slack) channelInfo(a slackArgs) (slackReply, error) {
	c, ok := s.channels[a["channel"]]
	if !ok {
		return nil, refuse("channel_not_found")
	}
	shared := s.surface.shared[a["channel"]]
	return slackReply{"channel": map[string]any{"id": a["channel"], "name": strings.ToLower(a["channel"]), "is_channel": true, "is_archived": c.archived, "is_member": c.member, "is_shared": shared, "is_ext_shared": shared}}, nil
}

// channelOpen opens the conversation with one person: D and the person's id.
func (s *Slack) channelOpen(a slackArgs) (slackReply, error) {
	if _, ok := s.users[a["users"]]; !ok {
		return nil, refuse("user_not_found")
	}
	id := "D" + a["users"]
	s.channels[id] = &slackChannel{member: true}
	return slackReply{"channel": map[string]any{"id": id, "user": a["users"]}}, nil
}

// contextAction checks an element of a context_actions block.
func (c *blockCheck) contextAction(at string, v any) {
	e, _ := v.(map[string]any)
	if e["type"] != "feedback_buttons" {
		c.bad(at+"/type", "unsupported element %v", e["type"])
		return
	}
	id, _ := e["action_id"].(string)
	c.length(at+"/action_id", id, 1, 255)
	for _, name := range []string{"positive_button", "negative_button"} {
		b, _ := e[name].(map[string]any)
		c.text(at+"/"+name+"/text", b["text"], 75, "plain_text")
		value, _ := b["value"].(string)
		c.length(at+"/"+name+"/value", value, 1, 2000)
	}
}

// slackResponse is what is posted to a response address.
type slackResponse struct {
	Type    string          `json:"response_type"`
	Replace bool            `json:"replace_original"`
	Text    string          `json:"text"`
	Blocks  json.RawMessage `json:"blocks"`
}

func (m slackResponse) check() string {
	if m.Type != "" && m.Type != "ephemeral" {
		return "fake_refuses_public_answers" // what one person asked for is for that person
	}
	if m.Blocks != nil {
		problem, _ := checkBlocks(m.Blocks, slackMessageLimits)
		return problem
	}
	return ""
}

// misanswer lets the next post to a response address fail, when that was
// scripted under the name response_url.
func (s *Slack) misanswer(w http.ResponseWriter) bool {
	f := s.fault("response_url")
	if f.Cut || f.Status != 0 || f.RetryAfter > 0 {
		misbehave(w, f)
		return true
	}
	return false
}

// SlackAsk is one request of a person: a command, a mention or a direct message.
type SlackAsk struct {
	User, Channel, Text string
	Thread              string // mentions and messages: in this thread
	Team                string // the person's workspace, when it is not ours
	Shared              bool   // Slack says that the channel is shared
	Retry               int    // of the same delivery, from 0
	ID                  string // the same id is the same delivery; empty makes a new one
	Subtype, Bot        string
}

// Command types a slash command and returns what its author sees at once. A
// retry needs the ID of the first delivery.
func (s *Slack) Command(ctx context.Context, a SlackAsk) (json.RawMessage, error) {
	s.mu.Lock()
	if a.ID == "" {
		a.ID = s.id("command.")
	}
	key := "answer-" + a.ID
	if s.answers[key] == nil {
		s.answers[key] = &slackAnswerURL{user: a.User, channel: a.Channel}
	}
	team := a.Team
	if team == "" {
		team = SlackTeam
	}
	fields := map[string]string{"command": "/footnote", "text": a.Text, "user_id": a.User, "team_id": team, "channel_id": a.Channel, "channel_name": "somewhere",
		"response_url": s.base + "/response/" + key, "trigger_id": a.ID, "api_app_id": SlackApp, "token": "t"}
	to := strings.TrimSuffix(s.events, "/events")
	s.mu.Unlock()
	if to == "" {
		raw, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		return s.envelope(ctx, "slash_commands", raw, a.Retry)
	}
	q := url.Values{}
	for k, v := range fields {
		q.Set(k, v)
	}
	body := []byte(q.Encode())
	h := SlackSign(body, time.Now())
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	status, answer, err := SlackPost(ctx, to+"/commands", body, h)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("the app answered %d: %s", status, answer)
	}
	return answer, err
}

// Mention lets a person mention the bot in a channel, or write to it directly
// when the channel's id begins with D. It returns the message's ts; a retry
// passes it as ID.
func (s *Slack) Mention(ctx context.Context, a SlackAsk) (ts string, err error) {
	s.mu.Lock()
	if ts = a.ID; ts == "" {
		ts = s.ts()
		m := &SlackMessage{Channel: a.Channel, TS: ts, ThreadTS: a.Thread, User: a.User, Bot: a.Bot, Text: a.Text}
		m.Versions = []SlackMessage{*m}
		s.messages = append(s.messages, m)
		s.touch()
	}
	team := a.Team
	if team == "" {
		team = SlackTeam
	}
	s.mu.Unlock()
	event := map[string]any{"type": "app_mention", "user": a.User, "channel": a.Channel, "text": a.Text, "ts": ts, "team": team}
	if strings.HasPrefix(a.Channel, "D") {
		event["type"], event["channel_type"] = "message", "im"
	}
	for k, v := range map[string]string{"thread_ts": a.Thread, "subtype": a.Subtype, "bot_id": a.Bot} {
		if v != "" {
			event[k] = v
		}
	}
	raw, err := json.Marshal(map[string]any{"type": "event_callback", "team_id": SlackTeam, "api_app_id": SlackApp, "event": event, "event_id": "Ev" + ts,
		"event_time": time.Now().Unix(), "token": "t", "is_ext_shared_channel": a.Shared})
	if err != nil {
		return ts, err
	}
	_, err = s.deliver(ctx, slackDelivery{typ: "events_api", payload: raw, id: ts}, a.Retry)
	return ts, err
}

// Shortcut chooses a message shortcut from the menu of a message. aged lets the
// permission to open a form be this old already.
func (s *Slack) Shortcut(ctx context.Context, user, callback string, m SlackMessage, aged time.Duration) error {
	s.mu.Lock()
	trigger := s.trigger(user)
	s.triggers[trigger].aged = aged
	key := s.id("answer")
	s.answers[key] = &slackAnswerURL{user: user, channel: m.Channel}
	payload := map[string]any{"type": "message_action", "callback_id": callback, "api_app_id": SlackApp, "token": "t", "trigger_id": trigger, "action_ts": s.ts(),
		"team": map[string]any{"id": SlackTeam}, "user": map[string]any{"id": user, "team_id": SlackTeam},
		"channel": map[string]any{"id": m.Channel, "name": "somewhere"}, "message_ts": m.TS, "message": m.json(false), "response_url": s.base + "/response/" + key}
	s.mu.Unlock()
	_, err := s.interact(ctx, payload)
	return err
}

// Judge presses one of the feedback buttons of a message, and of a private one
// when it is made of a whisper's blocks. It is an error when there are none.
func (s *Slack) Judge(ctx context.Context, user string, m SlackMessage, good bool) error {
	action := m.feedback(good)
	if action == nil {
		return fmt.Errorf("the message asks for no feedback")
	}
	s.mu.Lock()
	key := s.id("answer")
	s.answers[key] = &slackAnswerURL{user: user, channel: m.Channel}
	action["action_ts"] = s.ts()
	payload := map[string]any{"type": "block_actions", "api_app_id": SlackApp, "token": "t", "trigger_id": s.trigger(user),
		"user": map[string]any{"id": user, "team_id": s.users[user].Team}, "team": map[string]any{"id": SlackTeam},
		"channel": map[string]any{"id": m.Channel}, "response_url": s.base + "/response/" + key, "actions": []any{action}}
	s.mu.Unlock()
	_, err := s.interact(ctx, payload)
	return err
}

// feedback finds the feedback buttons, in either layout.
func (m SlackMessage) feedback(good bool) map[string]any {
	var blocks []map[string]any
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return nil
	}
	name, plain := "positive_button", "feedback_good"
	if !good {
		name, plain = "negative_button", "feedback_bad"
	}
	for _, b := range blocks {
		elements, _ := b["elements"].([]any)
		for _, v := range elements {
			e, _ := v.(map[string]any)
			if e["type"] == "feedback_buttons" {
				button, _ := e[name].(map[string]any)
				return map[string]any{"type": "feedback_buttons", "action_id": e["action_id"], "block_id": b["block_id"], "value": button["value"]}
			}
			if e["type"] == "button" && e["action_id"] == plain {
				return map[string]any{"type": "button", "action_id": plain, "block_id": b["block_id"], "value": e["value"]}
			}
		}
	}
	return nil
}

// Message is the whisper as a message: for what people read and press in it.
func (w SlackWhisper) Message() SlackMessage {
	return SlackMessage{Channel: w.Channel, ThreadTS: w.Thread, User: SlackBotUser, Bot: SlackBot, Text: w.Text, Blocks: w.Blocks}
}

// HomeMessage is a person's Home tab as a message: for what people read in it.
func (s *Slack) HomeMessage(user string) SlackMessage {
	var v struct {
		Blocks json.RawMessage `json:"blocks"`
	}
	_ = json.Unmarshal(s.Home(user), &v) // nothing published: an empty message
	return SlackMessage{User: SlackBotUser, Bot: SlackBot, Blocks: v.Blocks}
}
