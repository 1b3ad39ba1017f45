package drafting

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
)

// Question is what a customer asks, read from a ticket's thread.
type Question struct {
	// Turns is the public thread up to the message, oldest first, each cleaned
	// of quoted history, signatures and footers. The last is all that the customer
	// wrote since the last answer, without what is mere courtesy and with corrections
	// carried out.
	Turns []pipeline.Turn
	// Asks are the questions in the last turn, one or several, in its order. One
	// without a question mark is one ask.
	Asks []string
	// Files are the names of what came with it. Nobody has read them.
	Files []string
	// Locale is a two-letter language: the ticket's, else what the messages show, else
	// empty: then no phrase of ours goes with the answer.
	Locale string
	// Name is the customer's first name; empty when not known.
	Name string
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

// Read builds the question that is open on a ticket when the message came: all that
// the customer wrote since the last answer. Notes that are not public, and what was
// said after the message, are left out. An unknown message id means the newest
// customer message.
func Read(t pipeline.Ticket, message string) Question {
	var q Question
	thread := heard(t, newest(t, message))
	before, parts, files, empty := question(thread)
	for _, s := range before {
		if s.text != "" {
			q.Turns = append(q.Turns, pipeline.Turn{Role: s.role, Text: s.text})
		}
	}
	subject := CleanMessage(t.Subject)
	if len(parts) == 0 && len(before) == 0 && text.CourtesyOf(subject) == 0 && len(asks(subject)) > 0 && asksAgain(subject) {
		parts, empty, subject = []string{subject}, "", "" // "How do I cancel?" and a mail that only thanks
	}
	latest := strings.Join(parts, "\n\n")
	if empty != "" && len(thread) > 0 {
		latest = thread[len(thread)-1].text
	}
	latest = strings.TrimSpace(cutMessage(latest))
	if len(thread) > 0 {
		q.Turns = append(q.Turns, pipeline.Turn{Role: thread[len(thread)-1].role, Text: latest})
	}
	if n := len(q.Turns); n > maxTurns { // the opening turn names the subject
		q.Turns = append(q.Turns[:1:1], q.Turns[n-maxTurns+1:]...)
	}
	var all strings.Builder
	for _, s := range thread {
		if s.role == pipeline.RoleCustomer {
			all.WriteString(s.text + "\n")
		}
	}
	q.Locale = locale(t.Locale, latest, all.String())
	q.Name = firstName(t.Requester.Name)
	q.Empty, q.Files = empty, shortNames(files)
	if q.Empty == "" && len(q.Turns) == 1 && subject != "" && !strings.Contains(strings.ToLower(latest), strings.ToLower(subject)) {
		q.Turns = append([]pipeline.Turn{{Role: pipeline.RoleCustomer, Text: subject}}, q.Turns...)
	}
	q.Asks = asks(latest)
	return q
}

// cutMessage bounds what is read of a question, from its end: the newest counts most.
func cutMessage(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	s = s[len(s)-maxMessage:]
	for !utf8.ValidString(s) {
		s = s[1:]
	}
	return s
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
	// A line that begins quoted history; everything below it is older.
	historyRE = regexp.MustCompile(`(?i)^\s*(?:(?:on|am|el|le|il|em|op)\b.{4,200}\b(?:wrote|schrieb|escribió|a écrit|ha scritto|escreveu|schreef)(?:[^\p{L}].{0,120})?:?\s*$|` +
		`-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|mensaje original|mensaje reenviado|message d'origine|message d’origine|message transféré).*|` +
		`(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:transféré|réexpédié))\s*:?.*|_{10,}\s*|` +
		`##-? ?(?:please )?(?:type|reply) (?:your reply )?above this line.*)$`)
	openRE   = regexp.MustCompile(`(?i)^\s*(?:on|am|el|le)\s.{4,160}$`)
	wroteRE  = regexp.MustCompile(`(?i)\b(?:wrote|schrieb|escribió|a écrit)(?:[^\p{L}].{0,120})?:\s*$`)
	headerRE = regexp.MustCompile(`(?i)^\s*\*?(?:from|von|de|sent|gesendet|enviado|envoyé|date|datum|fecha|to|an|para|à|cc|subject|betreff|asunto|objet)\s?:\*?\s*\S`)
	sigRE    = regexp.MustCompile(`^--\s?$|^__\s?$|^—\s?$`)
	deviceRE = regexp.MustCompile(`(?i)^\s*(?:sent from (?:my|mail for|outlook|yahoo)|get outlook for|von meinem .{0,40}gesendet|gesendet (?:von|mit) mein|enviado desde mi|envoyé de(?:puis)? mon|diese nachricht wurde von .{0,60}gesendet)\b.*`)
	legalRE  = regexp.MustCompile(`(?i)^\s*(?:(?:confidentiality notice|disclaimer|legal notice)\b|this (?:e-?mail|message)(?: and any (?:attachments|files))?.{0,60}(?:confidential|intended|privileged)|` +
		`the information (?:contained )?in this (?:e-?mail|message)|diese e-?mail (?:enthält|kann).{0,40}vertraulich|este (?:correo|mensaje).{0,60}confidencial|(?:ce message|ce courriel).{0,60}confidentiel|please consider the environment|` +
		`registered office|sitz der gesellschaft|unsubscribe|click here to unsubscribe)`)
	closeRE = regexp.MustCompile(`(?i)^\s*(?:(?:(?:kind|best|warm|many|with best|with kind)\s+)?regards|best(?: wishes)?|cheers|sincerely(?: yours)?|yours(?: truly| sincerely| faithfully)?|` +
		`(?:many )?thanks(?: again| so much| a lot| very much)?(?: in advance)?|thank you(?: so much| very much)?(?: in advance)?|thx|` +
		`mit freundlichen grü(?:ß|ss)en|(?:viele|liebe|beste|freundliche|herzliche) grü(?:ß|ss)e|mfg|lg|vg|danke(?: im voraus)?|vielen dank(?: im voraus)?|` +
		`(?:un )?saludos(?: cordiales)?|atentamente|(?:muchas )?gracias(?: de antemano)?|cordialement|bien à vous|(?:bien )?cordialement|merci(?: d'avance| beaucoup)?|salutations)\s*[,.!–-]*\s*(?:(?-i:[\p{Lu}])[\p{L}.'-]*\s*){0,3}$`)
	greetRE = regexp.MustCompile(`(?i)^\s*(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|hi|guten (?:tag|morgen|abend)|moin|servus|liebes?r?|sehr geehrte[rs]?|hola|buen[oa]s (?:días|tardes|noches)|estimad[oa]s?|bonjour|bonsoir|salut|ch(?:er|ère)s?)\b)` +
		`(?:\s+(?:there|all|team|support|sir|madam|sir or madam|folks|everyone|zusammen|damen und herren|equipo|équipe|madame|monsieur|(?-i:[\p{Lu}][\p{L}.'-]+))){0,4}(?:\s*[,!:–-]+\s*|\s*\n|\s*\.?\s*$|\.\s*\n)`)
	attachRE = regexp.MustCompile(`(?im)^\s*\[(?:attachment|cid|image|anhang)[^\]\n]*\]\s*$`)
)

// CleanMessage returns what the person wrote in this message: without quoted
// history, signature, device and legal footers, attachment marks, a leading
// greeting and a trailing closing, and without hidden characters. It never
// invents text: each line is a line of raw, apart from white space.
func CleanMessage(raw string) string {
	if len(raw) > 4*maxMessage {
		raw = raw[:4*maxMessage]
	}
	raw = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u00a0", " ").Replace(guard.Clean(raw))
	raw = attachRE.ReplaceAllString(raw, "")
	lines := cutHistory(strings.Split(raw, "\n"))
	lines = cutSignature(lines)
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	text = strings.TrimSpace(greetRE.ReplaceAllString(text, ""))
	text = blankLines.ReplaceAllString(text, "\n\n")
	if len(text) > maxMessage {
		text = text[:maxMessage]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	return text
}

var blankLines = regexp.MustCompile(`\n\s*\n\s*`)

// cutHistory ends the message where older mail begins and drops "> " lines.
func cutHistory(lines []string) []string {
	var out []string
	said := false // there is a word in out
	for i, l := range lines {
		quoted := strings.HasPrefix(strings.TrimSpace(l), ">")
		if quoted {
			continue
		}
		two := i+1 < len(lines) && openRE.MatchString(l) && wroteRE.MatchString(lines[i+1]) // an introduction over two lines
		if two || historyRE.MatchString(l) || wroteRE.MatchString(l) && i+1 < len(lines) && nextQuoted(lines[i+1:]) {
			if said || i > 0 {
				break
			}
			continue
		}
		if said && headerRE.MatchString(l) && headers(lines[i:min(i+3, len(lines))]) == 3 {
			break
		}
		out = append(out, l)
		said = said || strings.TrimSpace(l) != ""
	}
	return out
}

func nextQuoted(lines []string) bool {
	for _, l := range lines {
		if t := strings.TrimSpace(l); t != "" {
			return strings.HasPrefix(t, ">")
		}
	}
	return false
}

// headers counts mail header lines at the start of lines.
func headers(lines []string) int {
	n := 0
	for _, l := range lines {
		if !headerRE.MatchString(l) {
			break
		}
		n++
	}
	return n
}

// cutSignature ends the message at "-- ", a device line, a legal footer or a
// closing that only a few short lines follow.
func cutSignature(lines []string) []string {
	body := false // there is a word above
	for i, l := range lines {
		if sigRE.MatchString(strings.TrimRight(l, " ")) && body || deviceRE.MatchString(l) || legalRE.MatchString(l) && body {
			return lines[:i]
		}
		if body && closeRE.MatchString(l) && signatureFollows(lines[i+1:]) {
			return lines[:i]
		}
		body = body || strings.TrimSpace(l) != ""
	}
	return lines
}

// signatureFollows says whether all that is left reads as a name card.
func signatureFollows(lines []string) bool {
	n := 0
	for _, l := range lines {
		t := strings.TrimSpace(l)
		if t == "" {
			continue
		}
		if sigRE.MatchString(t) || deviceRE.MatchString(t) || legalRE.MatchString(t) {
			return true
		}
		if n++; strings.ContainsRune(t, '?') || n > 6 || len(strings.Fields(t)) > 9 {
			return false
		}
	}
	return true
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
