package local

import "github.com/qdrant/go-client/qdrant"

// subject is what a filter is checked against, point by point. Inside a nested
// object there are neither ids nor vectors.
type subject struct {
	payload   payload
	id        *pointID
	hasVector func(name string) bool
}

// check decides f for one point: the definition that the bitmaps must equal,
// and the path for what has no column.
func (f *filter) check(s subject) bool {
	if f == nil {
		return true
	}
	for i := range f.must {
		if !f.must[i].check(s) {
			return false
		}
	}
	for i := range f.mustNot {
		if f.mustNot[i].check(s) {
			return false
		}
	}
	if len(f.should) > 0 && countChecks(f.should, s, 1) < 1 {
		return false
	}
	return !f.hasMinShould || countChecks(f.minShould, s, f.minCount) >= f.minCount
}

// countChecks counts the conditions that hold, up to enough.
func countChecks(cs []condition, s subject, enough uint64) (n uint64) {
	for i := range cs {
		if n >= enough {
			break
		}
		if cs[i].check(s) {
			n++
		}
	}
	return n
}

func (c *condition) check(s subject) bool {
	switch {
	case c.filter != nil:
		return c.filter.check(s)
	case c.hasID:
		for _, id := range c.ids {
			if s.id != nil && id == *s.id {
				return true
			}
		}
		return false
	case c.hasVector != nil:
		return s.hasVector != nil && s.hasVector(*c.hasVector)
	}
	values := valuesAt(s.payload, c.steps)
	if c.nested != nil {
		for _, v := range values {
			if o := v.GetStructValue(); o != nil && c.nested.check(subject{payload: o.GetFields()}) {
				return true
			}
		}
		return false
	}
	if c.isEmpty && allEmpty(values) || c.isNull && anyNull(values) {
		return true
	}
	for _, v := range values {
		if c.test != nil {
			for _, e := range elements(nil, v) {
				if c.test(e) {
					return true
				}
			}
		}
		if c.count != nil && countWithin(c.count, valuesCount(v)) {
			return true
		}
	}
	return len(values) == 0 && c.count != nil && countWithin(c.count, 0)
}

func allEmpty(values []*qdrant.Value) bool {
	for _, v := range values {
		if list := v.GetListValue(); list != nil && len(list.GetValues()) == 0 {
			continue
		}
		if scalarOf(v).kind != kindNull {
			return false
		}
	}
	return true
}

func anyNull(values []*qdrant.Value) bool {
	for _, v := range values {
		if v.GetListValue() == nil && scalarOf(v).kind == kindNull {
			return true
		}
	}
	return false
}

func valuesCount(v *qdrant.Value) uint64 {
	if list := v.GetListValue(); list != nil {
		return uint64(len(list.GetValues()))
	}
	if scalarOf(v).kind == kindNull {
		return 0
	}
	return 1
}

func countWithin(c *qdrant.ValuesCount, n uint64) bool {
	return (c.Lt == nil || n < *c.Lt) && (c.Gt == nil || n > *c.Gt) &&
		(c.Lte == nil || n <= *c.Lte) && (c.Gte == nil || n >= *c.Gte)
}
