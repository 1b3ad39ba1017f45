package slack

import (
	"slices"
	"strings"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/presses"
	"footnote/bots/slack/requests"
	"footnote/bots/slack/sample"
)

// Samples renders every kind of card, thread, form and page from the same code as
// the real ones. console is the console's address, or "".
func Samples(console string) ([]sample.Sample, error) {
	page := ""
	if console != "" {
		page = strings.TrimSuffix(console, "/") + "/tickets/sandbox/T-1042"
	}
	return slices.Concat(cards.Samples(page), presses.Samples(), requests.Samples(page)), nil
}
