package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/pipeline/drafting"
	"footnote/review/measure"
)

type demoCmd struct {
	Knowledge string  `type:"path" placeholder:"DIR|JSONL" help:"Knowledge to use instead of the sample."`
	Tickets   string  `type:"path" placeholder:"JSONL" help:"Tickets to use instead of the sample messages."`
	Spans     string  `type:"path" placeholder:"JSONL" help:"Gold spans, to score retrieval and citations."`
	Limit     int     `help:"At most so many tickets; 0: all."`
	Rate      float64 `default:"20" help:"Tickets a second."`
	JSON      bool    `help:"Print the summary as JSON."`

	data string // keeps everything there; empty: thrown away
}

// Run drives the tickets through an installation of their own and fails when one
// is without an outcome or one approved reply is not at the desk exactly once. With
// --data the installation is kept there, so that its pages can be looked at.
func (cmd *demoCmd) Run(ctx context.Context, g globals) error {
	cmd.data = g.Data
	var out io.Writer = stdout
	if cmd.JSON {
		out = stderr
	}
	sum, err := cmd.drive(ctx, out)
	if err != nil {
		return err
	}
	if cmd.JSON {
		if err := writeJSON(stdout, sum); err != nil {
			return err
		}
	}
	if cmd.data != "" {
		fmt.Fprintf(out, "Kept. To look at it: footnote report --data %[1]s, or footnote up --data %[1]s\n", cmd.data)
	}
	return sum.Verdict()
}

// place is where the demo's installation lives, and what removes it. The error kind
// is Conflict when there is one already: its figures would be mixed with the demo's.
func (cmd *demoCmd) place() (dir string, clean func(), err error) {
	if cmd.data == "" {
		dir, clean, err := scratch("demo")
		return filepath.Join(dir, "data"), clean, err
	}
	entries, err := os.ReadDir(cmd.data)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", nil, fmt.Errorf("read %s: %w", cmd.data, err)
	case len(entries) > 0:
		return "", nil, pipeline.Errorf(pipeline.Conflict, "%s is not empty: name a new directory for the demo, or leave out --data", cmd.data)
	}
	return cmd.data, func() {}, nil
}

// drive runs the demo and tells its progress on out.
func (cmd *demoCmd) drive(ctx context.Context, out io.Writer) (sum demo.Summary, err error) {
	dir, clean, err := cmd.place()
	if err != nil {
		return sum, err
	}
	defer clean()
	sets := []string{"data=" + dir, "listen=127.0.0.1:0", "log_level=error", "sync_every=0s", "settle=1s", "reconcile=5s"}
	sets = append(sets, "knowledge="+cmp.Or(cmd.Knowledge, sampleKnowledge))
	index := newScratchIndex("demo")
	sets = append(sets, "collection="+index.alias)
	// Only what names other parts is taken from the environment.
	c, err := loadConfig("", sets, func(key string) string {
		if v := index.env(key); v != "" {
			return v
		}
		if slices.Contains([]string{"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_EMBEDDING_MODEL", "OPENAI_EMBEDDING_SIZE", "FOOTNOTE_PG_BIN"}, key) {
			return os.Getenv(key)
		}
		return ""
	})
	if err != nil {
		return sum, pipeline.Errorf(pipeline.Invalid, "%w", err)
	}
	d := demo.Config{Rate: cmd.Rate, Out: out}
	if d.Tickets, err = cmd.readTickets(); err != nil {
		return sum, err
	}
	if cmd.Spans != "" {
		if d.Gold, err = demo.ReadSpans(cmd.Spans); err != nil {
			return sum, err
		}
	}
	a, err := openApp(ctx, c, commandLog(c))
	if err != nil {
		return sum, err
	}
	defer a.close()
	if cmd.data == "" {
		defer a.dropIndex(ctx)
	} else if a.p.local == nil {
		defer fmt.Fprintf(out, "Its index is the collection %s of %s: name both to look at it.\n", c.Collection, c.QdrantURL)
	}
	err = a.during(ctx, allRoles, func(ctx context.Context) (err error) {
		sum, err = cmd.on(ctx, a, d)
		return err
	})
	return sum, err
}

