// Package intake takes in what happens at desks. In: webhooks, and what the
// reconcile poll finds that no webhook told. Out: ticket.received events, stored
// on the bus for good before a sender is told so; and, for people, webhooks that a
// desk signed and nobody can read.
//
//	webhook ─Desk.Parse─▶ events ─Publisher─▶ durable ack ─▶ 2xx
//	                 ├─ bad signature 401
//	                 ├─ signed, not to be read ─▶ quarantine (desk_quarantine) ─▶ 400
//	                 └─ no ack: 503, the sender tries again
//
//	each desk, now and then ─Poller.Changed─▶ tickets ─Reader.Thread─▶ events under the same ids ─▶ bus
//	                                                            └─▶ watermark (desk_watermarks) moves on
//
// It knows no platform: adapters verify and read (bots.Desk). It decides nothing
// about a ticket: pipeline/tracking does, from the events.
package intake
