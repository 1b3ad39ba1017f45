package cards

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"footnote/bots/slack/layout"
	"footnote/bots/slack/sample"
	"footnote/pipeline"
)

// variant is one of the drafts worth looking at.
func variant(name string) pipeline.Review {
	for _, s := range sample.Cases() {
		if s.Name == name {
			return s.Review
		}
	}
	panic("no sample " + name)
}

// TestCardLimits: whatever a draft holds, neither layout nor any form goes
// beyond Slack's limits.
func TestCardLimits(t *testing.T) {
	t.Parallel()
	words := rapid.OneOf(rapid.String(), rapid.Just(strings.Repeat("<&>", 1500)), rapid.Just(strings.Repeat("👩‍👩‍👧", 300)), rapid.Just(strings.Repeat("e\u0301", 1600)), rapid.Just(""), rapid.Just("\n\n "))
	rapid.Check(t, func(t *rapid.T) {
		s := func(name string) string { return words.Draw(t, name) }
		r := sample.Typical()
		r.State = rapid.SampledFrom([]pipeline.DraftState{"", pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateApproved, pipeline.StateSent, pipeline.StateReturned,
			pipeline.StateRejected, pipeline.StateHandedOff, pipeline.StateSuperseded, pipeline.StateStale}).Draw(t, "state")
		r.Ticket.Subject, r.Ticket.Requester.Name, r.Reason, r.Ticket.Messages[1].Text = s("subject"), s("name"), s("reason"), s("question")
		r.ClaimedBy.Name, r.DecidedBy.Name, r.Text = s("claimer"), s("decider"), s("reply")
		r.Draft.Model, r.Draft.Fallback, r.Draft.Reduced, r.Draft.Hint, r.Draft.PromptVersion = s("model"), s("fallback"), s("reduced"), s("hint"), s("prompt")
		receipts := r.Draft.Sentences[1].Receipts
		r.Draft.Sentences, r.Draft.Findings = nil, nil
		for i := range rapid.IntRange(0, 25).Draw(t, "sentences") {
			c := receipts[0]
			c.Number, c.Title, c.Section, c.URL = i+1, s("title"), s("section"), "https://"+strings.Repeat("a", 60)+".test/"+s("path")
			r.Draft.Sentences = append(r.Draft.Sentences, pipeline.Sentence{Text: s("sentence"), Receipts: []pipeline.Receipt{c}, Break: i%2 == 0})
			r.Draft.Findings = append(r.Draft.Findings, pipeline.Finding{Severity: pipeline.Confirm, Detail: s("detail"), Sentence: i})
		}
		if rapid.Bool().Draw(t, "abstained") {
			r.Draft.Abstained = s("why") + "."
		}
		prev := sample.Typical()
		prev.Draft.Version, r.Draft.Version = 1, 2
		for range rapid.IntRange(0, 9).Draw(t, "gone") {
			prev.Draft.Sentences = append(prev.Draft.Sentences, pipeline.Sentence{Text: s("gone"), Receipts: []pipeline.Receipt{{Number: 1, Document: s("document"), Title: s("title")}}})
		}
		past := pipeline.Past{Reviews: []pipeline.Review{r, prev}}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			past.Steps = append(past.Steps, pipeline.Step{Draft: r.Draft.ID, At: sample.Time, Who: s("who"), What: s("what"), Detail: s("detail"), Surface: s("surface")})
		}
		c := render(r, past, "https://footnote.acme.test/")
		for _, n := range threadOf(r, past) {
			for _, m := range []layout.Message{n.says.Rich(), n.says.Simple()} {
				if p := layout.LintMessage(m.Blocks); len(p) > 0 {
					t.Fatalf("note %s is beyond the limits: %q", n.key, p)
				}
			}
		}
		for _, m := range []layout.Message{c.Rich(), c.Simple()} {
			if p := layout.LintMessage(m.Blocks); len(p) > 0 {
				t.Fatalf("beyond the limits: %q", p)
			}
		}
	})
}

// TestNotWhole: what is not shown exactly and whole cannot be approved from the card.
func TestNotWhole(t *testing.T) {
	t.Parallel()
	has := func(r pipeline.Review, action string) bool {
		for _, b := range render(r, pipeline.Past{}, "").Buttons {
			if b.Action == action {
				return true
			}
		}
		return false
	}
	r := variant("typical")
	if !has(r, ActApprove) {
		t.Error("a typical draft cannot be approved")
	}
	if !has(variant("long"), ActApprove) {
		t.Error("a reply of 3,500 characters cannot be approved")
	}
	for name, change := range map[string]func(*pipeline.Review){
		"too long":  func(r *pipeline.Review) { r.Draft.Sentences[1].Text = strings.Repeat("long ", 2000) },
		"invisible": func(r *pipeline.Review) { r.Draft.Sentences[1].Text += "\u200B" },
		"blocked":   func(r *pipeline.Review) { r.Draft.Findings[0].Severity = pipeline.Block },
		"stale":     func(r *pipeline.Review) { r.Stale = "the customer wrote again" },
	} {
		r := variant("typical")
		r.Draft.Sentences = append([]pipeline.Sentence{}, r.Draft.Sentences...)
		change(&r)
		if has(r, ActApprove) {
			t.Errorf("%s: can be approved from the card", name)
		}
	}
}

// TestInternalIsNotOffered: a draft that cites what customers must not see has
// no approve button, even if the check that blocks it is missing.
func TestInternalIsNotOffered(t *testing.T) {
	t.Parallel()
	has := func(r pipeline.Review) bool {
		return slices.ContainsFunc(buttons(r, "", true), func(b layout.Button) bool { return b.Action == ActApprove })
	}
	r := sample.Typical()
	r.ApproveHash = "h"
	if !has(r) {
		t.Fatal("a typical draft cannot be approved")
	}
	sample.Internal(&r)
	if has(r) {
		t.Error("a draft that cites an internal source can be approved from the card")
	}
}

// TestChanges: what became of a draft since the version before it.
func TestChanges(t *testing.T) {
	t.Parallel()
	say := func(change func(a, b *pipeline.Draft)) string {
		a, b := sample.Typical().Draft, sample.Typical().Draft
		a.Version, b.Version = 1, 3
		change(&a, &b)
		var out []string
		for _, p := range changes(pipeline.Past{Reviews: []pipeline.Review{{Draft: b}, {Draft: a}}}, b) {
			for _, l := range p.Lines {
				out = append(out, l.String())
			}
		}
		return strings.Join(out, "\n")
	}
	for name, c := range map[string]struct {
		change func(a, b *pipeline.Draft)
		want   string
	}{
		"same":      {func(a, b *pipeline.Draft) {}, "Changed since draft 1: nothing"},
		"abstained": {func(a, b *pipeline.Draft) { a.Abstained = "no source" }, "Draft 1 was none: no source."},
		"both":      {func(a, b *pipeline.Draft) { a.Abstained, b.Abstained = "no source", "x" }, "Draft 1 was none either"},
		"order":     {func(a, b *pipeline.Draft) { b.Sentences = slices.Clone(b.Sentences); slices.Reverse(b.Sentences) }, "order or breaks"},
		"other":     {func(a, b *pipeline.Draft) { a.Message = "another" }, ""},
		"many": {func(a, b *pipeline.Draft) {
			b.Sentences = []pipeline.Sentence{{Text: "A."}, {Text: "B."}, {Text: "C."}, {Text: "D."}, {Text: "E."}}
		}, "… and 2 more new"},
		"more source": {func(a, b *pipeline.Draft) { a.Sentences = a.Sentences[:2] }, "now cites Card fees"},
	} {
		if got := say(c.change); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
