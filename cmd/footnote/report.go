package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/text"
	"footnote/review/measure"
)

// measureSettings are what handling time is measured by.
type measureSettings struct {
	IdleLimit time.Duration `yaml:"idle_limit" env:"FOOTNOTE_IDLE_LIMIT" default:"15m" help:"longest silence that still counts as handling time"`
	Holdout   float64       `yaml:"holdout" env:"FOOTNOTE_HOLDOUT" default:"0" help:"share of tickets in the control arm, 0 to 1"`
}

func (s measureSettings) check(p *problems) {
	p.share("holdout", s.Holdout)
}

type reportCmd struct {
	Days    int    `default:"30" help:"So many days (UTC), today the last of them; at most 731."`
	Desk    string `help:"Only this desk."`
	Queue   string `help:"Only tickets in this queue of the desk."`
	Agent   string `help:"Only what this person did, by address or id: handling time, decisions, replies."`
	Tickets string `placeholder:"FIGURE" help:"List the tickets behind a figure, e.g. handling:measured, handling:measured:control, outcome:abstained, decision:edit."`
	JSON    bool   `help:"Print JSON."`
}

// Run carries the command to the installation.
func (cmd *reportCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *reportCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if cmd.Days < 1 || cmd.Days > measure.MaxDays {
		return pipeline.Errorf(pipeline.Invalid, "--days=%d: give a number of days from 1 to %d", cmd.Days, measure.MaxDays)
	}
	f := measure.LastDays(cmd.Days, time.Now())
	f.Desk, f.Queue, f.Agent = cmd.Desk, cmd.Queue, cmd.Agent
	if cmd.Tickets != "" {
		tickets, err := a.reports.Tickets(ctx, measure.Drill{Filter: f, Figure: cmd.Tickets})
		if err != nil {
			return err
		}
		if cmd.JSON {
			return writeJSON(out, tickets)
		}
		return printTickets(out, tickets)
	}
	rep, err := a.reports.Report(ctx, f)
	if err != nil {
		return err
	}
	if rep.Baselines, err = a.reports.Baselines(ctx, cmd.Desk); err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(out, rep)
	}
	if err := printReport(out, rep); err != nil {
		return err
	}
	return printBaselines(out, rep.Baselines)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printReport writes the report for a terminal.
func printReport(out io.Writer, r measure.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	first, last := r.Period()
	fmt.Fprintf(w, "Report\t%s to %s, both days (UTC) included\n", first, last)
	if r.Behind > 0 {
		fmt.Fprintf(w, "\tnot in it yet: %s, being counted now\n", many(r.Behind, "change"))
	}
	fmt.Fprintln(w, "\nHANDLING TIME\tmedian\t95 % interval\tp90\ttickets")
	for _, f := range r.Handling {
		fmt.Fprintf(w, "%s, %s\t%s\t%s\t%s\t%d\n", f.Kind, f.Arm, seconds(f.MedianMS), interval(f), seconds(f.P90MS), f.N)
	}
	for _, f := range r.Handling {
		if f.Capped > 0 {
			fmt.Fprintf(w, "%s, %s: the last pause was cut at the idle limit on %s; the true time may be longer\n", f.Kind, f.Arm, many(f.Capped, "ticket"))
		}
	}
	if len(r.Handling) == 0 {
		fmt.Fprintln(w, "nothing measured yet\t–\t–\t–\t0")
	}
	fmt.Fprintf(w, "first response\t%s\t%s\t%s\t%d\n", seconds(r.FirstResponse.MedianMS), interval(r.FirstResponse), seconds(r.FirstResponse.P90MS), r.FirstResponse.N)
	fmt.Fprintf(w, "resolution\t%s\t%s\t%s\t%d\n", seconds(r.Resolution.MedianMS), interval(r.Resolution), seconds(r.Resolution.P90MS), r.Resolution.N)

	fmt.Fprintf(w, "\nHOLD-OUT\t%d of %s\t%s\n", r.Holdout.Control, many(r.Holdout.Tickets, "ticket"), share(r.Holdout.Control, r.Holdout.Tickets))
	for _, s := range r.Holdout.Settings {
		until := ""
		if !s.To.IsZero() {
			until = " to " + s.To.Local().Format("2 Jan 2006 15:04")
		}
		fmt.Fprintf(w, "set to %.1f %%\tfrom %s%s\n", 100*s.Share, s.From.Local().Format("2 Jan 2006 15:04"), until)
	}

	fmt.Fprintf(w, "\nOUTCOMES\tof %s\n", many(r.Arrivals, "customer message"))
	for _, k := range pipeline.OutcomeKinds {
		fmt.Fprintf(w, "%s\t%d\t%s\n", k, r.Outcomes[k], share(r.Outcomes[k], r.Arrivals))
	}
	fmt.Fprintf(w, "no outcome yet\t%d\t%s\n", r.Pending, share(r.Pending, r.Arrivals))

	fmt.Fprintf(w, "\nDECISIONS\tof %s\n", many(r.Decided, "decided draft"))
	for _, k := range []string{"approve", "edit", "reject", "hand_off"} {
		fmt.Fprintf(w, "%s\t%d\t%s\n", strings.ReplaceAll(k, "_", " "), r.Decisions[k], share(r.Decisions[k], r.Decided))
	}
	fmt.Fprintf(w, "median distance, draft to sent\t%.1f %%\n", 100*r.Distance)

	fmt.Fprintln(w, "\nDELIVERIES")
	for _, k := range slices.Sorted(maps.Keys(r.Deliveries)) {
		fmt.Fprintf(w, "%s\t%d\n", k, r.Deliveries[k])
	}
	fmt.Fprintf(w, "model cost\t$%.4f\n", float64(r.CostMicros)/1e6)
	return w.Flush()
}

func printTickets(out io.Writer, tickets []measure.Ticket) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TICKET\tSUBJECT\tVALUE\tDETAIL\tAT")
	for _, t := range tickets {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Ref, text.FirstLine(t.Subject, 50), t.Value, text.FirstLine(t.Detail, 60), t.At.Local().Format("2 Jan 15:04"))
	}
	return w.Flush()
}

// seconds writes milliseconds as people say them.
func seconds(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond))
	switch {
	case ms == 0:
		return "–"
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

func interval(f measure.Figure) string {
	if f.N == 0 {
		return "–"
	}
	if f.LowMS == 0 && f.HighMS == 0 {
		return "too few to say"
	}
	return seconds(f.LowMS) + " to " + seconds(f.HighMS)
}

// many counts things: "1 lesson", "2 lessons".
func many[N int | int64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func share(n, of int) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}
