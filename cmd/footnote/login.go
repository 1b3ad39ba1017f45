package main

import (
	"context"
	"fmt"
	"io"

	"footnote/pipeline"
	"footnote/review/audit"
)

type configCmd struct{}

// Run prints the effective settings.
func (configCmd) Run(g globals) error {
	c, err := g.load()
	c.print(stdout)
	return err
}

type auditCmd struct{}

// Run carries the command to the installation.
func (cmd *auditCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *auditCmd) run(ctx context.Context, a *app, out io.Writer) error {
	s, err := audit.Check(ctx, a.p.pool)
	switch {
	case err != nil:
		return err
	case s.Broken != nil:
		return s.Broken
	}
	fmt.Fprintf(out, "audit log: %s, unbroken; head %x\n", many(s.Rows, "row"), s.Head)
	for _, d := range s.Different {
		fmt.Fprintf(out, "  %v\n", d)
	}
	if n := len(s.Different); n > 0 {
		return pipeline.Errorf(pipeline.Conflict, "what the report is made of was changed outside Footnote: %s of spans, decisions, outcomes, deliveries or times of sending not as the log says", many(n, "row"))
	}
	fmt.Fprintf(out, "spans, decisions, outcomes, deliveries and times of sending: all %s in the log hold\n", many(s.Checked, "statement"))
	return nil
}
