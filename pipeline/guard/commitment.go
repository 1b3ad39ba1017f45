package guard

import (
	"regexp"

	"footnote/pipeline"
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
