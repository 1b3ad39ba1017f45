// Package presence says who else looks at a ticket right now, or writes a reply to it.
// In: signs of life of open pages. Out: people, until their page is silent for Lasts.
//
// It is a hint between people and decides nothing: who may do what is review's. Rows
// are the database's, so that pages hear of each other across processes, and times are
// its clock's.
package presence
