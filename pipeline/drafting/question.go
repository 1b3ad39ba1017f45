package drafting

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
	"footnote/pipeline/text/letter"
)

// Question is what a customer asks, read from a ticket's thread.
type Question struct {
	// Turns is the public thread up to the message, oldest first, each as its writer's
	// own words (letter.Read). The last is the message.
	Turns []pipeline.Turn
	// Asks are the questions in the message, one or several, in its order. A
	// message without a question mark is one ask.
	Asks []string
	// Locale is a two-letter language: the ticket's, else what the messages show, else
	// empty: then no phrase of ours goes with the answer.
	Locale string
	// Name is the customer's first name; empty when not known.
	Name string
	// About are facts around the message, each on one line: who wrote what was
	// forwarded, a contact form's other fields, files that nobody read.
	About []string
	// Empty says why there is nothing to answer (thanks only, no words); empty
	// when there is a question.
	Empty string
}

// Limits of what is read: a longer message is cut, older turns are left out.
const (
	maxMessage = pipeline.DraftBytes / 4 // of words, once quotes and signatures are gone
	maxTurns   = 12
	maxAsks    = 3
)

// Read builds the question that message asks on a ticket. Notes that are not
// public, and what was said after the message, are left out. An unknown message
// id means the newest customer message.
func Read(t pipeline.Ticket, message string) Question {
	last := len(t.Messages) - 1
	for i, m := range t.Messages {
		if m.ID == message {
			last = i
		}
	}
	var q Question
	var all strings.Builder
	var newest letter.Letter
	subject, opening := t.Subject, t.Subject // of the thread's first message by a customer; what names the matter
	for i := 0; i <= last; i++ {
		m := t.Messages[i]
		if !m.Public || m.Role == pipeline.RoleSystem {
			continue
		}
		of := ""
		if m.Role == pipeline.RoleCustomer {
			of, subject = subject, ""
		}
		newest = clean(m.Text, of)
		words := newest.Text
		if m.Role == pipeline.RoleCustomer {
			all.WriteString(words + "\n")
		}
		if words != "" || i == last {
			q.Turns = append(q.Turns, pipeline.Turn{Role: m.Role, Text: words})
		}
	}
	if n := len(q.Turns); n > maxTurns { // the opening turn names the subject
		q.Turns = append(q.Turns[:1:1], q.Turns[n-maxTurns+1:]...)
	}
	latest := ""
	if n := len(q.Turns); n > 0 {
		latest = q.Turns[n-1].Text
	}
	q.Locale = locale(t.Locale, latest, all.String())
	q.Name = firstName(t.Requester.Name)
	if newest.Fields != nil {
		opening = newest.Field(letter.Topic)
		q.Name = firstName(newest.Field(letter.Name))
	}
	if last >= 0 {
		q.About = about(newest, t.Messages[last].Attachments)
	}
	q.Empty = nothingAsked(latest, text.Language(q.Locale, latest))
	if q.Empty == "" && len(q.Turns) == 1 && opening != "" && !strings.Contains(strings.ToLower(latest), strings.ToLower(opening)) {
		q.Turns = append([]pipeline.Turn{{Role: pipeline.RoleCustomer, Text: CleanMessage(opening)}}, q.Turns...)
	}
	q.Asks = asks(latest)
	return q
}

// maxAbout bounds the facts around a message; each is at most 200 characters long.
const maxAbout = 12

// about lists what stood around a message.
func about(l letter.Letter, files []string) (out []string) {
	if l.By != "" {
		out = append(out, "The message was forwarded; written by "+l.By)
	}
	for _, f := range l.Fields {
		if !f.Personal() && len(out) < maxAbout {
			out = append(out, f.Label+": "+f.Value)
		}
	}
	if len(files) > 0 {
		names := strings.Join(files[:min(len(files), maxAbout)], ", ")
		out = append(out, "Attached and not read by us, nor the text in pictures: "+names)
	}
	for i, s := range out {
		if r := []rune(strings.Join(strings.Fields(guard.Clean(s)), " ")); len(r) > 200 {
			out[i] = string(r[:200]) + "…"
		} else {
			out[i] = string(r)
		}
	}
	return out
}

