package slack

import (
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/pipeline"
)

// TestQuotesInOnePress: one press shows what every sentence rests on, with the version
// of its source, before a decision and after, and decides nothing; whoever may not press
// sees nothing of it.
func TestQuotesInOnePress(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		r := w.proposed()
		if b := w.card().Buttons(); b[0] != cards.ActApprove {
			t.Errorf("the first button is %s", b[0])
		}
		see := func(user string, words ...string) {
			t.Helper()
			w.click(user, cards.ActReceipts)
			w.await("the form shows it", func() bool { v, ok := w.slack.View(user); return ok && contains(v.Strings(), words...) })
			w.slack.CloseView(user)
		}
		proof := []string{"refunds reach your card within five days.", "“Refunds reach the card that paid within five days of the parcel's arrival.”", "version 3", "Refunds › How long it takes",
			"We pay the card fee.", "“We pay the fee of the card, whichever it is.”", "public"}
		see("U1ADA", proof...)
		w.slack.AddUser(bottest.SlackUser{ID: "U3", Guest: true, Email: ada.Email})
		see("U3", "Guests may not decide")
		w.click("U1ADA", cards.ActApprove)
		w.cardSays("Approved")
		see("U2ALAN", proof...)
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
			r.State, r.SentAt, r.Text = pipeline.StateSent, t0, "We pay the card fee. It is blue."
			r.Sentences = []pipeline.EditedSentence{{Sentence: r.Draft.Sentences[2], State: pipeline.EditKept}, {Sentence: pipeline.Sentence{Text: "It is blue."}, State: pipeline.EditUnproven}}
		})
		w.handle(pipeline.ReplyDelivered, r)
		w.cardSays("Sent", "Reply: We pay the card fee. It is blue.", "Card fees")
		if contains(w.card().Strings(), "Refunds › How long") || contains(w.card().Strings(), "gpt-5-mini") {
			t.Errorf("the card says of the draft what is not true of the reply: %q", w.card().Strings())
		}
		see("U2ALAN", "We pay the card fee.", "version 3")
		if v, _ := w.slack.View("U2ALAN"); contains(v.Strings(), "five days") {
			t.Error("the form shows what was not sent")
		}
		if n := len(w.reviews.done()); n != 1 {
			t.Errorf("%d decisions", n)
		}
	})
}

// TestReplyStandsOnce: what was sent stands on the card or, when it is long, in the
// thread, with its sources there; never twice.
func TestReplyStandsOnce(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"short": "Five days.", "long": strings.Repeat("It takes five days, whatever the card. ", 60)} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			r := w.proposed()
			w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
				r.State, r.Text, r.Hash, r.DecidedBy, r.DecidedAt = pipeline.StateSent, text, "h", ada, t0
				r.Sentences = []pipeline.EditedSentence{{Sentence: pipeline.Sentence{Text: text, Receipts: r.Draft.Sentences[1].Receipts}, State: pipeline.EditProven}}
			})
			w.handle(pipeline.ReplyDelivered, r)
			said, sources := 0, 0
			for _, m := range w.slack.Messages(channel) {
				all := strings.Join(m.Strings(), "\n")
				said += strings.Count(all, strings.TrimSpace(text))
				sources += strings.Count(all, "Refunds › How long it takes")
			}
			if said != 1 || sources != 1 {
				t.Errorf("a reply of %d characters stands %d times, its source %d times", len(text), said, sources)
			}
		})
	}
}

// TestWhoHearsOnly: the notification, which a screen reader reads, says what it is, from
// whom, how sure, and what to look at; the colour of the confidence is there in words.
func TestWhoHearsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	for _, c := range []struct {
		name   string
		change func(*pipeline.Review)
		says   []string
		colour string
	}{
		{"sure", func(r *pipeline.Review) {}, []string{"Draft reply: “Where is my refund?” from Grace Hopper.", "Probably answers it: 82 %", "2 things to look at.", "The customer wrote: I sent the shoes back"}, "🟢"},
		{"perhaps", func(r *pipeline.Review) { r.Draft.Confidence, r.Draft.Findings = 0.41, nil }, []string{"Perhaps answers it: 41 %"}, "🟡"},
		{"doubtful", func(r *pipeline.Review) { r.Draft.Confidence = 0.12 }, []string{"Doubtful: 12 %"}, "🔴"},
		{"none", abstention, []string{"No draft:", "To be written by a person: The knowledge says nothing about shoes."}, ""},
		{"claimed", func(r *pipeline.Review) { r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, ada, t0 }, []string{"Claimed by Ada Lovelace."}, "🟢"},
	} {
		r := freshDraft(w, c.name)
		w.reviews.change(r.Draft.ID, c.change)
		w.handle(pipeline.DraftProposed, r)
		m := w.mustCard(r.Draft.ID)
		for _, s := range c.says {
			if !strings.Contains(m.Text, s) {
				t.Errorf("%s: %q is not in %q", c.name, s, m.Text)
			}
		}
		if c.colour != "" && !contains(m.Strings(), c.colour) {
			t.Errorf("%s: no %s", c.name, c.colour)
		}
	}
}

// TestEarlierTurns: what was said before stands in one line.
func TestEarlierTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := w.proposed(func(r *pipeline.Review) {
		q := r.Ticket.Messages[1]
		r.Ticket.Messages = []pipeline.Message{
			{ID: "m1", Role: pipeline.RoleCustomer, Public: true, Text: "Hello?", At: t0.Add(-time.Hour)},
			{ID: "m2", Role: pipeline.RoleAgent, Public: false, Text: "A note for colleagues", At: t0.Add(-time.Hour)},
			{ID: "m3", Role: pipeline.RoleAgent, Public: true, Author: pipeline.Person{Name: "Kurt"}, Text: "Which order\nis it?", At: t0.Add(-time.Minute)}, q}
	})
	w.cardSays("Before this: ", "2 messages, the last by Kurt", "“Which order is it?”")
	if contains(w.card().Strings(), "A note for colleagues") {
		t.Error("a note is no turn")
	}
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.Ticket.Messages = r.Ticket.Messages[3:] })
	w.handle(pipeline.DraftProposed, r)
	if contains(w.card().Strings(), "Before this") {
		t.Error("there was nothing before")
	}
}

// TestLinksToCards: the Home tab and the queue lead to the card of each ticket.
func TestLinksToCards(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket")
	s.await("the workspace is known", func() bool { return s.chat.Status().TeamID != "" })
	r := s.proposed()
	link := "https://acme.slack.com/archives/" + channel + "/p" + strings.ReplaceAll(s.card().TS, ".", "")
	if got := s.chat.cards.Links(s.ctx, []pipeline.TicketRef{r.Draft.Ticket, {Desk: "sandbox", ID: "none"}}); len(got) != 1 || got[r.Draft.Ticket] != link {
		t.Fatalf("links %v, want %s", got, link)
	}
	s.chat.requests.ShowHome(s.ctx, "U1ADA", "")
	if home := string(s.slack.Home("U1ADA")); !strings.Contains(home, link) || !strings.Contains(home, "open the card") {
		t.Errorf("the Home tab does not lead to %s: %s", link, home)
	}
	s.command("U1ADA", "queue")
	s.heard("U1ADA", "Waiting the longest", "open the card")
}
