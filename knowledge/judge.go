package knowledge

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"footnote/pipeline"
)

// Reranker judges how well texts answer a question: a cross-encoder, or a
// language model. Declared here, filled in cmd.
type Reranker interface {
	// Rerank returns one score for each text, in their order; higher is better,
	// the scale does not matter.
	Rerank(ctx context.Context, question string, texts []string) ([]float64, error)
}

const (
	judged      = 24   // best candidates that a reranker sees
	judgedRunes = 2000 // of each, and of the question
	// weightJudge lets a reranker turn over what features say: its scores are
	// scaled to 0..1 among the judged, between which features differ by some 15.
	weightJudge = 20.0
	// beyondJudged is taken off the others: a reranker that praises nothing must
	// not lift what it has not seen.
	beyondJudged = weightJudge
)

// judge asks the reranker about the best candidates. When it fails, the order
// stays as it was and the failure is said.
func (s *search) judge(ctx context.Context, cands []*candidate) (reduced string) {
	if s.k.reranker == nil || len(cands) == 0 {
		return ""
	}
	order := slices.Clone(cands)
	slices.SortFunc(order, func(a, b *candidate) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.p.ID, b.p.ID)) })
	top := order[:min(len(order), judged)]
	texts := make([]string, len(top))
	for i, c := range top {
		texts[i] = clip(c.p.Section()+"\n\n"+c.p.Text, judgedRunes)
	}
	ctx, cancel := context.WithTimeout(ctx, s.k.rerankPatience)
	defer cancel()
	scores, err := s.k.reranker.Rerank(ctx, s.asked(), texts)
	if err == nil && (len(scores) != len(top) || slices.ContainsFunc(scores, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })) {
		err = pipeline.Errorf(pipeline.Unavailable, "The reranker returned %d scores for %d passages, or none that are numbers.", len(scores), len(top))
	}
	if err != nil {
		s.k.log.Warn("search goes on without the reranker", "error", err)
		return "reranker"
	}
	low, high := slices.Min(scores), slices.Max(scores)
	for i, c := range top {
		x := 0.0
		if high > low {
			x = (scores[i] - low) / (high - low)
		}
		c.add(s.x != nil, "the reranker", x, weightJudge)
	}
	for _, c := range order[len(top):] {
		c.add(s.x != nil, "not judged by the reranker", 1, -beyondJudged)
	}
	return ""
}

// asked is the newest turns as one text.
func (s *search) asked() string {
	var turns []string
	for _, t := range s.q.Turns[max(0, len(s.q.Turns)-3):] {
		turns = append(turns, t.Text)
	}
	text := strings.Join(turns, "\n")
	if r := []rune(text); len(r) > judgedRunes {
		text = string(r[len(r)-judgedRunes:]) // the newest words count
	}
	return text
}
