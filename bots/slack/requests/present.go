package requests

import (
	"context"
	"slices"
	"strconv"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// answerType marks our answers, so that one whose post was never answered is
// found again; the payload holds the reference only.
const answerType = "footnote_answer"

// WaitWords stand where the answer will be. They are ours: nothing a model
// wrote is shown before it was checked.
const WaitWords = "Looking in the knowledge…"

// present shows the ending where the request came from.
func (c *Requests) present(ctx context.Context, r *request, o ending) error {
	p := o.page
	if p.Empty() {
		p = layout.SayPage(o.say)
	}
	b, err := p.Body()
	if err != nil {
		c.Log.Error("answer is beyond Slack's limits", "reference", r.ref, "error", err)
		o.say = "The answer cannot be shown in Slack. Reference " + r.ref + "."
		if b, err = layout.SayPage(o.say).Body(); err != nil {
			return err
		}
	}
	switch r.surface {
	case fromCommand:
		return c.respond(ctx, r, b)
	case fromShortcut:
		return c.fillShortcut(ctx, r, b)
	case fromMention:
		if o.private {
			c.clearStatus(ctx, r)
			return c.whisper(ctx, r, b)
		}
	}
	if o.alone {
		err = c.tellAlone(ctx, r, b)
	} else {
		err = c.postAnswer(ctx, r, b)
	}
	if err != nil && pipeline.KindOf(err) == pipeline.Invalid { // never here: the channel was archived, the bot removed
		c.Log.Info("answer not shown where it was asked for; telling the person", "reference", r.ref, "error", err)
		return c.whisper(ctx, r, b)
	}
	return err
}

// showStatus says at once that something is being done: as Slack's own status
// where it works, else as a message that becomes the answer. Neither is needed
// for the answer itself, so failures are only noted.
func (c *Requests) showStatus(ctx context.Context, r *request) {
	switch r.surface {
	case fromShortcut:
		c.openShortcut(ctx, r)
		return
	case fromCommand: // told with the ack
		return
	}
	if r.posted != "" || r.direct != "" || !r.tried.IsZero() {
		return
	}
	if c.setStatus(ctx, r, WaitWords) {
		return
	}
	b, err := layout.SayPage(WaitWords).Body()
	if err == nil {
		err = c.postAnswer(ctx, r, b)
	}
	if err != nil {
		c.Log.Info("status not shown", "reference", r.ref, "error", err)
	}
}

// setStatus tells whether Slack shows the status. A workspace that does not
// have it is not asked again for an hour.
func (c *Requests) setStatus(ctx context.Context, r *request, words string) bool {
	if r.thread == "" || c.Paused("status") > 0 {
		return false
	}
	err := c.API.SetAssistantThreadsStatusContext(ctx, api.AssistantThreadsSetStatusParameters{ChannelID: r.channel, ThreadTS: r.thread, Status: words})
	if err == nil {
		return true
	}
	if v, code := client.Classify(err); v == client.Refused || v == client.Broken {
		c.Log.Info("Slack has no status here; a message stands in for it", "reason", code)
		c.Pause("status", time.Hour)
	}
	return false
}

// clearStatus takes the waiting words away when the answer goes elsewhere.
func (c *Requests) clearStatus(ctx context.Context, r *request) {
	if r.posted == "" {
		c.setStatus(ctx, r, "")
		return
	}
	if _, _, err := c.API.DeleteMessageContext(ctx, r.channel, r.posted); err != nil {
		c.Log.Info("waiting words not taken away", "reference", r.ref, "error", err)
		return
	}
	r.posted = ""
}

// postAnswer posts the answer into the thread, or rewrites the message that
// stands in for it. That a post begins is written down before, so that after a
// lost answer it is searched for instead of posted again.
func (c *Requests) postAnswer(ctx context.Context, r *request, b layout.Body) error {
	if r.posted == "" && !r.tried.IsZero() {
		if err := c.findAnswer(ctx, r); err != nil {
			return err
		}
	}
	if r.posted != "" {
		gone, err := c.updateAnswer(ctx, r, b)
		if err != nil || !gone {
			return err
		}
		r.posted = "" // somebody deleted it
	}
	channel, thread := r.place()
	if err := c.MayCall(ctx, channel); err != nil {
		return err
	}
	r.tried = c.Now()
	if err := keepRequest(ctx, c.Pool, *r); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "%w", err)
	}
	var ts string
	err := c.EitherLayout(b, func(m layout.Message) (err error) {
		options := answerOptions(*r, m)
		if thread != "" {
			options = append(options, api.MsgOptionTS(thread))
		}
		_, ts, err = c.API.PostMessageContext(ctx, channel, options...)
		return err
	})
	if v, _ := client.Classify(err); v == client.Unclear {
		return c.Refusal(channel, "post answer", err) // tried stays: it may be there
	}
	r.tried, r.posted = time.Time{}, ts
	if err := keepRequest(context.WithoutCancel(ctx), c.Pool, *r); err != nil {
		c.Log.Warn("answer's place not kept", "reference", r.ref, "error", err)
	}
	return c.Refusal(channel, "post answer", err)
}

