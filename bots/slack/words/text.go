package words

import (
	"regexp"
	"strings"
)

var (
	bracketed = regexp.MustCompile(`<([^<>\n]*)>`)
	unescape  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// Plain turns text in Slack's markup into what people see: names for mentions,
// labels with their addresses, the three entities resolved.
func Plain(s string, names Names) string {
	var b strings.Builder
	last := 0
	for _, at := range bracketed.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(unescape.Replace(s[last:at[0]]))
		b.WriteString(seen(s[at[2]:at[3]], names))
		last = at[1]
	}
	b.WriteString(unescape.Replace(s[last:]))
	return b.String()
}

// seen is what stands for one thing in angle brackets.
func seen(in string, names Names) string {
	target, label, labelled := strings.Cut(in, "|")
	label = unescape.Replace(label)
	switch {
	case strings.HasPrefix(in, "@"):
		return mention("@", target[1:], label, names.user)
	case strings.HasPrefix(in, "#"):
		return mention("#", target[1:], label, names.channel)
	case strings.HasPrefix(in, "!"): // !here, !subteam^S1|@group, !date^…|fallback
		if labelled && label != "" {
			return label
		}
		name, id, _ := strings.Cut(target[1:], "^")
		if name == "subteam" && id != "" {
			name = id
		}
		return "@" + name
	}
	return link(unescape.Replace(target), label)
}

func mention(sign, id, label string, called func(string) string) string {
	name := strings.TrimPrefix(label, sign)
	if name == "" {
		name = called(id)
	}
	if name == "" {
		name = id
	}
	return sign + name
}

// link is an address with its label, where that says something else.
func link(address, label string) string {
	bare := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(address, "mailto:"), "tel:"), "https://"), "http://")
	switch label {
	case "", address, bare, strings.TrimSuffix(bare, "/"):
		return strings.TrimPrefix(strings.TrimPrefix(address, "mailto:"), "tel:")
	}
	if address == "" {
		return label
	}
	return label + " (" + strings.TrimPrefix(strings.TrimPrefix(address, "mailto:"), "tel:") + ")"
}