// rules is the language whose rules the question's words are read by; unlike Locale
// it claims nothing and is never empty.
func (q Question) rules() string {
	latest := ""
	if n := len(q.Turns); n > 0 {
		latest = q.Turns[n-1].Text
	}
	return text.Language(q.Locale, latest)
}

// locale prefers what the desk knows, then the newest message, then the thread;
// empty when none of them shows it.
func locale(desk, latest, all string) string {
	for _, l := range []string{text.BaseLanguage(desk), text.Detect(latest), text.Detect(all)} {
		if l != "" {
			return l
		}
	}
	return ""
}

var (
	helloRE = regexp.MustCompile(`(?i)^\s*(?:(?:hi|hello|hey|hallo|guten (?:tag|morgen|abend)|moin|hola|buen[oa]s (?:días|tardes|noches)|bonjour|bonsoir|salut|good (?:morning|afternoon|evening)|there|` +
		`(?:is )?(?:anyone|anybody|somebody|someone) (?:there|here)|jemand da|ist (?:da )?jemand(?: da)?|hay alguien(?: ahí)?|(?:il y a )?quelqu'un)[\s,.!?¿¡:]*)+$`)
	thanksRE = regexp.MustCompile(`(?i)^(?:ok(?:ay|é)?|great|perfect|super|awesome|cool|nice|wonderful|excellent|brilliant|works?(?: now)?|that (?:works|worked|helped|helps|did it|(?:solved|fixed|resolved) (?:it|that|the (?:problem|issue)|everything))|it works(?: now)?|solved|got it|understood|(?:many )?thanks?(?: you)?|thx|ty|cheers|much appreciated|appreciated?|appreciate it|` +
		`(?:that'?s|this is) (?:all|great|perfect|it|very helpful|helpful)|all good|have a (?:nice|great|good) (?:day|weekend|one|evening)|you too|bye|goodbye|` +
		`(?:vielen |herzlichen )?dank(?:e)?(?: schön| sehr| dir| ihnen)?|alles klar|passt|funktioniert(?: jetzt)?|(?:muchas |mil )?gracias|perfecto|genial|vale|merci(?: beaucoup| bien)?|parfait|ça marche|` +
		`so much|very much|a lot|again|for (?:your|the) (?:help|reply|answer|quick (?:reply|response|answer)|fast (?:reply|response)|response|support|info(?:rmation)?)|für (?:ihre|die|deine) (?:schnelle )?(?:hilfe|antwort)|por (?:su|tu|la) (?:ayuda|respuesta)|pour votre (?:aide|réponse)|to you|and|und|y|et|now|it|your help)$`)
)

// CleanMessage returns what the person wrote in a message of a thread: letter.Read's
// words of it, without hidden characters.
func CleanMessage(raw string) string { return clean(raw, "").Text }

// clean reads a message; subject is the ticket's for its first message, else empty.
func clean(raw, subject string) letter.Letter {
	if len(raw) > 4*maxMessage {
		raw = raw[:4*maxMessage]
	}
	l := letter.Read(guard.Clean(raw), subject)
	if len(l.Text) > maxMessage {
		l.Text = l.Text[:maxMessage]
		for !utf8.ValidString(l.Text) {
			l.Text = l.Text[:len(l.Text)-1]
		}
	}
	return l
}

// firstName takes the given name of a person; addresses and company names give
// none.
func firstName(name string) string {
	name = strings.TrimSpace(guard.Clean(name))
	if i := strings.IndexByte(name, ','); i >= 0 { // "Reyes, Dana"
		name = strings.TrimSpace(name[i+1:])
	}
	f := strings.Fields(name)
	if len(f) == 0 || len(f) > 4 {
		return ""
	}
	first := f[0]
	if r, _ := utf8.DecodeRuneInString(first); !unicode.IsLetter(r) || utf8.RuneCountInString(first) > 20 || utf8.RuneCountInString(first) < 2 {
		return ""
	}
	for _, r := range first {
		if !unicode.IsLetter(r) && r != '-' && r != '\'' && r != '’' {
			return ""
		}
	}
	switch strings.ToLower(first) {
	case "the", "support", "info", "team", "customer", "user", "guest", "anonymous", "unknown", "admin", "mr", "mrs", "ms", "dr", "herr", "frau":
		return ""
	}
	r, n := utf8.DecodeRuneInString(first)
	return string(unicode.ToUpper(r)) + first[n:]
}

