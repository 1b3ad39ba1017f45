package drafting

import (
	"context"

	"footnote/pipeline"
)

// Candidate is a sentence, step, item or row that may answer, for who fits the choice.
type Candidate struct {
	Passage  pipeline.Passage
	Start    int // bytes of Passage.Text
	End      int
	Text     string
	Heading  string
	Features []float64 // by PieceFeatures
}

// Candidates are what a draft of the newest message of a ticket is chosen from, for its
// first ask.
func (d *Drafter) Candidates(ctx context.Context, t pipeline.Ticket) ([]Candidate, error) {
	all, _, err := d.retrieve(ctx, job{question: Read(t, ""), audiences: []pipeline.Audience{pipeline.Public}})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	a := all[0]
	hits, _ := native(a.question, a.found.Hits)
	var own []piece
	for _, i := range readingOrder(hits) {
		if hits[i].Beside {
			continue
		}
		for _, p := range pieces(i, hits[i].Passage, a.question.rules()) {
			if p.kind != code {
				own = append(own, p)
			}
		}
	}
	if len(own) == 0 {
		return nil, nil
	}
	fs := featuresOf(subjectOf(a.question, a.ask, idfs(own)), own, foundOnly(hits))
	var out []Candidate
	for i, p := range own {
		out = append(out, Candidate{Passage: hits[p.hit].Passage, Start: p.start, End: p.end, Text: p.text, Heading: p.heading, Features: fs[i][:]})
	}
	return out, nil
}
