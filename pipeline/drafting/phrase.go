package drafting

import (
	"strings"

	"footnote/pipeline"
)

// phrases are the words around an answer. They claim nothing, and the guard's
// list of courtesy words knows each of them (TestPhrasesAreCourtesy).
type phrases struct {
	hello, helloName string // %s is the first name
	thanks           string
	more             string // before a link
	still            string
	regards          string
}

var languages = map[string]phrases{
	"en": {"Hello,", "Hi %s,", "Thanks for your message.", "Read more:", "If anything is still unclear, just reply to this message.", "Kind regards"},
	"de": {"Guten Tag,", "Hallo %s,", "vielen Dank für Ihre Nachricht.", "Mehr dazu:", "Wenn noch etwas unklar ist, antworten Sie einfach auf diese Nachricht.", "Freundliche Grüße"},
	"es": {"Hola:", "Hola, %s:", "Gracias por su mensaje.", "Más información:", "Si algo no está claro, responda a este mensaje.", "Saludos cordiales"},
	"fr": {"Bonjour,", "Bonjour %s,", "Merci pour votre message.", "En savoir plus :", "S'il reste une question, répondez simplement à ce message.", "Cordialement"},
}

// maxLinks is how many sources a reply links to.
const maxLinks = 3

// frame puts greeting, link lines and closing around an answer. In a language
// without phrases the answer stands alone, with bare links: an English greeting
// on an Italian answer helps nobody.
func frame(q Question, answer []pipeline.Sentence) []pipeline.Sentence {
	p, known := languages[q.Locale]
	var out []pipeline.Sentence
	if known {
		hello := p.hello
		if q.Name != "" {
			hello = strings.Replace(p.helloName, "%s", q.Name, 1)
		}
		out = append(out, pipeline.Sentence{Text: hello, Plain: true}, pipeline.Sentence{Text: p.thanks, Plain: true, Break: true})
	}
	for i, s := range answer {
		s.Break = s.Break || i == 0
		out = append(out, s)
	}
	seen := map[string]bool{}
	for _, s := range answer {
		for _, r := range s.Receipts {
			if r.URL == "" || r.Audience != pipeline.Public || seen[r.URL] || len(seen) == maxLinks {
				continue
			}
			out = append(out, pipeline.Sentence{Text: strings.TrimSpace(p.more + " " + r.Title + " " + r.URL), Plain: true, Break: len(seen) == 0, Line: true})
			seen[r.URL] = true
		}
	}
	if !known {
		return out
	}
	return append(out, pipeline.Sentence{Text: p.still, Plain: true, Break: true}, pipeline.Sentence{Text: p.regards, Plain: true, Break: true})
}

// number gives each cited passage its marker by first use.
func number(sentences []pipeline.Sentence) {
	numbers := map[string]int{}
	for i := range sentences {
		for j := range sentences[i].Receipts {
			r := &sentences[i].Receipts[j]
			if numbers[r.Passage] == 0 {
				numbers[r.Passage] = len(numbers) + 1
			}
			r.Number = numbers[r.Passage]
		}
	}
}
