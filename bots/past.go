package bots

import (
	"time"

	"footnote/pipeline"
)

// Quiet is how long an agent's reply must have stood as the last word for a
// ticket to count as solved, at places that know no status of their own.
const Quiet = 72 * time.Hour

// QuietDefinition says in PastTicket.Definition what PastOf counts.
const QuietDefinition = "first response: first reply of an agent - first message of the customer; solved: a reply of an agent that the customer did not answer within 72 h; " +
	"reopens: messages of the customer after that"

// PastOf tells from its messages, oldest first, how long a ticket took that has
// no status: a mailbox's thread, a chat's. It is solved by the reply that stayed
// the last word for Quiet, or, where somebody has marked the ticket solved
// (t.Status), by the last reply; a customer who writes after that reopens it.
// False for what is not solved, or was not begun by a customer. Messages of
// others than customers and agents are left out.
func PastOf(t pipeline.Ticket, now time.Time) (pipeline.PastTicket, bool) {
	unknown := pipeline.DeskTime{Calendar: pipeline.Unknown, Business: pipeline.Unknown}
	p := pipeline.PastTicket{TicketRef: t.TicketRef, FirstResponse: unknown, Resolution: unknown, Handling: pipeline.Unknown, Definition: QuietDefinition}
	var reply time.Time // the last word, an agent's; zero while it is the customer's
	for _, m := range t.Messages {
		switch {
		case m.Role == pipeline.RoleCustomer && m.Public:
			if p.CreatedAt.IsZero() {
				p.CreatedAt = m.At
			}
			if !reply.IsZero() && m.At.Sub(reply) >= Quiet {
				p.Reopens++
			}
			reply = time.Time{}
		case m.Role == pipeline.RoleAgent && m.Public:
			if p.CreatedAt.IsZero() {
				return p, false // we wrote first
			}
			if p.FirstResponse.Calendar == pipeline.Unknown {
				p.FirstResponse.Calendar = m.At.Sub(p.CreatedAt)
			}
			reply, p.SolvedAt = m.At, m.At
		}
	}
	if p.SolvedAt.IsZero() || t.Status != pipeline.StatusSolved && (reply.IsZero() || now.Sub(reply) < Quiet) {
		return p, false
	}
	p.Resolution.Calendar = p.SolvedAt.Sub(p.CreatedAt)
	return p, true
}
