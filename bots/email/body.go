package email

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"
	"github.com/jhillyerd/enmime/v2/mediatype"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"footnote/bots"
)

// What of a mail is its text, in the order in which it stands there. The parser
// would join the parts with lines that read as signatures, and decode them by their
// labels: it leaves the text parts to us, under another name.

const (
	renamed = "x-text/" // what text/ is called in the parser
	maxDeep = 3         // mails inside mails that are opened
)

// reader parses the structure and takes one bad part for what it is.
var reader = enmime.NewParser(enmime.DisableTextConversion(true), enmime.SkipMalformedParts(true), enmime.MultipartWOBoundaryAsSinglePart(true), enmime.MaxStoredPartErrors(20),
	enmime.SetReadPartErrorPolicy(func(p *enmime.Part, err error) bool {
		return enmime.IsBase64CorruptInputError(err) && strings.HasPrefix(p.ContentType, renamed)
	}),
	enmime.SetCustomParseMediaType(func(ctype string) (string, map[string]string, []string, error) {
		kind, params, bad, err := mediatype.ParseWithOptions(ctype, mediatype.ParseOptions{})
		if rest, ok := strings.CutPrefix(kind, "text/"); ok {
			kind = renamed + rest
		}
		return kind, params, bad, err
	}))

// content is what a mail holds.
type content struct {
	text     string
	files    []string
	calendar string // the method of a calendar's mail: REQUEST, REPLY …; empty without one
}

// passage is one text of a mail, read.
type passage struct {
	text string
	html bool
}

// gatherer walks the parts of one mail.
type gatherer struct {
	content
	deep   int
	notes  []string // what could not be read, said once each
	texts  int      // decoded
	report bool
}

func contentOf(root *enmime.Part, deep int) content {
	g := gatherer{deep: deep}
	g.text = join(g.walk(root))
	for _, n := range g.notes {
		g.text = strings.TrimSpace(g.text + "\n\n[not read: " + n + "]")
	}
	return g.content
}

var (
	pageHead = regexp.MustCompile(`(?i)^\s*(?:<!doctype html|<html|<head|<body|<div|<p|<table|<span)[\s>]`)
	pageTail = regexp.MustCompile(`(?i)</(?:html|body|div|p|table|span)>\s*$`)
)

// wholePage tells a page of HTML that was sent under the name of plain text: all of it
// stands in one, and nobody writes so by hand.
func wholePage(s string) bool { return pageHead.MatchString(s) && pageTail.MatchString(s) }

func join(list []passage) string {
	var out []string
	for _, p := range list {
		if strings.TrimSpace(p.text) != "" {
			out = append(out, strings.Trim(p.text, "\n"))
		}
	}
	return strings.Join(out, "\n\n")
}

func (g *gatherer) note(s string) {
	for _, n := range g.notes {
		if n == s {
			return
		}
	}
	g.notes = append(g.notes, s)
}

// walk returns the texts of a part and of those in it.
func (g *gatherer) walk(p *enmime.Part) []passage {
	kind := p.ContentType
	if strings.HasPrefix(kind, "multipart/") && p.FirstChild != nil {
		return g.many(p)
	}
	switch {
	case kind == "multipart/encrypted", kind == "application/pgp-encrypted":
		g.note("the mail is encrypted (PGP)")
		return nil
	case kind == "application/pkcs7-mime" || kind == "application/x-pkcs7-mime":
		what := "the mail is encrypted (S/MIME)"
		if strings.HasPrefix(param(p, "smime-type"), "signed") {
			what = "the mail is packed with its signature (S/MIME)"
		}
		g.note(what)
		return nil
	case strings.HasSuffix(kind, "pkcs7-signature"), kind == "application/pgp-signature", kind == "application/pgp-keys":
		return nil // says nothing to a person
	case kind == "message/rfc822" || kind == "message/global":
		return g.inside(p)
	case kind == renamed+"calendar":
		return g.event(p)
	case kind == "application/ms-tnef" || strings.EqualFold(p.FileName, "winmail.dat"):
		g.file(p)
		if p.Parent == nil || p.Parent.FirstChild == p {
			g.note("the mail is packed as winmail.dat, Outlook's own format")
		}
		return nil
	case p.Disposition == "attachment" || p.FileName != "" && kind != renamed+"html":
		g.file(p)
		return nil
	case kind == "" || kind == renamed+"plain" || kind == renamed+"html" || kind == renamed+"enriched" || strings.HasPrefix(kind, "multipart/") || p.Parent == nil && strings.HasPrefix(kind, renamed):
		s := storable(strings.ReplaceAll(g.decode(p), "\r\n", "\n"))
		if kind == renamed+"html" || p.Header.Get("Content-Type") == "" && looksHTML(s) {
			return []passage{{text: storable(bots.Text(s)), html: true}}
		}
		if wholePage(s) {
			return []passage{{text: storable(bots.Text(s)), html: true}}
		}
		if strings.EqualFold(param(p, "format"), "flowed") {
			s = unflow(s, strings.EqualFold(param(p, "delsp"), "yes"))
		}
		return []passage{{text: g.armoured(s)}}
	}
	g.file(p)
	return nil
}

