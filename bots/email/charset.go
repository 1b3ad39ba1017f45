package email

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode/utf32"

	words "footnote/pipeline/text"
)

// The bytes of a text decide what charset they are in, for labels are often missing
// or wrong. The label wins where the bytes agree with it.

const (
	sampled  = 32 << 10 // bytes that a charset is told from
	agrees   = .7       // share of words that read well, from which a label is believed
	tellsAll = .9       // the same for a charset that nobody named
)

// supersets are what mail with such a label is really in.
var supersets = map[string]string{"gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "hz-gb-2312": "hz", "iso-8859-2": "windows-1250",
	"iso-8859-6": "windows-1256", "iso-8859-7": "windows-1253", "iso-8859-8": "windows-1255", "iso-8859-8-i": "windows-1255", "iso-8859-8-e": "windows-1255", "iso-8859-13": "windows-1257",
	"cp932": "shift_jis", "x-sjis": "shift_jis", "iso-2022-jp-ms": "iso-2022-jp", "cp949": "euc-kr", "ks_c_5601-1987": "euc-kr", "ks_c_5601": "euc-kr", "cp950": "big5",
	"cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "cp1253": "windows-1253", "cp1254": "windows-1254", "cp1255": "windows-1255", "cp1256": "windows-1256", "cp1257": "windows-1257",
	"utf8": "utf-8", "macintosh": "macintosh", "x-mac-roman": "macintosh", "cp866": "ibm866", "cp1258": "windows-1258"}

// guesses are tried where no label helps, the likelier first.
var guesses = []string{"windows-1252", "windows-1251", "koi8-r", "windows-1250", "iso-8859-2", "windows-1254", "windows-1253", "windows-1255", "windows-1256", "windows-1257", "iso-8859-5", "koi8-u",
	"gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "windows-874", "ibm866"}

// decoded returns a text as UTF-8.
func decoded(raw []byte, label string) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), `"'`))
	if _, v, ok := strings.Cut(label, "="); ok { // charset="charset=utf-8"
		label = strings.Trim(v, `"'`)
	}
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		return string(raw[3:])
	case bytes.HasPrefix(raw, []byte("\xff\xfe\x00\x00")):
		return convert(raw, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM))
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")), strings.HasPrefix(label, "utf-16"), strings.HasPrefix(label, "utf16"):
		if e := charsetNamed(label); e != nil && !bytes.HasPrefix(raw, []byte("\xff\xfe")) && !bytes.HasPrefix(raw, []byte("\xfe\xff")) {
			return convert(raw, e)
		}
		return convert(raw, wide)
	case strings.Contains(label, "utf-7"):
		return utf7(string(raw))
	case bytes.Contains(raw, []byte("\x1b$")) && bytes.ContainsAny(raw, "\x1b") && (label == "" || !strings.Contains(label, "2022-kr") && !strings.Contains(label, "2022-cn")):
		return convert(raw, charsetNamed("iso-2022-jp"))
	case strings.HasPrefix(label, "hz"):
		return convert(raw, simplifiedchinese.HZGB2312)
	}
	if ascii(raw) {
		return string(raw)
	}
	if strings.HasPrefix(label, "iso-8859-") && !controls(raw) {
		if exact, err := htmlindex.Get(label); err == nil && !utf8.Valid(raw) && sense(convert(raw[:min(len(raw), sampled)], exact)) >= agrees {
			return convert(raw, exact)
		}
	}
	e := charsetNamed(label)
	if utf8.Valid(raw) && !(e != nil && twoByte(label) && onlyPairs(raw) && clean(convert(raw, e))) {
		return string(raw)
	}
	if strings.HasPrefix(label, "utf-8") || label == "utf8" {
		if 20*broken(raw) < high(raw) {
			return mended(string(raw)) // some bytes of it are broken
		}
		e = nil
	}
	sample := raw[:min(len(raw), sampled)]
	if e != nil {
		if s := convert(sample, e); clean(s) && (twoByte(label) || sense(s) >= agrees) || len(raw) > sampled && twoByte(label) {
			return convert(raw, e)
		}
	}
	if best := guess(sample, e); best != nil {
		return convert(raw, best)
	}
	if e == nil {
		e = charmap.Windows1252
	}
	return convert(raw, e)
}

