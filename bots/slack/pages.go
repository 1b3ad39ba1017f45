package slack

import (
	"fmt"
	"strings"
	"time"

	"footnote/pipeline"
)

func helpPage() page {
	s := sheet{title: "What Footnote does here"}
	p := part{}
	for _, v := range verbs {
		p.add(bold("/footnote "+v.usage), text(" – "+v.does))
	}
	s.parts = []part{p, says(text("Or mention me in a channel, or write to me directly: I answer from the knowledge, with sources, or say that it has no answer. " +
		"On a customer's message, choose “" + shortcutTitle + "” from its menu."))}
	return page{notice: "What Footnote does here", parts: []sheet{s}}
}

// switchPart says whether drafting is paused, who did it and when.
func switchPart(s Switch) part {
	words := runs{text("Drafts are being written.")}
	if s.Paused {
		words = runs{bold("Drafting is paused."), text(" New customer messages wait; those nobody has answered get their drafts once it goes on.")}
	}
	if s.By != "" {
		verb := " Resumed by "
		if s.Paused {
			verb = " Paused by "
		}
		words = append(words, text(verb+line(s.By, 60)+", "), moment(s.At))
		if s.Reason != "" {
			words = append(words, text(": "+line(s.Reason, 200)))
		}
	}
	return part{lines: []runs{words}}
}

func statusPage(o Overview) page {
	s := sheet{title: "Status", parts: []part{switchPart(o.Switch)}}
	p := part{}
	for _, x := range o.Parts {
		word := "works"
		if !x.OK {
			word = "does not work"
		}
		words := runs{bold(line(x.Name, 40) + " "), text(word)}
		if !x.OK && x.Detail != "" {
			words = append(words, text(": "+line(x.Detail, 200)))
		}
		p.add(words...)
	}
	needs := many(o.Waiting, "ticket needs", "tickets need")
	if o.More {
		needs = fmt.Sprintf("More than %s", needs)
	}
	p.add(text(fmt.Sprintf("%s a person. %s on the way to a draft.", needs, many(o.Pending, "message is", "messages are"))))
	s.parts = append(s.parts, p)
	return page{notice: "Status", parts: []sheet{s}}
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

func queuePage(w Work, link func(pipeline.TicketRef) string) page {
	mine := sheet{title: "Your claims", parts: linesOf(w.Claims, link, 10)}
	if len(w.Claims) == 0 {
		mine.parts = []part{says(text("You have claimed nothing."))}
	}
	open := sheet{title: "Waiting the longest", parts: linesOf(w.Open, link, 10)}
	if len(w.Open) == 0 {
		open.parts = []part{says(text("Nothing waits for a person."))}
	} else if w.OpenTotal > min(len(w.Open), 10) {
		open.notes = []string{inAll(w)}
	}
	if w.Switch.Paused {
		open.parts = append([]part{switchPart(w.Switch)}, open.parts...)
	}
	return page{notice: "Queue", parts: []sheet{mine, open}}
}

// reportPage shows the figures: each distribution with its number of tickets,
// and its interval where there are enough to give one.
func reportPage(title string, f Figures) page {
	head := sheet{title: title, notes: []string{f.From.UTC().Format("2 Jan 2006") + " to " + f.To.UTC().Format("2 Jan 2006 15:04 UTC")}}
	p := part{}
	p.add(bold("Handling time"))
	for _, d := range f.Handling {
		p.add(durationWords(d)...)
	}
	if len(f.Handling) == 0 {
		p.add(text("nothing measured yet"))
	}
	p.add(durationWords(f.FirstResponse)...)
	out := part{}
	out.add(bold("Outcomes"), text(fmt.Sprintf(" of %s", many(f.Arrivals, "customer message", "customer messages"))))
	out.add(counts(f.Outcomes, f.Arrivals)...)
	if f.Pending > 0 {
		out.add(text(many(f.Pending, "has no outcome yet", "have no outcome yet")))
	}
	decided := 0
	for _, d := range f.Decisions {
		decided += d.N
	}
	dec := part{}
	dec.add(bold("Decisions"), text(fmt.Sprintf(" on %s", many(decided, "draft", "drafts"))))
	dec.add(counts(f.Decisions, decided)...)
	if f.Replies > 0 {
		dec.add(text(fmt.Sprintf("half of the sent replies differ from their draft by at most %.0f %%", 100*f.Distance)))
	}
	if f.CostMicros > 0 {
		dec.add(text(fmt.Sprintf("model cost $%.2f", float64(f.CostMicros)/1e6)))
	}
	head.parts = []part{p, out, dec}
	return page{notice: escape("Report: " + line(title, 100)), parts: []sheet{head}}
}

func counts(list []Count, of int) runs {
	var words []string
	for _, x := range list {
		if of > 0 && x.N > 0 {
			words = append(words, fmt.Sprintf("%s %d (%.0f %%)", line(x.Name, 40), x.N, 100*float64(x.N)/float64(of)))
		}
	}
	if len(words) == 0 {
		return runs{text("none")}
	}
	return runs{text(strings.Join(words, " · "))}
}

func durationWords(d Duration) runs {
	name := text(line(d.Name, 60) + ": ")
	if d.N == 0 {
		return runs{name, text("none yet")}
	}
	words := runs{name, bold(span(d.MedianMS)), text(" median")}
	if d.HighMS > 0 {
		words = append(words, text(" (95 %: "+span(d.LowMS)+" to "+span(d.HighMS)+")"))
	} else {
		words = append(words, text(" (too few for an interval)"))
	}
	return append(words, text(fmt.Sprintf(", p90 %s, %s", span(d.P90MS), many(d.N, "ticket", "tickets"))))
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
