package drafting

import (
	"regexp"

	"footnote/pipeline/text"
)

var cueREs = struct{ steps, number, date, reason *regexp.Regexp }{
	steps: regexp.MustCompile(`(?i)\b(how (?:do|can|should|would|to|could|did)|steps?|instructions?|set ?up|walk me|wie (?:kann|können|geht|muss|mache|richte|setze|ändere)|cómo|comment)(?:[^\p{L}]|$)`),
	number: regexp.MustCompile(`(?i)\b(how (?:much|many|often|large|big)|price|cost|fees?|limit|maximum|minimum|amount|percent\w*|wie ?(?:viel|viele|oft)|kostet|preis|gebühr\w*|cuánt[oa]s?|precio|cuesta|` +
		`combien|prix|coûte)(?:[^\p{L}]|$)`),
	date:   regexp.MustCompile(`(?i)\b(when|how (?:long|soon|fast)|deadline|what (?:time|date|day)|until|wann|wie (?:lange|schnell)|frist|bis wann|cuándo|cuánto (?:tiempo|tarda)|plazo|quand|combien de temps|délai)(?:[^\p{L}]|$)`),
	reason: regexp.MustCompile(`(?i)\b(why|reason|cause|warum|weshalb|wieso|grund|por qué|pourquoi|raison)(?:[^\p{L}]|$)`),
}

func cuesOf(ask, _ string) cues {
	return cues{steps: cueREs.steps.MatchString(ask) || helpRE.MatchString(ask), number: cueREs.number.MatchString(ask), date: cueREs.date.MatchString(ask), reason: cueREs.reason.MatchString(ask)}
}

func digit(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			return true
		}
	}
	return false
}

var doing = map[string]bool{}

func init() {
	for _, w := range []string{"go", "open", "click", "choose", "select", "press", "enter", "call", "visit", "send", "use", "check", "turn", "tap", "sign", "log", "apply", "fill", "submit",
		"contact", "complete", "find", "get", "make", "bring", "mail", "print", "download", "install", "create", "add", "öffnen", "klicken", "wählen", "gehen", "drücken", "geben", "schreiben",
		"abra", "haga", "elija", "vaya", "seleccione", "pulse", "ouvrez", "cliquez", "allez", "choisissez", "saisissez", "appuyez"} {
		doing[w] = true
	}
}

func imperative(words []text.Word) bool {
	for i := 0; i < len(words) && i < 5; i++ {
		if doing[words[i].Text] {
			return true
		}
	}
	return false
}

var reader = map[string]bool{"you": true, "your": true, "you'll": true, "sie": true, "ihr": true, "ihre": true, "ihren": true, "usted": true, "su": true, "sus": true, "vous": true, "votre": true, "vos": true, "we": true}

func addresses(words []text.Word) bool {
	for _, w := range words {
		if reader[w.Text] {
			return true
		}
	}
	return imperative(words)
}