// maxGuessed bounds the texts of a mail whose charset is looked for: it takes time.
const maxGuessed = 30

func (g *gatherer) decode(p *enmime.Part) string {
	if g.texts++; g.texts > maxGuessed && !utf8.Valid(p.Content) {
		return convert(p.Content, cmp.Or(charsetNamed(strings.ToLower(p.Charset)), encoding.Encoding(charmap.Windows1252)))
	}
	return decoded(p.Content, p.Charset)
}

// many walks a part of parts.
func (g *gatherer) many(p *enmime.Part) (out []passage) {
	switch p.ContentType {
	case "multipart/encrypted":
		g.note("the mail is encrypted (PGP)")
		return nil
	case "multipart/report":
		g.report = true
	}
	var branches [][]passage
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		branches = append(branches, g.walk(c))
	}
	if p.ContentType == "multipart/alternative" {
		return richest(branches)
	}
	for _, b := range branches {
		out = append(out, b...)
	}
	if len(out) == 2 && out[0].html != out[1].html && p.ContentType != "multipart/related" { // two forms of one text, under a wrong name
		if a, b := wordSet(out[0].text), wordSet(out[1].text); shared(a, b) > .8 && shared(b, a) > .8 {
			return richest([][]passage{out[:1], out[1:]})
		}
	}
	return out
}

// richest chooses among forms of one text: the plain one, unless the HTML has much
// more, or has other words: then the plain one only says that it is not the mail.
func richest(branches [][]passage) []passage {
	var plain, rich []passage
	for _, b := range branches {
		isHTML := false
		for _, p := range b {
			isHTML = isHTML || p.html
		}
		switch {
		case len(b) == 0:
		case isHTML:
			rich = b
		case plain == nil || letters(join(b)) > letters(join(plain)):
			plain = b
		}
	}
	switch p, r := join(plain), join(rich); {
	case rich == nil || letters(r) == 0:
		return plain
	case plain == nil, shared(wordSet(r), wordSet(p)) < .8, shared(wordSet(p), wordSet(r)) < .5:
		return rich
	}
	return plain
}

var addressForm = regexp.MustCompile(`https?://\S+|<[^<>\s]*>|\[(?:cid|image)[^\]\n]*\]`)

func letters(s string) (n int) {
	for _, r := range addressForm.ReplaceAllString(s, "") {
		n += b2i(unicode.IsLetter(r) || unicode.IsDigit(r))
	}
	return n
}

func wordSet(s string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(addressForm.ReplaceAllString(s, "")), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(out) > 5000 {
			break
		}
		out[w] = true
	}
	return out
}

// shared is the share of the words of a that b has too.
func shared(a, b map[string]bool) float64 {
	n := 0
	for w := range a {
		n += b2i(b[w])
	}
	return float64(n) / float64(max(len(a), 1))
}

// inside opens a mail that is a part of this one, and writes it as a forward.
func (g *gatherer) inside(p *enmime.Part) []passage {
	if g.deep >= maxDeep || g.report {
		return nil
	}
	root, err := reader.ReadParts(bytes.NewReader(bounded(p.Content)))
	if err != nil {
		g.file(p)
		return nil
	}
	e, err := enmime.EnvelopeFromPart(root)
	if err != nil {
		g.file(p)
		return nil
	}
	in := contentOf(root, g.deep+1)
	g.files = append(g.files, in.files...)
	name, address := sender(e, "From")
	if name != "" {
		address = name + " <" + address + ">"
	}
	head := "---------- Forwarded message ----------\nFrom: " + address
	for _, key := range []string{"Date", "Subject"} {
		if v := bots.Plain(storable(headerOf(e, key)), 300); v != "" {
			head += "\n" + key + ": " + v
		}
	}
	return []passage{{text: head + "\n\n" + in.text}}
}

