package guard

import (
	"strings"
	"unicode"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// marks holds frequent words that the other languages on the list do not share.
var marks = map[string]map[string]bool{
	"en": text.WordSet(`the and is are was were you your i my we our it this that these those with for from not don't can't can could would should will have has had
		do does did how what when where why which who to of be been if or but please there they their after before need want an by at`),
	"de": text.WordSet(`der die das und ist sind ich du sie wir ihr mein meine nicht kein keine wie warum wann wo welche für mit von auf ein eine einen dem den
		zu zum zur kann können habe haben hat wird werden bitte auch aus bei nach über wenn ihre ihren ihnen mir mich uns sich oder noch im`),
	"es": text.WordSet(`el los las y es son yo usted mi mis su sus cómo por qué cuándo dónde cuál para con una del al puedo puede
		tengo tiene hay está están pero más muy se lo favor gracias hola quiero como si ya le nos necesito`),
	"fr": text.WordSet(`le les et est sont je vous nous mon ma mes votre vos ne pas comment pourquoi quand où quel quelle pour avec une des du au aux peux
		peut pouvez ai avez il elle ce cette dans sur mais plus être merci bonjour s'il c'est j'ai n'est qu'il d'un puis-je`),
	"it": text.WordSet(`il gli è sono io lei noi mio mia non come perché quando dove quale per con una della del nel posso può ho ha che più grazie ciao vorrei questo`),
	"pt": text.WordSet(`o os as e é são eu você meu minha não como por quando onde qual para com uma da do das dos posso pode tenho tem há obrigado olá quero mais isto`),
	"nl": text.WordSet(`het een en zijn ik u wij mijn niet geen hoe waarom wanneer waar welke voor met van op kan kunnen heb heeft wordt worden ook bij naar graag`),
}

var scripts = []struct {
	lang  string
	table *unicode.RangeTable
}{{"ja", unicode.Hiragana}, {"ja", unicode.Katakana}, {"ko", unicode.Hangul}, {"zh", unicode.Han}, {"ru", unicode.Cyrillic},
	{"ar", unicode.Arabic}, {"he", unicode.Hebrew}, {"el", unicode.Greek}, {"th", unicode.Thai}, {"hi", unicode.Devanagari}}

// Language guesses the language of a text as a two-letter code: by script, else
// by a vote of frequent words among en, de, es, fr, it, pt and nl. It returns
// "" when the vote is not clear, as for a text of a few words, or of one that
// repeats: "60 per minute, 300 per day" is not Italian.
func Language(text string) string {
	if lang := byScript(text); lang != "" {
		return lang
	}
	words := strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(text, "’", "'")), func(r rune) bool {
		return !unicode.IsLetter(r) && r != '\'' && r != '-'
	})
	best, second, lang := 0, 0, ""
	different := 0 // words of the best
	for l, m := range marks {
		n := 0
		seen := map[string]bool{}
		for _, w := range words {
			if m[w] {
				n++
				seen[w] = true
			}
		}
		if n > best {
			best, second, lang, different = n, best, l, len(seen)
		} else if n > second {
			second = n
		}
	}
	if different < 2 || float64(best) < 1.3*float64(second) || best*10 < len(words) {
		return ""
	}
	return lang
}

// byScript names the language of a text that is mostly not in Latin letters.
func byScript(text string) string {
	letters := 0
	counts := make([]int, len(scripts))
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r < 0x370 {
			continue
		}
		for i, s := range scripts {
			if unicode.Is(s.table, r) {
				counts[i]++
				break
			}
		}
	}
	kana := counts[0] + counts[1]
	for i, s := range scripts {
		n := counts[i]
		if s.lang == "ja" {
			if n = kana; n > 0 {
				n += counts[3] // Japanese writes Han letters too
			}
		}
		if n > 0 && n*2 > letters {
			return s.lang
		}
	}
	return ""
}

// checkLanguage wants the reply in the ticket's language. A sentence that is
// its source word for word may be in the source's language: an agent must look.
func checkLanguage(in *checked) []pipeline.Finding {
	want := text.BaseLanguage(in.Locale)
	if want == "" {
		return nil
	}
	var own, quoted strings.Builder
	for i, s := range in.Draft.Sentences {
		switch {
		case s.Plain && len(s.Text) < 200 && strings.Contains(s.Text, "://"): // a link line carries a title
		case !s.Plain && len(in.proofs[i]) == 1 && strings.Contains(in.proofs[i][0].plain, text.Plain(s.Text)):
			quoted.WriteString(s.Text + "\n")
		default:
			own.WriteString(s.Text + "\n")
		}
	}
	if got := Language(own.String()); got != "" && got != want {
		return one("language", pipeline.Block, "The reply is in another language ("+got+") than the ticket ("+want+").")
	}
	if got := Language(quoted.String()); got != "" && got != want {
		return one("language", pipeline.Warn, "The quoted source is in another language ("+got+") than the ticket ("+want+").")
	}
	return nil
}
