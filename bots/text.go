package bots

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Bounds of Text: what stands beyond is dropped.
const (
	maxHTML  = 1 << 20   // bytes read
	maxPlain = 200 << 10 // bytes written
	maxQuote = 8         // levels of quotes and lists that show
)

// Text turns a message's HTML into plain text as a person reads it: paragraphs
// and headings apart by an empty line, list items with "- " or "1. ", table
// rows as "a | b", links as "text (url)", images by their alternative text.
// Quoted mail stands behind "> " and a marked signature at the end, below "-- ", so
// that whoever reads the thread can leave them out; nothing is lost. What a reader
// does not see is dropped: scripts, styles, comments, hidden elements, tracking
// pixels. Only http, https, mailto and tel addresses show. The time is linear
// in the input, of which at most 1 MiB is read; it never panics.
func Text(src string) string {
	if len(src) > maxHTML {
		src = src[:maxHTML]
	}
	t := texter{z: html.NewTokenizer(strings.NewReader(src))}
	for t.out.Len() < maxPlain && t.next() {
	}
	return t.finish()
}

// texter walks the tokens once; it never builds a tree, which hostile nesting
// could make deep.
type texter struct {
	z     *html.Tokenizer
	out   bytes.Buffer
	open  []element // of the kinds that change how text is written
	quote int
	was   int // quote of the line before
	lists []list
	pre   int
	cells int // written in this row
	lines int // line breaks owed before the next text: 1 a new line, 2 an empty one
	space bool
	item  string // mark of a list item, owed before its first text
	rest  bool   // all that follows is older mail
	sign  string // tag of the signature that is open
	from  int    // where it began in out
	signs []string
	links []link
}

type element struct{ tag, class string }

type list struct {
	ordered bool
	n       int
}

type link struct {
	href string
	at   int // where its text began in out
}

// Elements whose content a reader never sees.
var unseen = set("script style head title noscript template iframe object embed svg math textarea select option datalist noembed noframes plaintext xmp audio video canvas map applet frameset xml")

// Elements that begin and end a line; those in apart, an empty line too.
var (
	blocks = set("address article aside center dd details dialog dir div dl dt fieldset figcaption figure footer form header li main menu nav ol section summary table tbody tfoot thead tr ul caption legend hgroup body html")
	apart  = set("p h1 h2 h3 h4 h5 h6 blockquote pre hr")
	raw    = set("iframe noembed noframes noscript plaintext script style textarea title xmp") // "/>" does not close them
	void   = set("area base br col embed hr img input link meta param source track wbr frame")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func (t *texter) next() bool {
	switch t.z.Next() {
	case html.ErrorToken:
		return false // the end, or what cannot be read
	case html.TextToken:
		t.text(string(t.z.Text())) // entities are resolved
	case html.StartTagToken, html.SelfClosingTagToken:
		tok := t.z.Token()
		t.start(tok)
	case html.EndTagToken:
		name, _ := t.z.TagName()
		t.end(string(name))
	}
	return true
}

func (t *texter) start(tok html.Token) {
	tag := tok.Data
	a := attributes(tok.Attr)
	if unseen[tag] || a.hidden {
		if !void[tag] && (tok.Type != html.SelfClosingTagToken || raw[tag]) {
			t.skip(tag)
		}
		return
	}
	switch tag {
	case "br":
		t.lines = min(t.lines+1, 3)
	case "img":
		if !a.tiny && a.alt != "" {
			t.text("[image: " + strings.NewReplacer("<", "", ">", "").Replace(strings.Join(strings.Fields(a.alt), " ")) + "]")
		}
	case "a":
		t.links = append(t.links, link{href: a.href, at: -1})
	case "ol", "ul", "menu", "dir":
		t.block(1)
		t.lists = append(t.lists, list{ordered: tag == "ol", n: a.start})
	case "li":
		t.block(1)
		t.bullet()
	case "td", "th":
		if t.cells > 0 && t.lines == 0 {
			t.word(" | ")
		}
		t.cells, t.space = t.cells+1, false
	case "tr":
		t.block(1)
		t.cells = 0
	case "pre":
		t.block(2)
		t.pre++
	default:
		if apart[tag] {
			t.block(2)
		} else if blocks[tag] {
			t.block(1)
		}
	}
	t.region(tag, a)
}

// region opens what marks its text as quoted or as a signature.
func (t *texter) region(tag string, a attribute) {
	if a.rest && !t.rest { // and to the end: no end tag closes it
		t.block(1)
		t.rest = true
		t.quote++
		if tag == "div" {
			t.open = append(t.open, element{tag, ""})
		}
		return
	}
	if void[tag] || len(t.open) >= 1<<12 {
		return
	}
	kind := ""
	switch {
	case tag == "blockquote" || tag == "div" && a.quoted:
		kind = "quote"
		t.block(1)
		t.quote++
	case (tag == "div" || tag == "span" || tag == "p" || tag == "table") && a.signature && t.quote == 0 && t.sign == "" && len(t.signs) < maxSigns:
		kind = "signature"
		t.closeLinks()
		t.trim()
		t.sign, t.from = tag, t.out.Len()
		t.block(1)
	}
	if tag == "div" || tag == "blockquote" || tag == t.sign {
		t.open = append(t.open, element{tag, kind})
	}
}

// maxSigns bounds the signatures of one message that are set apart.
const maxSigns = 8

// signed takes a signature that ends here out of the text: it stands below it.
func (t *texter) signed() {
	t.closeLinks()
	t.trim()
	s := strings.Trim(string(t.out.Bytes()[min(t.from, t.out.Len()):]), "\n")
	t.out.Truncate(min(t.from, t.out.Len()))
	if strings.TrimSpace(s) != "" {
		t.signs = append(t.signs, s)
	}
	t.sign, t.item, t.was = "", "", t.quote
	t.block(1)
}

func (t *texter) closeLinks() {
	for len(t.links) > 0 {
		t.closeLink()
	}
}

func (t *texter) end(tag string) {
	switch tag {
	case "a":
		t.closeLink()
	case "ol", "ul", "menu", "dir":
		if n := len(t.lists); n > 0 {
			t.lists = t.lists[:n-1]
		}
		t.item = ""
		t.block(1)
	case "pre":
		t.pre = max(t.pre-1, 0)
		t.block(2)
	case "p":
		t.block(2)
	default:
		if apart[tag] {
			t.block(2)
		} else if blocks[tag] {
			t.block(1)
		}
	}
	if tag != "div" && tag != "blockquote" && tag != t.sign {
		return
	}
	// Close the nearest of its kind; looking no further than a few levels keeps
	// stray end tags cheap.
	for i := len(t.open) - 1; i >= 0 && i >= len(t.open)-64; i-- {
		if t.open[i].tag != tag {
			continue
		}
		for _, e := range t.open[i:] {
			switch e.class {
			case "quote":
				t.quote--
			case "signature":
				t.signed()
			}
		}
		t.open = t.open[:i]
		// A quote that a mail program wraps together with the line above it: what stands
		// behind it in the wrapper was written between two quotes.
		if tag == "blockquote" && i > 0 && t.open[i-1] == (element{"div", "quote"}) {
			t.open[i-1].class = ""
			t.quote--
		}
		return
	}
}

// skip drops everything up to the end tag of an element just opened.
func (t *texter) skip(tag string) {
	depth := 1
	for depth > 0 {
		typ := t.z.Next()
		if typ == html.ErrorToken {
			return
		}
		if typ != html.StartTagToken && typ != html.EndTagToken {
			continue
		}
		name, _ := t.z.TagName()
		switch {
		case string(name) == tag && typ == html.StartTagToken && tag != "p" && tag != "li" && tag != "option":
			depth++
		case string(name) == tag && typ == html.EndTagToken:
			depth--
		}
	}
}

// block owes n line breaks before the next text.
func (t *texter) block(n int) {
	t.lines, t.space = max(t.lines, n), false
}

func (t *texter) bullet() {
	n := len(t.lists)
	indent := strings.Repeat("  ", min(max(n-1, 0), maxQuote))
	t.item = indent + "- "
	if n > 0 && t.lists[n-1].ordered {
		t.lists[n-1].n++
		t.item = indent + strconv.Itoa(t.lists[n-1].n) + ". "
	}
}

// text writes what a text node holds, white space collapsed outside pre.
func (t *texter) text(s string) {
	s = strings.ReplaceAll(s, "\x00", "")
	if t.pre > 0 {
		for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
			if i > 0 {
				t.lines = min(t.lines+1, 3)
			}
			if line != "" {
				t.word(line)
			}
		}
		return
	}
	for s != "" {
		if n := len(s) - len(strings.TrimLeft(s, " \t\n\r\f")); n > 0 {
			t.space, s = true, s[n:]
			continue
		}
		n := strings.IndexAny(s, " \t\n\r\f")
		if n < 0 {
			n = len(s)
		}
		t.word(s[:n])
		s = s[n:]
	}
}

