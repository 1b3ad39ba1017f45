package letter

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// form is a mail that a contact form made.
type form struct {
	message []string
	fields  []Field
}

// entry is one field of a form as it is read.
type entry struct {
	label string
	part  part
	value []string
}

const (
	maxFields  = 60
	maxPreface = 6 // lines with words above the first field
)

var (
	pairRE    = regexp.MustCompile(`^[\s>]*(?:[-•*·]\s+)?[*_]{0,2}([^\s:：|*_\d<>-][^:：|<>@/]{0,60}?)\s?[*_]{0,2}\s?(?:[:：]+[*_]{0,2}\s*\|?|\s\|)\s*(.*?)\s*$`)
	bannerRE  = regexp.MustCompile(`^\s*[-=*#]{2,}\s*([^\s-][^:|<>@]{0,60}?)\s*[:*]?\s*[-=*#]{2,}\s*$`)
	bracketRE = regexp.MustCompile(`^[\s>]*(?:[【\[]\s?([^】\]\n]{1,30}?)\s?[】\]]\s*[:：]?|[■●◆▼◇□・]\s?([^:：■\n]{1,30}?)\s?[:：])\s*(.*?)\s*$`)
	assignRE  = regexp.MustCompile(`^[\s>]*([A-Za-z][A-Za-z_-]{1,29})\s?=\s?(.*?)\s*$`)
	numberRE  = regexp.MustCompile(`^\s*\d{1,2}[.)]\s+`)
	requireRE = regexp.MustCompile(`\s*(?:\*+|\([^)]{1,40}\)|（[^）]{1,40}）|\?|？|¿)\s*`)
	// footRE is what a form says at its end of itself.
	footRE = regexp.MustCompile(`(?i)^\s*\(?(?:` + lines(`submitted (?:at|on|by|from) .*|(?:does|is) this (?:submission|message|entry) .*\bspam\b.*|report (?:it|this|spam).*|mark (?:as|this) .{0,20}spam.*|sent (?:via|from) .*|this (?:e-?mail|message) was (?:sent|submitted|generated) (?:from|via|by|through) .*|sent (?:via|from|by) .*(?:form|website|site|visitor).*|you can (?:view|see|edit|reply|unsubscribe).*|view (?:in|this|entry|submission|all|details|it) .*|reply to this (?:e-?mail|message) to .*|
		(?:this is|you received this) (?:an? )?(?:automat|e-?mail because).*|powered by.*|manage (?:submissions|notifications).*|log ?in to .*|to (?:view|edit|unsubscribe|see) .*|diese (?:e-?mail|nachricht) wurde (?:über|von|durch) .*|(?:este|esta) (?:correo|mensaje|mensagem|e-?mail) (?:se |fue |foi )?(?:ha )?(?:enviad|envi[óo]).*|
		cet? (?:e-?mail|message|courriel) a été envoyé.*|questa? (?:e-?mail|messaggio) è stat[oa] inviat.*|deze (?:e-?mail) is verzonden.*|dit bericht is verzonden.*|ta wiadomość została wysłana.*|это (?:письмо|сообщение) (?:было )?отправлено.*|(?:this )?submission .{0,40}`) + `)$`)
)

// readForm reads a mail that is a list of labelled values, one of them the message.
// Known labels decide; where none is the message's, the one long value of a list
// with an address does.
func readForm(all []string) (form, bool) {
	for i := range all { // a mail below is none of its fields, though its head has labels
		if m := markLine(all, i); m.forward || m.lines > 1 {
			all = all[:i]
			break
		}
	}
	entries, preface := entriesOf(all)
	if len(entries) < 2 {
		return form{}, false
	}
	var f form
	person, others, messages := false, 0, 0
	for _, e := range entries {
		value := strings.Join(strings.Fields(strings.Join(e.value, " ")), " ")
		if e.part == message {
			if wordsIn(e.value) {
				if messages++; messages > 1 {
					f.message = append(f.message, "")
				}
				f.message = append(f.message, trimBlank(cells(e.value))...)
			}
			continue
		}
		others++
		person = person || e.part == email || e.part == phone || e.part == name && value != "" || atRE.MatchString(value)
		if value != "" {
			f.fields = append(f.fields, fieldFor(e, value))
		}
	}
	if messages == 0 {
		if f, ok := longest(all, entries); ok {
			if written(preface) {
				f.message = append(append(preface, ""), f.message...)
			}
			return f, true
		}
		return form{}, false
	}
	if !person || others < 2 && !(others == 1 && len(preface) > 0) {
		return form{}, false
	}
	if written(preface) {
		f.message = append(append(preface, ""), f.message...)
	}
	return f, true
}