// nothingAsked says why a message needs no answer from knowledge.
func nothingAsked(text, lang string) string {
	if strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return "The message has no words to answer."
	}
	if helloRE.MatchString(text) {
		return "The message greets and asks nothing yet."
	}
	if strings.ContainsRune(text, '?') || len(text) > 200 {
		return ""
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!,;:\n-–—()", r) }) {
		part = strings.TrimSpace(part)
		for part != "" { // "thanks so much for your help" is three courtesies
			cut := courtesyPrefix(part)
			if cut == 0 {
				return ""
			}
			part = strings.TrimSpace(part[cut:])
		}
	}
	return "The message says thanks and asks nothing."
}

// courtesyPrefix returns the length of the longest run of whole words at the
// start of s that is a courtesy, 0 for none. A name may stand at the end.
func courtesyPrefix(s string) int {
	for end := len(s); end > 0; {
		if thanksRE.MatchString(s[:end]) {
			rest := strings.TrimSpace(s[end:])
			if r, _ := utf8.DecodeRuneInString(rest); rest != "" && !strings.Contains(rest, " ") && unicode.IsUpper(r) {
				return len(s)
			}
			return end
		}
		end = strings.LastIndexByte(s[:end], ' ')
	}
	return 0
}

// asks finds the separate questions of a message: its sentences with a question
// mark, each with the statement before it that gives it its subject.
func asks(text string) []string {
	var out []string
	lead := ""
	for _, s := range guard.Split(text) {
		if !strings.ContainsRune(s, '?') && !strings.ContainsRune(s, '¿') {
			lead = strings.TrimSpace(lead + " " + s)
			continue
		}
		first, second := twoQuestions(s)
		out = append(out, strings.TrimSpace(lead+" "+first))
		if second != "" {
			out = append(out, second)
		}
		lead = ""
	}
	if len(out) == 0 {
		if t := strings.TrimSpace(text); t != "" {
			return []string{t}
		}
		return nil
	}
	if lead != "" {
		out[len(out)-1] += " " + lead
	}
	if len(out) > maxAsks {
		out = append(out[:maxAsks-1:maxAsks-1], strings.Join(out[maxAsks-1:], " "))
	}
	return out
}

// secondRE is where a sentence goes on with a second question.
var secondRE = regexp.MustCompile(`(?i),?\s(?:and|und|y|et)\s+(?:also\s+|auch\s+)?((?:how|what|when|where|who|which|why|wie|was|wann|wo|wer|welche[rsn]?|warum|cómo|cuánt[oa]s?|cuándo|dónde|qué|comment|combien|quand|où|quel(?:le)?s?)\s)`)

// twoQuestions cuts "What does it cost, and how many seats are included?" in
// two. The second is empty where a half would be too short to be a question.
func twoQuestions(s string) (first, second string) {
	m := secondRE.FindStringSubmatchIndex(s)
	if m == nil || len(strings.Fields(s[:m[0]])) < 4 || len(strings.Fields(s[m[2]:])) < 4 || !openQuestionRE.MatchString(s[:m[0]]) {
		return s, ""
	}
	return strings.TrimSpace(s[:m[0]]) + "?", strings.TrimSpace(s[m[2]:])
}

var openQuestionRE = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:how|what|when|where|who|which|why|can|do|does|is|are|wie|was|wann|wo|wer|welche[rsn]?|warum|kann|können|ist|cómo|cuánt[oa]s?|cuándo|dónde|qué|comment|combien|quand|où|quel(?:le)?s?)\s`)
