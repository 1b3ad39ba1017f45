package console

import (
	"testing"

	"footnote/knowledge"
)

// TestLostTextIsAskedApart: a page that would lose text is no question of access.
func TestLostTextIsAskedApart(t *testing.T) {
	items := []Quarantined{{Source: "kb", Path: "a.html", Fate: knowledge.Unclear, Key: knowledge.LostKey, Value: "hidden text"}, {Source: "kb", Path: "b.md", Fate: knowledge.Unclear, Key: "clearance", Value: "blue"}}
	for _, q := range questions(items, knowledge.Unclear, true) {
		if q.Lost() != (q.Key == knowledge.LostKey) || q.Lost() != (q.Name() == "Text left out") {
			t.Errorf("%+v: lost %v, named %q", q, q.Lost(), q.Name())
		}
	}
}
