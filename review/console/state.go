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
	pipeline.DeliveryQueued:  {"wait", "Waiting to be sent"},
	pipeline.DeliverySending: {"wait", "Being sent"},
	pipeline.DeliverySent:    {"good", "Sent"},
	pipeline.DeliveryFailed:  {"bad", "Refused by the desk"},
	pipeline.DeliveryUnknown: {"warn", "Not known yet"},
	pipeline.DeliveryStale:   {"warn", "Out of date"},
	pipeline.DeliveryAsked:   {"bad", "A person must look"},
}

// stateOf is the mark of a message: its draft's state, or its outcome without one.
func stateOf(outcome pipeline.OutcomeKind, state pipeline.DraftState, outdated bool) mark {
	undecided := state == pipeline.StateOpen || state == pipeline.StateClaimed || state == pipeline.StateReturned
	switch {
	case state == "" || outcome == pipeline.OutcomeFailed:
		return outcomes[outcome]
	case undecided && outdated:
		return states[pipeline.StateStale]
	case outcome == pipeline.OutcomeAbstained && state == pipeline.StateOpen:
		return outcomes[outcome]
	}
	if m, ok := states[state]; ok {
		return m
	}
	return mark{"calm", string(state)}
}

// waitsForDrafting marks messages that get their draft once drafting goes on.
var waitsForDrafting = mark{"wait", "Paused"}

// From these probabilities on the sources perhaps, or probably, answer.
const (
	perhaps  = 0.3
	probably = 0.6
)

// confidence is how probably the sources answer, in a word.
func confidence(x float64) mark {
	switch {
	case x >= probably:
		return mark{"good", "Probably answered"}
	case x >= perhaps:
		return mark{"todo", "Perhaps answered"}
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
