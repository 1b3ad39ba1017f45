package drafting

import (
	"fmt"
	"slices"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
)

// receipt cites bytes [start, end) of a passage.
func receipt(p pipeline.Passage, at guard.Span) pipeline.Receipt {
	return pipeline.Receipt{Passage: p.ID, Document: p.Document, Version: p.Version, Quote: p.Text[at.Start:at.End], Start: at.Start, End: at.End,
		Title: p.Title, Section: p.Section(), URL: p.URL, Audience: p.Audience}
}

// proven adds the receipts of a quote to those of a sentence: the whole sentence
// that it stands in, and the lines that this is read under. Each is added once.
func proven(have []pipeline.Receipt, p pipeline.Passage, quote guard.Span, given []pipeline.Passage) []pipeline.Receipt {
	whole := guard.Widen(p.Text, quote)
	var rs []pipeline.Receipt
	if before, at, ok := guard.Introduction(p, whole.Span, given); ok {
		rs = append(rs, receipt(before, at))
	}
	for _, a := range whole.Above {
		rs = append(rs, receipt(p, guard.Widen(p.Text, a).Span))
	}
	for _, r := range append(rs, receipt(p, whole.Span)) {
		if !slices.ContainsFunc(have, func(h pipeline.Receipt) bool { return h.Passage == r.Passage && h.Start == r.Start && h.End == r.End }) {
			have = append(have, r)
		}
	}
	return have
}

// minWords is the least number of words that prove anything, unless their
// sentence has no more.
const minWords = 3

// part is a model's quote and the whole that it is cut from.
type part struct {
	passage string
	whole   guard.Span
	words   int     // of the quote
	share   float64 // of the words of its whole
}

func partOf(p pipeline.Passage, quote guard.Span, lang string) part {
	whole := guard.Widen(p.Text, quote).Span
	n := len(text.Words(text.Plain(p.Text[quote.Start:quote.End]), lang))
	return part{passage: p.ID, whole: whole, words: n, share: float64(n) / float64(max(len(text.Words(text.Plain(p.Text[whole.Start:whole.End]), lang)), 1))}
}

// fragment says why the parts that a model quoted for sentence i prove nothing:
// single words, or pieces of different sentences put together.
func fragment(i int, parts []part) (problems problems) {
	pieces := false
	for _, p := range parts {
		if p.words < minWords && p.share < 1 {
			problems = append(problems, fmt.Sprintf("Sentence %d: a quote of %d words proves nothing; quote the whole sentence.", i+1, p.words))
		}
		pieces = pieces || p.share < .5
	}
	apart := slices.ContainsFunc(parts, func(p part) bool { return p.passage != parts[0].passage || p.whole != parts[0].whole })
	if pieces && apart && len(problems) == 0 {
		problems = append(problems, fmt.Sprintf("Sentence %d joins pieces of different sentences; quote each sentence whole.", i+1))
	}
	return problems
}
