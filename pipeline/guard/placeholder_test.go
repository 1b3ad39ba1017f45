package guard

import (
	"slices"
	"testing"

	"footnote/pipeline"
)

// TestWorldUnfilled: what waits to be filled in is not sent, though a source says it.
func TestWorldUnfilled(t *testing.T) {
	for _, said := range []string{"Hi {{ticket.requester.first_name}}, it costs 9 €.", "Hi [[name]], it costs 9 €.", "It costs %%price%%.", "It costs <%= price %>.", "It costs ${price}.", "INSERT NAME HERE, it costs 9 €.", "Lorem ipsum dolor sit amet.",
		"A workspace has […] users.", "Dear [Customer Name], it costs 9 €.", "The price is TBD.", "Hi *|FNAME|*, it costs 9 €.", "It costs {% if x %}9 €{% endif %}.", "Hi {first_name}, it costs 9 €.", "Use {{{body}}} here.", "Hallo [Vorname], es kostet 9 €.", "Hi %FIRSTNAME%, it costs 9 €."} {
		for name, c := range map[string]struct {
			source string
			blocks bool
		}{"plain": {said, true}, "as code": {"Type `" + said + "` in the editor.", deskField.MatchString(firstOf(said))}} {
			p := pipeline.Passage{ID: "p1", Document: "d", Version: 1, Text: c.source, Audience: pipeline.Public}
			in := Input{Passages: []pipeline.Passage{p}, Locale: "en", Draft: pipeline.Draft{Sentences: []pipeline.Sentence{{Text: said, Receipts: []pipeline.Receipt{cite(p, said)}}}}}
			if name == "as code" && (said == "A workspace has […] users.") {
				c.blocks = true
			}
			if got := slices.Contains(found(Check(in), pipeline.Block), "marker"); got != c.blocks {
				t.Errorf("%s, %s: blocked %v", said, name, got)
			}
		}
	}
}

func firstOf(said string) string {
	for i := range said {
		if deskField.MatchString(said[i:]) {
			return said[i:]
		}
	}
	return ""
}
