package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is an estimate with its 95 % bootstrap interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// String writes it as people of the field do: ".563 [.541 .586]".
func (i Interval) String() string {
	return fmt.Sprintf("%s [%s %s]", Short(i.Value), Short(i.Low), Short(i.High))
}

// Short writes three digits without the leading zero.
func Short(x float64) string {
	s := fmt.Sprintf("%.3f", x)
	switch {
	case len(s) > 2 && s[:2] == "0.":
		return s[1:]
	case len(s) > 3 && s[:3] == "-0.":
		return "-" + s[2:]
	}
	return s
}

const (
	resamples     = 1000
	bootstrapSeed = 20261124
)

// Mean is the mean of values with its interval; the same values give the same
// interval. NaN without values.
func Mean(values []float64) Interval {
	return Bootstrap(len(values), func(pick func(i int) int) float64 {
		s := 0.0
		for i := range values {
			s += values[pick(i)]
		}
		return s / float64(len(values))
	})
}

// Difference is the mean of after − before, paired by question, with its
// interval. Both must be equally long.
func Difference(before, after []float64) Interval {
	d := make([]float64, len(before))
	for i := range d {
		d[i] = after[i] - before[i]
	}
	return Mean(d)
}

// Bootstrap estimates a statistic of n questions: statistic is called once with
// the identity and then with resampled indexes. It may call pick(i) for i in
// 0…n−1, any number of times.
func Bootstrap(n int, statistic func(pick func(i int) int) float64) Interval {
	if n == 0 {
		return Interval{math.NaN(), math.NaN(), math.NaN()}
	}
	rng := rand.New(rand.NewPCG(bootstrapSeed, uint64(n)))
	draw := make([]int, n)
	all := make([]float64, 0, resamples)
	for range resamples {
		for i := range draw {
			draw[i] = rng.IntN(n)
		}
		if x := statistic(func(i int) int { return draw[i] }); !math.IsNaN(x) {
			all = append(all, x)
		}
	}
	out := Interval{Value: statistic(func(i int) int { return i }), Low: math.NaN(), High: math.NaN()}
	if len(all) > 0 {
		slices.Sort(all)
		out.Low, out.High = all[int(.025*float64(len(all)))], all[min(int(.975*float64(len(all))), len(all)-1)]
	}
	return out
}
