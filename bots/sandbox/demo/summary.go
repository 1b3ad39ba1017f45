package demo

import (
	"context"
	"fmt"
	"io"
	"time"

	"footnote/bots/sandbox"
	"footnote/pipeline"
)

// Summary is what a demo comes to. Scores are present with gold data only.
type Summary struct {
	Tickets        int                          `json:"tickets"`
	Outcomes       map[pipeline.OutcomeKind]int `json:"outcomes"` // of each ticket's last customer message
	WithoutOutcome int                          `json:"without_outcome"`
	Decisions      map[string]int               `json:"decisions"` // of the report
	Approved       int                          `json:"approved"`
	Sent           int                          `json:"sent"`               // approved replies that the desk has exactly once
	NotSent        int                          `json:"not_sent"`           // approved, and not at the desk
	SentTwice      int                          `json:"sent_twice"`         // approved, and at the desk more than once
	Unapproved     int                          `json:"unapproved"`         // at the desk, and never approved
	HandlingMS     float64                      `json:"handling_median_ms"` // of the report
	P50MS          float64                      `json:"p50_ms"`             // webhook to saved draft
	P99MS          float64                      `json:"p99_ms"`
	DraftsPerSec   float64                      `json:"tickets_per_second"`
	*Scores                                     // with gold data only
	Refusals       []string                     `json:"refusals,omitempty"` // decisions that were answered with no, e.g. a stale draft
}

// Verdict is an error when a ticket is without an outcome, or an approved reply not at
// the desk exactly once, or a reply there that nobody approved.
func (s Summary) Verdict() error {
	if s.WithoutOutcome+s.NotSent+s.SentTwice+s.Unapproved > 0 {
		return fmt.Errorf("the demo failed: %d without outcome, %d approved but not sent, %d sent twice, %d sent without approval",
			s.WithoutOutcome, s.NotSent, s.SentTwice, s.Unapproved)
	}
	return nil
}

// summary reads outcomes from Footnote and replies from the desk's own ledger,
// which is the oracle of what was really sent.
func (d *Demo) summary(ctx context.Context, took time.Duration) (Summary, error) {
	n := len(d.c.Tickets)
	s := Summary{Tickets: n, DraftsPerSec: float64(n) / took.Seconds(), Refusals: d.c.Agents.Refused()}
	if err := d.countOutcomes(ctx, &s); err != nil {
		return s, err
	}
	approved, err := d.approved(ctx)
	if err != nil {
		return s, err
	}
	s.compare(approved, d.c.Ledger())
	s.Scores, err = d.score(ctx)
	return s, err
}

// compare matches every agent's reply in the desk's ledger with an approval of
// exactly that text.
func (s *Summary) compare(approved map[reply]int, ledger []sandbox.Entry) {
	sent := map[reply]int{}
	for _, e := range ledger {
		if e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent && e.Message.Marker != "" {
			sent[reply{e.Ticket, e.Message.Text}]++
		}
	}
	for r, n := range approved {
		s.Approved += n
		switch {
		case sent[r] < n:
			s.NotSent += n - sent[r]
		case sent[r] > n:
			s.SentTwice += sent[r] - n
		}
		s.Sent += min(n, sent[r])
	}
	for r, n := range sent {
		if approved[r] == 0 {
			s.Unapproved += n
		}
	}
}

// Write writes it in words.
func (s Summary) Write(w io.Writer) {
	tickets := "tickets"
	if s.Tickets == 1 {
		tickets = "ticket"
	}
	fmt.Fprintf(w, "\n%d %s, %d without outcome. Replies approved: %d, %d at the desk exactly once, %d not sent, %d sent twice, %d without approval.\n",
		s.Tickets, tickets, s.WithoutOutcome, s.Approved, s.Sent, s.NotSent, s.SentTwice, s.Unapproved)
	fmt.Fprintf(w, "Webhook to draft: p50 %.1f ms, p99 %.1f ms.\n", s.P50MS, s.P99MS)
	if s.Scores != nil {
		fmt.Fprintf(w, "recall@5 %.3f, nDCG@10 %.3f, first citation correct %.3f, reply F1 %.3f over %d scored tickets.\n",
			s.RecallAt5, s.NDCGAt10, s.FirstCitationCorrect, s.ReplyF1, s.Scored)
	}
}
