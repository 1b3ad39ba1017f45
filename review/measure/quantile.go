package measure

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// minForInterval is the fewest values for which an interval is given: with five,
// 95 % reach beyond the shortest and the longest, where no interval can follow.
const minForInterval = 6

// resampled is the size from which an interval is not resampled any more but read
// from the two values that resampling tends to.
const resampled = 500

// ranks lists the order statistics (from 0) that summarise needs of n values.
func ranks(n int) []int {
	if n == 0 {
		return nil
	}
	var out []int
	for _, q := range []float64{0.5, 0.9} {
		i := int(q * float64(n-1))
		out = append(out, i, min(i+1, n-1))
	}
	switch {
	case n < minForInterval:
	case n < resampled:
		for _, m := range resamples(n) {
			out = append(out, m.low, m.high)
		}
	default:
		low, high := normalRanks(n)
		out = append(out, low, high)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// summarise makes a figure of n values; at returns the k-th smallest, from 0, and
// is asked for those that ranks lists only.
func summarise(n int, at func(k int) float64) Figure {
	f := Figure{N: n}
	if n == 0 {
		return f
	}
	f.MedianMS, f.P90MS = quantileOf(n, 0.5, at), quantileOf(n, 0.9, at)
	switch {
	case n < minForInterval:
	case n < resampled:
		f.LowMS, f.HighMS = medianInterval(n, at)
	default:
		low, high := normalRanks(n)
		f.LowMS, f.HighMS = at(low), at(high)
	}
	return f
}

// figure summarises sorted values in milliseconds.
func figure(sorted []float64) Figure {
	return summarise(len(sorted), func(k int) float64 { return sorted[k] })
}

// quantileOf interpolates linearly between order statistics of n values (Hyndman
// and Fan's type 7, as percentile_cont and Excel do).
func quantileOf(n int, q float64, at func(k int) float64) float64 {
	where := q * float64(n-1)
	i := int(where)
	if i+1 >= n {
		return at(n - 1)
	}
	low := at(i)
	return low + (where-float64(i))*(at(i+1)-low)
}

// normalRanks bound the median of n values at 95 %, by the normal approximation of
// the binomial: n/2 ± 1.96 √n/2, rounded outwards. They are what the bootstrap of
// the median tends to with more resamples (Efron 1979, Maritz and Jarrett 1978).
func normalRanks(n int) (low, high int) {
	low = max(0, int((float64(n)-1.96*math.Sqrt(float64(n)))/2)-1)
	return low, n - 1 - low
}

// middle is the median of a resample, as the ranks of its one or two middle
// values, and how many resamples have it.
type middle struct{ low, high, times int }

var resampleCache sync.Map // n → []middle

// resamples are the medians of 2,000 resamples of n values with a fixed seed, so
// that the same tickets give the same interval. Which ranks they are depends on n
// alone, so they are drawn once.
func resamples(n int) []middle {
	if m, ok := resampleCache.Load(n); ok {
		return m.([]middle)
	}
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	seen := map[[2]int]int{}
	drawn := make([]uint16, n)
	for range 2000 {
		clear(drawn)
		for range n {
			drawn[rng.IntN(n)]++
		}
		var m [2]int
		for k, i := 0, 0; k < n; k++ { // the (n-1)/2-th and the n/2-th
			i += int(drawn[k])
			if drawn[k] > 0 && i > (n-1)/2 && i-int(drawn[k]) <= (n-1)/2 {
				m[0] = k
			}
			if i > n/2 {
				m[1] = k
				break
			}
		}
		seen[m]++
	}
	var out []middle
	for m, times := range seen {
		out = append(out, middle{m[0], m[1], times})
	}
	slices.SortFunc(out, func(a, b middle) int { return cmp.Or(a.low-b.low, a.high-b.high) })
	resampleCache.Store(n, out)
	return out
}

// medianInterval is the 95 % percentile bootstrap of the median (Efron 1979).
func medianInterval(n int, at func(k int) float64) (low, high float64) {
	medians := make([]float64, 0, 2000)
	for _, m := range resamples(n) {
		a, b := at(m.low), at(m.high)
		for range m.times {
			medians = append(medians, a+0.5*(b-a))
		}
	}
	slices.Sort(medians)
	of := func(k int) float64 { return medians[k] }
	return quantileOf(len(medians), 0.025, of), quantileOf(len(medians), 0.975, of)
}