// place is where the answer goes: the thread it was asked for in, or a
// conversation with the person alone.
func (r request) place() (channel, thread string) {
	if r.direct != "" {
		return r.direct, ""
	}
	return r.channel, r.thread
}

// tellAlone tells the person in a conversation of their own, where the answer
// lasts, and says so where they asked.
func (c *Requests) tellAlone(ctx context.Context, r *request, b layout.Body) error {
	if r.direct == "" {
		c.clearStatus(ctx, r)
		dm, err := c.openDirect(ctx, r.user)
		if err != nil {
			return err
		}
		r.direct, r.posted, r.tried = dm, "", time.Time{}
	}
	if err := c.postAnswer(ctx, r, b); err != nil {
		return err
	}
	hint, err := layout.SayPage("The answer is in your direct messages with Footnote: it is not for everybody who can read this channel.").Body()
	if err == nil {
		err = c.whisperHere(ctx, *r, hint)
	}
	if err != nil {
		c.Log.Info("not said where it was asked that the answer came directly", "reference", r.ref, "error", err)
	}
	return nil
}

func (c *Requests) updateAnswer(ctx context.Context, r *request, b layout.Body) (gone bool, err error) {
	channel, _ := r.place()
	key := "update/" + channel
	if err := c.MayCall(ctx, key); err != nil {
		return false, err
	}
	err = c.EitherLayout(b, func(m layout.Message) error {
		_, _, _, err := c.API.UpdateMessageContext(ctx, channel, r.posted, answerOptions(*r, m)...)
		return err
	})
	switch _, code := client.Classify(err); code {
	case "message_not_found", "cant_update_message", "edit_window_closed":
		return true, nil
	}
	return false, c.Refusal(key, "show answer", err)
}

func answerOptions(r request, m layout.Message) []api.MsgOption {
	return []api.MsgOption{
		api.MsgOptionText(m.Text, false), // escaped already
		api.MsgOptionBlocks(m.Blocks...),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl(),
		api.MsgOptionMetadata(api.SlackMetadata{EventType: answerType, EventPayload: map[string]any{"reference": r.ref}}),
	}
}

// findAnswer looks for an answer whose post was not answered and puts its ts
// into r. While it may still turn up, the error asks to come back.
func (c *Requests) findAnswer(ctx context.Context, r *request) error {
	me, err := c.Whoami(ctx)
	if err != nil {
		return err
	}
	cursor := ""
	for range client.MaxPages {
		messages, next, err := c.around(ctx, *r, cursor)
		if err != nil {
			channel, _ := r.place()
			return c.Refusal("replies/"+channel, "search for answer", err)
		}
		i := slices.IndexFunc(messages, func(m api.Message) bool {
			return m.BotID == me.Bot && m.Metadata.EventType == answerType && m.Metadata.EventPayload["reference"] == r.ref
		})
		if i >= 0 {
			c.Count("found_again")
			r.posted, r.tried = messages[i].Timestamp, time.Time{}
			return nil
		}
		if cursor = next; cursor == "" {
			if wait := r.tried.Add(c.Settle).Sub(c.Now()); wait > 0 {
				return &pipeline.RetryAfterError{After: wait, Err: pipeline.Errorf(pipeline.Unavailable, "a post to Slack was not answered")}
			}
			r.tried = time.Time{}
			return nil
		}
	}
	return pipeline.Errorf(pipeline.Unavailable, "search for answer: the thread is too long to be searched")
}

