package guard

import (
	"fmt"
	"strconv"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/guard/quantity"
	"footnote/pipeline/text"
)

// figures are the quantities that a piece of evidence holds.
type figures struct {
	all    []quantity.Quantity
	units  map[string]bool
	months map[int]string
}

func figuresOf(said, lang string) figures {
	said = Reveal(said)
	return figures{quantity.Read(said, lang), quantity.UnitsOf(said), quantity.Months(said)}
}

// lacking is what a claim says in numbers that its evidence does not.
type lacking struct {
	missing, counts, differs []string // counts: small numbers in words, which may count what the source lists
}

// lacks compares the quantities and months of a claim with the evidence.
func (f figures) lacks(claim, lang string) (out lacking) {
	claim = Reveal(claim)
	for _, q := range quantity.Read(claim, lang) {
		switch q.In(f.all, f.units) {
		case quantity.Missing:
			if q.Words && q.Unit == "" && q.Kind == quantity.Amount && len(q.Values[0]) == 1 && !f.rival(q) {
				out.counts = append(out.counts, q.Raw)
			} else {
				out.missing = append(out.missing, q.Raw)
			}
		case quantity.OtherSign:
			out.differs = append(out.differs, q.Raw+" (another sign)")
		case quantity.OtherUnit:
			out.differs = append(out.differs, q.Raw+" "+q.Unit+" (another unit)")
		case quantity.OtherPeriod:
			out.differs = append(out.differs, q.Raw+" per "+q.Per+" (another period)")
		case quantity.OtherZone:
			out.differs = append(out.differs, q.Raw+" "+q.Zone+" (another time zone)")
		case quantity.None:
		}
	}
	for n, word := range quantity.Months(claim) {
		if _, ok := f.months[n]; !ok && !f.dated(n) {
			out.missing = append(out.missing, word)
		}
	}
	return out
}

// dated tells that the evidence names a month in digits.
func (f figures) dated(month int) bool {
	for _, q := range f.all {
		for _, v := range q.Values {
			if _, m, ok := strings.Cut(v, "."); q.Kind == quantity.Date && ok && m == strconv.Itoa(month) {
				return true
			}
		}
	}
	return false
}

// rival tells that the evidence has another number in words or digits for a number
// in words: "after two attempts" of "after five attempts".
func (f figures) rival(q quantity.Quantity) bool {
	for _, o := range f.all {
		if o.Kind == quantity.Amount && o.Unit == q.Unit && len(o.Values[0]) <= 2 {
			return true
		}
	}
	return false
}

// checkNumbers wants every number of a sentence in its quotes (or in the headings
// above them), with the same sign, unit, period and zone, and bound to the same thing.
func checkNumbers(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 || c.verbatim(i) {
			continue
		}
		var lines []string
		for _, p := range c.proofs[i] {
			lines = append(lines, p.above...)
			lines = append(lines, strings.Split(p.plain, "\n")...)
		}
		heads := ""
		for _, r := range s.Receipts {
			heads += "\n" + c.given[r.Passage].Section()
		}
		lack := figuresOf(strings.Join(lines, "\n")+heads, c.lang).lacks(s.Text, c.lang)
		if len(lack.missing) > 0 {
			out = append(out, at("number", pipeline.Block, i, "Not in the quote: "+strings.Join(lack.missing, ", ")+"."))
		}
		if len(lack.differs) > 0 {
			out = append(out, at("number", pipeline.Block, i, "The quote says otherwise: "+strings.Join(lack.differs, ", ")+"."))
		}
		if len(lack.counts) > 0 {
			out = append(out, at("number", pipeline.Warn, i, "Not in the quote: "+strings.Join(lack.counts, ", ")+"; count."))
		}
		if len(lack.missing)+len(lack.differs) == 0 {
			if a, b := swapped(s.Text, lines, c.lang); a != "" {
				out = append(out, at("number", pipeline.Block, i, fmt.Sprintf("The quote says “%s” of something else: “%s”.", a, named(b))))
			}
		}
	}
	return out
}

// swapped finds a number of a claim that its source has, of something else: words
// beside it stand in the source only beside another number of its kind, and none
// beside it alone.
func swapped(claim string, source []string, lang string) (number, there string) {
	var have []bound
	for _, line := range source {
		have = append(have, bounds(Reveal(line), lang)...)
	}
	for _, b := range bounds(Reveal(claim), lang) {
		own, rivals := map[string]bool{}, map[string]bool{}
		for _, h := range have {
			switch {
			case h.Kind != b.Kind && h.Unit != b.Unit:
			case b.Same(h.Quantity):
				for w := range h.about {
					own[w] = true
				}
				there = h.said
			case h.Unit == b.Unit:
				for w := range h.about {
					rivals[w] = true
				}
			}
		}
		mine, theirs := false, false
		for w := range b.about {
			mine = mine || own[w] && !rivals[w]
			theirs = theirs || rivals[w] && !own[w]
		}
		if theirs && !mine && len(own) > 0 {
			return b.Raw, there
		}
	}
	return "", ""
}

// bound is a number with the stems that it is said of.
type bound struct {
	quantity.Quantity
	about map[string]bool
	said  string
}

// bounds cuts a sentence between numbers of the same kind and unit, and returns each
// number with the words of its part.
func bounds(said, lang string) []bound {
	said = quantity.Digits(said)
	qs := quantity.Read(said, lang)
	var out []bound
	for i, q := range qs {
		from, to := 0, len(said)
		for j, o := range qs {
			if o.Kind != q.Kind || o.Unit != q.Unit {
				continue
			}
			if j < i {
				from = max(from, parting(said, o.End, q.Start))
			} else if j > i {
				to = min(to, parting(said, q.End, o.Start))
			}
		}
		if from < 0 || to < 0 {
			continue
		}
		b := bound{Quantity: q, about: map[string]bool{}, said: strings.Trim(said[from:to], " ,;.")}
		for _, w := range text.Words(said[from:to], lang) {
			if w.Stem != "" && (w.Stem[0] < '0' || w.Stem[0] > '9') {
				b.about[w.Stem] = true
			}
		}
		out = append(out, b)
	}
	return out
}

// parting is where what is said of one number ends and of the next begins: behind
// the last mark or joining word between them, or in the middle.
func parting(said string, from, to int) int {
	between := said[from:to]
	best := -1
	for _, mark := range []string{"; ", ". ", ", ", " and ", " or ", " but ", " while ", " und ", " oder ", " y ", " o ", " et ", " ou ", " e ", " en ", " of ", "\n", " | "} {
		if k := strings.LastIndex(between, mark); k >= 0 && k > best {
			best = k
		}
	}
	if best < 0 {
		return from + len(between)/2
	}
	return from + best + 1
}

// checkTextNumbers warns of numbers in a person's reply that no cited passage has.
func checkTextNumbers(c *checked) []pipeline.Finding {
	var evidence strings.Builder
	for _, p := range c.cited {
		evidence.WriteString(p.Section() + "\n" + text.Plain(p.Text) + "\n")
	}
	lack := figuresOf(evidence.String(), c.lang).lacks(c.text, c.lang)
	if missing := append(append(lack.missing, lack.counts...), lack.differs...); len(missing) > 0 {
		return one("number", pipeline.Warn, "In no cited source: "+strings.Join(missing, ", ")+".")
	}
	return nil
}
