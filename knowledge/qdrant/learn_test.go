package qdrant_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/learning"
	"footnote/knowledge/library"
	"footnote/pipeline"
)

const slang = "when is my dosh coming home"

func helpDocs(refundsPage string) docs {
	return docs{md("refunds.md", refundsPage), md("invoices.md", invoices), md("money.md", "# Money\n\nWe take money in many currencies.\n")}
}

// learning switches it on or off, as a proof would.
func (s *stack) learning(t testing.TB, on bool) {
	t.Helper()
	state, err := s.Learning(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveProof(t.Context(), knowledge.Proof{By: "test", On: on, Reason: "test", Strength: 4, Report: []byte(`{}`)}, state.Reverted); err != nil {
		t.Fatal(err)
	}
}

func (s *stack) teach(t testing.TB, decision, question, passage string, weight float64) int {
	t.Helper()
	n, err := s.Learn(t.Context(), learning.Lesson{Decision: decision, Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: question}},
		Cites: []learning.Cite{{Passage: passage, Weight: weight}}, Requester: "who asked " + decision, Agent: "agent " + decision, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLearnFromApprovedReplies(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", helpDocs(refunds))
	cited := s.ask(t, "when do refunds reach my card")[0].Passage.ID
	if n := s.teach(t, "d1", "Where is my dosh, is it coming?", cited, 1); n != 1 {
		t.Fatalf("taught %d passages", n)
	}
	if n := s.teach(t, "d1", "Where is my dosh, is it coming?", cited, 1); n != 0 {
		t.Fatalf("the same decision taught again: %d", n)
	}
	if hits := s.ask(t, slang); len(hits) != 0 {
		t.Fatalf("used though nothing is proven: %+v", hits)
	}
	s.learning(t, true)
	hits := s.ask(t, slang)
	if len(hits) != 1 || hits[0].Passage.ID != cited || hits[0].Learned <= 0 {
		t.Fatalf("not learned: %+v", hits)
	}
	s.clean(t)
	s.learning(t, false)
	if hits := s.ask(t, slang); len(hits) != 0 {
		t.Fatalf("still used after it was switched off: %+v", hits)
	}
}

// TestRevertTakesEffectAtOnce also in another process, which is not told.
func TestRevertTakesEffectAtOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", helpDocs(refunds))
	cited := s.ask(t, "when do refunds reach my card")[0].Passage.ID
	s.teach(t, "d1", "Where is my dosh, is it coming?", cited, 1)
	s.learning(t, true)
	other := &stack{Library: library.Open(s.cfg)}
	t.Cleanup(other.Close)
	if hits := other.ask(t, slang); len(hits) != 1 {
		t.Fatalf("the other process did not learn: %+v", hits)
	}
	if n, err := s.Revert(t.Context(), knowledge.Taken{Agent: "agent of nobody"}, "u1"); n != 0 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	if n, err := s.Revert(t.Context(), knowledge.Taken{Agent: "agent d1"}, "u1"); n != 1 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	if hits := other.ask(t, slang); len(hits) != 0 {
		t.Fatalf("still used elsewhere after the revert: %+v", hits)
	}
	if n := s.teach(t, "d1", "Where is my dosh, is it coming?", cited, 1); n != 0 {
		t.Fatal("a decision that was taken back taught again")
	}
	if st, err := s.Learning(t.Context()); err != nil || st.Lessons != 0 || st.Reverted != 1 {
		t.Fatalf("%+v %v", st, err)
	}
}

// TestChangedPassages keep what they learned as far as they stay what they were.
func TestChangedPassages(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", helpDocs(refunds))
	cited := s.ask(t, "when do refunds reach my card")[0].Passage.ID
	s.teach(t, "d1", "Where is my dosh, is it coming?", cited, .2) // below every cap
	s.learning(t, true)
	full := s.ask(t, slang)[0].Learned
	s.sync(t, "help", helpDocs(strings.Replace(refunds, "five", "six", 1)))
	hits := s.ask(t, slang)
	if len(hits) == 0 || hits[0].Passage.Version != 2 {
		t.Fatalf("a small change made it forget: %+v", hits)
	}
	if hits[0].Learned >= full {
		t.Errorf("changed, and learned as much as before: %v, was %v", hits[0].Learned, full)
	}
	s.sync(t, "help", helpDocs("# Refunds\n\n"+strings.Repeat("Sailing boats need wind, ropes, patience and a harbour somewhere. ", 8)))
	if hits := s.ask(t, slang); len(hits) != 0 {
		t.Fatalf("another text keeps what the old one learned: %+v", hits)
	}
}

func TestLearnedPassagesKeepTheirAudience(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("internal/refunds.md", refunds), md("money.md", "# Money\n\nWe take money in many currencies.\n")})
	cited := s.ask(t, "when do refunds reach my card", pipeline.Public, pipeline.Restricted)[0].Passage.ID
	for i := range 5 {
		s.teach(t, fmt.Sprint("d", i), slang, cited, 1)
	}
	s.learning(t, true)
	if hits := s.ask(t, slang, pipeline.Public, pipeline.Restricted); len(hits) == 0 {
		t.Fatal("not learned")
	}
	if hits := s.ask(t, slang); len(hits) != 0 {
		t.Fatalf("an internal passage came back: %+v", hits)
	}
}

