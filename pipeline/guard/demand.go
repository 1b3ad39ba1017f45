package guard

import (
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text/demand"
)

var demandWords = map[demand.Kind]string{
	demand.Secret:  "Asks the customer to hand over a secret: ",
	demand.Machine: "Speaks to a machine, not to the customer: ",
}

// checkDemands blocks sentences that ask customers for a secret or speak to a machine,
// whoever wrote the page that they stand in. A person may write such a sentence and
// confirms it; what a cited page says so is blocked in a person's words, too.
func checkDemands(c *checked) []pipeline.Finding {
	if c.Agent {
		return nil
	}
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		for _, d := range demand.Find(s.Text) {
			out = append(out, at("demand", c.demanded(d), i, demandWords[d.Kind]+clip(d.Sentence, 120)))
			break
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, d := range demand.Find(strings.ReplaceAll(c.text, "\n", " ")) { // spread over sentences
		return []pipeline.Finding{at("demand", c.demanded(d), -1, demandWords[d.Kind]+clip(d.Sentence, 120))}
	}
	return nil
}

func (c *checked) demanded(d demand.Demand) pipeline.Severity {
	if !c.human {
		return pipeline.Block
	}
	said := squash(d.Sentence)
	for _, p := range c.cited {
		for _, own := range demand.Find(p.Text) {
			if own.Kind == d.Kind && sameWords(said, squash(own.Sentence)) {
				return pipeline.Block
			}
		}
	}
	return pipeline.Confirm
}

// sameWords tells whether most of one text stands in the other, by runs of eight letters.
func sameWords(a, b string) bool {
	const n = 8
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) <= n {
		return strings.Contains(b, a)
	}
	same := 0
	for i := 0; i+n <= len(a); i++ {
		if strings.Contains(b, a[i:i+n]) {
			same++
		}
	}
	return 2*same > len(a)-n
}
