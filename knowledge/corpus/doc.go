// Package corpus is what search knows of all documents before anybody asks.
//
// What comes in: current passages from Postgres. What goes out: analysed documents
// (cache), how many documents and passages have a term (statistics, which counting moves
// on by what changed), and what a
// word that none of them has was probably meant as (correct).
package corpus
