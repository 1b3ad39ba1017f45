package work

import (
	"cmp"
	"time"

	"footnote/pipeline"
)

// facts is what is stored of one ticket, as far as its work depends on it.
type facts struct {
	ref       pipeline.TicketRef
	createdAt time.Time
	status    pipeline.TicketStatus
	solvedAt  time.Time // by the desk; zero when it does not tell
	revision  int64
	queue     string
	language  string

	message    string // the newest customer message; empty without one
	messageAt  time.Time
	waitsSince time.Time
	outcome    pipeline.OutcomeKind // of the message; empty while it has none
	reason     string
	arrivedAt  time.Time
	recordedAt time.Time

	reply       bool // by an agent, after the message
	replyOurs   bool
	replyAt     time.Time
	replyAuthor string

	sent   bool // a reply of ours that answers the message is at the desk
	sentBy string
	sentAt time.Time

	draft         string // the newest for the question; empty without one
	draftMessage  string
	draftRevision int64
	draftAt       time.Time
	abstained     bool
	warnings      int
	state         pipeline.DraftState
	claimedBy     string
	claimedAt     time.Time
	decidedBy     string
	decidedAt     time.Time
	decisionWhy   string
	changedAt     time.Time // of the review
	delivery      pipeline.DeliveryState

	handed      string // to this agent; empty: to nobody in particular
	handedQueue string // to this queue, which the desk knows nothing of

	snoozedUntil   time.Time
	snoozedMessage string
	snoozedBy      string
	snoozedAt      time.Time
}

// work derives the row.
func (f facts) work(now time.Time) pipeline.Work {
	w := f.machine(now)
	if w.Draft != "" && !w.Settled() { // in what is over nobody has to look at anything
		w.Warnings = f.warnings
	}
	return w
}

// machine is what doc.go draws; now ends snoozes.
func (f facts) machine(now time.Time) pipeline.Work {
	w := pipeline.Work{Ticket: f.ref, Message: f.message, WaitsSince: f.waitsSince}
	set := func(s pipeline.WorkState, why pipeline.WorkWhy, owner string, since time.Time) pipeline.Work {
		w.State, w.Why, w.Owner.ID, w.Since = s, why, owner, since
		return w
	}
	if f.message == "" {
		w.WaitsSince = f.createdAt
		return set(pipeline.WorkDone, pipeline.WhyNothingToDo, "", f.createdAt)
	}
	if f.draft != "" && f.counts() {
		w.Draft = f.draft
	}
	switch {
	case f.state == pipeline.StateApproved && !f.replyOurs:
		return set(pipeline.WorkOnItsWay, "", f.decidedBy, f.decidedAt)
	case f.reply || f.sent:
		return f.answered(w)
	case f.resolved():
		return set(pipeline.WorkDone, pipeline.WhyResolvedAtDesk, "", cmp.Or(f.solvedAt, f.messageAt))
	case f.state == pipeline.StateRejected && f.counts() && pipeline.EndsWork(f.decisionWhy):
		return set(pipeline.WorkDone, pipeline.WhyNothingToDo, f.decidedBy, f.decidedAt)
	case pipeline.AsksNothing(f.outcome, f.reason) && !f.standing():
		return set(pipeline.WorkDone, pipeline.WhyNothingToDo, "", f.recordedAt)
	case f.snoozedUntil.After(now) && f.snoozedMessage == f.message:
		w.Until = f.snoozedUntil
		return set(pipeline.WorkSnoozed, "", f.snoozedBy, f.snoozedAt)
	case f.standing():
		return f.undecided(w)
	}
	why, owner, since := f.unwritten()
	return set(pipeline.WorkToWrite, why, owner, since)
}

// counts tells whether the draft speaks for the newest message: it was made for
// it, or the message asks nothing beside it.
func (f facts) counts() bool {
	return f.draftMessage == f.message || pipeline.AsksNothing(f.outcome, f.reason)
}

// outdated tells whether the ticket moved on after the draft was asked for.
func (f facts) outdated() bool { return f.draftRevision < f.revision }

