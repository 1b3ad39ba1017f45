package letter

import (
	"strconv"
	"strings"
)

// What a person shows in a message is no structure of the mail: code between fences, and
// quotes in a message that begins a thread, above which there is no older mail. Their
// lines are set aside while the message is read, each under a mark of its own.

// aside are lines that stand under marks.
type aside map[string]string

// asideMark begins a mark; no text has it.
const asideMark = "\ue0f0"

// maxAside bounds the lines that are set aside.
const maxAside = 500

func (a aside) take(line string) string {
	mark := asideMark + strconv.Itoa(len(a)) + asideMark
	a[mark] = line
	return mark
}

// hideCode sets the lines of closed fences aside.
func hideCode(all []string) aside {
	out := aside{}
	for i := 0; i < len(all); i++ {
		if !strings.HasPrefix(strings.TrimSpace(all[i]), "```") {
			continue
		}
		end := i + 1
		for end < len(all) && end < i+maxAside && !strings.HasPrefix(strings.TrimSpace(all[end]), "```") {
			end++
		}
		if end == len(all) || end == i+maxAside || len(out)+end-i > maxAside {
			return out
		}
		for ; i <= end; i++ {
			all[i] = out.take(all[i])
		}
		i--
	}
	return out
}

// hideQuotes sets quoted lines aside where others stand beside them.
func hideQuotes(all []string, hidden aside) {
	own, quoted := 0, 0
	for _, l := range all {
		if isQuoted(l) && hasWord(l) {
			quoted++
		} else if hasWord(l) {
			own++
		}
	}
	if own == 0 || quoted == 0 || quoted > 20 || len(hidden)+quoted > maxAside {
		return
	}
	for i, l := range all {
		if isQuoted(l) && hasWord(l) {
			all[i] = hidden.take(l)
		}
	}
}

// shown puts them back.
func (a aside) shown(s string) string {
	if len(a) == 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, asideMark)
		if i < 0 {
			break
		}
		end := strings.Index(s[i+len(asideMark):], asideMark)
		if end < 0 {
			break
		}
		end += i + 2*len(asideMark)
		b.WriteString(s[:i])
		if line, ok := a[s[i:end]]; ok {
			b.WriteString(line)
		}
		s = s[end:]
	}
	b.WriteString(s)
	return b.String()
}