// cells takes the mark off lines that a table begins with an empty cell.
func cells(all []string) []string {
	out := make([]string, len(all))
	for i, l := range all {
		out[i] = strings.TrimPrefix(strings.TrimLeft(l, " "), "| ")
	}
	return out
}

func fieldFor(e entry, value string) Field {
	f := Field{Label: strings.Join(strings.Fields(e.label), " "), Value: clip(value)}
	switch {
	case e.part == email || atRE.MatchString(value) && len(strings.Fields(value)) <= 3:
		f.Kind = Mail
	case e.part == phone:
		f.Kind = Phone
	case e.part == name:
		f.Kind = Name
	case e.part == subject:
		f.Kind = Topic
	case e.part == meta || e.part == sent:
		f.Kind = Form
	}
	return f
}

// written tells whether a person wrote what stands above a list: forms speak of
// themselves there, on a short line or two.
func written(preface []string) bool {
	for _, l := range preface {
		if strings.ContainsAny(l, "?？؟") || len(strings.Fields(l)) >= 8 && !introRE.MatchString(l) {
			return true
		}
	}
	return false
}

var introRE = regexp.MustCompile(`(?i)` + lines(`form|web ?-?site|\bsite\b|submission|submitted|\bcontact|message|nachricht|anfrage|mensaje|mensagem|messaggio|kontakt|conta[ct]t|contato|lomak|viesti|viestin|webb|zpráva|wiadomoś|üzenet|mesaj|сообщени|заявк|форм|お問い合わせ|フォーム|表单|留言|문의`))

// longest takes the one long value of a list whose labels nobody listed.
func longest(all []string, entries []entry) (form, bool) {
	var f form
	best, most, next, address, size, whole := -1, 0, 0, false, 0, 0
	for _, l := range all {
		whole += utf8.RuneCountInString(strings.TrimSpace(l))
	}
	for i, e := range entries {
		value := strings.Join(strings.Fields(strings.Join(e.value, " ")), " ")
		n := utf8.RuneCountInString(value)
		size += n + utf8.RuneCountInString(e.label)
		address = address || atRE.MatchString(value) && n < 80
		if e.part == meta || e.part == other || e.part == sent || e.part == subject || strings.Contains(value, "://") && n < 120 {
			continue
		}
		if n > most {
			best, most, next = i, n, most
		} else if n > next {
			next = n
		}
	}
	if len(entries) < 3 || !address || best < 0 || size*10 < whole*6 {
		return f, false
	}
	if v := strings.Join(entries[best].value, " "); most < 2*next || most < 24 && !strings.ContainsAny(v, "?？؟;") || atRE.MatchString(v) && most < 80 {
		return f, false
	}
	if _, n := head(all, firstOf(all, entries[0].label), false); n > 0 {
		return f, false // the head of a mail
	}
	for i, e := range entries {
		if i == best {
			f.message = trimBlank(e.value)
		} else if v := strings.Join(strings.Fields(strings.Join(e.value, " ")), " "); v != "" {
			f.fields = append(f.fields, fieldFor(e, v))
		}
	}
	return f, true
}

// entriesOf reads the fields of a list, and the lines with words above them. A list
// that begins late, or below much text, is a person's: it has none.
func entriesOf(all []string) (out []entry, preface []string) {
	for i, l := range all {
		if len(out) == maxFields {
			break
		}
		if isQuoted(l) && len(out) > 0 { // older mail below the list
			break
		}
		label, p, value, ok := fieldOf(all, i)
		inMessage := len(out) > 0 && out[len(out)-1].part == message
		switch {
		case ok && inMessage && (p == unknown || p == message) && !footRE.MatchString(l) && !strings.HasPrefix(strings.TrimSpace(l), "--"):
			if p == message && blank(all[i-1]) {
				out = append(out, entry{label, p, nonEmpty(value)})
			} else {
				out[len(out)-1].value = append(out[len(out)-1].value, l)
			}
		case ok && !(inMessage && p == unknown):
			out = append(out, entry{label, p, nonEmpty(value)})
		case len(out) == 0:
			if hasWord(l) {
				if preface = append(preface, strings.TrimSpace(l)); len(preface) > maxPreface {
					return nil, nil
				}
			}
		case footRE.MatchString(l), sigRE.MatchString(strings.TrimRight(l, " ")) && !asksBelow(all[i+1:]), ruledRE.MatchString(l) || strings.TrimSpace(l) == "---":
			if inMessage {
				out = append(out, entry{"", meta, nil}) // what follows is no part of the message
			}
		default:
			last := &out[len(out)-1]
			last.value = append(last.value, l)
		}
	}
	return out, preface
}

