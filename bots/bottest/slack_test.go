package bottest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	api "github.com/slack-go/slack"
)

func newTestSlack(t *testing.T) (*Slack, *api.Client) {
	t.Helper()
	s := NewSlack()
	t.Cleanup(s.Close)
	s.AddUser(SlackUser{ID: "U1", Name: "Ada", Email: "ada@acme.test"})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return s, api.New(SlackBotToken, api.OptionAPIURL(s.URL()), api.OptionAppLevelToken(SlackAppToken), api.OptionHTTPClient(client))
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	e, ok := errors.AsType[api.SlackErrorResponse](err)
	if !ok || e.Err != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func modal(text string) api.ModalViewRequest {
	p := func(s string) *api.TextBlockObject { return api.NewTextBlockObject(api.PlainTextType, s, false, false) }
	in := api.NewPlainTextInputBlockElement(nil, "text")
	in.InitialValue = text
	return api.ModalViewRequest{Type: api.VTModal, Title: p("Form"), Submit: p("Send"), CallbackID: "c", PrivateMetadata: "m",
		Blocks: api.Blocks{BlockSet: []api.Block{api.NewInputBlock("b", p("Text"), nil, in)}}}
}

func TestSlackMessages(t *testing.T) {
	t.Parallel()
	s, c := newTestSlack(t)
	ctx := t.Context()
	meta := api.SlackMetadata{EventType: "x", EventPayload: map[string]any{"id": "1"}}
	_, ts, err := c.PostMessageContext(ctx, "C0TRIAGE", api.MsgOptionText("one", false), api.MsgOptionMetadata(meta))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := c.UpdateMessageContext(ctx, "C0TRIAGE", ts, api.MsgOptionText("two", false)); err != nil {
		t.Fatal(err)
	}
	if m := s.Messages("C0TRIAGE"); len(m) != 1 || m[0].Text != "two" || len(m[0].Versions) != 2 {
		t.Errorf("messages %+v", m)
	}
	for _, with := range []bool{true, false} {
		h, err := c.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: "C0TRIAGE", IncludeAllMetadata: with})
		if err != nil || len(h.Messages) != 1 || (h.Messages[0].Metadata.EventPayload["id"] == "1") != with {
			t.Errorf("history with metadata %v: %+v, %v", with, h, err)
		}
	}
	_, _, _, err = c.UpdateMessageContext(ctx, "C0TRIAGE", "1.1", api.MsgOptionText("x", false))
	wantCode(t, err, "message_not_found")
	s.find("C0TRIAGE", ts).Bot = "B0OTHER"
	_, _, _, err = c.UpdateMessageContext(ctx, "C0TRIAGE", ts, api.MsgOptionText("x", false))
	wantCode(t, err, "cant_update_message")
	_, _, err = c.PostMessageContext(ctx, "C0NONE", api.MsgOptionText("x", false))
	wantCode(t, err, "channel_not_found")
	s.SetChannel("C0OUT", false, false)
	_, _, err = c.PostMessageContext(ctx, "C0OUT", api.MsgOptionText("x", false))
	wantCode(t, err, "not_in_channel")
	_, _, err = api.New("xoxb-other", api.OptionAPIURL(s.URL())).PostMessageContext(ctx, "C0TRIAGE", api.MsgOptionText("x", false))
	wantCode(t, err, "invalid_auth")
	_, _, err = c.PostMessageContext(ctx, "C0TRIAGE", api.MsgOptionText("x", false), api.MsgOptionLinkNames(true))
	wantCode(t, err, "fake_refuses_link_names")
	long := api.NewSectionBlock(api.NewTextBlockObject(api.PlainTextType, strings.Repeat("x", 3001), false, false), nil, nil)
	_, _, err = c.PostMessageContext(ctx, "C0TRIAGE", api.MsgOptionBlocks(long))
	wantCode(t, err, "invalid_blocks")
	if e, _ := errors.AsType[api.SlackErrorResponse](err); !strings.Contains(strings.Join(e.ResponseMetadata.Messages, " "), "json-pointer:/blocks/0/text/text") {
		t.Errorf("messages %q", e.ResponseMetadata.Messages)
	}
}

