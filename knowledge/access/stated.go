package access

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// What a page states outside of front matter: comments, <meta>, first lines.

// readMarks reads what stands in comments, <meta>, a page's own elements, exported
// objects and the first lines of text. Above are the lines cut off the text.
func readMarks(media knowledge.Media, text, above string, shift int) ([]field, error) {
	var out []field
	if media == knowledge.HTML {
		out = append(out, htmlFields(text, shift)...)
		out = append(out, commentFields(above, 0)...)
		return out, nil
	}
	shown := fenced.ReplaceAllStringFunc(text, blank) // code shows how to write, it says nothing
	out = append(out, commentFields(above, 0)...)
	out = append(out, lightFields(media, text, shift)...)
	out = append(out, commentFields(shown, shift)...)
	for _, at := range metaTag.FindAllStringIndex(shown, -1) {
		for _, f := range htmlFields(shown[at[0]:at[1]], 0) {
			f.line = shift + 1 + strings.Count(shown[:at[0]], "\n")
			out = append(out, f)
		}
	}
	if media == knowledge.Markdown {
		exported, err := exportFields(above+shown, above+text)
		if err != nil {
			return nil, err
		}
		out = append(out, exported...)
	}
	out = append(out, fenceFields(text, shift)...)
	return append(out, bareFields(shown, shift)...), nil
}

// fenceFields reads the keys of a block of code that a page begins with: front matter
// that went through an editor.
func fenceFields(text string, shift int) []field {
	lines := strings.Split(text[:min(len(text), MaxFront)], "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		if !topFence.MatchString(strings.TrimSpace(l)) {
			return nil
		}
		mark := strings.TrimSpace(l)[:3]
		for j := i + 1; j < len(lines); j++ {
			if strings.HasPrefix(strings.TrimSpace(lines[j]), mark) {
				return looseFields(strings.Join(lines[i+1:j], "\n"), shift+i+2, inComment)
			}
		}
		return nil
	}
	return nil
}

// blank keeps the length and the lines of s, and nothing else.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, s)
}

// exportFields reads "export const metadata = {…}" of MDX.
func exportFields(shown, text string) ([]field, error) {
	var out []field
	for _, at := range mdxExport.FindAllStringIndex(shown, maxHeads) {
		rest := shown[at[1]:]
		if !strings.HasPrefix(rest, "{") {
			continue
		}
		b, _, err := cutBrace(rest)
		if err != nil {
			return nil, err
		}
		fields, err := b.decode()
		if err != nil {
			return nil, err
		}
		before := strings.Count(text[:min(len(text), at[1])], "\n")
		for _, f := range fields {
			f.line = lineOf(b.text, f.key, before)
			out = append(out, f)
		}
	}
	return out, nil
}

// commentFields reads comments, of HTML and of MDX, in which every line is a key
// with a value, or that consist of a few words only.
func commentFields(s string, shift int) []field {
	var out []field
	read := func(at []int, open, end string) {
		inner := strings.TrimSuffix(strings.TrimPrefix(s[at[0]:at[1]], open), end)
		line := shift + 1 + strings.Count(s[:at[0]], "\n")
		lead := len(inner) - len(strings.TrimLeft(inner, " \t\n"))
		line += strings.Count(inner[:lead], "\n")
		inner = strings.TrimSpace(inner)
		if b, ok, err := cutBlock(knowledge.Text, inner, false); ok && err == nil {
			if fields, err := b.decode(); err == nil {
				for _, f := range fields {
					f.line = lineOf(inner, f.key, line-1)
					out = append(out, f)
				}
				return
			}
		}
		out = append(out, looseFields(inner, line, inComment)...)
	}
	for _, at := range comment.FindAllStringIndex(s, -1) {
		read(at, "<!--", "-->")
	}
	for _, at := range mdxComment.FindAllStringIndex(s, -1) {
		read(at, "{/*", "*/}")
	}
	return out
}

