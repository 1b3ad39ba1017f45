package guard

import (
	"fmt"
	"regexp"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// bareURL is left out of the comparison: links have a check of their own.
var bareURL = regexp.MustCompile(`(?i)\bhttps?://\S+|\S+@\S+`)

// checkSupport compares each sentence with its quotes; the quotes' section
// headings count as evidence, since sentences are read under them, and so does what
// the customer wrote.
func checkSupport(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 || c.verbatim(i) {
			continue
		}
		evidence := text.Plain(c.evidence(i))
		for _, r := range s.Receipts {
			if p, ok := c.given[r.Passage]; ok {
				evidence += "\n" + p.Section()
			}
		}
		switch p := grounding.Probability(Signals(bareURL.ReplaceAllString(text.Plain(s.Text), " "), evidence, c.lang)); {
		case p < grounding.Block:
			out = append(out, at("support", pipeline.Block, i, fmt.Sprintf("The quote does not say this (%.0f %% likely that it does).", p*100)))
		case p < grounding.Warn:
			out = append(out, at("support", pipeline.Warn, i, fmt.Sprintf("Compare: it is %.0f %% likely that the quote says this.", p*100)))
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
