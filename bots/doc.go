// Package bots is where people already work: it takes in what happens in
// helpdesks and chats and brings approved replies back. It declares the ports
// Desk and Chat that the folders below fill (one folder per platform), and
// holds what all platforms share: the intake of webhooks, the delivery of
// replies, and the reconcile poll that finds what webhooks did not tell.
//
// It is not the place for deciding about drafts (review) nor for writing them
// (pipeline/drafting); it meets both as events and through the small ports in
// chat.go and delivery.go.
//
// # Intake
//
//	webhook ─Desk.Parse─▶ events ─Publisher─▶ durable ack ─▶ 2xx
//	                 └─ bad signature 401 · junk 400        └─ no ack: 503, the sender tries again
//
// # Delivery of one approved reply (state in Postgres, table deliveries)
//
//	queued ─claim─▶ (reads the thread) ─┬─ someone wrote since ───────────▶ stale
//	   ▲                                └─▶ sending(attempt, fence) ─POST─┬─ 2xx ───────▶ sent
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
// Not to find a reply is no proof that the desk never got it: people move, merge,
// delete and hide what we look for. What proves it is Capabilities.Absence, for
// each desk (probe.go); where nothing does, a person is asked and nothing is sent
// again.
//
// Every change of state names the state and the fence it expects; a process
// that was overtaken while it slept changes nothing. sent, failed, stale and
// asked are final: reply.delivered or reply.returned follows after the commit
// and is published again until the bus has it.
package bots
