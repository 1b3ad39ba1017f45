package pipeline

import "time"

// Past is what became of a ticket's drafts so far: for surfaces that show a
// history beside a draft.
type Past struct {
	Reviews []Review // newest first
	Steps   []Step   // decisions and deliveries, oldest first
}

// Step is one line of a ticket's history.
type Step struct {
	Draft   string
	At      time.Time
	Who     string // a person's name, or "delivery"
	What    string // claimed, approved, sent, …: plain words
	Detail  string
	Surface string // console, slack, … or the desk of a delivery
}
