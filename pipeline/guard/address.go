package guard

import (
	"net/url"
	"regexp"
	"strings"

	"footnote/pipeline/text"

	"golang.org/x/net/publicsuffix"
)

// Address is a URL, e-mail address or phone number found in a text.
type Address struct {
	Kind      string // url | email | phone | markup
	Raw       string // as found, after Reveal
	Host      string // of URLs and e-mail addresses, lower case
	Disguised bool   // hxxp, [.], "dot", hidden characters: written to get past a check
	Bare      bool   // a domain without scheme, path or www
}

var (
	schemeRE = regexp.MustCompile(`(?i)\b(?:h[tx]{2}ps?|ftps?|wss?|file|javascript|vbscript|data|blob|intent|market|smb)\s?:\s?(?://)?[^\s<>"'” )\]]+`)
	slashRE  = regexp.MustCompile(`(?:^|[\s("'=<])//[\p{L}\d][^\s<>"')\]]*`)
	bareRE   = regexp.MustCompile(`[\p{L}\d_][\p{L}\d_-]*(?:\.[\p{L}\d_-]+)+(?::\d+)?(?:[/?#][^\s<>"')\]]*)?`)
	ipRE     = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d{2,5})?(?:/[^\s<>"')\]]*)?`)
	emailRE  = regexp.MustCompile(`(?i)(?:mailto:)?[\p{L}\d._%+'-]+@[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?(?:\.[\p{L}\d-]+)+`)
	phoneRE  = regexp.MustCompile(`(?:\+|\b00|\()?\d[\d \x{00a0}().\x{2010}-\x{2013}/-]{5,}\d\b`)
	imageRE  = regexp.MustCompile(`!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])|(?m:^\s*\[[^\]]+\]:\s*\S+)|(?i)<(?:img|a|iframe|script|link|object|embed|form|svg|video|audio|base|meta)\b[^>]*>?`)
	disguise = regexp.MustCompile(`(?i)\bhxxps?\b|\[\s?(?:\.|dot|at|@|:|://)\s?\]|\(\s?(?:\.|dot|at|@)\s?\)|\{\s?(?:\.|dot|at)\s?\}|[\p{L}\d] (?:dot|\[dot\]|punkt|punto|point) (?:com|org|net|io|example|ru|cn|info|co|xyz|dev|app|top|de|fr|es|uk)\b`)
	bracketD = regexp.MustCompile(`(?i)\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?`)
	spokenD  = regexp.MustCompile(`(?i)([\p{L}\d]) (?:dot|punkt|punto|point) ((?:com|org|net|io|example|ru|cn|info|co|xyz|dev|app|top|de|fr|es|uk)\b)`)
	bracketA = regexp.MustCompile(`(?i)\s?[\[({]\s?(?:@|at)\s?[\])}]\s?`)
	hxxp     = regexp.MustCompile(`(?i)\bhxxp`)
	dateRE   = regexp.MustCompile(`^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$|^\d{4}\s?[-–]\s?\d{4}$`)
	fileTLDs = text.WordSet(`md zip py sh rs pl mov app cc ps so ai do in it is to no me my at be us am as im de es la se`)
)

// reserved top-level names that the public suffix list does not have.
var reserved = text.WordSet(`example test invalid localhost local internal onion lan corp home intranet`)

// Addresses finds every URL, e-mail address, phone number, image and HTML
// element of a text, also when they are disguised. It would rather find too
// much: what it misses can reach a customer.
func Addresses(text string) []Address {
	plain := Reveal(text)
	hidden := plain != text && Clean(text) != text
	disguised := disguise.MatchString(plain)
	if disguised {
		plain = hxxp.ReplaceAllString(plain, "http")
		plain = bracketD.ReplaceAllString(plain, ".")
		plain = spokenD.ReplaceAllString(plain, "$1.$2")
		plain = bracketA.ReplaceAllString(plain, "@")
		plain = strings.NewReplacer("[:]", ":", "[://]", "://").Replace(plain)
	}
	plain = strings.NewReplacer("。", ".", "．", ".", "∕", "/", "⁄", "/").Replace(plain)
	var out []Address
	rest := []byte(plain)
	take := func(re *regexp.Regexp, f func(raw string, end int) (Address, bool)) {
		for _, m := range re.FindAllIndex(rest, -1) {
			raw := strings.TrimRight(string(rest[m[0]:m[1]]), ".,;:!?'\"*_`")
			a, ok := f(raw, m[1])
			if !ok {
				continue
			}
			a.Raw = strings.TrimSpace(raw)
			a.Disguised = disguised || hidden
			out = append(out, a)
			for i := m[0]; i < m[0]+len(raw); i++ { // found once
				rest[i] = ' '
			}
		}
	}
	for _, m := range imageRE.FindAllString(plain, -1) { // addresses within are found too
		out = append(out, Address{Kind: "markup", Raw: m})
	}
	take(schemeRE, func(raw string, _ int) (Address, bool) {
		h := hostOf(raw)
		lower := strings.ToLower(raw)
		if h == "" && !strings.Contains(raw, "//") && !strings.HasPrefix(lower, "javascript") && !strings.HasPrefix(lower, "vbscript") && !strings.HasPrefix(lower, "data:text") && !strings.HasPrefix(lower, "data:image") {
			return Address{}, false
		}
		return Address{Kind: "url", Host: h}, true
	})
	take(emailRE, func(raw string, _ int) (Address, bool) {
		return Address{Kind: "email", Host: strings.ToLower(raw[strings.LastIndexByte(raw, '@')+1:])}, true
	})
	take(slashRE, func(raw string, _ int) (Address, bool) {
		return Address{Kind: "url", Host: hostOf("http:" + strings.TrimLeft(raw, " \t\n(\"'=<"))}, true
	})
	take(ipRE, func(raw string, _ int) (Address, bool) {
		return Address{Kind: "url", Host: hostOf("http://" + raw), Bare: !strings.Contains(raw, "/")}, true
	})
	take(bareRE, func(raw string, _ int) (Address, bool) {
		h := hostOf("http://" + raw)
		return Address{Kind: "url", Host: h, Bare: !strings.ContainsAny(raw, "/?#")}, domain(h, raw)
	})
	take(phoneRE, func(raw string, _ int) (Address, bool) {
		n := len(digits(raw))
		return Address{Kind: "phone"}, n >= 7 && n <= 15 && !dateRE.MatchString(strings.TrimSpace(raw)) && !grouped(raw)
	})
	return out
}

// hostOf returns the host of a URL in lower case, "" when there is none.
func hostOf(raw string) string {
	raw = strings.Join(strings.Fields(raw), "")
	if i := strings.Index(raw, ":"); i > 0 && !strings.HasPrefix(raw[i:], "://") {
		raw = raw[:i] + "://" + strings.TrimLeft(raw[i+1:], "/")
	}
	raw = strings.ReplaceAll(raw, `\`, "/")
	u, err := url.Parse(raw)
	if err != nil { // still find the host of a URL with bad escapes
		_, after, _ := strings.Cut(raw, "://")
		if i := strings.IndexAny(after, "/?#"); i >= 0 {
			after = after[:i]
		}
		return strings.ToLower(after[strings.LastIndexByte(after, '@')+1:])
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// domain says whether a bare name reads as an internet domain rather than as a
// file name, an abbreviation or a missing space between sentences.
func domain(host, raw string) bool {
	i := strings.LastIndexByte(host, '.')
	if i < 0 {
		return false
	}
	tld := host[i+1:]
	if reserved[tld] || strings.HasPrefix(tld, "xn--") {
		return true
	}
	if suffix, icann := publicsuffix.PublicSuffix(host); !icann || suffix == host {
		return false
	}
	if strings.HasPrefix(host, "www.") || strings.ContainsAny(raw, "/?#") {
		return true
	}
	if fileTLDs[tld] {
		// "done.In", "README.md": a label of the wrong case, or a file's ending.
		rawTLD := raw[strings.LastIndexByte(raw, '.')+1:]
		if rawTLD != strings.ToLower(rawTLD) || tld == "md" || tld == "py" || tld == "sh" || tld == "zip" || tld == "rs" || tld == "pl" || tld == "ps" {
			return false
		}
	}
	return true
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

var groupedRE = regexp.MustCompile(`^\d{1,3}(?:[., \x{00a0}]\d{3})+(?:[.,]\d+)?$|^\d+[.,]\d+$|^\d+\s?[-–]\s?\d+$`)

// grouped says whether digits are one large number or a range, not a phone number.
func grouped(raw string) bool {
	raw = strings.TrimSpace(raw)
	return groupedRE.MatchString(raw) && !strings.HasPrefix(raw, "+") && len(digits(raw)) != 10 && len(digits(raw)) != 11
}