var (
	headingLine = regexp.MustCompile(`^#{1,6}\s`)
	tableRule   = regexp.MustCompile(`^\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$`)
	boxOpen     = regexp.MustCompile(`^(?::{3,}|!!!|\?\?\?|\{[%{]|</?[A-Za-z]|>\s*\[!|>\s*$|/{3,})`) // of a box whose words are on the next line
	topFence    = regexp.MustCompile("^(?:```+|~~~+)[ \t]*(?:yaml|yml|toml|json|front-?matter|meta(?:data)?)?[ \t]*$")
	mdxComment  = regexp.MustCompile(`(?s)\{/\*.*?\*/\}`)
	looseKey    = regexp.MustCompile(`^[\s>*_#@:|%/+-]*["']?([\pL_][\pL\pN_ .-]{0,40}?)["']?[*_]*\s*[:=|]\s*[*_]*\s*(.*?)[\s,;|*_]*$`)
)

// looseFields reads lines of keys and values as people write them; a text that
// has none is one field without a key.
func looseFields(s string, line int, from standing) []field {
	var out []field
	n := 0
	for l := range strings.Lines(s) {
		if m := looseKey.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			out = append(out, field{key: m[1], value: strings.Trim(m[2], `"'`), line: line + n, from: from})
		}
		n++
	}
	if out == nil && n == 1 {
		out = append(out, field{value: strings.TrimSpace(s), line: line, from: from})
	}
	return out
}

// bareFields reads the keys and values that a text begins with, after headings.
func bareFields(text string, shift int) []field {
	var out []field
	n, read := 0, 0
	for l := range strings.Lines(text) {
		n++
		t := strings.TrimSpace(l)
		switch {
		case t == "" && read > 0, n > 60:
			return out
		case t == "", headingLine.MatchString(t), strings.HasPrefix(t, "<!--"), fenceLine.MatchString(t):
			continue
		}
		if tableRule.MatchString(t) || read == 0 && boxOpen.MatchString(t) {
			continue
		}
		m := looseKey.FindStringSubmatch(t)
		if m == nil {
			if read == 0 {
				out = append(out, field{value: t, line: shift + n, from: inBare})
			}
			return out
		}
		read++
		out = append(out, field{key: m[1], value: strings.Trim(m[2], `"'`), line: shift + n, from: inBare})
	}
	return out
}

// htmlFields reads <meta>, data attributes of the page's outer elements, and
// comments.
func htmlFields(text string, shift int) []field {
	var out []field
	z := html.NewTokenizer(strings.NewReader(text))
	line := shift + 1
	marks := markReader{}
	for {
		kind := z.Next()
		here := line
		line += strings.Count(string(z.Raw()), "\n")
		out = append(out, marks.read(z, kind, here)...)
		switch kind {
		case html.ErrorToken:
			return out
		case html.CommentToken:
			out = append(out, commentFields("<!--"+string(z.Text())+"-->", here-1)...)
		case html.StartTagToken, html.SelfClosingTagToken:
			out = append(out, tagFields(z.Token(), here)...)
		}
	}
}

// tagFields reads one element.
func tagFields(t html.Token, line int) []field {
	var out []field
	switch t.Data {
	case "meta":
		attrs := map[string]string{}
		for _, a := range t.Attr {
			attrs[a.Key] = a.Val
		}
		if strings.EqualFold(attrs["http-equiv"], "refresh") && strings.Contains(strings.ToLower(attrs["content"]), "url") {
			return []field{{key: "redirect", value: attrs["content"], line: line, from: inMeta}}
		}
		for _, k := range []string{"name", "property", "itemprop"} {
			if attrs[k] != "" {
				out = append(out, field{key: strings.ReplaceAll(attrs[k], ":", "."), value: attrs["content"], line: line, from: inMeta})
				break
			}
		}
	case "html", "body", "main", "article":
		for _, a := range t.Attr {
			if k, ok := strings.CutPrefix(a.Key, "data-"); ok {
				out = append(out, field{key: k, value: a.Val, line: line, from: inMeta})
			}
		}
	}
	return out
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return text.Clip(s, 200)
}

// comment is one of HTML, closed or not.
var comment = regexp.MustCompile(`(?s)<!--.*?(?:-->|\z)`)
