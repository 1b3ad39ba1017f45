package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// WordPress and forums write shortcodes in brackets: [note]…[/note], [vc_row width="1"].
// A person writes [see below] too, so a name counts only when it is closed somewhere,
// or has nothing but values.
var (
	bracketTag   = regexp.MustCompile(`\[(/?)([a-z][a-z0-9_-]*)((?:[ \t]+[^\[\]\n]*)?)\]`)
	bracketValue = regexp.MustCompile(`^(?:[ \t]+[\w-]+=["'“”″][^"'“”″]*["'“”″])+[ \t]*/?$`)
	// aside is %% … %% of Obsidian; %%ONE_WORD%% is a placeholder.
	aside = regexp.MustCompile(`(^|[\s(])%%(?:[ \t]*\n[^%]*?\n[ \t]*|[^%\s][^%\n]*[ \t][^%\n]*)%%`)
)

// bracketTags calls found for each shortcode in brackets of text, in order, with what
// it is; shown is text in which code is blanked. It returns text with what found says in
// the places of shortcodes.
func bracketTags(text, shown string, found func(end bool, name, arguments string) string) string {
	at := bracketTag.FindAllStringSubmatchIndex(shown, -1)
	closed := map[string]bool{}
	for _, m := range at {
		if m[2] < m[3] {
			closed[shown[m[4]:m[5]]] = true
		}
	}
	var b strings.Builder
	from := 0
	for _, m := range at {
		name, arguments := shown[m[4]:m[5]], shown[m[6]:m[7]]
		link := m[1] < len(shown) && strings.IndexByte("([:", shown[m[1]]) >= 0 && !closed[name] || m[0] > 0 && strings.IndexByte(`[!\`, shown[m[0]-1]) >= 0
		if link || !closed[name] && !bracketValue.MatchString(arguments) {
			continue
		}
		b.WriteString(text[from:m[0]] + found(m[2] < m[3], name, strings.NewReplacer("”", `"`, "“", `"`, "″", `"`).Replace(arguments)))
		from = m[1]
	}
	if from == 0 {
		return text
	}
	return b.String() + text[from:]
}

// plugins rewrites shortcodes in brackets as those in braces, and takes comments out.
func plugins(text string) string {
	if strings.Contains(text, "[/") || strings.Contains(text, `="`) {
		text = bracketTags(text, codeLess(text), func(end bool, name, arguments string) string {
			if end {
				return "{{< /" + name + " >}}"
			}
			return "{{< " + name + arguments + " >}}"
		})
	}
	if !strings.Contains(text, "%%") {
		return text
	}
	var b strings.Builder
	from := 0
	for _, m := range aside.FindAllStringSubmatchIndex(codeLess(text), -1) {
		b.WriteString(text[from:m[3]])
		from = m[1]
	}
	return b.String() + text[from:]
}

// pluginsOf takes the shortcodes that no plug-in replaced out of a page of HTML; a title
// stays.
func pluginsOf(doc *html.Node) {
	var all strings.Builder
	var texts []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent != nil && strings.Contains(n.Data, "[") && !within(n, atom.Pre, atom.Code, atom.Script, atom.Style, atom.Textarea) {
			texts = append(texts, n)
			all.WriteString(n.Data + "\x00")
		}
	}
	if len(texts) == 0 {
		return
	}
	s := all.String()
	parts := strings.Split(bracketTags(s, s, func(end bool, _, arguments string) string {
		var t template
		if t.scanArguments("x " + strings.TrimSpace(arguments)); end || t.get(titleKeys...) == "" {
			return ""
		}
		return t.get(titleKeys...) + ": "
	}), "\x00")
	for i, n := range texts {
		n.Data = parts[i]
	}
}

func within(n *html.Node, kinds ...atom.Atom) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		for _, k := range kinds {
			if p.DataAtom == k {
				return true
			}
		}
	}
	return false
}
