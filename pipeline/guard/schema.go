package guard

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

const (
	maxReply    = 6000 // characters of a reply
	maxSentence = 1200 // characters of one sentence
	maxReceipts = 8    // of one sentence
)

// checkSchema wants text everywhere, sensible lengths, and at least one receipt
// for each sentence that is not courtesy.
func checkSchema(c *checked) []pipeline.Finding {
	if len(c.Draft.Sentences) == 0 {
		return one("schema", pipeline.Block, "The draft is empty.")
	}
	var out []pipeline.Finding
	claims := 0
	for i, s := range c.Draft.Sentences {
		switch {
		case strings.TrimSpace(s.Text) == "":
			out = append(out, at("schema", pipeline.Block, i, "The sentence is empty."))
		case utf8.RuneCountInString(s.Text) > maxSentence:
			out = append(out, at("schema", pipeline.Block, i, "The sentence is too long to check."))
		case len(c.proofs[i]) > maxReceipts: // lines above what is quoted come besides
			out = append(out, at("schema", pipeline.Block, i, "The sentence has too many receipts."))
		case !s.Plain && len(s.Receipts) == 0:
			out = append(out, at("schema", pipeline.Block, i, "The sentence states something and cites nothing."))
		case s.Plain && !courteous(c, i, s.Text):
			out = append(out, at("schema", pipeline.Block, i, "The sentence is marked as courtesy and may claim something."))
		}
		if !s.Plain {
			claims++
		}
	}
	out = append(out, repeated(c)...)
	if claims == 0 {
		out = append(out, at("schema", pipeline.Block, -1, "The draft answers nothing."))
	}
	return out
}

// repeated blocks what a draft says twice in the same words.
func repeated(c *checked) []pipeline.Finding {
	seen := map[string]bool{}
	for i, s := range c.Draft.Sentences {
		if s.Plain {
			continue
		}
		for _, inner := range Split(text.Plain(s.Text)) {
			var words []string
			for _, w := range text.Words(inner, "") {
				words = append(words, w.Text)
			}
			if len(words) < 4 {
				continue
			}
			key := strings.Join(words, " ")
			if seen[key] {
				return []pipeline.Finding{at("schema", pipeline.Block, i, "Says the same twice: “"+named(inner)+"”.")}
			}
			seen[key] = true
		}
	}
	return nil
}

// checkLength bounds the whole reply.
func checkLength(c *checked) []pipeline.Finding {
	if n := utf8.RuneCountInString(c.text); n > maxReply {
		return one("schema", pipeline.Block, fmt.Sprintf("The reply has %d characters; at most %d make sense.", n, maxReply))
	}
	return nil
}

// courtesy holds the stems' words that a greeting, transition, link line or
// closing is made of. A plain sentence with any other word may claim something.
var courtesy = map[string]map[string]bool{
	"en": text.WordSet(`hello hi hey dear good morning afternoon evening thank thanks thankyou contacting reaching writing write message question questions ask asking
		happy glad help helps helping welcome sorry hear trouble inconvenience apologies apologise apologize know need anything else unclear reply replying here's
		find following below details information read source sources page regards best kind kindly sincerely team support answer answers step steps first second let
		hope wish nice day great weekend first-hand more also regarding about still stuck further follow looks found got back`),
	"de": text.WordSet(`hallo guten tag morgen abend liebe lieber sehr geehrte geehrter dank danke vielen nachricht frage fragen gern gerne helfen hilft hilfe freuen
		tut leid unannehmlichkeiten entschuldigung bescheid geben weitere weiteren antwort antworten antworte einfach details informationen nachlesen quelle quellen
		seite grüße grüßen freundliche freundlichen herzliche herzlichen viele team support hier finden folgende schritte schritt hoffe hoffentlich schönen zusammen
		mehr dazu betrifft anschreiben schreiben kontaktaufnahme nachricht zu offen unklar etwas`),
	"es": text.WordSet(`hola buenos buenas días tardes noches estimado estimada gracias escribir escribirnos contactar contactarnos mensaje pregunta preguntas consulta ayudar
		ayuda ayude encantado encantados gusto siento sentimos lamento lamentamos molestias disculpas responda responder respuesta respuestas aquí encontrará siguiente
		siguientes detalles información leer fuente fuentes página saludos cordiales cordial atentamente equipo soporte pasos paso espero esperamos buen día necesita algo
		más dude háganos saber claro mensaje queda`),
	"fr": text.WordSet(`bonjour bonsoir salut cher chère merci message question questions contacter contactés écrire écrit aider aide heureux heureuse plaisir ravis désolé désolée
		désolés gêne excuses répondre répondez réponse réponses simplement voici trouverez suivant suivants suivantes détails informations lire source sources page cordialement sincères
		salutations bien équipe support étapes étape espère espérons bonne journée besoin autre chose hésitez savoir plus clair reste`),
}

// Courteous says whether a sentence claims nothing: it is made of greeting,
// thanking and linking words only.
func Courteous(text, locale string) bool {
	return courteous(&checked{Input: Input{Locale: locale}}, -1, text)
}

// courteous says whether sentence i claims nothing: greeting words, the names
// we know, and in a link line the titles and addresses of cited documents.
func courteous(c *checked, i int, said string) bool {
	rest := text.CutMore(said)
	for _, p := range c.cited {
		if !c.may(p) {
			continue
		}
		for _, known := range []string{p.URL, p.Section(), p.Title} {
			if known != "" {
				rest = strings.ReplaceAll(rest, known, " ")
			}
		}
	}
	names := map[string]bool{}
	if i == 0 || i == len(c.Draft.Sentences)-1 {
		for _, n := range c.Names {
			if text.FirstName(n) == "" { // no name, whatever it says
				continue
			}
			for _, w := range text.Words(n, "") {
				names[w.Text] = true
			}
		}
	}
	named := func(s string) bool {
		for _, w := range text.Words(s, "") {
			if !names[w.Text] {
				return false
			}
		}
		return true
	}
	if text.OurPhrase(said, named) {
		return true
	}
	lang := text.Detect(rest)
	if lang == "" {
		lang = text.BaseLanguage(c.Locale)
	}
	if courtesy[lang] == nil {
		lang = "en"
	}
	for _, w := range text.Words(rest, lang) {
		if w.Stem != "" && !courtesy[lang][w.Text] && !courtesy["en"][w.Text] && !names[w.Text] && (len(w.Text) > 1 || w.Text >= "0" && w.Text <= "9") {
			return false
		}
	}
	return true
}