// around is a page of the messages among which an answer would stand, and the
// cursor of the next; empty when there is none.
func (c *Requests) around(ctx context.Context, r request, cursor string) ([]api.Message, string, error) {
	channel, thread := r.place()
	oldest := strconv.FormatInt(r.tried.Add(-client.ClockSkew).Unix(), 10) + ".000000"
	if thread == "" {
		h, err := c.API.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: channel, Limit: 200, IncludeAllMetadata: true, Oldest: oldest, Cursor: cursor})
		if err != nil {
			return nil, "", err
		}
		return h.Messages, h.ResponseMetaData.NextCursor, nil
	}
	messages, more, next, err := c.API.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{ChannelID: channel, Timestamp: thread, Limit: 200,
		IncludeAllMetadata: true, Oldest: oldest, Cursor: cursor})
	if !more {
		next = ""
	}
	return messages, next, err
}

// respond answers a command where it was typed, for its author only.
func (c *Requests) respond(ctx context.Context, r *request, b layout.Body) error {
	if !c.Answerable(r.responseURL) {
		return c.whisper(ctx, r, b)
	}
	err := c.EitherLayout(b, func(m layout.Message) error {
		return c.PostResponse(ctx, r.responseURL, map[string]any{"response_type": "ephemeral", "replace_original": true, // what the person saw with the ack
			"text": m.Text, "blocks": m.Blocks, "unfurl_links": false, "unfurl_media": false})
	})
	switch v, _ := client.Classify(err); v {
	case client.Done:
		return nil
	case client.Limited:
		return c.Refusal("response", "answer command", err)
	}
	return c.whisper(ctx, r, b) // the address is used up or too old
}

// whisper tells one person alone: in the channel, or where the bot may not, in
// a conversation of their own.
func (c *Requests) whisper(ctx context.Context, r *request, b layout.Body) error {
	var err error
	if r.channel != "" {
		err = c.whisperHere(ctx, *r, b)
		if v, _ := client.Classify(err); v == client.Done || v == client.Limited || v == client.Unclear {
			return c.Refusal("ephemeral", "tell one person", err)
		}
	}
	channel, err := c.openDirect(ctx, r.user)
	if err != nil {
		return err
	}
	err = c.EitherLayout(b, func(m layout.Message) error {
		_, _, err := c.API.PostMessageContext(ctx, channel, answerOptions(*r, m)...)
		return err
	})
	return c.Refusal(channel, "tell one person", err)
}

// openDirect returns the conversation with one person alone.
func (c *Requests) openDirect(ctx context.Context, user string) (string, error) {
	dm, err := c.OpenDirect(ctx, user)
	return dm, c.Refusal("open", "open a conversation", err)
}

// whisperHere tells the person alone in the channel of the request. The error
// is the client library's.
func (c *Requests) whisperHere(ctx context.Context, r request, b layout.Body) error {
	return c.EitherLayout(b, func(m layout.Message) error {
		options := []api.MsgOption{api.MsgOptionText(m.Text, false), api.MsgOptionBlocks(m.Blocks...), api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl()}
		if r.surface == fromMention && r.thread != r.ts {
			options = append(options, api.MsgOptionTS(r.thread))
		}
		_, err := c.API.PostEphemeralContext(ctx, r.channel, r.user, options...)
		return err
	})
}
