package bottest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// slackDelivery is something the app was or will be told.
type slackDelivery struct {
	typ     string // interactive or events_api
	payload json.RawMessage
	id      string // HTTP mode, events: to be counted as a retry of
}

// SlackPress is one press of a button on a message.
type SlackPress struct {
	User    string
	Message SlackMessage // as the person sees it; may be an older version
	Action  string       // action_id
	// Team is the presser's workspace, when it is not ours (Slack Connect).
	Team string
	// Aged lets the trigger be this old already.
	Aged time.Duration
}

// Click presses a button on a message and returns when the app has acked. It
// is an error when the message has no such button.
func (s *Slack) Click(ctx context.Context, user string, m SlackMessage, action string) error {
	return s.Press(ctx, SlackPress{User: user, Message: m, Action: action})
}

// Press is Click with everything said.
func (s *Slack) Press(ctx context.Context, p SlackPress) error {
	block, button := p.Message.button(p.Action)
	if button == nil {
		return fmt.Errorf("the message has no button %q", p.Action)
	}
	if p.Team == "" {
		p.Team = SlackTeam
	}
	s.mu.Lock()
	trigger := s.trigger(p.User)
	s.triggers[trigger].aged = p.Aged
	key := s.id("answer")
	s.answers[key] = &slackAnswerURL{user: p.User, channel: p.Message.Channel}
	action := map[string]any{"type": "button", "action_id": p.Action, "block_id": block, "value": button["value"], "text": button["text"], "action_ts": s.ts()}
	payload := map[string]any{
		"type": "block_actions", "api_app_id": SlackApp, "token": "t", "trigger_id": trigger,
		"user": map[string]any{"id": p.User, "username": s.users[p.User].Name, "team_id": p.Team},
		"team": map[string]any{"id": p.Team}, "channel": map[string]any{"id": p.Message.Channel, "name": "triage"},
		"container":    map[string]any{"type": "message", "message_ts": p.Message.TS, "channel_id": p.Message.Channel, "is_ephemeral": false},
		"message":      p.Message.json(true),
		"state":        map[string]any{"values": map[string]any{}},
		"response_url": s.base + "/response/" + key,
		"actions":      []any{action},
	}
	s.mu.Unlock()
	_, err := s.interact(ctx, payload)
	return err
}

// button finds a button and the block it stands in.
func (m SlackMessage) button(action string) (string, map[string]any) {
	var blocks []map[string]any
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return "", nil
	}
	for _, b := range blocks {
		elements, _ := b["elements"].([]any)
		for _, e := range elements {
			if e, ok := e.(map[string]any); ok && e["action_id"] == action {
				id, _ := b["block_id"].(string)
				return id, e
			}
		}
	}
	return "", nil
}

// Buttons returns the action ids of the message's buttons, in order.
func (m SlackMessage) Buttons() []string {
	var out []string
	var blocks []struct {
		Type     string
		Elements []struct {
			Type     string
			ActionID string `json:"action_id"`
		}
	}
	_ = json.Unmarshal(m.Blocks, &blocks)
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.Type == "button" {
				out = append(out, e.ActionID)
			}
		}
	}
	return out
}

// Submit sends the form on top of the person's screen with the given values by
// action id (others stay as they are) and does what the app answers. The view
// returned is what the person sees then; ok is false when the form closed.
func (s *Slack) Submit(ctx context.Context, user string, values map[string]string) (after SlackView, ok bool, err error) {
	v, open := s.View(user)
	if !open {
		return SlackView{}, false, fmt.Errorf("%s has no form open", user)
	}
	state, err := v.state(values)
	if err != nil {
		return v, true, err
	}
	s.mu.Lock()
	s.views[v.ID].keep(values)
	view := v.json()
	view["state"] = map[string]any{"values": state}
	payload := map[string]any{"type": "view_submission", "api_app_id": SlackApp, "token": "t", "trigger_id": s.trigger(user),
		"team": map[string]any{"id": SlackTeam}, "user": map[string]any{"id": user, "team_id": s.users[user].Team}, "view": view, "response_urls": []any{}}
	s.mu.Unlock()
	answer, err := s.interact(ctx, payload)
	if err != nil {
		return v, true, err
	}
	if s.BeforeAnswer != nil {
		s.BeforeAnswer()
	}
	if err := s.answer(user, v, answer); err != nil {
		return v, true, err
	}
	after, ok = s.View(user)
	return after, ok, nil
}

