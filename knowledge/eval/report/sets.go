package report

import (
	"fmt"
	"io"
	"path/filepath"

	"footnote/knowledge/eval"
)

// Set is one line of `footnote eval sets`.
type Set struct {
	Name     string
	Files    eval.Files // relative to the folder of the sets
	ByDomain bool       // eval.Options.ByDomain
	// PlainTypos says that plain BM25 has rows to lose, too.
	PlainTypos bool
}

// Sets are the sets of `make eval-retrieval`.
var Sets = []Set{
	{Name: "doc2dial passages", Files: eval.Files{Corpus: "doc2dial/corpus.jsonl", Queries: "doc2dial/dev/queries.jsonl", Qrels: "doc2dial/dev/qrels.jsonl"}, PlainTypos: true},
	{Name: "doc2dial spans, own passages", Files: eval.Files{Corpus: "doc2dial/corpus_docs.jsonl", Queries: "doc2dial/dev/queries.jsonl", Spans: "doc2dial/dev/spans.jsonl"}},
	{Name: "doc2dial documents", Files: eval.Files{Corpus: "doc2dial/corpus_docs.jsonl", Queries: "doc2dial/dev/queries.jsonl", Qrels: "doc2dial/dev/qrels_doc.jsonl"}},
	{Name: "mtrag", Files: eval.Files{Corpus: "mtrag/corpus.jsonl", Queries: "mtrag/dev/queries.jsonl", Qrels: "mtrag/dev/qrels.jsonl"}, ByDomain: true, PlainTypos: true},
	{Name: "clapnq", Files: eval.Files{Corpus: "clapnq/corpus.jsonl", Queries: "clapnq/dev/queries.jsonl", Qrels: "clapnq/dev/qrels.jsonl"}, PlainTypos: true},
	{Name: "kb_office masked", Files: eval.Files{Corpus: "kb_office/corpus_masked_docs.jsonl", Queries: "kb_office/dev/queries.jsonl", Qrels: "kb_office/dev/qrels.jsonl"}, PlainTypos: true},
	{Name: "faq_dstc10", Files: eval.Files{Corpus: "faq_dstc10/corpus.jsonl", Queries: "faq_dstc10/dev/queries.jsonl", Qrels: "faq_dstc10/dev/qrels.jsonl"}, PlainTypos: true},
	{Name: "kb_logingov", Files: eval.Files{Corpus: "kb_logingov/corpus_docs.jsonl", Queries: "kb_logingov/dev/xlang_queries.jsonl", Qrels: "kb_logingov/dev/xlang_qrels.jsonl"}, PlainTypos: true},
}

// Wanted tells whether the set, or its folder, is among those named; of no names all are.
func (s Set) Wanted(only []string) bool {
	for _, o := range only {
		if o == s.Name || o == filepath.Dir(s.Files.Corpus) {
			return true
		}
	}
	return len(only) == 0
}

// WriteAll writes the reports of several sets as one table of each kind.
func WriteAll(w io.Writer, all []*Retrieval) error {
	var slices []eval.Slice
	var typos []TypoLoss
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
