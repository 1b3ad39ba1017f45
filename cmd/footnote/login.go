package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"footnote/review/audit"
)

type configCmd struct{}

// Run prints the effective settings.
func (configCmd) Run(g globals) error {
	c, err := g.load()
	c.print(os.Stdout)
	return err
}

type auditCmd struct{}

// Run carries the command to the installation.
func (cmd *auditCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *auditCmd) run(ctx context.Context, a *app, out io.Writer) error {
	n, head, err := audit.Verify(ctx, a.p.pool)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "audit log: %s, unbroken; head %x\n", many(n, "row"), head)
	return nil
}
