package cards

import (
	"fmt"
	"strings"

	"footnote/bots/slack/sample"
)

// Samples are cards and their threads of made-up drafts; page is their ticket's page in the
// console, or "".
func Samples(page string) []sample.Sample {
	var out []sample.Sample
	for _, s := range sample.Cases() {
		out = append(out, sample.Message("card-"+s.Name, render(s.Review, s.Past, page).Rich()))
		for i, n := range threadOf(s.Review, s.Past) {
			kind, _, _ := strings.Cut(n.key, "/")
			out = append(out, sample.Message(fmt.Sprintf("thread-%s-%d-%s", s.Name, i+1, kind), n.says.Rich()))
		}
		if s.Name == "typical" {
			out = append(out, sample.Message("card-typical-plain", render(s.Review, s.Past, page).Simple()))
		}
	}
	return out
}
