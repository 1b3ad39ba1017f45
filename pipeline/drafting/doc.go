// Package drafting turns a customer's message into a cited draft: it reads the
// question from the thread, asks retrieval for public passages, lets a model or
// the extractive drafter write, runs the guards, saves the draft and tells what
// came of it.
//
//	draft.requested ─ read question ─ moved on? ──────────────────────▶ draft.skipped
//	                       │
//	                  nothing asked ─────────────────────────────────▶ draft.abstained
//	                       │
//	                   retrieve ── nothing near ─────────────────────▶ draft.abstained
//	                       │
//	                     model ── not whole, not proven, no budget ──┐
//	                       │            (one repair, next provider)  │
//	                       │                                     extractive ── nothing supports ─▶ draft.abstained
//	                     guards ◀────────────────────────────────────┘
//	                       │
//	                moved on meanwhile? ─────────────────────────────▶ draft.skipped
//	                       │
//	                     save (once for ticket, message, version) ───▶ draft.proposed
//
// Only public passages reach the model or a reply. Internal passages are looked
// up apart and shown to the agent. The package does not choose which messages
// get a draft (tracking does) and changes no draft after it was saved (review
// keeps decisions beside it).
package drafting
