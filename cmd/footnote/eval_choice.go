package main

import (
	"context"
	"math"
	"strings"

	"footnote/pipeline/arithmetic"
	"footnote/pipeline/drafting"
	"footnote/pipeline/drafting/grade"
)

// How the choice among sentences is fitted; the penalty was chosen on sets left out.
const (
	choicePenalty = .002
	choiceRounds  = 300
	leastAnswer   = .3 // share of an answer that makes a section a right one
)

// target says how good every candidate is as an answer to a case; nil where none is.
func target(c grade.Case, all []drafting.Candidate) []float64 {
	out := make([]float64, len(all))
	sum := 0.0
	for i, k := range all {
		switch {
		case c.Reply != "":
			out[i] = math.Exp(arithmetic.TokenF1(k.Text, c.Reply)/.06) - 1
		case len(c.Quotes) > 0:
			for _, q := range c.Quotes {
				if grade.Same(k.Text, q) {
					out[i] = 1
				}
			}
		case len(c.Says) > 0:
			if grade.Says(k.Text, c.Says[len(c.Says)-1:]) {
				out[i] = 1
			}
		}
		sum += out[i]
	}
	if sum == 0 {
		return nil
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// chosen gathers the choices of a set.
func chosen(ctx context.Context, d *drafting.Drafter, cases []grade.Case) ([]grade.Choice, error) {
	var out []grade.Choice
	for _, c := range cases {
		if c.Unanswerable {
			continue
		}
		all, err := d.Candidates(ctx, c.Ticket)
		if err != nil {
			return nil, err
		}
		t := target(c, all)
		if t == nil {
			continue
		}
		choice := grade.Choice{Target: t}
		for _, k := range all {
			choice.Features = append(choice.Features, k.Features)
		}
		out = append(out, choice)
	}
	return out, nil
}

// answering gathers, for a set, the sections found and how much of the answer each has.
func answering(ctx context.Context, d *drafting.Drafter, cases []grade.Case) ([]grade.Choice, error) {
	var out []grade.Choice
	for _, c := range cases {
		if c.Unanswerable {
			continue
		}
		ss, err := d.Sections(ctx, c.Ticket)
		if err != nil {
			return nil, err
		}
		choice, sum := grade.Choice{}, 0.0
		for _, s := range ss {
			var text []string
			var quotes []grade.Quote
			for _, k := range s.Pieces {
				text = append(text, k.Text)
				quotes = append(quotes, grade.Quote{Document: k.Passage.Document, Start: k.Passage.Start + k.Start, End: k.Passage.Start + k.End})
			}
			x := c.Answers(strings.Join(text, " "), quotes)
			if x < leastAnswer {
				x = 0
			}
			choice.Features, choice.Target, sum = append(choice.Features, s.Features), append(choice.Target, x), sum+x
		}
		if sum == 0 {
			continue
		}
		for i := range choice.Target {
			choice.Target[i] /= sum
		}
		out = append(out, choice)
	}
	return out, nil
}
