package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
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
}

// Run drives the tickets through a throw-away installation and fails when one
// is without an outcome or one approved reply is not at the desk exactly once.
func (cmd *demoCmd) Run(ctx context.Context) error {
	var out io.Writer = os.Stdout
	if cmd.JSON {
		out = os.Stderr
	}
	sum, err := cmd.drive(ctx, out)
	if err != nil {
		return err
	}
	if cmd.JSON {
		if err := writeJSON(os.Stdout, sum); err != nil {
			return err
		}
	}
	return sum.Verdict()
}

// drive runs the demo and tells its progress on out.
func (cmd *demoCmd) drive(ctx context.Context, out io.Writer) (sum demo.Summary, err error) {
	dir, clean, err := scratch("demo")
	if err != nil {
		return sum, err
	}
	defer clean()
	sets := []string{"data=" + filepath.Join(dir, "data"), "listen=127.0.0.1:0", "log_level=error", "sync_every=0s", "settle=1s", "reconcile=5s"}
	sets = append(sets, "knowledge="+cmp.Or(cmd.Knowledge, sampleKnowledge))
	// Only what names other parts is taken from the environment.
	c, err := loadConfig("", sets, func(key string) string {
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
	a, err := openApp(ctx, c, newLog(c))
	if err != nil {
		return sum, err
	}
	defer a.close()
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
