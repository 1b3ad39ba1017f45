package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review/audit"
	"footnote/review/console"
)

// writeSync says what a sync did, and of every page that customers may not read
// why that is.
func writeSync(out io.Writer, rep knowledge.Report, location string) {
	outside := rep.Count(knowledge.LeftOut)
	fmt.Fprintf(out, "Knowledge “%s” (%s): %d added, %d changed, %d unchanged, %d deleted, %d quarantined, %d left out, %d passages indexed in %s.\n", rep.Source, location, rep.Added, rep.Changed,
		rep.Unchanged, rep.Deleted, len(rep.Quarantined)-outside, outside, rep.Passages, rep.Duration.Round(time.Millisecond))
	if rep.Repaired > 0 {
		fmt.Fprintf(out, "The index was not as the documents say: %s put right.\n", many(rep.Repaired, "point"))
	}
	for _, q := range rep.Quarantined {
		fmt.Fprintf(out, "  %s %s: %s\n", fateWord(q.Fate), q.Path, q.Reason)
	}
	for _, c := range rep.Closed {
		fmt.Fprintf(out, "  closed %s: %s\n", c.Path, strings.Join(c.Reasons, "; "))
	}
	for _, l := range rep.Lost {
		fmt.Fprintf(out, "  read %s: %s\n", l.Path, lostWords(l))
	}
	if s := passedWords(rep.Passed); s != "" {
		fmt.Fprintf(out, "Not read, for they are of other types: %s.\n", s)
	}
	if rep.Count(knowledge.Unclear) > 0 {
		fmt.Fprintf(out, "What is unclear is decided once for the source, under Knowledge, Quarantine, or with: footnote knowledge decide %s KEY VALUE internal|public|\"leave out\"|nothing\n", rep.Source)
	}
}

// lostWords says how much of a document is kept, and what was left out.
func lostWords(l knowledge.Lost) string {
	var out []string
	for _, d := range l.Dropped {
		if d.Parts > 0 {
			out = append(out, fmt.Sprintf("%d %s", d.Parts, d.Why))
		} else {
			out = append(out, fmt.Sprintf("%s %d", d.Why, d.Letters))
		}
	}
	return fmt.Sprintf("%d letters kept, left out: %s", l.Kept, strings.Join(out, ", "))
}

// passedWords counts files that are not read by their type, most first.
func passedWords(passed map[string]int) string {
	types := slices.SortedFunc(maps.Keys(passed), func(a, b string) int {
		if passed[a] != passed[b] {
			return passed[b] - passed[a]
		}
		return strings.Compare(a, b)
	})
	var out []string
	for _, t := range types {
		out = append(out, fmt.Sprintf("%d %s", passed[t], t))
	}
	return strings.Join(out, ", ")
}

func fateWord(f knowledge.Fate) string {
	if f == knowledge.LeftOut {
		return "left out"
	}
	return "quarantined"
}

type knowledgeDecideCmd struct {
	Source   string `arg:"" help:"Name of the source."`
	Key      string `arg:"" help:"The key, as the quarantine has it."`
	Value    string `arg:"" help:"Its value; - for any."`
	Means    string `arg:"" optional:"" help:"public, internal, leave out, or nothing: the key says nothing about access."`
	TakeBack bool   `help:"End the decision: pages are asked about again."`
}

// Run carries the command to the installation.
func (cmd *knowledgeDecideCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *knowledgeDecideCmd) run(ctx context.Context, a *app, out io.Writer) error {
	d := knowledge.Decision{Source: cmd.Source, Key: cmd.Key, Value: cmd.Value, Means: knowledge.Ruling(strings.ReplaceAll(cmd.Means, "-", " ")), By: "command line"}
	if d.Value == "-" {
		d.Value = ""
	}
	if cmd.TakeBack {
		if err := a.takeBack(ctx, d); err != nil {
			return err
		}
		fmt.Fprintf(out, "Taken back: %s in %s. It holds from the next sync on.\n", d, d.Source)
		return nil
	}
	if err := a.decide(ctx, d); err != nil {
		return err
	}
	fmt.Fprintf(out, "Decided: in %s, %s means %s. It holds from the next sync on: footnote knowledge sync.\n", d.Source, d, d.Means)
	return nil
}

// decide keeps what a person decided about a key of a source, with an audit row.
func (a *app) decide(ctx context.Context, d knowledge.Decision) error {
	return a.knowledge.Decide(ctx, d, func(tx pgx.Tx) error {
		return audit.Append(ctx, tx, audit.Entry{Actor: d.By, Action: "knowledge.access_decided", Object: "source/" + d.Source,
			Detail: map[string]string{"key": d.Key, "value": d.Value, "means": string(d.Means)}})
	})
}

func (a *app) takeBack(ctx context.Context, d knowledge.Decision) error {
	return a.knowledge.TakeBack(ctx, d, func(tx pgx.Tx) error {
		return audit.Append(ctx, tx, audit.Entry{Actor: d.By, Action: "knowledge.access_taken_back", Object: "source/" + d.Source,
			Detail: map[string]string{"key": d.Key, "value": d.Value}})
	})
}

func (l shelves) Decisions(ctx context.Context) ([]knowledge.Decision, error) {
	return l.a.knowledge.ListDecisions(ctx, "")
}

func (l shelves) Decide(ctx context.Context, by pipeline.Agent, d knowledge.Decision) error {
	d.By = by.ID
	return l.a.decide(ctx, d)
}

func (l shelves) TakeBack(ctx context.Context, by pipeline.Agent, d knowledge.Decision) error {
	d.By = by.ID
	return l.a.takeBack(ctx, d)
}

func (l shelves) Quarantine(ctx context.Context) ([]console.Quarantined, error) {
	list, err := l.a.knowledge.ListQuarantine(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []console.Quarantined
	for _, q := range list {
		out = append(out, console.Quarantined(q))
	}
	return out, nil
}
