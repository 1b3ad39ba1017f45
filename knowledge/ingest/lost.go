package ingest

import (
	"fmt"
	"slices"
	"strings"

	"footnote/knowledge"
	"footnote/knowledge/access"
)

// A page that loses much of its text when it is read stops until a person decides:
// what was dropped may be what its readers came for.
const (
	lostShare   = .4 // of the text that is there: more in doubt stops a page
	lostLetters = 300
	// outerShare is the same for pages of which hardly anything is kept, whatever the
	// rest was taken for.
	outerShare = .95
)

// lost tells whether so much of a page was left out that a person must look at it.
func lost(c cleaned, decided []knowledge.Decision) error {
	var doubt, all int
	most := knowledge.Dropped{}
	for _, d := range c.dropped {
		all += d.Letters
		if !d.Doubt {
			continue
		}
		if doubt += d.Letters; d.Letters > most.Letters {
			most = d
		}
	}
	share, in := float64(doubt)/float64(max(doubt+c.kept, 1)), doubt
	if over := float64(all) / float64(max(all+c.kept, 1)); over > outerShare && share <= lostShare {
		share, in = over, all
		if most = (knowledge.Dropped{}); len(c.dropped) > 0 {
			most = c.dropped[0]
		}
	} else if share <= lostShare {
		return nil
	}
	if in < lostLetters {
		return nil
	}
	means := decidedOn(decided, knowledge.LostKey, most.Why)
	switch means {
	case "":
		return &access.ClosedError{Fate: knowledge.Unclear, Key: knowledge.LostKey, Value: most.Why, Reason: fmt.Sprintf("Reading it would leave out %.0f %% of its text: %s.", 100*share, tell(c.dropped))}
	case knowledge.MeansLeaveOut:
		return &access.ClosedError{Fate: knowledge.LeftOut, Key: knowledge.LostKey, Value: most.Why, Reason: "Too much of its text cannot be read: " + tell(c.dropped) + "."}
	}
	return nil
}

// decidedOn is what people decided about a key with a value; "" when nothing.
func decidedOn(decided []knowledge.Decision, key, value string) (means knowledge.Ruling) {
	for _, d := range decided {
		if d.Key == key && (d.Value == strings.ToLower(value) || d.Value == "" && means == "") {
			means = d.Means
		}
	}
	return means
}

// tell says what was left out, most first.
func tell(all []knowledge.Dropped) string {
	var out []string
	for _, d := range all {
		switch {
		case d.Parts > 0:
			out = append(out, fmt.Sprintf("%s (%d)", d.Why, d.Parts))
		case d.Letters > 0:
			out = append(out, fmt.Sprintf("%s (%d letters)", d.Why, d.Letters))
		}
	}
	return strings.Join(out, ", ")
}

// noteOf is what a document's notes say of it; "" when only what is around its text was
// left out.
func noteOf(c cleaned) string {
	all := slices.DeleteFunc(slices.Clone(c.dropped), func(d knowledge.Dropped) bool { return !d.Doubt && d.Parts == 0 && !d.Said })
	if len(all) == 0 {
		return ""
	}
	return "left out when it was read: " + tell(all)
}
