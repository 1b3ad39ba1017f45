package search

import (
	"slices"
	"strings"

	"footnote/pipeline/text"
)

// Cues of a turn itself: whether it asks for knowledge, or states, orders and
// thanks. The words are function words, not those of a trade.
const (
	cMark   = iota // a question mark
	cThird         // asks about something: "do they", "is there"
	cYou           // asks somebody to do something: "can you"
	cWh            // what, how, …
	cFirst         // speaks of wishes: "I need", "I'd like", "looking for"
	cThanks        // thanks, takes leave, or agrees
	cNumber        // numbers, times, weekdays
	cTask          // books or reserves
	cues
)

var cueNames = [cues]string{"has a question mark", "asks about something", "asks somebody to do something", "has a question word", "says what is wanted", "thanks or agrees",
	"has numbers or times", "books or reserves"}

var (
	auxiliaries = text.WordSet("do does did is are was were can could will would has have had should may don't doesn't isn't aren't")
	thirds      = text.WordSet("they it there the their this that these those he she its any each all my our")
	whWords     = text.WordSet("what what's whats which who whom whose where where's when why how how's wie was wann warum welche welcher welches wo wer cómo qué cuándo dónde cuál quién comment quand où pourquoi quel quelle combien")
	thanksWords = text.WordSet("thank thanks thankyou thx bye goodbye perfect great awesome yes yeah yep no nope sure danke gracias merci")
	taskWords   = text.WordSet("book booking booked books reserve reserved reservation reservations")
	numberWords = text.WordSet("one two three four five six seven eight nine ten eleven twelve am pm monday tuesday wednesday thursday friday saturday sunday tomorrow tonight")
	wishWords   = text.WordSet("want need like looking prefer wish love")
)

// cuesOf reads the cues of a turn, each in [0,1].
func cuesOf(text string) (f [cues]float64) {
	if strings.ContainsAny(text, "?¿？") {
		f[cMark] = 1
	}
	clean := strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	words := strings.FieldsFunc(clean, func(r rune) bool { return strings.ContainsRune(" \t\n.,;:!?¿¡()\"", r) })
	prev := ""
	for _, w := range words {
		switch {
		case auxiliaries[prev] && w == "you":
			f[cYou] = 1
		case auxiliaries[prev] && thirds[w]:
			f[cThird] = 1
		case wishWords[w] && slices.Contains([]string{"i", "i'd", "i'm", "we", "we'd", "would", "also", "am", "to", "i'll"}, prev):
			f[cFirst] = 1
		}
		switch {
		case whWords[w]:
			f[cWh] = 1
		case thanksWords[w]:
			f[cThanks] = min(1, f[cThanks]+.5)
		case numberWords[w] || w[0] >= '0' && w[0] <= '9':
			f[cNumber] = min(1, f[cNumber]+.5)
		case taskWords[w]:
			f[cTask] = 1
		}
		prev = w
	}
	return f
}
