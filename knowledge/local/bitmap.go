package local

import (
	"math/bits"
	"slices"
)

// bitmap is a set of ordinals, one bit each. A bitmap may be shorter than the
// number of ordinals: missing words are zero.
type bitmap []uint64

func newBitmap(n int) bitmap { return make(bitmap, (n+63)>>6) }

func (b bitmap) has(i uint32) bool {
	w := int(i >> 6)
	return w < len(b) && b[w]>>(i&63)&1 != 0
}

// set grows the bitmap as needed.
func (b *bitmap) set(i uint32) {
	for int(i>>6) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}

func (b bitmap) clear(i uint32) {
	if w := int(i >> 6); w < len(b) {
		b[w] &^= 1 << (i & 63)
	}
}

func (b bitmap) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func (b bitmap) empty() bool {
	return !slices.ContainsFunc(b, func(w uint64) bool { return w != 0 })
}

// or adds the members of o, which must not be longer than b.
func (b bitmap) or(o bitmap) {
	for i, w := range o {
		b[i] |= w
	}
}

func (b bitmap) and(o bitmap) {
	n := min(len(b), len(o))
	for i := range n {
		b[i] &= o[i]
	}
	clear(b[n:])
}

func (b bitmap) andNot(o bitmap) {
	for i := range min(len(b), len(o)) {
		b[i] &^= o[i]
	}
}

// fill makes b the set 0..n-1.
func (b bitmap) fill(n int) {
	for i := range b {
		b[i] = ^uint64(0)
	}
	if r := n & 63; r != 0 && len(b) > 0 {
		b[len(b)-1] = 1<<r - 1
	}
}

// each calls f with every member, ascending, until f returns false.
func (b bitmap) each(f func(uint32) bool) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			if !f(uint32(i<<6 + bits.TrailingZeros64(w))) {
				return
			}
		}
	}
}

// ordinals is a growing set of ordinals: a list while it is sparse, a bitmap
// once the bitmap is the smaller of the two.
type ordinals struct {
	list []uint32
	bits bitmap
}

// add inserts ord, which must not be less than any member; repeats are ignored.
func (o *ordinals) add(ord uint32) {
	if o.bits != nil {
		o.bits.set(ord)
		return
	}
	if n := len(o.list); n > 0 && o.list[n-1] == ord {
		return
	}
	o.list = append(o.list, ord)
	if n := len(o.list); n >= 64 && n*32 > int(ord) {
		o.bits = newBitmap(int(ord) + 1)
		for _, m := range o.list {
			o.bits.set(m)
		}
		o.list = nil
	}
}

// orInto adds the members to dst, which must be long enough for all of them.
func (o *ordinals) orInto(dst bitmap) {
	dst.or(o.bits)
	for _, ord := range o.list {
		dst[ord>>6] |= 1 << (ord & 63)
	}
}
