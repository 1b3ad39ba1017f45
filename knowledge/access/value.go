package access

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Values of front matter: yes or no, numbers, words, days.

// truth reads yes or no.
func truth(v any) (yes, known bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		s := strings.ToLower(strings.TrimSpace(v))
		return trueWords[s], trueWords[s] || falseSet[s]
	}
	if n, ok := numberOf(v); ok && (n == 0 || n == 1) {
		return n == 1, true
	}
	return false, false
}

func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return math.NaN(), false
}

// excluded reads search: {exclude: true}, sitemap: exclude.
func excluded(v any) bool {
	switch v := v.(type) {
	case string:
		return slices.ContainsFunc(wordsOf(v), func(w string) bool {
			return strings.HasPrefix(w, "exclu") || w == "hidden" || w == "hide" || w == "noindex" || w == "never" || w == "ignore" || w == "skip"
		})
	case map[string]any:
		for k, e := range v {
			t, known := truth(e)
			name := strings.Join(wordsOf(k), "")
			off := strings.HasPrefix(name, "exclu") || strings.HasPrefix(name, "hid") || strings.HasPrefix(name, "no") || strings.HasPrefix(name, "disabl") || name == "ignore" || name == "skip"
			on := strings.HasPrefix(name, "inclu") || name == "index" || name == "enable" || name == "enabled" || name == "show" || name == "visible" || name == "crawl" || name == "searchable"
			if known && (off && t || on && !t) || !known && name != "keywords" && excluded(e) {
				return true
			}
		}
	}
	return false
}

func robotsHide(v any) bool {
	if t, known := truth(v); known {
		return !t
	}
	for _, l := range leaves(v) {
		for _, w := range wordsOf(l) {
			if w == "noindex" || w == "none" {
				return true
			}
		}
	}
	return excluded(v)
}

// wordsIn are the words of a value, a list or a map's values.
func wordsIn(v any) []string {
	var out []string
	for _, l := range leaves(v) {
		out = append(out, wordsOf(l)...)
	}
	return out
}

// leaves are a value's texts.
func leaves(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, leaves(e)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, k := range sortedKeys(v) {
			out = append(out, leaves(v[k])...)
		}
		return out
	case string:
		if strings.ContainsAny(v, ",;|") {
			return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ';' || r == '|' })
		}
		return []string{v}
	}
	return []string{fmt.Sprint(v)}
}

func allIn(ws []string, set map[string]bool) bool {
	return !slices.ContainsFunc(ws, func(w string) bool { return !set[w] })
}

var dayForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05Z0700",
	"2006/01/02 15:04:05", "2006/1/2", "2006-1-2", "Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006", "2-Jan-2006", time.RFC1123, time.RFC1123Z, time.RFC850}

// readDay reads a point in time; whole: it is a day.
func readDay(v any) (at time.Time, whole, ok bool) {
	if t, isTime := v.(time.Time); isTime {
		if zone := t.Location().String(); strings.HasSuffix(zone, "-local") { // TOML without a zone
			t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
		}
		t = t.UTC()
		return t, t.Equal(t.Truncate(24 * time.Hour)), true
	}
	s, isText := v.(string)
	if !isText {
		return at, false, false
	}
	if s = strings.TrimSpace(s); len(s) == len(time.DateOnly) {
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return t, true, true
		}
	}
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil {
			t = t.UTC()
			return t, !strings.Contains(form, "15"), true
		}
	}
	return at, false, false
}

// isYear tells a year that has begun: published: 2024.
func isYear(v any, now time.Time) bool {
	n, err := strconv.ParseFloat(plainShown(v), 64)
	return err == nil && n >= 1900 && int(n) <= now.Year()
}

func isDay(v any) bool {
	_, _, ok := readDay(v)
	return ok
}
