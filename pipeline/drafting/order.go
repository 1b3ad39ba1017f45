package drafting

import (
	"slices"

	"footnote/pipeline"
)

// readingOrder returns the hits' indexes so that adjacent passages of one
// document stand together as they are read; groups stand best first.
func readingOrder(hits []pipeline.Hit) []int {
	var out []int
	taken := make([]bool, len(hits))
	for i := range hits {
		if taken[i] {
			continue
		}
		group := []int{i}
		taken[i] = true
		for grown := true; grown; {
			grown = false
			for j := range hits {
				if !taken[j] && slices.ContainsFunc(group, func(k int) bool {
					return follows(hits[k].Passage, hits[j].Passage) || follows(hits[j].Passage, hits[k].Passage)
				}) {
					group, taken[j], grown = append(group, j), true, true
				}
			}
		}
		slices.SortFunc(group, func(a, b int) int { return hits[a].Passage.Ordinal - hits[b].Passage.Ordinal })
		out = append(out, group...)
	}
	return out
}

// follows tells whether b is the next passage of a's document version.
func follows(a, b pipeline.Passage) bool {
	return a.Document == b.Document && a.Version == b.Version && b.Ordinal == a.Ordinal+1
}

// continues tells whether hit b goes on with the section that hit a ends in.
func continues(hits []pipeline.Hit, a, b int) bool {
	return follows(hits[a].Passage, hits[b].Passage) && !headingRE.MatchString(hits[b].Passage.Text)
}

// arranged returns the hits in reading order.
func arranged(hits []pipeline.Hit) []pipeline.Hit {
	out := make([]pipeline.Hit, 0, len(hits))
	for _, i := range readingOrder(hits) {
		out = append(out, hits[i])
	}
	return out
}

// foundOnly is the hits up to the first that only stands beside another.
func foundOnly(hits []pipeline.Hit) []pipeline.Hit {
	if i := slices.IndexFunc(hits, func(h pipeline.Hit) bool { return h.Beside }); i >= 0 {
		return hits[:i]
	}
	return hits
}
