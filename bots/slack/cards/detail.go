package cards

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Sources lists what the draft cites or, when there is no draft, what came nearest.
func Sources(d pipeline.Draft) []layout.Part {
	p := layout.Part{Lines: []layout.Runs{{layout.Bold("Sources")}}}
	known := map[string]pipeline.Passage{}
	for _, h := range d.Nearest {
		known[h.Passage.ID] = h.Passage
	}
	cited := d.Citations()
	total := len(cited)
	if d.Abstained != "" {
		p.Lines[0] = layout.Runs{layout.Bold("Nearest sources")}
		total = len(d.Nearest)
		for i, h := range d.Nearest[:min(total, maxSources)] {
			x := h.Passage
			p.Add(source(pipeline.Receipt{Number: i + 1, Version: x.Version, Title: x.Title, Section: x.Section(), URL: x.URL, Audience: x.Audience}, x, d.CreatedAt)...)
		}
	} else {
		slices.SortStableFunc(cited, func(a, b pipeline.Receipt) int { return a.Number - b.Number })
		left := maxQuotes
		for _, c := range cited[:min(total, maxSources)] {
			p.Add(source(c, known[c.Passage], d.CreatedAt)...)
			quote(&p, d, c.Number, &left)
		}
	}
	switch {
	case total == 0 && d.Abstained != "":
		return []layout.Part{layout.Says(layout.Text("Nothing in the knowledge comes near this question."))}
	case total == 0:
		return nil
	case total > maxSources:
		p.Add(layout.Textf("… and %d more in the console", total-maxSources))
	}
	return []layout.Part{p}
}

// quote adds the words of a source that the draft's sentences rest on, within what
// is left of the room for all of them.
func quote(p *layout.Part, d pipeline.Draft, number int, left *int) {
	var words []string
	for _, s := range d.Sentences {
		for _, r := range s.Receipts {
			q := layout.Line(r.Quote, maxQuote)
			if r.Number == number && q != "" && !slices.Contains(words, q) {
				words = append(words, q)
			}
		}
	}
	for i, q := range words {
		if i == maxQuoted || layout.Units(q) > *left {
			p.Add(layout.Textf("      … and %s more", many(len(words)-i, "quote", "quotes")))
			return
		}
		*left -= layout.Units(q)
		p.Add(layout.Text("      “" + q + "”"))
	}
}

func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func source(c pipeline.Receipt, x pipeline.Passage, drafted time.Time) layout.Runs {
	name := layout.Line(c.Section, 110)
	if title := layout.Line(c.Title, 110); !strings.HasPrefix(name, title) {
		name = strings.TrimSuffix(title+" › "+name, " › ")
	}
	out := layout.Runs{layout.Bold(fmt.Sprintf("[%d] ", c.Number)), layout.Text(layout.Cut(cmp.Or(name, "untitled"), 110) + "  ")}
	if c.Audience == pipeline.Public {
		out = append(out, layout.Run{Text: "public", Code: true})
	} else {
		out = append(out, layout.Run{Text: "INTERNAL, not for customers", Code: true, Bold: true})
	}
	if c.Version > 0 {
		out = append(out, layout.Textf(" · version %d", c.Version))
	}
	if !x.UpdatedAt.IsZero() {
		out = append(out, layout.Text(" · "+age(drafted.Sub(x.UpdatedAt))))
	}
	if address, host, ok := layout.Link(c.URL); ok {
		out = append(out, layout.Text(" · "), layout.Run{Text: host, URL: address})
	}
	return out
}

// age is how old something was when it was used.
func age(d time.Duration) string {
	days := int(d.Hours() / 24)
	switch {
	case days < 1:
		return "new"
	case days == 1:
		return "1 day old"
	case days < 60:
		return fmt.Sprintf("%d days old", days)
	case days < 730:
		return fmt.Sprintf("%d months old", days/30)
	}
	return fmt.Sprintf("%d years old", days/365)
}

// Findings says in plain words what the checks saw, the gravest first.
func Findings(d pipeline.Draft, title string) []layout.Part {
	list := slices.Clone(d.Findings)
	if _, hidden := layout.Clean(d.Text()); hidden > 0 {
		list = append(list, pipeline.Finding{Severity: pipeline.Block, Sentence: -1,
			Detail: fmt.Sprintf("The draft holds %d invisible characters. Edit shows it without them.", hidden)})
	}
	if len(list) == 0 {
		return nil
	}
	p := layout.Part{Lines: []layout.Runs{{layout.Bold(title)}}}
	for _, f := range Gravest(list)[:min(len(list), MaxFindings)] {
		where := ""
		if f.Sentence >= 0 && f.Sentence < len(d.Sentences) && d.Abstained == "" {
			where = " – “" + layout.Line(d.Sentences[f.Sentence].Text, 60) + "”"
		}
		p.Add(Finding(f, where)...)
	}
	if n := len(list) - MaxFindings; n > 0 {
		p.Add(layout.Textf("… and %d more in the console", n))
	}
	return []layout.Part{p}
}

func Gravest(list []pipeline.Finding) []pipeline.Finding {
	rank := map[pipeline.Severity]int{pipeline.Block: 0, pipeline.Confirm: 1, pipeline.Warn: 2}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b pipeline.Finding) int { return rank[a.Severity] - rank[b.Severity] })
	return list
}

// Finding is one line: what was seen, and what to do about it.
func Finding(f pipeline.Finding, where string) layout.Runs {
	todo := map[pipeline.Severity]string{pipeline.Block: "cannot be sent like this", pipeline.Confirm: "confirm"}[f.Severity]
	if todo == "" {
		return layout.Runs{layout.Text("• " + layout.Line(f.Detail, 150) + where)}
	}
	return layout.Runs{layout.Text("• " + strings.TrimRight(layout.Line(f.Detail, 150), ".") + ": "), layout.Bold(todo), layout.Text(where)}
}

// Notes is the small print: who wrote it, what was missing.
func Notes(d pipeline.Draft) []string {
	var out []string
	if d.Abstained == "" {
		by := "written from the sources' own words, without a model"
		if d.Drafter == "model" {
			by = "written by " + cmp.Or(layout.Line(d.Model, 40), "the model")
			if d.PromptVersion != "" {
				by += ", prompt " + layout.Line(d.PromptVersion, 20)
			}
		}
		out = append(out, by)
	}
	if d.Version > 1 {
		out = append(out, fmt.Sprintf("draft %d", d.Version))
	}
	if d.Hint != "" {
		out = append(out, "hint: "+layout.Line(d.Hint, 100))
	}
	if d.Fallback != "" {
		out = append(out, "the model's draft was not used: "+layout.Line(d.Fallback, 100))
	}
	if d.Reduced != "" {
		out = append(out, "searched without: "+layout.Line(d.Reduced, 60))
	}
	return out
}
