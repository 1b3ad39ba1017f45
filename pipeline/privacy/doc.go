// Package privacy finds what identifies a person in text, and puts placeholders in its
// place before the text leaves for a model, an embedding or a rerank endpoint. What
// comes in is text and what is known of whom it speaks of; what goes out is the text
// with placeholders, and a Book that puts the values back. It keeps no state and does
// no I/O.
//
//	privacy.go   Find, Mask, and the Book of one exchange
//	pattern.go   what has a form: addresses of mail and network, phones, cards, accounts, keys, numbers of orders
//	identity.go  national identity numbers, by their check digits
//	place.go     postal addresses
//	name.go      names of people: known ones, announced ones, and given names
package privacy
