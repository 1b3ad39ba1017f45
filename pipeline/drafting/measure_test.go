package drafting

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

// extractText is the extractive answer to a row: its sentences without frame.
func extractText(r queryRow, hits []pipeline.Hit) (string, string, []pipeline.Sentence) {
	q := Question{Turns: r.turns(), Asks: asks(r.Text), Locale: "en"}
	in := guard.Input{Locale: "en"}
	for _, h := range hits {
		in.Passages = append(in.Passages, h.Passage)
	}
	answer, why := Extract(q, hits, in)
	parts := make([]string, len(answer))
	for i, s := range answer {
		parts[i] = s.Text
	}
	return strings.Join(parts, " "), why, answer
}

// TestReplyF1 measures token F1 with the agents' replies on doc2dial; an
// abstention counts 0. The best two sentences of the top passage reach .235.
func TestReplyF1(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for seconds")
	}
	dir := dataDir(t)
	ix := newBM25(readLines[corpusRow](t, dir, "doc2dial", "corpus.jsonl"))
	rows := readLines[queryRow](t, dir, "doc2dial", "dev", "queries.jsonl")
	sum, part, abstained, words := 0.0, 0.0, 0, 0
	first, firsts := 0.0, 0.0
	var took time.Duration
	for i, r := range rows {
		hits := ix.search(r.turns(), wanted)
		start := time.Now()
		text, why, _ := extractText(r, hits)
		took += time.Since(start)
		if why != "" {
			abstained++
		} else {
			sum += f1(text, r.Reply)
		}
		if len(r.History) == 0 {
			firsts++
			if why == "" {
				first += f1(text, r.Reply)
			}
		}
		words += len(strings.Fields(text))
		if i == 499 {
			part = sum / 500
		}
	}
	n := float64(len(rows))
	t.Logf("token F1 %.4f (first 500: %.4f) over %d, first turns %.4f, abstained %d, %.1f words, %d µs a draft", sum/n, part, len(rows), first/firsts, abstained, float64(words)/n, took.Microseconds()/int64(len(rows)))
	if sum/n < .235 {
		t.Errorf("token F1 %.4f is below the reference", sum/n)
	}
}

// TestAbstention prints how well support tells answerable questions from others,
// and what the chosen threshold does.
func TestAbstention(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for seconds")
	}
	dir := dataDir(t)
	type set struct{ yes, no []float64 }
	sets := map[string]*set{"doc2dial/clinc oos": {}, "clapnq": {}, "mtrag": {}}
	d2d := newBM25(readLines[corpusRow](t, dir, "doc2dial", "corpus.jsonl"))
	for _, r := range readLines[queryRow](t, dir, "doc2dial", "dev", "queries.jsonl") {
		sets["doc2dial/clinc oos"].yes = append(sets["doc2dial/clinc oos"].yes, support(Question{Turns: r.turns(), Locale: "en"}, d2d.search(r.turns(), wanted)))
	}
	for _, r := range readLines[struct{ Text, Intent string }](t, dir, "oos", "clinc150", "dev", "val.jsonl") {
		s := sets["doc2dial/clinc oos"]
		s.no = append(s.no, support(Question{Turns: []pipeline.Turn{{Text: r.Text}}, Locale: "en"}, d2d.search([]pipeline.Turn{{Text: r.Text}}, wanted)))
	}
	for _, name := range []string{"clapnq", "mtrag"} {
		byDomain := map[string][]corpusRow{}
		for _, r := range readLines[corpusRow](t, dir, name, "corpus.jsonl") {
			byDomain[r.Meta.Domain] = append(byDomain[r.Meta.Domain], r)
		}
		ix := map[string]*bm25{}
		var all []corpusRow
		for d, rows := range byDomain {
			ix[d] = newBM25(rows)
			all = append(all, rows...)
		}
		ix[""] = newBM25(all)
		for _, r := range readLines[queryRow](t, dir, name, "dev", "queries.jsonl") {
			x := ix[r.Domain]
			if x == nil {
				x = ix[""]
			}
			v := support(Question{Turns: r.turns(), Locale: "en"}, x.search(r.turns(), wanted))
			switch strings.ToUpper(r.Answerability) {
			case "ANSWERABLE":
				sets[name].yes = append(sets[name].yes, v)
			case "UNANSWERABLE":
				sets[name].no = append(sets[name].no, v)
			}
		}
	}
	for name, s := range sets {
		line := fmt.Sprintf("%-20s AUC %.3f (%d, %d)", name, auc(s.yes, s.no), len(s.yes), len(s.no))
		for _, th := range []float64{.2, .25, .3, minSupport, .4, .45, .5, .6} {
			line += fmt.Sprintf("  %.2f: lost %.3f caught %.3f", th, below(s.yes, th), below(s.no, th))
		}
		t.Log(line)
	}
}

func auc(yes, no []float64) float64 {
	if len(yes) == 0 || len(no) == 0 {
		return 0
	}
	slices.Sort(no)
	sum := 0.0
	for _, y := range yes {
		lo, _ := slices.BinarySearch(no, y)
		hi := lo
		for hi < len(no) && no[hi] == y {
			hi++
		}
		sum += float64(lo) + float64(hi-lo)/2
	}
	return sum / float64(len(yes)) / float64(len(no))
}

func below(v []float64, th float64) float64 {
	n := 0.0
	for _, x := range v {
		n += b2f(x < th)
	}
	return n / float64(max(len(v), 1))
}
