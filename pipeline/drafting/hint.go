package drafting

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

// redraft writes with an agent's hint. The words of a hint ("the steps for the app,
// please") are rarely those of a source: added to the question they can make sources
// that answer it look as if they did not. So it is read in turn as a part of the
// question, as one more question, and left out; the first that gives a draft counts.
// Before it is left out the draft that the agent saw is kept, where it is still good:
// asking for a better one must not lose it. keep is that draft's id, empty for none.
func (d *Drafter) redraft(ctx context.Context, j job, keep string) (pipeline.Draft, Observation, error) {
	draft, seen, err := d.write(ctx, j)
	if err != nil || j.hint == "" || draft.Abstained == "" || j.question.Empty != "" {
		return draft, seen, err
	}
	note := fmt.Sprintf("Nothing was found for the hint “%s”.", clipBytes(strings.Join(strings.Fields(guard.Clean(j.hint)), " "), 200))
	alone := j
	alone.question, alone.hint = asQuestion(j.question, j.hint), ""
	if other, s, err := d.write(ctx, alone); err != nil || other.Abstained == "" {
		return paid(other, draft), s, err
	}
	if kept, ok, err := d.kept(ctx, keep); err != nil || ok {
		kept.CreatedAt = draft.CreatedAt
		seen.Outcome, seen.Findings = "proposed", kept.Findings
		kept.Findings = append(kept.Findings, hintFinding(note+" This is the draft from before."))
		return paid(kept, draft), seen, err
	}
	without := j
	without.hint = ""
	other, s, err := d.write(ctx, without)
	if err == nil && other.Abstained == "" {
		other.Findings = append(other.Findings, hintFinding(note+" This is written without it."))
		return paid(other, draft), s, nil
	}
	return draft, seen, err
}

func hintFinding(detail string) pipeline.Finding {
	return pipeline.Finding{Check: "hint", Severity: pipeline.Warn, Sentence: -1, Detail: detail}
}

// paid adds what an attempt before has cost.
func paid(draft, before pipeline.Draft) pipeline.Draft {
	draft.CostMicros += before.CostMicros
	return draft
}

// asQuestion is the hint as the newest turn of the thread, and as one more part to be
// answered.
func asQuestion(q Question, hint string) Question {
	hint = guard.Clean(hint)
	q.Turns, q.Asks = append(slices.Clone(q.Turns), pipeline.Turn{Role: pipeline.RoleCustomer, Text: hint}), append(slices.Clone(q.Asks), asks(hint)...)
	return q
}

// kept returns the earlier draft, without what was noted about a hint then, and false
// where there is none to keep.
func (d *Drafter) kept(ctx context.Context, id string) (pipeline.Draft, bool, error) {
	if id == "" {
		return pipeline.Draft{}, false, nil
	}
	draft, err := d.Drafts.Find(ctx, id)
	if pipeline.KindOf(err) == pipeline.NotFound || err == nil && draft.Abstained != "" {
		return draft, false, nil
	}
	draft.CostMicros = 0
	draft.Findings = slices.DeleteFunc(slices.Clone(draft.Findings), func(f pipeline.Finding) bool { return f.Check == "hint" })
	return draft, err == nil, err
}
