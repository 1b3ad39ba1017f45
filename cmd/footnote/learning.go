package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/eval"
	"footnote/knowledge/learning"
	"footnote/pipeline"
	"footnote/pipeline/drafting"
	"footnote/review/console"
)

const (
	proveEvery = 24 * time.Hour // when something was learned since
	proveAfter = 50             // new lessons are enough sooner
)

// askedOf is the question of a ticket's message, as drafting asks it.
func askedOf(t pipeline.Ticket, message string) pipeline.Query {
	q := drafting.Read(t, message)
	return pipeline.Query{Turns: q.Turns, Locale: q.Locale, Product: t.Product, Audiences: []pipeline.Audience{pipeline.Public}, Thread: t.TicketRef.String()}
}

func (a *app) learner() learning.Learner {
	return learning.Learner{Lessons: a.knowledge.Lessons, Reviews: a.review, Asked: askedOf}
}

// prove replays the installation's approvals, which the embedding model in use has
// read before, and switches learning by what comes out.
func (a *app) prove(ctx context.Context, by string) (p knowledge.Proof, err error) {
	defer func() {
		if err != nil && ctx.Err() == nil {
			a.log.Warn("learning not proven", "by", by, "error", err)
		}
	}()
	l := a.learner()
	switch n, err := l.Reread(ctx); {
	case err != nil:
		return knowledge.Proof{}, fmt.Errorf("embed lessons: %w", err)
	case n > 0:
		a.log.Info("lessons embedded", "lessons", n, "model", a.knowledge.Model())
	}
	return eval.Prove(ctx, a.knowledge.Lessons, func(ctx context.Context, draft string) (pipeline.Query, string, bool, error) {
		q, err := l.Question(ctx, draft)
		if err != nil || len(q.Turns) == 0 {
			return q, "", false, err
		}
		slice := "first message"
		if len(q.Turns) > 2 {
			slice = "later messages"
		}
		return q, slice + ", " + q.Locale, true, nil
	}, by)
}

// keepProving proves by itself: daily, after enough new lessons, after some were
// taken back, and when search has another embedding model.
func (a *app) keepProving(ctx context.Context) error {
	defer a.prover.stop() // nobody waits for a proof while the process ends
	return every(ctx, 10*time.Minute, func() {
		s, err := a.knowledge.Learning(ctx)
		if err == nil && dueProof(s, a.knowledge.Model(), time.Now()) {
			_, _ = a.prover.wait(ctx, "schedule") // it has said what failed
		} else if err != nil && ctx.Err() == nil {
			a.log.Warn("learning not read; trying again later", "error", err)
		}
	})
}

// dueProof tells whether the newest proof is out of date for searches with an
// embedding model.
func dueProof(s knowledge.LearningState, model string, now time.Time) bool {
	if s.Proof == nil {
		return s.Lessons > 0
	}
	fresh := s.Fresh()
	return fresh >= proveAfter || fresh > 0 && now.Sub(s.Proof.At) >= proveEvery || s.ChangedAt.After(s.Proof.At) || s.Lessons > 0 && s.Proof.Model != model
}

type learningCmd struct {
	Show   learningShowCmd   `cmd:"" help:"Whether learning is on, and why."`
	Prove  learningProveCmd  `cmd:"" help:"Replay the approvals so far in time order, and switch learning by the result."`
	Revert learningRevertCmd `cmd:"" help:"Take lessons back, at once."`
}

type learningShowCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run carries the command to the installation.
func (cmd *learningShowCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *learningShowCmd) run(ctx context.Context, a *app, out io.Writer) error {
	s, err := a.knowledge.Learning(ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(out, s)
	}
	fmt.Fprintf(out, "Learning is %s: %s, %d taken back.\n", onOff(s.On), many(s.Lessons, "lesson"), s.Reverted)
	if s.Proof == nil {
		fmt.Fprintln(out, "No proof yet: it runs by itself, or with footnote learning prove.")
		return nil
	}
	fmt.Fprintf(out, "Last proof: %s, by %s", s.Proof.At.Local().Format("2 Jan 2006 15:04"), s.Proof.By)
	if n := s.Fresh(); n > 0 {
		fmt.Fprintf(out, "; lessons since: %d. footnote learning prove takes them in, or time", n)
	}
	fmt.Fprintln(out, ".")
	return printProof(out, *s.Proof)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

type learningProveCmd struct{}

// Run carries the command to the installation.
func (cmd *learningProveCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *learningProveCmd) run(ctx context.Context, a *app, out io.Writer) error {
	p, err := a.prover.wait(ctx, "command line")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Learning is %s.\n", onOff(p.On))
	return printProof(out, p)
}

func printProof(out io.Writer, p knowledge.Proof) error {
	fmt.Fprintln(out, p.Reason)
	var r eval.ProofReport
	if err := json.Unmarshal(p.Report, &r); err != nil {
		return fmt.Errorf("read proof: %w", err)
	}
	switch {
	case p.Model == "" || r.Judged < r.Needed: // nothing to choose between
	case p.Trust > 0:
		fmt.Fprintf(out, "Questions are compared by their words and by what they mean to %s.\n", p.Model)
	default:
		fmt.Fprintf(out, "Questions are compared by their words; by what they mean to %s as well, the replay did no better.\n", p.Model)
	}
	if r.Answers != nil {
		fmt.Fprintf(out, "Whether an answer is there is told by words%s. %s\n", map[bool]string{true: " and vectors", false: " alone"}[r.Answers.On], r.Answers.Reason)
	}
	if r.All.Queries == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nQUESTIONS\tn\tnDCG@5 without\twith\tdifference\trecall@5 without\twith")
	for _, g := range append([]eval.Gain{r.All}, append(r.Slices, r.Stream...)...) {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%s\t%.3f\t%.3f\n", g.Name, g.Queries, g.NDCG[0], g.NDCG[1], g.Ranked, g.Recall[0], g.Recall[1])
	}
	return w.Flush()
}

type learningRevertCmd struct {
	Decision string         `help:"Only the lesson of this decision."`
	Agent    string         `help:"Only lessons of this agent (id)."`
	Since    *time.Duration `help:"Only lessons of so long, e.g. 24h."`
	All      bool           `help:"Everything that was learned."`
}

// Run carries the command to the installation.
func (cmd *learningRevertCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *learningRevertCmd) run(ctx context.Context, a *app, out io.Writer) error {
	what := knowledge.Taken{Decision: cmd.Decision, Agent: cmd.Agent}
	if cmd.Since != nil {
		if *cmd.Since <= 0 {
			return pipeline.Errorf(pipeline.Invalid, "--since=%v: give how long ago, e.g. 24h", *cmd.Since)
		}
		what.Since = time.Now().Add(-*cmd.Since)
	}
	switch some := what != (knowledge.Taken{}); {
	case some && cmd.All:
		return pipeline.Errorf(pipeline.Invalid, "--all takes everything back and contradicts --since, --agent and --decision: give one or the other")
	case !some && !cmd.All:
		return pipeline.Errorf(pipeline.Invalid, "say what to take back: --since, --agent, --decision, or --all")
	}
	n, err := a.knowledge.Revert(ctx, what, "command line")
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(out, "No lesson fits: nothing was taken back.")
		return nil
	}
	fmt.Fprintf(out, "Lessons taken back: %d. Searches no longer use them.\n", n)
	return nil
}

// lessons shows and steers learning in the console.
type lessons struct {
	*prover
	a *app
}

func (l lessons) Learning(ctx context.Context) (knowledge.LearningState, error) {
	return l.a.knowledge.Learning(ctx)
}

func (l lessons) CountLessons(ctx context.Context, what knowledge.Taken) (int, error) {
	return l.a.knowledge.CountLessons(ctx, what)
}

func (l lessons) Revert(ctx context.Context, what knowledge.Taken, by string) (int, error) {
	return l.a.knowledge.Revert(ctx, what, by)
}

var _ console.Learning = lessons{}
