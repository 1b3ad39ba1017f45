package drafting

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
)

// reading is one way to understand a message: what is asked, in its order, and what is
// told beside it. The ask decides what is searched and answered; what stands around it
// is context, as an earlier turn is.
type reading struct {
	asks   []string
	beside string
}

const (
	maxReadings = 6 // of a message without a question mark
	leastAsk    = 2 // words with a meaning from which a sentence asks something by itself
)

// readings of a message, the likeliest first. Sentences with a question mark ask, in
// any language; each takes along the sentence before it where it says too little by
// itself ("What can I do?"). A message without one is one ask as a whole, or, where it
// is long, any of its sentences: which, the sources tell, for the rest of a story is
// not in them.
func readings(message, lang string) []reading {
	us := units(message, lang)
	if slices.ContainsFunc(us, func(u unit) bool { return u.question }) {
		return []reading{questions(us)}
	}
	out := []reading{{asks: []string{strings.TrimSpace(message)}}}
	if len(us) < 2 {
		return out
	}
	for i, u := range us {
		if u.content < leastAsk || len(out) == maxReadings {
			continue
		}
		out = append(out, reading{[]string{u.text}, join(us, func(j int) bool { return j != i })})
	}
	return out
}

// unit is a sentence of a message, or a field of a form.
type unit struct {
	text     string
	question bool
	content  int // different words with a meaning
}

var (
	// labelRE finds the name of a form's field before its value.
	labelRE = regexp.MustCompile(`^\s*([\p{L}][\p{L}\p{N} '()/-]{0,30}?)\s*[:：]\s+(\S.*)$`)
)

// leastFields is how many lines with a label make a form.
const leastFields = 3

func units(message, lang string) []unit {
	lines := strings.Split(message, "\n")
	fields := 0
	for _, l := range lines {
		if labelRE.MatchString(l) {
			fields++
		}
	}
	var out []unit
	for _, l := range lines {
		if m := labelRE.FindStringSubmatch(l); m != nil && fields >= leastFields {
			l = m[2]
		}
		for _, s := range guard.Split(l) {
			if !wordy(s) {
				continue
			}
			u := unit{text: s, question: strings.ContainsAny(s, "?？؟¿"), content: len(setOf(text.Words(helpRE.ReplaceAllString(s, " "), lang)))}
			out = append(out, u)
		}
	}
	return out
}

// wordy tells a sentence from an address, a number or what a machine wrote.
func wordy(s string) bool {
	letters, other := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case !unicode.IsSpace(r):
			other++
		}
	}
	if len(guard.Addresses(s)) > 0 && len(strings.Fields(s)) < 4 {
		return false
	}
	return letters > 2*other && len(guard.Addresses(s)) == 0 || strings.ContainsAny(s, "?？؟¿") && letters > 0
}

// questions gathers the sentences with a question mark.
func questions(us []unit) reading {
	used := make([]bool, len(us))
	var asks []string
	for i, u := range us {
		if !u.question {
			continue
		}
		used[i] = true
		ask := u.text
		first, second := twoQuestions(ask)
		if second == "" && u.content == 0 {
			switch { // it says too little by itself
			case i > 0 && !used[i-1]:
				ask, used[i-1] = us[i-1].text+" "+ask, true
			case len(asks) > 0: // "… Can you help me?", "… And when?"
				asks[len(asks)-1] += " " + ask
				continue
			case i+1 < len(us) && !us[i+1].question: // "Can you help me? I cannot sign in."
				ask, used[i+1] = ask+" "+us[i+1].text, true
			}
			asks = append(asks, ask)
			continue
		}
		asks = append(asks, strings.TrimSpace(first))
		if second != "" {
			asks = append(asks, second)
		}
	}
	if len(asks) > maxAsks {
		asks = append(asks[:maxAsks-1:maxAsks-1], strings.Join(asks[maxAsks-1:], " "))
	}
	return reading{asks, join(us, func(i int) bool { return !used[i] })}
}

func join(us []unit, take func(i int) bool) string {
	var out []string
	for i, u := range us {
		if take(i) {
			out = append(out, u.text)
		}
	}
	return strings.Join(out, "\n")
}

// asks are those of the likeliest reading of a message.
func asks(message string) []string {
	if strings.TrimSpace(message) == "" {
		return nil
	}
	return readings(message, text.Language("", message))[0].asks
}

// readings of the newest message of a question, each with an agent's hint.
func (q Question) readings() []reading {
	out := []reading{{}}
	if n := len(q.Turns); n > 0 {
		out = readings(strings.TrimSuffix(q.Turns[n-1].Text, "\n"+q.hint), q.rules())
	}
	if q.hint == "" {
		return out
	}
	for i := range out {
		out[i].asks = slices.Clone(out[i].asks)
		for k := range out[i].asks {
			out[i].asks[k] += " " + q.hint
		}
	}
	return out
}

// wholeAsk is from how many words with a meaning an ask is understood by itself.
const wholeAsk = 3

// about is the question with one ask as its newest turn, behind what is told beside it
// where the ask says little by itself: of a whole one a story only blurs what is meant.
func (q Question) about(ask, beside string) Question {
	q.lang = q.rules()
	n := max(len(q.Turns)-1, 0)
	role := pipeline.RoleCustomer
	if len(q.Turns) > 0 {
		role = q.Turns[n].Role
	}
	turns := slices.Clone(q.Turns[:n])
	if beside != "" && len(setOf(text.Words(helpRE.ReplaceAllString(ask, " "), q.lang))) < wholeAsk {
		turns = append(turns, pipeline.Turn{Role: role, Text: beside})
	}
	q.Turns, q.Asks = append(turns, pipeline.Turn{Role: role, Text: ask}), []string{ask}
	return q
}

// answered tells whether somebody has answered the customer before.
func (q Question) answered() bool {
	return slices.ContainsFunc(q.Turns, func(t pipeline.Turn) bool { return t.Role != pipeline.RoleCustomer && t.Role != "" })
}
