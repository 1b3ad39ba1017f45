package drafting

import (
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// maxLinks is how many sources a reply links to.
const maxLinks = 3

// frame puts greeting, link lines and closing around an answer. In a language
// without phrases the answer stands alone, with bare links: an English greeting
// on an Italian answer helps nobody.
func frame(q Question, answer []pipeline.Sentence) []pipeline.Sentence {
	p, known := text.PhrasesIn(q.Locale)
	var out []pipeline.Sentence
	if known {
		hello := p.Hello
		if q.Name != "" && p.HelloName != "" {
			hello = strings.Replace(p.HelloName, "%s", q.Name, 1)
		}
		out = append(out, pipeline.Sentence{Text: hello, Plain: true}, pipeline.Sentence{Text: p.Thanks, Plain: true, Break: true})
	}
	for i, s := range answer {
		s.Break = s.Break || i == 0
		out = append(out, s)
	}
	seen := map[string]bool{}
	for _, s := range answer {
		for _, r := range s.Receipts {
			if r.URL == "" || r.Audience != pipeline.Public || seen[r.URL] || len(seen) == maxLinks {
				continue
			}
			out = append(out, pipeline.Sentence{Text: strings.TrimSpace(p.More + " " + r.Title + " " + r.URL), Plain: true, Break: len(seen) == 0, Line: true})
			seen[r.URL] = true
		}
	}
	if !known {
		return out
	}
	return append(out, pipeline.Sentence{Text: p.Still, Plain: true, Break: true}, pipeline.Sentence{Text: p.Regards, Plain: true, Break: true})
}

// number gives each cited passage its marker by first use.
func number(sentences []pipeline.Sentence) {
	numbers := map[string]int{}
	for i := range sentences {
		for j := range sentences[i].Receipts {
			r := &sentences[i].Receipts[j]
			if numbers[r.Passage] == 0 {
				numbers[r.Passage] = len(numbers) + 1
			}
			r.Number = numbers[r.Passage]
		}
	}
}
