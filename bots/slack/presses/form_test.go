package presses

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	api "github.com/slack-go/slack"
	"pgregory.net/rapid"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/bots/slack/sample"
	"footnote/pipeline"
)

// TestFormLimits: whatever a draft holds, no form goes beyond Slack's limits.
func TestFormLimits(t *testing.T) {
	t.Parallel()
	words := rapid.OneOf(rapid.String(), rapid.Just(strings.Repeat("<&>", 1500)), rapid.Just(strings.Repeat("👩‍👩‍👧", 300)), rapid.Just(strings.Repeat("e\u0301", 1600)), rapid.Just(""), rapid.Just("\n\n "))
	rapid.Check(t, func(t *rapid.T) {
		s := func(name string) string { return words.Draw(t, name) }
		r := sample.Typical()
		receipts := r.Draft.Sentences[1].Receipts
		r.Draft.Sentences, r.Draft.Findings = nil, nil
		for i := range rapid.IntRange(0, 25).Draw(t, "sentences") {
			c := receipts[0]
			c.Number, c.Title, c.Section, c.URL = i+1, s("title"), s("section"), "https://"+strings.Repeat("a", 60)+".test/"+s("path")
			r.Draft.Sentences = append(r.Draft.Sentences, pipeline.Sentence{Text: s("sentence"), Receipts: []pipeline.Receipt{c}, Break: i%2 == 0})
			r.Draft.Findings = append(r.Draft.Findings, pipeline.Finding{Severity: pipeline.Confirm, Detail: s("detail"), Sentence: i})
		}
		for _, kind := range []string{cards.ActEdit, cards.ActReject, cards.ActRedraft} {
			f := Form{Kind: kind, Draft: r.Draft.ID, Hash: strings.Repeat("f", 64), Seen: pipeline.StateClaimed}
			if p := layout.LintView(f.fill(r, typed{reply: editable(r.Draft)}, s("problem"))); len(p) > 0 {
				t.Fatalf("form %s is beyond the limits: %q", kind, p)
			}
			again := kept{id: r.Draft.ID, text: s("kept"), at: sample.Time}
			if p := layout.LintView(f.offer(r, again)); kind == cards.ActEdit && len(p) > 0 {
				t.Fatalf("an offered text is beyond the limits: %q", p)
			}
			v := f.confirmation(again, r.Draft.Findings)
			if p := layout.LintView(v); len(p) > 0 {
				t.Fatalf("a confirmation is beyond the limits: %q", p)
			}
			if raw, _ := json.Marshal(api.NewPushViewSubmissionResponse(&v)); len(raw) > 19_000 {
				t.Fatalf("a confirmation has %d bytes: Slack drops answers of 20 KiB", len(raw))
			}
		}
	})
}

// TestSplit: the halves of a long reply fit and join to the whole.
func TestSplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]string{"word ", "line\n", "paragraph\n\n", "x", "👩‍👧", "e\u0301"}).Draw(t, "unit")
		s := strings.Repeat(unit, rapid.IntRange(0, 4000).Draw(t, "n"))
		a, joint, b, ok := split(s)
		if !ok {
			if layout.Units(s) <= maxEdit-layout.MaxInput/2 {
				t.Fatalf("%d units were not split", layout.Units(s))
			}
			return
		}
		if layout.Units(a) > layout.MaxInput || layout.Units(b) > layout.MaxInput {
			t.Fatalf("halves of %d and %d units", layout.Units(a), layout.Units(b))
		}
		if got := (Form{Joint: joint}).join(a, b); got != s {
			t.Fatal("the halves do not join to the whole")
		}
	})
}

// TestBadInputsInForms: every form with the same texts is harmless, and an
// editor gives back what it was given: nothing is lost but what cannot be seen.
func TestBadInputsInForms(t *testing.T) {
	t.Parallel()
	for _, b := range bottest.BadInputs(t) {
		r := sample.Smeared(b.Text)
		f := Form{Kind: cards.ActEdit, Draft: r.Draft.ID, Hash: "h", Seen: pipeline.StateOpen}
		k := kept{id: r.Draft.ID, text: client.Storable(b.Text), at: sample.Time}
		views := []api.ModalViewRequest{f.fill(r, typed{reply: editable(r.Draft)}, b.Text), f.offer(r, k), f.confirmation(k, r.Draft.Findings), f.Note(b.Text)}
		for _, kind := range []string{cards.ActReject, cards.ActRedraft} {
			g := f
			g.Kind = kind
			views = append(views, g.fill(r, typed{Reason: "other", Detail: layout.Line(b.Text, 1000), hint: layout.Line(b.Text, 1000)}, b.Text))
		}
		for _, v := range views {
			if p := layout.LintView(v); len(p) > 0 {
				t.Errorf("%s: %q", b.ID, p)
			}
			raw, err := json.Marshal(v.Blocks)
			if err != nil {
				t.Fatal(err)
			}
			bottest.SlackHarmless(t, b.ID, bottest.SlackMessage{Blocks: raw}, bottest.SampleLinks...)
		}
		shown := bottest.SlackView{PrivateMetadata: views[0].PrivateMetadata}
		shown.Blocks, _ = json.Marshal(views[0].Blocks)
		var g Form
		if !readForm(shown.PrivateMetadata, &g) {
			t.Fatalf("%s: the form's metadata cannot be read", b.ID)
		}
		fields := shown.Fields()
		want, hidden := layout.Clean(r.Draft.Text())
		if got := g.join(fields[InReply], fields[InRest]); got != want || hidden == 0 && want != strings.ReplaceAll(r.Draft.Text(), "\t", " ") && !strings.ContainsAny(r.Draft.Text(), "\r\u2028\u2029\u0085") && utf8.ValidString(r.Draft.Text()) {
			t.Errorf("%s: the editor offers %q of %q", b.ID, got, r.Draft.Text())
		}
	}
}
