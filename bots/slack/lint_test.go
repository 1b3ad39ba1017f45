package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/bots/slack/presses"
)

// TestLinter: each limit, one beyond it. The fake workspace refuses the same
// blocks, so the linter and the fake agree without sharing code.
func TestLinter(t *testing.T) {
	t.Parallel()
	fake := bottest.NewSlack()
	t.Cleanup(fake.Close)
	client := api.New(bottest.SlackBotToken, api.OptionAPIURL(fake.URL()))
	many := func(n int, e api.BlockElement) []api.BlockElement {
		var out []api.BlockElement
		for i := range n {
			b := *e.(*api.ButtonBlockElement)
			b.ActionID = fmt.Sprint("a", i)
			out = append(out, &b)
		}
		return out
	}
	x := func(n int) string { return strings.Repeat("x", n) }
	button := func(action, value, label string) *api.ButtonBlockElement {
		return api.NewButtonBlockElement(action, value, layout.Plain(label))
	}
	for name, c := range map[string]struct {
		good, bad []api.Block
	}{
		"section": {[]api.Block{api.NewSectionBlock(layout.Plain(x(3000)), nil, nil)}, []api.Block{api.NewSectionBlock(layout.Plain(x(3001)), nil, nil)}},
		"empty":   {[]api.Block{api.NewSectionBlock(layout.Plain("x"), nil, nil)}, []api.Block{api.NewSectionBlock(layout.Plain(""), nil, nil)}},
		"emoji":   {[]api.Block{api.NewHeaderBlock(layout.Plain(strings.Repeat("😀", 75)))}, []api.Block{api.NewHeaderBlock(layout.Plain(strings.Repeat("😀", 76)))}},
		"header":  {[]api.Block{api.NewHeaderBlock(layout.Plain(x(150)))}, []api.Block{api.NewHeaderBlock(layout.Plain(x(151)))}},
		"label":   {[]api.Block{api.NewActionBlock("b", button("a", "v", x(75)))}, []api.Block{api.NewActionBlock("b", button("a", "v", x(76)))}},
		"value":   {[]api.Block{api.NewActionBlock("b", button("a", x(2000), "l"))}, []api.Block{api.NewActionBlock("b", button("a", x(2001), "l"))}},
		"action":  {[]api.Block{api.NewActionBlock("b", button(x(255), "v", "l"))}, []api.Block{api.NewActionBlock("b", button(x(256), "v", "l"))}},
		"block":   {[]api.Block{api.NewActionBlock(x(255), button("a", "v", "l"))}, []api.Block{api.NewActionBlock(x(256), button("a", "v", "l"))}},
		"row":     {[]api.Block{api.NewActionBlock("b", many(25, button("a", "v", "l"))...)}, []api.Block{api.NewActionBlock("b", many(26, button("a", "v", "l"))...)}},
		"twice": {[]api.Block{api.NewActionBlock("b", button("a", "v", "l")), api.NewActionBlock("c", button("a", "v", "l"))},
			[]api.Block{api.NewActionBlock("b", button("a", "v", "l")), api.NewActionBlock("b", button("a", "v", "l"))}},
		"blocks": {repeat(50, api.NewDividerBlock()), repeat(51, api.NewDividerBlock())},
		"total":  {repeat(4, api.NewSectionBlock(layout.Plain(x(3000)), nil, nil)), repeat(5, api.NewSectionBlock(layout.Plain(x(3000)), nil, nil))},
		"rich": {[]api.Block{api.NewRichTextBlock("", api.NewRichTextSection(api.NewRichTextSectionTextElement("x", nil)))},
			[]api.Block{api.NewRichTextBlock("", api.NewRichTextSection(api.NewRichTextSectionTextElement("", nil)))}},
	} {
		if p := layout.LintMessage(c.good); len(p) > 0 {
			t.Errorf("%s: what is allowed is refused: %q", name, p)
		}
		if p := layout.LintMessage(c.bad); len(p) == 0 {
			t.Errorf("%s: what is too much is let through", name)
		}
		post := func(b []api.Block) error {
			_, _, err := client.PostMessageContext(t.Context(), channel, api.MsgOptionBlocks(b...), api.MsgOptionText("x", false))
			return err
		}
		if err := post(c.good); err != nil {
			t.Errorf("%s: the fake refuses what is allowed: %v", name, err)
		}
		if err := post(c.bad); err == nil {
			t.Errorf("%s: the fake takes what is too much", name)
		}
	}
	if p := layout.LintMessage([]api.Block{api.NewSectionBlock(api.NewTextBlockObject(api.MarkdownType, "x", false, false), nil, nil)}); len(p) == 0 {
		t.Error("mrkdwn is let through")
	}
	f := presses.Form{Kind: cards.ActEdit, Draft: strings.Repeat("d", 3000)}
	if p := layout.LintView(f.Note("x")); len(p) == 0 {
		t.Error("private metadata over 3000 is let through")
	}
}

func repeat(n int, b api.Block) []api.Block {
	out := make([]api.Block, n)
	for i := range out {
		out[i] = b
	}
	return out
}

// FuzzDelivery: no body, however wrong, panics or is answered with anything
// but the codes that Routes promises.
func FuzzDelivery(f *testing.F) {
	f.Add([]byte(`{"type":"event_callback","event":{"type":"user_change","user":{"id":"U1"}}}`))
	f.Add([]byte(`{"type":"block_actions","actions":[{"action_id":"claim","value":"d:h","block_id":"seen:open:1"}]}`))
	f.Add([]byte(`{"type":"view_submission","view":{"private_metadata":"{\"k\":\"edit\",\"d\":\"x\"}","state":{"values":{"a":{"reply":{"value":null}}}}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if e, err := client.ReadEvent(raw); err == nil {
			client.IDOf(e.Event.Channel)
			client.IDOf(e.Event.User)
		}
		in, err := client.ReadInteraction(raw)
		if err != nil {
			return
		}
		var g presses.Form
		_ = json.Unmarshal([]byte(in.View.PrivateMetadata), &g)
		presses.ReadTyped(in, g)
		in.ID()
		for _, a := range in.Actions {
			client.Target(a.Value)
			cards.ReadSeen(a.BlockID)
		}
	})
}

// TestAckFirst: the press is acked before anybody knows what it leads to.
func TestAckFirst(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		gate := make(chan struct{})
		w.slack.FailAlways("users.info", bottest.SlackFault{Hold: gate})
		w.proposed()
		w.click("U1ADA", cards.ActClaim) // returns with the ack
		if n := len(w.reviews.done()); n != 0 {
			t.Error("decided before the ack")
		}
		close(gate)
		w.slack.Heal("users.info")
		w.await("the person is known", func() bool { return len(w.slack.Calls("users.info")) > 0 })
	})
}

// TestPayloadForm: the form encoding of deliveries survives what people type.
func TestPayloadForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "http")
	body := []byte("payload=" + url.QueryEscape(`{"type":"view_closed","user":{"id":"a+b &=%"}}`))
	if got := deliver(w.chat.Routes(), "/slack/interactive", body, bottest.SlackSign(body, time.Now())); got.Code != 200 || !bytes.Equal(got.Body.Bytes(), nil) {
		t.Errorf("%d %q", got.Code, got.Body)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	r := typical()
	w.reviews.put(r)
	if err := w.chat.Handle(ctx, w.event("draft.proposed", r)); err == nil {
		t.Error("a cancelled context was no error")
	}
}
