package guard

import (
	"regexp"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// run is how many words in a row count as taken from an internal passage.
const run = 8

// code looks like an internal name: letters and digits with hyphens.
var codeRE = regexp.MustCompile(`\b[A-Za-z]{2,}(?:[-_][A-Za-z0-9]+)+\b`)

// checkAudience keeps internal knowledge out of a reply: no receipt may cite an
// internal passage, and no sentence may hold a run of eight words, or a code name
// (CANARY-7, INT-SEC-017), address or telephone number that no public passage has,
// in whatever spelling (insider).
func checkAudience(c *checked) []pipeline.Finding {
	if c.Agent {
		return nil
	}
	var out []pipeline.Finding
	internal := append([]pipeline.Passage(nil), c.Internal...)
	var public strings.Builder
	var publicURLs []string
	for _, p := range c.Passages {
		if p.Audience != pipeline.Public {
			internal = append(internal, p)
		} else {
			public.WriteString(p.Text + "\n" + p.Section() + "\n")
			publicURLs = append(publicURLs, p.URL)
		}
	}
	for i, s := range c.Draft.Sentences {
		for _, r := range s.Receipts {
			if p, ok := c.given[r.Passage]; r.Audience != pipeline.Public || ok && p.Audience != pipeline.Public {
				out = append(out, at("audience", pipeline.Block, i, "The sentence cites an internal source."))
				break
			}
		}
	}
	if len(internal) == 0 {
		return out
	}
	runs, codes := leaks(internal, public.String())
	in := insiders(internal, public.String(), append(publicURLs, c.Hosts...))
	for i, s := range c.Draft.Sentences {
		for _, p := range internal {
			if p.URL != "" && strings.Contains(s.Text, p.URL) {
				out = append(out, at("audience", pipeline.Block, i, "The sentence links to an internal source."))
				break
			}
		}
		if hasRun(s.Text, runs) {
			out = append(out, at("audience", pipeline.Block, i, "The sentence repeats words of an internal source."))
		}
		name := ""
		for _, code := range codeRE.FindAllString(s.Text, -1) {
			if codes[strings.ToLower(code)] {
				name = code
				break
			}
		}
		if name == "" {
			name = in.named(s.Text)
		}
		if name != "" {
			out = append(out, at("audience", pipeline.Block, i, "The sentence names "+clip(name, 80)+", which only an internal source has."))
		}
	}
	// A run may be spread over sentences.
	if len(out) == 0 && hasRun(c.text, runs) {
		out = append(out, at("audience", pipeline.Block, -1, "The reply repeats words of an internal source."))
	}
	if name := in.named(c.text); len(out) == 0 && name != "" {
		out = append(out, at("audience", pipeline.Block, -1, "The reply names "+clip(name, 80)+", which only an internal source has."))
	}
	return out
}

// leaks lists the word runs and codes of internal passages that public does not have.
func leaks(internal []pipeline.Passage, public string) (runs, codes map[string]bool) {
	runs, codes = map[string]bool{}, map[string]bool{}
	for _, p := range internal {
		eachRun(p.Text, func(r string) { runs[r] = true })
		for _, code := range codeRE.FindAllString(p.Text+"\n"+p.Section(), -1) {
			if strings.ContainsAny(code, "0123456789") || strings.ToUpper(code) == code {
				codes[strings.ToLower(code)] = true
			}
		}
	}
	eachRun(public, func(r string) { delete(runs, r) })
	for _, code := range codeRE.FindAllString(public, -1) {
		delete(codes, strings.ToLower(code))
	}
	return runs, codes
}

func hasRun(text string, runs map[string]bool) bool {
	found := false
	eachRun(text, func(r string) { found = found || runs[r] })
	return found
}

func eachRun(said string, f func(string)) {
	words := text.Words(Reveal(said), "")
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	for i := 0; i+run <= len(texts); i++ {
		f(strings.Join(texts[i:i+run], " "))
	}
}
