// Package saved keeps replies that a team writes once. In: a name and a text with
// variables. Out: the text for one customer, to be put into the editor, where it goes
// through the same guards as everything that a person writes.
//
// It sends nothing and proves nothing: a sentence of a saved reply that no source says
// is marked like any other.
package saved
