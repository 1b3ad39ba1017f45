package drafting

import (
	"strings"
	"testing"

	"footnote/pipeline"
)

const keys = "1. Go to **Settings > API keys > New key**.\n2. Enter a name for the key.\n3. Copy the key.\n\nA studio can have up to 5 keys. If a key was lost, choose **Revoke**: it stops working at once."

// TestAsked: the action, the amount or the way out that is asked for decides, not
// the other words.
func TestAsked(t *testing.T) {
	key := at(passage("a", "API keys", "Create a key", keys), "keys", 0, false)
	pause := at(passage("b", "Pause your plan", "", "A paused plan costs €5 per month, and all your data and settings stay."), "pause", 0, false)
	menu := at(passage("c", "Pause your plan", "Pause and resume", "1. Go to **Settings > Billing > Pause plan**.\n2. Choose the number of months.\n\nYou can end a pause early with **Resume now**."), "pause", 1, false)
	freeze := at(passage("d", "Memberships", "Freeze", "A membership can be frozen for up to 60 days per year. You can set a minimum term of up to 12 months and how long a membership lasts at most."), "members", 0, false)
	phone := at(passage("e", "Two-factor", "You lost your phone", "Use one of your recovery codes in place of the six-digit code.\n\nIf you have no recovery codes left:\n\n| You are | What to do |\n| --- | --- |\n| A team member | Ask your manager to reset it. |\n| The owner | Write to the security team. |"), "tfa", 0, false)
	for _, tc := range []struct {
		ask, has, not string
		hits          []pipeline.Hit
	}{
		{"How do I revoke an API key?", "choose Revoke", "New key", []pipeline.Hit{key}},
		{"How do I create an API key?", "New key", "", []pipeline.Hit{key}},
		{"How many API keys can I have?", "up to 5 keys", "New key", []pipeline.Hit{key}},
		{"How do I pause my plan?", "1. Go to Settings > Billing > Pause plan.", "", []pipeline.Hit{pause, menu}},
		{"How much does a paused plan cost?", "€5 per month", "Settings", []pipeline.Hit{menu, pause}},
		{"How do I end a pause early?", "Resume now", "number of months", []pipeline.Hit{menu, pause}},
		{"How long can a membership be frozen?", "60 days", "", []pipeline.Hit{freeze}},
		{"I lost my phone and have no recovery codes. I am the owner.", "the security team", "your manager", []pipeline.Hit{phone}},
	} {
		got := drafted(t, tc.ask, tc.hits...)
		if !strings.Contains(got, tc.has) || tc.not != "" && strings.Contains(got, tc.not) {
			t.Errorf("%s\n%s", tc.ask, got)
		}
		if strings.HasSuffix(got, ":") {
			t.Errorf("%s\n%s: introduces nothing", tc.ask, got)
		}
	}
}
