package console

import "footnote/review/measure"

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
		p := baselinePanel{Baseline: b}
		p.Handling = panelOf([]named{{"Handling, native", "mine", b.Handling}})
		p.Waiting = panelOf([]named{{"First response, calendar", "calm", b.FirstResponse}, {"First response, business hours", "calm", b.FirstResponseBusiness},
			{"Resolution, calendar", "calm", b.Resolution}, {"Resolution, business hours", "calm", b.ResolutionBusiness}})
		out = append(out, p)
	}
	return out
}

type named struct {
	name, tone string
	figure     measure.Figure
}

func panelOf(rows []named) kindPanel {
	top := 0.0
	for _, r := range rows {
		top = max(top, r.figure.P90MS, r.figure.HighMS)
	}
	p := kindPanel{Axis: newAxis(top)}
	for _, r := range rows {
		if r.figure.N == 0 {
			continue
		}
		w := newWhisker(r.name, "", r.figure, p.Axis)
		w.Tone = r.tone
		p.Rows = append(p.Rows, w)
	}
	return p
}