// guess finds the charset in which bytes read best; nil when none does. stated is
// what the label says, nil for nothing.
func guess(raw []byte, stated encoding.Encoding) encoding.Encoding {
	names := guesses
	likely := map[string]float64{}
	if list, err := chardet.NewTextDetector().DetectAll(raw); err == nil {
		for _, r := range list {
			name := strings.ToLower(r.Charset)
			if s := supersets[name]; s != "" {
				name = s
			}
			if name == "iso-8859-1" {
				name = "windows-1252"
			}
			likely[name] = max(likely[name], float64(r.Confidence)/100)
		}
	}
	var best encoding.Encoding
	most := 0.0
	for i, name := range names {
		e, err := htmlindex.Get(name)
		if err != nil {
			continue
		}
		s := convert(raw, e)
		if !clean(s) {
			continue
		}
		good := sense(s)
		if twoByte(name) {
			good = common(raw, name)
		}
		if good < tellsAll && e != stated {
			continue
		}
		if score := good + .5*likely[name] - .01*float64(i) + known(s, name); score > most {
			best, most = e, score
		}
	}
	return best
}

// known adds for a text that shows a language.
func known(s, name string) float64 {
	if len(s) > 4000 {
		s = strings.ToValidUTF8(s[:4000], "")
	}
	lang := words.Detect(s)
	if lang == "" {
		return 0
	}
	if want := homes[name]; want != "" && !strings.Contains(want, lang) {
		return 0
	}
	return .3
}

// homes are the languages that some charsets were made for.
var homes = map[string]string{"windows-1252": "en de fr es it pt nl sv da no nb nn fi is ca eu gl ga id ms af", "windows-1250": "cs sk pl hu ro hr sl bs sr de", "iso-8859-2": "cs sk pl hu ro hr sl bs sr de",
	"windows-1251": "ru uk bg sr mk be", "koi8-r": "ru", "iso-8859-5": "ru bg sr mk", "windows-1254": "tr", "windows-1257": "lt lv et", "windows-1253": "el", "windows-1255": "he", "windows-1256": "ar fa ur", "koi8-u": "uk", "windows-874": "th"}

// sense is the share of the words with letters beyond ASCII that may be words: of one
// script, without signs or capitals within, and not of accented letters alone.
func sense(s string) float64 {
	good, all, upper, lower := 0, 0, 0, 0
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~' || r == '„' || r == '“' || r == '”' || r == '’' || r == '‘' || r == '‚' || r == '–' || r == '—' || r == '…' || r == '€' || r == '«' || r == '»' || r == '\u00a0' || r == '•' || r == '™' || r == '©' || r == '®' || r == '§' || r == '°' || r == '¿' || r == '¡' || r == '£' || r == '№' || r == '´' || r == '·'
	}) {
		w = strings.TrimFunc(w, unicode.IsPunct)
		beyond, n, signs, bend, latin, script := 0, 0, 0, 0, 0, 0
		last := rune(0)
		for _, r := range w {
			n++
			if !unicode.IsLetter(r) && !unicode.IsMark(r) {
				signs++
				last = r
				continue
			}
			if r >= utf8.RuneSelf {
				beyond++
				if unicode.IsUpper(r) {
					upper++
				} else {
					lower++
				}
			}
			if unicode.Is(unicode.Latin, r) {
				latin++
			} else {
				script++
			}
			if unicode.IsUpper(r) && unicode.IsLower(last) {
				bend++
			}
			last = r
		}
		if beyond == 0 && signs == 0 {
			continue
		}
		all++
		rare := latin > 0 && beyond > 2 && 3*beyond > 2*n || latin > 0 && beyond == n && n > 1
		if signs == 0 && bend == 0 && !(latin > 0 && script > 0) && !rare {
			good++
		}
	}
	if all == 0 {
		return 1
	}
	share := float64(good) / float64(all)
	if upper > 2*lower && upper > 6 { // a text of capitals is another charset's small letters
		share -= .3
	}
	return share
}

