package slack

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/client"
	"footnote/pipeline"
)

// thread waits until the thread under the card has these notes, each with all
// of its words.
func (w *world) thread(notes ...[]string) {
	w.t.Helper()
	w.await("the thread is complete", func() bool {
		have := w.notes()
		if len(have) != len(notes) {
			return false
		}
		for _, words := range notes {
			if !slices.ContainsFunc(have, func(m bottest.SlackMessage) bool { return contains(m.Strings(), words...) }) {
				return false
			}
		}
		return true
	})
}

// TestThread: versions, later messages, the approved reply and the history
// stand under the card, each once, whatever is told twice.
func TestThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := w.proposed()
	w.thread() // nothing happened yet
	next := r
	next.Draft.ID, next.Draft.Version, next.Draft.Hint = "5f0c3c1e-0000-4000-8000-0000000000b2", 2, "shorter"
	next.Draft.Sentences = []pipeline.Sentence{r.Draft.Sentences[0], {Text: "It takes five days.", Receipts: r.Draft.Sentences[1].Receipts, Break: true}}
	w.decideAs(pipeline.Decision{Kind: pipeline.Redraft, Draft: r.Draft.ID, By: alan, Reason: "shorter", Seen: pipeline.StateOpen, Surface: "console"})
	w.reviews.put(next)
	for range 2 {
		w.handle(pipeline.DraftProposed, next)
	}
	w.cardSays("Changed since draft 1", "new: ", "It takes five days.", "gone: ", "We pay the card fee.", "no longer cites Card fees", "hint: shorter")
	w.thread([]string{"Draft 1", "refunds reach your card within five days."}, []string{"History", "Alan Turing ", "redraft", "draft 1", "shorter"})
	w.decideAs(pipeline.Decision{Kind: pipeline.Edit, Draft: next.Draft.ID, By: ada, Text: strings.Repeat("Five days. ", 40) + "Ada", Seen: pipeline.StateOpen, Surface: client.Surface})
	w.reviews.change(next.Draft.ID, func(r *pipeline.Review) { r.Hash = "hash" })
	for range 2 {
		w.handle(pipeline.DraftDecided, next)
	}
	w.thread([]string{"Draft 1"}, []string{"The reply as Ada Lovelace approved it", "Five days."}, []string{"History", "redraft", "edit"})
	if n := len(w.slack.Calls("chat.postMessage")); n != 4 {
		t.Errorf("%d posts, want 4: the card and three notes", n)
	}
}

// decideAs decides past Slack, as the console does.
func (w *world) decideAs(d pipeline.Decision) {
	w.t.Helper()
	if _, err := w.reviews.Decide(w.ctx, d); err != nil {
		w.t.Fatal(err)
	}
}

// TestLaterMessages: what the customer writes after the draft stands under the
// card that went out of date.
func TestLaterMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := w.proposed()
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { *r = variants()["stale"]; r.Draft.ID = cardDraft(w.card()) })
	w.handle(pipeline.DraftVoided, r)
	w.cardSays("Out of date.", "The customer wrote again")
	w.thread([]string{"The customer wrote again", "Never mind the fee.\nI only want to know when."})
}

// TestNoteAnswerLost: a note whose post was not answered is found again, not
// posted again; one that never arrived is posted once the settle time is over.
func TestNoteAnswerLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]bottest.SlackFault{"arrived": {Lose: true}, "never arrived": {Cut: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{at: time.Now()}
			w := newWorld(t, "", func(cfg *Config) { cfg.Now = c.now })
			r := w.proposed()
			w.decideAs(pipeline.Decision{Kind: pipeline.Claim, Draft: r.Draft.ID, By: ada, Seen: pipeline.StateOpen})
			w.slack.Fail("chat.postMessage", fault)
			if err := w.chat.Handle(w.ctx, w.event(pipeline.DraftClaimed, r)); pipeline.KindOf(err) != pipeline.Unavailable {
				t.Fatalf("got %v", err)
			}
			w.cardSays("Claimed") // the card did not wait for its thread
			if name == "never arrived" {
				retryAfter(t, w.chat.Handle(w.ctx, w.event(pipeline.DraftClaimed, r)))
				c.move(time.Minute)
			}
			w.handle(pipeline.DraftClaimed, r)
			w.thread([]string{"History", "Ada Lovelace ", "claim"})
			if n := len(w.slack.Calls("conversations.replies")); n == 0 {
				t.Error("nobody looked for it")
			}
		})
	}
}

// TestNoteRefused: a thread that takes no notes does not hold the card up.
func TestNoteRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := w.proposed()
	w.decideAs(pipeline.Decision{Kind: pipeline.Claim, Draft: r.Draft.ID, By: ada, Seen: pipeline.StateOpen})
	w.slack.FailAlways("chat.postMessage", bottest.SlackFault{Error: "cannot_reply_to_message"})
	w.handle(pipeline.DraftClaimed, r)
	w.cardSays("Claimed")
}

// TestNewThread: a card that was deleted and posted again has its whole thread again.
func TestNewThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := w.proposed()
	w.decideAs(pipeline.Decision{Kind: pipeline.Claim, Draft: r.Draft.ID, By: ada, Seen: pipeline.StateOpen})
	w.handle(pipeline.DraftClaimed, r)
	old := w.card().TS
	w.thread([]string{"History"})
	w.slack.DeleteMessage(channel, old)
	w.decideAs(pipeline.Decision{Kind: pipeline.Release, Draft: r.Draft.ID, By: ada, Seen: pipeline.StateClaimed})
	w.handle(pipeline.DraftClaimed, r)
	if n := w.notes(); len(n) != 2 || n[1].ThreadTS == old || !contains(n[1].Strings(), "claim", "release") {
		t.Errorf("notes %+v", n)
	}
}

// cardDraft is the draft that a card's metadata names.
func cardDraft(m bottest.SlackMessage) string {
	var md struct {
		Payload struct{ Draft string } `json:"event_payload"`
	}
	_ = json.Unmarshal(m.Metadata, &md)
	return md.Payload.Draft
}