func (cmd *demoCmd) readTickets() ([]demo.Ticket, error) {
	if cmd.Tickets != "" {
		return demo.ReadTickets(cmd.Tickets, cmd.Limit)
	}
	f, err := sampleFiles.Open("sample/messages.jsonl")
	if err != nil {
		return nil, fmt.Errorf("open sample: %w", err)
	}
	defer f.Close()
	return demo.DecodeTickets(f, "sample/messages.jsonl", cmd.Limit)
}

// on runs the demo on a running app and adds what the report says.
func (cmd *demoCmd) on(ctx context.Context, a *app, d demo.Config) (sum demo.Summary, err error) {
	if a.sandbox == nil {
		return sum, errors.New("the demo needs the built-in sandbox desk")
	}
	fmt.Fprintf(d.Out, "Footnote demo: %d tickets, everything real, nobody at the keyboard.\n", len(d.Tickets))
	if err := a.syncKnowledge(ctx, d.Out); err != nil {
		return sum, err
	}
	team, err := a.team(ctx)
	if err != nil {
		return sum, err
	}
	d.Pool, d.Ledger, d.Asks, d.Agents = a.p.pool, a.sandbox.Ledger, a.asks, demo.NewAgents(a.review, team)
	d.Desk = demo.Desk{URL: a.url, Token: a.secret}
	ctx, stop := context.WithCancel(ctx)
	consumed := make(chan error, 1)
	go func() {
		consumed <- a.p.bus.Consume(ctx, bus.Consumer{Name: "demo-agents", Types: []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained}, Workers: 4, Grace: time.Second},
			func(ctx context.Context, e pipeline.Event) error {
				p, err := pipeline.Decode[pipeline.Proposed](e)
				if err != nil {
					return err
				}
				return d.Agents.Decide(ctx, p.Draft)
			})
	}()
	defer func() { stop(); <-consumed }()
	if sum, err = demo.Run(ctx, d); err != nil {
		return sum, err
	}
	rep, err := measure.New(a.p.pool).Report(ctx, measure.Filter{})
	if err != nil {
		return sum, err
	}
	sum.Decisions = rep.Decisions
	for _, f := range rep.Handling {
		if f.Kind == "measured" && f.Arm == pipeline.ArmTreatment {
			sum.HandlingMS = f.MedianMS
		}
	}
	if !cmd.JSON {
		fmt.Fprintln(d.Out)
		if err := printReport(d.Out, rep); err != nil {
			return sum, err
		}
		sum.Write(d.Out)
	}
	return sum, nil
}

// openAtSandbox writes one ticket at the built-in desk and returns its id.
func openAtSandbox(ctx context.Context, a *app, t demo.Ticket) (string, error) {
	return demo.Desk{URL: a.url, Token: a.secret}.Open(ctx, t)
}

// asks repeats the search of a ticket as drafting made it, and reads its first draft.
func (a *app) asks(ctx context.Context, id string) (out demo.Asked, err error) {
	ticket, err := a.tracker.Ticket(ctx, pipeline.TicketRef{Desk: "sandbox", ID: id})
	if err != nil {
		return out, err
	}
	message, _ := ticket.LastCustomerMessage()
	q := drafting.Read(ticket, message.ID)
	answer, err := a.knowledge.Search(ctx, pipeline.Query{Turns: q.Turns, Locale: q.Locale, Audiences: []pipeline.Audience{pipeline.Public}, Limit: 10})
	if err != nil {
		return out, err
	}
	out.Hits = answer.Hits
	draft, err := (drafting.Store{Pool: a.p.pool}).Find(ctx, drafting.ID(ticket.TicketRef, message.ID, 1))
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound:
		return out, nil
	case err != nil:
		return out, err
	}
	out.Draft = &draft
	return out, nil
}

// team makes the accounts of the scripted agents.
func (a *app) team(ctx context.Context) ([]pipeline.Agent, error) {
	var out []pipeline.Agent
	for _, p := range []pipeline.Agent{{Name: "Ana Ortiz", Email: "ana@footnote.demo"}, {Name: "Ben Adler", Email: "ben@footnote.demo"}, {Name: "Chi Nguyen", Email: "chi@footnote.demo"}} {
		p.Role = "agent"
		agent, err := a.access.Ensure(ctx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, agent)
	}
	return out, nil
}
