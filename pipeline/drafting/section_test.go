package drafting

import (
	"strings"
	"testing"

	"footnote/pipeline"
)

// TestWorldSection: of a page in parts, the part that answers is said, not the one that
// tells the customer's own words again.
func TestWorldSection(t *testing.T) {
	article := func(issue, cause, resolution string) string {
		return "## " + issue + "\n\nWhen you save a report in the planner, you see the message \"Storage quota exceeded\" and the report is not saved.\n\n" +
			"## " + cause + "\n\nThe shared folder of the team holds more than 40 GB of old attachments.\n\n" +
			"## " + resolution + "\n\nAsk an owner to empty the archive of the shared folder, then open the planner again.\n\n" +
			"## Related articles\n\n- [Storage quota exceeded when saving a report in the planner](/help/quota)\n- [Save a report in the planner](/help/save)"
	}
	for _, c := range []struct{ issue, cause, resolution, ask, want, not string }{
		{"Symptoms", "Cause", "Resolution", "Saving a report in the planner says storage quota exceeded", "empty the archive", "/help/"},
		{"Symptoms", "Cause", "Resolution", "Why does the planner say storage quota exceeded when I save a report?", "more than 40 GB", "/help/"},
		{"Symptom", "Causes", "Workaround", "How do I fix storage quota exceeded in the planner?", "empty the archive", "Save a report"},
		{"Problem", "Cause", "Solution", "The planner cannot save my report, storage quota exceeded, what can I do?", "empty the archive", "Save a report"},
		{"Issue", "Root cause", "Resolution", "What is the reason for storage quota exceeded in the planner?", "more than 40 GB", "Save a report"},
		{"Issue", "Root cause", "Fix", "I get storage quota exceeded when I save a report in the planner", "empty the archive", "Save a report"},
		{"Description", "Reason", "Solution", "Storage quota exceeded in planner report", "empty the archive", "Save a report"},
		{"PROBLEM", "CAUSE", "SOLUTION", "My report is not saved: storage quota exceeded", "empty the archive", "Save a report"},
		{"Symptoms:", "Cause:", "Resolution:", "Report not saved in the planner, it says storage quota exceeded", "empty the archive", "Save a report"},
		{"Error message", "Cause", "How to fix", "What can I do about storage quota exceeded in the planner report?", "empty the archive", "Save a report"},
		{"Summary", "Cause", "Workarounds", "Why is my report in the planner not saved?", "more than 40 GB", "Save a report"},
		{"Background", "Causes", "Solutions", "Storage quota exceeded, please help with the planner", "empty the archive", "Save a report"},
		{"Fehlerbild", "Ursache", "Lösung", "Storage quota exceeded in the planner report", "empty the archive", "Save a report"},
		{"Síntomas", "Causa", "Solución", "Planner report: storage quota exceeded", "empty the archive", "Save a report"},
		{"Symptôme", "Cause", "Solution", "Planner says storage quota exceeded for the report", "empty the archive", "Save a report"},
		{"Problem", "Cause", "Method 1", "How do I get rid of storage quota exceeded in the planner?", "empty the archive", "Save a report"},
	} {
		got := drafted(t, c.ask, at(passage("a", "Storage quota exceeded in the planner", "", article(c.issue, c.cause, c.resolution)), "d", 0, false))
		if !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
			t.Errorf("%s under %q: %s", c.ask, c.issue, got)
		}
	}
}

// TestCore: a section is said with its list from the first step, within its words, and
// no line announces what is not there.
func TestCore(t *testing.T) {
	long := strings.Repeat("Wooden boats float on water that is calm in the morning. ", 14)
	page := "## Moor a boat\n\nBoats are moored at the jetty.\n\n1. Throw the rope.\n2. Pull the boat to the jetty.\n3. Tie the rope to the ring.\n\nThe harbour master checks each rope.\n\n" + long + "\n\nIn winter:\n\n- " + strings.Repeat("cover the boat with canvas and ", 12) + "wait."
	got := drafted(t, "How do I moor a boat?", at(passage("a", "Harbour", "", page), "d", 0, false))
	if !strings.Contains(got, "1. Throw the rope.\n2. Pull the boat to the jetty.\n3. Tie the rope to the ring.") {
		t.Errorf("the steps are not whole: %s", got)
	}
	if n := len(strings.Fields(got)); n > 120 {
		t.Errorf("%d words: %s", n, got)
	}
	if strings.Contains(got, "In winter:") && !strings.Contains(got, "canvas") {
		t.Errorf("announces nothing: %s", got)
	}
}

// TestSectionsEndAtHeadings: a heading and the end of a passage end a section.
func TestSectionsEndAtHeadings(t *testing.T) {
	hits := []pipeline.Hit{at(passage("a", "T", "", "One.\n\n## B\n\nTwo. Three.\n\n## C\n\nFour."), "d", 0, false), at(passage("b", "T", "", "Five."), "d", 1, false)}
	ps := asked{question: Question{Locale: "en"}}.pieces(hits)
	var got []string
	for _, c := range sectionsOf(ps) {
		var s []string
		for _, p := range ps[c.from:c.to] {
			s = append(s, p.text)
		}
		got = append(got, strings.Join(s, " "))
	}
	if want := "One.|Two. Three.|Four.|Five."; strings.Join(got, "|") != want {
		t.Errorf("sections %q", got)
	}
}
