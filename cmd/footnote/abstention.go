package main

import (
	"cmp"

	"footnote/knowledge/eval/report"
	"footnote/pipeline/drafting"
	"footnote/review/console"
)

// abstention is the threshold in use, on the curve of the shipped calibration.
func (a *app) abstention() console.Abstention {
	out := console.Abstention{Threshold: cmp.Or(a.c.AnswerThreshold, drafting.AnswerThreshold)}
	c, err := report.Shipped()
	if err != nil {
		a.log.Error("no abstention curve", "error", err)
		return out
	}
	for _, p := range c.Curve {
		out.Points = append(out.Points, console.AbstentionPoint{Threshold: p.Threshold, Drafted: p.Coverage, Wrong: p.Error, Lost: p.Lost})
	}
	return out
}
