package text

import "regexp"

// Gap stands in a text where its page has a value that is not known here: a variable,
// a macro. A sentence with one says less than its page and is never quoted.
const Gap = "[…]"

var (
	// field is what tools fill in: Liquid, Jinja, Handlebars, ERB, merge fields of mail
	// and of help desks, and what people put in brackets for somebody to replace.
	field = regexp.MustCompile(`\{\{[^{}\n]{0,200}\}\}|\{\{[%<][^\n]{0,200}?[%>]\}\}|\{%[^\n]{0,200}?%\}|<%[^\n]{0,200}?%>|\$\{[^{}\n]{1,100}\}|#\{[\w.@ ]{1,60}\}|%%\w[\w.-]{0,58}(?: [\w.-]+){0,3}%%|%(?:[A-Z]+_?)?(?:NAME|EMAIL|USER|CUSTOMER|ORDER|TICKET|COMPANY|DATE)(?:_?[A-Z]+)?%|` +
		`\*\|[A-Z0-9_:. -]{1,60}\|\*|\|\|[\w.-]{1,60}\|\||<<\s?\pL[\w .-]{0,60}\s?>>|@@[\w.-]{1,60}@@|\[%[^\]\n]{1,100}\]|\{![^{}\n]{1,100}\}|` +
		`(?i:<\s?(?:first|last|full|your|customer|client) (?:name|e-?mail)\s?>)|(?i:[\[{]{1,2}\s?(?:(?:your|the|insert|enter|add|customer'?s?|client'?s?|user'?s?|agent'?s?|recipient'?s?|contact'?s?|requester'?s?|company|first|last|full|order|ticket|account|product|support|hier|ihre?n?|kunden?|tu|su|votre)[ _.-]?(?:name|vorname|nachname|nombre|nom|first[ _]?name|last[ _]?name|` +
		`e-?mail|email[ _]address|address|adresse|number|nummer|no|id|date|datum|link|url|phone|company|amount|price|team|title|here|einsetzen|einfügen|aqu[ií]|ici)(?:[ _](?:here|hier))?|first_?name|last_?name|vorname|nachname|name|customer|agent|company|date|insert[^\]\[{}<>\n]{0,60})\s?[\]}]{1,2})|\[(?:…|\.\.\.)\]`)
	// filler are words that stand for others that are to come.
	filler = regexp.MustCompile(`\b(?:INSERT|ENTER|ADD|REPLACE)\s(?:[A-Z]+\s){1,5}(?:HERE|BELOW)\b|\bYOUR[_ ](?:[A-Z]+[_ ]){0,3}(?:NAME|EMAIL|ADDRESS|KEY|NUMBER|ID|URL|TOKEN)(?:[_ ]HERE)?\b|\b(?:TODO|FIXME|TBD|TBC)\b|(?i:\blorem\s+ipsum\b|\bdolor\s+sit\s+amet\b)`)
)

// Placeholder returns the first part of s that waits to be filled in, and where it
// stands; "" and -1 when there is none.
func Placeholder(s string) (found string, start int) {
	at := field.FindStringIndex(s)
	if w := filler.FindStringIndex(s); at == nil || w != nil && w[0] < at[0] {
		at = w
	}
	if at == nil {
		return "", -1
	}
	return s[at[0]:at[1]], at[0]
}

// FillGaps puts Gap in the place of every field that some tool fills in.
func FillGaps(s string) string { return field.ReplaceAllString(s, Gap) }
