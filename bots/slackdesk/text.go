package slackdesk

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	bracketed = regexp.MustCompile(`<([^<>\n]*)>`)
	unescape  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	escape    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

// plain turns the text of a message as Slack has it into what people see: names
// for mentions, labels with their addresses, the three entities resolved.
// called gives the name of a user, empty when it is not known.
func plain(s string, called func(user string) string) string {
	var b strings.Builder
	last := 0
	for _, at := range bracketed.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(unescape.Replace(s[last:at[0]]))
		b.WriteString(seen(s[at[2]:at[3]], called))
		last = at[1]
	}
	b.WriteString(unescape.Replace(s[last:]))
	return b.String()
}

// seen is what stands for one thing in angle brackets.
func seen(in string, called func(user string) string) string {
	target, label, labelled := strings.Cut(in, "|")
	label = unescape.Replace(label)
	switch {
	case strings.HasPrefix(in, "@"), strings.HasPrefix(in, "#"):
		sign, id := target[:min(1, len(target))], target[min(1, len(target)):]
		name := strings.TrimPrefix(label, sign)
		if name == "" && sign == "@" {
			name = called(id)
		}
		if name == "" {
			name = id
		}
		return sign + name
	case strings.HasPrefix(in, "!"): // !here, !subteam^S1|@group, !date^…|fallback
		if labelled && label != "" {
			return label
		}
		name, _, _ := strings.Cut(target[1:], "^")
		return "@" + name
	}
	address := unescape.Replace(target)
	if !labelled || label == "" || label == address || label == strings.TrimPrefix(address, "mailto:") ||
		label == strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://") {
		return strings.TrimPrefix(address, "mailto:")
	}
	return label + " (" + address + ")"
}

var stamp = regexp.MustCompile(`^([0-9]{9,11})\.([0-9]{6})$`)

// stampOf is the time of a message's timestamp, which is its identifier too;
// false for what is none.
func stampOf(ts string) (time.Time, bool) {
	m := stamp.FindStringSubmatch(ts)
	if m == nil {
		return time.Time{}, false
	}
	s, _ := strconv.ParseInt(m[1], 10, 64) // digits
	us, _ := strconv.ParseInt(m[2], 10, 64)
	return time.Unix(s, us*1000).UTC(), true
}

// stampAt writes a time as a timestamp, for asking what is older or newer.
func stampAt(t time.Time) string {
	us := max(t.UnixMicro(), 0)
	frac := strconv.FormatInt(us%1_000_000, 10)
	return strconv.FormatInt(us/1_000_000, 10) + "." + strings.Repeat("0", 6-len(frac)) + frac
}
