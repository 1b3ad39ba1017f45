package drafting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/llm"
	"footnote/pipeline/text"
)

// job is one draft to write.
type job struct {
	question    Question
	product     string
	queue       string
	thread      string // the ticket; empty without one
	hint        string
	correlation string
	audiences   []pipeline.Audience
	internal    bool       // also look up internal passages, for the agent's eyes
	signals     *[]float64 // filled for who measures; may be nil
}

const (
	wanted         = 5    // passages asked for
	passageTokens  = 3000 // their budget
	wantedBeside   = 4    // more passages that go on with what was found, within the budget
	wantedInternal = 3
)

// write retrieves, drafts and checks. It fails only when retrieval fails or ctx
// ends: a model that fails is replaced by the extractive drafter.
func (d *Drafter) write(ctx context.Context, j job) (pipeline.Draft, Observation, error) {
	draft := pipeline.Draft{Locale: j.question.Locale, Drafter: byExtract, Sentences: []pipeline.Sentence{}, CreatedAt: d.Now().UTC()}
	seen := Observation{Outcome: "proposed", Drafter: byExtract}
	if j.question.Empty != "" {
		draft.Abstained, seen.Outcome = j.question.Empty, "abstained"
		return draft, seen, nil
	}
	if j.hint != "" {
		j.question = hinted(j.question, j.hint)
	}
	start := d.Now()
	all, internal, err := d.retrieve(ctx, j)
	if err != nil {
		return draft, seen, err
	}
	seen.Retrieval = d.Now().Sub(start)
	found := together(all)
	hits := found.Hits
	draft.Reduced, draft.Nearest, draft.Probability = found.Reduced, append(slices.Clone(hits), internal...), found.Probability
	in := d.guardInput(ctx, j, hits, internal)
	answer, why := d.answer(ctx, j, all, found, in, &draft, &seen.Without)
	if err := ctx.Err(); err != nil {
		return draft, seen, fmt.Errorf("draft: %w", err)
	}
	seen.Drafter, seen.Cost, seen.Fallback = draft.Drafter, draft.CostMicros, draft.Fallback != ""
	if why == "" {
		draft.Sentences = frame(j.question, answer)
		number(draft.Sentences)
		in.Draft = draft
		draft.Findings = append(guardFor(j, in), draft.Findings...)
		if j.question.Locale == "" {
			draft.Findings = append(draft.Findings, pipeline.Finding{Check: "language", Severity: pipeline.Warn, Sentence: -1, Detail: "The ticket's language is not clear: look whether the reply's is right."})
		}
		if guard.Blocked(draft.Findings) { // the frame is ours: this is a defect or a hostile title
			d.Log.Warn("a framed draft was blocked", "ticket", j.correlation, "findings", fmt.Sprint(draft.Findings))
			why = "The draft did not pass the checks: " + reasons(draft.Findings)
		}
	}
	draft.Confidence = draft.Probability
	if why != "" {
		draft.Abstained, draft.Sentences, seen.Outcome, draft.Confidence = why, []pipeline.Sentence{}, "abstained", 0
	}
	seen.Findings = draft.Findings
	return draft, seen, nil
}

