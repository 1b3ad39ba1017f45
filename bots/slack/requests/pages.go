package requests

import (
	"fmt"
	"strings"
	"time"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

func helpPage() layout.Page {
	s := layout.Sheet{Title: "What Footnote does here"}
	p := layout.Part{}
	for _, v := range verbs {
		p.Add(layout.Bold("/footnote "+v.usage), layout.Text(" – "+v.does))
	}
	s.Parts = []layout.Part{p, layout.Says(layout.Text("Or mention me in a channel, or write to me directly: I answer from the knowledge, with sources, or say that it has no answer. " +
		"On a customer's message, choose “" + shortcutTitle + "” from its menu."))}
	return layout.Page{Notice: "What Footnote does here", Parts: []layout.Sheet{s}}
}

// switchPart says whether drafting is paused, who did it and when.
func switchPart(s Switch) layout.Part {
	words := layout.Runs{layout.Text("Drafts are being written.")}
	if s.Paused {
		words = layout.Runs{layout.Bold("Drafting is paused."), layout.Text(" New customer messages wait; those nobody has answered get their drafts once it goes on.")}
	}
	if s.By != "" {
		verb := " Resumed by "
		if s.Paused {
			verb = " Paused by "
		}
		words = append(words, layout.Text(verb+layout.Line(s.By, 60)+", "), layout.Moment(s.At))
		if s.Reason != "" {
			words = append(words, layout.Text(": "+layout.Line(s.Reason, 200)))
		}
	}
	return layout.Part{Lines: []layout.Runs{words}}
}

func statusPage(o Overview) layout.Page {
	s := layout.Sheet{Title: "Status", Parts: []layout.Part{switchPart(o.Switch)}}
	p := layout.Part{}
	for _, x := range o.Parts {
		word := "works"
		if !x.OK {
			word = "does not work"
		}
		words := layout.Runs{layout.Bold(layout.Line(x.Name, 40) + " "), layout.Text(word)}
		if !x.OK && x.Detail != "" {
			words = append(words, layout.Text(": "+layout.Line(x.Detail, 200)))
		}
		p.Add(words...)
	}
	needs := many(o.Waiting, "ticket needs", "tickets need")
	if o.More {
		needs = fmt.Sprintf("More than %s", needs)
	}
	p.Add(layout.Text(fmt.Sprintf("%s a person. %s on the way to a draft.", needs, many(o.Pending, "message is", "messages are"))))
	s.Parts = append(s.Parts, p)
	return layout.Page{Notice: "Status", Parts: []layout.Sheet{s}}
}

// inAll says how many tickets wait.
func inAll(w Work) string {
	if w.OpenMore {
		return fmt.Sprintf("more than %d in all", w.OpenTotal)
	}
	return fmt.Sprintf("%d in all", w.OpenTotal)
}

func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func queuePage(w Work, link func(pipeline.TicketRef) string) layout.Page {
	mine := layout.Sheet{Title: "Your claims", Parts: linesOf(w.Claims, link, 10)}
	if len(w.Claims) == 0 {
		mine.Parts = []layout.Part{layout.Says(layout.Text("You have claimed nothing."))}
	}
	open := layout.Sheet{Title: "Waiting the longest", Parts: linesOf(w.Open, link, 10)}
	if len(w.Open) == 0 {
		open.Parts = []layout.Part{layout.Says(layout.Text("Nothing waits for a person."))}
	} else if w.OpenTotal > min(len(w.Open), 10) {
		open.Notes = []string{inAll(w)}
	}
	if w.Switch.Paused {
		open.Parts = append([]layout.Part{switchPart(w.Switch)}, open.Parts...)
	}
	return layout.Page{Notice: "Queue", Parts: []layout.Sheet{mine, open}}
}

// reportPage shows the figures: each distribution with its number of tickets,
// and its interval where there are enough to give one.
func reportPage(title string, f Figures, link func(pipeline.TicketRef) string) layout.Page {
	head := layout.Sheet{Title: title, Notes: []string{f.From.UTC().Format("2 Jan 2006") + " to " + f.To.UTC().Format("2 Jan 2006 15:04 UTC")}}
	p := layout.Part{}
	p.Add(layout.Bold("Handling time"))
	for _, d := range f.Handling {
		p.Add(durationWords(d)...)
	}
	if len(f.Handling) == 0 {
		p.Add(layout.Text("nothing measured yet"))
	}
	p.Add(durationWords(f.FirstResponse)...)
	out := layout.Part{}
	out.Add(layout.Bold("Outcomes"), layout.Text(fmt.Sprintf(" of %s", many(f.Arrivals, "customer message", "customer messages"))))
	out.Add(counts(f.Outcomes, f.Arrivals)...)
	if f.Pending > 0 {
		out.Add(layout.Text(many(f.Pending, "has no outcome yet", "have no outcome yet")))
	}
	decided := 0
	for _, d := range f.Decisions {
		decided += d.N
	}
	dec := layout.Part{}
	dec.Add(layout.Bold("Decisions"), layout.Text(fmt.Sprintf(" on %s", many(decided, "draft", "drafts"))))
	dec.Add(counts(f.Decisions, decided)...)
	if f.Replies > 0 {
		dec.Add(layout.Text(fmt.Sprintf("half of the sent replies differ from their draft by at most %.0f %%", 100*f.Distance)))
	}
	if f.CostMicros > 0 {
		dec.Add(layout.Text(fmt.Sprintf("model cost $%.2f", float64(f.CostMicros)/1e6)))
	}
	head.Parts = []layout.Part{p, out, dec}
	if len(f.Work) > 0 {
		now := layout.Part{}
		now.Add(layout.Bold("Work now"))
		now.Add(workWords(f.Work))
		head.Parts = append(head.Parts, now)
	}
	page := layout.Page{Notice: layout.Escape("Report: " + layout.Line(title, 100)), Parts: []layout.Sheet{head}}
	if len(f.Waiting) > 0 {
		page.Parts = append(page.Parts, layout.Sheet{Title: "Waiting the longest", Parts: linesOf(f.Waiting, link, 5)})
	}
	return page
}

func counts(list []Count, of int) layout.Runs {
	var words []string
	for _, x := range list {
		if of > 0 && x.N > 0 {
			words = append(words, fmt.Sprintf("%s %d (%.0f %%)", layout.Line(x.Name, 40), x.N, 100*float64(x.N)/float64(of)))
		}
	}
	if len(words) == 0 {
		return layout.Runs{layout.Text("none")}
	}
	return layout.Runs{layout.Text(strings.Join(words, " · "))}
}

// workWords says how much work there is in each state; states without any are left out.
func workWords(list []Count) layout.Run {
	var words []string
	for _, x := range list {
		switch n := fmt.Sprintf("%s %d", layout.Line(x.Name, 40), x.N); {
		case x.More:
			words = append(words, n+"+")
		case x.N > 0:
			words = append(words, n)
		}
	}
	if len(words) == 0 {
		return layout.Text("none: nobody waits")
	}
	return layout.Text(strings.Join(words, " · "))
}

func durationWords(d Duration) layout.Runs {
	name := layout.Text(layout.Line(d.Name, 60) + ": ")
	if d.N == 0 {
		return layout.Runs{name, layout.Text("none yet")}
	}
	words := layout.Runs{name, layout.Bold(span(d.MedianMS)), layout.Text(" median")}
	if d.HighMS > 0 {
		words = append(words, layout.Text(" (95 %: "+span(d.LowMS)+" to "+span(d.HighMS)+")"))
	} else {
		words = append(words, layout.Text(" (too few for an interval)"))
	}
	return append(words, layout.Text(fmt.Sprintf(", p90 %s, %s", span(d.P90MS), many(d.N, "ticket", "tickets"))))
}

// span is a duration in milliseconds as people say it.
func span(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond)).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}