// fieldOf reads the label that a line begins with, or is.
func fieldOf(all []string, i int) (label string, p part, value string, ok bool) {
	l := all[i]
	if len(l) > 20_000 || blank(l) {
		return "", unknown, "", false
	}
	if m := bannerRE.FindStringSubmatch(l); m != nil {
		p = partOf(m[1])
		return m[1], p, "", p != unknown
	}
	if m := bracketRE.FindStringSubmatch(l); m != nil {
		if p = partOf(m[1] + m[2]); p != unknown {
			return m[1] + m[2], p, m[3], true
		}
	}
	if m := assignRE.FindStringSubmatch(l); m != nil {
		if p = partOf(strings.ReplaceAll(m[1], "_", " ")); p != unknown {
			return m[1], p, m[2], true
		}
	}
	bare := numberRE.ReplaceAllString(l, "")
	if m := pairRE.FindStringSubmatch(bare); m != nil && len(strings.Fields(m[1])) <= 8 && !strings.HasPrefix(m[2], "//") {
		return strings.TrimSpace(m[1]), partOf(m[1]), m[2], true
	}
	// A label may stand on a line of its own, its value below it.
	if bare = strings.Trim(bare, " \t*_:>"); len(bare) < 120 && len(strings.Fields(bare)) <= 9 && i+1 < len(all) {
		if p = partOf(bare); p != unknown && p != to && p != sent && p != other && wordsIn(all[i+1:min(i+3, len(all))]) {
			return strings.TrimRight(bare, "?*: "), p, "", true
		}
	}
	return "", unknown, "", false
}

// partOf is what a label names: by the whole of it, else by a word in a short one.
func partOf(label string) part {
	label = strings.ToLower(strings.TrimSpace(requireRE.ReplaceAllString(strings.ReplaceAll(label, "’", "'"), " ")))
	label = strings.Trim(label, " *_:.#-")
	if p, ok := fieldWords[label]; ok {
		return p
	}
	if p, ok := headWords[label]; ok && p != other && p != to {
		if p == from {
			return name
		}
		return p
	}
	for _, w := range keyWords {
		if w.re.MatchString(label) {
			return w.part
		}
	}
	return unknown
}

// keyWords tell what a longer label asks for.
var keyWords = []struct {
	re   *regexp.Regexp
	part part
}{
	{regexp.MustCompile(`polític|politik|privacy|datenschutz|privacidad|confidentialité|consent|einwillig|gdpr|rgpd|dsgvo|i agree|j'accepte|acepto|accetto|zgoda|souhlas|согласие|同意|newsletter`), meta},
	{regexp.MustCompile(`(?:^|\P{L})(?:e-?mail|correo electrónico|courriel|e-?post|sähköposti)(?:\P{L}|$)|メールアドレス|邮箱|이메일`), email},
	{regexp.MustCompile(`(?:^|\P{L})(?:phone|telephone|telefon|téléphone|teléfono|telefono|телефон)(?:\P{L}|$)|電話|电话`), phone},
	{regexp.MustCompile(`^(?:what(?:'s| is) your|what are your|please enter your|enter your|wie (?:ist|lautet) (?:ihr|dein)|wie heißen|wie heißt|cómo te llamas|cuál es (?:tu|su)|quel est votre|comment vous appelez|come ti chiami|qual è il tuo|wat is (?:je|uw)|qual (?:é )?o seu)(?:\P{L}.*\P{L}|\P{L})?(?:name|namen|nom|nombre|nome|naam|sie|du|vous|llamas|chiami)?$`), name},
	{regexp.MustCompile(`(?:^|\P{L})(?:your (?:message|question|enquiry|inquiry|request|problem|comments?)|how (?:can|may|could) we (?:help|assist)|what can we (?:help|do)|(?:describe|tell us about) (?:your|the)|(?:ihre|deine) (?:nachricht|frage|anfrage)|(?:ihr|dein) anliegen|helfen|su (?:mensaje|consulta|pregunta)|ayudar\p{L}*|votre (?:message|question|demande)|aider|il tuo messaggio|aiutar\p{L}*|sua mensagem|ajudar\p{L}*|(?:uw|je) (?:vraag|bericht)|helpen|treść|hjälpa|hjelpe|hjælpe|auttaa|pomóc|pomoci|помочь)(?:\P{L}|$)`), message},
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func firstOf(all []string, label string) int {
	for i, l := range all {
		if strings.Contains(l, label) {
			return i
		}
	}
	return 0
}

func trimBlank(all []string) []string {
	for len(all) > 0 && blank(all[0]) {
		all = all[1:]
	}
	for len(all) > 0 && blank(all[len(all)-1]) {
		all = all[:len(all)-1]
	}
	return all
}

func clip(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
