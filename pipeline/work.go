package pipeline

import (
	"strings"
	"time"
)

// WorkState is what a person is to do on a ticket. The machine is drawn in
// review/work.
type WorkState string

const (
	WorkToReview WorkState = "to_review"  // a draft waits for a decision
	WorkToWrite  WorkState = "to_write"   // the customer waits and there is no usable draft
	WorkClaimed  WorkState = "claimed"    // somebody is on it
	WorkOnItsWay WorkState = "on_its_way" // approved, and the desk does not have it yet
	WorkSnoozed  WorkState = "snoozed"    // put off, until a time or until the customer writes
	WorkWaiting  WorkState = "waiting"    // answered; the desk waits for the customer
	WorkDone     WorkState = "done"
)

// WorkWhy says why work is in its state, where the state alone does not tell.
type WorkWhy string

const (
	WhyReturned  WorkWhy = "returned"   // to review, claimed: the approved reply came back
	WhyUndone    WorkWhy = "undone"     // to review: the approval was taken back
	WhyDrafting  WorkWhy = "drafting"   // to write: a draft is being written
	WhyPaused    WorkWhy = "paused"     // to write: drafting is paused
	WhyHeldOut   WorkWhy = "held_out"   // to write: control arm
	WhyFailed    WorkWhy = "failed"     // to write: drafting gave up
	WhyAbstained WorkWhy = "abstained"  // to write, claimed: no source answers it
	WhyRejected  WorkWhy = "rejected"   // to write: somebody rejected the draft
	WhyHandedOff WorkWhy = "handed_off" // to write: somebody handed it off
	WhyStale     WorkWhy = "stale"      // to write: the draft is out of date
	WhyNoDraft   WorkWhy = "no_draft"   // to write: none was asked for, and nobody answered

	WhyAnsweredByUs   WorkWhy = "answered_by_us"   // done, waiting: with a reply that Footnote sent
	WhyAnsweredAtDesk WorkWhy = "answered_at_desk" // done, waiting: somebody replied at the desk
	WhyResolvedAtDesk WorkWhy = "resolved_at_desk" // done: somebody resolved it at the desk without a reply
	WhyNothingToDo    WorkWhy = "nothing_to_do"    // done: there is nothing to answer
)

// Work is one ticket's row: what a person is to do on it, who and since when.
type Work struct {
	Ticket TicketRef `json:"ticket"`
	State  WorkState `json:"state"`
	Why    WorkWhy   `json:"why,omitempty"`
	// Owner has the work or ended it: ID of an agent here, or only the name of
	// one at the desk. Zero when it is anybody's.
	Owner Agent     `json:"owner,omitzero"`
	Since time.Time `json:"since"`          // in this state
	Until time.Time `json:"until,omitzero"` // of snoozed work
	// Message is the newest customer message, Draft the draft that counts for
	// it; empty without one.
	Message string `json:"message,omitempty"`
	Draft   string `json:"draft,omitempty"`
	// WaitsSince is the arrival of the oldest customer message that was not
	// answered when the newest came.
	WaitsSince time.Time `json:"waits_since"`
	Warnings   int       `json:"warnings,omitempty"` // findings of the draft
}

// Open tells whether a person is to do something now.
func (w Work) Open() bool {
	return w.State == WorkToReview || w.State == WorkToWrite || w.State == WorkClaimed
}

// Settled tells whether nothing is left to decide on the ticket's drafts.
func (w Work) Settled() bool { return w.State == WorkDone || w.State == WorkWaiting }

// NoReplyNeeded, at the beginning of the reason for a rejection, says that the
// customer is not waiting: the work is done.
const NoReplyNeeded = "No reply is needed"

// EndsWork tells whether rejecting for this reason leaves nothing to answer.
func EndsWork(reason string) bool { return strings.HasPrefix(reason, NoReplyNeeded) }

// SnoozeTime is a time that a ticket can be put off for.
type SnoozeTime struct {
	Name  string // in forms
	Label string // for people
	For   time.Duration
}

// SnoozeTimes are those that people choose from, on every surface.
var SnoozeTimes = []SnoozeTime{{"1h", "1 hour", time.Hour}, {"4h", "4 hours", 4 * time.Hour}, {"1d", "1 day", 24 * time.Hour},
	{"3d", "3 days", 72 * time.Hour}, {"7d", "1 week", 7 * 24 * time.Hour}}
