package access

import (
	"fmt"
	"slices"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
)

// What comes of all statements, and what people decided otherwise.

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
