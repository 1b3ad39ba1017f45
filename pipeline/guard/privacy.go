package guard

import (
	"math/big"
	"regexp"
	"strings"

	"footnote/pipeline"
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
				if what == "a card number" && !luhn(f) || what == "a bank account" && !iban(f) || c.inSources(f) {
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

func luhn(s string) bool {
	sum, double, n := 0, false, 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double, n = sum+d, !double, n+1
	}
	return n >= 13 && n <= 19 && sum%10 == 0 && sum > 0
}

func iban(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	var digits strings.Builder
	for _, r := range s[4:] + s[:4] {
		if r >= 'A' {
			digits.WriteString(big.NewInt(int64(r - 'A' + 10)).String())
		} else {
			digits.WriteRune(r)
		}
	}
	n, ok := new(big.Int).SetString(digits.String(), 10)
	return ok && n.Mod(n, big.NewInt(97)).Int64() == 1
}
