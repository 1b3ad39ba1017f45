package access

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

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

// rowFields are the fields of a row, or of whatever else a source has besides text.
func rowFields(m map[string]any) []field {
	out := make([]field, 0, len(m))
	for _, k := range sortedKeys(m) {
		out = append(out, field{key: k, value: m[k], from: inRow})
	}
	return out
}
