package measure

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// spread is how the values of one figure lie in [from, to): how many in each
// bucket, and the values themselves of the buckets that its quantiles fall into.
type spread struct {
	noun, part string
	from, to   time.Time
	buckets    []int16 // ascending
	counts     []int
	n          int
	values     map[int16][]float64 // sorted
	within     float64             // relative error of a value that was not looked up
}

// maxExact is how many values of one bucket are looked at. With more, the middle
// of the bucket stands for them, which is off by 1 % at most.
const maxExact = 25_000

func (s *spread) add(bucket int16, n int) {
	i, found := slices.BinarySearch(s.buckets, bucket)
	if !found {
		s.buckets, s.counts = slices.Insert(s.buckets, i, bucket), slices.Insert(s.counts, i, 0)
	}
	s.counts[i] += n
	s.n += n
}

// place finds the k-th smallest value: its bucket, and how many there are below it
// in there.
func (s *spread) place(k int) (i, offset int) {
	for i, n := range s.counts {
		if k < n {
			return i, k
		}
		k -= n
	}
	return len(s.counts) - 1, 0
}

// wanted lists the buckets that its quantiles fall into and that are small enough
// to be looked at.
func (s *spread) wanted() []int16 {
	var out []int16
	for _, k := range ranks(s.n) {
		if i, _ := s.place(k); s.counts[i] <= maxExact && !slices.Contains(out, s.buckets[i]) {
			out = append(out, s.buckets[i])
		}
	}
	return out
}

func (s *spread) at(k int) float64 {
	i, offset := s.place(k)
	if v := s.values[s.buckets[i]]; offset < len(v) {
		return v[offset]
	}
	s.within = growth/2 - 0.5
	if s.buckets[i] == 0 {
		return 0
	}
	return math.Pow(growth, float64(s.buckets[i])-0.5) / 1000
}

// figure summarises the spread; its values must have been looked up.
func (s *spread) figure() Figure {
	f := summarise(s.n, s.at)
	f.Within = s.within
	return f
}

// lookUp reads the values that the figures of the spreads need.
func lookUp(ctx context.Context, tx pgx.Tx, f Filter, spreads []*spread) error {
	var nouns, parts []string
	var buckets []int16
	var from, to []time.Time
	var of []*spread
	for _, s := range spreads {
		for _, b := range s.wanted() {
			nouns, parts, buckets, from, to, of = append(nouns, s.noun), append(parts, s.part), append(buckets, b), append(from, s.from), append(to, s.to), append(of, s)
		}
	}
	args := []any{nouns, parts, buckets, from, to}
	only := f.only(&args)
	rows, err := tx.Query(ctx, `
		SELECT q.i, f.value
		  FROM unnest($1::text[], $2::text[], $3::smallint[], $4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY AS q (noun, part, bucket, lo, hi, i)
		 CROSS JOIN LATERAL (
		    SELECT value
		      FROM report_facts f
		     WHERE f.noun = q.noun
		       AND f.part = q.part
		       AND f.bucket = q.bucket
		       AND f.at >= q.lo
		       AND f.at < q.hi
		       `+only+`
		    OFFSET 0) f -- one look into the index for each bucket
		 ORDER BY q.i, f.value`, args...)
	if err != nil {
		return fmt.Errorf("read values: %w", err)
	}
	var i int
	var value float64
	_, err = pgx.ForEachRow(rows, []any{&i, &value}, func() error {
		s := of[i-1]
		if s.values == nil {
			s.values = map[int16][]float64{}
		}
		s.values[buckets[i-1]] = append(s.values[buckets[i-1]], value)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read values: %w", err)
	}
	return nil
}
