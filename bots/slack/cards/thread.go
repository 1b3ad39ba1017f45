package cards

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// noteType marks notes in a card's thread, as metadataType marks cards.
const noteType = "footnote_note"

const (
	maxSteps    = 40
	maxNoteText = 9000
)

// note is one message in a card's thread. Its key says what it is about: the
// same key is the same message.
type note struct {
	key  string
	says layout.Content
}

// threadOf is what stands under a card: earlier versions, customer messages
// that came later, the reply as it was approved, and who did what when.
func threadOf(r pipeline.Review, past pipeline.Past) []note {
	var out []note
	for i := len(past.Reviews) - 1; i >= 0; i-- {
		if v := past.Reviews[i]; v.Draft.Message == r.Draft.Message && v.Draft.Version < r.Draft.Version {
			out = append(out, note{"version/" + v.Draft.ID, version(v)})
		}
	}
	for _, m := range laterMessages(r) {
		body, _ := layout.Clean(m.Text)
		out = append(out, note{"message/" + digest(m.ID), layout.Content{Notice: "The customer wrote again", Parts: []layout.Part{
			layout.Says(layout.Bold("The customer wrote again"), layout.Text(", "), layout.Moment(m.At)), whole(body, true)}}})
	}
	if body, _ := layout.Clean(r.Text); goesOut(r) && layout.Units(body) > maxReplied {
		out = append(out, note{"reply/" + r.Hash, layout.Content{Notice: "The reply as approved", Parts: append([]layout.Part{
			layout.Says(layout.Bold("The reply as " + Person(r.DecidedBy) + " approved it")), whole(body, false)}, sentSources(r)...)}})
	}
	if h, ok := history(r, past); ok {
		out = append(out, note{"history", h})
	}
	return out
}

// digest names what outsiders named, in few plain characters.
func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:8])
}

// whole is a text as it stands, cut only where Slack's limits would be.
func whole(body string, quote bool) layout.Part {
	if strings.TrimSpace(body) == "" {
		body = "(an empty message)"
	}
	if layout.Units(body) > maxNoteText {
		body = layout.CutTo(body, maxNoteText, whereAsked)
	}
	return layout.Part{Quote: quote, Lines: []layout.Runs{{layout.Text(body)}}}
}

func version(v pipeline.Review) layout.Content {
	head := fmt.Sprintf("Draft %d", v.Draft.Version)
	c := layout.Content{Notice: head, Parts: []layout.Part{layout.Says(layout.Bold(head), layout.Text(", replaced by a newer one"))}}
	if v.Draft.Abstained != "" {
		c.Parts = append(c.Parts, layout.Says(layout.Text("No draft: "+layout.Sentence(v.Draft.Abstained))))
		return c
	}
	d, _ := DraftText(v.Draft, true)
	d.Divider = false
	c.Parts = append(c.Parts, d)
	return c
}

// laterMessages are what the customer wrote after the message that r answers.
func laterMessages(r pipeline.Review) []pipeline.Message {
	var out []pipeline.Message
	after := false
	for _, m := range r.Ticket.Messages {
		if after && m.Role == pipeline.RoleCustomer && m.Public {
			out = append(out, m)
		}
		after = after || m.ID == r.Draft.Message
	}
	return out
}

// history tells who did what with the drafts of r's message, oldest first.
func history(r pipeline.Review, past pipeline.Past) (layout.Content, bool) {
	versions := map[string]int{r.Draft.ID: r.Draft.Version}
	for _, v := range past.Reviews {
		if v.Draft.Message == r.Draft.Message {
			versions[v.Draft.ID] = v.Draft.Version
		}
	}
	p := layout.Part{Lines: []layout.Runs{{layout.Bold("History")}}}
	for _, s := range past.Steps {
		if v := versions[s.Draft]; v > 0 {
			p.Lines = append(p.Lines, step(s, v, len(versions) > 1))
		}
	}
	if len(p.Lines) == 1 {
		return layout.Content{}, false
	}
	if n := len(p.Lines) - 1 - maxSteps; n > 0 {
		p.Lines = append([]layout.Runs{p.Lines[0], {layout.Textf("… %d earlier steps are in the console", n)}}, p.Lines[1+n:]...)
	}
	return layout.Content{Notice: "History", Parts: []layout.Part{p}}, true
}

func step(s pipeline.Step, version int, several bool) layout.Runs {
	out := layout.Runs{layout.Moment(s.At), layout.Text("  ")}
	if s.Who != "delivery" {
		out = append(out, layout.Text(layout.Line(s.Who, 60)+" "))
	}
	out = append(out, layout.Bold(layout.Line(s.What, 60)))
	if several {
		out = append(out, layout.Textf(" draft %d", version))
	}
	if s.Surface != "" {
		out = append(out, layout.Text(" ("+layout.Line(s.Surface, 30)+")"))
	}
	return append(out, because(layout.Line(s.Detail, 200))...)
}

