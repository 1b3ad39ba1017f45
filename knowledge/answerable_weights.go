package knowledge

// Weights of the signals, fitted on one run of `footnote eval calibration
// ../shared/data` whose signals were kept; sSupport and sNear were worked out from
// them afterwards, turn cues of single questions set to zero, and the threads of
// "doc2dial, chat of others" left out, so that a new run gives weights that differ
// (logistic regression, L2 4, every set 500 and even odds within it; signs as
// SignalSign says, so that many are 0) on ClapNQ, MTRAG, DSTC11, DSTC10, doc2dial
// and a masked help centre, those without labels of their own with every other
// document hidden. What they give on sets and conversations that they were not
// fitted on stands in docs/retrieval.md.
const answerBias = -3.5

var answerWeights = [signals]float64{
	sCover: .02, sLast: .03, sLastTop: .69, sPairs: 1.16, sSpecial: -1.31, sLength: .47, sNamed: 1.86, sHeading: .01, sGap: .1, sFall: .49,
	sAgree: .24, sScore: 1.29, sSupport: .73, sNear: 1.45, sHistory: 1.34,
	sTurn + cMark: -.3, sTurn + cThird: .6, sTurn + cYou: .76, sTurn + cWh: -.38, sTurn + cFirst: -.89, sTurn + cThanks: -.22, sTurn + cNumber: -.8, sTurn + cTask: -.63,
}
