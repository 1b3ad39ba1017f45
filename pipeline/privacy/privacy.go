package privacy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind names what a value is, as its placeholder does.
type Kind string

const (
	Email    Kind = "EMAIL"
	Phone    Kind = "PHONE"
	Card     Kind = "CARD"
	Account  Kind = "IBAN"
	Key      Kind = "KEY"
	Identity Kind = "ID"
	Network  Kind = "IP"
	Order    Kind = "ORDER"
	Address  Kind = "ADDRESS"
	Name     Kind = "NAME"
)

// Value is one identifying stretch of a text.
type Value struct {
	Start, End int // bytes
	Kind       Kind
}

// Find returns the values of a text in their order; they do not overlap. known are
// names and addresses of the people it speaks of; words of them are found wherever
// they stand.
func Find(said string, known ...string) []Value {
	var all []Value
	for _, f := range []func(string) []Value{emails, keys, accounts, cards, identities, networks, phones, orders, places} {
		all = append(all, f(said)...)
	}
	all = append(all, names(said, known)...)
	// What is found by a stricter form stands first in all and wins.
	out := make([]Value, 0, len(all))
	for _, v := range all {
		if !slices.ContainsFunc(out, func(o Value) bool { return v.Start < o.End && o.Start < v.End }) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b Value) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// Mask replaces values by placeholders that are not put back: for what is only
// compared.
func Mask(said string, known ...string) string { return NewBook(known, nil).Mask(said) }

// Book remembers which placeholder stands for which value, so that the same value
// has the same one in all texts of an exchange. It is not safe for concurrent use.
type Book struct {
	known  []string
	open   string
	of     map[string]string // value → placeholder
	values map[string]string // placeholder → value
	count  map[Kind]int
}

// NewBook begins an exchange. Values that stand in one of the open texts, which
// everybody may read, are left as they are.
func NewBook(known, open []string) *Book {
	return &Book{known: known, open: strings.ToLower(strings.Join(open, "\n")), of: map[string]string{}, values: map[string]string{}, count: map[Kind]int{}}
}

// Mask replaces the values of a text by placeholders such as <EMAIL_1>.
func (b *Book) Mask(said string) string {
	var out strings.Builder
	from := 0
	for _, v := range Find(said, b.known...) {
		value := said[v.Start:v.End]
		if b.open != "" && strings.Contains(b.open, strings.ToLower(value)) {
			continue
		}
		key := string(v.Kind) + strings.ToLower(value)
		p, ok := b.of[key]
		if !ok {
			b.count[v.Kind]++
			p = fmt.Sprintf("<%s_%d>", v.Kind, b.count[v.Kind])
			b.of[key], b.values[p] = p, value
		}
		out.WriteString(said[from:v.Start])
		out.WriteString(p)
		from = v.End
	}
	out.WriteString(said[from:])
	return out.String()
}

var placeholder = regexp.MustCompile(`<[A-Z]{2,8}_\d{1,4}>`)

// Restore puts the values back. A placeholder that the book did not give stays, for
// the guards to find.
func (b *Book) Restore(said string) string {
	return placeholder.ReplaceAllStringFunc(said, func(p string) string {
		if v, ok := b.values[p]; ok {
			return v
		}
		return p
	})
}

// RestoreJSON is Restore within the strings of a JSON text.
func (b *Book) RestoreJSON(raw []byte) []byte {
	if len(b.values) == 0 {
		return raw
	}
	s := strings.NewReplacer(`\u003c`, "<", `\u003C`, "<", `\u003e`, ">", `\u003E`, ">").Replace(string(raw))
	return []byte(placeholder.ReplaceAllStringFunc(s, func(p string) string {
		v, ok := b.values[p]
		if !ok {
			return p
		}
		quoted, err := json.Marshal(v)
		if err != nil {
			return p
		}
		return string(quoted[1 : len(quoted)-1])
	}))
}

// alone tells that no letter or digit touches said[start:end].
func alone(said string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(said[:start])
	after, _ := utf8.DecodeRuneInString(said[end:])
	word := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	return !word(before) && !word(after)
}

// matches returns what a pattern finds and keep accepts, as values of a kind. With a
// group in the pattern the group is the value.
func matches(said string, re *regexp.Regexp, kind Kind, keep func(value string, start, end int) bool) []Value {
	var out []Value
	for _, m := range re.FindAllStringSubmatchIndex(said, -1) {
		start, end := m[0], m[1]
		if len(m) > 2 && m[2] >= 0 {
			start, end = m[2], m[3]
		}
		if start < end && (keep == nil || keep(said[start:end], start, end)) {
			out = append(out, Value{start, end, kind})
		}
	}
	return out
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
