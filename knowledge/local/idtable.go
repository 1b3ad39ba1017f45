package local

import "hash/maphash"

const (
	idFree = 0 // a place nobody took
	idGone = 1 // one whose point is gone: searches go on behind it
	idBase = 2 // added to ordinals
)

// idTable finds the ordinals of live points by id. It keeps ordinals alone, seven
// bytes a point, and reads the ids where they are anyway; a map would keep each id
// a second time, in fifty.
type idTable struct {
	seed   maphash.Seed
	places []uint32 // a power of two of them
	taken  int      // places that are not free
	live   int
}

func newIDTable() idTable {
	return idTable{seed: maphash.MakeSeed(), places: make([]uint32, 8)}
}

// find gives the ordinal of an id. ids are by ordinal.
func (t *idTable) find(ids []pointID, id pointID) (ord uint32, ok bool) {
	at, ok := t.place(ids, id)
	if !ok {
		return 0, false
	}
	return t.places[at] - idBase, true
}

func (t *idTable) place(ids []pointID, id pointID) (at uint64, ok bool) {
	mask := uint64(len(t.places) - 1)
	for at = maphash.Comparable(t.seed, id) & mask; t.places[at] != idFree; at = (at + 1) & mask {
		if p := t.places[at]; p != idGone && ids[p-idBase] == id {
			return at, true
		}
	}
	return at, false
}

// add enters ids[ord], which must not be in the table.
func (t *idTable) add(ids []pointID, ord uint32) {
	if 4*(t.taken+1) > 3*len(t.places) {
		t.rebuild(ids)
	}
	t.enter(ids[ord], ord)
	t.taken++
	t.live++
}

func (t *idTable) enter(id pointID, ord uint32) {
	mask := uint64(len(t.places) - 1)
	at := maphash.Comparable(t.seed, id) & mask
	for t.places[at] != idFree {
		at = (at + 1) & mask
	}
	t.places[at] = ord + idBase
}

// rebuild leaves out what is gone, in as many places as suit those alive.
func (t *idTable) rebuild(ids []pointID) {
	old, size := t.places, len(t.places)
	for 2*(t.live+1) > size {
		size *= 2
	}
	t.places, t.taken = make([]uint32, size), t.live
	for _, p := range old {
		if p >= idBase {
			t.enter(ids[p-idBase], p-idBase)
		}
	}
}

// remove takes an id out, if it is there.
func (t *idTable) remove(ids []pointID, id pointID) {
	if at, ok := t.place(ids, id); ok {
		t.places[at] = idGone
		t.live--
	}
}
