package slack

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

// counter is a desk with the channel C0SHARED.
type counter struct {
	mu    sync.Mutex
	fail  error
	taken []string
	tried int
}

func (k *counter) Take(_ context.Context, channel string, raw []byte) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried++
	if channel != bottest.SlackSupport {
		return false, nil
	}
	if k.fail != nil {
		return true, k.fail
	}
	k.taken = append(k.taken, string(raw))
	return true, nil
}

func (k *counter) set(err error) { k.mu.Lock(); defer k.mu.Unlock(); k.fail = err }

func (k *counter) count() int { k.mu.Lock(); defer k.mu.Unlock(); return len(k.taken) }

func spoken(channel, text string) map[string]any {
	return map[string]any{"type": "message", "channel": channel, "channel_type": "channel", "user": "U9EXT01", "team": bottest.SlackClientTeam, "ts": "1795420000.004200", "text": text}
}

// TestSupportOverHTTP: Slack is answered 200 only after the desk has the
// message, and the chat answers nobody in the desk's channel.
func TestSupportOverHTTP(t *testing.T) {
	t.Parallel()
	k := &counter{}
	w := newWorld(t, "http", func(c *Config) { c.Support = k })
	post := func(id string, inner map[string]any) int {
		t.Helper()
		err := w.slack.Event(w.ctx, id, inner, 0)
		switch {
		case err == nil:
			return http.StatusOK
		case strings.Contains(err.Error(), "503"):
			return http.StatusServiceUnavailable
		}
		t.Fatal(err)
		return 0
	}
	k.set(errors.New("the bus is away"))
	if code := post("Ev1", spoken(bottest.SlackSupport, "Hello?")); code != http.StatusServiceUnavailable || k.count() != 0 {
		t.Errorf("not stored and answered %d", code)
	}
	k.set(nil)
	if code := post("Ev1", spoken(bottest.SlackSupport, "Hello?")); code != http.StatusOK || k.count() != 1 || !strings.Contains(k.taken[0], `"event_id":"Ev1"`) {
		t.Errorf("stored %q and answered %d", k.taken, code)
	}
	k.set(pipeline.Errorf(pipeline.Invalid, "no timestamp"))
	if code := post("Ev2", spoken(bottest.SlackSupport, "?")); code != http.StatusOK {
		t.Errorf("junk is answered %d: Slack would send it again", code)
	}
	k.set(nil)
	mention := spoken(bottest.SlackSupport, "<@"+bottest.SlackBotUser+"> how?")
	mention["type"] = "app_mention"
	if code := post("Ev3", mention); code != http.StatusOK || k.count() != 2 {
		t.Errorf("a mention: %d, %d taken", code, k.count())
	}
	if code := post("Ev4", spoken("C0OTHER", "Hello?")); code != http.StatusOK || k.count() != 2 {
		t.Errorf("another channel: %d, %d taken", code, k.count())
	}
	k.set(errors.New("the bus is away"))
	emoji := map[string]any{"type": "reaction_added", "user": "U9EXT01", "reaction": "white_check_mark",
		"item": map[string]any{"type": "message", "channel": bottest.SlackSupport, "ts": "1795420000.004200"}}
	if code := post("Ev5", emoji); code != http.StatusServiceUnavailable {
		t.Errorf("an emoji not stored and answered %d", code)
	}
	k.set(nil)
	if code := post("Ev5", emoji); code != http.StatusOK || k.count() != 3 {
		t.Errorf("an emoji: %d, %d taken", code, k.count())
	}
	if n := len(w.slack.Messages(bottest.SlackSupport)) + len(w.slack.Whispers("U9EXT01")); n != 0 {
		t.Errorf("the chat answered %d times in a support channel", n)
	}
	if got := w.chat.Status().Counts; got["support"] != 3 || got["request_mention"] != 0 {
		t.Errorf("counted %v", got)
	}
}

// TestSupportOnSocket: without the desk there is no ack.
func TestSupportOnSocket(t *testing.T) {
	t.Parallel()
	k := &counter{fail: errors.New("the bus is away")}
	w := newWorld(t, "socket", func(c *Config) { c.Support = k })
	ctx, cancel := context.WithCancel(w.ctx)
	acked := make(chan error, 1)
	go func() { acked <- w.slack.Event(ctx, "Ev1", spoken(bottest.SlackSupport, "Hello?"), 0) }()
	w.await("the desk was asked", func() bool { k.mu.Lock(); defer k.mu.Unlock(); return k.tried == 1 })
	idle(w.chat)
	cancel()
	if err := <-acked; err == nil {
		t.Error("acked without being stored")
	}
	k.set(nil)
	if err := w.slack.Event(w.ctx, "Ev1", spoken(bottest.SlackSupport, "Hello?"), 1); err != nil || k.count() != 1 {
		t.Errorf("%v, %d taken", err, k.count())
	}
}
