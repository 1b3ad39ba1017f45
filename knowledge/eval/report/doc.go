// Package report says what a measurement came to: for people as Markdown tables that
// read as text too, for programs as JSON. It also names the sets that figures in
// docs/retrieval.md are of, and writes the calibration that ships with search.
//
// In: labelled sets and an eval.Open; out: Retrieval, Abstention, Calibration,
// Learning. How things are measured stands in package eval; databases, indexes and
// endpoints come from whoever opens them.
package report
