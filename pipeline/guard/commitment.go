package guard

import (
	"regexp"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/policy"
	"footnote/pipeline/text"
)

// checkPolicy lets the policy of the ticket's queue judge what is promised and how it sounds.
func checkPolicy(c *checked) []pipeline.Finding {
	rules := c.Rules
	if rules == nil {
		r := policy.Shipped().For("")
		rules = &r
	}
	reply := make([]policy.Said, len(c.Draft.Sentences))
	for i, s := range c.Draft.Sentences {
		reply[i] = policy.Said{Text: text.Plain(Reveal(s.Text)), Plain: s.Plain}
		for _, p := range c.proofs[i] {
			reply[i].Proof += p.plain + "\n"
		}
	}
	if c.human { // no receipts: what was found may prove any of it
		known := ""
		for _, p := range c.cited {
			known += text.Plain(p.Text) + "\n"
		}
		for i := range reply {
			reply[i].Proof += known
		}
	}
	lang := text.Detect(c.text) // where words are too few to tell, any of the seven is read
	return rules.Check(reply, lang)
}

// done are the forms in which a reply says that something was done for this customer.
var done = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:(?:we|i)(?:'ve| have)(?: also| already| just| now)* \p{L}+(?:ed|en|set|sent|made|put|done|paid|built|given|found|cut)|(?:we|i) (?:just|already) \p{L}+ed|` +
	`(?:your|the|this) (?:[\p{L}-]+ ){1,4}(?:has|have) (?:now |already |just |also )*been \p{L}+|` +
	`(?:wir haben|ich habe) (?:\S+ ){1,9}\p{L}+(?:t|en)|(?:ihre?|deine?|die|das|der) (?:[\p{L}-]+ ){1,4}(?:wurde|wurden) (?:\S+ ){0,5}\p{L}+(?:t|en)|` +
	`(?:hemos|he) (?:ya )?\p{L}+(?:ado|ido|to|cho)|(?:su|tu|el|la) (?:[\p{L}-]+ ){1,4}ha sido \p{L}+|` +
	`(?:nous avons|j'ai) (?:bien |déjà )?\p{L}+(?:é|i|u|is|it)|(?:votre|le|la|ton) (?:[\p{L}-]+ ){1,4}a (?:bien |déjà )?été \p{L}+|` +
	`(?:abbiamo|ho) (?:già )?\p{L}+(?:ato|uto|ito|sso|tto)|(?:il|la) (?:suo|sua|tuo|tua) (?:[\p{L}-]+ ){1,4}è stat[oa] \p{L}+|` +
	`fizemos|já \p{L}+mos|(?:seu|sua|o|a) (?:[\p{L}-]+ ){1,4}foi \p{L}+(?:ado|ada|ido|ida)|` +
	`(?:we hebben|wij hebben|ik heb) (?:\S+ ){1,9}(?:\p{L}*ge\p{L}+(?:t|d|en)|her\p{L}+|ver\p{L}+)|(?:uw|je) (?:[\p{L}-]+ ){1,4}is (?:\S+ ){0,4}ge\p{L}+(?:t|d|en))(?:$|[^\p{L}])`)

// auxiliaries are what all of these forms have one of.
var auxiliaries = []string{"have ", "'ve ", "just ", "already ", "been ", "haben ", "habe ", "wurde", "hemos ", "he ", "sido ", "nous avons ", "j'ai ", "été ", "abbiamo ", "ho ", " stat", "fizemos", "já ", " foi ", "hebben ", "heb ", " is "}

func auxiliary(said string) bool {
	low := strings.ToLower(said)
	return slices.ContainsFunc(auxiliaries, func(a string) bool { return strings.Contains(low, a) })
}

// checkDone blocks what is said to have been done for this customer: a draft does
// nothing, and no source knows. What the source says in the same words may stand.
func checkDone(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		said := text.Plain(Reveal(s.Text))
		if !auxiliary(said) {
			continue
		}
		m := done.FindString(said)
		if m == "" || s.Plain && text.OurPhrase(s.Text, func(string) bool { return true }) {
			continue
		}
		held := false
		for _, p := range c.proofs[i] {
			held = held || strings.Contains(strings.ToLower(p.plain), strings.ToLower(m))
		}
		if !held {
			out = append(out, at("commitment", pipeline.Block, i, "Says that something was done, which nobody recorded: “"+named(m)+"”."))
		}
	}
	return out
}
