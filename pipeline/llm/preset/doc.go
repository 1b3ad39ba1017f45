// Package preset knows how the endpoints of named products want to be asked.
//
// In: the name of a preset. Out: what of a provider's settings follows from it; what is
// set besides counts more. The facts are those of each product's own documentation; a
// scripted server for each, which keeps to that, stands in the tests (make
// conformance-llm). No key, no address of anybody's own and no price is in here.
package preset
