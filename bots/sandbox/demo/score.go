package demo

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"footnote/pipeline"
)

// Scores compare retrieval, citations and replies with gold data. Means are
// over tickets that have it; an abstention counts as a wrong citation and an
// empty reply.
type Scores struct {
	Scored               int     `json:"scored"`
	RecallAt5            float64 `json:"recall_at_5"`
	NDCGAt10             float64 `json:"ndcg_at_10"`
	FirstCitationCorrect float64 `json:"first_citation_correct"`
	ReplyF1              float64 `json:"reply_f1"`
}

// Asked is what a ticket's last customer message came to.
type Asked struct {
	Hits  []pipeline.Hit  // ten at most, searched as drafting does
	Draft *pipeline.Draft // the first; nil when there is none
}

// score compares every ticket that has gold spans; nil without any.
func (d *Demo) score(ctx context.Context) (*Scores, error) {
	if d.c.Gold == nil {
		return nil, nil
	}
	passages, err := d.goldPassages(ctx)
	if err != nil {
		return nil, err
	}
	s := &Scores{}
	for id, t := range d.opened {
		gold := d.c.Gold[t.ID]
		if len(gold) == 0 {
			continue
		}
		asked, err := d.c.Asks(ctx, id)
		if err != nil {
			return nil, err
		}
		s.Scored++
		s.add(asked, t.Reply, gold, passages)
	}
	if n := float64(s.Scored); n > 0 {
		s.RecallAt5, s.NDCGAt10, s.FirstCitationCorrect, s.ReplyF1 = s.RecallAt5/n, s.NDCGAt10/n, s.FirstCitationCorrect/n, s.ReplyF1/n
	}
	return s, nil
}

func (s *Scores) add(asked Asked, reply string, gold []Span, passages map[string]Span) {
	var hits []Span
	for _, h := range asked.Hits {
		hits = append(hits, passages[h.Passage.ID]) // of another document: covers nothing
	}
	relevant := 0
	for _, p := range passages {
		if slices.ContainsFunc(gold, p.covers) {
			relevant++
		}
	}
	recall, _ := ranking(hits, gold, relevant, 5)
	_, ndcg := ranking(hits, gold, relevant, 10)
	s.RecallAt5 += recall
	s.NDCGAt10 += ndcg
	if asked.Draft == nil {
		return
	}
	var said []string
	first := true
	for _, sentence := range asked.Draft.Sentences {
		if len(sentence.Receipts) == 0 {
			continue
		}
		said = append(said, sentence.Text)
		if first && slices.ContainsFunc(gold, passages[sentence.Receipts[0].Passage].covers) {
			s.FirstCitationCorrect++
		}
		first = false
	}
	s.ReplyF1 += tokenF1(strings.Join(said, " "), reply)
}

// Span is a stretch of a document's raw text: character offsets [Start, End).
type Span struct {
	Document   string
	Start, End int
}

// covers tells whether a passage is relevant to a gold span: same document and
// at least 30 % of the gold span inside the passage.
func (p Span) covers(gold Span) bool {
	if p.Document != gold.Document || gold.End <= gold.Start {
		return false
	}
	overlap := min(p.End, gold.End) - max(p.Start, gold.Start)
	return float64(overlap) >= 0.3*float64(gold.End-gold.Start)
}

// ranking scores one ranked list of passages against gold spans. relevant is
// the number of passages in the whole index that cover a gold span.
//
//	recall@k = relevant in the top k / relevant
//	nDCG@k   = Σ rel_i / log2(i+1) over the ideal, linear gain (Järvelin & Kekäläinen 2002)
func ranking(hits []Span, gold []Span, relevant int, k int) (recall, ndcg float64) {
	if relevant == 0 {
		return 0, 0
	}
	found, dcg := 0, 0.0
	for i, h := range hits {
		if i == k {
			break
		}
		if slices.ContainsFunc(gold, h.covers) {
			found++
			dcg += 1 / math.Log2(float64(i)+2)
		}
	}
	ideal := 0.0
	for i := range min(relevant, k) {
		ideal += 1 / math.Log2(float64(i)+2)
	}
	return float64(found) / float64(relevant), dcg / ideal
}

// tokenF1 is SQuAD's token F1 (Rajpurkar et al. 2016): lower case, punctuation
// and the articles a, an, the removed, bag-of-words overlap.
func tokenF1(got, want string) float64 {
	g, w := squadTokens(got), squadTokens(want)
	if len(g) == 0 || len(w) == 0 {
		if len(g) == len(w) {
			return 1
		}
		return 0
	}
	count := map[string]int{}
	for _, t := range w {
		count[t]++
	}
	same := 0
	for _, t := range g {
		if count[t] > 0 {
			count[t]--
			same++
		}
	}
	if same == 0 {
		return 0
	}
	p, r := float64(same)/float64(len(g)), float64(same)/float64(len(w))
	return 2 * p * r / (p + r)
}

func squadTokens(s string) []string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSymbol(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return slices.DeleteFunc(strings.Fields(s), func(t string) bool { return t == "a" || t == "an" || t == "the" })
}