// common is the share of a text's pairs of bytes that are everyday characters of a
// charset of two bytes.
func common(raw []byte, name string) float64 {
	good, all := 0, 0
	for i := 0; i < len(raw); i++ {
		if raw[i] < 0x80 || name == "shift_jis" && raw[i] >= 0xA0 && raw[i] <= 0xDF {
			continue
		}
		lead := raw[i]
		i++
		all++
		switch name {
		case "gb18030":
			good += b2i(lead >= 0xB0 && lead <= 0xD7 || lead == 0xA3 || lead == 0xA1)
		case "big5":
			good += b2i(lead >= 0xA1 && lead <= 0xC6 && lead != 0xA2)
		case "shift_jis":
			good += b2i(lead >= 0x81 && lead <= 0x83 || lead >= 0x88 && lead <= 0x97)
		case "euc-jp":
			good += b2i(lead == 0xA1 || lead == 0xA4 || lead == 0xA5 || lead >= 0xB0 && lead <= 0xCF)
		case "euc-kr":
			good += b2i(lead >= 0xB0 && lead <= 0xC8 || lead == 0xA1 || lead == 0xA3)
		}
	}
	if all == 0 {
		return 0
	}
	return float64(good) / float64(all)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func twoByte(name string) bool {
	switch name {
	case "gb18030", "gbk", "gb2312", "big5", "big5-hkscs", "shift_jis", "euc-jp", "euc-kr", "ks_c_5601-1987", "cp936", "cp949", "cp950", "cp932", "x-sjis", "windows-31j":
		return true
	}
	return false
}

// charsetNamed finds a charset by its label, as its widest form; nil when there is none.
func charsetNamed(label string) encoding.Encoding {
	if s := supersets[label]; s != "" {
		label = s
	}
	if label == "" || label == "us-ascii" || label == "ascii" || strings.HasPrefix(label, "unknown") || label == "x-unknown" || label == "utf-8" || label == "ansi_x3.4-1968" {
		return nil
	}
	if e, err := htmlindex.Get(label); err == nil {
		return e
	}
	return nil
}

var wide = func() encoding.Encoding { e, _ := htmlindex.Get("utf-16"); return e }()

func convert(raw []byte, e encoding.Encoding) string {
	if e == nil {
		return string(raw)
	}
	out, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw)
	}
	return strings.TrimPrefix(string(out), "\ufeff")
}

// broken counts the runs of bytes that are no UTF-8.
func broken(raw []byte) int {
	return strings.Count(strings.ToValidUTF8(string(raw), "\uFFFD"), "\uFFFD") - strings.Count(string(raw), "\uFFFD")
}

// mended gives what is no UTF-8 the letters that its bytes most likely are: those of
// the whole text's charset where most of it is in one, else each byte by itself. What
// stands for lost letters goes: it says nothing.
func mended(s string) string {
	if !utf8.ValidString(s) {
		if n := broken([]byte(s)); n == 1 || high([]byte(strings.ToValidUTF8(s, ""))) > n { // most of it is UTF-8
			s = bytewise(s)
		} else if e := guess([]byte(s)[:min(len(s), sampled)], nil); e != nil {
			s = convert([]byte(s), e)
		} else {
			s = bytewise(s)
		}
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\uFFFD", "")
}

// bytewise reads the bytes that are no UTF-8 as the commonest charset has them. A
// character that was cut is dropped.
func bytewise(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r != utf8.RuneError || n > 1 {
			b.WriteString(s[:n])
		} else if c := s[0]; c >= 0xC0 && len(s) > 1 && s[1] >= 0x80 && s[1] < 0xC0 { // cut
			for n < len(s) && s[n] >= 0x80 && s[n] < 0xC0 {
				n++
			}
		} else if c >= 0xA0 {
			b.WriteRune(rune(c))
		} else if c >= 0x80 && c < 0xA0 {
			if w := charmap.Windows1252.DecodeByte(c); w != utf8.RuneError && w >= 0xA0 {
				b.WriteRune(w)
			}
		}
		s = s[max(n, 1):]
	}
	return b.String()
}

// clean tells whether a text has no signs of a wrong charset.
func clean(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError || r >= 0x80 && r < 0xA0 || r >= 0xE000 && r < 0xF900 }) < 0
}

// controls tells whether there are bytes that ISO 8859 has no letters for.
func controls(raw []byte) bool {
	for _, c := range raw {
		if c >= 0x80 && c < 0xA0 {
			return true
		}
	}
	return false
}

func ascii(raw []byte) bool { return high(raw) == 0 }

func high(raw []byte) (n int) {
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// onlyPairs tells whether UTF-8 has no character of more than two bytes, as a short
// text in a charset of pairs may look.
func onlyPairs(raw []byte) bool {
	return bytes.IndexFunc(raw, func(r rune) bool { return r > 0x7ff }) < 0
}

// utf7 reads RFC 2152.
func utf7(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '+')
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		s = s[at+1:]
		end := strings.IndexFunc(s, func(r rune) bool {
			return !(r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '/')
		})
		if end < 0 {
			end = len(s)
		}
		code := s[:end]
		if s = s[end:]; strings.HasPrefix(s, "-") {
			s = s[1:]
		}
		if code == "" {
			b.WriteByte('+')
			continue
		}
		b.WriteString(utf16of(code))
	}
}
