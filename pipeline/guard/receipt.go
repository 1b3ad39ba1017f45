package guard

import (
	"slices"

	"footnote/pipeline"
)

// checkReceipts wants every receipt to name a passage that was given, in the
// version that was given, and its quote to stand at exactly its offsets and to be
// whole. A heading states nothing.
func checkReceipts(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		for _, r := range s.Receipts {
			p, ok := c.given[r.Passage]
			switch {
			case !ok:
				out = append(out, at("receipt", pipeline.Block, i, "The cited passage is not among those found."))
			case r.Version != p.Version || r.Document != p.Document:
				out = append(out, at("receipt", pipeline.Block, i, "The receipt names another document or version than its passage."))
			case r.URL != "" && r.URL != p.URL:
				out = append(out, at("receipt", pipeline.Block, i, "The receipt's link is not its document's."))
			case r.Start < 0 || r.End > len(p.Text) || r.Start >= r.End || p.Text[r.Start:r.End] != r.Quote:
				out = append(out, at("receipt", pipeline.Block, i, "The quote does not stand in the passage."))
			case widenAmong(c.read[p.ID], p.Text, Span{r.Start, r.End}).Span != Span{r.Start, r.End}:
				out = append(out, at("receipt", pipeline.Block, i, "The quote is cut out of its sentence."))
			}
		}
		if ps := c.proofs[i]; len(ps) > 0 && !slices.ContainsFunc(ps, func(p proof) bool { return p.kind != inHeading }) {
			out = append(out, at("receipt", pipeline.Block, i, "The quote is a heading, which states nothing."))
		}
	}
	return out
}