func TestSlackFaults(t *testing.T) {
	t.Parallel()
	s, c := newTestSlack(t)
	s.Fail("auth.test", SlackFault{RetryAfter: 3 * time.Second}, SlackFault{Status: 502}, SlackFault{Cut: true}, SlackFault{Error: "token_revoked"})
	_, err := c.AuthTestContext(t.Context())
	if r, ok := errors.AsType[*api.RateLimitedError](err); !ok || r.RetryAfter != 3*time.Second {
		t.Errorf("limit: %v", err)
	}
	_, err = c.AuthTestContext(t.Context())
	if r, ok := errors.AsType[api.StatusCodeError](err); !ok || r.Code != 502 {
		t.Errorf("status: %v", err)
	}
	if _, err = c.AuthTestContext(t.Context()); err == nil {
		t.Error("a cut connection answered")
	}
	_, err = c.AuthTestContext(t.Context())
	wantCode(t, err, "token_revoked")
	if _, err = c.AuthTestContext(t.Context()); err != nil {
		t.Error(err)
	}
	s.Fail("chat.postMessage", SlackFault{Lose: true})
	if _, _, err := c.PostMessageContext(t.Context(), "C0TRIAGE", api.MsgOptionText("x", false)); err == nil || len(s.Messages("C0TRIAGE")) != 1 {
		t.Errorf("a lost answer: %v, %d messages", err, len(s.Messages("C0TRIAGE")))
	}
	if n := len(s.Calls("auth.test")); n != 5 {
		t.Errorf("the ledger holds %d calls, want 5", n)
	}
}

