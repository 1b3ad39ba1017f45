package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// demoSummary is what a demo comes to. Scores are present with gold data only.
type demoSummary struct {
	Tickets        int                          `json:"tickets"`
	Outcomes       map[pipeline.OutcomeKind]int `json:"outcomes"` // of each ticket's last customer message
	WithoutOutcome int                          `json:"without_outcome"`
	Decisions      map[string]int               `json:"decisions"`
	Approved       int                          `json:"approved"`
	Sent           int                          `json:"sent"`       // approved replies that the desk has exactly once
	NotSent        int                          `json:"not_sent"`   // approved, and not at the desk
	SentTwice      int                          `json:"sent_twice"` // approved, and at the desk more than once
	Unapproved     int                          `json:"unapproved"` // at the desk, and never approved
	HandlingMS     float64                      `json:"handling_median_ms"`
	P50MS          float64                      `json:"p50_ms"` // webhook to saved draft
	P99MS          float64                      `json:"p99_ms"`
	DraftsPerSec   float64                      `json:"tickets_per_second"`
	*demoScores                                 // with gold data only
	Refusals       []string                     `json:"refusals,omitempty"` // decisions that were answered with no, e.g. a stale draft
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
	return sum.verdict()
}

// drive runs the demo and tells its progress on out.
func (cmd *demoCmd) drive(ctx context.Context, out io.Writer) (sum demoSummary, err error) {
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

func (s demoSummary) verdict() error {
	if s.WithoutOutcome+s.NotSent+s.SentTwice+s.Unapproved > 0 {
		return fmt.Errorf("the demo failed: %d without outcome, %d approved but not sent, %d sent twice, %d sent without approval",
			s.WithoutOutcome, s.NotSent, s.SentTwice, s.Unapproved)
	}
	return nil
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

// summary reads outcomes from Footnote and replies from the desk's own ledger,
// which is the oracle of what was really sent.
func (d *demo) summary(ctx context.Context, a *app, took time.Duration) (demoSummary, error) {
	s := demoSummary{Tickets: len(d.tickets), DraftsPerSec: float64(len(d.tickets)) / took.Seconds(), Refusals: d.agents.refused}
	if err := d.countOutcomes(ctx, a, &s); err != nil {
		return s, err
	}
	if err := d.compareWithDesk(ctx, a, &s); err != nil {
		return s, err
	}
	rep, err := measure.New(a.p.pool).Report(ctx, measure.Filter{})
	if err != nil {
		return s, err
	}
	s.Decisions = rep.Decisions
	for _, f := range rep.Handling {
		if f.Kind == "measured" && f.Arm == pipeline.ArmTreatment {
			s.HandlingMS = f.MedianMS
		}
	}
	if s.demoScores, err = d.score(ctx, a); err != nil {
		return s, err
	}
	if !d.cmd.JSON {
		fmt.Fprintln(d.out)
		if err := printReport(d.out, rep); err != nil {
			return s, err
		}
		s.print(d.out)
	}
	return s, nil
}

// countOutcomes counts the outcome of each ticket's newest customer message and
// the time from webhook to draft.
func (d *demo) countOutcomes(ctx context.Context, a *app, s *demoSummary) error {
	s.Outcomes = map[pipeline.OutcomeKind]int{}
	rows, err := a.p.pool.Query(ctx, `
		SELECT DISTINCT ON (o.ticket) o.ticket, coalesce(o.kind, ''),
		       coalesce(extract(epoch FROM dr.created_at - (o.event ->> 'received_at')::timestamptz) * 1000, -1)::float8
		  FROM outcomes o
		  JOIN messages m ON m.desk = o.desk AND m.ticket = o.ticket AND m.id = o.message
		  LEFT JOIN drafts dr ON dr.id = o.draft
		 ORDER BY o.ticket, m.at DESC`)
	if err != nil {
		return fmt.Errorf("count outcomes: %w", err)
	}
	defer rows.Close()
	seen := 0
	var latency []float64
	for rows.Next() {
		var ticket string
		var kind pipeline.OutcomeKind
		var took float64
		if err := rows.Scan(&ticket, &kind, &took); err != nil {
			return fmt.Errorf("count outcomes: %w", err)
		}
		seen++
		if kind == "" {
			s.WithoutOutcome++
			continue
		}
		s.Outcomes[kind]++
		if took >= 0 {
			latency = append(latency, took)
		}
	}
	s.WithoutOutcome += len(d.tickets) - seen
	s.P50MS, s.P99MS = percentile(latency, .5), percentile(latency, .99)
	return rows.Err()
}

// compareWithDesk matches every agent's reply in the desk's ledger with an
// approval of exactly that text.
func (d *demo) compareWithDesk(ctx context.Context, a *app, s *demoSummary) error {
	rows, err := a.p.pool.Query(ctx, `SELECT ticket, text FROM reviews WHERE kind IN ('approve', 'edit') AND state IN ('approved', 'sent', 'returned')`)
	if err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	defer rows.Close()
	approved := map[string]int{}
	for rows.Next() {
		var ticket, text string
		if err := rows.Scan(&ticket, &text); err != nil {
			return fmt.Errorf("read approvals: %w", err)
		}
		approved[ticket+"\x00"+text]++
		s.Approved++
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	if a.sandbox == nil {
		return errors.New("the demo needs the built-in sandbox desk")
	}
	sent := map[string]int{}
	for _, e := range a.sandbox.Ledger() {
		if e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent && e.Message.Marker != "" {
			sent[e.Ticket+"\x00"+e.Message.Text]++
		}
	}
	for key, n := range approved {
		switch {
		case sent[key] < n:
			s.NotSent += n - sent[key]
		case sent[key] > n:
			s.SentTwice += sent[key] - n
		}
		s.Sent += min(n, sent[key])
	}
	for key, n := range sent {
		if approved[key] == 0 {
			s.Unapproved += n
		}
	}
	return nil
}

func (s demoSummary) print(w io.Writer) {
	fmt.Fprintf(w, "\n%d tickets, %d without outcome. %d replies approved: %d at the desk exactly once, %d not sent, %d sent twice, %d without approval.\n",
		s.Tickets, s.WithoutOutcome, s.Approved, s.Sent, s.NotSent, s.SentTwice, s.Unapproved)
	fmt.Fprintf(w, "Webhook to draft: p50 %.1f ms, p99 %.1f ms.\n", s.P50MS, s.P99MS)
	if s.demoScores != nil {
		fmt.Fprintf(w, "recall@5 %.3f, nDCG@10 %.3f, first citation correct %.3f, reply F1 %.3f over %d scored tickets.\n",
			s.RecallAt5, s.NDCGAt10, s.FirstCitationCorrect, s.ReplyF1, s.Scored)
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
