package letter

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mark is where something older begins.
type mark struct {
	lines     int    // that say so; 0: none
	forward   bool   // it was forwarded
	head      bool   // a head of labelled lines says so
	by        string // whom it names as the writer
	above     bool   // the line under which a desk wants no answer
	certainly bool   // also where nothing quoted follows
}

// split takes a message apart: what stands above older mail and between its quoted
// lines, and the lines of what was forwarded, nil for a reply.
func split(all []string, subject string) (above, forwarded []string, by string) {
	forward := forwardPrefix.MatchString(strings.TrimSpace(subject))
	fresh := begun(subject)
	said := false // there is a word in above
	for i := 0; i < len(all); i++ {
		l := all[i]
		quoted := isQuoted(l)
		m := markAt(all, i)
		switch {
		case m.lines == 0 && quoted:
			continue
		case m.lines == 0:
			if wrapped(all, i) {
				continue
			}
			above = append(above, l)
			said = said || hasWord(l)
			continue
		case m.above:
			if said {
				return above, nil, by
			}
			continue
		case m.forward, m.certainly && forward && !quotedNext(all, i+m.lines), m.head && (forward || fresh && (!said || pointing(own(above)))):
			if rest := body(all, i+m.lines, quoted); wordsIn(rest) {
				return above, rest, m.by
			}
			if said {
				return above, nil, by
			}
		case quoted: // older mail inside older mail
			continue
		case quotedNext(all, i+m.lines): // words may stand between the quoted lines
		case m.certainly && said, m.head && replyRE.MatchString(strings.TrimSpace(subject)): // or an empty answer
			return above, nil, by
		case m.certainly:
			by = m.by
		case !m.certainly:
			above = append(above, l)
			said = said || hasWord(l)
			continue
		}
		i += m.lines - 1
	}
	return above, nil, by
}

// begun tells whether a mail with such a subject begins a thread, and answers nothing.
func begun(subject string) bool {
	return subject != "" && !replyRE.MatchString(strings.TrimSpace(subject))
}

// body is what stands from a line on, without the quote marks that all of it has.
func body(all []string, at int, quoted bool) []string {
	rest := all[min(at, len(all)):]
	if !quoted && !quotedNext(rest, 0) {
		return rest
	}
	var out []string
	for _, l := range rest {
		if t := strings.TrimLeft(l, " \t"); strings.HasPrefix(t, ">") {
			l = strings.TrimPrefix(t[1:], " ")
		} else if hasWord(t) && quoted {
			break // below a forward in quotes the writer goes on
		}
		out = append(out, l)
	}
	return out
}

// unquote is body of a whole message.
func unquote(all []string) (out []string) {
	for _, l := range all {
		if t := strings.TrimLeft(l, " \t"); strings.HasPrefix(t, ">") {
			out = append(out, strings.TrimLeft(t, "> "))
		}
	}
	return out
}

// history tells whether older mail begins in some lines.
func history(lines []string) bool {
	for i := range lines {
		if m := markAt(lines, i); m.lines > 0 {
			return true
		}
	}
	return false
}

func isQuoted(l string) bool {
	t := strings.TrimLeft(l, " \t")
	return strings.HasPrefix(t, ">") && !strings.HasPrefix(t, ">>>>>>>")
}

// quotedNext tells whether the next line with anything on it is quoted.
func quotedNext(all []string, at int) bool {
	for i := at; i < len(all) && i < at+4; i++ {
		if strings.TrimSpace(all[i]) != "" {
			return isQuoted(all[i])
		}
	}
	return false
}

// wrapped tells whether a line is the end of a quoted one that a mail program broke.
func wrapped(all []string, i int) bool {
	if i == 0 || i+1 >= len(all) || !isQuoted(all[i-1]) || !isQuoted(all[i+1]) || utf8.RuneCountInString(all[i-1]) < 60 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(all[i]))
	return unicode.IsLower(r) && utf8.RuneCountInString(all[i]) < 40
}