// answer lets the model write, and the extractive drafter where it cannot. It
// returns sentences, or why there are none, and notes in the draft who wrote.
func (d *Drafter) answer(ctx context.Context, j job, all []asked, found pipeline.Answer, in guard.Input, draft *pipeline.Draft, without *Without) ([]pipeline.Sentence, string) {
	hits := found.Hits
	if len(hits) == 0 { // no source, no claim
		return nil, "No source was found for this question."
	}
	if why := unlikely(j, found.Probability, modelShare*d.Threshold); why != "" {
		return nil, why
	}
	if d.Model != nil && !slices.Contains(j.audiences, pipeline.Restricted) {
		asked, shown := fitting(j.question, hits, j.hint, d.Context)
		shown = arranged(shown)
		a := &attempt{prompt: promptFor(asked, shown, j.hint, newNonce())}
		resp, err := d.Model.Complete(ctx, a.request(asked, shown, in, j.correlation))
		if err == nil {
			draft.Drafter, draft.Model, draft.CostMicros = byModel, resp.Model, resp.CostMicros
			draft.PromptVersion, draft.PromptHash = PromptVersion, PromptHash
			if a.answer.Abstain {
				return nil, "The model found no answer in the sources" + because(a.answer.Reason)
			}
			return a.sentences, ""
		}
		if f := llm.Reasons(err); f != nil {
			draft.Fallback = (&llm.FailedError{Reasons: f}).Error()
		} else {
			draft.Fallback = pipeline.Say(err)
		}
		draft.CostMicros = llm.Cost(err)
		*without = Without{Why: "other", Away: llm.Away(err)}
		if f := llm.Reasons(err); len(f) > 0 {
			without.Why = f[0].Code
		}
	}
	return d.extract(j, all, in, draft)
}

// extract writes without a model, from what the asker may see: each ask for itself, in
// order. What is not answered is named for the agent. The draft's probability is that
// all parts are answered.
func (d *Drafter) extract(j job, all []asked, in guard.Input, draft *pipeline.Draft) ([]pipeline.Sentence, string) {
	in.Agent = slices.Contains(j.audiences, pipeline.Restricted)
	var out []pipeline.Sentence
	var open []string // asks that are not answered
	why, p, least := "", 1.0, 2.0
	for _, a := range all {
		r := a.answer(in)
		p *= r.probability
		if j.signals != nil && r.signals != nil && r.probability < least {
			least, *j.signals = r.probability, r.signals
		}
		if r.why == "" {
			r.why = unlikely(j, a.found.Probability, a.threshold(d.Threshold))
		}
		if r.why != "" {
			why, open = cmp.Or(why, r.why), append(open, a.ask)
			continue
		}
		out = append(out, unsaid(r.sentences, out)...)
	}
	draft.Probability = p
	if len(out) == 0 {
		return nil, why
	}
	for _, ask := range open {
		draft.Findings = append(draft.Findings, pipeline.Finding{Check: "part", Severity: pipeline.Warn, Sentence: -1, Detail: "No source answers this part: “" + clipped(ask) + "”"})
	}
	number(out)
	return out, ""
}

// unsaid leaves out what was said already, and begins a paragraph.
func unsaid(answer, said []pipeline.Sentence) []pipeline.Sentence {
	out := slices.DeleteFunc(slices.Clone(answer), func(s pipeline.Sentence) bool {
		return slices.ContainsFunc(said, func(o pipeline.Sentence) bool { return o.Text == s.Text })
	})
	if len(out) > 0 && len(said) > 0 {
		out[0].Break = true
	}
	return out
}

// clipped is an ask short enough to be named.
func clipped(ask string) string { return text.Clip(strings.Join(strings.Fields(ask), " "), 120) }

// guardFor runs the guards for whoever will read the draft.
func guardFor(j job, in guard.Input) []pipeline.Finding {
	in.Agent = slices.Contains(j.audiences, pipeline.Restricted)
	return guard.Check(in)
}

