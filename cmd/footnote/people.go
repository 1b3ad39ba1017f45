package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"footnote/pipeline"
	"footnote/pipeline/text"
	"footnote/review/console"
)

type peopleCmd struct {
	List    peopleListCmd    `cmd:"" help:"Who may sign in, and as what."`
	Add     peopleAddCmd     `cmd:"" help:"Add somebody; prints a one-time sign-in link to hand over."`
	Role    peopleRoleCmd    `cmd:"" help:"Change somebody's role."`
	Remove  peopleRemoveCmd  `cmd:"" help:"Remove somebody's access, at once."`
	Restore peopleRestoreCmd `cmd:"" help:"Give access back."`
}

// onCommandLine stands in the audit log for whoever runs commands here.
var onCommandLine = pipeline.Agent{ID: "command line"}

type peopleListCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run carries the command to the installation.
func (cmd *peopleListCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *peopleListCmd) run(ctx context.Context, a *app, out io.Writer) error {
	list, err := a.access.Accounts(ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(out, list)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "E-MAIL\tNAME\tROLE\tLAST SIGN-IN\tACCESS")
	for _, p := range list {
		seen, may := "never", "yes"
		if !p.SeenAt.IsZero() {
			seen = p.SeenAt.Local().Format("2 Jan 2006 15:04")
		}
		if !p.DisabledAt.IsZero() {
			may = "removed " + p.DisabledAt.Local().Format("2 Jan 2006")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Email, text.FirstLine(p.Name, 40), p.Role, seen, may)
	}
	return w.Flush()
}

type peopleAddCmd struct {
	Email string `arg:"" help:"Their address; desks know them as their agent by the same one."`
	Name  string `help:"Their name; empty: the part of the address before the @."`
	Role  string `default:"agent" help:"agent, owner, manager or admin."`
}

// Run carries the command to the installation.
func (cmd *peopleAddCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *peopleAddCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if err := a.findConsole(ctx); err != nil { // before somebody has a link that leads nowhere
		return err
	}
	p, err := a.access.Add(ctx, onCommandLine, pipeline.Agent{Email: cmd.Email, Name: cmd.Name, Role: cmd.Role})
	if err != nil {
		return err
	}
	token, err := a.access.Invite(ctx, onCommandLine, p.Email)
	if err != nil {
		return err
	}
	a.printNames(ctx, out, pipeline.Agent{ID: p.ID, Name: p.Name, Email: p.Email, Role: p.Role})
	fmt.Fprintf(out, "%s (%s) may sign in as %s. Hand over this link; it works once, for a day:\n%s\n", p.Name, p.Email, p.Role, a.publicURL()+console.SignInPath(token))
	return nil
}

type peopleRoleCmd struct {
	Email string `arg:"" help:"Their address."`
	Role  string `arg:"" help:"agent, owner, manager or admin."`
}

// Run carries the command to the installation.
func (cmd *peopleRoleCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *peopleRoleCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if err := a.access.SetRole(ctx, onCommandLine, cmd.Email, cmd.Role); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is now %s.\n", cmd.Email, cmd.Role)
	return nil
}

type peopleRemoveCmd struct {
	Email string `arg:"" help:"Their address."`
}

// Run carries the command to the installation.
func (cmd *peopleRemoveCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *peopleRemoveCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if err := a.access.Disable(ctx, onCommandLine, cmd.Email); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is signed out and can sign in no more. footnote people restore gives it back.\n", cmd.Email)
	return nil
}

type peopleRestoreCmd struct {
	Email string `arg:"" help:"Their address."`
}

// Run carries the command to the installation.
func (cmd *peopleRestoreCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *peopleRestoreCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if err := a.access.Enable(ctx, onCommandLine, cmd.Email); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s may sign in again; footnote login %s makes a link.\n", cmd.Email, cmd.Email)
	return nil
}
