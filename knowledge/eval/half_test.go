package eval

import "testing"

// TestHalfHidesEveryOtherDocument and says what is left of each question's answer.
func TestHalfHidesEveryOtherDocument(t *testing.T) {
	shown, gone := "", ""
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		if hidden(name) {
			gone = name
		} else {
			shown = name
		}
	}
	if shown == "" || gone == "" {
		t.Fatal("ten names are all hidden or all shown")
	}
	row := func(doc, id string) Document {
		return Document{ID: id, Text: "text", Meta: map[string]any{"doc": doc}}
	}
	s := &Set{
		Documents: []Document{row(shown, "p1"), row(gone, "p2"), row(gone, "p3")},
		Queries:   []Query{{ID: "kept"}, {ID: "lost"}, {ID: "both"}, {ID: "none"}, {ID: "says itself", Answerability: "UNANSWERABLE"}, {ID: "whole document"}},
		Gains: map[string]map[string]float64{"kept": {"p1": 1}, "lost": {"p2": 1, "p3": 1}, "both": {"p1": 1, "p2": 1},
			"whole document": {gone: 1}},
	}
	h := s.half()
	if len(h.Documents) != 1 || h.Documents[0].ID != "p1" {
		t.Errorf("documents left: %+v", h.Documents)
	}
	got := map[string]string{}
	for _, q := range h.Queries {
		got[q.ID] = q.Answerability
	}
	want := map[string]string{"kept": "ANSWERABLE", "lost": "UNANSWERABLE", "says itself": "UNANSWERABLE", "whole document": "UNANSWERABLE"}
	if len(got) != len(want) {
		t.Errorf("questions %v, want %v", got, want)
	}
	for id, a := range want {
		if got[id] != a {
			t.Errorf("%s is %q, want %q", id, got[id], a)
		}
	}
	if len(s.Documents) != 3 || s.Queries[0].Answerability != "" {
		t.Error("the set itself was changed")
	}
}
