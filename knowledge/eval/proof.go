package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/learning"
	"footnote/pipeline"
)

// When a proof is enough to switch learning on.
const (
	LeastProof = 60   // judged questions after the warm-up
	warmUp     = .3   // of the stream, from which votes come before anything is judged
	leastPart  = 20   // questions of a slice that may speak against
	worstSlice = -.02 // a slice's mean may not fall further
	mostTried  = 5000 // newest approvals that are asked again
)

// Question asks again what a draft answered; ok is false when its ticket is gone.
// Slice names the part of the corpus' questions that must not get worse.
type Question func(ctx context.Context, draft string) (q pipeline.Query, slice string, ok bool, err error)

// ProofReport is what a held-out replay found.
type ProofReport struct {
	Approvals int    `json:"approvals"` // that stand
	Judged    int    `json:"judged"`    // questions after the warm-up
	Needed    int    `json:"needed"`
	All       Gain   `json:"all"`
	Slices    []Gain `json:"slices"`
	Stream    []Gain `json:"stream"` // fifths in time order
	// Answers is whether vectors count in telling whether an answer is there; nil
	// without an embedding model.
	Answers *Weighed `json:"answers,omitempty"`
}

// Prove replays the installation's approvals in time order, each question before
// its own approval is learned, and switches learning on only when nDCG is better
// with its interval above zero and no slice is worse; otherwise off. The decision
// is kept with its figures and returned. Of many approvals the newest are asked
// again, and all teach. With an embedding model the same questions decide whether
// vectors count in telling whether an answer is there (Weigh).
func Prove(ctx context.Context, k *learning.Lessons, ask Question, by string) (knowledge.Proof, error) {
	state, err := k.Learning(ctx)
	if err != nil {
		return knowledge.Proof{}, err
	}
	kept, err := k.Kept(ctx)
	if err != nil {
		return knowledge.Proof{}, err
	}
	rep, err := k.NewReplay(ctx)
	if err != nil {
		return knowledge.Proof{}, err
	}
	var steps []Step
	var names []string
	var taught []Taught
	for i, t := range kept {
		if tried, judged := askedAgain(i, len(kept)); tried {
			a, ok, err := tryAgain(ctx, rep, ask, t)
			if err != nil {
				return knowledge.Proof{}, err
			}
			if ok && judged {
				steps, names = append(steps, a.step), append(names, a.slice)
			}
			taught = append(taught, a.taught...)
		}
		if err := rep.Relearn(ctx, t); err != nil {
			return knowledge.Proof{}, err
		}
	}
	r := newProofReport(steps, names, len(kept))
	p := knowledge.Proof{By: by, Seq: state.Seq, Model: k.Model()}
	if p.Model != "" {
		w := Weigh(taught, p.Model)
		r.Answers, p.Weighing = &w, w.Weighing
	}
	p.Strength, p.Trust = rep.Best()
	if p.On, p.Reason = r.decide(); p.Strength == 0 {
		p.Strength = 1
	}
	if p.Report, err = json.Marshal(r); err != nil {
		return p, fmt.Errorf("encode proof: %w", err)
	}
	return p, k.SaveProof(ctx, p, state.Reverted)
}

// askedAgain tells of the i-th of n approvals in time order whether it is asked
// again, and whether what comes out is judged.
func askedAgain(i, n int) (tried, judged bool) {
	first := max(0, n-mostTried)
	return i >= first, float64(i-first) >= warmUp*float64(n-first)
}

// askedOnce is what one kept question came to.
type askedOnce struct {
	step   Step
	slice  string
	taught []Taught // one, or none without vectors
}

// tryAgain asks one kept question. Approvals that learning had guided, and
// rejections, prove nothing; passages that changed cannot be found again.
func tryAgain(ctx context.Context, rep *learning.Replay, ask Question, t learning.Taught) (a askedOnce, ok bool, err error) {
	relevant := rep.Relevant(t)
	if t.Guided || t.Kind == pipeline.Reject || len(relevant) == 0 {
		return a, false, nil
	}
	q, slice, ok, err := ask(ctx, t.Draft)
	if err != nil || !ok {
		return a, false, err
	}
	judge := func(a pipeline.Answer) Ranking {
		var k Ranking
		for range relevant {
			k.Relevant = append(k.Relevant, 1)
		}
		for _, h := range a.Hits {
			g := 0.0
			for _, id := range relevant {
				if h.Passage.ID == id {
					g = 1
				}
			}
			k.Gains = append(k.Gains, g)
		}
		return k
	}
	q.Limit = depth
	tried, err := rep.Try(ctx, q, t.At, func(a pipeline.Answer) float64 { return judge(a).NDCG(5) })
	if err != nil {
		return a, false, fmt.Errorf("ask again: %w", err)
	}
	a.step, a.slice = Step{Without: judge(tried.Without), With: judge(tried.With)}, slice
	if a.taught, err = evidence(ctx, rep, q, rep.Documents(relevant), t.At); err != nil {
		return a, false, fmt.Errorf("ask again: %w", err)
	}
	return a, true, nil
}

// evidence is what one question teaches about vectors, if there are any.
func evidence(ctx context.Context, rep *learning.Replay, q pipeline.Query, answering []string, at time.Time) ([]Taught, error) {
	whole, left, ok, err := rep.Evidence(ctx, q, answering, at)
	if err != nil || !ok {
		return nil, err
	}
	return []Taught{{whole, left}}, nil
}

func newProofReport(steps []Step, names []string, approvals int) ProofReport {
	r := ProofReport{Approvals: approvals, Judged: len(steps), Needed: LeastProof, All: NewGain("all", steps)}
	groups := map[string][]Step{}
	var order []string
	for i, s := range steps {
		if groups[names[i]] == nil {
			order = append(order, names[i])
		}
		groups[names[i]] = append(groups[names[i]], s)
	}
	for _, n := range order {
		r.Slices = append(r.Slices, NewGain(n, groups[n]))
	}
	for i, name := range []string{"oldest fifth", "second fifth", "third fifth", "fourth fifth", "newest fifth"} {
		if part := steps[len(steps)*i/5 : len(steps)*(i+1)/5]; len(part) > 0 {
			r.Stream = append(r.Stream, NewGain(name, part))
		}
	}
	return r
}

// decide says whether learning is on, and why in plain words.
func (r ProofReport) decide() (bool, string) {
	switch d := r.All.Ranked; {
	case r.Judged < r.Needed:
		return false, fmt.Sprintf("Not enough evidence: approvals that can be judged so far: %d; needed: %d.", r.Judged, r.Needed)
	case d.High < 0:
		return false, fmt.Sprintf("Learning makes ranking worse: nDCG %+.3f, interval %+.3f to %+.3f.", d.Value, d.Low, d.High)
	case d.Low <= 0:
		return false, fmt.Sprintf("No proof that learning helps: nDCG %+.3f, but its interval reaches from %+.3f to %+.3f.", d.Value, d.Low, d.High)
	}
	for _, s := range r.Slices {
		if s.Queries >= leastPart && (s.Ranked.High < 0 || s.Ranked.Value < worstSlice) {
			return false, fmt.Sprintf("Better over all, but worse for “%s”: nDCG %+.3f over %d questions.", s.Name, s.Ranked.Value, s.Queries)
		}
	}
	return true, fmt.Sprintf("Proven: nDCG %+.3f, interval %+.3f to %+.3f over %d questions, no part worse.", r.All.Ranked.Value, r.All.Ranked.Low, r.All.Ranked.High, r.Judged)
}
