package demo

import (
	"math"
	"strings"
	"testing"

	"footnote/bots"
	"footnote/bots/sandbox"
	"footnote/pipeline"
)

// TestSummaryBelievesTheLedger gives it a desk with one reply sent, one missing, one
// sent twice and one that nobody approved.
func TestSummaryBelievesTheLedger(t *testing.T) {
	posted := func(ticket, text string) sandbox.Entry {
		return sandbox.Entry{Op: sandbox.OpMessage, Ticket: ticket, Message: &bots.InboundMessage{Role: pipeline.RoleAgent, Text: text, Marker: "m"}}
	}
	byHand := posted("1", "by hand")
	byHand.Message.Marker = ""
	var s Summary
	s.compare(map[reply]int{{"1", "a"}: 1, {"2", "b"}: 1, {"3", "c"}: 1},
		[]sandbox.Entry{posted("1", "a"), byHand, posted("3", "c"), posted("3", "c"), posted("1", "c")})
	if s.Approved != 3 || s.Sent != 2 || s.NotSent != 1 || s.SentTwice != 1 || s.Unapproved != 1 {
		t.Errorf("%+v", s)
	}
	if s.Verdict() == nil {
		t.Error("that passes")
	}
	if err := (Summary{Approved: 1, Sent: 1}).Verdict(); err != nil {
		t.Error(err)
	}
}

// TestScores compares one answer with gold spans whose figures are known by hand.
func TestScores(t *testing.T) {
	gold := []Span{{Document: "d", Start: 100, End: 200}}
	passages := map[string]Span{
		"far":  {Document: "d", Start: 0, End: 129},   // 29 % of the gold
		"near": {Document: "d", Start: 0, End: 130},   // 30 %
		"next": {Document: "d", Start: 130, End: 300}, // the rest
		"else": {Document: "e", Start: 100, End: 200}, // another document
	}
	hit := func(id string) pipeline.Hit { return pipeline.Hit{Passage: pipeline.Passage{ID: id}} }
	draft := &pipeline.Draft{Sentences: []pipeline.Sentence{{Text: "Hello."}, {Text: "The card is free.", Receipts: []pipeline.Receipt{{Passage: "near"}}}}}
	var s Scores
	s.add(Asked{Hits: []pipeline.Hit{hit("else"), hit("near"), hit("far")}, Draft: draft}, "A card, free!", gold, passages)
	ndcg := 1 / math.Log2(3) / (1 + 1/math.Log2(3))
	f1 := 2 * (2. / 3) * 1 / (2./3 + 1)
	if s.RecallAt5 != .5 || math.Abs(s.NDCGAt10-ndcg) > 1e-9 || s.FirstCitationCorrect != 1 || math.Abs(s.ReplyF1-f1) > 1e-9 {
		t.Errorf("%+v, want nDCG %v and F1 %v", s, ndcg, f1)
	}
	s = Scores{}
	s.add(Asked{}, "A card", gold, passages)
	if s != (Scores{}) {
		t.Errorf("nothing found and nothing said: %+v", s)
	}
}

// TestBadTicketsAreNamed: a line that is no ticket is an error, not a gap.
func TestBadTicketsAreNamed(t *testing.T) {
	for in, want := range map[string]string{
		"{\"id\":\"a\"}\n\n{\"id\":": "f line 3 is no ticket",
		"{\"text\":\"x\"}":           "f line 1 has no id",
		"\n":                         "f holds none",
	} {
		if _, err := DecodeTickets(strings.NewReader(in), "f", 0); err == nil || pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	all, err := DecodeTickets(strings.NewReader("{\"id\":\"A b\",\"text\":\" first\\nsecond\"}\n{\"id\":\"c\"}\nnonsense"), "f", 2)
	if err != nil || len(all) != 2 || all[0].subject() != "first" || all[0].customer().Email != "customer-a-b@example.com" {
		t.Errorf("%+v, %v", all, err)
	}
}
