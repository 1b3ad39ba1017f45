// Package search finds the passages that answer a conversation.
//
// What comes in: pipeline.Query, a conversation with who may read the answer. What
// goes out: pipeline.Answer, passages best first, with the probability that they
// answer.
//
// # The way of a question, one file a step
//
//	search ─▶ question (words, corrected) and dense (vector) ─▶ lists of the index
//	  ─▶ past (what approvals recall) ─▶ rerank ─▶ fusion (vectors) ─▶ judge (reranker)
//	  ─▶ choose in search (store_citable asks Postgres again) ─▶ neighbour ─▶ answerable (turn)
//
// explain writes down why, from what the steps themselves used. What approvals
// taught comes through the port Approvals, which package learning fills; search
// does not know lessons.
//
// Weights in weights.go and answerable.json are fitted, on sets that docs/retrieval.md
// names; nothing else here is.
package search
