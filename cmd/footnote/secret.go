package main

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Secret is a string that never prints itself.
type Secret string

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// list splits a secret at commas: several are valid while one is rotated.
func (s Secret) list() []string {
	var out []string
	for _, part := range strings.Split(string(s), ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from JSON and logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// leastOf reads how many characters a secret must have.
func leastOf(tag reflect.StructTag) int {
	n, _ := strconv.Atoi(tag.Get("least")) // none: any length will do
	return n
}

// tooShort finds secrets that can be guessed: what is chosen by a person and lets
// whoever knows it in.
func tooShort(fields []setting) []error {
	var p problems
	for _, f := range fields {
		if !f.secret() {
			continue
		}
		for _, part := range f.v.Interface().(Secret).list() {
			if n := utf8.RuneCountInString(part); n < f.least {
				p.bad("%s: %s can be guessed; take at least %d, e.g. from openssl rand -base64 24", f.key, many(n, "character"), f.least)
			}
		}
	}
	return p
}

// withoutSecrets is err with every secret setting's value taken out, and whatever looks
// like one: what people mistype is told to them, and often to a log.
func withoutSecrets(err error, fields []setting) error {
	if err == nil {
		return nil
	}
	said := secretText.ReplaceAllString(err.Error(), "***")
	for _, f := range fields {
		if !f.secret() {
			continue
		}
		s := f.v.Interface().(Secret)
		for _, part := range append(s.list(), string(s)) {
			if len(part) > 3 {
				said = strings.ReplaceAll(said, part, "***")
			}
		}
	}
	return errors.New(said)
}

var keyRE = regexp.MustCompile(`^[a-z][a-z0-9]*(?:_[a-z0-9]{1,12}){0,4}`)

// sayKey is a key as far as it can be one: a secret that stands where a key should be
// is not repeated.
func sayKey(key string, fields []setting) string {
	for _, f := range fields {
		if strings.HasPrefix(key, f.key) && len(key) > len(f.key) && !keyRE.MatchString(key[len(f.key):]) && key[len(f.key)] != '_' {
			return f.key
		}
	}
	if keyRE.FindString(key) == key && (nearestKey(key, fields) != "" || len(key) <= 8) {
		return key
	}
	return "…"
}

var placeRE = regexp.MustCompile(`^\[(\d+):(\d+)\]`)

// notYAML says where a file stops being YAML, and not what stands there.
func notYAML(err error) string {
	at := placeRE.FindStringSubmatch(strings.TrimSpace(err.Error()))
	if at == nil {
		return "it is no list of keys and values"
	}
	return fmt.Sprintf("line %s cannot be read (at character %s): is there a colon without a space after it, a tab, or a quote that is not closed?", at[1], at[2])
}
