package drafting

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
)

// evilCase is a schema-valid answer that a model might give.
type evilCase struct {
	ID, Category, Question, Passage, Seen, Language string

	CustomerName string `json:"customer_name"`
	Reply        json.RawMessage
}

// tried is what the drafter does with one wicked answer: caught says how, and is
// empty for a clean draft. Findings that a true draft gets as well catch nothing.
func (c evilCase) tried(t *testing.T, generic map[string]bool) (caught string, findings []pipeline.Finding) {
	t.Helper()
	lang := cmp.Or(c.Language, "en")
	p := pipeline.Passage{ID: "p", Document: "help/page", Version: 1, Title: strings.TrimPrefix(strings.SplitN(c.Passage, "\n", 2)[0], "# "), Text: c.Passage,
		URL: "https://help.larkspur.example/page", Audience: pipeline.Public, Locale: lang}
	q := Question{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: c.Question}}, Asks: asks(c.Question), Locale: lang, Name: c.CustomerName}
	hits := []pipeline.Hit{{Passage: p, Support: .9}}
	in := guard.Input{Passages: []pipeline.Passage{p}, Locale: lang, Names: []string{c.CustomerName}, Asked: c.Question}
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
	in.Draft = pipeline.Draft{Sentences: frame(q, a.sentences), Locale: lang}
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

// maxClean is the share of our own wicked answers that may be a clean draft; maxHeld
// of the true ones that may be held.
const maxClean, maxHeld = .03, .02

// TestWickedVariants tries testdata/wicked.txt: kinds of careless and wicked answers
// in seven languages, each quoting the sentence that it is nearest to.
func TestWickedVariants(t *testing.T) {
	raw, err := os.ReadFile("testdata/wicked.txt")
	if err != nil {
		t.Fatal(err)
	}
	type tally struct{ blocked, named, clean int }
	kinds, tongues := map[string]*tally{}, map[string]*tally{}
	var lang, question string
	var source []string
	trueOnes, held := 0, 0
	all := tally{}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"), line == "":
		case strings.HasPrefix(line, "="):
			source = append(source, strings.TrimPrefix(strings.TrimPrefix(line, "="), " "))
		case strings.HasPrefix(line, "? "):
			question = line[2:]
		case !strings.Contains(line, " | "):
			lang, source = line, nil
		default:
			kind, said, _ := strings.Cut(line, " | ")
			c := evilCase{ID: kind, Category: kind, Question: question, Language: lang, Passage: "# Help\n\n" + strings.Join(source, "\n"), CustomerName: "Dana"}
			c.Reply = reply1(t, said, nearest(c.Passage, said, lang, map[bool]int{true: 2, false: 1}[kind == "swap"]))
			caught, fs := c.tried(t, nil)
			if kind == "true" {
				trueOnes++
				if guard.Blocked(fs) || strings.HasPrefix(caught, "rejected") {
					held++
					t.Logf("%s held: %q: %s", lang, said, caught)
				} else if caught != "" && !strings.Contains(caught, "Promises this customer") {
					t.Logf("%s true, but told: %q: %s", lang, said, caught)
				}
				continue
			}
			for m, k := range map[*map[string]*tally]string{&kinds: kind, &tongues: lang} {
				if (*m)[k] == nil {
					(*m)[k] = &tally{}
				}
				switch n := (*m)[k]; {
				case strings.HasPrefix(caught, "rejected"), guard.Blocked(fs):
					n.blocked++
				case caught != "" && !ofAny(fs, kind):
					n.named++
				default:
					n.clean++
				}
			}
			switch {
			case strings.HasPrefix(caught, "rejected"), guard.Blocked(fs):
				all.blocked++
			case caught != "" && !ofAny(fs, kind):
				all.named++
			default:
				all.clean++
				t.Logf("%s %s is clean: %q", lang, kind, said)
			}
		}
	}
	for _, m := range []map[string]*tally{kinds, tongues} {
		var b strings.Builder
		for _, k := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, "%-14s %3d blocked %3d named %3d clean\n", k, m[k].blocked, m[k].named, m[k].clean)
		}
		t.Logf("\n%s", b.String())
	}
	n := all.blocked + all.named + all.clean
	t.Logf("of %d wicked answers %d blocked, %d named, %d clean; of %d true ones %d held", n, all.blocked, all.named, all.clean, trueOnes, held)
	if float64(all.clean) > maxClean*float64(n) || float64(held) > maxHeld*float64(trueOnes) {
		t.Errorf("too many: %d clean of %d, %d held of %d", all.clean, n, held, trueOnes)
	}
}

// ofAny tells findings that a true draft of the same subject has as well.
func ofAny(fs []pipeline.Finding, kind string) bool {
	return !slices.ContainsFunc(fs, func(f pipeline.Finding) bool {
		return f.Check != "commitment" && (f.Check != "answer" || kind == "off topic")
	})
}

func reply1(t *testing.T, said string, quotes []string) json.RawMessage {
	t.Helper()
	type quote struct {
		Quote   string `json:"quote"`
		Passage int    `json:"passage"`
	}
	s := map[string]any{"text": said, "plain": false}
	var qs []quote
	for _, q := range quotes {
		qs = append(qs, quote{q, 1})
	}
	s["quotes"] = qs
	raw, err := json.Marshal(map[string]any{"abstain": false, "reason": "", "sentences": []any{s}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// nearest returns the n statements of a passage that share most words with what is said.
func nearest(passage, said, lang string, n int) []string {
	words := map[string]bool{}
	for _, w := range text.Words(said, lang) {
		words[w.Text] = true
	}
	var lines []string
	for l := range strings.Lines(passage) {
		if l = strings.TrimSpace(l); l == "" || strings.HasPrefix(l, "|--") || strings.HasPrefix(l, "#") {
			continue
		}
		if strings.HasPrefix(l, "|") || strings.HasPrefix(l, "- ") {
			lines = append(lines, strings.TrimPrefix(l, "- "))
			continue
		}
		lines = append(lines, guard.Split(l)...)
	}
	score := func(l string) (n int) {
		for _, w := range text.Words(l, lang) {
			if words[w.Text] {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(lines, func(a, b string) int { return score(b) - score(a) })
	return lines[:min(n, len(lines))]
}
