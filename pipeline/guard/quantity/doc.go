// Package quantity reads the numbers of a text as a person does: in digits of every
// script and in words, with sign, fraction, range and version, bound to unit,
// period, half of the day and zone. What comes in is text in one language; what goes
// out are quantities with their places, which can be compared.
//
//	quantity.go  what a quantity is, and when one says what another says
//	read.go      finds them in a text
//	word.go      numbers in words, by language
//	unit.go      units, periods, months and zones, by language
package quantity
