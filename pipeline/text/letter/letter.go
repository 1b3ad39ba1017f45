// Package letter reads what a person wrote in one message of a mailbox or desk.
//
// What comes in: a message's plain text, as received (bots.Text makes it of HTML:
// quoted mail behind "> ", a marked signature below "-- "). What goes out:
//
//   - the person's own words: without the history that mail programs quote, device
//     lines, signature, legal footer, greeting and closing (Read). Of a forwarded
//     mail they are the forwarded words, of a contact form those of its message;
//   - what stood around them: who wrote what was forwarded, the form's other fields;
//   - whether nobody wrote it (Automatic).
//
// Structure decides where it can, for it is the same in languages that nobody
// listed: what is quoted, a block of labelled lines with an address and a time, a
// line with both that ends with a colon. words.go has the words for the rest.
package letter

import (
	"regexp"
	"strings"
)

// Letter is one message as it was read.
type Letter struct {
	// Text is what the person wrote; each line of it is one of the message's, but for
	// white space, quote marks, and labels of a form's fields.
	Text string
	// By is who wrote what was forwarded: name and address as they stand there; empty
	// when nothing was.
	By string
	// Fields are what else a contact form holds, in its order; nil without one.
	Fields []Field
}

// Field is one labelled value of a contact form, each on one line.
type Field struct {
	Label, Value string
	Kind         Kind
}

// Kind is what a form asks for in a field, as far as its label tells.
type Kind string

// The kinds of fields.
const (
	Name  Kind = "name"
	Topic Kind = "topic"
	Mail  Kind = "mail"
	Phone Kind = "phone"
	Form  Kind = "form" // what the form notes by itself: time, page, address of the network
	Other Kind = ""
)

// Personal tells whether a field says who or where the person is, or nothing of the
// matter.
func (f Field) Personal() bool { return f.Kind != Other && f.Kind != Topic }

// Field returns the first value of a kind; empty when there is none.
func (l Letter) Field(k Kind) string {
	for _, f := range l.Fields {
		if f.Kind == k {
			return f.Value
		}
	}
	return ""
}

// maxDeep is how many forwards inside one another are opened.
const maxDeep = 3

// Read reads a message. subject is that of the mail which began the thread, for its
// own message; empty for later ones: it helps to tell a forward from a reply. The
// time grows with the length of raw; it never panics.
func Read(raw, subject string) Letter {
	raw = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u00a0", " ",
		"\u200e", "", "\u200f", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u202f", " ", "\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "", asideMark, "").Replace(raw)
	all := strings.Split(pictures.ReplaceAllString(raw, ""), "\n")
	hidden := hideCode(all)
	if begun(subject) && !history(all) {
		hideQuotes(all, hidden)
	}
	l := read(all, subject, maxDeep)
	l.Text = hidden.shown(l.Text)
	return l
}

func read(all []string, subject string, deep int) Letter {
	if f, ok := readForm(all); ok {
		return Letter{Text: own(f.message), Fields: f.fields}
	}
	above, forwarded, by := split(all, subject)
	l := Letter{Text: own(above)}
	if forwarded == nil && deep < maxDeep {
		l.By = by
	}
	switch {
	case forwarded != nil && deep > 0:
		in := read(forwarded, ".", deep-1) // it begins a thread of its own
		if in.Text == "" {
			return l
		}
		if l.By = by; in.By != "" {
			l.By = in.By
		}
		l.Fields = in.Fields
		if l.Text == "" || pointing(l.Text) {
			l.Text = in.Text
		} else {
			l.Text += "\n\n" + in.Text
		}
	case !wordsIn(above):
		// All of it is quoted, and no mail program says that it is older mail.
		if inside := unquote(all); begun(subject) && len(inside) > 0 && !history(inside) {
			l.Text = own(inside)
		}
	}
	return l
}

// own leaves out what stands around the words of one person.
func own(lines []string) string {
	text := strings.TrimSpace(strings.Join(cutSignature(cutDevices(lines)), "\n"))
	text = strings.TrimSpace(greetRE.ReplaceAllString(text, ""))
	return blankLines.ReplaceAllString(text, "\n\n")
}

var blankLines = regexp.MustCompile(`\n\s*\n\s*`)

// pointing tells whether a comment only points at what it forwards.
func pointing(text string) bool {
	return !strings.ContainsAny(text, "?？؟") && len(strings.Fields(text)) <= 14 && len(text) < 160 && points.MatchString(text)
}

func wordsIn(lines []string) bool {
	for _, l := range lines {
		if hasWord(l) {
			return true
		}
	}
	return false
}
