package search

// Weights of the features, fitted by listwise softmax regression (cross entropy
// of the relevant passages, Adam, L2 3e-4 towards the weights before) on
// doc2dial, MTRAG, ClapNQ, a masked help centre, DSTC10, DSTC11 and a help centre
// in four languages together, so that none of them is served alone; what they
// give on dialogues that they were not fitted on, and what each group of
// features adds, stands in docs/retrieval.md. Conversations and single questions
// have their own: in a single question the newest turn is the whole history.
var (
	weightsHistory = [features]float64{
		fDecay: -2.43, fLast: 1.34, fUser: 0.29, fDocHist: 2.54, fDocHist3: -0.8, fDocDecay: 3.89, fDocLast: -0.92, fTitle: 0.39,
		fHeading: 1.24, fHeadLast: -0.11, fPairLast: 1.86, fPairAll: 3.9, fFirst: 1.48, fAfter: 1.4, fCover: -3.06, fTightLast: 0.08,
		fTight: 3.72, fNamed: 6.69, fNamedLast: -3.86, fStay: 5.43, fStayDecay: -8.26, fTopic: 4.78, fInside: 3.73,
	}
	weightsSingle = [features]float64{
		fDecay: 1.84, fLast: 0.94, fUser: 0.94, fDocHist: 2.14, fDocHist3: -2.7, fDocDecay: 2.14, fDocLast: 2.14, fTitle: 4.02,
		fHeading: 0.62, fHeadLast: 0.62, fPairLast: 2.83, fPairAll: 2.83, fFirst: 1.4, fAfter: 0.05, fCover: -3.12, fTightLast: -1.98,
		fTight: 4.41, fNamed: 1.34, fNamedLast: 1.34, fStay: 1.7, fStayDecay: -2.61, fTopic: 2.64, fInside: 0.54,
	}
)
