package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"footnote/pipeline"
)

// Said is a sentence of a reply.
type Said struct {
	Text  string
	Plain bool // courtesy
	// Proof is what its receipts stand for. A promise that the source makes to everybody
	// in the same category is policy.
	Proof string
}

// said names the acts in findings.
var said = map[Kind]string{Promise: "Promises this customer", Stated: "States as a rule", Refusal: "Refuses"}

// about names the categories in findings.
var about = map[string]string{"refund": "a refund", "credit": "a credit, discount or free service", "deadline": "a time", "legal": "a legal consequence", "medical": "something medical", "security": "something about security"}

// Check returns what the rules say of a reply in a language. A category and what is
// done about it are named once, at their first sentence.
func (r Rules) Check(reply []Said, lang string) []pipeline.Finding {
	var out []pipeline.Finding
	seen := map[string]bool{}
	for i, s := range reply {
		if s.Plain {
			continue
		}
		var proof []Act
		for n, a := range read(s.Text, lang, r.own) {
			if a.Kind == Promise && s.Proof != "" {
				if n == 0 || proof == nil {
					proof = read(s.Proof, lang, r.own)
				}
				for _, p := range proof {
					if p.Category == a.Category && p.Kind == Promise {
						a.Kind = Stated
					}
				}
			}
			c := r.Commitments[a.Category]
			do := map[Kind]Action{Promise: c.Promise, Stated: c.Policy, Refusal: c.Refusal}[a.Kind]
			key := a.Category + string(a.Kind)
			if do == Allow || do == "" || seen[key] {
				continue
			}
			seen[key] = true
			what := about[a.Category]
			if what == "" {
				what = a.Category
			}
			f := finding("commitment", do, pipeline.Confirm, c.By, i, fmt.Sprintf("%s %s (“%s”)", said[a.Kind], what, a.Words))
			out = append(out, f)
		}
	}
	return append(out, r.style(reply, lang)...)
}

// style checks how a reply sounds.
func (r Rules) style(reply []Said, lang string) []pipeline.Finding {
	var out []pipeline.Finding
	add := func(m Measure, i int, detail string) {
		if m.Do != Allow && m.Do != "" {
			out = append(out, finding("style", m.Do, pipeline.Warn, m.By, i, detail))
		}
	}
	whole := ""
	for i, s := range reply {
		whole += s.Text + "\n"
		ws := wordsOf(s.Text, lang)
		for _, w := range []struct {
			m    Measure
			ps   []phrase
			what string
		}{
			{r.Insults, table["insult"][lang], "Insults the customer"}, {r.Curt, table["curt"][lang], "Sounds curt"},
			{r.Competitors, r.Competitors.phrases, "Names a competitor"}, {r.Forbidden, r.Forbidden.phrases, "Uses a word that the policy forbids"},
		} {
			if m := find(w.ps, ws, lang); len(m) > 0 {
				add(w.m, i, fmt.Sprintf("%s: “%s”", w.what, s.Text[ws[m[0].from].start:ws[m[0].to-1].end]))
			}
		}
		if r.Formality.Person != "" {
			if w := otherPerson(s.Text, lang, r.Formality.Person); w != "" {
				add(r.Formality, i, fmt.Sprintf("Speaks to the customer as “%s”; the policy wants the %s address", w, r.Formality.Person))
			}
		}
	}
	if i := repeatedIn(reply, lang); i >= 0 {
		add(r.Repetition, i, "Says again what was said before")
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(whole)); r.Length.Characters > 0 && n > r.Length.Characters {
		add(r.Length, -1, fmt.Sprintf("The reply has %d characters; the policy wants %d at most", n, r.Length.Characters))
	}
	if end := strings.TrimSpace(r.Closing.Text); end != "" && !strings.HasSuffix(squeeze(whole), squeeze(end)) {
		add(r.Closing, -1, fmt.Sprintf("The reply does not end with “%s”", end))
	}
	return out
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// finding says what was seen, and who may let it pass.
func finding(check string, do Action, confirm pipeline.Severity, by string, sentence int, detail string) pipeline.Finding {
	f := pipeline.Finding{Check: check, Severity: confirm, Sentence: sentence, Detail: detail + "."}
	switch {
	case do == Block:
		f.Severity, f.Detail = pipeline.Block, detail+"; the policy forbids it."
	case by == ByManager:
		f.By, f.Detail = by, detail+"; only a manager may approve it."
	}
	return f
}
