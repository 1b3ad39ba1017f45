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
	a, hits, ps, err := d.firstAsk(ctx, t)
	if err != nil {
		return nil, err
	}
	own, _ := compared(ps, hits)
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

// Section is what a page found says under one heading, for who fits the choice.
type Section struct {
	Pieces   []Candidate // without features
	Features []float64   // by SectionFeatures
}

// Sections are what the answer to the first ask of a ticket's newest message may stand in.
func (d *Drafter) Sections(ctx context.Context, t pipeline.Ticket) ([]Section, error) {
	a, hits, ps, err := d.firstAsk(ctx, t)
	if err != nil {
		return nil, err
	}
	s, chance := a.pieceChances(ps, hits)
	if chance == nil {
		return nil, nil
	}
	ss := sectionsOf(ps)
	var out []Section
	for k, f := range a.sectionFeatures(ss, ps, hits, s, chance) {
		one := Section{Features: f[:]}
		for _, p := range ps[ss[k].from:ss[k].to] {
			one.Pieces = append(one.Pieces, Candidate{Passage: hits[p.hit].Passage, Start: p.start, End: p.end, Text: p.text, Heading: p.heading})
		}
		out = append(out, one)
	}
	return out, nil
}

// firstAsk is the first ask of a ticket's newest message with the pieces found for it.
func (d *Drafter) firstAsk(ctx context.Context, t pipeline.Ticket) (asked, []pipeline.Hit, []piece, error) {
	all, _, err := d.retrieve(ctx, job{question: Read(t, ""), audiences: []pipeline.Audience{pipeline.Public}})
	if err != nil || len(all) == 0 {
		return asked{}, nil, nil, err
	}
	return all[0], all[0].plan.hits, all[0].plan.pieces, nil
}