// retrieve asks for passages of the job's audiences for each ask, and apart from them
// for internal ones, whose failure costs only the agent's hints. Of several readings
// that one counts which the sources answer best. A passage of another audience than
// asked for is dropped here, whatever the index did.
func (d *Drafter) retrieve(ctx context.Context, j job) (all []asked, internal []pipeline.Hit, err error) {
	best := -1.0
	readings := j.question.readings()
	for i, r := range readings {
		among := 1 // the whole message is not picked out of it
		if i > 0 {
			among = len(readings)
		}
		var one []asked
		least := 1.0
		for _, ask := range r.asks {
			a := asked{question: j.question.about(ask, r.beside), ask: ask, readings: among, fit: d.Fit}
			q := j.query(a.question)
			if a.found, err = d.Retriever.Search(ctx, q); err != nil {
				return nil, nil, fmt.Errorf("search knowledge: %w", waits(err))
			}
			a.found.Hits = only(a.found.Hits, j.audiences)
			a = a.planned()
			least = min(least, a.plan.probability)
			one = append(one, a)
		}
		if least > best {
			best, all = least, one
		}
	}
	if j.internal && len(all) > 0 {
		q := j.query(all[0].question)
		q.Audiences, q.Limit, q.Beside = []pipeline.Audience{pipeline.Restricted}, wantedInternal, 0
		more, err := d.Retriever.Search(ctx, q)
		if err != nil {
			d.Log.Warn("search internal knowledge", "err", err)
			all[0].found.Reduced = strings.Trim(all[0].found.Reduced+", internal hints", ", ")
		}
		internal = only(more.Hits, q.Audiences)
	}
	return all, internal, nil
}

// indexWait is how long a ticket waits for knowledge that cannot be searched, each time.
const indexWait = 5 * time.Second

// waits makes of knowledge that is away a wait: the ticket did not fail, and comes again
// as often as it takes.
func waits(err error) error {
	if pipeline.KindOf(err) != pipeline.Unavailable {
		return err
	}
	return &pipeline.RetryAfterError{After: indexWait, Err: err}
}

func (j job) query(q Question) pipeline.Query {
	return pipeline.Query{Turns: q.Turns, Audiences: j.audiences, Locale: q.Locale, Product: j.product, Thread: j.thread, Limit: wanted, Tokens: passageTokens, Beside: wantedBeside}
}

// together is what was found for all asks: of each the best first, then the next, each
// passage once, and what only stands beside behind them.
func together(all []asked) pipeline.Answer {
	if len(all) == 1 {
		return all[0].found
	}
	var out pipeline.Answer
	seen := map[string]bool{}
	for _, beside := range []bool{false, true} {
		for i := range wanted + wantedBeside {
			for _, a := range all {
				if i < len(a.found.Hits) && a.found.Hits[i].Beside == beside && !seen[a.found.Hits[i].Passage.ID] {
					seen[a.found.Hits[i].Passage.ID] = true
					out.Hits = append(out.Hits, a.found.Hits[i])
				}
			}
		}
	}
	for _, a := range all {
		out.Probability = max(out.Probability, a.found.Probability)
		out.Reduced = cmp.Or(out.Reduced, a.found.Reduced)
	}
	return out
}

func only(hits []pipeline.Hit, audiences []pipeline.Audience) []pipeline.Hit {
	return slices.DeleteFunc(slices.Clone(hits), func(h pipeline.Hit) bool { return !slices.Contains(audiences, h.Passage.Audience) })
}

// hinted adds an agent's words for a redraft to the newest turn, where they
// weigh most, and to each ask.
func hinted(q Question, hint string) Question {
	q.Turns, q.Asks = slices.Clone(q.Turns), slices.Clone(q.Asks)
	hint = guard.Clean(hint)
	if n := len(q.Turns); n > 0 {
		q.Turns[n-1].Text += "\n" + hint
	}
	q.hint = hint
	return q
}

// because quotes a model's reason to the agent: one line without addresses.
func because(reason string) string {
	reason = strings.Join(strings.Fields(guard.Clean(reason)), " ")
	if reason == "" || len(reason) > 300 || len(guard.Addresses(reason)) > 0 {
		return "."
	}
	return ": " + reason
}

// reasons lists what blocks.
func reasons(fs []pipeline.Finding) string {
	var out []string
	for _, f := range fs {
		if f.Severity == pipeline.Block && !slices.Contains(out, f.Detail) {
			out = append(out, f.Detail)
		}
	}
	return strings.Join(out, " ")
}
