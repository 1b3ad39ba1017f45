package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
func changes(past pipeline.Past, d pipeline.Draft) []part {
	prev, ok := before(past, d)
	if !ok {
		return nil
	}
	since := fmt.Sprintf("Changed since draft %d", prev.Version)
	switch {
	case prev.Abstained != "" && d.Abstained != "":
		return []part{says(textf("Draft %d was none either: ", prev.Version), text(sentence(line(prev.Abstained, 150))))}
	case prev.Abstained != "":
		return []part{says(textf("Draft %d was none: ", prev.Version), text(sentence(line(prev.Abstained, 150))))}
	case prev.Text() == d.Text():
		return []part{says(bold(since+": "), text("nothing. Say in the hint what should be different, or edit it."))}
	}
	p := part{lines: []runs{{bold(since)}}}
	lines(&p, "new", sentencesNotIn(d, prev), text)
	lines(&p, "gone", sentencesNotIn(prev, d), func(s string) run { return run{text: s, gone: true} })
	if s := sourceChange(prev, d); s != "" {
		p.add(text(s))
	}
	if len(p.lines) == 1 {
		p.add(text("The sentences are the same; their order or breaks changed."))
	}
	return []part{p}
}

func lines(p *part, word string, list []string, as func(string) run) {
	for _, s := range list[:min(len(list), maxChanges)] {
		p.add(text(word+": "), as(line(s, maxChange)))
	}
	if n := len(list) - maxChanges; n > 0 {
		p.add(textf("… and %d more %s", n, word))
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
				if t := cmp.Or(line(c.Title, 60), "untitled"); !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
		}
		return cut(strings.Join(out, ", "), 130)
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
