package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"footnote/bots"
	"footnote/pipeline"
	"footnote/review/measure"
)

type deskCmd struct {
	List   deskListCmd   `cmd:"" help:"The configured desks and what each can do."`
	Check  deskCheckCmd  `cmd:"" help:"Prove a desk's credentials, scopes, webhook and clock against the real account."`
	Setup  deskSetupCmd  `cmd:"" help:"Create the webhook at the desk, or print the clicks that do."`
	Import deskImportCmd `cmd:"" help:"Read a desk's history of solved tickets into the report's baseline."`
}

type deskListCmd struct{}

// Run carries the command to the installation.
func (cmd *deskListCmd) Run(ctx context.Context, g globals) error { return g.openOrBegin(ctx, cmd) }

func (cmd *deskListCmd) run(_ context.Context, a *app, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DESK\tWEBHOOKS\tREAD BACK\tPOLLED\tREPLIES AS\tBESIDES")
	for _, d := range a.desks {
		c := d.Can()
		as := "our account"
		if c.AgentName {
			as = "the agent, where the desk knows them by their address"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Name(), route(d), word(c.ReadBack, "yes", "no"), word(c.Poll, "yes", "no"), as, besides(d))
	}
	if len(a.desks) == 0 {
		fmt.Fprintln(w, "none configured")
	}
	return w.Flush()
}

