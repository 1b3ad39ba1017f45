package console

import "footnote/pipeline"

// mark is a state as pages show it: a colour, always with its word.
type mark struct {
	Tone string // todo | mine | wait | good | warn | bad | calm; a class of the style sheet
	Word string
}

var states = map[pipeline.DraftState]mark{
	pipeline.StateOpen:       {"todo", "To review"},
	pipeline.StateClaimed:    {"mine", "Claimed"},
	pipeline.StateApproved:   {"wait", "On its way"},
	pipeline.StateSent:       {"good", "Sent"},
	pipeline.StateReturned:   {"bad", "Came back"},
	pipeline.StateRejected:   {"calm", "Rejected"},
	pipeline.StateHandedOff:  {"warn", "Handed off"},
	pipeline.StateSuperseded: {"calm", "Replaced"},
	pipeline.StateStale:      {"warn", "Out of date"},
}

var outcomes = map[pipeline.OutcomeKind]mark{
	"":                        {"wait", "Being drafted"},
	pipeline.OutcomeProposed:  {"todo", "Proposed"},
	pipeline.OutcomeAbstained: {"warn", "No draft"},
	pipeline.OutcomeHeldOut:   {"calm", "Control"},
	pipeline.OutcomeSkipped:   {"calm", "Skipped"},
	pipeline.OutcomeFailed:    {"bad", "Failed"},
}

var deliveries = map[pipeline.DeliveryState]mark{
	pipeline.DeliveryQueued:      {"wait", "Waiting to be sent"},
	pipeline.DeliverySending:     {"wait", "Being sent"},
	pipeline.DeliverySent:        {"good", "Sent"},
	pipeline.DeliveryFailed:      {"bad", "Refused by the desk"},
	pipeline.DeliveryUnknown:     {"warn", "Not known yet"},
	pipeline.DeliveryStale:       {"warn", "Out of date"},
	pipeline.DeliveryAsked:       {"bad", "A person must look"},
	pipeline.DeliveryUndone:      {"calm", "Taken back"},
	pipeline.DeliveryUndelivered: {"bad", "Not delivered"},
}

// draftMark is the mark of a draft by itself.
func draftMark(rv pipeline.Review) mark {
	undecided := rv.State == pipeline.StateOpen || rv.State == pipeline.StateClaimed || rv.State == pipeline.StateReturned
	switch {
	case undecided && rv.Stale != "":
		return states[pipeline.StateStale]
	case rv.State == pipeline.StateOpen && rv.Draft.Abstained != "":
		return outcomes[pipeline.OutcomeAbstained]
	}
	if m, ok := states[rv.State]; ok {
		return m
	}
	return mark{"calm", string(rv.State)}
}

// workMarks are the states of work, wherever a ticket is shown.
var workMarks = map[pipeline.WorkState]mark{
	pipeline.WorkToReview: {"todo", "To review"},
	pipeline.WorkToWrite:  {"warn", "To write"},
	pipeline.WorkClaimed:  {"mine", "Claimed"},
	pipeline.WorkOnItsWay: {"wait", "On its way"},
	pipeline.WorkSnoozed:  {"calm", "Snoozed"},
	pipeline.WorkWaiting:  {"calm", "Waiting for the customer"},
	pipeline.WorkDone:     {"good", "Done"},
}

// workMark is the mark of a ticket's work; what passes by itself has its own word.
func workMark(w pipeline.Work) mark {
	switch {
	case w.State == "" || w.Why == pipeline.WhyDrafting:
		return mark{"wait", "Being drafted"}
	case w.Why == pipeline.WhyPaused:
		return mark{"wait", "Paused"}
	case w.State == pipeline.WorkToReview && w.Why == pipeline.WhyReturned:
		return states[pipeline.StateReturned]
	case w.State == pipeline.WorkToReview && w.Why == pipeline.WhyUndone:
		return mark{"todo", "Taken back"}
	}
	return workMarks[w.State]
}

// reasons say why work is in its state, beside its mark.
var reasons = map[pipeline.WorkWhy]string{
	pipeline.WhyPaused: "will be drafted", pipeline.WhyHeldOut: "control: without a draft",
	pipeline.WhyFailed: "drafting failed", pipeline.WhyAbstained: "no draft", pipeline.WhyRejected: "the draft was rejected",
	pipeline.WhyHandedOff: "handed off", pipeline.WhyStale: "the draft is out of date", pipeline.WhyNoDraft: "no draft",
	pipeline.WhyAnsweredByUs: "answered", pipeline.WhyAnsweredAtDesk: "answered in the desk", pipeline.WhyResolvedAtDesk: "resolved in the desk",
	pipeline.WhyNothingToDo: "nothing to answer",
}

// workNote says why and who in one line; reason is of the message's outcome.
func (c *Console) workNote(w pipeline.Work, reason string) string {
	note := reasons[w.Why]
	switch {
	case w.State == pipeline.WorkSnoozed:
		return "until " + c.moment(w.Until).Full
	case reason != "" && (w.Why == pipeline.WhyAbstained || w.Why == pipeline.WhyFailed || w.Why == pipeline.WhyNoDraft || w.Why == pipeline.WhyNothingToDo):
		return note + ": " + short(plain(reason), 90)
	case w.Owner.Name != "" && w.Why == pipeline.WhyHandedOff:
		return note + " to " + plain(short(w.Owner.Name, 60))
	case w.Owner.Name != "" && w.State != pipeline.WorkToWrite:
		if note != "" {
			note += " "
		}
		return note + "by " + plain(short(w.Owner.Name, 60))
	}
	return note
}

// From these probabilities on the sources perhaps, or probably, answer.
const (
	perhaps  = 0.3
	probably = 0.6
)

// confidence is how probably a draft answers every part of what was asked, in words.
func confidence(x float64) mark {
	switch {
	case x >= probably:
		return mark{"good", "Probably answers it"}
	case x >= perhaps:
		return mark{"todo", "Perhaps answers it"}
	default:
		return mark{"warn", "Doubtful"}
	}
}

// severities puts a finding's severity into words.
var severities = map[pipeline.Severity]mark{
	pipeline.Block:   {"bad", "Must change"},
	pipeline.Warn:    {"warn", "Check"},
	pipeline.Confirm: {"wait", "You promise this"},
}
