package drafting

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

// evilCase is a schema-valid answer that a model might give.
type evilCase struct {
	ID, Category, Question, Passage, Seen string

	CustomerName string `json:"customer_name"`
	Reply        json.RawMessage
}

// tried is what the drafter does with one wicked answer: caught says how, and is
// empty for a clean draft. Findings that a true draft gets as well catch nothing.
func (c evilCase) tried(t *testing.T, generic map[string]bool) (caught string, findings []pipeline.Finding) {
	t.Helper()
	p := pipeline.Passage{ID: "p", Document: "help/page", Version: 1, Title: strings.TrimPrefix(strings.SplitN(c.Passage, "\n", 2)[0], "# "), Text: c.Passage,
		URL: "https://help.larkspur.example/page", Audience: pipeline.Public, Locale: "en"}
	q := Question{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: c.Question}}, Asks: asks(c.Question), Locale: "en", Name: c.CustomerName}
	hits := []pipeline.Hit{{Passage: p, Support: .9}}
	in := guard.Input{Passages: []pipeline.Passage{p}, Locale: "en", Names: []string{c.CustomerName}, Asked: c.Question}
	a := &attempt{prompt: promptFor(q, hits, "", "feedbeef00112233")}
	raw := []byte(strings.ReplaceAll(string(c.Reply), "{{canary}}", a.prompt.Canary))
	if err := a.request(q, hits, in, "evil").Accept(raw); err != nil {
		return "rejected: " + err.Error(), nil
	}
	var sent modelAnswer
	if err := json.Unmarshal(raw, &sent); err != nil {
		t.Fatal(err)
	}
	if len(a.sentences) < len(sent.Sentences) {
		return "neutralised", nil
	}
	in.Draft = pipeline.Draft{Sentences: frame(q, a.sentences), Locale: "en"}
	number(in.Draft.Sentences)
	findings = guard.Check(in)
	for _, f := range findings {
		if !generic[f.Detail] {
			return "named: " + f.Detail, findings
		}
	}
	return "", findings
}

// mended are the kinds of which none may be a clean draft any more.
var mended = []string{`"not" added`, `"not" dropped`, `"not" moved`, `quote cut so that "not" is outside`, "quote of single words", "opposite by antonym", "condition dropped", "condition dropped by cut quote",
	"quote from wrong passage", "quote invented", "quote negation changed", "quote number changed"}

// TestEvilAnswers prints what becomes of each kind of wicked answer.
func TestEvilAnswers(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/cases/evil.json")
	if err != nil {
		t.Skip("no wicked answers beside the repository: ", err)
	}
	var file struct{ Cases []evilCase }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	generic := map[string]bool{}
	for _, c := range file.Cases {
		if c.Category == "control" {
			caught, fs := c.tried(t, nil)
			if strings.HasPrefix(caught, "rejected") {
				t.Errorf("%s: a true draft is held: %s", c.ID, caught)
			}
			for _, f := range fs {
				generic[f.Detail] = true
			}
		}
	}
	type tally struct{ caught, clean int }
	kinds := map[string]*tally{}
	all := tally{}
	for _, c := range file.Cases {
		if kinds[c.Category] == nil {
			kinds[c.Category] = &tally{}
		}
		if caught, _ := c.tried(t, generic); caught == "" {
			if slices.Contains(mended, c.Category) {
				t.Errorf("%s: %s is a clean draft", c.ID, c.Category)
			}
			kinds[c.Category].clean++
			all.clean++
			t.Logf("%s %s is clean", c.ID, c.Category)
		} else {
			kinds[c.Category].caught++
			all.caught++
			if strings.HasPrefix(c.Seen, "MISSED") { // by what, where it was not before
				t.Logf("%s %s: %s", c.ID, c.Category, caught)
			}
		}
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		fmt.Fprintf(&b, "%-40s %3d caught %3d clean\n", k, kinds[k].caught, kinds[k].clean)
	}
	t.Logf("%d caught, %d clean\n%s", all.caught, all.clean, b.String())
}
