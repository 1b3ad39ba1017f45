package cards

import (
	"cmp"
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Buttons of a card: their action ids. Some are decisions by themselves, some
// open a form.
const (
	ActClaim   = "claim"
	ActRelease = "release"
	ActApprove = "approve"
	ActArrived = "arrived"
	ActUndo    = "undo"
	ActEdit    = "edit"
	ActRedraft = "redraft"
	ActReject  = "reject"
	ActHandOff = "hand_off"
	ActConsole = "console"

	ActReceipts = "receipts" // a form that shows every sentence with its quotes, and changes nothing

	ActSnooze   = "snooze"
	ActUnsnooze = "unsnooze"
)

// buttons returns what people may do now. whole says that the draft is shown
// exactly and whole: nothing else may be approved from a card.
func buttons(r pipeline.Review, console string, whole bool) []layout.Button {
	var out []layout.Button
	add := func(action, label string, style api.Style, confirm string) {
		out = append(out, layout.Button{Action: action, Label: label, Style: style, Confirm: confirm, Value: r.Draft.ID + ":" + r.ApproveHash})
	}
	edit := "Edit…"
	if Writes(r) {
		edit = "Write the reply…"
	}
	state := Standing(r)
	switch state {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		if r.Delivery == pipeline.DeliveryAsked && r.Unsure() {
			add(ActArrived, "It arrived", api.StylePrimary, "You looked at the ticket, and the customer has this reply. It is not sent again.")
		}
		if whole && r.ApproveHash != "" && !blocked(r.Draft) {
			label, ask := "Approve & send", confirmation(r)
			style := api.StylePrimary
			switch {
			case r.Unsure(): // not what to press first
				label, style = "Send again", ""
			case state == pipeline.StateReturned:
				label = "Approve again"
			}
			add(ActApprove, label, style, ask)
		}
		add(ActEdit, edit, "", "")
		receiptsButton(r, add)
		if state == pipeline.StateClaimed {
			add(ActRelease, "Release", "", "")
		} else {
			add(ActClaim, "Claim", "", "")
		}
		add(ActRedraft, "Redraft…", "", "")
		add(ActReject, "Reject…", api.StyleDanger, "")
		add(ActHandOff, "Hand off…", "", "")
	case pipeline.StateApproved:
		if r.Undoable() {
			add(ActUndo, "Undo", "", "")
		}
		receiptsButton(r, add)
	case pipeline.StateSent:
		receiptsButton(r, add)
	case pipeline.StateStale, pipeline.StateRejected, pipeline.StateHandedOff:
		if Writes(r) {
			add(ActEdit, edit, api.StylePrimary, "")
		}
		add(ActRedraft, "Redraft…", "", "")
	}
	switch {
	case !counts(r):
	case r.Work.State == pipeline.WorkSnoozed:
		add(ActUnsnooze, "Back to the queue", "", "")
	case r.Work.Open():
		add(ActSnooze, "Snooze…", "", "")
	}
	if console != "" {
		out = append(out, layout.Button{Action: ActConsole, Label: "View in console", URL: console})
	}
	return out
}

// receiptsButton leads to the proof, in one press.
func receiptsButton(r pipeline.Review, add func(action, label string, style api.Style, confirm string)) {
	if n := len(Rests(r).Citations()); n > 0 {
		add(ActReceipts, fmt.Sprintf("Quotes (%d)…", n), "", "")
	}
}

// counts tells whether the draft is the one that the ticket's work is about.
func counts(r pipeline.Review) bool { return r.Work.Draft == "" || r.Work.Draft == r.Draft.ID }

// Writes tells whether a reply is written anew rather than the draft edited: there
// is no draft, or the customer still waits after somebody rejected it or handed it off.
func Writes(r pipeline.Review) bool {
	switch Standing(r) {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		return r.Draft.Abstained != ""
	case pipeline.StateRejected, pipeline.StateHandedOff:
		return r.Stale == "" && counts(r) && (r.Work.State == pipeline.WorkToWrite || r.Work.State == pipeline.WorkSnoozed)
	}
	return false
}

// blocked tells whether the draft must not be sent as it is. That a reply cites
// nothing internal is checked when it is drafted and when it is approved; a card
// does not offer it either.
func blocked(d pipeline.Draft) bool {
	if quotesInternal(d) {
		return true
	}
	for _, f := range d.Findings {
		if f.Severity == pipeline.Block {
			return true
		}
	}
	return false
}

// confirmation is what a person must say yes to before approving.
func confirmation(r pipeline.Review) string {
	if r.Unsure() {
		return "The customer may already have this reply. Send it only if the ticket does not show it."
	}
	var promises []string
	for _, f := range r.Draft.Findings {
		if f.Severity == pipeline.Confirm {
			promises = append(promises, layout.Line(f.Detail, 100))
		}
	}
	if len(promises) == 0 {
		return ""
	}
	return layout.Cut("You confirm that this is right: "+strings.Join(promises, " "), 300)
}

// seenID is the id of the buttons' block: it tells the state the person saw,
// and it changes with the card, as Slack wants.
func seenID(r pipeline.Review) string {
	return fmt.Sprintf("seen:%s:%d", cmp.Or(r.State, pipeline.StateOpen), r.Draft.Version)
}

func ReadSeen(id string) pipeline.DraftState {
	if f := strings.Split(id, ":"); len(f) == 3 && f[0] == "seen" {
		return pipeline.DraftState(f[1])
	}
	return ""
}
