package access

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// posed is a statement that decided a page's fate: what a person may decide
// otherwise. Its value is empty when it is none of words.
type posed struct{ Key, Value string }

// ClosedError is why a page is not used at all, for its quarantine.
type ClosedError struct {
	Fate       knowledge.Fate
	Key, Value string // what a person may decide about
	Reason     string // in plain words
}

func (e *ClosedError) Error() string { return e.Reason }

// Unwrap makes its kind Invalid.
func (e *ClosedError) Unwrap() error { return refuse("%s", e.Reason) }

func refuse(format string, args ...any) error {
	return pipeline.Errorf(pipeline.Invalid, format, args...)
}

// Page is a page as it speaks of itself.
type Page struct {
	Body string // its text without front matter
	head head
	said *access
}

// Read reads what a page says about itself: in its text, in the fields and the path
// that its source gives, under what people decided for the source. The error is a
// *ClosedError for a page that is not to be used, and of kind Invalid for one that
// looks as if it said something and cannot be read.
func Read(raw knowledge.Raw, body string, decided []knowledge.Decision, now time.Time) (*Page, error) {
	h, err := readHead(raw.Media, body)
	if err != nil {
		return nil, err
	}
	p := &Page{Body: h.body, head: h, said: weigh(slices.Concat(h.fields, rowFields(raw.Fields)), decided, now)}
	p.said.pathSays(raw)
	return p, p.said.verdict()
}

// Front yields the keys and values of front matter.
func (p *Page) Front() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, f := range p.head.fields {
			if f.from == inFront && !yield(f.key, f.value) {
				return
			}
		}
	}
}

// About tells whether a key is about access, and is weighed here.
func About(key string) bool { return kindOf(key).strong() }

// Settle takes what was read over into what is known of the page. Reasons say why
// it is internal, and how long it holds.
func (p *Page) Settle(m knowledge.Meta) (meta knowledge.Meta, reasons []string) {
	return p.said.settled(m)
}

// access weighs everything that a page says about itself, from wherever: the
// strictest statement holds. Only a plain audience opens what the source keeps
// internal; any other key can only close. What is about access and not understood
// stops the page until a person decides.
type access struct {
	decided  []knowledge.Decision
	now      time.Time
	audience pipeline.Audience // empty: nothing is said
	opened   bool              // a person said that it is public
	internal []string          // why it is
	out      []statement       // why it is not used
	hide     []statement       // why the public may not find it
	unclear  []statement
	from     time.Time
	until    time.Time // the last day
	why      []string  // of the days
}

// statement is a key with what it says, as told to people.
type statement struct {
	field
	posed
	said string
}

// maxDepth is how deep maps of front matter are read.
const maxDepth = 8

// weigh weighs fields under what people decided for the source.
func weigh(fields []field, decided []knowledge.Decision, now time.Time) *access {
	a := &access{decided: decided, now: now}
	for _, f := range fields {
		a.take(f, nil, 0)
	}
	return a
}

// take weighs one field; above are the keys around it.
func (a *access) take(f field, above []string, depth int) {
	path := append(slices.Clip(above), f.key)
	within := slices.DeleteFunc(slices.Clone(path[:len(path)-1]), func(k string) bool { return enclosing[strings.Join(wordsOf(k), "")] })
	kind, own := noKind, len(within) == 0
	if !own {
		kind = kindOf(strings.Join(append(within[len(within)-1:], f.key), "."))
	}
	if kind == noKind || kind == textKey || kind == otherKey {
		kind = kindOf(f.key)
		if !own && !kind.who() && kind != textKey && kind != otherKey {
			kind = noKind // hidden, status and the like of a part, not of the page
		}
	}
	if i := strings.LastIndexAny(f.key, ".:"); kind == noKind && i >= 0 { // ms.audience, dcterms.audience
		kind = kindOf(f.key[i+1:])
	}
	s := statement{field: f, posed: posed{Key: plainKey(path), Value: plainValue(f.value)}}
	s.said = say(strings.Join(path, "."), f)
	if d, ok := a.decision(s.posed); ok {
		a.obey(s, d)
		return
	}
	if kind == otherKey {
		return
	}
	loose := f.from == inComment || f.from == inBare
	if loose && !plainly(kind, f.value) {
		return // prose
	}
	if kind == noKind || kind == textKey {
		a.unknown(s, kind, path, depth)
		return
	}
	a.weigh(s, kind)
}

