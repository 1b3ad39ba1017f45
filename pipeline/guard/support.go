package guard

import (
	"fmt"
	"regexp"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// MinSupport is the least share of a sentence's content words that its quotes
// must hold. It was chosen for the best balanced accuracy of "unsupported" on
// one half of BEGIN, WiCE and MTRAG faithfulness and read off on the other half
// (TestSupportOnGroundingSets prints the figures).
const MinSupport = 0.66

// Support returns the share in [0,1] of the content words of claim, each counted
// once, that stand in evidence, compared by stem. Numbers weigh twice. A claim
// without content words has support 1.
func Support(claim, evidence, lang string) float64 {
	return share(claim, contents(evidence, lang), lang)
}

func share(claim string, have map[string]bool, lang string) float64 {
	total, held := 0.0, 0.0
	for w := range contents(claim, lang) {
		weight := 1.0
		if w[0] >= '0' && w[0] <= '9' {
			weight = 2
		}
		total += weight
		if have[w] {
			held += weight
		}
	}
	if total == 0 {
		return 1
	}
	return held / total
}

// bareURL is left out of the comparison: links have a check of their own.
var bareURL = regexp.MustCompile(`(?i)\bhttps?://\S+|\S+@\S+`)

// checkSupport compares each sentence with its quotes; the quotes' section
// headings count as evidence, since sentences are read under them.
func checkSupport(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 {
			continue
		}
		have := contents(text.Plain(c.evidence(i)), c.lang)
		for _, r := range s.Receipts {
			if p, ok := c.given[r.Passage]; ok {
				for w := range contents(p.Section(), c.lang) {
					have[w] = true
				}
			}
		}
		if sup := share(bareURL.ReplaceAllString(s.Text, " "), have, c.lang); sup < MinSupport {
			out = append(out, at("support", pipeline.Block, i, fmt.Sprintf("The quote holds only %.0f %% of the sentence.", sup*100)))
		}
	}
	return out
}

// contents returns the set of stems of a text, without stop words.
func contents(said, lang string) map[string]bool {
	out := map[string]bool{}
	for _, w := range text.Words(said, lang) {
		if w.Stem != "" {
			out[w.Stem] = true
		}
	}
	return out
}
