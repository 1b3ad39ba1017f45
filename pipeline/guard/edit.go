package guard

import (
	"cmp"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// EditInput is a reply in a person's words, the draft it came from, and what it may
// rest on.
type EditInput struct {
	TextInput // Passages: those that the draft cites, those found beside it, those the person put in
	Draft     pipeline.Draft
	Names     []string // may stand in a greeting
	Asked     string   // what the customer wrote
}

// CheckEdit reads a person's reply sentence by sentence. One that stands as it was
// drafted keeps its receipts; one that was changed keeps them if they still prove it;
// one that is new gets the receipt of a public passage given that proves it. What
// states something and has no proof is named with a warning: the person may know
// better. So is each promise that the draft did not make. The rest is CheckText's.
func CheckEdit(in EditInput) pipeline.Edited {
	e := newEditor(in)
	var out pipeline.Edited
	if fs := CheckText(in.TextInput); len(fs) > 0 {
		if len([]rune(in.Text)) > maxReply { // a runaway: nothing else is worth the time
			return pipeline.Edited{Findings: fs}
		}
		for _, f := range fs {
			if f.Check != "commitment" && f.Check != "number" { // told by sentence, below
				out.Findings = append(out.Findings, f)
			}
		}
	}
	end := 0
	spans := SplitSpans(in.Text)
	var kept, mine pipeline.Draft
	var at []int // the sentences of mine
	for i, span := range spans {
		s, why := e.sentence(in.Text[span.Start:span.End], i == 0 || i == len(spans)-1)
		gap := in.Text[end:span.Start]
		s.Break = i > 0 && strings.Count(gap, "\n") > 1
		s.Line = i > 0 && !s.Break && strings.Contains(gap, "\n")
		end = span.End
		if out.Sentences = append(out.Sentences, s); why != "" {
			check := "support"
			if strings.HasPrefix(why, "New") {
				check = pipeline.CheckUnsourced
			}
			out.Findings = append(out.Findings, pipeline.Finding{Check: check, Severity: pipeline.Warn, Sentence: i, Detail: why})
		}
		if s.State == pipeline.EditKept {
			kept.Sentences = append(kept.Sentences, s.Sentence)
			continue
		}
		mine.Sentences, at = append(mine.Sentences, s.Sentence), append(at, i)
	}
	out.Findings = append(out.Findings, e.promises(kept, "")...)
	for _, f := range e.promises(mine, "New: ") {
		if f.Sentence >= 0 && f.Sentence < len(at) {
			f.Sentence = at[f.Sentence]
		}
		out.Findings = append(out.Findings, f)
	}
	return out
}

// editor holds what sentences are compared with.
type editor struct {
	in      EditInput
	drafted []piece
	sources []source
	numbers map[string]int // of cited passages
	given   []pipeline.Passage
	lang    string
}

// piece is one sentence of the draft, as a reader counts them.
type piece struct {
	said  string
	words map[string]int
	of    pipeline.Sentence
}

// source is one statement of a public passage.
type source struct {
	passage pipeline.Passage
	whole   Whole
	stems   map[string]bool
}

func newEditor(in EditInput) *editor {
	e := &editor{in: in, numbers: map[string]int{}}
	if e.lang = text.Detect(in.Text); e.lang == "" {
		e.lang = cmp.Or(text.BaseLanguage(in.Locale), "en")
	}
	for _, s := range in.Draft.Sentences {
		for _, p := range Split(s.Text) {
			e.drafted = append(e.drafted, piece{said: bare(p), words: counted(p), of: s})
		}
		for _, r := range s.Receipts {
			e.numbers[r.Passage] = r.Number
		}
	}
	for _, p := range in.Passages {
		if p.Audience != pipeline.Public || slices.ContainsFunc(e.given, func(g pipeline.Passage) bool { return g.ID == p.ID && len(g.Text) >= len(p.Text) }) {
			continue
		}
		e.given = append(e.given, p)
		for _, u := range statements(p.Text) {
			if u.kind == inHeading {
				continue
			}
			w := Widen(p.Text, u.Span)
			words := p.Text[w.Start:w.End]
			for _, a := range w.Above {
				words += "\n" + p.Text[a.Start:a.End]
			}
			e.sources = append(e.sources, source{p, w, contents(text.Plain(words), e.lang)})
		}
	}
	return e
}

// Statements are the sentences, list items and rows of a passage that a reply may
// repeat, each in plain words and with what it is read under: a row is read aloud
// under its header, an item after the words that introduce its list.
func Statements(p pipeline.Passage) []string {
	var out []string
	us := statements(p.Text)
	for _, u := range us {
		if u.kind == inHeading || u.kind == inTable && len(u.above) == 0 { // a header states nothing
			continue
		}
		pr := proofAt(us, p, u.Span, map[string]pipeline.Passage{p.ID: p})
		said := pr.plain
		if len(pr.Above) > 0 && u.kind != inTable {
			said = strings.Join(append(slices.Clone(pr.above), said), " ")
		}
		if said = bare(said); said != "" {
			out = append(out, said)
		}
	}
	return out
}

// bare is a sentence without what a form or a program does to white space.
func bare(s string) string { return strings.Join(strings.Fields(s), " ") }

func counted(s string) map[string]int {
	out := map[string]int{}
	for _, w := range text.Words(s, "") {
		out[w.Text]++
	}
	return out
}

// inCommon in [0,1] is the share of words that two sentences have in common (Dice).
func inCommon(a, b map[string]int) float64 {
	both, all := 0, 0
	for w, n := range a {
		both, all = both+min(n, b[w]), all+n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 2 * float64(both) / float64(all)
}

// akin is from where on a sentence counts as a changed one of the draft's.
const akin = 0.5

// sentence says what stands behind a sentence, and why it is unproven if it is. outer
// is the first or the last, where names may stand.
func (e *editor) sentence(said string, outer bool) (s pipeline.EditedSentence, why string) {
	s.Text = said
	var from *piece
	best := akin
	words := counted(said)
	for i, p := range e.drafted {
		if p.said == bare(said) {
			s.Receipts, s.Plain, s.State = p.of.Receipts, p.of.Plain, pipeline.EditKept
			return s, ""
		}
		if x := inCommon(p.words, words); x >= best {
			best, from = x, &e.drafted[i]
		}
	}
	if e.statesNothing(said, outer) {
		s.Plain, s.State = true, pipeline.EditPlain
		return s, ""
	}
	s.State = pipeline.EditProven
	if from != nil && len(from.of.Receipts) > 0 {
		s.Receipts = from.of.Receipts
		if why = e.disproves(s.Sentence); why == "" {
			return s, ""
		}
	}
	if s.Receipts = e.find(said); len(s.Receipts) > 0 {
		return s, ""
	}
	s.State = pipeline.EditUnproven
	if why != "" {
		return s, "Changed, and its source does not say this: “" + ended(said) + "”. " + why
	}
	return s, "New, and no source found says this: “" + ended(said) + "”."
}

// ended is a sentence as it is named within another.
func ended(s string) string { return strings.TrimRight(named(s), ".") }

// statesNothing tells courtesy and questions back from what claims something.
func (e *editor) statesNothing(said string, outer bool) bool {
	if strings.HasSuffix(strings.TrimRight(said, " )”\"»"), "?") {
		return true
	}
	c := &checked{Input: Input{Locale: e.in.Locale, Names: e.in.Names}, cited: e.given}
	i := -1
	if outer {
		i, c.Draft.Sentences = 0, make([]pipeline.Sentence, 1)
	}
	return len(text.Words(said, "")) == 0 || courteous(c, i, said)
}

// disproves says why a sentence's receipts do not prove it; empty when they do.
func (e *editor) disproves(s pipeline.Sentence) string {
	d := e.in.Draft
	d.Sentences = []pipeline.Sentence{s}
	c := newChecked(Input{Draft: d, Passages: e.given, Locale: e.in.Locale, Names: e.in.Names, Asked: e.in.Asked})
	for _, check := range []func(*checked) []pipeline.Finding{checkNumbers, checkNegation, checkSenses, checkRoles, checkConditions, checkSupport, checkRiders} {
		if fs := check(c); len(fs) > 0 {
			return fs[0].Detail
		}
	}
	return ""
}

// covered is the least share of a sentence's content that a statement must have to be
// looked at as its proof, and candidates how many of them are.
const (
	covered    = 0.6
	candidates = 3
)

// find returns the receipts of the statement among the passages that proves a
// sentence; nil when none does.
func (e *editor) find(said string) []pipeline.Receipt {
	stems := contents(text.Plain(said), e.lang)
	type near struct {
		source
		share float64
	}
	var all []near
	for _, s := range e.sources {
		n := 0
		for w := range stems {
			if s.stems[w] {
				n++
			}
		}
		if share := float64(n) / float64(max(1, len(stems))); share >= covered {
			all = append(all, near{s, share})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(b.share, a.share) })
	for _, c := range all[:min(len(all), candidates)] {
		rs := e.receipts(c.source)
		if e.disproves(pipeline.Sentence{Text: said, Receipts: rs}) == "" {
			e.numbers[c.passage.ID] = rs[0].Number
			return rs
		}
	}
	return nil
}

// receipts cites a statement and the lines that it is read under.
func (e *editor) receipts(s source) (out []pipeline.Receipt) {
	p := s.passage
	n := e.numbers[p.ID]
	if n == 0 {
		for _, used := range e.numbers {
			n = max(n, used)
		}
		n++
	}
	for _, at := range append(slices.Clone(s.whole.Above), s.whole.Span) {
		out = append(out, pipeline.Receipt{Number: n, Passage: p.ID, Document: p.Document, Version: p.Version, Quote: p.Text[at.Start:at.End], Start: at.Start, End: at.End,
			Title: p.Title, Section: p.Section(), URL: p.URL, Audience: p.Audience})
	}
	return out
}

// promises are the commitments of some sentences, each said to be new if they are.
func (e *editor) promises(d pipeline.Draft, new string) []pipeline.Finding {
	c := newChecked(Input{Draft: d, Passages: e.given, Locale: e.in.Locale, Asked: e.in.Asked, Rules: e.in.Rules})
	c.human, c.cited = true, e.given
	out := slices.DeleteFunc(checkPolicy(c), func(f pipeline.Finding) bool { return f.Check != "commitment" }) // how it sounds, CheckText says of the whole
	for i := range out {
		out[i].Detail = new + out[i].Detail
		if new == "" {
			out[i].Sentence = -1
		}
	}
	return out
}
