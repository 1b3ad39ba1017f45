package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
)

// TestProofsComeByThemselves when they are out of date, and not otherwise.
func TestProofsComeByThemselves(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	proof := func(age time.Duration) *knowledge.Proof {
		return &knowledge.Proof{At: now.Add(-age), Seq: 100, Model: "m"}
	}
	for _, x := range []struct {
		name string
		s    knowledge.LearningState
		want bool
	}{
		{"nothing learned", knowledge.LearningState{}, false},
		{"first lesson", knowledge.LearningState{Lessons: 1, Seq: 1}, true},
		{"nothing new for days", knowledge.LearningState{Seq: 100, Proof: proof(90 * time.Hour)}, false},
		{"one new today", knowledge.LearningState{Seq: 101, Proof: proof(time.Hour)}, false},
		{"one new since yesterday", knowledge.LearningState{Seq: 101, Proof: proof(25 * time.Hour)}, true},
		{"many new", knowledge.LearningState{Seq: 150, Proof: proof(time.Hour)}, true},
		{"another model", knowledge.LearningState{Lessons: 1, Seq: 100, Proof: &knowledge.Proof{At: now, Seq: 100, Model: "n"}}, true},
		{"some taken back", knowledge.LearningState{Seq: 100, ChangedAt: now, Proof: proof(time.Hour)}, true},
	} {
		if got := dueProof(x.s, "m", now); got != x.want {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}

// TestProofSaysHowQuestionsAreCompared once there is enough to choose by.
func TestProofSaysHowQuestionsAreCompared(t *testing.T) {
	for _, x := range []struct {
		name, report, want string
		model              string
		trust              float64
	}{
		{"no model", `{"judged":90,"needed":60}`, "", "", 0},
		{"too little to choose by", `{"judged":9,"needed":60}`, "", "m", 0},
		{"the model does not help", `{"judged":90,"needed":60}`, "Questions are compared by their words; by what they mean to m as well, the replay did no better.", "m", 0},
		{"the model helps", `{"judged":90,"needed":60}`, "Questions are compared by their words and by what they mean to m.", "m", 1.5},
	} {
		var out bytes.Buffer
		if err := printProof(&out, knowledge.Proof{Reason: "R.", Model: x.model, Trust: x.trust, Report: []byte(x.report)}); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(strings.TrimPrefix(out.String(), "R.\n")); got != x.want {
			t.Errorf("%s: %q", x.name, got)
		}
	}
}
