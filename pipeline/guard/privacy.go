package guard

import (
	"regexp"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/privacy"
)

var (
	cardRE   = regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`)
	ibanRE   = regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b`)
	secretRE = regexp.MustCompile(`\b(?:sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_[A-Za-z0-9]{10,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|gh[opsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|` +
		`AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,})|-----BEGIN [A-Z ]*PRIVATE KEY`)
)

// checkPrivacy blocks payment cards (Luhn), bank accounts (IBAN, mod 97) and
// keys that stand in no cited public source.
func checkPrivacy(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		text := Reveal(s.Text)
		for what, found := range map[string][]string{"a card number": cardRE.FindAllString(text, -1), "a bank account": ibanRE.FindAllString(text, -1), "a secret key": secretRE.FindAllString(text, -1)} {
			for _, f := range found {
				if what == "a card number" && !isCard(f) || what == "a bank account" && !privacy.IBAN(f) || c.inSources(f) {
					continue
				}
				out = append(out, at("privacy", pipeline.Block, i, "Holds "+what+"."))
				break
			}
		}
	}
	return out
}

func (c *checked) inSources(s string) bool {
	for _, p := range c.cited {
		if c.may(p) && strings.Contains(p.Text, s) {
			return true
		}
	}
	return false
}

// isCard tells a payment card's number by its length and check digit.
func isCard(s string) bool {
	d := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	return len(d) >= 13 && len(d) <= 19 && strings.Trim(d, "0") != "" && privacy.Luhn(d)
}
