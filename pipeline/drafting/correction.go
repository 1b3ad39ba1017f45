package drafting

import (
	"regexp"
	"strings"
	"unicode"

	"footnote/pipeline/text"
)

// A customer corrects or takes back what was written before. The words are those of
// each language for it; what they change is read from the shape of what follows.
var (
	sorryRE = regexp.MustCompile(`(?i)^(?:(?:oops|ups|uups|whoops|oh|ah|sorry|apologies|pardon|wait|no|entschuldigung|sorry|verzeihung|perdón|perdon|disculpe|désolée?|excusez-moi|scusi|scusate|scusa|desculpe|desculpa|ops|excuses|förlåt|ursäkta|undskyld|` +
		`unnskyld|beklager|anteeksi|przepraszam|pardon|promiňte|prepáčte|oprostite|извините|простите|вибачте|перепрошую|pardon|özür dilerim|elnézést|bocsánat|scuze|συγγνώμη|סליחה|عذرا|آسف|ببخشید|maaf|xin lỗi|죄송합니다|すみません|すいません|抱歉|不好意思|对不起)[\s,.!…:–—-]*)*`)
	correctRE = regexp.MustCompile(`(?i)^(?:i (?:actually )?meant?\b(?: to (?:say|ask|write))?|(?:that|it) should (?:be|say|read)|should be|should have (?:said|been)|correction|typo|i was talking about|` +
		`(?:ich )?meinte(?: ich)?|gemeint (?:ist|war)|ich meine|korrektur|soll(?:te)? heißen|(?:me )?refer[ií]a a|quer[ií]a decir|quise decir|me refiero a|correcci[oó]n|je voulais dire|je parlais de|je veux dire|correction|` +
		`volevo dire|intendevo|intendo|correzione|quis dizer|queria dizer|referia-me a|corre(?:c)?ção|ik bedoel(?:de)?|correctie|jag men(?:ade|ar)|rättelse|jeg mente|jeg mener|rettelse|tarkoitin|korjaus|mia[łl]em na my[śl]li|mia[łl]am na my[śl]li|chodzi[łl]o mi o|poprawka|` +
		`myslel jsem|myslela jsem|měl jsem na mysli|oprava|myslel som|myslela som|mislil sem|mislio sam|mislila sam|ispravka|ispravak|имах предвид|поправка|я имел(?:а)? в виду|имел(?:а)? в виду|я мав на увазі|я мала на увазі|мав на увазі|` +
		`demek istedim|demek istediğim|düzeltme|úgy értettem|arra gondoltam|helyesbítés|javítás|voiam să spun|mă refeream la|corectare|εννοούσα|εννοώ|διόρθωση|התכוונתי|כוונתי|תיקון|أقصد|قصدت|تصحيح|منظورم|maksud saya|maksudnya|ralat|koreksi|ý tôi là|đính chính|` +
		`제 말은|정정합니다|오타|訂正します|訂正|正しくは|我是说|我的意思是|更正|打错了|หมายถึง|मेरा मतलब)[\s,:;.!–—-]*`)
	backRE = regexp.MustCompile(`(?i)^(?:never\s?mind|nvm|forget (?:it|that|about it)|scratch that|(?:please )?(?:ignore|disregard) (?:that|this|it|my (?:last|previous) (?:message|question|e-?mail))|hat sich (?:schon )?erledigt|vergiss es|vergessen sie (?:es|das)|schon gut|` +
		`(?:bitte )?(?:meine )?(?:letzte )?(?:nachricht |frage )?ignorieren|olv[ií]d(?:alo|elo|enlo)|no importa|ignor(?:a|e|en) (?:mi|el) (?:último )?mensaje|laisse[z]? tomber|oublie[z]?(?: ça)?|ignorez (?:mon|ce)(?: dernier)? message|lasci(?:a|ate|i) (?:perdere|stare)|non importa|` +
		`deixa (?:pra|para) lá|esque[çc]e?a?|laat maar|vergeet het|glöm det|strunt i det|glem det|unohda(?:kaa)?(?: se)?|niewa[żz]ne|nieaktualne|nevad[ií]|zapome[ňn]te na to|zabudnite na to|pozabite|zaboravite|nema veze|няма значение|неважно|забудьте|уже неактуально|не актуально|` +
		`неважливо|boş ?ver(?:in)?|önemli değil|mindegy|felejts[eé]k? el|tárgytalan|nu (?:mai )?contează|δεν πειράζει|ξέχασέ το|לא משנה|עזוב|لا يهم|لا عليك|مهم نیست|tidak jadi|nggak jadi|abaikan|không cần nữa|아니에요|무시해 주세요|気にしないで(?:ください)?|忘れてください|なんでもありません|算了|不用了|没事了|ไม่เป็นไร)[\s,:;.!–—-]*`)
	notRE = regexp.MustCompile(`(?i)^(?:(.{2,60}?)[,;]?\s+(?:not|instead of|nicht|statt|no|en lugar de|et non|pas|au lieu de|non|invece di|não|em vez de|niet|in plaats van|inte|ikke|i stedet for|nie|zamiast|ne|namesto|не|вместо|değil|nem|nu|în loc de)\s+(.{2,60}?)|` +
		`(?:not|nicht|no|pas|non|não|niet|inte|ikke|nie|ne|не|nu|nem)\s+(.{2,60}?)[,;]?\s+(?:but|sondern|sino|mais|ma|bensì|mas|maar|utan|men|ale|ampak|nego|а|но|hanem|ci)\s+(.{2,60}?))[.!]*$`)
	starRE = regexp.MustCompile(`^\*{1,2}\s?([^*\n]{2,60}?)\*?$|^([^*\n]{2,60}?)\*$`)
)

