// Package text is the one toolbox for text.
//
// What comes in: text of any language, from anybody. What goes out:
//
//   - its terms for an index (Analyse: stems as ids, without stop words). The ids stay
//     the same for ever, for indexes are made of them;
//   - its words with their places (Words), by the same rules, stems and stop words,
//     for whoever compares or quotes texts;
//   - its language, or that it shows none (Detect), and its words without Markdown (Plain).
//
// What a person wrote in a message of a mailbox or desk, and whether nobody did, is
// told by text/letter. What is known of a language stands in tongue.go and stopwords.go, and of those that
// we only tell apart in voters.go.
package text
