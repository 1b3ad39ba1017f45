// Package delivery brings what people approved back to desks. In: draft.decided.
// Out: one public reply for one approval, and reply.delivered or reply.returned.
// A Shower shows drafts at desks whose agents do not use Slack, for agents only:
// in: draft.proposed; out: a private note, or the desk's own draft.
//
// # Delivery of one approved reply (state in Postgres, table deliveries)
//
//	queued ─claim─▶ (reads the thread) ─┬─ taken back ────────────────────▶ undone
//	   ▲                                ├─ someone wrote since ───────────▶ stale
//	   │                                └─▶ sending(attempt, fence) ─POST─┬─ 2xx ───────▶ sent
//	   │ desk down, 429                                                   ├─ refused ───▶ failed
//	   │ (nothing was posted)                                             └─ ambiguous ─▶ unknown
//	   │                                                       our death while sending ─▶ unknown
//	unknown ─probe after the settle time─┬─ found as it was sent ────────▶ sent
//	   │                                 ├─ proven absent once ──────────▶ unknown, probe again
//	   │                                 ├─ proven twice, one attempt ───▶ queued (the one resend)
//	   │                                 ├─ proven twice, resent ────────▶ asked
//	   │                                 ├─ not found, proves nothing, ×2 ▶ asked
//	   └─────────────────────────────────┴─ cannot be read ──────────────▶ asked
//
// A row is due at SendAt of its approval, so that people can take it back: review
// answers Fresh or Undo, never both, for one approval.
//
// Not to find a reply is no proof that the desk never got it: people move, merge,
// delete and hide what we look for. What proves it is Capabilities.Absence, for
// each desk (probe.go); where nothing does, a person is asked and nothing is sent
// again.
//
// sent and asked can still become undelivered: a desk that sends mail is told later
// that a reply did not arrive (ticket.received of kind undelivered), and
// reply.returned gives the work back (undelivered.go).
//
// Every change of state names the state and the fence it expects; a process
// that was overtaken while it slept changes nothing. sent, failed, stale,
// asked and undone are final: reply.delivered or reply.returned follows after the commit
// and is published again until the bus has it.
//
// # A draft shown at its desk (table desk_notes)
//
//	waiting ─▶ tried ─┬─ 2xx ─────────────────────────────▶ shown
//	   ▲              ├─ refused ─────────────────────────▶ refused
//	   └── no answer: ├─ absent twice: written once more
//	                  └─ found by its marker ─────────────▶ shown
//
// One note stands for a question: a newer draft's row takes over the note of the one
// before (note.go), and what becomes of the draft is written into it where the desk
// lets notes be changed.
//
// It decides nothing: approvals come from review, and what may be sent right now
// is asked through the port Freshness.
package delivery