// standing tells whether a draft waits for a decision: also an abstention that
// somebody claimed.
func (f facts) standing() bool {
	if f.draft == "" || !f.counts() || f.outdated() && f.delivery != pipeline.DeliveryUndelivered {
		return false
	}
	switch f.state {
	case pipeline.StateOpen:
		return !f.abstained
	case pipeline.StateClaimed, pipeline.StateReturned:
		return true
	}
	return false
}

// resolved tells whether the desk says solved, and not from before the customer wrote.
func (f facts) resolved() bool {
	return f.status == pipeline.StatusSolved && (f.solvedAt.IsZero() || !f.solvedAt.Before(f.messageAt))
}

// answered is the work once somebody replied: by us when Footnote sent it.
func (f facts) answered(w pipeline.Work) pipeline.Work {
	w.State, w.Why = pipeline.WorkDone, pipeline.WhyAnsweredAtDesk
	if f.status == pipeline.StatusPending {
		w.State = pipeline.WorkWaiting
	}
	switch {
	case f.sent:
		w.Why, w.Owner.ID, w.Since = pipeline.WhyAnsweredByUs, f.sentBy, f.sentAt
	case f.replyOurs:
		w.Why, w.Since = pipeline.WhyAnsweredByUs, f.replyAt
	default:
		w.Owner.Name, w.Since = f.replyAuthor, f.replyAt
	}
	return w
}

// undecided is the work while a draft stands.
func (f facts) undecided(w pipeline.Work) pipeline.Work {
	switch f.state {
	case pipeline.StateClaimed:
		w.State, w.Owner.ID, w.Since = pipeline.WorkClaimed, f.claimedBy, f.claimedAt
		if f.abstained {
			w.Why = pipeline.WhyAbstained
		}
	case pipeline.StateReturned: // whoever approved it is told first, and anybody may go on
		w.State, w.Why, w.Owner.ID, w.Since = pipeline.WorkToReview, pipeline.WhyReturned, cmp.Or(f.claimedBy, f.decidedBy), f.changedAt
		if f.delivery == pipeline.DeliveryUndone {
			w.Why = pipeline.WhyUndone
		}
	default:
		w.State, w.Since = pipeline.WorkToReview, f.draftAt
	}
	return w
}

// unwritten says why there is nothing to decide on while the customer waits.
func (f facts) unwritten() (why pipeline.WorkWhy, owner string, since time.Time) {
	if f.draft != "" && f.counts() {
		switch f.state {
		case pipeline.StateRejected:
			return pipeline.WhyRejected, "", f.decidedAt
		case pipeline.StateHandedOff:
			return pipeline.WhyHandedOff, f.handed, f.decidedAt
		case pipeline.StateSuperseded:
			return pipeline.WhyDrafting, "", f.changedAt
		case pipeline.StateStale:
			return pipeline.WhyStale, f.claimedBy, f.changedAt
		case pipeline.StateClaimed, pipeline.StateReturned:
			return pipeline.WhyStale, f.claimedBy, f.arrivedAt
		}
		if f.abstained {
			return pipeline.WhyAbstained, "", f.draftAt
		}
		return pipeline.WhyStale, "", f.arrivedAt
	}
	if f.state == pipeline.StateClaimed || f.state == pipeline.StateStale {
		owner = f.claimedBy // of the draft for what was written before
	}
	switch f.outcome {
	case pipeline.OutcomeHeldOut:
		return pipeline.WhyHeldOut, owner, f.recordedAt
	case pipeline.OutcomeFailed:
		return pipeline.WhyFailed, owner, f.recordedAt
	case pipeline.OutcomeSkipped:
		if f.reason == pipeline.PausedReason {
			return pipeline.WhyPaused, owner, f.recordedAt
		}
		return pipeline.WhyNoDraft, owner, f.recordedAt
	}
	return pipeline.WhyDrafting, owner, f.arrivedAt // or its draft is still to be read
}