// TestRejectedPassagesFall behind the next best.
func TestRejectedPassagesFall(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", helpDocs(refunds))
	question := "when do refunds reach my card"
	first := s.ask(t, question)[0]
	for i := range 4 {
		s.teach(t, fmt.Sprint("d", i), question, first.Passage.ID, -1)
	}
	s.learning(t, true)
	if now := s.ask(t, question); len(now) > 0 && now[0].Passage.ID == first.Passage.ID && now[0].Score >= first.Score {
		t.Errorf("rejected four times and as high as before: %v, was %v", now[0].Score, first.Score)
	}
}

// decided is a port with one review.
type decided struct{ r pipeline.Review }

func (d decided) Find(context.Context, string) (pipeline.Review, error) { return d.r, nil }

// TestDecisionsTeachOnce: delivered replies and rejections teach, each once;
// replies that were not sent, and other decisions, do not.
func TestDecisionsTeachOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", helpDocs(refunds))
	hit := s.ask(t, "when do refunds reach my card")[0]
	d := pipeline.Draft{ID: "draft", Message: "m", Locale: "en", Nearest: []pipeline.Hit{hit}, Sentences: []pipeline.Sentence{{Text: "Within five working days.",
		Receipts: []pipeline.Receipt{{Number: 1, Passage: hit.Passage.ID, Quote: "Within five working days."}}}}}
	review := pipeline.Review{Draft: d, Text: d.Text(), DecidedBy: pipeline.Agent{ID: "u1"}, Ticket: pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: "sandbox", ID: "7"}}}
	l := learning.Learner{Lessons: s.Lessons, Reviews: decided{review}, Asked: func(pipeline.Ticket, string) pipeline.Query {
		return pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: slang}}, Locale: "en"}
	}}
	handle := func(typ pipeline.EventType, data any) {
		t.Helper()
		if err := l.Handle(t.Context(), pipeline.NewEvent(typ, "e", review.Ticket.TicketRef, time.Now(), data)); err != nil {
			t.Fatal(err)
		}
	}
	lessons := func(want int) {
		t.Helper()
		if st, err := s.Learning(t.Context()); err != nil || st.Lessons != want {
			t.Fatalf("%d lessons (%v), want %d", st.Lessons, err, want)
		}
	}
	handle(pipeline.ReplyDelivered, pipeline.Delivered{Decision: "d1", Draft: "draft", State: pipeline.DeliveryUnknown})
	handle(pipeline.DraftDecided, pipeline.DecidedData{Decision: "d1", Draft: "draft", Kind: pipeline.Approve})
	lessons(0)
	for range 2 {
		handle(pipeline.ReplyDelivered, pipeline.Delivered{Decision: "d1", Draft: "draft", State: pipeline.DeliverySent})
	}
	lessons(1)
	for range 2 {
		handle(pipeline.DraftDecided, pipeline.DecidedData{Decision: "d2", Draft: "draft", Kind: pipeline.Reject})
	}
	lessons(2)
	var words int
	if err := s.cfg.Pool.QueryRow(t.Context(), `SELECT count(*) FROM lessons l WHERE l::text ILIKE '%dosh%' OR l::text ILIKE '%sandbox%'`).Scan(&words); err != nil || words != 0 {
		t.Errorf("words of the customer or the ticket's name are stored: %d %v", words, err)
	}
}
