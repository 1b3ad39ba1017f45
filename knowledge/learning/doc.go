// Package learning turns people's decisions into better searches, and proves
// whether they are better.
//
// What comes in: decided drafts. What goes out: votes for passages, which search
// asks for through search.Approvals, and the figures of a replay, from which a proof
// switches them on or off.
//
// # The way of a decision, one file a step
//
//	teach (what a decision says; linked: what a pasted link says) ─▶ lesson ─▶ store_lesson
//	  ─▶ memory (what is remembered) ─▶ recall (votes for one question)
//	replay asks the past again, in time order; evidence: was an answer there?  ─▶ store_proof
//	reread: questions that the embedding model has not read
//
// It alone writes lessons, asks, learning_state and learning_proofs.
package learning
