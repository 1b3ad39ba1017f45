package drafting

import (
	"strings"
	"testing"

	"footnote/pipeline"
)

func hintFindings(d pipeline.Draft) (out []string) {
	for _, f := range d.Findings {
		if f.Check == "hint" {
			out = append(out, f.Detail)
		}
	}
	return out
}

// TestWorldHintNeverLosesADraft: whatever an agent hints, a usable draft is not replaced
// by none; and a hint whose words no source has is said to have found nothing.
func TestWorldHintNeverLosesADraft(t *testing.T) {
	for _, hint := range []string{
		"shorter", "please be friendlier and apologise for the inconvenience caused", "mention the moon landing museum opening in Reykjavik and its ticket prices", "use the new tone of voice guidelines from marketing",
		"kürzer und herzlicher bitte, wir duzen unsere Kunden seit diesem Jahr", "不要这么长", "add that our colleague Fernando will call back tomorrow between nine and eleven", "he is a VIP customer of the Zürich branch, be extra polite please and thank him twice",
		"!!!", "😀", "see Jira ENG-48211 and the Confluence runbook of the platform squad", "explain it like to a five year old with an example from cooking pasta carbonara at home", "in bullet points, numbered, with bold headings and an emoji in front of each",
		"plus tutoiement, plus chaleureux, moins administratif, merci beaucoup d'avance", "the customer wrote from Argentina, so write Spanish with voseo and mention peso amounts", "steps",
	} {
		d := newDesk(t, nil)
		ticket := pipeline.Ticket{Messages: []pipeline.Message{{ID: "m1", Role: pipeline.RoleCustomer, Text: "How do I pair my card reader?", Public: true}}}
		first := d.handle(t, requestedOn(ticket, "m1", 1, ""))
		if first.Abstained != "" {
			t.Fatal(first.Abstained)
		}
		e := requestedOn(ticket, "m1", 2, hint)
		r, _ := pipeline.Decode[pipeline.Requested](e)
		r.Keep = first.ID
		again := d.handle(t, pipeline.NewEvent(e.Type, e.ID, e.Ref(), now, r))
		if again.Abstained != "" || again.Version != 2 || again.ID == first.ID || again.Hint != hint {
			t.Errorf("%q: version %d abstains: %s", hint, again.Version, again.Abstained)
		}
		if notes := hintFindings(again); len(notes) > 1 || len(notes) == 1 && again.Text() != first.Text() {
			t.Errorf("%q: %q over\n%s", hint, notes, again.Text())
		}
		prove(t, d, again)
	}
}

// TestHintWithoutAnEarlierDraft: nothing to keep, and the sources answer the question:
// it is written without the hint.
func TestHintWithoutAnEarlierDraft(t *testing.T) {
	d := newDesk(t, nil)
	ticket := pipeline.Ticket{Messages: []pipeline.Message{{ID: "m1", Role: pipeline.RoleCustomer, Text: "How do I pair my card reader?", Public: true}}}
	hint := "mention the moon landing museum opening in Reykjavik and its ticket prices, the shuttle bus timetable and wheelchair access on Sundays"
	draft := d.handle(t, requestedOn(ticket, "m1", 2, hint))
	if draft.Abstained != "" || !strings.Contains(draft.Text(), "2. Press the power button") {
		t.Fatalf("%s %s", draft.Abstained, draft.Text())
	}
	// A question that no source answers is answered by no hint.
	ticket.Messages[0].Text = "Which vaccines does my hamster need before travelling to Norway?"
	if draft := d.handle(t, requestedOn(ticket, "m1", 3, "be friendly")); draft.Abstained == "" {
		t.Errorf("%s", draft.Text())
	}
}