// maxInstead is how many words, behind an excuse alone, stand in the place of others.
const maxInstead = 5

// amend adds a message to what was asked before it. One that corrects changes that
// instead, and one that takes it back leaves it out.
func amend(parts []string, next string) []string {
	if next == "" {
		return parts
	}
	rest := strings.TrimSpace(sorryRE.ReplaceAllString(next, ""))
	if m := backRE.FindString(rest); m != "" && len(parts) > 0 {
		more := strings.TrimSpace(rest[len(m):])
		if parts = parts[:len(parts)-1]; more != "" && (asksAgain(more) || len(strings.Fields(more)) > 12) {
			return append(parts, more)
		}
		return parts
	}
	star := starRE.FindStringSubmatch(next)
	m := correctRE.FindString(rest)
	switch {
	case len(parts) == 0:
		return append(parts, next)
	case m == "" && star == nil:
		// "Oops, 2024-119": an excuse, and what takes a place that shows.
		i := len(parts) - 1
		if r := replaced(parts[i], rest); len(rest) < len(next) && rest != "" && !asksAgain(rest) && len(strings.Fields(rest)) <= maxInstead && !strings.HasPrefix(r, parts[i]) {
			parts[i] = r
			return parts
		}
		return append(parts, next)
	case star != nil:
		rest = strings.TrimSpace(star[1] + star[2])
	default:
		rest = strings.TrimSpace(rest[len(m):])
	}
	if rest == "" {
		return append(parts, next)
	}
	i := len(parts) - 1
	if asksAgain(rest) && star == nil { // the question anew
		if len(asks(parts[i])) > 1 {
			return append(parts, rest)
		}
		parts[i] = rest
		return parts
	}
	parts[i] = replaced(parts[i], rest)
	return parts
}

// asksAgain tells whether words are a question or order of their own, and not what
// stands in the place of a word.
func asksAgain(s string) bool {
	return strings.ContainsAny(s, "?？؟¿") || openQuestionRE.MatchString(s+" ") && len(strings.Fields(s)) > 3 || len(strings.Fields(s)) > 8
}

// replaced puts a correction in the place of what it corrects: what it names itself
// ("not A but B"), the one word of the same shape (order numbers, addresses, a word
// mistyped), or the words beside the same words ("the iPad app"). Where none of this
// shows, it stands behind.
func replaced(said, by string) string {
	by = strings.TrimRight(by, ".!")
	if m := notRE.FindStringSubmatch(by); m != nil {
		right, wrong := m[1], m[2]
		if right == "" {
			right, wrong = m[4], m[3]
		}
		if i := strings.Index(strings.ToLower(said), strings.ToLower(wrong)); i >= 0 && len(strings.ToLower(said)) == len(said) {
			return said[:i] + right + said[i+len(wrong):]
		}
		return said + "\n" + right
	}
	was, now := text.Words(said, ""), text.Words(by, "")
	if len(now) == 0 {
		return said
	}
	put := func(from, to int) string { return said[:was[from].Start] + by + said[was[to-1].End:] }
	if one := oneOf(by); one != "" {
		found, n := "", 0
		for _, f := range strings.Fields(said) {
			if f = strings.Trim(f, marks); f != one && sameShape(f, one) {
				found, n = f, n+1
			}
		}
		if n == 1 {
			return strings.Replace(said, found, one, 1)
		}
	}
	best, at := 0, -1
	for i := 0; len(now) > 1 && i+len(now) <= len(was); i++ {
		same := 0
		for j, w := range now {
			if strings.EqualFold(w.Text, was[i+j].Text) {
				same++
			}
		}
		if same > best && same < len(now) {
			best, at = same, i
		}
	}
	if at >= 0 && 2*best >= len(now)-1 {
		return put(at, at+len(now))
	}
	return said + "\n" + by
}

// marks stand around words.
const marks = ".,;:!?()\"'"

// oneOf is the word of a correction that counts: the only one, or among a few the only
// number, code or address ("la 56"); empty when there is none.
func oneOf(by string) string {
	all := strings.Fields(by)
	if len(all) == 1 {
		return strings.Trim(by, marks)
	}
	one := ""
	for _, f := range all {
		if strings.ContainsRune(f, '@') || strings.IndexFunc(f, unicode.IsDigit) >= 0 {
			if one != "" {
				return ""
			}
			one = strings.Trim(f, marks)
		}
	}
	if len(all) > 3 {
		return ""
	}
	return one
}

// sameShape tells whether two words are of one kind: numbers and codes, addresses, or
// one mistyped for the other.
func sameShape(a, b string) bool {
	digits := func(s string) bool { return strings.IndexFunc(s, unicode.IsDigit) >= 0 }
	if strings.Contains(a, "@") || strings.Contains(b, "@") {
		return strings.Contains(a, "@") && strings.Contains(b, "@")
	}
	if digits(a) || digits(b) {
		return digits(a) && digits(b)
	}
	ra, rb := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	return len(ra) >= 4 && len(rb) >= 4 && edits(ra, rb) <= 2
}

// edits is the number of letters to add, drop or change.
func edits(a, b []rune) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 || len(a) > 40 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		left := row[0]
		row[0] = i + 1
		for j := range b {
			cost := left
			if a[i] != b[j] {
				cost++
			}
			left, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