var (
	aboveRE = regexp.MustCompile(`(?i)^[\s>]*(?:#{2,}-?|[-=~*]{2,})?\s*(?:please )?(?:type|reply|write|enter|add) (?:your )?(?:reply |response )?above this line|^[\s>]*##- .{4,120} -##\s*$`)
	// ruleRE is a line between two mails, with or without words in it.
	ruleRE   = regexp.MustCompile(`^[\s>]*[-_=*]{2,}\s*([^\s\d<>@_=*-][^<>@]{1,60}?)\s*:?\s*[-_=*]{2,}:?\s*$`)
	lineRE   = regexp.MustCompile(`^[\s>]*(?:_{10,}|-{10,}|={10,}|\*{10,})\s*$`)
	beginRE  = regexp.MustCompile(`^[\s>]*[-*_]*\s*\p{L}[^<>@\d?]{3,60}[:：]\s*$`)
	clockRE  = regexp.MustCompile(`\d{1,2}\s?[:.h時시点點]\s?\d{2}|\d{1,2}\s?(?:時|시|点)|\d{1,2} ?[ap]\.?m\b`)
	dateRE   = regexp.MustCompile(`(?:^|[^\d])(?:(?:19|20|25)\d\d|1[34]\d\d)(?:[^\d]|$)|\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}|\d{1,2}月\d{1,2}日|\d{1,2}월 ?\d{1,2}일`)
	sayingRE = regexp.MustCompile(`(?i)^[\s>]*(?:on|am|el|le|il|em|op|den|w dniu|dne|dňa|dana|в|στις|pe|în|på|ha)\b`)
	bracedRE = regexp.MustCompile(`[<(\[]\s*(?:mailto:)?[^\s<>()@]{1,64}@[^\s<>()@]{1,190}[>)\]]|"[^"\n]{1,80}" <?[^\s<>@]{1,64}@`)
	atRE     = regexp.MustCompile(`[^\s<>()",;:@]{1,64}@[^\s<>()",;:@]{1,190}\.[^\s<>()",;:@]{1,60}`)
	writerRE = regexp.MustCompile(`(?:"[^"\n]{1,80}" |(?:\p{Lu}[\p{L}'.-]*\s+){0,4})[<(\[]+[^\s<>()@]{1,64}@[^\s<>()\]]{1,190}[>)\]]+`)
	firstRE  = regexp.MustCompile(`(?i)\b(?:i|we|ich|wir|je|nous|yo|io|ik|wij|jag|jeg|eu|ja|my|já)\s+(?:wrote|schrieb|écri|escrib|schreef|skrev|napisa|napsa|schreibe|write)|\byou wrote|\bsie schrieben`)
)

// markAt tells whether something older begins at a line.
func markAt(all []string, i int) mark {
	l := all[i]
	if !strings.ContainsAny(l, ":：-_=*#") && !hasDigit(l) && !strings.Contains(l, "@") {
		return mark{}
	}
	if aboveRE.MatchString(l) {
		return mark{lines: 1, above: true}
	}
	if m := markLine(all, i); m.lines > 0 {
		return m
	}
	if h, n := head(all, i, false); n > 0 && (i == 0 || blank(all[i-1]) || isQuoted(l) || h.sure) {
		return mark{lines: n, head: true, by: h.by, certainly: true}
	}
	return introduction(all, i)
}

