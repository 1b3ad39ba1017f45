package drafting

import (
	"regexp"

	"footnote/pipeline/text"
)

var cueREs = struct{ steps, number, date, place, person, yesno, reason *regexp.Regexp }{
	steps: regexp.MustCompile(`(?i)\b(how (?:do|can|should|would|to|could|did)|steps?|instructions?|set ?up|walk me|wie (?:kann|können|geht|muss|mache|richte|setze|ändere)|cómo|comment)(?:[^\p{L}]|$)`),
	number: regexp.MustCompile(`(?i)\b(how (?:much|many|often|large|big)|price|cost|fees?|limit|maximum|minimum|amount|percent\w*|wie ?(?:viel|viele|oft)|kostet|preis|gebühr\w*|cuánt[oa]s?|precio|cuesta|` +
		`combien|prix|coûte)(?:[^\p{L}]|$)`),
	date:   regexp.MustCompile(`(?i)\b(when|how (?:long|soon|fast)|deadline|what (?:time|date|day)|until|wann|wie (?:lange|schnell)|frist|bis wann|cuándo|cuánto (?:tiempo|tarda)|plazo|quand|combien de temps|délai)(?:[^\p{L}]|$)`),
	place:  regexp.MustCompile(`(?i)\b(where|which page|what (?:page|address|menu)|wo|wohin|dónde|adónde|où)(?:[^\p{L}]|$)`),
	person: regexp.MustCompile(`(?i)\b(who|whom|whose|wer|wem|wen|quién(?:es)?|qui)(?:[^\p{L}]|$)`),
	yesno: regexp.MustCompile(`(?i)(?:^|[.!,;:]\s+|\b(?:and|but|so|then)\s+)(?:can|could|do|does|did|is|are|was|will|would|should|may|must|have|has|am|kann|können|ist|sind|gibt|darf|muss|werden|wird|hat|haben|` +
		`puedo|puede|es|hay|tengo|está|est-ce|puis-je|peut-on|pouvez)(?:[^\p{L}]|$)`),
	reason: regexp.MustCompile(`(?i)\b(why|reason|cause|warum|weshalb|wieso|grund|por qué|pourquoi|raison)(?:[^\p{L}]|$)`),
}

func cuesOf(ask, _ string) cues {
	return cues{steps: cueREs.steps.MatchString(ask) || helpRE.MatchString(ask), number: cueREs.number.MatchString(ask), date: cueREs.date.MatchString(ask), place: cueREs.place.MatchString(ask),
		person: cueREs.person.MatchString(ask), yesno: cueREs.yesno.MatchString(ask), reason: cueREs.reason.MatchString(ask)}
}

var (
	hasDate   = regexp.MustCompile(`(?i)\d|\b(days?|weeks?|months?|years?|hours?|minutes?|immediately|before|after|until|within|tag\w*|wochen?|monat\w*|stunden?|sofort|días?|semanas?|mes(?:es)?|horas?|jours?|semaines?|mois|heures?)\b`)
	hasPlace  = regexp.MustCompile(`(?i) > |›|\b(in|at|on|under|go to|visit|page|online|settings|menu|office|website|unter|einstellungen|seite|en|página|ajustes|dans|sur|page|paramètres)\b`)
	hasReason = regexp.MustCompile(`(?i)\b(because|since|so that|due to|in order to|reason|weil|damit|wegen|grund|porque|debido|ya que|parce que|car|afin|raison)\b`)
	condition = regexp.MustCompile(`(?i)\b(if|unless|only|must|can|may|cannot|not|need|required|eligible|wenn|falls|nur|müssen|können|nicht|si|solo|debe|puede|no|seulement|devez|pouvez|pas)\b`)
)

// met says whether a piece has what the question word wants.
func (c cues) met(p piece) bool {
	switch {
	case c.number:
		return digit(p.text)
	case c.date:
		return hasDate.MatchString(p.text)
	case c.steps:
		return p.kind == step || p.kind == item || imperative(p.words)
	case c.place:
		return hasPlace.MatchString(p.text)
	case c.reason:
		return hasReason.MatchString(p.text)
	case c.yesno:
		return condition.MatchString(p.text)
	}
	return false
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
