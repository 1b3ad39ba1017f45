package drafting

import (
	"strings"
	"testing"

	"footnote/pipeline"
)

// TestNamed: a code, a quoted state and a heading decide which of many alike
// pieces answers; another code is never an answer.
func TestNamed(t *testing.T) {
	codes := "| Code | Meaning |\n| --- | --- |\n| R-104 | The firmware of the card reader is too old. |\n| R-202 | The card reader lost the card. |\n\n" +
		"- **Status \"Sent\":** the money of the payout is on its way since Thursday.\n- **Status \"On hold\":** we wait for a document.\n"
	reset := "You sign in with your password, also when you forgot to reset it.\n\n## Reset a forgotten password\n\n1. Choose **Forgot?**\n2. Open the e-mail.\n"
	for _, c := range []struct{ text, ask, want, never string }{
		{codes, "What does R-104 on the card reader mean?", "too old", "lost the card"},
		{codes, "The card reader shows r202, the card is in. What is it?", "lost the card", "too old"},
		{codes, "The payout has the status \"On hold\" since Thursday. When do I get the money?", "wait for a document", "R-"},
		{codes, "What does R-999 on the card reader mean?", "", "R-"},
		{reset, "I forgot my password. How do I reset the password to sign in?", "2. Open the e-mail.", ""},
	} {
		q := Question{Locale: "en", Asks: asks(c.ask), Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: c.ask}}}
		hits := []pipeline.Hit{{Passage: pipeline.Passage{ID: "p", Document: "d", Title: "Help", Text: c.text, Audience: pipeline.Public, Locale: "en"}, Support: .9}}
		ps := pieces(0, hits[0].Passage, "en")
		var got []string
		picks, _ := asked{question: q, ask: c.ask, fit: shipped}.pick(ps, hits)
		for _, s := range sentences(ps, picks, hits) {
			got = append(got, s.Text)
		}
		text := strings.Join(got, "\n")
		if !strings.Contains(text, c.want) || c.never != "" && strings.Contains(text, c.never) {
			t.Errorf("%q is answered with %q", c.ask, text)
		}
	}
}

func TestTwoQuestions(t *testing.T) {
	for text, want := range map[string]int{
		"What does the plan cost per month, and how many members are included?": 2,
		"Can I export my bookings and how do I import them elsewhere?":          2,
		"Wie viel kostet der Tarif und wie viele Standorte sind dabei?":         2,
		"How do I find out who booked and when?":                                1,
		"What is the difference between this and that plan?":                    1,
	} {
		if got := asks(text); len(got) != want {
			t.Errorf("%q are the questions %q, want %d", text, got, want)
		}
	}
}