// markLine reads a line that says by its words, or as a rule, that a mail follows.
func markLine(all []string, i int) mark {
	l := all[i]
	words := ""
	// most lines are neither: the expressions are for those that may be
	bare := strings.TrimLeft(l, "> \t\r\f\v")
	ruled := len(bare) > 1 && strings.IndexByte("-_=*", bare[0]) >= 0 && strings.IndexByte("-_=*", bare[1]) >= 0
	if end := strings.TrimSpace(bare); !ruled && !strings.HasSuffix(end, ":") && !strings.HasSuffix(end, "：") {
		return mark{}
	}
	if m := ruleRE.FindStringSubmatch(l); m != nil {
		words = m[1]
	} else if !lineRE.MatchString(l) {
		if !beginRE.MatchString(l) || !forwardWords.MatchString(l) {
			return mark{}
		}
		words = l // "Begin forwarded message:"
	}
	at := i + 1
	for at < len(all) && at < i+4 && blank(strings.TrimLeft(all[at], "> \t")) {
		at++
	}
	h, n := header{}, 0
	if at < len(all) {
		h, n = head(all, at, true)
	}
	m := mark{lines: at + n - i, by: h.by, head: true, certainly: true}
	switch {
	case words != "" && forwardWords.MatchString(words):
		m.forward = true
	case n > 0:
	case words != "" && originalWords.MatchString(words) && len(strings.Fields(words)) <= 5:
		m.head, m.lines = false, 1
	default:
		return mark{}
	}
	return m
}

// introduction reads the line above quoted mail, which may be broken in three.
func introduction(all []string, i int) mark {
	if len(all[i]) > 400 || !hasDigit(all[i]) && !strings.Contains(all[i], "@") && !hasAny(all[i], wrote, wroteStems) {
		return mark{}
	}
	joined := ""
	for k := 1; k <= 3 && i+k <= len(all); k++ {
		l := strings.Trim(all[i+k-1], "> \t")
		if l == "" || len(joined)+len(l) > 400 {
			break
		}
		if k > 1 && endsSentence(all[i+k-2]) {
			break
		}
		joined = strings.TrimSpace(joined + " " + l)
		if !strings.Contains(joined, "@") && !quotedNext(all, i+k) && !hasAny(joined, wrote, wroteStems) {
			continue // a time alone says nothing where no quoted line follows
		}
		m := introduced(joined)
		if m.lines == 0 {
			continue
		}
		if k > 1 && introduced(l).lines > 0 && whenIn(l) { // the line above is not a part of it
			break
		}
		if follows := quotedNext(all, i+k); !m.certainly && !follows {
			continue
		}
		m.lines = k
		if m.by = writerRE.FindString(joined); m.by != "" {
			m.by = strings.TrimSpace(m.by)
		}
		return m
	}
	return mark{}
}

// introduced judges a whole introduction.
func introduced(l string) mark {
	l = digits(strings.TrimSpace(strings.Trim(l, "-–— *_")))
	ends := strings.HasSuffix(l, ":") || strings.HasSuffix(l, "：")
	if !ends && len(strings.Fields(l)) < 3 {
		return mark{}
	}
	verb := hasAny(l, wrote, wroteStems)
	if !ends && !verb || strings.HasPrefix(l, "https:") || strings.ContainsAny(l, "?？") || len(strings.Fields(l)) > 30 {
		return mark{}
	}
	braced := strings.Contains(l, "@") && bracedRE.MatchString(l)
	if !braced && firstRE.MatchString(l) {
		return mark{}
	}
	clock, date := false, false
	if hasDigit(l) {
		clock, date = clockRE.MatchString(l), dateRE.MatchString(l)
	}
	if verb && !ends && !strings.HasSuffix(l, ")") && !endsWithVerb(l) {
		return mark{}
	}
	when := clock || date
	switch {
	case braced && when, braced && verb, verb && clock && date:
		return mark{lines: 1, certainly: true}
	case verb && when && sayingRE.MatchString(l) && ends && len(strings.Fields(l)) <= 14:
		return mark{lines: 1, certainly: true}
	case when && ends, verb && ends, braced && ends, verb && when:
		return mark{lines: 1} // where quoted lines follow
	}
	return mark{}
}

func whenIn(l string) bool {
	l = digits(l)
	return clockRE.MatchString(l) || dateRE.MatchString(l)
}

func endsWithVerb(l string) bool {
	at := strings.LastIndexAny(strings.TrimRight(l, " :"), " ,、")
	return at < 0 || hasAny(l[at:], wrote, wroteStems)
}

