package ingest

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"footnote/knowledge"
	"footnote/pipeline/text"

	utf16 "golang.org/x/text/encoding/unicode"
)

// decode returns a document's text in UTF-8. It knows UTF-8 with and without
// byte order mark, UTF-16 with one (and without, when every other byte of ASCII
// text is zero), and Windows-1252, which takes in Latin-1. Anything that looks
// like a program, picture or archive is refused, and UTF-16 that makes no text.
func decode(raw knowledge.Raw) (string, error) {
	if err := refusedUnread(raw); err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(raw.Data)) == 0 {
		return "", refuse("The file is empty.")
	}
	if raw.Verbatim {
		if !utf8.Valid(raw.Data) {
			return "", refuse("The text is not valid UTF-8.")
		}
		return strings.ReplaceAll(string(raw.Data), "\x00", " "), nil
	}
	text, err := toUTF8(raw.Data)
	if err != nil {
		return "", err
	}
	if !utf8.ValidString(text) || strings.Count(text, "\uFFFD") > len(text)/200+1 {
		return "", refuse("The text is in an encoding that cannot be read; save it as UTF-8.")
	}
	if strings.TrimSpace(text) == "" {
		return "", refuse("The file is empty.")
	}
	return text, nil
}

// refusedUnread is why a document is not even looked into, nil when it is.
func refusedUnread(raw knowledge.Raw) error {
	switch {
	case raw.Refused != "":
		return refuse("%s", raw.Refused)
	case raw.Size > knowledge.MaxBytes || len(raw.Data) > knowledge.MaxBytes:
		return refuse("The file is larger than 10 MB; split it, or leave it out.")
	}
	return nil
}

func toUTF8(b []byte) (string, error) {
	wide := func(e utf16.Endianness) (string, error) {
		out, err := through(utf16.UTF16(e, utf16.UseBOM), b)
		// Plain text after an accidental mark makes Chinese, two letters at a time.
		if err == nil && (utf8.Valid(b[2:]) && !notText(b[2:]) || !plausible(out)) {
			return "", refuse("The file looks like UTF-16 and makes no text as such; save it as UTF-8.")
		}
		return out, err
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return wide(utf16.LittleEndian)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return wide(utf16.BigEndian)
	}
	if even, odd := zeros(b); len(b) >= 4 && 8*(even+odd) > 3*min(len(b), zerosRead) && (even == 0 || odd == 0) {
		if even > 0 {
			return wide(utf16.BigEndian)
		}
		return wide(utf16.LittleEndian)
	}
	if notText(b) {
		return "", refuse("The file is not text (it looks like a picture, archive or program).")
	}
	if utf8.Valid(b) {
		return string(b), nil
	}
	return through(charmap.Windows1252, b)
}

func through(e encoding.Encoding, b []byte) (string, error) {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return "", refuse("The text is in an encoding that cannot be read; save it as UTF-8.")
	}
	if notText(out) {
		return "", refuse("The file is not text (it looks like a picture, archive or program).")
	}
	return strings.TrimPrefix(string(out), "\uFEFF"), nil
}

// plausible tells a text from bytes that were taken for UTF-16: those make
// characters that no text has, and letters of many scripts side by side.
func plausible(text string) bool {
	all, bad, letters, most := 0, 0, 0, 0
	scripts := map[string]int{}
	for _, r := range text {
		if all++; all > plausibleRead {
			break
		}
		if r == utf8.RuneError || !unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) {
			bad++
		}
		if s := script(r); s != "" && s != "Latin" { // Latin stands beside every other
			letters++
			scripts[s]++
			most = max(most, scripts[s])
		}
	}
	return 50*bad <= all && 8*(letters-most) <= letters
}

// script is the script of a letter; Chinese, Japanese and Korean count as one.
func script(r rune) string {
	switch {
	case r < utf8.RuneSelf || !unicode.IsLetter(r):
		return ""
	case text.Ideographic(r):
		return "Han"
	}
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

const (
	plausibleRead = 4096 // characters
	zerosRead     = 4096 // bytes
)

// zeros counts zero bytes at even and odd places of the first 4 KB.
func zeros(b []byte) (even, odd int) {
	for i, c := range b[:min(len(b), zerosRead)] {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	return even, odd
}

// notText tells bytes that no text has: a zero byte, or control characters that
// are more than one in a hundred.
func notText(b []byte) bool {
	if bytes.HasPrefix(b, []byte("%PDF-")) || bytes.HasPrefix(b, []byte("PK\x03\x04")) {
		return true
	}
	control := 0
	for _, c := range b {
		switch {
		case c == 0:
			return true
		case c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b || c == 0x7f:
			control++
		}
	}
	return control > len(b)/100+1
}
