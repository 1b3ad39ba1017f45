package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

type askCmd struct {
	Question []string `arg:"" help:"The question, in your words."`
	Locale   string   `help:"Language of the answer, e.g. en or de; empty: that of the question."`
	Internal bool     `help:"Ask as an agent: internal sources may be cited."`
}

// Run carries the command to the installation.
func (cmd *askCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *askCmd) run(ctx context.Context, a *app, out io.Writer) error {
	audiences := []pipeline.Audience{pipeline.Public}
	if cmd.Internal {
		audiences = append(audiences, pipeline.Restricted)
	}
	d, err := a.drafter.Answer(ctx, strings.Join(cmd.Question, " "), cmd.Locale, audiences)
	if err != nil {
		return err
	}
	printDraft(out, d)
	return nil
}

// printDraft writes a draft with its markers and sources for a terminal.
func printDraft(out io.Writer, d pipeline.Draft) {
	if d.Abstained != "" {
		fmt.Fprintf(out, "No answer: %s\n", d.Abstained)
		for i, h := range d.Nearest {
			if i == 3 {
				break
			}
			fmt.Fprintf(out, "  near: %s (%s)\n", h.Passage.Section(), h.Passage.Document)
		}
		return
	}
	for i, s := range d.Sentences {
		switch {
		case i == 0:
		case s.Break:
			fmt.Fprint(out, "\n\n")
		case s.Line:
			fmt.Fprint(out, "\n")
		default:
			fmt.Fprint(out, " ")
		}
		fmt.Fprint(out, s.Text)
		shown := map[int]bool{}
		for _, r := range s.Receipts {
			if !shown[r.Number] { // a table's row and its header are one source
				shown[r.Number] = true
				fmt.Fprintf(out, " [%d]", r.Number)
			}
		}
	}
	fmt.Fprint(out, "\n\n")
	for _, r := range d.Citations() {
		fmt.Fprintf(out, "[%d] %s, version %d, %s %s\n    “%s”\n", r.Number, r.Section, r.Version, r.Audience, r.URL, text.FirstLine(r.Quote, 160))
	}
	for _, f := range d.Findings {
		fmt.Fprintf(out, "note (%s): %s\n", f.Severity, f.Detail)
	}
}
