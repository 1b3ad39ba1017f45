package local

import (
	"github.com/qdrant/go-client/qdrant"
)

const defaultGroupSize = 3

// group is the best points that share a value of the grouping field.
type group struct {
	key  scalar
	hits []ranked
}

// queryGroups answers a group query: the groups of the best points, best first.
// A point with several values is in several groups; one without a keyword or an
// integer is in none. The search widens until the groups are full or every
// point was seen, so groups are exact where Qdrant gives up after ten rounds.
func (c *collection) queryGroups(in *qdrant.QueryPointGroups) ([]*qdrant.PointGroup, error) {
	if in.GetWithLookup() != nil {
		return nil, unimplemented("with_lookup")
	}
	steps, err := parsePath(in.GetGroupBy())
	if err != nil {
		return nil, err
	}
	sel, err := selectPayload(in.GetWithPayload(), false)
	if err != nil {
		return nil, err
	}
	limit, size := clampLimit(in.Limit, defaultLimit), clampLimit(in.GroupSize, defaultGroupSize)
	if limit == 0 || size == 0 {
		return nil, invalid("Validation error in body: [limit and group_size must be greater than or equal to 1]")
	}
	hasKey, err := compileFilter(&qdrant.Filter{MustNot: []*qdrant.Condition{qdrant.NewIsEmpty(in.GetGroupBy())}})
	if err != nil {
		return nil, err
	}
	r := request{
		prefetch: in.GetPrefetch(), query: in.GetQuery(), using: in.GetUsing(), filter: in.GetFilter(),
		threshold: in.ScoreThreshold, lookup: in.GetLookupFrom(),
	}
	all := len(c.st.ids)
	var groups []group
	for r.limit = min(limit*size*4, all); ; r.limit = min(r.limit*8, all) {
		hits, err := querying{schema: c.schema, st: c.st, widen: size}.run(r, hasKey, 0)
		if err != nil {
			return nil, err
		}
		var full bool
		if groups, full, err = c.st.group(hits, steps, limit, size); err != nil {
			return nil, err
		}
		if full || len(hits) < r.limit || r.limit >= all {
			break
		}
	}
	out := make([]*qdrant.PointGroup, len(groups))
	for i, g := range groups {
		points, err := c.st.scored(g.hits, sel, selectVectors(in.GetWithVectors()))
		if err != nil {
			return nil, err
		}
		out[i] = &qdrant.PointGroup{Id: g.id(), Hits: points}
	}
	return out, nil
}

// group deals hits, best first, into the first limit groups of at most size.
// full reports that further hits could not change the result.
func (st *state) group(hits []ranked, steps []step, limit, size int) (groups []group, full bool, err error) {
	at := map[scalar]int{}
	filled := 0
	for _, h := range hits {
		p, err := decodePayload(st.payloads.raw(h.ord))
		if err != nil {
			return nil, false, err
		}
		seen := map[scalar]bool{}
		for _, key := range groupKeys(p, steps) {
			i, ok := at[key]
			if !ok && len(groups) < limit {
				i, ok = len(groups), true
				at[key] = i
				groups = append(groups, group{key: key})
			}
			if !ok || seen[key] || len(groups[i].hits) == size {
				continue
			}
			seen[key] = true
			groups[i].hits = append(groups[i].hits, h)
			if len(groups[i].hits) == size {
				filled++
			}
		}
		if filled == limit {
			return groups, true, nil
		}
	}
	return groups, false, nil
}

func groupKeys(p payload, steps []step) []scalar {
	var keys []scalar
	for _, v := range valuesAt(p, steps) {
		for _, s := range elements(nil, v) {
			if s.kind == kindKeyword || s.kind == kindInteger {
				keys = append(keys, s)
			}
		}
	}
	return keys
}

func (g group) id() *qdrant.GroupId {
	switch {
	case g.key.kind == kindKeyword:
		return &qdrant.GroupId{Kind: &qdrant.GroupId_StringValue{StringValue: g.key.str}}
	case g.key.num < 0:
		return &qdrant.GroupId{Kind: &qdrant.GroupId_IntegerValue{IntegerValue: g.key.num}}
	}
	return &qdrant.GroupId{Kind: &qdrant.GroupId_UnsignedValue{UnsignedValue: uint64(g.key.num)}}
}
