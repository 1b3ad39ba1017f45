package knowledge

// Weights of the features, fitted by listwise softmax regression (cross entropy
// of the relevant passages, Adam, L2 1e-3) on doc2dial, MTRAG, ClapNQ, a masked
// help centre and DSTC10 together, so that none of them is served alone; the
// figures stand in the evaluation test of knowledge/qdrant. Conversations and
// single questions have their own: in a single question the newest turn is the
// whole history.
var (
	weightsHistory = [features]float64{
		fDecay: .3, fLast: 3.4, fUser: 1, fDocHist: 1.4, fDocHist3: 3.4, fDocDecay: .3, fDocLast: -.9, fTitle: 2.3, fHeading: .5, fHeadLast: .6,
		fPairLast: 3.7, fPairAll: 2.2, fFirst: 1.5, fNear: .75, fAfter: 1, fCover: -.65, fTightLast: .4, fTight: 2.5,
	}
	weightsSingle = [features]float64{
		fDecay: 3.5, fLast: 2.6, fUser: 2.6, fDocHist: .9, fDocHist3: .2, fDocDecay: .9, fDocLast: .9, fTitle: 6.4, fHeading: .3, fHeadLast: .3,
		fPairLast: 2.4, fPairAll: 2.4, fFirst: 2.7, fAfter: .1, fCover: -4.1, fTightLast: -1.4, fTight: 2.7,
	}
)