// answer carries out a response_action.
func (s *Slack) answer(user string, v SlackView, raw json.RawMessage) error {
	var a struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a); err != nil {
			return fmt.Errorf("the answer is not JSON: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stack := s.stacks[user]
	switch a.Action {
	case "":
		s.stacks[user] = stack[:max(0, len(stack)-1)]
	case "clear":
		s.stacks[user] = nil
	case "errors":
		inputs := map[string]bool{}
		for _, in := range v.inputs() {
			inputs[in.block] = true
		}
		for block := range a.Errors {
			if !inputs[block] {
				return fmt.Errorf("an error for block %q, which is no input: people see “trouble connecting”", block)
			}
		}
		s.views[v.ID].Errors = a.Errors
	case "update", "push":
		in, err := readView(string(a.View), "modal")
		if err != nil {
			return fmt.Errorf("the answer's view: %w", err)
		}
		if a.Action == "push" {
			s.show(user, in, stack)
		} else {
			s.fill(s.views[v.ID], in)
		}
	default:
		return fmt.Errorf("unknown response_action %q", a.Action)
	}
	s.touch()
	return nil
}

// CloseView lets a person close the form on top.
func (s *Slack) CloseView(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.stacks[user]); n > 0 {
		s.stacks[user] = s.stacks[user][:n-1]
	}
	s.touch()
}

func (s *Slack) interact(ctx context.Context, payload map[string]any) (json.RawMessage, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	d := slackDelivery{typ: "interactive", payload: raw}
	s.mu.Lock()
	s.last = d
	s.mu.Unlock()
	return s.deliver(ctx, d, 0)
}

// Again delivers the latest press or submission once more, as a retry would.
func (s *Slack) Again(ctx context.Context) error {
	s.mu.Lock()
	d := s.last
	s.mu.Unlock()
	_, err := s.deliver(ctx, d, 1)
	return err
}

// Interact delivers any payload as an interaction and returns the answer.
func (s *Slack) Interact(ctx context.Context, payload map[string]any) (json.RawMessage, error) {
	return s.interact(ctx, payload)
}

// Event delivers an event to the app; retry counts from 0. The same id is the
// same event.
func (s *Slack) Event(ctx context.Context, id string, event map[string]any, retry int) error {
	raw, err := json.Marshal(map[string]any{"type": "event_callback", "team_id": SlackTeam, "api_app_id": SlackApp, "event": event,
		"event_id": id, "event_time": time.Now().Unix(), "token": "t"})
	if err != nil {
		return err
	}
	_, err = s.deliver(ctx, slackDelivery{typ: "events_api", payload: raw, id: id}, retry)
	return err
}

func (s *Slack) deliver(ctx context.Context, d slackDelivery, retry int) (json.RawMessage, error) {
	s.mu.Lock()
	to, body, contentType := s.actions, []byte("payload="+url.QueryEscape(string(d.payload))), "application/x-www-form-urlencoded"
	if d.typ == "events_api" {
		to, body, contentType = s.events, d.payload, "application/json"
	}
	s.mu.Unlock()
	if to == "" {
		return s.envelope(ctx, d.typ, d.payload, retry)
	}
	h := SlackSign(body, time.Now())
	h.Set("Content-Type", contentType)
	if retry > 0 {
		h.Set("X-Slack-Retry-Num", strconv.Itoa(retry))
		h.Set("X-Slack-Retry-Reason", "http_timeout")
	}
	status, answer, err := SlackPost(ctx, to, body, h)
	if err != nil {
		return nil, err
	}
	if status/100 != 2 {
		return nil, fmt.Errorf("the app answered %d: %s", status, answer)
	}
	return answer, nil
}

// SlackSign returns the headers Slack signs a body with.
func SlackSign(body []byte, at time.Time) http.Header {
	ts := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(SlackSigningSecret))
	_, _ = fmt.Fprintf(mac, "v0:%s:", ts)
	_, _ = mac.Write(body)
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", ts)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return h
}

// SlackPost sends one delivery with the given headers.
func SlackPost(ctx context.Context, to string, body []byte, h http.Header) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = h
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, answer, err
}

// PressView presses a button in the form on top of the person's screen.
func (s *Slack) PressView(ctx context.Context, user, action string) error {
	v, open := s.View(user)
	if !open {
		return fmt.Errorf("%s has no form open", user)
	}
	block, button := SlackMessage{Blocks: v.Blocks}.button(action)
	if button == nil {
		return fmt.Errorf("the form has no button %q", action)
	}
	s.mu.Lock()
	payload := map[string]any{
		"type": "block_actions", "api_app_id": SlackApp, "token": "t", "trigger_id": s.trigger(user),
		"user": map[string]any{"id": user, "username": s.users[user].Name, "team_id": s.users[user].Team},
		"team": map[string]any{"id": SlackTeam}, "container": map[string]any{"type": "view", "view_id": v.ID}, "view": v.json(),
		"actions": []any{map[string]any{"type": "button", "action_id": action, "block_id": block, "value": button["value"], "text": button["text"], "action_ts": s.ts()}},
	}
	s.mu.Unlock()
	_, err := s.interact(ctx, payload)
	return err
}