// unknown looks into a key that says nothing itself, and at values that name
// insiders and nothing else: somebody meant something by that.
func (a *access) unknown(s statement, kind keyKind, path []string, depth int) {
	switch v := s.value.(type) {
	case map[string]any:
		if depth < maxDepth {
			for _, k := range sortedKeys(v) {
				a.take(field{key: k, value: v[k], line: s.line, from: s.from}, path, depth+1)
			}
		} else {
			a.unclear = append(a.unclear, s)
		}
	case []any:
		for _, e := range v {
			if m, ok := e.(map[string]any); ok && depth < maxDepth && kind == noKind {
				for _, k := range sortedKeys(m) {
					a.take(field{key: k, value: m[k], line: s.line, from: s.from}, path, depth+1)
				}
			} else if w, ok := e.(string); ok && kind == noKind && closedPhrase(w) {
				a.unclear = append(a.unclear, s)
				return
			}
		}
	case string:
		prose := s.from == inBare || s.from == inComment
		loud := s.from == inComment || v == strings.ToUpper(v) || banner.MatchString(v) // "Restricted use" may be a title
		if kind == noKind && (closedPhrase(v) && (!prose || s.key == "" && loud) || !prose && meansReaders(s.key) && insidersOnly(v)) {
			a.unclear = append(a.unclear, s)
		}
	}
}

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

// weigh takes a statement of a kind into account.
func (a *access) weigh(s statement, kind keyKind) {
	empty := s.value == nil || s.value == ""
	switch kind {
	case audienceKey, whoKey, grantKey:
		if !empty {
			a.readers(s, kind)
		}
	case closedFlag, openFlag:
		a.flag(s, kind, readFlag(s.value, kind, s.key))
	case outFlag, inFlag, hideFlag, findFlag:
		a.liveness(s, kind)
	case statusKey, stateKey:
		a.status(s, kind)
	case robotsKey:
		if robotsHide(s.value) {
			a.hide = append(a.hide, s)
		}
	case redirectKey:
		if t, known := truth(s.value); !empty && (!known || t) {
			a.out = append(a.out, s)
		}
	case layoutKey, labelKey:
		a.labels(s, kind)
	default:
		a.day(s, kind)
	}
}

// readers weighs a key that names who may read.
func (a *access) readers(s statement, kind keyKind) {
	v := readWho(s.value, kind, s.key)
	if s.from == inMeta && v == unclearValue && idioms[s.Key+" "+s.Value] {
		return
	}
	switch {
	case v == closes, v == unclearValue && kind == audienceKey:
		a.close(s, v == unclearValue)
	case v == unclearValue:
		a.unclear = append(a.unclear, s)
	case v == opens && kind == audienceKey:
		if _, list := s.value.(string); list && s.from != inBare && s.from != inComment {
			a.open()
		}
	}
}

// idioms of <meta> that search engines were told once, and that say nothing.
var idioms = map[string]bool{"audience all": true, "classification business": true, "classification general": true, "classification website": true, "classification commercial": true, "distribution global": true}

func (a *access) flag(s statement, kind keyKind, v said) {
	switch v {
	case closes:
		a.close(s, false)
	case unclearValue:
		a.unclear = append(a.unclear, s)
	}
}