// header is what the head of an older mail tells.
type header struct {
	by   string
	sure bool
}

var labelRE = regexp.MustCompile(`^[\s>]*[*_]{0,2}([\p{L}\p{M}][\p{L}\p{M}'’ .-]{0,28}?)\s?[*_]{0,2}\s?[:：][*_]{0,2}\s*(.*?)\s*$`)

// head reads the labelled lines that programs set above an older mail: those that we
// know in many languages, or three of any with an address and a time. marked: a line
// above says that a mail follows, so that two are enough.
func head(all []string, i int, marked bool) (h header, n int) {
	known := map[part]bool{}
	count, odd, address, when, last := 0, 0, false, false, unknown
	for at := i; at < len(all) && at < i+16; at++ {
		l := all[at]
		if blank(strings.TrimLeft(l, "> \t")) {
			if count == 0 || at+1 >= len(all) {
				break
			}
			// A head with empty lines between its own goes on with a known label.
			if p, _ := labelled(all[at+1]); p == unknown || known[p] || count >= 3 && p == other {
				break
			}
			continue
		}
		p, value := labelled(l)
		if p == unknown && value == "" || count > 0 && p == unknown && odd == 0 {
			// A list of receivers, or a long subject, goes on.
			if count > 0 && (last == to || last == other || last == from) && strings.ContainsAny(l, "@;,<>") && n > 0 {
				n = at - i + 1
				continue
			}
			break
		}
		if p == unknown {
			odd++
		}
		if known[p] && p != other && p != unknown {
			break
		}
		known[p], last = true, p
		value = digits(value)
		if has := atRE.MatchString(value); has {
			address = true
			if h.by == "" {
				h.by = strings.Trim(value, "* _")
			}
		}
		if p == from {
			h.by = strings.Trim(value, "* _")
		}
		when = when || dateRE.MatchString(value) && (clockRE.MatchString(value) || p == sent)
		count++
		n = at - i + 1
	}
	switch {
	case odd > 0:
		// Nobody listed these words: the first names an address, another a time.
		first := labelRE.FindStringSubmatch(all[i])
		if count < 3 || count > 7 || first == nil || !bracedRE.MatchString(first[2]) || !when {
			return header{}, 0
		}
	case known[from] && known[subject] && count >= 3:
		h.sure = known[sent] || known[to]
	case known[from] && known[sent] && count >= 3 && (address || marked):
	case known[sent] && known[to] && known[subject]:
	case marked && count >= 2 && (known[from] || known[sent]):
	default:
		return header{}, 0
	}
	return h, n
}

// labelled reads "Word: value".
func labelled(l string) (part, string) {
	m := labelRE.FindStringSubmatch(l)
	if m == nil {
		return unknown, ""
	}
	return headWords[strings.ToLower(strings.TrimSpace(m[1]))], m[2] + " "
}

func blank(l string) bool { return strings.TrimSpace(l) == "" }

func endsSentence(l string) bool {
	l = strings.TrimSpace(l)
	return strings.HasSuffix(l, "?") || strings.HasSuffix(l, "!") || strings.HasSuffix(l, ".") && !strings.HasSuffix(strings.ToLower(l), "m.") && !strings.HasSuffix(l, "г.") && !strings.HasSuffix(l, "р.")
}

func hasWord(l string) bool {
	return strings.IndexFunc(l, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

func hasDigit(l string) bool { return strings.IndexFunc(l, unicode.IsDigit) >= 0 }

// digits writes the digits of every script as those of ours.
func digits(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(func(r rune) rune {
				if r < utf8.RuneSelf || !unicode.IsDigit(r) {
					return r
				}
				for zero := r; ; zero-- { // the digits of a script stand in a row of ten
					if !unicode.IsDigit(zero-1) || r-zero == 9 {
						return '0' + (r - zero)
					}
				}
			}, s)
		}
	}
	return s
}
