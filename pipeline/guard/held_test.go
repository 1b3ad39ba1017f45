package guard

import (
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
)

// maxHeld is the share of true replies that may be held because their source says
// no and they do not; maxDenied of those that say no where their source does not,
// most of which conclude it from what the customer said ("Then you cannot apply").
const maxHeld, maxDenied = .02, .03

// TestTrueRepliesAreNotHeld lets people's own replies through the guards, each
// with the place in the document that its writer pointed at (often a part of a
// sentence), and supported answers with all their evidence. It prints how many of
// those that nothing else blocks are held for their polarity, and how many are
// told that a condition is missing.
func TestTrueRepliesAreNotHeld(t *testing.T) {
	dir := dataDir(t)
	type reply struct {
		ID, Reply, Text string
		History         []struct{ Role, Text string }
	}
	type place struct {
		QID, DocID string
		Start, End int // characters
	}
	type doc struct{ ID, Text string }
	docs, places := map[string][]rune{}, map[string]place{}
	for _, d := range readLines[doc](t, dir, "doc2dial", "corpus_docs.jsonl") {
		docs[d.ID] = []rune(d.Text)
	}
	for _, p := range readLines[place](t, dir, "doc2dial", "dev", "spans.jsonl") {
		places[p.QID] = p
	}
	replies := tallyOf{t: t, name: "doc2dial"}
	for _, r := range readLines[reply](t, dir, "doc2dial", "dev", "queries.jsonl") {
		at, ok := places[r.ID]
		if !ok || strings.HasSuffix(strings.TrimSpace(r.Reply), "?") {
			continue
		}
		text := docs[at.DocID]
		asked := r.Text
		for _, h := range r.History {
			if h.Role == "user" {
				asked += "\n" + h.Text
			}
		}
		from := max(0, at.Start-2000)
		before := string(text[from:at.Start])
		p := pipeline.Passage{ID: "p", Document: at.DocID, Version: 1, Audience: pipeline.Public, Text: before + string(text[at.Start:min(len(text), at.End+2000)])}
		replies.add(r.Reply, asked, p, Span{len(before), len(before) + len(strings.TrimRight(string(text[at.Start:at.End]), " \n"))})
	}
	replies.print()
	type row struct {
		Response, Label string
		Evidence        []string
	}
	for _, name := range []string{"begin", "wice"} {
		answers := tallyOf{t: t, name: name}
		for _, r := range readLines[row](t, dir, "grounding", name, "dev.jsonl") {
			if text := strings.Join(r.Evidence, "\n"); r.Label == "supported" && len(text) < 2000 {
				answers.add(r.Response, "", pipeline.Passage{ID: "p", Document: "d", Version: 1, Audience: pipeline.Public, Text: text}, Span{0, len(text)})
			}
		}
		answers.print()
	}
}

type tallyOf struct {
	t                         *testing.T
	name                      string
	all, held, denied, warned int
}

func (y *tallyOf) add(text, asked string, p pipeline.Passage, quote Span) {
	if quote.Start >= quote.End {
		return
	}
	w := Widen(p.Text, quote)
	s := pipeline.Sentence{Text: text, Receipts: []pipeline.Receipt{{Passage: p.ID, Document: p.Document, Version: 1, Quote: p.Text[w.Start:w.End], Start: w.Start, End: w.End, Audience: p.Audience}}}
	for _, a := range w.Above {
		a = Widen(p.Text, a).Span
		s.Receipts = append(s.Receipts, pipeline.Receipt{Passage: p.ID, Document: p.Document, Version: 1, Quote: p.Text[a.Start:a.End], Start: a.Start, End: a.End, Audience: p.Audience})
	}
	fs := Check(Input{Draft: pipeline.Draft{Sentences: []pipeline.Sentence{s}}, Passages: []pipeline.Passage{p}, Locale: "en", Asked: asked})
	if slices.ContainsFunc(fs, func(f pipeline.Finding) bool { return f.Severity == pipeline.Block && f.Check != "negation" }) {
		return
	}
	y.all++
	for _, f := range fs {
		if f.Check == "negation" {
			if strings.HasPrefix(f.Detail, "The source says") {
				y.held++
			} else {
				y.denied++
			}
			y.t.Logf("%s held: %q\n   from %q\n   %s", y.name, text, s.Receipts[0].Quote, f.Detail)
		}
		if f.Check == "condition" {
			y.warned++
		}
	}
}

func (y *tallyOf) print() {
	share := func(n int) float64 { return 100 * float64(n) / float64(max(y.all, 1)) }
	y.t.Logf("%s: of %d true replies %d held for what their source denies (%.1f %%), %d for a no of their own (%.1f %%), %d told of a condition (%.1f %%)",
		y.name, y.all, y.held, share(y.held), y.denied, share(y.denied), y.warned, share(y.warned))
	if share(y.held) > 100*maxHeld || share(y.denied) > 100*maxDenied {
		y.t.Errorf("%s: too many true replies are held", y.name)
	}
}
