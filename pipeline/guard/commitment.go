package guard

import (
	"regexp"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// promises are words that bind the company. They may be right: the agent
// confirms them by approving.
var promises = []struct {
	what string
	re   *regexp.Regexp
}{
	{"a refund or credit", regexp.MustCompile(`(?i)\b(refund(s|ed|ing)?|reimburs\w*|money back|credit(ed)? (to )?your|goodwill|compensat\w*|chargeback)\b|` +
		`\b(erstatt\w*|rückerstatt\w*|gutschrift\w*|entschädig\w*|geld zurück)|\b(reembols\w*|devoluci\w*|compensa\w*)|\b(rembours\w*|dédommag\w*|indemnis\w*)`)},
	{"a discount or free service", regexp.MustCompile(`(?i)\b(discount\w*|free of charge|for free|at no (extra |additional )?(cost|charge)|waiv\w+|voucher|coupon|promo(tion(al)?)? code|lifetime|\d+\s?(%|percent) off)\b|` +
		`(offer|give|grant)\w*\b.{0,40}\d+\s?(%|percent)|\b(rabatt\w*|kostenlos\w*|gratis|gutschein\w*)\b|\b(descuento\w*|cup[oó]n)\b|\b(remise|rabais|réduction|gratuit\w*)\b`)},
	{"a deadline", regexp.MustCompile(`(?i)\b(guarantee\w*|we promise|(we|i) will .{0,60}\b(today|tomorrow|by (mon|tues|wednes|thurs|fri|satur|sun)day|within \d+)|no later than|` +
		`garantier\w*|versprech\w*|spätestens|garantiz\w*|a más tardar|garantiss\w*|au plus tard)\b`)},
	{"a legal statement", regexp.MustCompile(`(?i)\b(liab(le|ility)|lawsuit|legal(ly)? (advice|action|binding|entitled)|lawyer|attorney|court|gdpr|breach of contract|admit\w* (fault|liability)|` +
		`haft(ung|bar)\w*|rechtlich\w*|anwalt\w*|gericht|dsgvo|responsabilidad legal|abogado\w*|demanda judicial|responsabilité|avocat\w*|juridique\w*)\b`)},
}

// checkCommitments names each kind of promise once, at its first sentence.
func checkCommitments(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for _, p := range promises {
		for i, s := range c.Draft.Sentences {
			if m := p.re.FindString(s.Text); m != "" && !s.Plain {
				out = append(out, at("commitment", pipeline.Confirm, i, "Commits to "+p.what+" (“"+m+"”)."))
				break
			}
		}
	}
	return out
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
