package search

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// CalibrationFile is answerable.json as `footnote eval calibration ../shared/data
// --write knowledge/search/answerable.json` writes it: the weights that probability uses,
// and what they give on sets and conversations that they were not fitted on. Never
// edit it by hand.
//
//go:embed answerable.json
var CalibrationFile []byte

// SignalWeight is one signal's weight in the logistic regression.
type SignalWeight struct {
	Signal string  `json:"signal"`
	Weight float64 `json:"weight"`
}

// answering holds the regression of answerable.json by signal.
type answering struct {
	bias    float64
	weights [signals]float64
}

var answers = func() answering {
	a, err := readAnswering(CalibrationFile)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return a
}()

// readAnswering reads a calibration; it must have every signal, in order.
func readAnswering(file []byte) (a answering, err error) {
	var f struct {
		Bias    float64        `json:"bias"`
		Weights []SignalWeight `json:"weights"`
	}
	if err := json.Unmarshal(file, &f); err != nil {
		return a, fmt.Errorf("read calibration: %w", err)
	}
	if len(f.Weights) != signals {
		return a, fmt.Errorf("read calibration: %d weights for %d signals: fit again with footnote eval calibration", len(f.Weights), signals)
	}
	a.bias = f.Bias
	for i, w := range f.Weights {
		if w.Signal != signalNames[i] {
			return a, fmt.Errorf("read calibration: weight %d is of %q, not of %q: fit again with footnote eval calibration", i, w.Signal, signalNames[i])
		}
		a.weights[i] = w.Weight
	}
	return a, nil
}

// SignalNames by signal, as calibrations name them.
func SignalNames() []string { return signalNames }