// putThread brings the notes under a card up to date. A note that Slack refuses
// for its content is left out: the card above it is right all the same.
func (c *Cards) putThread(ctx context.Context, k card, notes []note) error {
	known, err := readNotes(ctx, c.Pool, k)
	if err != nil {
		return err
	}
	for _, n := range notes {
		b, err := c.Fit(n.says, "note "+n.key+" of card "+k.id)
		if err == nil {
			err = c.putNote(ctx, k, known[n.key].of(n.key), b)
		}
		switch {
		case err == nil:
		case pipeline.KindOf(err) == pipeline.Invalid && !client.IsBroken(err):
			c.Log.Error("note not shown", "card", k.id, "note", n.key, "error", err)
		default:
			return err
		}
	}
	return nil
}

// putNote posts or rewrites one note, with the same protocol as cards.
func (c *Cards) putNote(ctx context.Context, k card, n cardNote, b layout.Body) error {
	if n.shown == b.Sum {
		return nil
	}
	if n.ts == "" && !n.tried.IsZero() {
		if err := c.findNote(ctx, k, &n); err != nil {
			return err
		}
	}
	key := k.channel // Slack counts a channel's posts together, in threads or not
	if n.ts != "" {
		key = "update/" + k.channel
	}
	if err := c.MayCallLater(ctx, key); err != nil {
		return err
	}
	if n.ts == "" {
		n.tried = c.Now()
		if err := saveNote(ctx, c.Pool, k, n); err != nil {
			return err
		}
	}
	err := c.EitherLayout(b, func(m layout.Message) (err error) {
		if n.ts != "" {
			_, _, _, err = c.API.UpdateMessageContext(ctx, k.channel, n.ts, noteOptions(k, n.key, m)...)
			return err
		}
		var ts string
		if _, ts, err = c.API.PostMessageContext(ctx, k.channel, append(noteOptions(k, n.key, m), api.MsgOptionTS(k.ts))...); err == nil {
			n.ts = ts
		}
		return err
	})
	switch v, code := client.Classify(err); {
	case v == client.Unclear:
		return c.Failure("put note", err) // tried stays: it may be there
	case err != nil && !noteGone(code):
		n.tried = time.Time{}
		if serr := saveNote(context.WithoutCancel(ctx), c.Pool, k, n); serr != nil {
			c.Log.Warn("refused note not noted", "card", k.id, "error", serr)
		}
		return c.Called(key, "put note", err)
	}
	n.tried, n.shown = time.Time{}, b.Sum // a note that somebody deleted stays away
	return saveNote(context.WithoutCancel(ctx), c.Pool, k, n)
}

func noteGone(code string) bool {
	gone, _ := client.Frozen(code)
	return gone
}

func noteOptions(k card, key string, m layout.Message) []api.MsgOption {
	return []api.MsgOption{
		api.MsgOptionText(layout.Escape(m.Text), false), api.MsgOptionBlocks(m.Blocks...),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl(),
		api.MsgOptionMetadata(api.SlackMetadata{EventType: noteType, EventPayload: map[string]any{"card": k.id, "note": key}}),
	}
}

// findNote looks for a note whose post was not answered, as findLost does.
func (c *Cards) findNote(ctx context.Context, k card, n *cardNote) error {
	me, err := c.Whoami(ctx)
	if err != nil {
		return err
	}
	p := api.GetConversationRepliesParameters{ChannelID: k.channel, Timestamp: k.ts, Limit: 200, IncludeAllMetadata: true}
	for range client.MaxPages {
		found, more, cursor, err := c.API.GetConversationRepliesContext(ctx, &p)
		if err != nil {
			return c.Called("history/"+k.channel, "search for note", err)
		}
		for _, m := range found {
			md := m.Metadata
			if m.BotID == me.Bot && md.EventType == noteType && md.EventPayload["card"] == k.id && md.EventPayload["note"] == n.key {
				c.Count("found_again")
				n.ts, n.tried = m.Timestamp, time.Time{}
				return nil
			}
		}
		if p.Cursor = cursor; !more || cursor == "" {
			if wait := n.tried.Add(c.Settle).Sub(c.Now()); wait > 0 {
				return &pipeline.RetryAfterError{After: wait, Err: pipeline.Errorf(pipeline.Unavailable, "a note to Slack was not answered")}
			}
			n.tried = time.Time{}
			return nil
		}
	}
	return pipeline.Errorf(pipeline.Unavailable, "search for note: the thread is too long to be searched")
}
