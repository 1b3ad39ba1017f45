package main

import (
	"cmp"

	"footnote/pipeline/drafting"
	"footnote/review/console"
)

// abstentionCurve is the coverage–error curve on development data, conversations
// that the calibration had not seen, every set at the same weight, as
// `footnote eval calibration ../shared/data` prints it; from the same kept run as
// the weights, so that a new run gives another curve, close to this one.
var abstentionCurve = []console.AbstentionPoint{
	{Threshold: 0, Drafted: 1, Wrong: .483}, {Threshold: .05, Drafted: .998, Wrong: .482}, {Threshold: .1, Drafted: .943, Wrong: .456, Lost: .007},
	{Threshold: .15, Drafted: .883, Wrong: .429, Lost: .025}, {Threshold: .2, Drafted: .83, Wrong: .4, Lost: .037}, {Threshold: .3, Drafted: .727, Wrong: .36, Lost: .101},
	{Threshold: .4, Drafted: .607, Wrong: .305, Lost: .185}, {Threshold: .5, Drafted: .478, Wrong: .237, Lost: .295}, {Threshold: .6, Drafted: .365, Wrong: .188, Lost: .427},
	{Threshold: .7, Drafted: .258, Wrong: .141, Lost: .571}, {Threshold: .8, Drafted: .148, Wrong: .123, Lost: .75}, {Threshold: .9, Drafted: .068, Wrong: .068, Lost: .878},
}

func (a *app) abstention() console.Abstention {
	return console.Abstention{Threshold: cmp.Or(a.c.AnswerThreshold, drafting.AnswerThreshold), Points: abstentionCurve}
}
