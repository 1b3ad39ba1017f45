package guard

import (
	"fmt"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// roles are the words that stand between who does something and what is done.
var roles = text.WordSet(`can cannot can't may might must shall should will won't could would need needs
	kann können darf dürfen muss müssen soll sollen wird werden
	puede pueden debe deben podrá podrán
	peut peuvent doit doivent pourra pourront
	può possono deve devono
	pode podem deve devem
	kan kunnen mag mogen moet moeten zal zullen`)

// passive are words that turn who does something and to whom it is done round.
var passive = text.WordSet("by be been being von durch werden wird wurde por ser sido par être été da viene essere door worden wordt")

// anybody are the words that name nobody in particular.
var anybody = text.WordSet(`you we they it he she i this that these those one who which there sie wir er es man ihr dies diese der die das usted ustedes nosotros ellos ellas se vous nous ils elles il elle on qui
	lei loro noi voi si você vocês nós eles elas u jij je wij we ze zij men hij`)

// maxWho is how many content words name who does something; more are no name.
const maxWho = 3

// act is who does what, read off around the word that stands between them.
type act struct {
	who     map[string]bool
	what    []string
	passive bool
	text    string
}

// actsOf finds the acts of a text, clause by clause.
func actsOf(said, lang string) []act {
	var out []act
	for _, s := range Split(said) {
		ws := text.Words(s, lang)
		from := 0
		for i, w := range ws {
			if i > from && strings.ContainsAny(s[ws[i-1].End:w.Start], ",;:()–—") {
				from = i
			}
			if i < from || !roles[w.Text] {
				continue
			}
			a := act{who: map[string]bool{}}
			if i > from && anybody[ws[i-1].Text] {
				from = i + 1
				continue
			}
			for _, x := range ws[from:i] {
				if x.Stem != "" {
					a.who[x.Stem] = true
				}
			}
			end := i + 1
			for end < len(ws) && !strings.ContainsAny(s[ws[end-1].End:ws[end].Start], ",;:()–—") {
				if ws[end].Stem != "" {
					a.what = append(a.what, ws[end].Stem)
				}
				a.passive = a.passive || end <= i+2 && passive[ws[end].Text]
				end++
			}
			a.passive = a.passive || passive[ws[end-1].Text] // German puts it last
			if len(a.who) > 0 && len(a.who) <= maxWho && len(a.what) > 0 {
				a.text = s[ws[from].Start:ws[end-1].End]
				out = append(out, a)
			}
			from = end
		}
	}
	return out
}

// checkRoles blocks a sentence that lets somebody else do what its source says:
// most of what is done is the same, and nobody of those who do it.
func checkRoles(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 {
			continue
		}
		var there []act
		for _, p := range c.proofs[i] {
			there = append(there, actsOf(p.plain, c.lang)...)
		}
		for _, a := range actsOf(text.Plain(s.Text), c.lang) {
			same, other := false, ""
			for _, b := range there {
				if a.passive != b.passive || !alike(a.what, b.what) {
					continue
				}
				if shared(a.who, b.who) > 0 {
					same = true
				} else {
					other = b.text
				}
			}
			if other != "" && !same {
				out = append(out, at("negation", pipeline.Block, i, fmt.Sprintf("The source says who may: “%s”; the sentence says “%s”.", named(other), named(a.text))))
				break
			}
		}
	}
	return out
}

// alike tells that most of each of two lists of stems is in the other.
func alike(a, b []string) bool {
	in := map[string]bool{}
	for _, w := range b {
		in[w] = true
	}
	n := 0
	for _, w := range a {
		if in[w] {
			n++
		}
	}
	return n >= 1 && float64(n) >= .6*float64(max(len(a), len(b)))
}
