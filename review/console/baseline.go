package console

import (
	"slices"

	"footnote/review/measure"
)

// baselinePanel is what one desk recorded before Footnote: a chart for agents'
// time and one for customers' waiting, which have scales of their own.
type baselinePanel struct {
	measure.Baseline
	Handling, Waiting kindPanel
}

// baselinePanels keeps desks apart from one another and from what was measured.
// Rows that a desk does not record are left out of the waiting times; for
// handling the page says so.
func baselinePanels(list []measure.Baseline) []baselinePanel {
	out := make([]baselinePanel, 0, len(list))
	for _, b := range list {
		out = append(out, baselinePanel{Baseline: b, Handling: recorded([]plotted{{"Handling, native", "", "mine", b.Handling}}),
			Waiting: recorded([]plotted{{"First response, calendar", "", "calm", b.FirstResponse}, {"First response, business hours", "", "calm", b.FirstResponseBusiness},
				{"Resolution, calendar", "", "calm", b.Resolution}, {"Resolution, business hours", "", "calm", b.ResolutionBusiness}})})
	}
	return out
}

// recorded is the chart of what the desk keeps.
func recorded(rows []plotted) kindPanel {
	return newPanel(slices.DeleteFunc(rows, func(r plotted) bool { return r.figure.N == 0 }))
}
