// Package client is the connection to Slack that everything else in bots/slack
// works over.
//
// In: calls to make, deliveries to read, people to know. Out: answers, errors of
// the pipeline's kinds with what a person can do about them, accounts with their
// roles, who can read a channel, and Status, which says how the connection is.
//
//	client.go  what it is made of          api.go     what Slack's errors mean; who we are
//	call.go    may I call, tell somebody   pace.go    one post a second and channel
//	people.go  whose press it is           role.go    what their user groups allow
//	readers.go who reads along             cache.go   what is remembered of both
//	jobs.go    work that follows a press   status.go  how it is doing
//	events.go interaction.go  deliveries as they are read     store_seen.go  each only once
//
// It knows no drafts, cards or questions.
package client
