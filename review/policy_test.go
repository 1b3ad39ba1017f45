package review

import (
	"context"
	"strings"
	"testing"

	"footnote/pipeline"
)

// leads lets only managers approve words with "refund" in them, and nobody "lawyer".
type leads struct{}

func (leads) Judge(_ context.Context, _ pipeline.Draft, _, words string) (string, []pipeline.Finding) {
	var out []pipeline.Finding
	if strings.Contains(words, "refund") {
		out = append(out, pipeline.Finding{Severity: pipeline.Confirm, By: "manager", Detail: "Promises a refund."})
	}
	if strings.Contains(words, "lawyer") {
		out = append(out, pipeline.Finding{Severity: pipeline.Block, Detail: "Speaks of lawyers."})
	}
	return "v1", out
}

func TestAPolicySaysWhoMayApprove(t *testing.T) {
	w := setup(t)
	w.policy = leads{}
	edit := func(by pipeline.Agent, text string) error {
		_, err := w.decide(t, pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Edit, Text: text, By: by})
		return err
	}
	if err := edit(ana, "You get a refund."); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("an agent promised what only a manager may: %v", err)
	}
	if err := edit(may, "Our lawyer will call."); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a manager sent what the policy forbids: %v", err)
	}
	if err := edit(may, "You get a refund."); err != nil {
		t.Errorf("a manager may: %v", err)
	}
	var version string
	if err := w.pool.QueryRow(t.Context(), `SELECT detail->>'policy' FROM audit_log WHERE action = 'draft.edit'`).Scan(&version); err != nil || version != "v1" {
		t.Errorf("the decision names the policy %q: %v", version, err)
	}
}
