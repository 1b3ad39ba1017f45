package demo

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"

	"footnote/pipeline"
)

// Review is the part of review that scripted agents use.
type Review interface {
	Find(ctx context.Context, draft string) (pipeline.Review, error)
	Decide(ctx context.Context, d pipeline.Decision) (pipeline.Decided, error)
}

// Agents decide on every draft the way a team would, by a fixed draw
// from the draft's ticket: most are approved, some edited, a few rejected or
// handed off. Abstentions are answered by hand or handed off.
type Agents struct {
	review Review
	agents []pipeline.Agent

	mu       sync.Mutex
	decided  map[string]pipeline.Decided // by draft
	approved map[string]string           // ticket → hash of the reply that was approved last
	refused  []string                    // conflicts and other refusals, in words
}

// NewAgents makes scripted agents of accounts, one at least.
func NewAgents(review Review, agents []pipeline.Agent) *Agents {
	return &Agents{review: review, agents: agents, decided: map[string]pipeline.Decided{}, approved: map[string]string{}}
}

// Decide takes one draft through claim and decision; a draft that it has decided on
// is left alone. Safe for concurrent use.
func (s *Agents) Decide(ctx context.Context, draft string) error {
	s.mu.Lock()
	_, done := s.decided[draft]
	s.mu.Unlock()
	if done {
		return nil
	}
	r, err := s.review.Find(ctx, draft)
	if err != nil {
		return fmt.Errorf("find draft: %w", err)
	}
	h := fnv.New32a()
	h.Write([]byte(r.Ticket.ID + r.Draft.Message))
	draw := h.Sum32() % 100
	by := s.agents[int(h.Sum32()/100)%len(s.agents)]
	d := pipeline.Decision{Draft: draft, By: by, Surface: pipeline.SurfaceDemo, Kind: pipeline.Claim}
	if _, err := s.review.Decide(ctx, d); err != nil {
		return s.refuse(err)
	}
	d = choose(d, r, draw)
	out, err := s.review.Decide(ctx, d)
	if err != nil {
		return s.refuse(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decided[draft] = out
	if out.State == pipeline.StateApproved {
		s.approved[r.Ticket.ID] = draft
	}
	return nil
}

// choose turns the draw into a decision.
func choose(d pipeline.Decision, r pipeline.Review, draw uint32) pipeline.Decision {
	abstained := r.Draft.Abstained != ""
	switch {
	case abstained && draw < 50:
		d.Kind, d.Reason = pipeline.HandOff, "needs a specialist"
	case abstained:
		d.Kind, d.Text = pipeline.Edit, "Thank you for writing. A colleague is looking into this and will come back to you."
	case draw < 62:
		d.Kind, d.Hash = pipeline.Approve, r.ApproveHash
	case draw < 84:
		d.Kind, d.Text = pipeline.Edit, r.Draft.Text()+"\n\nPlease tell us if anything is still open."
	case draw < 95:
		d.Kind, d.Reason = pipeline.Reject, "does not answer the question"
	default:
		d.Kind, d.Reason = pipeline.HandOff, "needs a specialist"
	}
	return d
}

// refuse keeps a refusal that is an answer (a stale draft, a guard) and passes
// on everything else.
func (s *Agents) refuse(err error) error {
	switch pipeline.KindOf(err) {
	case pipeline.Conflict, pipeline.Invalid:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refused = append(s.refused, err.Error())
		return nil
	}
	return err
}

// Approvals counts drafts whose reply a scripted agent approved.
func (s *Agents) Approvals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, d := range s.decided {
		if d.State == pipeline.StateApproved || d.State == pipeline.StateSent {
			n++
		}
	}
	return n
}

// Refused are the decisions that were answered with no, in words.
func (s *Agents) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}