var methodForm = regexp.MustCompile(`(?im)^METHOD:([A-Z]+)\s*$`)

// event reads a calendar's part: its method, and what it is about where nothing else
// says it.
func (g *gatherer) event(p *enmime.Part) []passage {
	s := decoded(p.Content, p.Charset)
	if m := methodForm.FindStringSubmatch(s); m != nil {
		g.calendar = strings.ToUpper(m[1])
	}
	if m := param(p, "method"); m != "" {
		g.calendar = strings.ToUpper(m)
	}
	if p.FileName == "" {
		p.FileName = "invite.ics"
	}
	g.file(p)
	return nil
}

func (g *gatherer) file(p *enmime.Part) {
	if len(g.files) >= maxAttachments {
		return
	}
	name := p.FileName
	if name == "" {
		name = strings.ReplaceAll(strings.TrimPrefix(p.ContentType, "x-"), "/", "-")
	}
	g.files = append(g.files, bots.FileName(storable(decoded([]byte(name), ""))))
}

// param is a parameter of a part's type; the parser keeps only those that it knows.
func param(p *enmime.Part, key string) string {
	_, params, _, err := mediatype.Parse(p.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return params[key]
}

var htmlForm = regexp.MustCompile(`(?i)^\s*(?:<!doctype html|<html|<head|<body|<div|<p>)`)

func looksHTML(s string) bool { return htmlForm.MatchString(s) }

var (
	pgpSigned = regexp.MustCompile(`(?s)-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+: [^\n]*\n)*\n(.*?)\n?-----BEGIN PGP SIGNATURE-----.*?-----END PGP SIGNATURE-----`)
	pgpSecret = regexp.MustCompile(`(?s)-----BEGIN PGP MESSAGE-----.*?(?:-----END PGP MESSAGE-----|$)`)
	pgpDashed = regexp.MustCompile(`(?m)^- `)
)

// armoured opens text that PGP signed, and says what it closed.
func (g *gatherer) armoured(s string) string {
	if !strings.Contains(s, "-----BEGIN PGP") {
		return s
	}
	if m := pgpSigned.FindStringSubmatchIndex(s); m != nil {
		s = s[:m[0]] + pgpDashed.ReplaceAllString(s[m[2]:m[3]], "") + s[m[1]:]
	}
	if pgpSecret.MatchString(s) {
		s = pgpSecret.ReplaceAllString(s, "")
		g.note("the mail is encrypted (PGP)")
	}
	return s
}

// unflow joins the lines that RFC 3676 broke.
func unflow(s string, delSp bool) string {
	var out strings.Builder
	open, depth := false, 0
	for i, l := range strings.Split(s, "\n") {
		d := len(l) - len(strings.TrimLeft(l, ">"))
		rest := strings.TrimPrefix(l[d:], " ") // stuffed
		sig := rest == "-- "
		if i > 0 && !(open && d == depth && !sig) {
			out.WriteByte('\n')
			open = false
		}
		if !open && d > 0 {
			out.WriteString(strings.Repeat(">", d) + " ")
		}
		open, depth = strings.HasSuffix(rest, " ") && !sig, d
		if open && delSp {
			rest = rest[:len(rest)-1]
		}
		out.WriteString(rest)
	}
	return out.String()
}

// headerOf is a header as people read it, also where its bytes have no charset.
func headerOf(e *enmime.Envelope, key string) string {
	v := e.GetHeader(key)
	if raw := e.Root.Header.Get(key); !utf8.ValidString(raw) && !strings.Contains(raw, "=?") {
		return decoded([]byte(raw), "")
	}
	return mended(v)
}

// utf16of reads one shifted run of UTF-7.
func utf16of(code string) string {
	raw, err := base64.RawStdEncoding.DecodeString(code)
	if err != nil && len(raw) == 0 {
		return "+" + code
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}

// shortened bounds a mail's text, and says so.
func shortened(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + fmt.Sprintf("\n… (shortened: the mail has %s characters in all)", strconv.Itoa(utf8.RuneCountInString(s)))
}
