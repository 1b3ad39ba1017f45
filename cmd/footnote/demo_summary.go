package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"footnote/bots/sandbox"
	"footnote/pipeline"
	"footnote/review/measure"
)

// demoSummary is what a demo comes to. Scores are present with gold data only.
type demoSummary struct {
	Tickets        int                          `json:"tickets"`
	Outcomes       map[pipeline.OutcomeKind]int `json:"outcomes"` // of each ticket's last customer message
	WithoutOutcome int                          `json:"without_outcome"`
	Decisions      map[string]int               `json:"decisions"`
	Approved       int                          `json:"approved"`
	Sent           int                          `json:"sent"`       // approved replies that the desk has exactly once
	NotSent        int                          `json:"not_sent"`   // approved, and not at the desk
	SentTwice      int                          `json:"sent_twice"` // approved, and at the desk more than once
	Unapproved     int                          `json:"unapproved"` // at the desk, and never approved
	HandlingMS     float64                      `json:"handling_median_ms"`
	P50MS          float64                      `json:"p50_ms"` // webhook to saved draft
	P99MS          float64                      `json:"p99_ms"`
	DraftsPerSec   float64                      `json:"tickets_per_second"`
	*demoScores                                 // with gold data only
	Refusals       []string                     `json:"refusals,omitempty"` // decisions that were answered with no, e.g. a stale draft
}

func (s demoSummary) verdict() error {
	if s.WithoutOutcome+s.NotSent+s.SentTwice+s.Unapproved > 0 {
		return fmt.Errorf("the demo failed: %d without outcome, %d approved but not sent, %d sent twice, %d sent without approval",
			s.WithoutOutcome, s.NotSent, s.SentTwice, s.Unapproved)
	}
	return nil
}

// summary reads outcomes from Footnote and replies from the desk's own ledger,
// which is the oracle of what was really sent.
func (d *demo) summary(ctx context.Context, a *app, took time.Duration) (demoSummary, error) {
	s := demoSummary{Tickets: len(d.tickets), DraftsPerSec: float64(len(d.tickets)) / took.Seconds(), Refusals: d.agents.refused}
	if err := d.countOutcomes(ctx, a, &s); err != nil {
		return s, err
	}
	if err := d.compareWithDesk(ctx, a, &s); err != nil {
		return s, err
	}
	rep, err := measure.New(a.p.pool).Report(ctx, measure.Filter{})
	if err != nil {
		return s, err
	}
	s.Decisions = rep.Decisions
	for _, f := range rep.Handling {
		if f.Kind == "measured" && f.Arm == pipeline.ArmTreatment {
			s.HandlingMS = f.MedianMS
		}
	}
	if s.demoScores, err = d.score(ctx, a); err != nil {
		return s, err
	}
	if !d.cmd.JSON {
		fmt.Fprintln(d.out)
		if err := printReport(d.out, rep); err != nil {
			return s, err
		}
		s.print(d.out)
	}
	return s, nil
}

// countOutcomes counts the outcome of each ticket's newest customer message and
// the time from webhook to draft.
func (d *demo) countOutcomes(ctx context.Context, a *app, s *demoSummary) error {
	s.Outcomes = map[pipeline.OutcomeKind]int{}
	rows, err := a.p.pool.Query(ctx, `
		SELECT DISTINCT ON (o.ticket) o.ticket, coalesce(o.kind, ''),
		       coalesce(extract(epoch FROM dr.created_at - (o.event ->> 'received_at')::timestamptz) * 1000, -1)::float8
		  FROM outcomes o
		  JOIN messages m ON m.desk = o.desk AND m.ticket = o.ticket AND m.id = o.message
		  LEFT JOIN drafts dr ON dr.id = o.draft
		 ORDER BY o.ticket, m.at DESC`)
	if err != nil {
		return fmt.Errorf("count outcomes: %w", err)
	}
	defer rows.Close()
	seen := 0
	var latency []float64
	for rows.Next() {
		var ticket string
		var kind pipeline.OutcomeKind
		var took float64
		if err := rows.Scan(&ticket, &kind, &took); err != nil {
			return fmt.Errorf("count outcomes: %w", err)
		}
		seen++
		if kind == "" {
			s.WithoutOutcome++
			continue
		}
		s.Outcomes[kind]++
		if took >= 0 {
			latency = append(latency, took)
		}
	}
	s.WithoutOutcome += len(d.tickets) - seen
	s.P50MS, s.P99MS = percentile(latency, .5), percentile(latency, .99)
	return rows.Err()
}

// compareWithDesk matches every agent's reply in the desk's ledger with an
// approval of exactly that text.
func (d *demo) compareWithDesk(ctx context.Context, a *app, s *demoSummary) error {
	rows, err := a.p.pool.Query(ctx, `SELECT ticket, text FROM reviews WHERE kind IN ('approve', 'edit') AND state IN ('approved', 'sent', 'returned')`)
	if err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	defer rows.Close()
	approved := map[string]int{}
	for rows.Next() {
		var ticket, text string
		if err := rows.Scan(&ticket, &text); err != nil {
			return fmt.Errorf("read approvals: %w", err)
		}
		approved[ticket+"\x00"+text]++
		s.Approved++
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	if a.sandbox == nil {
		return errors.New("the demo needs the built-in sandbox desk")
	}
	sent := map[string]int{}
	for _, e := range a.sandbox.Ledger() {
		if e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent && e.Message.Marker != "" {
			sent[e.Ticket+"\x00"+e.Message.Text]++
		}
	}
	for key, n := range approved {
		switch {
		case sent[key] < n:
			s.NotSent += n - sent[key]
		case sent[key] > n:
			s.SentTwice += sent[key] - n
		}
		s.Sent += min(n, sent[key])
	}
	for key, n := range sent {
		if approved[key] == 0 {
			s.Unapproved += n
		}
	}
	return nil
}

func (s demoSummary) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s, %d without outcome. Replies approved: %d, %d at the desk exactly once, %d not sent, %d sent twice, %d without approval.\n",
		many(s.Tickets, "ticket"), s.WithoutOutcome, s.Approved, s.Sent, s.NotSent, s.SentTwice, s.Unapproved)
	fmt.Fprintf(w, "Webhook to draft: p50 %.1f ms, p99 %.1f ms.\n", s.P50MS, s.P99MS)
	if s.demoScores != nil {
		fmt.Fprintf(w, "recall@5 %.3f, nDCG@10 %.3f, first citation correct %.3f, reply F1 %.3f over %d scored tickets.\n",
			s.RecallAt5, s.NDCGAt10, s.FirstCitationCorrect, s.ReplyF1, s.Scored)
	}
}
