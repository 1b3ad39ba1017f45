package local

// eval gives the ordinals of st that pass f, tombstones included: the caller
// intersects with the live points. A nil filter is not allowed here.
func (f *filter) eval(st *state) (bitmap, error) {
	n := len(st.ids)
	out := newBitmap(n)
	out.fill(n)
	for i := range f.must {
		b, err := f.must[i].eval(st)
		if err != nil {
			return nil, err
		}
		out.and(b)
	}
	for i := range f.mustNot {
		b, err := f.mustNot[i].eval(st)
		if err != nil {
			return nil, err
		}
		out.andNot(b)
	}
	if len(f.should) > 0 {
		if err := f.evalShould(st, out); err != nil {
			return nil, err
		}
	}
	if f.hasMinShould {
		if err := f.evalMinShould(st, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (f *filter) evalShould(st *state, out bitmap) error {
	some := newBitmap(len(st.ids))
	for i := range f.should {
		b, err := f.should[i].eval(st)
		if err != nil {
			return err
		}
		some.or(b)
	}
	out.and(some)
	return nil
}

func (f *filter) evalMinShould(st *state, out bitmap) error {
	counts := make([]uint32, len(st.ids))
	for i := range f.minShould {
		b, err := f.minShould[i].eval(st)
		if err != nil {
			return err
		}
		b.each(func(d uint32) bool { counts[d]++; return true })
	}
	for d, n := range counts {
		if uint64(n) < f.minCount {
			out.clear(uint32(d))
		}
	}
	return nil
}

// eval gives a fresh bitmap of the ordinals for which the condition holds.
func (c *condition) eval(st *state) (bitmap, error) {
	switch {
	case c.filter != nil:
		return c.filter.eval(st)
	case c.hasID:
		out := newBitmap(len(st.ids))
		for _, id := range c.ids {
			if ord, ok := st.ords.find(st.ids, id); ok {
				out.set(ord)
			}
		}
		return out, nil
	case c.hasVector != nil:
		out := newBitmap(len(st.ids))
		for ord := range uint32(len(st.ids)) {
			if st.hasVector(ord, *c.hasVector) {
				out.set(ord)
			}
		}
		return out, nil
	case !c.plain, st.columns[c.column] != nil && st.columns[c.column].given:
		return c.evalScan(st)
	}
	out := newBitmap(len(st.ids))
	col := st.columns[c.column]
	if col == nil {
		if c.isEmpty {
			out.fill(len(st.ids))
		}
		return out, nil
	}
	if c.isEmpty {
		out.fill(len(st.ids))
		filled := newBitmap(len(st.ids))
		col.filled.orInto(filled)
		out.andNot(filled)
	}
	if c.isNull {
		col.null.orInto(out)
	}
	switch {
	case c.exact != nil:
		for _, s := range c.exact {
			if code, ok := col.codes[s]; ok {
				col.posts[code].orInto(out)
			}
		}
	case c.test != nil:
		for code, s := range col.values {
			if c.test(s) {
				col.posts[code].orInto(out)
			}
		}
	}
	return out, nil
}

// evalScan reads the payload of every live point, once per request: for nested
// conditions, value counts, paths with [] and values that hardly
// repeat (hashes), which have no column.
func (c *condition) evalScan(st *state) (bitmap, error) {
	out := newBitmap(len(st.ids))
	var failed error
	st.live.each(func(ord uint32) bool {
		p, err := decodePayload(st.payloads.raw(ord))
		if err != nil {
			failed = err
			return false
		}
		if c.check(subject{payload: p}) {
			out.set(ord)
		}
		return true
	})
	return out, failed
}
