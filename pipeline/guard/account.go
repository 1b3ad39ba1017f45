package guard

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// checkRiders accounts for every content word of a sentence: it stands in what is
// quoted, in the headings above it, or the customer said it. Words that ride along
// with a true quote are named. A sentence within the sentence or a clause of which
// nothing is accounted for, and a name that nobody named, block.
func checkRiders(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 || c.verbatim(i) {
			continue
		}
		known := c.accounted(i)
		said := Reveal(bareURL.ReplaceAllString(text.Plain(s.Text), " "))
		if r := rider(said, known, c.lang); r != "" {
			out = append(out, at("support", pipeline.Block, i, fmt.Sprintf("“%s” stands nowhere in the source.", named(r))))
			continue
		}
		loose, names := unaccounted(said, known, c.lang)
		switch {
		case len(names) > 0:
			out = append(out, at("support", pipeline.Block, i, "Named by neither the source nor the customer: "+strings.Join(names, ", ")+"."))
		case len(loose) > 0:
			out = append(out, at("support", pipeline.Warn, i, "Not in the source: "+strings.Join(loose[:min(len(loose), 6)], ", ")+"."))
		}
	}
	return out
}

// accounted returns the stems and words that sentence i may use.
func (c *checked) accounted(i int) vocabulary {
	v := vocabulary{map[string]bool{}, map[string]bool{}}
	add := func(said string) {
		for _, w := range text.Words(Reveal(said), c.lang) {
			v.add(w)
		}
	}
	add(text.Plain(c.evidence(i)))
	for _, p := range c.proofs[i] {
		add(p.plain)
		add(p.passage.Section())
		add(p.passage.Title)
	}
	add(c.Asked)
	for _, n := range c.Names {
		add(n)
	}
	return v
}

// vocabulary is what a sentence may be made of: stems, the beginnings of long ones,
// and words.
type vocabulary struct{ stems, words map[string]bool }

func (v vocabulary) add(w text.Word) {
	v.words[w.Text] = true
	if w.Stem != "" {
		v.stems[w.Stem] = true
		if len(w.Stem) >= longStem {
			v.stems[w.Stem[:longStem]] = true
		}
	}
}

// longStem is how many bytes of a stem are enough to know a word of the same family:
// "cancel" of "cancellation".
const longStem = 6

func (v vocabulary) has(w text.Word) bool {
	return w.Stem == "" || v.stems[w.Stem] || v.words[w.Text] || len(w.Stem) >= longStem && v.stems[w.Stem[:longStem]] || carriers[w.Text]
}

// carriers are words of instructions that say the same of any button or page, and
// words that only carry an answer.
var carriers = text.WordSet(`click press tap select choose pick hit go open navigate visit find see use using want need needs able unable make sure follow following enter type start simply just please note first then next finally instead however therefore also once currently additionally
	klicken klicke tippen tippe drücken wählen wähle auswählen öffnen öffne gehen nutzen verwenden möchten benötigen brauchen bitte dann anschließend zuerst einfach jedoch zudem außerdem
	haga clic pulse pulsar toque seleccione elija abra vaya use utilice necesita desea puede luego después primero simplemente también
	cliquez appuyez touchez sélectionnez choisissez ouvrez allez rendez-vous utilisez voulez souhaitez devez pouvez ensuite puis d'abord simplement également
	clicca fai premi tocca seleziona scegli apri vai usa utilizza vuoi puoi devi poi prima semplicemente inoltre
	clique pressione toque selecione escolha abra vá use utilize quer precisa pode depois primeiro também
	klik druk tik selecteer kies open ga gebruik wilt kunt moet daarna eerst gewoon ook
	yes no ja nein sí oui non si não nee`)

// rider returns a sentence within said, or a clause of two content words or more,
// none of which is accounted for.
func rider(said string, known vocabulary, lang string) string {
	inner := Split(said)
	for _, s := range inner {
		if n, held := tally(text.Words(s, lang), known); len(inner) > 1 && n > 0 && held == 0 {
			return s
		}
		for _, part := range parts(s, lang) {
			if n, held := tally(part, known); n >= 2 && held == 0 {
				return s[part[0].Start:part[len(part)-1].End]
			}
		}
	}
	return ""
}

func tally(ws []text.Word, known vocabulary) (content, held int) {
	for _, w := range ws {
		if w.Stem == "" || carriers[w.Text] {
			continue
		}
		content++
		if known.has(w) {
			held++
		}
	}
	return content, held
}

// parts cuts a sentence at its marks and where a joining word begins a clause.
func parts(said, lang string) [][]text.Word {
	s := signsOf(lang)
	ws := text.Words(said, lang)
	var out [][]text.Word
	from := 0
	for i := 1; i <= len(ws); i++ {
		if i < len(ws) {
			gap := said[ws[i-1].End:ws[i].Start]
			w := ws[i].Text
			if !strings.ContainsAny(gap, ",;:()–—!?…\n") && !s.but[w] && !s.and[w] && !s.or[w] {
				continue
			}
		}
		if from < i {
			out = append(out, ws[from:i])
		}
		from = i
	}
	return out
}

// unaccounted returns the words of a text that nothing accounts for, and those among
// them that are names: written with a capital where no sentence begins. German
// writes every noun so.
func unaccounted(said string, known vocabulary, lang string) (loose, names []string) {
	begins := map[int]bool{}
	for _, s := range SplitSpans(said) {
		begins[s.Start] = true
	}
	for _, w := range text.Words(said, lang) {
		if known.has(w) || w.Text[0] >= '0' && w.Text[0] <= '9' {
			continue
		}
		word := said[w.Start:w.End]
		first, _ := utf8.DecodeRuneInString(word)
		before := strings.TrimRight(said[:w.Start], " \t\"'“„«(*_")
		opens := begins[w.Start] || before == "" || strings.ContainsAny(before[len(before)-1:], ".!?:\n")
		quoted := "“" + word + "”"
		switch {
		case slices.Contains(loose, quoted), slices.Contains(names, quoted):
		case unicode.IsUpper(first) && !opens && lang != "de" && utf8.RuneCountInString(word) > 1:
			names = append(names, quoted)
		default:
			loose = append(loose, quoted)
		}
	}
	return loose, names
}
