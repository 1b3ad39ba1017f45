package local

import (
	"time"

	"github.com/qdrant/go-client/qdrant"
)

// A filter is compiled once per request: paths and ids are parsed, unsupported
// conditions refused. It then answers in two ways that agree: over the columns
// as a bitmap (filter_eval.go) and for one payload (filter_check.go), which
// nested conditions and paths with [] need.
type filter struct {
	must, should, mustNot []condition
	minShould             []condition
	minCount              uint64
	hasMinShould          bool
}

// condition is exactly one of: a nested filter, ids, a vector name, or a path.
type condition struct {
	filter    *filter
	hasID     bool
	ids       []pointID
	hasVector *string

	steps   []step
	column  string // the column's name if the path is plain
	plain   bool
	isEmpty bool
	isNull  bool
	nested  *filter
	test    func(scalar) bool // nil unless a field condition
	exact   []scalar          // the only values test accepts, if they are known
	count   *qdrant.ValuesCount
}

// compileFilter checks and compiles f; nil gives nil. Its errors are
// codes.InvalidArgument and codes.Unimplemented.
func compileFilter(f *qdrant.Filter) (*filter, error) {
	if f == nil {
		return nil, nil
	}
	out := &filter{}
	var err error
	if out.must, err = compileConditions(f.GetMust()); err != nil {
		return nil, err
	}
	if out.should, err = compileConditions(f.GetShould()); err != nil {
		return nil, err
	}
	if out.mustNot, err = compileConditions(f.GetMustNot()); err != nil {
		return nil, err
	}
	if m := f.GetMinShould(); m != nil {
		out.hasMinShould, out.minCount = true, m.GetMinCount()
		if out.minShould, err = compileConditions(m.GetConditions()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compileConditions leaves out conditions that say nothing, as Qdrant does.
func compileConditions(in []*qdrant.Condition) ([]condition, error) {
	out := make([]condition, 0, len(in))
	for _, c := range in {
		if c.GetConditionOneOf() == nil {
			continue
		}
		compiled, err := compileCondition(c)
		if err != nil {
			return nil, err
		}
		out = append(out, compiled)
	}
	return out, nil
}

func compileCondition(in *qdrant.Condition) (condition, error) {
	var c condition
	var err error
	switch v := in.GetConditionOneOf().(type) {
	case *qdrant.Condition_Filter:
		c.filter, err = compileFilter(v.Filter)
		if c.filter == nil {
			c.filter = &filter{}
		}
	case *qdrant.Condition_HasId:
		c.hasID = true
		c.ids, err = parseIDs(v.HasId.GetHasId())
	case *qdrant.Condition_HasVector:
		name := v.HasVector.GetHasVector()
		c.hasVector = &name
	case *qdrant.Condition_IsEmpty:
		c.isEmpty = true
		err = c.path(v.IsEmpty.GetKey())
	case *qdrant.Condition_IsNull:
		c.isNull = true
		err = c.path(v.IsNull.GetKey())
	case *qdrant.Condition_Nested:
		if err = c.path(v.Nested.GetKey()); err != nil {
			break
		}
		// A nested filter looks at the objects of a list, never at a lone object.
		if !c.steps[len(c.steps)-1].each {
			c.steps = append(c.steps, step{each: true, index: -1})
		}
		c.plain = false
		c.nested, err = compileFilter(v.Nested.GetFilter())
		if c.nested == nil {
			c.nested = &filter{}
		}
	case *qdrant.Condition_Field:
		err = c.field(v.Field)
	default:
		err = invalid("Malformed condition: a condition needs a value")
	}
	return c, err
}

func (c *condition) path(key string) (err error) {
	if c.steps, err = parsePath(key); err != nil {
		return err
	}
	c.column, c.plain = plainPath(c.steps)
	return nil
}

// field compiles a field condition. Several kinds in one condition are
// alternatives, as in Qdrant.
func (c *condition) field(f *qdrant.FieldCondition) error {
	if err := c.path(f.GetKey()); err != nil {
		return err
	}
	if f.GetGeoBoundingBox() != nil || f.GetGeoRadius() != nil || f.GetGeoPolygon() != nil {
		return unimplemented("a geo condition")
	}
	var tests []func(scalar) bool
	if m := f.GetMatch(); m != nil {
		test, exact, err := compileMatch(m)
		if err != nil {
			return err
		}
		tests, c.exact = append(tests, test), exact
	}
	if r := f.GetRange(); r != nil {
		tests, c.exact = append(tests, rangeTest(r)), nil
	}
	if r := f.GetDatetimeRange(); r != nil {
		tests, c.exact = append(tests, datetimeTest(r)), nil
	}
	c.isEmpty, c.isNull = f.GetIsEmpty(), f.GetIsNull()
	if f.GetValuesCount() != nil {
		c.count = f.GetValuesCount()
		c.plain = false
	}
	if len(tests) == 0 && c.count == nil && !c.isEmpty && !c.isNull {
		return invalid("Bad condition: at least one field condition must be specified for %q", f.GetKey())
	}
	switch len(tests) {
	case 0:
	case 1:
		c.test = tests[0]
	default:
		c.exact = nil
		c.test = func(s scalar) bool {
			for _, t := range tests {
				if t(s) {
					return true
				}
			}
			return false
		}
	}
	return nil
}

// compileMatch gives the test of a match and, unless it is an exception, the
// values that pass it.
func compileMatch(m *qdrant.Match) (func(scalar) bool, []scalar, error) {
	var exact []scalar
	except := false
	switch v := m.GetMatchValue().(type) {
	case *qdrant.Match_Keyword:
		exact = keywords([]string{v.Keyword})
	case *qdrant.Match_Integer:
		exact = integers([]int64{v.Integer})
	case *qdrant.Match_Boolean:
		b := scalar{kind: kindBool}
		if v.Boolean {
			b.num = 1
		}
		exact = []scalar{b}
	case *qdrant.Match_Keywords:
		exact = keywords(v.Keywords.GetStrings())
	case *qdrant.Match_Integers:
		exact = integers(v.Integers.GetIntegers())
	case *qdrant.Match_ExceptKeywords:
		except, exact = true, keywords(v.ExceptKeywords.GetStrings())
	case *qdrant.Match_ExceptIntegers:
		except, exact = true, integers(v.ExceptIntegers.GetIntegers())
	case nil:
		return nil, nil, invalid("Malformed Match condition")
	default:
		return nil, nil, unimplemented("a full-text match")
	}
	set := make(map[scalar]bool, len(exact))
	for _, s := range exact {
		set[s] = true
	}
	if except {
		return func(s scalar) bool { return s.kind != kindNull && !set[s] }, nil, nil
	}
	return func(s scalar) bool { return set[s] }, exact, nil
}

func keywords(in []string) []scalar {
	out := make([]scalar, len(in))
	for i, s := range in {
		out[i] = scalar{kind: kindKeyword, str: s}
	}
	return out
}

func integers(in []int64) []scalar {
	out := make([]scalar, len(in))
	for i, n := range in {
		out[i] = scalar{kind: kindInteger, num: n}
	}
	return out
}

func rangeTest(r *qdrant.Range) func(scalar) bool {
	return func(s scalar) bool {
		n, ok := s.number()
		return ok &&
			(r.Lt == nil || n < *r.Lt) && (r.Gt == nil || n > *r.Gt) &&
			(r.Lte == nil || n <= *r.Lte) && (r.Gte == nil || n >= *r.Gte)
	}
}

func datetimeTest(r *qdrant.DatetimeRange) func(scalar) bool {
	at := func(set bool, t interface{ AsTime() time.Time }) *time.Time {
		if !set {
			return nil
		}
		v := t.AsTime()
		return &v
	}
	lt, gt := at(r.Lt != nil, r.Lt), at(r.Gt != nil, r.Gt)
	lte, gte := at(r.Lte != nil, r.Lte), at(r.Gte != nil, r.Gte)
	return func(s scalar) bool {
		t, ok := s.instant()
		return ok &&
			(lt == nil || t.Before(*lt)) && (gt == nil || t.After(*gt)) &&
			(lte == nil || !t.After(*lte)) && (gte == nil || !t.Before(*gte))
	}
}
