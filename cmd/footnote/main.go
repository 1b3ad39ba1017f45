// Command footnote drafts cited replies to support tickets, lets people approve
// or edit them where they work, sends exactly what was approved, and measures
// what that is worth. This file reads the command line; serve.go wires the parts.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"footnote/pipeline"
)

// globals are flags that every command takes.
type globals struct {
	Config string   `short:"c" type:"path" env:"FOOTNOTE_CONFIG" help:"YAML file with settings."`
	Set    []string `short:"s" sep:"none" placeholder:"KEY=VALUE" help:"Set one setting; may be repeated. 'footnote config' lists them."`
	Data   string   `type:"path" help:"Data directory (setting: data)."`
	Listen string   `help:"Address of console, webhooks and sandbox desk (setting: listen)."`
}

func (g globals) load() (Config, error) {
	sets := g.Set
	if g.Data != "" {
		sets = append(sets, "data="+g.Data)
	}
	if g.Listen != "" {
		sets = append(sets, "listen="+g.Listen)
	}
	c, err := loadConfig(g.Config, sets, os.Getenv)
	if err != nil {
		return c, pipeline.Errorf(pipeline.Invalid, "the settings have problems:\n%w", err)
	}
	return c, nil
}

type cli struct {
	globals

	Up        upCmd        `cmd:"" help:"Run everything in this process; what is not configured is embedded."`
	Serve     serveCmd     `cmd:"" help:"Run some roles; several processes share one installation."`
	Search    searchCmd    `cmd:"" help:"Search the knowledge; --explain shows what decided."`
	Ask       askCmd       `cmd:"" help:"Ask the knowledge a question; prints a cited answer."`
	Knowledge knowledgeCmd `cmd:"" help:"Sync and look at the knowledge."`
	Desk      deskCmd      `cmd:"" help:"Check, set up and import from helpdesks."`
	Learning  learningCmd  `cmd:"" help:"What approvals taught search: the proof, and taking it back."`
	Report    reportCmd    `cmd:"" help:"Handling time, outcomes and decisions."`
	People    peopleCmd    `cmd:"" help:"Who may sign in: list, add, change roles, remove."`
	Login     loginCmd     `cmd:"" help:"Print a one-time sign-in link."`
	Demo      demoCmd      `cmd:"" help:"Drive tickets through the whole path, no hands needed."`
	Eval      evalCmd      `cmd:"" help:"Measure search on labelled sets."`
	Bench     benchCmd     `cmd:"" help:"Measure speed and memory on this machine."`
	Doctor    doctorCmd    `cmd:"" help:"Check every dependency and say what to do."`
	Ready     readyCmd     `cmd:"" help:"Succeed when the process on this address is ready; for health checks."`
	Recount   recountCmd   `cmd:"" help:"Compare what is to be done on every ticket with what is stored."`
	Retention retentionCmd `cmd:"" help:"Say what would go because it is old; --now removes it."`
	Policy    policyCmd    `cmd:"" help:"What replies may promise: check a policy file, show the one that ships."`
	Trace     traceCmd     `cmd:"" help:"Explain what happened to a request, message, draft or delivery."`
	ShowConf  configCmd    `cmd:"" name:"config" help:"Print the effective settings, secrets masked."`
	Audit     auditCmd     `cmd:"" help:"Verify the audit log."`
	Documents documentsCmd `cmd:"" name:"read-documents" hidden:"" help:"Read documents for the process that started this one."`
}

// heapGrowth is how far, in percent, the heap may grow between collections: less
// than the default of 100, for a few percent of a processor under load and a tenth
// of the memory. GOGC in the environment overrides it.
const heapGrowth = 75

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	var c cli
	k := kong.Parse(&c, kong.Name("footnote"), kong.UsageOnError(),
		kong.Description("A support copilot: cited drafts, approved by people, measured."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(c.globals); err != nil {
		fmt.Fprintln(stderr, "footnote: "+secretText.ReplaceAllString(err.Error(), "***"))
		stop()
		os.Exit(exitCode(err))
	}
}

// exitCode is the command line's row of the error table.
func exitCode(err error) int {
	switch pipeline.KindOf(err) {
	case pipeline.Invalid:
		return 2
	case pipeline.NotFound:
		return 3
	case pipeline.Conflict:
		return 4
	case pipeline.Denied:
		return 5
	case pipeline.Unavailable, pipeline.Budget:
		return 6
	default:
		return 1
	}
}
