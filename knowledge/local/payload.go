package local

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"
)

type payload = map[string]*qdrant.Value

// encodePayload gives the stored form: a point's payload as protobuf bytes,
// which is a fifth of the decoded size. An empty payload is nil.
func encodePayload(p payload) ([]byte, error) {
	if len(p) == 0 {
		return nil, nil
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(&qdrant.PointStruct{Payload: p})
	if err != nil {
		return nil, invalid("payload: %v", err)
	}
	return raw, nil
}

func decodePayload(raw []byte) (payload, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var p qdrant.PointStruct
	if err := proto.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("decode payload: %w", err)
	}
	return p.GetPayload(), nil
}

// step is one part of a payload path: a key, every element, or one element.
type step struct {
	key   string
	each  bool
	index int // -1 unless one element is meant
}

// parsePath reads Qdrant's payload path: dotted keys, "quoted" where they hold
// other characters, [] for every element and [n] for one.
func parsePath(path string) ([]step, error) {
	var steps []step
	bad := func() error { return invalid("Invalid json path: %q", path) }
	rest := path
	for first := true; rest != ""; first = false {
		if !first && rest[0] == '.' {
			rest = rest[1:]
		} else if !first && rest[0] != '[' {
			return nil, bad()
		}
		switch {
		case rest == "":
			return nil, bad()
		case rest[0] == '"':
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, bad()
			}
			steps = append(steps, step{key: rest[1 : end+1], index: -1})
			rest = rest[end+2:]
		case rest[0] == '[' && !first:
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, bad()
			}
			if end == 1 {
				steps = append(steps, step{each: true, index: -1})
			} else {
				n, err := strconv.ParseUint(rest[1:end], 10, 31)
				if err != nil {
					return nil, bad()
				}
				steps = append(steps, step{index: int(n)})
			}
			rest = rest[end+1:]
		default:
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 || strings.ContainsAny(rest[:end], `]"`) {
				return nil, bad()
			}
			steps = append(steps, step{key: rest[:end], index: -1})
			rest = rest[end:]
		}
	}
	if len(steps) == 0 {
		return nil, bad()
	}
	return steps, nil
}

// plainPath reports whether steps are keys only, none of which needs quoting:
// the paths that have a column, named by the keys joined with dots.
func plainPath(steps []step) (string, bool) {
	keys := make([]string, len(steps))
	for i, s := range steps {
		if s.each || s.index >= 0 || !plainKey(s.key) {
			return "", false
		}
		keys[i] = s.key
	}
	return strings.Join(keys, "."), true
}

func plainKey(key string) bool { return key != "" && !strings.ContainsAny(key, `.[]"`) }

// valuesAt gives the values steps lead to; none if the path leads nowhere.
func valuesAt(p payload, steps []step) []*qdrant.Value {
	v, ok := p[steps[0].key]
	if !ok {
		return nil
	}
	return descend(nil, v, steps[1:])
}

func descend(out []*qdrant.Value, v *qdrant.Value, steps []step) []*qdrant.Value {
	if len(steps) == 0 {
		return append(out, v)
	}
	switch s := steps[0]; {
	case s.each:
		for _, e := range v.GetListValue().GetValues() {
			out = descend(out, e, steps[1:])
		}
	case s.index >= 0:
		if list := v.GetListValue().GetValues(); s.index < len(list) {
			out = descend(out, list[s.index], steps[1:])
		}
	default:
		if e, ok := v.GetStructValue().GetFields()[s.key]; ok {
			out = descend(out, e, steps[1:])
		}
	}
	return out
}

// deletePath removes what steps lead to.
func deletePath(p payload, steps []step) {
	if len(steps) == 1 {
		delete(p, steps[0].key)
		return
	}
	if v, ok := p[steps[0].key]; ok {
		deleteIn(v, steps[1:])
	}
}

func deleteIn(v *qdrant.Value, steps []step) {
	s, last := steps[0], len(steps) == 1
	list := v.GetListValue()
	switch {
	case s.each && last:
		if list != nil {
			list.Values = nil
		}
	case s.each:
		for _, e := range list.GetValues() {
			deleteIn(e, steps[1:])
		}
	case s.index >= 0:
		if s.index < len(list.GetValues()) && !last {
			deleteIn(list.Values[s.index], steps[1:])
		}
	case last:
		delete(v.GetStructValue().GetFields(), s.key)
	default:
		if e, ok := v.GetStructValue().GetFields()[s.key]; ok {
			deleteIn(e, steps[1:])
		}
	}
}

