package knowledge

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decode returns a document's text in UTF-8. It knows UTF-8 with and without
// byte order mark, UTF-16 with one (and without, when every other byte of ASCII
// text is zero), and Windows-1252, which takes in Latin-1. Anything that looks
// like a program, picture or archive is refused.
func decode(raw Raw) (string, error) {
	switch {
	case raw.Refused != "":
		return "", refuse("%s", raw.Refused)
	case raw.Size > MaxBytes || len(raw.Data) > MaxBytes:
		return "", refuse("The file is larger than 10 MB; split it, or leave it out.")
	case len(bytes.TrimSpace(raw.Data)) == 0:
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

func toUTF8(b []byte) (string, error) {
	utf16 := func(e unicode.Endianness) (string, error) {
		return through(unicode.UTF16(e, unicode.UseBOM), b)
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return utf16(unicode.LittleEndian)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return utf16(unicode.BigEndian)
	}
	if even, odd := zeros(b); len(b) >= 4 && even+odd > len(b)/4 && (even == 0 || odd == 0) {
		if even > 0 {
			return through(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), b)
		}
		return through(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), b)
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

// zeros counts zero bytes at even and odd places of the first 4 KB.
func zeros(b []byte) (even, odd int) {
	for i, c := range b[:min(len(b), 4096)] {
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
