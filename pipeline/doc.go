// Package pipeline holds the nouns of Footnote and the event contract that its
// parts meet through: tickets, passages, drafts, decisions, deliveries, events
// and error kinds. It imports the standard library only and does no I/O.
//
// It is not the place for behaviour: tracking, drafting, guards and the model
// gateway live in the folders below; people decide in review; desks and chats
// live in bots.
//
// # The life of a customer message (Outcome)
//
//	                 ┌─▶ held_out   (control arm: no draft is shown)
//	arrived ─tracking┼─▶ skipped    (a named rule: auto-reply, thanks)
//	                 ├─▶ skipped    (paused) ─drafting goes on, nobody answered─▶ requested
//	                 └─▶ requested ─drafting┬─▶ proposed
//	                                        ├─▶ abstained (reason + nearest passages)
//	                                        └─▶ skipped (superseded by a newer message)
//	any step that gives up ──────────────────▶ failed   (dead letter with reason, replay)
//
// # The life of a draft (DraftState; only review.Decide moves it)
//
//	open ─claim─▶ claimed ─┬─approve──▶ approved ─▶ (delivery decides) sent
//	  │   ◀──release──┘    ├─edit─────▶ approved    (the human's text, kept beside the draft's)
//	  │                    ├─reject───▶ rejected
//	  │                    ├─hand off─▶ handed_off
//	  │                    └─redraft──▶ superseded  (a new version follows)
//	  └─ newer message, agent's reply, changed source ─▶ stale
//	approved ─ delivery returned it (stale, failed, asked) ─▶ returned ─▶ approve again | reject
//	approved ─ undo, before delivery begins (undone) ─▶ returned
//	                                                  (asked) returned ─arrived, a person looked─▶ sent
//
// # The life of a delivery (DeliveryState; only bots moves it)
//
//	queued ─▶ sending(attempt, fence, marker) ─POST─┬─ 2xx ─────────────▶ sent
//	             ▲                                  ├─ definite refusal ─▶ failed
//	             │                                  └─ ambiguous ────────▶ unknown
//	             │                                                          │ look for it
//	             │                                     found ──▶ sent ◀─────┤
//	             └── absence proven twice, a settle time apart (one resend) ◀┤
//	        not found, which proves nothing; cannot look ─▶ asked (a person) ◀┘
//	before POST: somebody replied or the customer wrote ─▶ stale; taken back ─▶ undone
package pipeline
