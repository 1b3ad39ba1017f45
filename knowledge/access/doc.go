// Package access reads who may read a page, and whether it is in use, out of
// whatever the page says about itself. It fails closed: what says in any dialect
// that it is not for customers is not, and what looks as if it said something and is
// not understood waits for a person. It reads bytes and writes nothing; it is not
// where people's rights are checked (review/access).
//
// # The way of a page
//
//	dialect: text ─▶ fields      one decoder each for YAML, TOML, JSON, <meta>, comments, first lines
//	path:    path ─▶ fields      folders, names of parts; older versions of a page
//	words:   key  ─▶ its kind    who reads · is it in use · may it be found · from when to when
//	access:  fields ─▶ verdict   the strictest statement holds
//
// # The verdict
//
//	it says …                                  then
//	nothing, or that it is public              what the source says (audience: public opens an internal source)
//	that it is not for customers               internal: agents find it
//	that it is not in use, or to be found      left out, unless it is internal anyway and only not to be found
//	from when, until when                      it holds on those days
//	something about access that is unclear     quarantine, until a person decides for the source
//	something that cannot be read              quarantine
//
// Only a word that is plainly public opens; any key closes. A list is public when
// all it names is. What a person decided about a key of a source comes before all
// that.
package access
