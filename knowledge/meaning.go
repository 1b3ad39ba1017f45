package knowledge

import "math"

// Meaning is the direction of an embedding in a quarter of its room: a signed
// byte for each number, scaled so that the largest is ±127. The zero value has
// none and is like nothing.
type Meaning struct {
	codes []int8
	Size  float64
}

func NewMeaning(v []float32) Meaning {
	top := 0.0
	for _, x := range v {
		top = max(top, math.Abs(float64(x)))
	}
	if top == 0 {
		return Meaning{}
	}
	codes := make([]int8, len(v))
	for i, x := range v {
		codes[i] = int8(math.Round(float64(x) / top * 127))
	}
	return meaningOf(codes)
}

func meaningOf(codes []int8) Meaning {
	m := Meaning{codes: codes}
	m.Size = math.Sqrt(float64(m.dot(m)))
	return m
}

// Comparable tells whether two are of as many numbers, and neither is empty.
func (m Meaning) Comparable(o Meaning) bool {
	return m.Size > 0 && o.Size > 0 && len(m.codes) == len(o.codes)
}

// Cosine of two that are comparable, within .01 of that of their embeddings.
func (m Meaning) Cosine(o Meaning) float64 { return float64(m.dot(o)) / (m.Size * o.Size) }

func (m Meaning) dot(o Meaning) int32 {
	b, sum := o.codes[:len(m.codes)], int32(0)
	for i, x := range m.codes {
		sum += int32(x) * int32(b[i])
	}
	return sum
}

// Bytes and meaningFrom are how it is kept.
func (m Meaning) Bytes() []byte {
	if m.Size == 0 {
		return nil
	}
	out := make([]byte, len(m.codes))
	for i, c := range m.codes {
		out[i] = byte(c)
	}
	return out
}

func MeaningFrom(b []byte) Meaning {
	codes := make([]int8, len(b))
	for i, c := range b {
		codes[i] = int8(c)
	}
	return meaningOf(codes)
}
