package local

import (
	"math"
	"strconv"

	"github.com/qdrant/go-client/qdrant"
)

// defaultRRFK is Qdrant's k when the query gives none.
const defaultRRFK = 2

// fuser turns ranked lists into lists of points with the score each list adds.
type fuser func(lists [][]ranked) ([][]ranked, error)

// rrf is reciprocal rank fusion: 1/((rank+1)/weight + k − 1), rank from 0. A
// weight of 0 or less adds nothing. No weights means 1 for every list; their
// number must otherwise match, or the error is codes.InvalidArgument.
func rrf(k uint32, weights []float32) fuser {
	return func(lists [][]ranked) ([][]ranked, error) {
		if len(weights) > 0 && len(weights) != len(lists) {
			return nil, invalid("Number of weights in RRF should match number of pre-fetches: got %d, expected %d",
				len(weights), len(lists))
		}
		for i, list := range lists {
			weight := float32(1)
			if len(weights) > 0 {
				weight = weights[i]
			}
			for rank := range list {
				list[rank].score = 0
				if weight > 0 {
					list[rank].score = 1 / (float32(rank+1)/weight + float32(k) - 1)
				}
			}
		}
		return lists, nil
	}
}

// dbsf is distribution-based score fusion: each list's mean ± 3σ (sample
// variance, by Welford's method in float32) becomes 0 to 1. One result, or
// equal scores, become ½.
func dbsf(lists [][]ranked) ([][]ranked, error) {
	for _, list := range lists {
		var mean, sum float32
		for i, h := range list {
			before := h.score - mean
			mean += before / float32(i+1)
			sum += float32(before * (h.score - mean))
		}
		low, high := mean, mean
		if len(list) > 1 {
			sigma := float32(math.Sqrt(float64(sum / float32(len(list)-1))))
			low, high = mean-float32(3*sigma), mean+float32(3*sigma)
		}
		for i := range list {
			if low == high {
				list[i].score = 0.5
			} else {
				list[i].score = (list[i].score - low) / (high - low)
			}
		}
	}
	return lists, nil
}

// fuse answers a fusion query. The filter acts inside the prefetches; a score
// must reach the threshold.
func (q querying) fuse(r request, f *filter, depth int, by fuser) ([]ranked, error) {
	if len(r.prefetch) == 0 {
		return nil, invalid("cannot apply Fusion without prefetches")
	}
	if r.using != "" {
		return nil, invalid("Fusion queries cannot be combined with the 'using' field.")
	}
	found, err := q.sources(r, f, depth)
	if err != nil {
		return nil, err
	}
	lists, err := by(found)
	if err != nil {
		return nil, err
	}
	sums := map[uint32]float32{}
	for _, list := range lists {
		for _, h := range list {
			sums[h.ord] += h.score
		}
	}
	top := topK{k: r.limit, ids: q.st.ids}
	for ord, score := range sums {
		if r.threshold == nil || score >= *r.threshold {
			top.push(hit{ord, score})
		}
	}
	hits := top.sorted()
	out := make([]ranked, len(hits))
	for i, h := range hits {
		out[i] = ranked(h)
	}
	return out, nil
}

func idString(id *qdrant.PointId) string {
	if u := id.GetUuid(); u != "" {
		return u
	}
	return strconv.FormatUint(id.GetNum(), 10)
}
