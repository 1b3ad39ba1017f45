package knowledge

import "math"

// meaning is the direction of an embedding in a quarter of its room: a signed
// byte for each number, scaled so that the largest is ±127. The zero value has
// none and is like nothing.
type meaning struct {
	codes []int8
	size  float64
}

func newMeaning(v []float32) meaning {
	top := 0.0
	for _, x := range v {
		top = max(top, math.Abs(float64(x)))
	}
	if top == 0 {
		return meaning{}
	}
	codes := make([]int8, len(v))
	for i, x := range v {
		codes[i] = int8(math.Round(float64(x) / top * 127))
	}
	return meaningOf(codes)
}

func meaningOf(codes []int8) meaning {
	m := meaning{codes: codes}
	m.size = math.Sqrt(float64(m.dot(m)))
	return m
}

// comparable tells whether two are of as many numbers, and neither is empty.
func (m meaning) comparable(o meaning) bool {
	return m.size > 0 && o.size > 0 && len(m.codes) == len(o.codes)
}

// cosine of two that are comparable, within .01 of that of their embeddings.
func (m meaning) cosine(o meaning) float64 { return float64(m.dot(o)) / (m.size * o.size) }

func (m meaning) dot(o meaning) int32 {
	b, sum := o.codes[:len(m.codes)], int32(0)
	for i, x := range m.codes {
		sum += int32(x) * int32(b[i])
	}
	return sum
}

// bytes and meaningFrom are how it is kept.
func (m meaning) bytes() []byte {
	if m.size == 0 {
		return nil
	}
	out := make([]byte, len(m.codes))
	for i, c := range m.codes {
		out[i] = byte(c)
	}
	return out
}

func meaningFrom(b []byte) meaning {
	codes := make([]int8, len(b))
	for i, c := range b {
		codes[i] = int8(c)
	}
	return meaningOf(codes)
}
