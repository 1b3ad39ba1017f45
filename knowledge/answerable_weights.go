package knowledge

var (
	answerBias    = 0.0
	answerWeights = [signals]float64{}
)
