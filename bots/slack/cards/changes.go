package cards

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

const (
	maxChanges = 3   // of each kind
	maxChange  = 120 // of one sentence
)

// before is the version of the draft that d replaced; false when there was none.
func before(past pipeline.Past, d pipeline.Draft) (pipeline.Draft, bool) {
	var prev pipeline.Draft
	for _, r := range past.Reviews {
		if r.Draft.Message == d.Message && r.Draft.Version < d.Version && r.Draft.Version > prev.Version {
			prev = r.Draft
		}
	}
	return prev, prev.Version > 0
}

// changes says what became of the draft since the version before it.
func changes(past pipeline.Past, d pipeline.Draft) []layout.Part {
	prev, ok := before(past, d)
	if !ok {
		return nil
	}
	since := fmt.Sprintf("Changed since draft %d", prev.Version)
	switch {
	case prev.Abstained != "" && d.Abstained != "":
		return []layout.Part{layout.Says(layout.Textf("Draft %d was none either: ", prev.Version), layout.Text(layout.Sentence(layout.Line(prev.Abstained, 150))))}
	case prev.Abstained != "":
		return []layout.Part{layout.Says(layout.Textf("Draft %d was none: ", prev.Version), layout.Text(layout.Sentence(layout.Line(prev.Abstained, 150))))}
	case prev.Text() == d.Text():
		return []layout.Part{layout.Says(layout.Bold(since+": "), layout.Text("nothing. Say in the hint what should be different, or edit it."))}
	}
	p := layout.Part{Lines: []layout.Runs{{layout.Bold(since)}}}
	lines(&p, "new", sentencesNotIn(d, prev), layout.Text)
	lines(&p, "gone", sentencesNotIn(prev, d), func(s string) layout.Run { return layout.Run{Text: s, Gone: true} })
	if s := sourceChange(prev, d); s != "" {
		p.Add(layout.Text(s))
	}
	if len(p.Lines) == 1 {
		p.Add(layout.Text("The sentences are the same; their order or breaks changed."))
	}
	return []layout.Part{p}
}

func lines(p *layout.Part, word string, list []string, as func(string) layout.Run) {
	for _, s := range list[:min(len(list), maxChanges)] {
		p.Add(layout.Text(word+": "), as(layout.Line(s, maxChange)))
	}
	if n := len(list) - maxChanges; n > 0 {
		p.Add(layout.Textf("… and %d more %s", n, word))
	}
}

func sentencesNotIn(a, b pipeline.Draft) []string {
	has := map[string]bool{}
	for _, s := range b.Sentences {
		has[strings.TrimSpace(s.Text)] = true
	}
	var out []string
	for _, s := range a.Sentences {
		if t := strings.TrimSpace(s.Text); t != "" && !has[t] {
			out = append(out, t)
		}
	}
	return out
}

// sourceChange names sources that only one of the versions cites.
func sourceChange(prev, d pipeline.Draft) string {
	titles := func(a, b pipeline.Draft) string {
		var out []string
		for _, c := range a.Citations() {
			if !slices.ContainsFunc(b.Citations(), func(o pipeline.Receipt) bool { return o.Document == c.Document && o.Version == c.Version }) {
				if t := cmp.Or(layout.Line(c.Title, 60), "untitled"); !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
		}
		return layout.Cut(strings.Join(out, ", "), 130)
	}
	var out []string
	if s := titles(d, prev); s != "" {
		out = append(out, "now cites "+s)
	}
	if s := titles(prev, d); s != "" {
		out = append(out, "no longer cites "+s)
	}
	return strings.Join(out, "; ")
}
