package privacy

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	ssnRE    = regexp.MustCompile(`\b\d{3}[- ]\d{2}[- ]\d{4}\b`)
	ninoRE   = regexp.MustCompile(`(?i)\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b`)
	elevenRE = regexp.MustCompile(`\b\d{2} ?\d{3} ?\d{3} ?\d{3}\b`)
	nirRE    = regexp.MustCompile(`\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b`)
	dniRE    = regexp.MustCompile(`(?i)\b(?:[XYZ][ -]?\d{7}|\d{8})[ -]?[A-Z]\b`)
	codiceRE = regexp.MustCompile(`(?i)\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b`)
	bsnRE    = regexp.MustCompile(`\b\d{3}[. ]?\d{3}[. ]?\d{3}\b`)
	idWordRE = regexp.MustCompile(`(?i)(?:bsn|burgerservicenummer|sofinummer|ssn|social security|steuer|tin|pesel|nir|sécurité sociale|dni|nie|nif|codice fiscale|national insurance|passport|reisepass|ausweis|passeport|pasaporte|passaporto|paszport|rijbewijs|id card|driver'?s licen[cs]e|führerschein)[^\d\n]{0,24}$`)
	passRE   = regexp.MustCompile(`(?i)(?:passport|reisepass\p{L}*|ausweis\p{L}*|passeport|pasaporte|passaporto|paspoort\p{L}*|paszport\p{L}*)[^\d\n]{0,20}?\b([A-Z]{0,3}\d{6,9}|[CFGHJK][A-Z0-9]{8})\b`)
)

// identities finds national identity numbers of the US, UK, Germany, France, Spain,
// Italy, the Netherlands and Poland, by form and check digits.
func identities(said string) []Value {
	var out []Value
	add := func(re *regexp.Regexp, valid func(string) bool, announced bool) {
		out = append(out, matches(said, re, Identity, func(v string, start, _ int) bool {
			bare := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(v))
			return valid(bare) && (!announced || idWordRE.MatchString(said[max(0, start-48):start]))
		})...)
	}
	add(ssnRE, isSSN, false)
	add(ninoRE, func(string) bool { return true }, false)
	add(nirRE, isNIR, false)
	add(dniRE, isDNI, false)
	add(codiceRE, isCodice, false)
	add(elevenRE, func(d string) bool { return isTaxID(d) || isPESEL(d) }, false)
	add(bsnRE, isBSN, true)
	return append(out, matches(said, passRE, Identity, nil)...)
}

func isSSN(d string) bool {
	return d[:3] != "000" && d[:3] != "666" && d[0] != '9' && d[3:5] != "00" && d[5:] != "0000"
}

// isNIR checks France's number: 97 less the rest of the number by 97.
func isNIR(d string) bool {
	d = strings.NewReplacer("2A", "19", "2B", "18").Replace(d)
	n, err1 := strconv.ParseInt(d[:13], 10, 64)
	k, err2 := strconv.ParseInt(d[13:], 10, 64)
	return err1 == nil && err2 == nil && 97-n%97 == k
}

// isDNI checks Spain's letter: the number by 23.
func isDNI(d string) bool {
	letter := d[len(d)-1]
	digits := strings.NewReplacer("X", "0", "Y", "1", "Z", "2").Replace(d[:1]) + d[1:len(d)-1]
	n, err := strconv.Atoi(digits)
	return err == nil && "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] == letter
}

// isCodice checks the control character of Italy's codice fiscale.
func isCodice(d string) bool {
	const odd = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17"
	sum := 0
	for i := range 15 {
		v := int(d[i] - 'A')
		if d[i] >= '0' && d[i] <= '9' {
			v = int(d[i] - '0')
		}
		if i%2 == 0 {
			sum += int(odd[v])
		} else {
			sum += v
		}
	}
	return byte('A'+sum%26) == d[15]
}

// isTaxID checks Germany's tax number (ISO 7064 mod 11, 10): one digit twice or three
// times among the first ten.
func isTaxID(d string) bool {
	if d[0] == '0' {
		return false
	}
	var n [10]int
	for i := range 10 {
		n[d[i]-'0']++
	}
	twice := 0
	for _, c := range n {
		if c > 3 {
			return false
		}
		if c > 1 {
			twice++
		}
	}
	p := 10
	for i := range 10 {
		s := (int(d[i]-'0') + p) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	c := 11 - p
	if c == 10 {
		c = 0
	}
	return twice == 1 && c == int(d[10]-'0')
}

// isPESEL checks Poland's number: weights 1, 3, 7, 9, and a month that there is.
func isPESEL(d string) bool {
	sum := 0
	for i, w := range []int{1, 3, 7, 9, 1, 3, 7, 9, 1, 3} {
		sum += w * int(d[i]-'0')
	}
	month, _ := strconv.Atoi(d[2:4])
	day, _ := strconv.Atoi(d[4:6])
	return (10-sum%10)%10 == int(d[10]-'0') && month%20 >= 1 && month%20 <= 12 && day >= 1 && day <= 31
}

// isBSN checks the eleven-test of the Netherlands' number.
func isBSN(d string) bool {
	sum := 0
	for i := range 8 {
		sum += (9 - i) * int(d[i]-'0')
	}
	return (sum-int(d[8]-'0'))%11 == 0 && d != "000000000"
}
