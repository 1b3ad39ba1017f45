package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"footnote/bots/webhook/bench"
	"footnote/pipeline"
)

type benchCmd struct {
	Documents int           `default:"2000" help:"Documents in the knowledge."`
	Hold      time.Duration `default:"15s" help:"How long each rate is held."`
	Burst     int           `default:"1500" help:"Tickets of the sustained run."`
	JSON      bool          `help:"Print JSON."`
	With      string        `placeholder:"DIR" help:"Measure the installation with this data directory, too, and compare. It gets the tickets of the measurement: give it a copy."`
	Rounds    int           `default:"3" help:"With --with, how often both are measured, in turns."`
}

// Run measures this machine with a throw-away installation, or compares it with one that
// has a past.
func (cmd *benchCmd) Run(ctx context.Context) error {
	dir, clean, err := scratch("bench")
	if err != nil {
		return err
	}
	defer clean()
	docs := filepath.Join(dir, "docs")
	if err := bench.WriteDocuments(docs, cmd.Documents); err != nil {
		return err
	}
	in := func(data string) (bench.Start, error) {
		index := newScratchIndex("bench")
		c, err := loadConfig("", []string{"collection=" + index.alias, "data=" + data, "listen=127.0.0.1:0", "log_level=error", "sandbox=false",
			"webhook_secret=" + bench.Secret, "knowledge=" + docs, "sync_every=0s", "reconcile=0s"}, index.env)
		return c.started, err
	}
	empty, err := in(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	c := bench.Config{Documents: cmd.Documents, Hold: cmd.Hold, Burst: cmd.Burst}
	if cmd.With != "" {
		return cmd.compare(ctx, empty, in, c)
	}
	figures, err := bench.Run(ctx, empty, c)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(os.Stdout, figures)
	}
	return bench.Write(os.Stdout, figures)
}

func (cmd *benchCmd) compare(ctx context.Context, empty bench.Start, in func(data string) (bench.Start, error), c bench.Config) error {
	if _, err := os.Stat(filepath.Join(cmd.With, "postgres")); err != nil {
		return pipeline.Errorf(pipeline.Invalid, "%s is no data directory: it has no private database. Stop Footnote, copy its data directory, and name the copy.", cmd.With)
	}
	with, err := in(cmd.With)
	if err != nil {
		return err
	}
	figures, err := bench.Compare(ctx, empty, with, cmd.Rounds, c)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(os.Stdout, figures)
	}
	return bench.WriteComparison(os.Stdout, "EMPTY", "WITH "+cmd.With, figures)
}

// started is a bench.Start: an app of these settings, with every role.
func (c Config) started(ctx context.Context, f func(context.Context, bench.Installation) error) error {
	a, err := openApp(ctx, c, commandLog(c))
	if err != nil {
		return err
	}
	defer a.close()
	defer a.dropIndex(ctx)
	return a.during(ctx, allRoles, func(ctx context.Context) error {
		return f(ctx, bench.Installation{URL: a.url, Bus: a.p.bus, Pool: a.p.pool, Sync: func(ctx context.Context) error { return a.syncKnowledge(ctx, io.Discard) }})
	})
}

// scratch makes a directory that the database's own user can reach, and a
// function that removes it.
func scratch(name string) (string, func(), error) {
	dir, err := os.MkdirTemp("", "footnote-"+name+"-")
	if err != nil {
		return "", nil, fmt.Errorf("make scratch directory: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", nil, fmt.Errorf("make scratch directory: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}
