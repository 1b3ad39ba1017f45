// Package bots is where people already work: helpdesks, mailboxes and chats. It
// declares the ports Desk and Chat that the folders below fill (one folder per
// platform), and holds what all platforms share:
//
//   - the ports: desk.go, note.go, history.go, check.go, probe.go (what a desk can
//     do), chat.go (what a chat needs), port.go (the bus and the quarantine)
//   - calls to a platform: api.go, call.go, post.go, lane.go, pace.go
//   - what a platform tells: signature.go, standardwebhook.go, inbound.go,
//     author.go, place.go, past.go
//   - text of outsiders: text.go, text_attribute.go, html.go, autoreply.go
//
// That is more than fifteen files, each for itself and small: adapters use all of
// it, and one import is what they should need.
//
// In and out are rooms of their own: intake takes webhooks and polls, and puts
// events on the bus; delivery brings approved replies back and shows drafts at
// desks. Neither knows a platform.
//
// It is not the place for deciding about drafts (review) nor for writing them
// (pipeline/drafting); it meets both as events and through small ports.
package bots
