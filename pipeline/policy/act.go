package policy

import (
	"slices"

	"footnote/pipeline/text"
)

// Kind is what a sentence does about a category.
type Kind string

const (
	Promise Kind = "promise" // to this customer
	Stated  Kind = "policy"  // a rule for everybody
	Refusal Kind = "refusal"
)

// categories are those that words.yaml knows, in the order of findings.
var categories = []string{"refund", "credit", "deadline", "legal", "medical", "security"}

// Act is what one sentence does about one category, and by which words.
type Act struct {
	Category string
	Kind     Kind
	Words    string
}

// read returns the acts of a text in one of the seven languages, sentence by sentence;
// without a language, what any of them reads, a promise before all else; in another
// language, what own phrases say. Own adds categories and phrases to categories.
func read(said, lang string, own map[string][]phrase) []Act {
	in := []string{text.BaseLanguage(lang)}
	if lang == "" {
		in = languages
	}
	var out []Act
	for _, s := range sentences(said) {
		var acts []Act
		for _, l := range in {
			for _, a := range readSentence(s, l, own) {
				i := slices.IndexFunc(acts, func(o Act) bool { return o.Category == a.Category })
				if i < 0 {
					acts = append(acts, a)
				} else if a.Kind == Promise {
					acts[i] = a
				}
			}
		}
		out = append(out, acts...)
	}
	return out
}

// Read returns the acts of a text for the six categories that ship, sentence by
// sentence. An empty language means that it is not known.
func Read(said, lang string) []Act { return read(said, lang, nil) }

func readSentence(said, lang string, own map[string][]phrase) []Act {
	ws := wordsOf(said, lang)
	var out []Act
	var v *voice // of the sentence; read once something is spoken of
	for _, c := range slices.Concat(categories, keys(own)) {
		found := find(slices.Concat(table[c][lang], own[c]), ws, lang)
		if len(found) == 0 {
			continue
		}
		if v == nil {
			v = voiceOf(ws, lang)
		}
		act := Act{Category: c, Kind: Stated}
		for n, m := range found {
			kind := v.kind(m, c)
			words := said[ws[m.from].start:ws[m.to-1].end]
			if n == 0 || kind == Promise && act.Kind != Promise {
				act.Kind, act.Words = kind, words
			}
		}
		out = append(out, act)
	}
	return out
}

// voice is how a sentence says what it says.
type voice struct {
	words     []word
	lang      string
	denied    map[int]bool // clauses with a no in them
	promises  []match
	stands    []match // guarantees
	general   bool
	addressed bool
}

func voiceOf(ws []word, lang string) *voice {
	v := &voice{words: ws, lang: lang, denied: map[int]bool{}}
	harmless := map[int]bool{}
	for _, m := range find(table["affirmed"][lang], ws, lang) {
		for i := m.from; i < m.to; i++ {
			harmless[i] = true
		}
	}
	for _, m := range find(table["refusal"][lang], ws, lang) {
		if !harmless[m.from] {
			v.denied[ws[m.from].clause] = true
		}
	}
	v.promises, v.stands = find(table["promise"][lang], ws, lang), find(table["guarantee"][lang], ws, lang)
	v.general = len(find(table["general"][lang], ws, lang)) > 0
	v.addressed = addresses(ws, lang, "formal") > 0 || addresses(ws, lang, "informal") > 0 || slices.ContainsFunc(ws, func(w word) bool { return lang == "en" && (w.text == "you" || w.text == "your") })
	return v
}

// affirms tells that a marker is said with no no in its clause.
func (v *voice) affirms(ms []match) bool {
	return slices.ContainsFunc(ms, func(m match) bool { return !v.denied[v.words[m.from].clause] && !v.denied[v.words[m.to-1].clause] })
}

// kind says what the sentence does about the words at m, of a category.
func (v *voice) kind(m match, category string) Kind {
	switch {
	case v.affirms(v.stands), category == "security" && len(find(table["promise security"][v.lang], v.words, v.lang)) > 0: // "your data was not read" binds as much
		return Promise
	case v.denied[v.words[m.from].clause]:
		return Refusal
	case v.general && !v.addressed:
		return Stated
	case v.affirms(v.promises), v.affirms(find(table["promise "+category][v.lang], v.words, v.lang)):
		return Promise
	case len(v.denied) > 0 && (len(v.promises) > 0 || len(v.stands) > 0): // "we cannot promise that…"
		return Refusal
	}
	return Stated
}

func keys(m map[string][]phrase) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