// liveness weighs a switch that says whether the page is in use, or to be found.
func (a *access) liveness(s statement, kind keyKind) {
	t, known := truth(s.value)
	on := kind == outFlag || kind == hideFlag
	words := wordsIn(s.value)
	switch {
	case s.value == nil || s.value == "":
	case known && t == on && on && kind == outFlag, known && !t && kind == inFlag:
		a.out = append(a.out, s)
	case known && t == on && on, known && !t && kind == findFlag:
		if _, word := s.value.(bool); !word && strings.EqualFold(s.field.key, "index") && s.Value == "0" {
			return // an order
		}
		a.hide = append(a.hide, s)
	case known:
	case kind == findFlag:
		if excluded(s.value) {
			a.hide = append(a.hide, s)
		}
	case kind == inFlag && isYear(s.value, a.now):
	case isDay(s.value) && kind == inFlag:
		a.day(s, fromKey)
	case isDay(s.value) && kind == outFlag:
		a.day(s, untilKey)
	case kind == inFlag:
		a.status(s, stateOr(s))
	case kind == hideFlag && len(words) > 0 && allIn(words, partWords):
	case kind == outFlag && told[strings.Join(wordsOf(s.key), "")]:
		a.out = append(a.out, s) // deprecated: use … instead
	default:
		a.unclear = append(a.unclear, s)
	}
}

// told are switches that are often given words instead: the reason.
var told = vocabulary("deprecated obsolete archived retired superseded withdrawn outdated")

// stateOr: "show", "ready" and the like are given other things too.
func stateOr(s statement) keyKind {
	switch strings.Join(wordsOf(s.key), "") {
	case "published", "publish", "publishable":
		return statusKey
	}
	return stateKey
}

// status weighs words for where a page is in its life.
func (a *access) status(s statement, kind keyKind) {
	words := wordsIn(s.value)
	if t, known := truth(s.value); known && t && s.Value != "1" { // a number stands for a word that only its tool knows
		return
	}
	has := func(set map[string]bool) bool {
		return slices.ContainsFunc(words, func(w string) bool { return set[w] })
	}
	switch {
	case s.value == nil || len(words) == 0 && s.value == "":
	case has(closedWords):
		a.close(s, false)
	case has(outWords):
		a.out = append(a.out, s)
	case len(words) > 0 && allIn(words, liveWords):
	case kind == statusKey:
		a.unclear = append(a.unclear, s)
	}
}

// outLabels name pages that are not in use, when nothing stands beside them.
var outLabels = vocabulary("draft drafts unpublished unlisted archived deprecated obsolete wip hidden entwurf brouillon borrador")

// labels weighs labels and kinds of pages.
func (a *access) labels(s statement, kind keyKind) {
	for _, w := range leaves(s.value) {
		ws := wordsOf(w)
		switch {
		case kind == layoutKey && len(ws) == 1 && (ws[0] == "redirect" || ws[0] == "draft"):
			a.out = append(a.out, s)
			return
		case closedPhrase(w), len(ws) == 1 && outLabels[ws[0]]:
			a.unclear = append(a.unclear, s)
			return
		}
	}
	if m, ok := s.value.(map[string]any); ok {
		for _, k := range sortedKeys(m) {
			a.take(field{key: k, value: m[k], line: s.line, from: s.from}, []string{s.field.key}, maxDepth-1)
		}
	}
}

// day weighs a bound in time. Days are those of UTC; what is finer is rounded so
// that the page holds for less.
func (a *access) day(s statement, kind keyKind) {
	if s.value == nil || s.value == "" {
		return
	}
	if t, known := truth(s.value); known && !t || kind == untilKey && slices.Contains([]string{"never", "none", "-1"}, plainValue(s.value)) {
		return
	}
	at, whole, ok := readDay(s.value)
	strong := kind == fromKey || kind == untilKey || kind == lastDayKey
	switch {
	case !ok && strong:
		s.said = fmt.Sprintf("%s %q is not a date like 2026-03-31%s", s.field.key, text.Clip(plainShown(s.value), 40), whereOf(s.field))
		a.unclear = append(a.unclear, s)
		return
	case !ok:
		return
	}
	day := at.Truncate(24 * time.Hour)
	switch kind {
	case fromKey, someFromKey:
		if !whole && at.After(day) {
			day = day.AddDate(0, 0, 1)
		}
		if kind == someFromKey && !day.After(a.now) {
			return
		}
		if day.After(a.from) {
			a.from = day
			a.why = append(a.why, "not before "+day.Format(time.DateOnly)+": "+s.said)
		}
	case untilKey:
		day = day.AddDate(0, 0, -1)
		a.end(day, s)
	case lastDayKey, someEndKey:
		a.end(day, s)
	}
}

