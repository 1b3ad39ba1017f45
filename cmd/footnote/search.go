package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"footnote/knowledge/search"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

type searchCmd struct {
	Question []string `arg:"" help:"The question, in the customer's words."`
	Locale   string   `help:"Preferred language, e.g. en or de; empty: none."`
	Product  string   `help:"Preferred product."`
	Internal bool     `help:"Search as an agent: internal sources too."`
	Limit    int      `default:"5" help:"Passages wanted, 1 to 50."`
	Explain  bool     `help:"Show what decided: terms, fields, lists, features, filters."`
	JSON     bool     `help:"Print JSON."`
}

// Run carries the command to the installation.
func (cmd *searchCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *searchCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if cmd.Limit < 1 || cmd.Limit > 50 {
		return pipeline.Errorf(pipeline.Invalid, "--limit=%d: give a number of passages from 1 to 50", cmd.Limit)
	}
	q := pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: strings.Join(cmd.Question, " ")}}, Audiences: []pipeline.Audience{pipeline.Public},
		Locale: cmd.Locale, Product: cmd.Product, Limit: cmd.Limit}
	if cmd.Internal {
		q.Audiences = append(q.Audiences, pipeline.Restricted)
	}
	x, err := a.knowledge.Explain(ctx, q)
	if err != nil {
		return err
	}
	x.Passages = x.Passages[:min(len(x.Passages), max(2*cmd.Limit, 10))]
	switch {
	case cmd.JSON && cmd.Explain:
		return writeJSON(out, x)
	case cmd.JSON:
		return writeJSON(out, x.Answer)
	case cmd.Explain:
		return writeExplanation(out, x)
	}
	return writeHits(out, x.Answer)
}

func writeHits(out io.Writer, a pipeline.Answer) error {
	if len(a.Hits) == 0 {
		fmt.Fprintln(out, "Nothing has these words.")
	}
	for i, h := range a.Hits {
		fmt.Fprintf(out, "%d  %.2f  support %.2f  %s (%s)\n     %s\n", i+1, h.Score, h.Support, h.Passage.Section(), h.Passage.Document, text.FirstLine(h.Passage.Text, 120))
	}
	if a.Reduced != "" {
		fmt.Fprintf(out, "reduced: searched without %s\n", a.Reduced)
	}
	return nil
}

// explainedParts is how many features a passage's line names.
const explainedParts = 5

func writeExplanation(out io.Writer, x search.Explanation) error {
	languages := "any"
	if len(x.Languages) > 0 {
		languages = strings.Join(x.Languages, ", ") + " and documents without a language"
	}
	fmt.Fprintf(out, "Analysed as %s, scored as a %s.\nFilter inside every list: audience %s; live; language %s", x.Language, x.Profile, strings.Join(x.Audiences, ", "), languages)
	if x.Widened {
		fmt.Fprint(out, "; nothing close, so searched again in any language")
	}
	fmt.Fprintln(out, ".")
	for _, t := range x.Typos {
		fmt.Fprintf(out, "No document has “%s”: read as %s.\n", t.Word, strings.Join(t.Meant, " or "))
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nTERM\tWEIGHT\tIDF\tPASSAGES WITH IT")
	for _, t := range x.Terms[:min(len(x.Terms), 20)] {
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%d\n", t.Word, t.Weight, t.IDF, t.Passages)
	}
	fmt.Fprintln(w, "\nLIST\tFOUND\tAT MOST")
	for _, l := range x.Lists {
		fmt.Fprintf(w, "%s\t%d\t%d\n", l.Name, l.Found, l.Limit)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if x.Answer.Reduced != "" {
		fmt.Fprintf(out, "Searched without %s.\n", x.Answer.Reduced)
	}
	if len(x.Passages) > 0 {
		fmt.Fprintf(out, "\nProbability that these answer: %.0f %%\n", 100*x.Answer.Probability)
		if err := writeParts(out, x.Answerable); err != nil {
			return err
		}
		if w := x.Weighed; w != nil {
			fmt.Fprintf(out, "   with vectors: %+.2f = %.2f + %.2f × %.2f by words + %.2f × %.2f, how far the nearest stands out\n",
				w.By.LogOdds(w.Evidence), w.By.Bias, w.By.Words, w.Evidence.Words, w.By.Apart, w.Evidence.Apart)
		}
	}
	for i, p := range x.Passages {
		if err := writeExplained(out, i+1, p); err != nil {
			return err
		}
	}
	return nil
}

func writeExplained(out io.Writer, rank int, p search.ExplainedScore) error {
	fmt.Fprintf(out, "\n%d  %.2f  support %.2f  %s (%s, passage %d): %s\n", rank, p.Score, p.Support, p.Passage.Section(), p.Passage.Document, p.Passage.Ordinal, p.Fate)
	for _, f := range []struct {
		name  string
		words []string
	}{{"title", p.Title}, {"headings", p.Heading}, {"text", p.Body}} {
		if len(f.words) > 0 {
			fmt.Fprintf(out, "   %s: %s\n", f.name, strings.Join(f.words, ", "))
		}
	}
	var ranks []string
	for name, r := range p.Ranks {
		ranks = append(ranks, fmt.Sprintf("%s #%d", name, r))
	}
	slices.Sort(ranks)
	fmt.Fprintf(out, "   lists: %s\n", cmp.Or(strings.Join(ranks, ", "), "none; it belongs to a document that the conversation is about"))
	return writeParts(out, p.Parts)
}

// writeParts shows what adds up to a score, the weightiest first.
func writeParts(out io.Writer, parts []search.ExplainedPart) error {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p search.ExplainedPart) bool { return p.Points == 0 })
	slices.SortStableFunc(parts, func(a, b search.ExplainedPart) int {
		return cmp.Compare(max(b.Points, -b.Points), max(a.Points, -a.Points))
	})
	rest := 0.0
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i, part := range parts {
		if i >= explainedParts {
			rest += part.Points
			continue
		}
		fmt.Fprintf(w, "%+.2f\t  = %.2f × %.2f\t  %s\n", part.Points, part.Value, part.Weight, part.Feature)
	}
	if len(parts) > explainedParts {
		fmt.Fprintf(w, "%+.2f\t \t  %d more\n", rest, len(parts)-explainedParts)
	}
	return w.Flush()
}