func TestSlackViews(t *testing.T) {
	t.Parallel()
	s, c := newTestSlack(t)
	ctx := t.Context()
	at := time.Now()
	s.SetClock(func() time.Time { return at })
	s.mu.Lock()
	trigger, old := s.trigger("U1"), s.trigger("U1")
	s.mu.Unlock()
	v, err := c.OpenViewContext(ctx, trigger, modal("first"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.OpenViewContext(ctx, trigger, modal("x"))
	wantCode(t, err, "exchanged_trigger_id")
	_, err = c.OpenViewContext(ctx, "nonsense", modal("x"))
	wantCode(t, err, "invalid_trigger_id")
	at = at.Add(SlackTriggerLife + time.Millisecond)
	_, err = c.OpenViewContext(ctx, old, modal("x"))
	wantCode(t, err, "expired_trigger_id")
	if _, err = c.UpdateViewContext(ctx, modal("second"), "", v.View.Hash, v.View.ID); err != nil {
		t.Fatal(err)
	}
	_, err = c.UpdateViewContext(ctx, modal("third"), "", v.View.Hash, v.View.ID)
	wantCode(t, err, "hash_conflict")
	big := modal("x")
	big.PrivateMetadata = strings.Repeat("x", 3001)
	_, err = c.UpdateViewContext(ctx, big, "", "", v.View.ID)
	wantCode(t, err, "invalid_arguments")
	big = modal("x")
	big.Title.Text = strings.Repeat("x", 25)
	_, err = c.UpdateViewContext(ctx, big, "", "", v.View.ID)
	wantCode(t, err, "invalid_arguments")
	if got, _ := s.View("U1"); got.Fields()["text"] != "second" || len(got.Versions) != 2 {
		t.Errorf("view %+v", got)
	}
	s.CloseView("U1")
	_, err = c.UpdateViewContext(ctx, modal("x"), "", "", v.View.ID)
	wantCode(t, err, "not_found")
}

// TestSlackSubmit: a form goes to the app signed, and the person sees what the
// app answers; errors for what is no input are a mistake.
func TestSlackSubmit(t *testing.T) {
	t.Parallel()
	s, c := newTestSlack(t)
	answer := ""
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := api.NewSecretsVerifier(r.Header, SlackSigningSecret)
		if err != nil {
			t.Error(err)
		}
		_ = r.ParseForm()
		body := "payload=" + strings.ReplaceAll(r.PostForm.Encode()[len("payload="):], "%7E", "~")
		if _, err := v.Write([]byte(body)); err != nil || v.Ensure() != nil {
			t.Error("not signed")
		}
		var in struct {
			View struct {
				State struct {
					Values map[string]map[string]struct{ Value string }
				}
			}
		}
		_ = json.Unmarshal([]byte(r.PostForm.Get("payload")), &in)
		if got := in.View.State.Values["b"]["text"].Value; got != "typed" {
			t.Errorf("the app got %q", got)
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(app.Close)
	s.PointAt(app.URL)
	s.mu.Lock()
	trigger := s.trigger("U1")
	s.mu.Unlock()
	if _, err := c.OpenViewContext(t.Context(), trigger, modal("")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Submit(t.Context(), "U1", nil); err == nil {
		t.Error("an empty required input was sent")
	}
	answer = `{"response_action":"errors","errors":{"b":"no"}}`
	if v, open, err := s.Submit(t.Context(), "U1", map[string]string{"text": "typed"}); err != nil || !open || v.Errors["b"] != "no" {
		t.Errorf("errors: %v %v %v", v.Errors, open, err)
	}
	answer = `{"response_action":"errors","errors":{"other":"no"}}`
	if _, _, err := s.Submit(t.Context(), "U1", map[string]string{"text": "typed"}); err == nil {
		t.Error("an error for no input went unnoticed")
	}
	answer = ""
	if _, open, err := s.Submit(t.Context(), "U1", map[string]string{"text": "typed"}); err != nil || open {
		t.Errorf("the form stays open: %v", err)
	}
}

// TestSlackOversizedAck: an ack of 20 KiB is dropped, as Slack does.
func TestSlackOversizedAck(t *testing.T) {
	t.Parallel()
	s, c := newTestSlack(t)
	_, address, err := c.StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if again, _, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil); err == nil {
		_ = again.Close()
		t.Error("an address was good twice")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, size := range []int{slackAckLimit, 10} {
			var q struct {
				Type       string
				EnvelopeID string `json:"envelope_id"`
			}
			for q.EnvelopeID == "" {
				if err := conn.ReadJSON(&q); err != nil {
					t.Error(err)
					return
				}
			}
			_ = conn.WriteJSON(map[string]any{"envelope_id": q.EnvelopeID, "payload": strings.Repeat("x", size)})
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Event(ctx, "Ev1", map[string]any{"type": "x"}, 0); !errors.Is(err, ErrSlackAckDropped) {
		t.Errorf("got %v", err)
	}
	if err := s.Event(ctx, "Ev2", map[string]any{"type": "x"}, 0); err != nil {
		t.Error(err)
	}
	<-ended
}

func TestSlackPingsAndLinks(t *testing.T) {
	t.Parallel()
	blocks := `[{"type":"section","text":{"type":"mrkdwn","text":"<!channel> <@U1> <!date^1^x|y> &lt;!here&gt; <https://a.test|b> https://c.test"}},
		{"type":"section","text":{"type":"plain_text","text":"<!channel> https://d.test"}},
		{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"here"},{"type":"text","text":"<!channel>"},{"type":"link","url":"https://e.test","text":"f"}]}]}]`
	m := SlackMessage{Text: "hey <!everyone> https://g.test", Blocks: json.RawMessage(blocks)}
	if p := m.Pings(); len(p) != 4 {
		t.Errorf("pings %q", p)
	}
	if l := m.Links(); len(l) != 3 {
		t.Errorf("links %q", l)
	}
}

// TestSlackLimit: what is faster than a method's limit is answered 429, for the
// channel it is about, until the bucket has filled again.
func TestSlackLimit(t *testing.T) {
	t.Parallel()
	s, c := newTestSlack(t)
	s.SetChannel("C0OTHER", true, false)
	at := time.Now()
	s.SetClock(func() time.Time { return at })
	s.Limit("chat.postMessage", time.Second, 3)
	post := func(channel string) error {
		_, _, err := c.PostMessageContext(t.Context(), channel, api.MsgOptionText("x", false))
		return err
	}
	for range 3 {
		if err := post("C0TRIAGE"); err != nil {
			t.Fatal(err)
		}
	}
	if r, ok := errors.AsType[*api.RateLimitedError](post("C0TRIAGE")); !ok || r.RetryAfter != time.Second {
		t.Errorf("the fourth at once: %v", r)
	}
	if err := post("C0OTHER"); err != nil {
		t.Errorf("another channel: %v", err)
	}
	at = at.Add(time.Second)
	if err := post("C0TRIAGE"); err != nil {
		t.Errorf("after a second: %v", err)
	}
	if len(s.Messages("C0TRIAGE")) != 4 {
		t.Errorf("%d messages, want 4", len(s.Messages("C0TRIAGE")))
	}
}

// TestSlackKeepsTyping: a form that is rewritten keeps what the person typed,
// unless its input stands in a block of another id.
func TestSlackKeepsTyping(t *testing.T) {
	t.Parallel()
	s, c := newTestSlack(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"response_action":"errors","errors":{"b":"no"}}`))
	}))
	t.Cleanup(app.Close)
	s.PointAt(app.URL)
	s.mu.Lock()
	trigger := s.trigger("U1")
	s.mu.Unlock()
	v, err := c.OpenViewContext(t.Context(), trigger, modal("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Submit(t.Context(), "U1", map[string]string{"text": "typed"}); err != nil {
		t.Fatal(err)
	}
	for block, want := range map[string]string{"b": "typed", "b2": "second"} {
		m := modal("second")
		m.Blocks.BlockSet[0].(*api.InputBlock).BlockID = block
		if _, err := c.UpdateViewContext(t.Context(), m, "", "", v.View.ID); err != nil {
			t.Fatal(err)
		}
		if got, _ := s.View("U1"); got.Fields()["text"] != want {
			t.Errorf("block %s holds %q, want %q", block, got.Fields()["text"], want)
		}
	}
}
