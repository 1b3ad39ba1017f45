package access

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Who may read: words, lists and maps of readers.

// meansReaders tells a key that says for whom something is, and no more.
func meansReaders(key string) bool {
	ws := wordsOf(key)
	return len(ws) > 0 && allIn(ws, forWords)
}

var forWords = vocabulary("for who whom intended meant written made readers reader users")

// insidersOnly tells words that all name insiders.
func insidersOnly(v string) bool {
	ws := spread(wordsOf(v))
	return len(ws) > 0 && len(ws) < 6 && allIn(ws, insiderOrFill) && !allIn(ws, fillWords)
}

var insiderOrFill = func() map[string]bool {
	out := map[string]bool{}
	for _, set := range []map[string]bool{closedWords, insideWords, fillWords} {
		for w := range set {
			out[w] = true
		}
	}
	return out
}()

// banner is what makes a line more than a title.
var banner = regexp.MustCompile(`(?i)\b(?:only|not|strictly|nur|uniquement)\b`)

// said is what a value says about readers.
type said int

const (
	nothing said = iota
	opens
	unclearValue
	closes
)

// readWho reads who may read: a word, a list, a map.
func readWho(v any, kind keyKind, key string) said {
	switch v := v.(type) {
	case string:
		return phrase(v, kind, key)
	case []any:
		if len(v) == 0 {
			return unclearValue
		}
		out := opens
		for _, e := range v {
			if s := readWho(e, kind, key); s != opens {
				out = max(out, s, unclearValue)
			}
		}
		return out
	case map[string]any:
		return readMap(v, kind, key)
	case nil:
		return nothing
	}
	if _, ok := truth(v); ok {
		return unclearValue
	}
	return phrase(fmt.Sprint(v), kind, key)
}

// neutral keys of a map of readers lead to what says it.
var neutral = vocabulary("type level read view name names roles role groups group value values id allow allowed who mode to for visibility access audience users teams permission permissions scope policy kind target public")

func readMap(v map[string]any, kind keyKind, key string) said {
	if len(v) == 0 {
		return unclearValue
	}
	out := nothing
	for _, k := range sortedKeys(v) {
		ks := kindOf(k)
		var s said
		switch t, known := truth(v[k]); {
		case (ks == closedFlag || ks == openFlag) && known:
			if s = readFlag(v[k], ks, k); s == nothing && ks == openFlag {
				s = opens
			}
		case known && !t && phrase(k, kind, key) == closes:
			s = nothing // staff: false
		case known && t:
			s = phrase(k, kind, key)
		case known:
			s = unclearValue
			if phrase(k, kind, key) == opens {
				s = closes // customers: false
			}
		default:
			s = readWho(v[k], kind, key)
			if own := phrase(k, kind, key); own == closes || own != opens && !allIn(wordsOf(k), neutral) {
				s = max(s, own)
			}
		}
		out = max(out, s)
	}
	if out == nothing {
		return unclearValue
	}
	return out
}

// phrase reads one word or a few.
func phrase(s string, kind keyKind, key string) said {
	if a, known := knowledge.ParseAudience(s); kind == audienceKey && known {
		switch a {
		case pipeline.Public:
			return opens
		case pipeline.Restricted:
			return closes
		}
		return nothing
	}
	ws := spread(wordsOf(s))
	if len(ws) == 0 {
		return unclearValue
	}
	public, closed, other := 0, 0, 0
	for _, w := range ws {
		switch {
		case closedWords[w], insideWords[w]:
			closed++
		case publicWords[w] && (kind != grantKey || !accountWords[w]):
			public++
		case fillWords[w]:
		case w == "tlp":
		case strings.Contains(key, "tlp") || slices.Contains(ws, "tlp"):
			if w == "clear" || w == "white" {
				public++
			} else {
				closed++
			}
		default:
			other++
		}
	}
	switch {
	case closed > 0:
		return closes
	case other > 0 && slices.ContainsFunc(ws, func(w string) bool { return w == "not" || w == "non" || w == "no" || w == "un" || w == "nicht" }) && public > 0:
		return closes
	case other == 1 && len(ws) == 1 && falseSet[ws[0]] && restricts(key):
		return nothing
	case other > 0 || public == 0:
		return unclearValue
	case kind == audienceKey: // words that the contract does not have
		return unclearValue
	}
	return opens
}

// restricts tells keys whose "none" means everybody.
func restricts(key string) bool {
	return slices.ContainsFunc([]string{"restrict", "classif", "sensitiv", "confiden", "protect"}, func(s string) bool { return strings.Contains(strings.ToLower(key), s) })
}

// readFlag reads a switch about readers.
func readFlag(v any, kind keyKind, key string) said {
	if v == nil || v == "" {
		return nothing
	}
	if t, known := truth(v); known {
		if t == (kind == closedFlag) {
			return closes
		}
		return nothing
	}
	if readWho(v, whoKey, key) == closes || strings.Contains(strings.ToLower(key), "password") {
		return closes
	}
	return unclearValue
}

// closedPhrase tells words that name insiders and nothing else.
func closedPhrase(s string) bool {
	if len(s) > 80 {
		return false
	}
	ws := spread(wordsOf(s))
	closed, inside, only := 0, 0, false
	for i, w := range ws {
		switch {
		case closedWords[w] && w != "protected" && w != "internals" && w != "classified" && w != "secret" && w != "sensitive" && w != "intern":
			closed++
		case insideWords[w]:
			inside++
		case w == "only":
			only = true
		case fillWords[w]:
		case (w == "do" || w == "not" || w == "non") && slices.ContainsFunc(ws[i:], func(w string) bool { return publicWords[w] || w == "publish" || w == "share" || w == "distribute" }):
			closed++
		case publicWords[w], w == "publish", w == "share", w == "distribute", w == "with":
		default:
			return false
		}
	}
	return closed > 0 || inside > 0 && only
}

// plainly tells whether a key in prose (a comment, a first line) has a value that
// is no sentence.
func plainly(kind keyKind, v any) bool {
	s, ok := v.(string)
	if !ok {
		return true // front matter in a comment
	}
	ws := spread(wordsOf(s))
	t, known := truth(s)
	switch kind {
	case noKind, textKey:
		return closedPhrase(s)
	case audienceKey, whoKey:
		return len(ws) > 0 && len(ws) <= 6 && (closedPhrase(s) || !slices.ContainsFunc(ws, func(w string) bool { return !closedWords[w] && !insideWords[w] && !fillWords[w] }))
	case closedFlag, outFlag, hideFlag:
		return known && t
	case openFlag, inFlag, findFlag:
		return known && !t
	case statusKey, stateKey:
		return len(ws) <= 3 && slices.ContainsFunc(ws, func(w string) bool { return outWords[w] || closedWords[w] })
	case robotsKey:
		return true
	case fromKey, untilKey, lastDayKey:
		return isDay(v)
	}
	return false
}
