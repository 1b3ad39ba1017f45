package drafting

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
	"footnote/pipeline/text/letter"
)

// Question is what a customer asks, read from a ticket's thread.
type Question struct {
	// Turns is the public thread up to the message, oldest first, each as its writer's
	// own words (letter.Read). The last is all that the customer wrote since the last
	// answer, without what is mere courtesy and with corrections carried out.
	Turns []pipeline.Turn
	// Subject is the ticket's, when it says more than the messages: it is the first turn
	// then, for searches. Empty otherwise.
	Subject string
	// Asks are the questions in the last turn, one or several, in its order. One
	// without a question mark is one ask.
	Asks []string
	// Locale is a two-letter language: the ticket's, else what the messages show, else
	// empty: then no phrase of ours goes with the answer.
	Locale string
	// Name is the customer's first name; empty when not known.
	Name string
	// About are facts around the question, each on one line: who wrote what was
	// forwarded, a contact form's other fields, files that nobody read.
	About []string
	// Empty says why there is nothing to answer (thanks only, no words); empty
	// when there is a question.
	Empty string

	// People are names and addresses of those who speak in the thread.
	People []string

	hint string // an agent's words for a redraft
	lang string // see rules; empty: not looked at yet
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
		if s.Text != "" {
			q.Turns = append(q.Turns, pipeline.Turn{Role: s.role, Text: s.Text})
		}
	}
	subject := t.Subject // what names the matter
	if len(parts) == 0 && len(before) == 0 && empty != tookBack && text.CourtesyOf(CleanMessage(subject)) == 0 && asksAgain(CleanMessage(subject)) {
		parts, empty, subject = []string{CleanMessage(subject)}, "", "" // "How do I cancel?" and a mail that only thanks
	}
	latest := strings.Join(parts, "\n\n")
	q.Name = text.FirstName(guard.Clean(t.Requester.Name))
	q.People = people(t)
	if n := len(thread); n > 0 {
		now := thread[n-1]
		if empty != "" {
			latest = now.Text
		}
		if now.Fields != nil {
			subject = now.Field(letter.Topic)
			q.Name = text.FirstName(guard.Clean(now.Field(letter.Name)))
		}
		latest = strings.TrimSpace(cutMessage(latest))
		q.Turns = append(q.Turns, pipeline.Turn{Role: now.role, Text: latest})
		q.About = about(now.Letter, files)
	}
	if n := len(q.Turns); n > maxTurns { // the opening turn names the subject
		q.Turns = append(q.Turns[:1:1], q.Turns[n-maxTurns+1:]...)
	}
	var all strings.Builder
	for _, s := range thread {
		if s.role == pipeline.RoleCustomer {
			all.WriteString(s.Text + "\n")
		}
	}
	q.Locale, q.Empty = locale(t.Locale, latest, all.String(), func() []string { return around(t, thread) }), empty
	// A subject that only repeats a message, as chats make them, says no more.
	if q.Empty == "" && len(q.Turns) == 1 && subject != "" && !strings.Contains(strings.ToLower(latest+"\n"+all.String()), strings.ToLower(strings.TrimRight(subject, "…. "))) {
		q.Subject = CleanMessage(subject)
		q.Turns = append([]pipeline.Turn{{Role: pipeline.RoleCustomer, Text: q.Subject}}, q.Turns...)
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
		out = append(out, "Attached and not read by us, nor the text in pictures: "+strings.Join(described(files), ", "))
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
	if q.lang != "" {
		return q.lang
	}
	latest := ""
	if n := len(q.Turns); n > 0 {
		latest = q.Turns[n-1].Text
	}
	return text.Language(q.Locale, latest)
}

// locale is the language to answer in: what the newest message shows, then the thread,
// then what the desk says, which is often the account's and not the customer's. A
// message that also has words in the desk's language (around a pasted error, a quote)
// stays in that. Empty when none of them shows it.
func locale(desk, latest, all string, around func() []string) string {
	desk = text.BaseLanguage(desk)
	shown := text.Detect(latest)
	if shown == "" && desk == "" {
		for _, s := range append([]string{all}, around()...) {
			if shown = text.Detect(s); shown != "" {
				break
			}
		}
	}
	if shown == "" || desk == "" || shown == desk {
		return cmp.Or(desk, shown)
	}
	for _, s := range append(strings.Split(latest, "\n"), guard.Split(latest)...) {
		if text.Detect(s) == desk {
			return desk
		}
	}
	return shown
}

// around is what else shows in which language people speak on a ticket, what shows it
// best first: the messages with their greetings and signatures, the subject, the answers.
func around(t pipeline.Ticket, thread []said) []string {
	var raw, answers strings.Builder
	for _, m := range t.Messages {
		if m.Public && m.Role == pipeline.RoleCustomer && raw.Len() < maxMessage {
			raw.WriteString(m.Text + "\n")
		}
	}
	for _, s := range thread {
		if s.role == pipeline.RoleAgent && answers.Len() < maxMessage {
			answers.WriteString(s.Text + "\n")
		}
	}
	return []string{raw.String(), t.Subject, raw.String() + t.Subject, answers.String()}
}

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

// people returns the names and addresses of those who speak in a ticket.
func people(t pipeline.Ticket) []string {
	out := []string{t.Requester.Name, t.Requester.Email}
	for _, m := range t.Messages {
		out = append(out, m.Author.Name, m.Author.Email)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return strings.TrimSpace(s) == "" })
}
