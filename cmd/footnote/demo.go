package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"footnote/bots"
	"footnote/bots/sandbox"
	"footnote/pipeline"
	"footnote/pipeline/bus"
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
	if cmd.data != "" {
		fmt.Fprintf(out, "Kept. To look at it: footnote report --data %[1]s, or footnote up --data %[1]s\n", cmd.data)
	}
	return sum.verdict()
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
func (cmd *demoCmd) drive(ctx context.Context, out io.Writer) (sum demoSummary, err error) {
	dir, clean, err := cmd.place()
	if err != nil {
		return sum, err
	}
	defer clean()
	sets := []string{"data=" + dir, "listen=127.0.0.1:0", "log_level=error", "sync_every=0s", "settle=1s", "reconcile=5s"}
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
	d := &demo{cmd: *cmd, out: out}
	if d.tickets, err = cmd.readTickets(); err != nil {
		return sum, err
	}
	if cmd.Spans != "" {
		if d.gold, err = readSpans(cmd.Spans); err != nil {
			return sum, err
		}
	}
	a, err := openApp(ctx, c, newLog(c))
	if err != nil {
		return sum, err
	}
	defer a.close()
	err = a.during(ctx, allRoles, func(ctx context.Context) (err error) {
		sum, err = d.run(ctx, a)
		return err
	})
	return sum, err
}

func (cmd *demoCmd) readTickets() ([]demoTicket, error) {
	if cmd.Tickets != "" {
		return readTickets(cmd.Tickets, cmd.Limit)
	}
	f, err := sampleFiles.Open("sample/messages.jsonl")
	if err != nil {
		return nil, fmt.Errorf("open sample: %w", err)
	}
	defer f.Close()
	return decodeTickets(f, "sample/messages.jsonl", cmd.Limit)
}

// demo is one run.
type demo struct {
	cmd     demoCmd
	out     io.Writer
	tickets []demoTicket
	gold    map[string][]span
	agents  *scriptedAgents

	mu     sync.Mutex
	opened map[string]demoTicket // by ticket id at the desk
}

func (d *demo) run(ctx context.Context, a *app) (demoSummary, error) {
	fmt.Fprintf(d.out, "Footnote demo: %d tickets, everything real, nobody at the keyboard.\n", len(d.tickets))
	if err := a.syncKnowledge(ctx, d.out); err != nil {
		return demoSummary{}, err
	}
	team, err := a.team(ctx)
	if err != nil {
		return demoSummary{}, err
	}
	d.agents = newScriptedAgents(a.review, team)
	d.opened = map[string]demoTicket{}
	ctx, stop := context.WithCancel(ctx)
	consumed := make(chan error, 1)
	go func() {
		consumed <- a.p.bus.Consume(ctx, bus.Consumer{Name: "demo-agents", Types: []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained}, Workers: 4, Grace: time.Second},
			func(ctx context.Context, e pipeline.Event) error {
				p, err := pipeline.Decode[pipeline.Proposed](e)
				if err != nil {
					return err
				}
				return d.agents.decide(ctx, p.Draft)
			})
	}()
	defer func() { stop(); <-consumed }()
	start := time.Now()
	if err := d.write(ctx, a); err != nil {
		return demoSummary{}, err
	}
	if err := d.settle(ctx, a); err != nil {
		return demoSummary{}, err
	}
	return d.summary(ctx, a, time.Since(start))
}

// write opens every ticket at the sandbox desk, at the given rate.
func (d *demo) write(ctx context.Context, a *app) error {
	tick := time.NewTicker(time.Duration(float64(time.Second) / max(d.cmd.Rate, 0.1)))
	defer tick.Stop()
	for i, t := range d.tickets {
		if i > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
		id, err := openAtSandbox(ctx, a, t)
		if err != nil {
			return fmt.Errorf("write ticket %s: %w", t.ID, err)
		}
		d.mu.Lock()
		d.opened[id] = t
		d.mu.Unlock()
		if (i+1)%100 == 0 || i+1 == len(d.tickets) {
			fmt.Fprintf(d.out, "  written %d, approved so far %d\n", i+1, d.agents.approvals())
		}
	}
	return nil
}

// openAtSandbox writes one ticket through the desk's own API and returns its id.
func openAtSandbox(ctx context.Context, a *app, t demoTicket) (string, error) {
	who := t.customer()
	in := sandbox.NewTicket{Subject: t.subject(), Text: cmp.Or(t.Text, t.subject(), "(empty)"), Name: who.Name, Email: who.Email, Locale: t.Locale}
	for _, h := range t.History {
		role := pipeline.RoleCustomer
		if h.Role == "agent" || h.Role == "assistant" {
			role = pipeline.RoleAgent
		}
		if h.Text != "" {
			in.History = append(in.History, sandbox.Turn{Role: role, Text: h.Text})
		}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/sandbox/api/tickets", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+a.secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var out bots.InboundTicket
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("the sandbox answered %s (%v)", resp.Status, err)
	}
	return out.ID, nil
}

// settle waits until every ticket has its outcome, every draft its decision and
// every approval its delivery, or until nothing moves any more.
func (d *demo) settle(ctx context.Context, a *app) error {
	const patience = 60 * time.Second
	last, since := "", time.Now()
	for {
		var known, pending, undecided, undelivered int
		err := a.p.pool.QueryRow(ctx, `
			SELECT (SELECT count(*) FROM tickets),
			       (SELECT count(*) FROM outcomes WHERE kind IS NULL),
			       (SELECT count(*) FROM draft_states WHERE state IN ('open', 'claimed') AND NOT outdated),
			       (SELECT count(*) FROM draft_states WHERE state = 'approved')`).Scan(&known, &pending, &undecided, &undelivered)
		if err != nil {
			return fmt.Errorf("watch progress: %w", err)
		}
		missing := len(d.tickets) - known
		if missing == 0 && pending == 0 && undelivered == 0 && undecided <= len(d.agents.refused) {
			return nil
		}
		now := fmt.Sprint(missing, pending, undecided, undelivered)
		if now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > patience {
			fmt.Fprintf(d.out, "  nothing moves any more: %d tickets unknown, %d without outcome, %d undecided, %d undelivered\n", missing, pending, undecided, undelivered)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
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
