package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

const (
	judged      = 24   // best candidates that a reranker sees
	judgedRunes = 2000 // of each, and of the question
	// weightJudge is for a reranker's scores, scaled to 0..1 among the judged,
	// times how far it agrees with the order it is given, beyond what chance gives
	// among so many: see docs/retrieval.md.
	weightJudge = 12.0
	judgedLeast = 0.16
)

// judge asks the reranker about the best candidates. When it fails, the order
// stays as it was and the failure is said.
func (s *search) judge(ctx context.Context, cands []*candidate) (reduced string) {
	if s.k.Reranker == nil || len(cands) == 0 || s.past.Replay != nil {
		return ""
	}
	order := slices.Clone(cands)
	slices.SortFunc(order, func(a, b *candidate) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.p.ID, b.p.ID)) })
	top := order[:min(len(order), judged)]
	if !s.k.RerankInternal && slices.ContainsFunc(top, func(c *candidate) bool { return c.p.Audience != pipeline.Public }) {
		return "" // what is internal goes to no provider unless somebody allows it
	}
	texts := make([]string, len(top))
	for i, c := range top {
		texts[i] = text.Clip(c.p.Section()+"\n\n"+c.p.Text, judgedRunes)
	}
	ctx, cancel := context.WithTimeout(ctx, s.k.RerankTimeout)
	defer cancel()
	scores, err := s.k.Reranker.Rerank(ctx, s.asked(), texts)
	if err == nil && (len(scores) != len(top) || slices.ContainsFunc(scores, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })) {
		err = pipeline.Errorf(pipeline.Unavailable, "The reranker returned %d scores for %d passages, or none that are numbers.", len(scores), len(top))
	}
	if err != nil {
		s.k.Log.Warn("search goes on without the reranker", "error", err)
		return "reranker"
	}
	weight := s.weightOf(scores)
	low, high := slices.Min(scores), slices.Max(scores)
	for i, c := range top {
		x := 0.0
		if high > low {
			x = (scores[i] - low) / (high - low)
		}
		c.add(s.x != nil, "the reranker", x, weight)
	}
	// A reranker that praises nothing must not lift what it has not seen.
	for _, c := range order[len(top):] {
		c.add(s.x != nil, "not judged by the reranker", 1, -weight)
	}
	return ""
}

// weightOf is the weight of a reranker's scores, which are in the order that it
// was given.
func (s *search) weightOf(scores []float64) float64 {
	key := agreementKey{language: s.n.lang, conversation: s.n.history, reranker: true}
	if s.x == nil && len(scores) > 1 && slices.Min(scores) < slices.Max(scores) {
		rank := int16(1)
		for _, x := range scores[1:] {
			if x > scores[0] {
				rank++
			}
		}
		s.k.agreement.note(key, rank)
	}
	return weightJudge * max(0, s.k.agreement.of(key)-judgedLeast)
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
