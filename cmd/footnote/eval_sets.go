package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"footnote/knowledge/eval"
)

type evalSetsCmd struct {
	Data  string   `arg:"" default:"../shared/data" type:"path" help:"Folder of the sets."`
	Only  []string `help:"Only these sets."`
	Limit int      `help:"Ask so many questions of each set, evenly spread; 0: all."`
	JSON  bool     `help:"Print JSON."`

	evalDense
}

// evalSet is one line of `footnote eval sets`; files are relative to the folder.
type evalSet struct {
	name                          string
	corpus, queries, qrels, spans string
	byDomain                      bool
	plainTypos                    bool // plain BM25 has rows to lose, too
}

// evalSets are the sets of `make eval-retrieval`.
var evalSets = []evalSet{
	{name: "doc2dial passages", corpus: "doc2dial/corpus.jsonl", queries: "doc2dial/dev/queries.jsonl", qrels: "doc2dial/dev/qrels.jsonl", plainTypos: true},
	{name: "doc2dial spans, own passages", corpus: "doc2dial/corpus_docs.jsonl", queries: "doc2dial/dev/queries.jsonl", spans: "doc2dial/dev/spans.jsonl"},
	{name: "doc2dial documents", corpus: "doc2dial/corpus_docs.jsonl", queries: "doc2dial/dev/queries.jsonl", qrels: "doc2dial/dev/qrels_doc.jsonl"},
	{name: "mtrag", corpus: "mtrag/corpus.jsonl", queries: "mtrag/dev/queries.jsonl", qrels: "mtrag/dev/qrels.jsonl", byDomain: true, plainTypos: true},
	{name: "clapnq", corpus: "clapnq/corpus.jsonl", queries: "clapnq/dev/queries.jsonl", qrels: "clapnq/dev/qrels.jsonl", plainTypos: true},
	{name: "kb_office masked", corpus: "kb_office/corpus_masked_docs.jsonl", queries: "kb_office/dev/queries.jsonl", qrels: "kb_office/dev/qrels.jsonl", plainTypos: true},
	{name: "faq_dstc10", corpus: "faq_dstc10/corpus.jsonl", queries: "faq_dstc10/dev/queries.jsonl", qrels: "faq_dstc10/dev/qrels.jsonl", plainTypos: true},
	{name: "kb_logingov", corpus: "kb_logingov/corpus_docs.jsonl", queries: "kb_logingov/dev/xlang_queries.jsonl", qrels: "kb_logingov/dev/xlang_qrels.jsonl", plainTypos: true},
}

// Run measures every set; where they are not, it says so and is content.
func (cmd *evalSetsCmd) Run(ctx context.Context) error {
	if _, err := os.Stat(cmd.Data); err != nil {
		fmt.Printf("The sets are not here (%s): put them beside the repository to measure retrieval.\n", cmd.Data)
		return nil
	}
	b, err := openEvalBench(ctx, cmd.evalDense)
	if err != nil {
		return err
	}
	defer b.close()
	var all []*evalReport
	for _, s := range evalSets {
		if !s.wanted(cmd.Only) {
			continue
		}
		set, err := eval.Load(eval.Files{Corpus: s.corpus, Queries: s.queries, Qrels: s.qrels, Spans: s.spans}.In(cmd.Data))
		if err != nil {
			return err
		}
		// Misspelt questions would all be embedded anew: they are for terms.
		r, err := b.measure(ctx, s.name, set, eval.Options{ByDomain: s.byDomain, Limit: cmd.Limit}, s.plainTypos && !b.parted())
		if err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: indexed in %.1f s, asked in %.1f s\n", s.name, r.IndexS, r.AskS)
		all = append(all, r)
	}
	if cmd.JSON {
		return writeJSON(os.Stdout, all)
	}
	return writeEvalReports(os.Stdout, all)
}

func (s evalSet) wanted(only []string) bool {
	for _, o := range only {
		if o == s.name || o == filepath.Dir(s.corpus) {
			return true
		}
	}
	return len(only) == 0
}

func writeEvalReports(w io.Writer, all []*evalReport) error {
	var slices []eval.Slice
	var typos []typoLoss
	var fused []eval.Fused
	for _, r := range all {
		fused = append(fused, r.Fused...)
		slices = append(slices, r.Slices...)
		typos = append(typos, r.Typos...)
	}
	if err := eval.WriteTable(w, slices); err != nil {
		return err
	}
	if err := writeFused(w, fused); err != nil {
		return err
	}
	if err := writeTypos(w, typos); err != nil {
		return err
	}
	fmt.Fprint(w, "\nSizes and times:\n\n")
	rows := [][]string{{"set", "documents", "passages", "indexed", "questions", "p50", "p99"}}
	for _, r := range all {
		rows = append(rows, []string{r.Set, fmt.Sprint(r.Documents), fmt.Sprint(r.Passages), fmt.Sprintf("%.1f s", r.IndexS), fmt.Sprint(r.Queries),
			fmt.Sprintf("%.1f ms", r.P50MS), fmt.Sprintf("%.1f ms", r.P99MS)})
	}
	return eval.WriteRows(w, rows)
}