// word writes a run of characters, after the breaks that are owed.
func (t *texter) word(s string) {
	t.flush()
	if n := len(t.links); n > 0 && t.links[n-1].at < 0 {
		t.links[n-1].at = t.out.Len()
	}
	t.out.WriteString(strings.ReplaceAll(s, "\u00a0", " "))
}

// flush writes the line breaks or the space that are owed.
func (t *texter) flush() {
	begin := t.out.Len() == 0
	if t.lines > 0 || begin {
		prefix := strings.Repeat("> ", min(t.quote, maxQuote))
		if !begin {
			t.trim()
			between := strings.TrimRight(prefix[:min(len(prefix), 2*min(t.was, maxQuote))], " ")
			t.out.WriteString(strings.Repeat("\n"+between, min(t.lines, 2)-1))
			t.out.WriteByte('\n')
		}
		t.was = t.quote
		t.out.WriteString(prefix + t.item)
	} else if t.space {
		t.out.WriteByte(' ')
	}
	t.lines, t.space, t.item = 0, false, ""
}

func (t *texter) trim() {
	b := t.out.Bytes()
	n := len(b)
	for n > 0 && (b[n-1] == ' ' || b[n-1] == '\t') && !bytes.HasSuffix(b[:n], []byte("\n-- ")) {
		n--
	}
	t.out.Truncate(n)
}

// closeLink adds a link's address unless its text says it already.
func (t *texter) closeLink() {
	n := len(t.links)
	if n == 0 {
		return
	}
	l := t.links[n-1]
	t.links = t.links[:n-1]
	if l.at < 0 || l.at > t.out.Len() || l.href == "" {
		return
	}
	said := strings.TrimSpace(string(t.out.Bytes()[l.at:]))
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(l.href, "mailto:"), "https://"), "http://"), "/")
	if len(said) < 2000 && strings.Contains(said, bare) {
		return
	}
	t.out.WriteString(" (" + l.href + ")")
}

func (t *texter) finish() string {
	if t.sign != "" {
		t.signed()
	}
	t.trim()
	for i, s := range t.signs {
		if t.out.Len() > 0 {
			t.out.WriteByte('\n')
		}
		if i == 0 {
			t.out.WriteString("-- \n")
		}
		t.out.WriteString(s)
	}
	return strings.ToValidUTF8(strings.Trim(t.out.String(), "\n"), "\uFFFD")
}
