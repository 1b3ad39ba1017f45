package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"footnote/pipeline/text"
)

// How people are told of a field, and how decisions name it.

// plainKey is a key as decisions have it: small words.
func plainKey(path []string) string {
	var out []string
	for _, k := range path {
		out = append(out, wordsOf(k)...)
	}
	return strings.Join(out, "_")
}

// plainValue is a value as decisions have it: small, on one line, short.
func plainValue(v any) string { return strings.ToLower(text.Clip(plainShown(v), 120)) }

func plainShown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = plainShown(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, k := range sortedKeys(v) {
			parts = append(parts, k+": "+plainShown(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	s := Scalar(v)
	if !utf8.ValidString(s) {
		return ""
	}
	return s
}

// say tells people of a field: its key and value, and where it stands.
func say(key string, f field) string {
	shown := text.Clip(plainShown(f.value), 60)
	if key == "" {
		return fmt.Sprintf("%q%s", shown, whereOf(f))
	}
	return fmt.Sprintf("%s: %s%s", text.Clip(key, 60), shown, whereOf(f))
}

func whereOf(f field) string {
	switch {
	case f.line > 0:
		return fmt.Sprintf(" (line %d)", f.line)
	case f.from == inFront:
		return ""
	}
	return fmt.Sprintf(" (in %s)", f.from)
}

// Scalar renders a value as one line; lists and maps give nothing.
func Scalar(v any) string {
	switch v := v.(type) {
	case nil, []any, map[string]any:
		return ""
	case time.Time:
		return v.Format(time.DateOnly)
	default:
		return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(fmt.Sprint(v), ""), "\x00", "")), " ")
	}
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
