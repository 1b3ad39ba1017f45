package guard

import (
	"html"
	"regexp"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

var (
	leftoverRE = regexp.MustCompile(`\[\d{1,3}\]|【[^】]*】|\{\{[^}]*\}?|\}\}|<\|[^|]*\|?>|\[(?i:your |customer|agent|insert|name|company|todo)[^\]]*\]|\bXXX\b|` + "```" +
		`|</?(?i:s|sys|inst|im_start|im_end|system|user|assistant|passage|ticket|document)>|\[/?INST\]|(?i)\bpassage \d+\b|\bturn\d+(?:search|view)\d+`)
	metaRE = regexp.MustCompile(`(?i)\b(system prompt|my (instructions|guidelines|prompt)|as an? (ai|language model|artificial)|(ignore|disregard|forget) (all |any |the |your |my )*(previous|prior|above|earlier|other) ` +
		`(instructions|prompts?|rules|text)|language model|chatgpt|openai|jailbreak\w*|developer mode|do anything now|prompt injection|no review is needed|already (been )?approved|` +
		`(als|ich bin) (eine )?ki\b|systemanweisung\w*|instrucciones del sistema|modelo de lenguaje|modèle de langage|invite système)\b`)
	markupRE = regexp.MustCompile("(?m)\\*\\*[^*\\n]+\\*\\*|__[^_\\n]+__|~~[^~\\n]+~~|`[^`\\n]+`|^\\s{0,3}#{1,6}\\s|^\\s*\\|.*\\|\\s*$|^\\s*[=+@]\\s*[A-Za-z]+\\s*\\(|^>\\s|\\]\\(")
	slackRE  = regexp.MustCompile(`<[@#!][^>\s]*>?|(^|\s)@(channel|here|everyone)\b`)
)

// checkMarkers blocks what a prompt or a template left behind: citation
// markers, placeholders, chat tokens, Slack mentions, talk about being a
// language model, and the prompt's canary.
func checkMarkers(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	sources := ""
	for _, p := range c.cited {
		if c.may(p) {
			sources += p.Text + "\n"
		}
	}
	for i, s := range c.Draft.Sentences {
		said := Reveal(html.UnescapeString(s.Text))
		if m := markupRE.FindString(said); m != "" {
			out = append(out, at("marker", pipeline.Block, i, "Markup that nobody would see as such: “"+named(m)+"”."))
		}
		if m := leftoverRE.FindString(said); m != "" && !strings.Contains(sources, m) {
			out = append(out, at("marker", pipeline.Block, i, "Left over: “"+m+"”."))
		} else if m := unfilled(said, sources); m != "" {
			out = append(out, at("marker", pipeline.Block, i, "It waits to be filled in: “"+m+"”."))
		}
		if m := slackRE.FindString(said); m != "" {
			out = append(out, at("marker", pipeline.Block, i, "Would call people in a chat: “"+strings.TrimSpace(m)+"”."))
		}
		if m := metaRE.FindString(said); m != "" {
			out = append(out, at("marker", pipeline.Block, i, "Talks about instructions or the writer: “"+m+"”."))
		}
	}
	if c.Canary != "" && strings.Contains(squash(c.text), squash(c.Canary)) {
		out = append(out, at("marker", pipeline.Block, -1, "The reply gives away the instructions of the drafter."))
	}
	return out
}

// deskField is what a desk itself fills in when a reply is sent; it never goes out as
// it is, whatever a source shows.
var deskField = regexp.MustCompile(`(?i)^\{[{%]\s*(?:dc\.|ticket|requester|contact|conversation|customer|agent|assignee|current_user|organization|account|inbox|user|if|for|unless)\b`)

// unfilled returns what waits to be filled in, with a value or by a person; "" when
// nothing does. What a cited source shows as code, for its readers to type, may stand.
func unfilled(said, sources string) string {
	for {
		m, from := text.Placeholder(said)
		if m == "" {
			return ""
		}
		if m == text.Gap || m == "[...]" || deskField.MatchString(m) || !shownAsCode(m, sources) {
			return m
		}
		said = said[from+len(m):]
	}
}

// shownAsCode tells whether sources have m in a code span or a block of code.
func shownAsCode(m, sources string) bool {
	fenced := false
	for line := range strings.Lines(sources) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		if at := strings.Index(line, m); at >= 0 && (fenced || strings.Count(line[:at], "`")%2 == 1) {
			return true
		}
	}
	return false
}

// squash keeps lower-case letters and digits only.
func squash(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(Reveal(s)) {
		if text.WordRune(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
