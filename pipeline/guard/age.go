package guard

import (
	"fmt"

	"footnote/pipeline"
)

// oldAfter is how long an owner's word for a page is taken without a remark.
const oldAfter = 24 // months

// checkAge warns of cited pages that their owner last vouched for long ago. It
// needs the time of the draft; pages that were never reviewed say nothing.
func checkAge(c *checked) []pipeline.Finding {
	now := c.Draft.CreatedAt
	if now.IsZero() {
		return nil
	}
	var out []pipeline.Finding
	said := map[string]bool{}
	for i, s := range c.Draft.Sentences {
		for _, r := range s.Receipts {
			p, ok := c.given[r.Passage]
			if !ok || said[p.Document] || p.ReviewedAt.IsZero() || p.ReviewedAt.AddDate(0, oldAfter, 0).After(now) {
				continue
			}
			said[p.Document] = true
			out = append(out, at("age", pipeline.Warn, i, fmt.Sprintf("“%s” was last reviewed in %s: check that it still holds.", p.Title, p.ReviewedAt.Format("January 2006"))))
		}
	}
	return out
}
