package pipeline

import "time"

// PastTicket is a ticket solved at a desk, with the times that the desk itself
// recorded: the baseline. A duration below zero is not known.
type PastTicket struct {
	TicketRef
	CreatedAt time.Time
	SolvedAt  time.Time
	// FirstResponse and Resolution run from the customer's first message.
	FirstResponse, Resolution DeskTime
	// Handling is the time agents spent, as the desk recorded it.
	Handling time.Duration
	Reopens  int // -1: not known
	// Definition names the desk's fields that these figures are.
	Definition string
}

// DeskTime is one duration by two clocks that are never averaged together.
type DeskTime struct {
	Calendar time.Duration
	Business time.Duration // by the desk's schedule of business hours
}

// Unknown is the value of a duration in a PastTicket that a desk does not tell.
const Unknown = time.Duration(-1)
