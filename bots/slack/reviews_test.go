package slack

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"footnote/pipeline"
)

// reviews is an in-memory review: compare-and-set on state and hash.
type reviews struct {
	mu        sync.Mutex
	m         map[string]pipeline.Review
	decisions []pipeline.Decision // carried out
	steps     []pipeline.Step
	asked     int // Decide calls
	opened    []string
	block     string        // a text that Check refuses
	ask       string        // a text that Check asks about
	gate      chan struct{} // Decide waits for it
	finds     int
	snoozed   []string
}

func (s *reviews) put(r pipeline.Review) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Draft.Abstained == "" {
		r.ApproveHash = r.Draft.ReplyFor(r.Draft.Text(), r.Ticket.Requester).Hash()
	}
	s.m[r.Draft.ID] = r
}

func (s *reviews) change(id string, f func(*pipeline.Review)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.m[id]
	f(&r)
	s.m[id] = r
}

func (s *reviews) done() []pipeline.Decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.decisions)
}

func (s *reviews) Find(_ context.Context, id string) (pipeline.Review, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finds++
	r, ok := s.m[id]
	if !ok {
		return r, pipeline.Errorf(pipeline.NotFound, "There is no such draft.")
	}
	return r, nil
}

func (s *reviews) Open(_ context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened = append(s.opened, ref.String()+" "+by.ID+" "+surface)
	return nil
}

func (s *reviews) Check(_ context.Context, _, text string) ([]pipeline.Finding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.block != "" && strings.Contains(text, s.block) {
		return []pipeline.Finding{{Check: "links", Severity: pipeline.Block, Sentence: -1, Detail: "The link leads to a place that no source names."}}, nil
	}
	if s.ask != "" && strings.Contains(text, s.ask) {
		return []pipeline.Finding{{Check: "commitment", Severity: pipeline.Confirm, Sentence: -1, Detail: "Commits to a refund or credit (“refund”)."}}, nil
	}
	return nil, nil
}

func (s *reviews) Snooze(_ context.Context, ref pipeline.TicketRef, by pipeline.Agent, until time.Time, surface string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.m {
		if r.Draft.Ticket == ref {
			r.Work = pipeline.Work{State: pipeline.WorkSnoozed, Owner: by, Until: until}
			s.m[id] = r
		}
	}
	s.snoozed = append(s.snoozed, until.Sub(t0).String()+" "+by.ID+" "+surface)
	return nil
}

func (s *reviews) Unsnooze(_ context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.m {
		if r.Draft.Ticket == ref {
			r.Work = pipeline.Work{State: pipeline.WorkToReview}
			s.m[id] = r
		}
	}
	s.snoozed = append(s.snoozed, "back "+by.ID+" "+surface)
	return nil
}

// Past lists the versions of a ticket and what was decided about them.
func (s *reviews) Past(_ context.Context, ref pipeline.TicketRef) (pipeline.Past, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out pipeline.Past
	for _, r := range s.m {
		if r.Draft.Ticket == ref {
			out.Reviews = append(out.Reviews, r)
		}
	}
	slices.SortFunc(out.Reviews, func(a, b pipeline.Review) int { return b.Draft.Version - a.Draft.Version })
	out.Steps = slices.Clone(s.steps)
	return out, nil
}

// repeated recognises the latest decision made twice, as the real review does.
func (s *reviews) repeated(r pipeline.Review, d pipeline.Decision) bool {
	last := s.decisions[len(s.decisions)-1]
	return last.By == d.By && last.Kind == d.Kind && last.Text == d.Text && last.Reason == d.Reason && r.DecidedBy.ID == d.By.ID
}

func (s *reviews) Decide(ctx context.Context, d pipeline.Decision) (pipeline.Decided, error) {
	s.mu.Lock()
	gate := s.gate
	s.asked++
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return pipeline.Decided{}, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.m[d.Draft]
	if len(s.decisions) > 0 && d.Draft == s.decisions[len(s.decisions)-1].Draft && s.repeated(r, d) {
		return pipeline.Decided{Draft: d.Draft, State: r.State, By: d.By, At: t0}, nil
	}
	mine := r.State == pipeline.StateClaimed && r.ClaimedBy.ID == d.By.ID
	open := r.State == pipeline.StateOpen || r.State == pipeline.StateReturned || mine
	redraft := d.Kind == pipeline.Redraft && (r.State == pipeline.StateStale || r.State == pipeline.StateRejected)
	write := d.Kind == pipeline.Edit && (r.State == pipeline.StateRejected || r.State == pipeline.StateHandedOff)
	seen := d.Seen == r.State || d.Seen == pipeline.StateOpen && mine
	if !(open || redraft || write) || !seen || r.Stale != "" {
		who, when := r.DecidedBy, r.DecidedAt
		if r.State == pipeline.StateClaimed {
			who, when = r.ClaimedBy, r.ClaimedAt
		}
		return pipeline.Decided{}, pipeline.Errorf(pipeline.Conflict, "%s was first: %s at %s.", who.Name, r.State, when.Format("15:04:05"))
	}
	if d.Kind == pipeline.Approve && d.Hash != r.ApproveHash {
		return pipeline.Decided{}, pipeline.Errorf(pipeline.Conflict, "not the same text")
	}
	switch d.Kind {
	case pipeline.Claim:
		r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, d.By, t0
	case pipeline.Release:
		r.State, r.ClaimedBy = pipeline.StateOpen, pipeline.Agent{}
	case pipeline.Approve, pipeline.Edit:
		r.State, r.Text = pipeline.StateApproved, r.Draft.Text()
		if d.Kind == pipeline.Edit {
			r.Text, r.Distance = d.Text, 0.12
		}
	default:
		r.State, r.Reason = map[pipeline.DecisionKind]pipeline.DraftState{pipeline.Reject: pipeline.StateRejected,
			pipeline.HandOff: pipeline.StateHandedOff, pipeline.Redraft: pipeline.StateSuperseded}[d.Kind], d.Reason
	}
	if d.Kind != pipeline.Claim && d.Kind != pipeline.Release {
		r.DecidedBy, r.DecidedAt = d.By, t0
	}
	s.m[d.Draft] = r
	s.decisions = append(s.decisions, d)
	s.steps = append(s.steps, pipeline.Step{Draft: d.Draft, At: t0, Who: d.By.Name, What: string(d.Kind), Detail: d.Reason, Surface: d.Surface})
	return pipeline.Decided{ID: uuid.NewString(), Draft: d.Draft, State: r.State, By: d.By, At: t0}, nil
}
