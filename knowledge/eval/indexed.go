package eval

import (
	"context"
	"iter"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Index puts the corpus of a set into an empty index, for what asks it more than
// rankings: drafts. done drops it. As pages of a help centre the rows go through
// cleaning; otherwise they are kept byte for byte, so that gold spans fit.
func (s *Set) Index(ctx context.Context, open Open, pages bool) (_ Index, done func(), err error) {
	ix, done, err := open(ctx)
	if err != nil {
		return nil, nil, err
	}
	docs, _ := raws(s.Documents)
	if pages {
		for i := range docs {
			docs[i].Verbatim, docs[i].Media = false, knowledge.Markdown
		}
	}
	if _, err := ix.Sync(ctx, knowledge.Feed{Name: sourceName, Kind: "set", Source: listed(docs), Settings: knowledge.Settings{Audience: pipeline.Public}}); err != nil {
		done()
		return nil, nil, err
	}
	return ix, done, nil
}

// Spread leaves n of the questions, evenly spread; 0 leaves all.
func (s *Set) Spread(n int) { s.Queries = spread(s.Queries, n) }

// Golden compares what drafts cite with the gold spans of a set.
type Golden struct{ r run }

// NewGolden reads the texts of a set with spans.
func NewGolden(s *Set) *Golden {
	g := &Golden{run{set: s, texts: map[string]string{}}}
	for _, d := range s.Documents {
		g.r.texts[d.ID] = d.Text
	}
	return g
}

// Covers tells whether a passage holds enough of a question's gold span to be a right
// one to cite.
func (g *Golden) Covers(query string, p pipeline.Passage) bool {
	return g.r.covers(p, g.r.set.Spans[query])
}

// Share of a question's gold spans that parts of documents hold, in [0,1]; each part is
// bytes of a document's cleaned text.
func (g *Golden) Share(query string, parts iter.Seq2[string, [2]int]) float64 {
	total, held := 0, 0
	for _, sp := range g.r.set.Spans[query] {
		in := make([]bool, sp.End-sp.Start)
		for document, part := range parts {
			if strings.TrimPrefix(document, sourceName+"/") != sp.Document {
				continue
			}
			from, to := runeSpan(g.r.texts[sp.Document], part[0], part[1])
			for i := max(from, sp.Start); i < min(to, sp.End); i++ {
				if !in[i-sp.Start] {
					in[i-sp.Start] = true
					held++
				}
			}
		}
		total += len(in)
	}
	return float64(held) / float64(max(total, 1))
}
