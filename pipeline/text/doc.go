// Package text is the one toolbox for text.
//
// What comes in: text of any language, from anybody. What goes out: its terms
// (analyse, words; stemmed, without stop words, as ids that stay the same for ever,
// for indexes are made of them), and its language.
package text
