package guard

import (
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// proof is what a receipt stands for: the whole of its quote, read on the
// passage and not taken from the receipt, so that no check sees less.
type proof struct {
	passage pipeline.Passage
	Whole
	kind form
	// above are the lines that it is read under, in plain words.
	above []string
	// plain is the whole in plain words; a table's row is read aloud.
	plain string
	raw   string // lines above and whole, as they stand
}

// proofsOf reads the receipts of a sentence. One that names no passage given or
// no place in it proves its own words only; checkReceipts has blocked it.
func proofsOf(s pipeline.Sentence, given map[string]pipeline.Passage, read map[string][]statement) []proof {
	var out []proof
	seen := map[string]bool{}
	for _, r := range s.Receipts {
		p, ok := given[r.Passage]
		if !ok || r.Start < 0 || r.End > len(p.Text) || r.Start >= r.End {
			out = append(out, proof{plain: text.Plain(r.Quote), raw: r.Quote})
			continue
		}
		us, ok := read[p.ID]
		if !ok {
			us = statements(p.Text)
			read[p.ID] = us
		}
		out = append(out, proofAt(us, p, Span{r.Start, r.End}, given))
	}
	for _, pr := range out { // a line above is no statement of its own where what stands under it is cited
		for _, a := range pr.Above {
			seen[pr.passage.ID+pr.passage.Text[a.Start:a.End]] = true
		}
	}
	left := out[:0]
	for _, pr := range out {
		if pr.passage.ID == "" || !seen[pr.passage.ID+pr.passage.Text[pr.Start:pr.End]] {
			left = append(left, pr)
		}
	}
	return left
}

func proofAt(us []statement, p pipeline.Passage, quote Span, given map[string]pipeline.Passage) proof {
	pr := proof{passage: p, Whole: widenAmong(us, p.Text, quote)}
	var plain, raw []string
	for _, a := range pr.Above {
		pr.above = append(pr.above, text.Plain(p.Text[a.Start:a.End]))
		raw = append(raw, p.Text[a.Start:a.End])
	}
	for _, u := range us {
		if u.Start >= pr.End || u.End <= pr.Start {
			continue
		}
		pr.kind = u.kind
		line := p.Text[u.Start:u.End]
		if u.kind == inTable && len(u.above) > 0 {
			plain = append(plain, Row(p.Text[u.above[0].Start:u.above[0].End], line))
			continue
		}
		plain = append(plain, text.Plain(line))
		if u.opens && len(pr.above) == 0 {
			if before, at, ok := introduction(p, given); ok {
				pr.above, raw = append(pr.above, text.Plain(before.Text[at.Start:at.End])), append(raw, before.Text[at.Start:at.End])
			}
		}
		if len(pr.above) == 0 && len(pr.Above) == 0 {
			if h := headingOver(p, u); commands(h) {
				pr.above = append(pr.above, h)
			}
		}
	}
	pr.plain = strings.Join(plain, "\n")
	pr.raw = strings.Join(append(raw, p.Text[pr.Start:pr.End]), "\n")
	return pr
}

// Introduction finds, for a quote from a list that begins its passage, the line
// at the end of the passage before that introduces the list.
func Introduction(p pipeline.Passage, quote Span, given []pipeline.Passage) (before pipeline.Passage, at Span, ok bool) {
	us := statements(p.Text)
	for _, u := range us {
		if u.Start < quote.End && u.End > quote.Start && u.opens && len(u.above) == 0 {
			byID := map[string]pipeline.Passage{}
			for _, g := range given {
				byID[g.ID] = g
			}
			return introduction(p, byID)
		}
	}
	return before, at, false
}

func introduction(p pipeline.Passage, given map[string]pipeline.Passage) (before pipeline.Passage, at Span, ok bool) {
	for _, g := range given {
		if g.Document != p.Document || g.Version != p.Version || g.Ordinal+1 != p.Ordinal {
			continue
		}
		us := statements(g.Text)
		if len(us) == 0 {
			return before, at, false
		}
		last := us[len(us)-1]
		if last.kind == inProse && introduces(g.Text[last.Start:last.End]) {
			return g, last.Span, true
		}
	}
	return before, at, false
}

// headingOver is the heading that introduces a list which nothing else does.
func headingOver(p pipeline.Passage, u statement) string {
	switch {
	case u.kind != inItems:
		return ""
	case u.heading.End > 0:
		return text.Plain(p.Text[u.heading.Start:u.heading.End])
	case u.opens && len(p.Heading) > 0:
		return p.Heading[len(p.Heading)-1]
	}
	return ""
}

// commands tells a heading that forbids what stands under it ("Never do this")
// from one that names a trouble ("The reader does not connect").
func commands(heading string) bool {
	ws := text.Words(heading, "")
	for i, w := range ws[:min(len(ws), 2)] {
		for _, l := range polar {
			if l.clause[w.Text] || l.phrase[w.Text] {
				return !strings.HasSuffix(heading, "?") && (i == 0 || imperative[ws[0].Text])
			}
		}
	}
	return false
}

var imperative = text.WordSet("do please bitte what things por was cose cosas choses wat dingen")

// Cells splits a table's row at its bars and returns each cell in plain words.
func Cells(row string) []string {
	row = strings.TrimSpace(row)
	row = strings.TrimPrefix(row, "|")
	if strings.HasSuffix(row, "|") && !strings.HasSuffix(row, `\|`) {
		row = row[:len(row)-1]
	}
	var out []string
	from := 0
	for i := 0; i <= len(row); i++ {
		if i == len(row) || row[i] == '|' && (i == 0 || row[i-1] != '\\') {
			out = append(out, text.Plain(strings.ReplaceAll(row[from:i], `\|`, "|")))
			from = i + 1
		}
	}
	return out
}

// Row reads a table's row under its header: "Plan Team; Price: 29 €; Phone: no".
func Row(header, row string) string {
	names := Cells(header)
	var parts []string
	for i, c := range Cells(row) {
		switch {
		case c == "":
		case i < len(names) && names[i] != "" && i > 0:
			parts = append(parts, names[i]+": "+c)
		case i == 0 && len(names) > 0:
			parts = append(parts, strings.TrimSpace(names[0]+" "+c))
		default:
			parts = append(parts, c)
		}
	}
	return strings.Join(parts, "; ")
}

// evidence is everything that a sentence's receipts stand for, as it stands in
// the sources.
func (c *checked) evidence(i int) string {
	parts := make([]string, len(c.proofs[i]))
	for k, p := range c.proofs[i] {
		parts[k] = p.raw
	}
	return strings.Join(parts, "\n")
}

// verbatim tells a sentence that is all its source says: there is nothing to compare.
func (p proof) verbatim(said string) bool {
	bare := func(s string) string { return strings.TrimRight(itemMark.ReplaceAllString(text.Plain(s), ""), ".:; ") }
	return len(p.above) == 0 && bare(p.plain) == bare(said)
}

// verbatim tells that sentence i is all that one of its sources says.
func (c *checked) verbatim(i int) bool {
	return slices.ContainsFunc(c.proofs[i], func(p proof) bool { return p.verbatim(c.Draft.Sentences[i].Text) })
}