func word(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

// route says how a desk's news come.
func route(d bots.Desk) string {
	if by := listensBy(d); by != "" && !d.Can().Inbound {
		return "none: " + by
	}
	return word(d.Can().Inbound, "open", "closed: no secret")
}

// besides names the optional interfaces a desk fills.
func besides(d bots.Desk) string {
	var out []string
	add := func(ok bool, name string) {
		if ok {
			out = append(out, name)
		}
	}
	_, note := d.(bots.Noter)
	_, draft := d.(bots.DraftKeeper)
	_, tags := d.(bots.Tagger)
	_, status := d.(bots.Mover)
	_, history := d.(bots.Historian)
	_, check := d.(bots.Checker)
	_, setup := d.(bots.Installer)
	add(note, "notes")
	add(draft, "native drafts")
	add(tags, "tags")
	add(status, "status")
	add(history, "history")
	add(check, "check")
	add(setup, "setup")
	return orNone(strings.Join(out, ", "))
}

// desk finds a configured desk by name. NotFound names those there are.
func (a *app) desk(name string) (bots.Desk, error) {
	var names []string
	for _, d := range a.desks {
		if d.Name() == name {
			return d, nil
		}
		names = append(names, d.Name())
	}
	return nil, pipeline.Errorf(pipeline.NotFound, "no desk %q is configured; there are: %s", name, orNone(strings.Join(names, ", ")))
}

// hookURL is where a desk's platform sends its webhooks.
func (a *app) hookURL(desk string) string {
	base := a.publicURL()
	if base == "" {
		base = "http://" + a.c.Listen
	}
	return base + "/hooks/" + desk
}

type deskCheckCmd struct {
	Desk string `arg:"" help:"The desk's name."`
	// Mine is what the settings are where the command was typed, for a process that runs
	// already and read its own at start.
	Mine string `hidden:""`
}

// Run carries the command to the installation.
func (cmd *deskCheckCmd) Run(ctx context.Context, g globals) error {
	return g.onDesk(ctx, cmd, cmd.Desk)
}

func (cmd *deskCheckCmd) run(ctx context.Context, a *app, out io.Writer) error {
	d, err := a.desk(cmd.Desk)
	if err != nil {
		return a.restartFor(cmd.Desk, cmd.Mine, err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	bad := 0
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	var findings []bots.Finding
	if checker, ok := d.(bots.Checker); ok {
		findings = checker.Check(ctx, a.hookURL(cmd.Desk))
	}
	if !d.Can().Inbound && listensBy(d) == "" {
		findings = append(findings, bots.Finding{Name: "route", Saw: "closed: no signing secret is set", Fix: "Run footnote desk setup " + cmd.Desk + "."})
	}
	findings = append(findings, a.settingsFinding(cmd.Desk, cmd.Mine)...)
	findings = append(findings, a.callsFinding(ctx, d)...)
	findings = append(findings, a.showFinding(d)...)
	findings = append(findings, a.filingFindings(d)...)
	kept, err := a.unreadFinding(ctx, cmd.Desk)
	if err != nil {
		return err
	}
	findings = append(findings, kept)
	for _, f := range findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", word(f.OK, "ok", "FIX"), f.Name, f.Saw)
		if !f.OK {
			bad++
			fmt.Fprintf(w, "\t\t→ %s\n", f.Fix)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return pipeline.Errorf(pipeline.Unavailable, "desk %s: %d of %d checks failed", cmd.Desk, bad, len(findings))
	}
	return nil
}

type deskSetupCmd struct {
	Desk string `arg:"" help:"The desk's name."`
	Mine string `hidden:""` // as deskCheckCmd's
}

// Run carries the command to the installation.
func (cmd *deskSetupCmd) Run(ctx context.Context, g globals) error {
	return g.onDesk(ctx, cmd, cmd.Desk)
}

func (cmd *deskSetupCmd) run(ctx context.Context, a *app, out io.Writer) error {
	d, err := a.desk(cmd.Desk)
	if err != nil {
		if d = a.deskToBe(cmd.Desk); d == nil {
			return a.restartFor(cmd.Desk, cmd.Mine, err)
		}
	}
	for _, f := range a.settingsFinding(cmd.Desk, cmd.Mine) {
		if !f.OK {
			fmt.Fprintf(out, "Note: %s. %s\n", f.Saw, f.Fix)
		}
	}
	installer, ok := d.(bots.Installer)
	if !ok {
		return pipeline.Errorf(pipeline.Invalid, "desk %s needs no setup", cmd.Desk)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	in, err := installer.Setup(ctx, a.hookURL(cmd.Desk))
	if err != nil {
		return err
	}
	for _, did := range in.Did {
		fmt.Fprintln(out, "Done:", did)
	}
	for _, key := range slices.Sorted(maps.Keys(in.Set)) { // before the steps, which need them
		fmt.Fprintf(out, "Set %s: %s\n", bots.Setting(cmd.Desk, key), in.Set[key])
	}
	for i, step := range in.Steps {
		fmt.Fprintf(out, "%d. %s\n", i+1, step)
	}
	if n := len(in.Set); n > 0 {
		fmt.Fprintf(out, "Then start Footnote again: settings are read at start. footnote desk check %s says when all is well.\n", cmd.Desk)
	}
	return nil
}

type deskImportCmd struct {
	Desk  string `arg:"" help:"The desk's name."`
	Days  int    `default:"90" help:"How many days back."`
	Since string `help:"The first day instead, e.g. 2026-01-31."`
}

// Run carries the command to the installation.
func (cmd *deskImportCmd) Run(ctx context.Context, g globals) error {
	return g.openOrBegin(ctx, cmd)
}

func (cmd *deskImportCmd) run(ctx context.Context, a *app, out io.Writer) error {
	d, err := a.desk(cmd.Desk)
	if err != nil {
		return err
	}
	h, ok := d.(bots.Historian)
	if !ok {
		return pipeline.Errorf(pipeline.Invalid, "desk %s tells no history", cmd.Desk)
	}
	// Whole days, so that the same command on one day goes on where it stopped.
	since := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -cmd.Days)
	if cmd.Since != "" {
		if since, err = time.Parse(time.DateOnly, cmd.Since); err != nil {
			return pipeline.Errorf(pipeline.Invalid, "--since: write a day, e.g. 2026-01-31")
		}
	}
	done, err := a.reports.Import(bots.InLane(ctx, bots.LaneImport), cmd.Desk, since, history{h},
		func(at measure.Imported) { fmt.Fprintf(out, "%s\n", many(at.Tickets, "solved ticket")) })
	if err != nil {
		return fmt.Errorf("import history of %s (run the command again to go on): %w", cmd.Desk, err)
	}
	fmt.Fprintf(out, "%s: %s since %s in the baseline; footnote report shows it.\n", cmd.Desk, many(done.Tickets, "solved ticket"), since.Format(time.DateOnly))
	return nil
}

// history is a desk's history as the baseline reads it.
type history struct{ bots.Historian }

func (h history) Page(ctx context.Context, since time.Time, cursor string) ([]pipeline.PastTicket, string, bool, error) {
	p, err := h.History(ctx, since, cursor)
	return p.Tickets, p.Cursor, p.Done, err
}

// printBaselines writes what desks recorded before, apart from what was measured.
func printBaselines(out io.Writer, list []measure.Baseline) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, b := range list {
		fmt.Fprintf(w, "\nBASELINE %s\tmedian\t95 %% interval\tp90\ttickets\n", b.Desk)
		for _, row := range []struct {
			name string
			f    measure.Figure
		}{{"handling, native", b.Handling}, {"first response, calendar", b.FirstResponse}, {"first response, business hours", b.FirstResponseBusiness},
			{"resolution, calendar", b.Resolution}, {"resolution, business hours", b.ResolutionBusiness}} {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\n", row.name, seconds(row.f.MedianMS), interval(row.f), seconds(row.f.P90MS), row.f.N)
		}
		if b.ReopensKnown > 0 {
			fmt.Fprintf(w, "reopened\t%d of %d\n", b.Reopened, b.ReopensKnown)
		}
		fmt.Fprintf(w, "as the desk recorded them: %s\n", b.Definition)
	}
	return w.Flush()
}
