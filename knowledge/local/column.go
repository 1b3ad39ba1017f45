package local

import "github.com/qdrant/go-client/qdrant"

// column is one payload path over all points, dictionary-encoded: each distinct
// value once, with the set of ordinals that hold it. A condition is decided per
// distinct value, never per point.
type column struct {
	codes  map[scalar]uint32
	values []scalar   // by code
	posts  []ordinals // by code
	null   ordinals   // the value itself is null
	filled ordinals   // the value is neither null nor an empty list
	given  bool       // up, as its values hardly repeat: conditions read payloads
}

const (
	columnMany   = 1024 // distinct values from which a column may be given up
	columnRepeat = 2    // and is, when a value stands for fewer points than this
)

// columns are a collection's columns by plain path ("key" or "key.sub").
type columns map[string]*column

// add indexes the payload of the next ordinal.
func (cs columns) add(ord uint32, p payload) {
	cs.addObject(ord, "", p)
}

func (cs columns) addObject(ord uint32, prefix string, p payload) {
	for key, v := range p {
		if !plainKey(key) {
			continue // reachable by a quoted path only, which scans payloads
		}
		path := prefix + key
		cs.addValue(ord, path, v)
		if s := v.GetStructValue(); s != nil {
			cs.addObject(ord, path+".", s.GetFields())
		}
	}
}

func (cs columns) addValue(ord uint32, path string, v *qdrant.Value) {
	c := cs[path]
	if c == nil {
		c = &column{codes: map[scalar]uint32{}}
		cs[path] = c
	}
	if c.given {
		return
	}
	if n := len(c.values); n > columnMany && n*columnRepeat > int(ord) {
		*c = column{given: true}
		return
	}
	var buf [8]scalar
	all := elements(buf[:0], v)
	switch {
	case v.GetListValue() == nil && all[0].kind == kindNull:
		c.null.add(ord)
	case len(all) > 0:
		c.filled.add(ord)
	}
	for _, s := range all {
		code, ok := c.codes[s]
		if !ok {
			code = uint32(len(c.values))
			c.codes[s] = code
			c.values = append(c.values, s)
			c.posts = append(c.posts, ordinals{})
		}
		c.posts[code].add(ord)
	}
}