// selection is what of a payload a response carries.
type selection struct {
	none    bool
	include [][]step
	exclude [][]step
}

// selectPayload reads a selector. Qdrant's default, for a missing selector, is
// everything for scroll and get and nothing for queries.
func selectPayload(s *qdrant.WithPayloadSelector, byDefault bool) (selection, error) {
	var sel selection
	var err error
	switch o := s.GetSelectorOptions().(type) {
	case nil:
		sel.none = !byDefault
	case *qdrant.WithPayloadSelector_Enable:
		sel.none = !o.Enable
	case *qdrant.WithPayloadSelector_Include:
		sel.include, err = parsePaths(o.Include.GetFields())
		sel.none = len(sel.include) == 0
	case *qdrant.WithPayloadSelector_Exclude:
		sel.exclude, err = parsePaths(o.Exclude.GetFields())
	}
	return sel, err
}

func parsePaths(fields []string) ([][]step, error) {
	out := make([][]step, len(fields))
	for i, f := range fields {
		var err error
		if out[i], err = parsePath(f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// apply decodes what is selected of an ordinal's payload.
func (sel selection) apply(from *payloads, ord uint32) (payload, error) {
	if sel.none || len(from.points.get(ord)) == 0 {
		return nil, nil
	}
	p, err := sel.decode(from, ord)
	if err != nil {
		return nil, err
	}
	for _, steps := range sel.exclude {
		deletePath(p, steps)
	}
	if sel.include == nil || sel.whole() {
		return p, nil
	}
	kept := payload{}
	for _, steps := range sel.include {
		if v, ok := p[steps[0].key]; ok {
			if part := extract(v, steps[1:]); part != nil {
				merge(kept, steps[0].key, part)
			}
		}
	}
	return kept, nil
}

// whole tells whether entries are selected whole: what decode gives needs no
// cutting.
func (sel selection) whole() bool {
	return !slices.ContainsFunc(sel.include, func(steps []step) bool { return len(steps) > 1 })
}

func (sel selection) decode(from *payloads, ord uint32) (payload, error) {
	if sel.include == nil {
		return decodePayload(from.raw(ord))
	}
	out := make(payload, len(sel.include))
	for entry := range from.each(ord) {
		key, value := cutEntry(entry)
		if !slices.ContainsFunc(sel.include, func(steps []step) bool { return steps[0].key == string(key) }) {
			continue
		}
		if text, ok := textOf(value); ok {
			out[string(key)] = qdrant.NewValueString(text)
			continue
		}
		p, err := decodePayload(entry)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, p)
	}
	return out, nil
}

// extract copies the part of v that steps lead to, inside its surroundings.
func extract(v *qdrant.Value, steps []step) *qdrant.Value {
	if len(steps) == 0 {
		return v
	}
	s := steps[0]
	if s.each || s.index >= 0 {
		var kept []*qdrant.Value
		for i, e := range v.GetListValue().GetValues() {
			if s.each || i == s.index {
				if part := extract(e, steps[1:]); part != nil {
					kept = append(kept, part)
				}
			}
		}
		if kept == nil {
			return nil
		}
		return qdrant.NewValueFromList(kept...)
	}
	e, ok := v.GetStructValue().GetFields()[s.key]
	if !ok {
		return nil
	}
	part := extract(e, steps[1:])
	if part == nil {
		return nil
	}
	return qdrant.NewValueStruct(&qdrant.Struct{Fields: payload{s.key: part}})
}

// merge puts part under key, joining the fields of two objects.
func merge(into payload, key string, part *qdrant.Value) {
	have := into[key].GetStructValue().GetFields()
	fields := part.GetStructValue().GetFields()
	if have == nil || fields == nil {
		into[key] = part
		return
	}
	joined := maps.Clone(have)
	for k, v := range fields {
		merge(joined, k, v)
	}
	into[key] = qdrant.NewValueStruct(&qdrant.Struct{Fields: joined})
}
