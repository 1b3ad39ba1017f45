// Package cards keeps one card for each draft in the triage channel, with its
// thread.
//
// In: the id of a draft of which something changed. Out: a posted or updated
// message that shows the draft's present state, and what stands under it.
//
//	event ─▶ hold the card (Postgres) ─▶ read the draft's present state ─▶ render ─▶ lint ─▶ post or update
//
//	open ─ claimed ─ approved, being sent ─ sent
//	                 └─ returned (why; approve again)
//	open, claimed ─ rejected (why) · handed off · redraft asked for · out of date (why)
//
// show.go posts and updates; card.go says what stands on it, with detail.go
// (sources, findings, small print), changes.go (since the version before),
// buttons.go and discreet.go (where outsiders read along); thread.go is what
// stands under it. What people then press is presses' business.
package cards