func (a *access) end(day time.Time, s statement) {
	if a.until.IsZero() || day.Before(a.until) {
		a.until = day
		a.why = append(a.why, "not after "+day.Format(time.DateOnly)+": "+s.said)
	}
}

func (a *access) open() {
	if a.audience == "" {
		a.audience = pipeline.Public
	}
}

func (a *access) close(s statement, guessed bool) {
	a.audience = pipeline.Restricted
	said := s.said
	if guessed {
		said += ", which is neither public nor internal and taken as internal"
	}
	a.internal = append(a.internal, said)
}

// obey does what a person decided.
func (a *access) obey(s statement, d knowledge.Decision) {
	s.said += fmt.Sprintf(", as %s decided", d.By)
	switch d.Means {
	case knowledge.MeansPublic:
		a.opened = true
	case knowledge.MeansInternal:
		a.close(s, false)
	case knowledge.MeansLeaveOut:
		a.out = append(a.out, s)
	}
}

func (a *access) decision(q posed) (knowledge.Decision, bool) {
	var any *knowledge.Decision
	for i, d := range a.decided {
		if d.Key != q.Key {
			continue
		}
		if d.Value == q.Value {
			return d, true
		}
		if d.Value == "" {
			any = &a.decided[i]
		}
	}
	if any != nil {
		return *any, true
	}
	return knowledge.Decision{}, false
}

// verdict is the error for a page that is not used, and nil for one that is.
func (a *access) verdict() error {
	switch {
	case len(a.out) > 0:
		s := a.out[0]
		return &ClosedError{knowledge.LeftOut, s.Key, s.Value, "It says that it is not in use: " + s.said + "."}
	case len(a.unclear) > 0:
		return a.ask()
	case len(a.hide) > 0 && a.audience != pipeline.Restricted:
		s := a.hide[0]
		return &ClosedError{knowledge.LeftOut, s.Key, s.Value, "It says that it is not to be found: " + s.said + "."}
	}
	return nil
}

// ask says what a person must decide.
func (a *access) ask() error {
	s := a.unclear[0]
	reason := "It is not clear who may read it: " + s.said + "."
	if strings.Contains(s.said, " is not a date ") {
		reason = "In the front matter, " + s.said + "."
	}
	if n := len(a.unclear) - 1; n > 0 {
		reason += fmt.Sprintf(" And %d more.", n)
	}
	return &ClosedError{knowledge.Unclear, s.Key, s.Value, reason}
}

// settled takes the verdict over into what is known of a page. Reasons say why it
// is internal, and how long it holds.
func (a *access) settled(m knowledge.Meta) (knowledge.Meta, []string) {
	reasons := a.internal
	if a.audience == pipeline.Restricted {
		m.Audience = pipeline.Restricted
	} else if a.audience == pipeline.Public || a.opened {
		m.Audience = pipeline.Public
	}
	if !a.from.IsZero() {
		m.ValidFrom = a.from
	}
	if !a.until.IsZero() {
		m.ValidUntil = a.until
	}
	return m, slices.Concat(reasons, a.why)
}

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
	s := scalar(v)
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

// rowFields are the fields of a row, or of whatever else a source has besides text.
func rowFields(m map[string]any) []field {
	out := make([]field, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, field{key: k, value: m[k], from: inRow})
	}
	return out
}

// Decidable brings a decision to how pages are compared with it, and says why it
// cannot be.
func Decidable(d knowledge.Decision) (knowledge.Decision, error) {
	d.Key, d.Value = plainKey([]string{d.Key}), plainValue(d.Value)
	if d.Source == "" || d.Key == "" {
		return d, refuse("A decision names a source, and a key as the quarantine has it.")
	}
	if _, plain := knowledge.ParseAudience(d.Value); kindOf(d.Key) == audienceKey && plain && d.Means != knowledge.MeansInternal && d.Means != knowledge.MeansLeaveOut && d.Means != "" {
		return d, refuse("%s says plainly who reads it. Change it in the page.", d)
	}
	return d, nil
}

// scalar renders a value as one line; lists and maps give nothing.
func scalar(v any) string {
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
