package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/knowledge/eval"
	"footnote/knowledge/eval/report"
	"footnote/pipeline/drafting"
	"footnote/pipeline/drafting/grade"
)

// TestEvalRetrieval measures a set that is small enough to know the figures of:
// one index for each domain, given passages, misspelt questions.
func TestEvalRetrieval(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	f := eval.Files{
		Corpus: file("corpus.jsonl", `{"id":"a#0","title":"Refunds","text":"Refunds reach the card within five days.","meta":{"doc":"a","domain":"shop"}}
{"id":"a#1","title":"Refunds","text":"Vouchers cannot be refunded.","meta":{"doc":"a","domain":"shop"}}
{"id":"b","title":"Refunds of fares","text":"Fares reach the card within nine days.","meta":{"domain":"train"}}`),
		Queries: file("queries.jsonl", `{"id":"q1","text":"when does the refund reach my card","domain":"shop"}
{"id":"q2","text":"can I have vouchers back","domain":"shop"}
{"id":"q3","text":"when do fares reach my card","domain":"train"}`),
		Qrels: file("qrels.jsonl", `{"qid":"q1","docid":"a#0","rel":1}
{"qid":"q2","docid":"a#1","rel":1}
{"qid":"q3","docid":"b","rel":1}`),
	}
	set, err := eval.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := openEvalBench(t.Context(), evalDense{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	r, err := report.Measure(t.Context(), b.open, "tiny", set, eval.Options{ByDomain: true}, true)
	if err != nil {
		t.Fatal(err)
	}
	all := r.Slices[0]
	if r.Documents != 2 || r.Passages != 3 || r.Queries != 3 || all.Queries != 3 || all.Figures["recall@1"].Value != 1 || all.Plain["recall@1"] != 1 || len(r.Typos) != 2 {
		t.Errorf("%+v", r)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil || !strings.Contains(out.String(), "| tiny") || !strings.Contains(out.String(), "misspelt") {
		t.Errorf("%s %v", &out, err)
	}
	if _, err := report.Measure(t.Context(), b.open, "tiny", set, eval.Options{History: "backwards"}, false); err == nil {
		t.Error("an unknown history is taken")
	}
}

// TestEvalDrafts measures one set that is small enough to know what comes of it, keeps
// what was found, and asks again without an index.
func TestEvalDrafts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("doc2dial/corpus_docs.jsonl", `{"id":"a","title":"Refunds","text":"Refunds reach the card within five days. Vouchers cannot be refunded."}`)
	write("doc2dial/dev/queries.jsonl", `{"id":"q1","text":"when does the refund reach my card","reply":"within five days"}`)
	write("doc2dial/dev/spans.jsonl", `{"qid":"q1","docid":"a","start":0,"end":40}`)
	cmd := evalDraftsCmd{Data: dir, Only: []string{"doc2dial"}, Keep: t.TempDir(), JSON: true}
	for range 2 {
		var out bytes.Buffer
		if err := cmd.report(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), `"right": 1`) || !strings.Contains(out.String(), `"cited": 1`) {
			t.Errorf("%s", &out)
		}
	}
	cmd.Data = filepath.Join(dir, "nowhere")
	var out bytes.Buffer
	if err := cmd.report(t.Context(), &out); err != nil || !strings.Contains(out.String(), "not here") {
		t.Errorf("%s %v", &out, err)
	}
}

// TestWorldQuestions: questions as people put them, about the sample: short ones, several at
// once, a story around one. What is not in the sample is not answered.
func TestWorldQuestions(t *testing.T) {
	b := &draftBench{}
	defer b.close()
	i := slices.IndexFunc(draftSets, func(s draftSet) bool { return s.name == "sample" })
	sample := &openSet{draftSet: draftSets[i], search: &keptSearch{open: func(ctx context.Context) (drafting.Retriever, func(), error) { return b.index(ctx, draftSets[i], nil) }}}
	defer sample.search.close()
	for _, c := range []struct {
		ask, locale string
		says        []string // none: declined
	}{
		{"30-day refund?", "en", []string{"14 days"}},
		{"Hi, do you have a 30-day refund?", "en", []string{"14 days"}},
		{"Is a refund possible after 30 days?", "en", []string{"14 days"}},
		{"We are a yoga studio with two rooms and my sister joined us last week.\n\nHow do I invite one more team member\n\nThanks a lot, Dana", "en", []string{"Settings > Team > Invite"}},
		{"How do I invite one more team member", "en", []string{"Settings > Team > Invite"}},
		{"How do I invite one more team member?", "en", []string{"Settings > Team > Invite"}},
		{"We are a yoga studio with two rooms and my sister joined us last week.\n\nHow do I invite a team member\n\nThanks a lot, Dana", "en", []string{"Settings > Team > Invite"}},
		{"My sister will give classes from Tuesday on and we are all excited about it. How do I invite her to the team as a team member?", "en", []string{"Settings > Team > Invite"}},
		{"How do I invite a team member, and how do I remove one?", "en", []string{"Settings > Team > Invite", "Remove from studio"}},
		{"Guten Tag, wie kann ich mein Passwort zurücksetzen? Und wie kündige ich meinen Tarif?", "de", []string{"Passwort vergessen", "Tarif kündigen"}},
		{"How many API keys can I have?", "en", []string{"up to 5 keys"}},
		{"How do I revoke an API key?", "en", []string{"Revoke"}},
		{"reset link valid how long", "en", []string{"60 minutes"}},
		{"How do I pair the card reader and how long is the warranty of the card reader?", "en", []string{"1. ", "24 months"}},
		{"How do I add a tax rate?", "en", []string{"Settings > Payments > Tax rates > Add rate"}},
		{"Is there a dark mode?", "en", nil},
		{"How do I blur my background in a video call?", "en", nil},
		{"Can your bookkeeper file my income tax return?", "en", nil},
		{"Which airline flies to Lisbon on Sundays?", "en", nil},
	} {
		draft, _, err := sample.drafter(nil, 0).Try(t.Context(), asking(c.ask, c.locale), nil)
		if err != nil {
			t.Fatal(err)
		}
		if (draft.Abstained != "") != (c.says == nil) || !grade.Says(draft.Text(), c.says) {
			t.Errorf("%s: wants %q: %.2f %s%s", c.ask, c.says, draft.Probability, draft.Abstained, quoted(draft))
		}
	}
}
