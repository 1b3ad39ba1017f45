package demand

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"footnote/pipeline/text"
)

// Kind of a demand.
type Kind string

const (
	Secret  Kind = "secret"  // its readers are to hand over a secret
	Machine Kind = "machine" // a machine that reads it is to do something
)

// Demand is one sentence that demands something.
type Demand struct {
	Kind     Kind
	Sentence string // as it stands in the text, without marks around it
}

// maxSentence is how much of a sentence is read, in words: what is longer has no
// sentences, and is read in pieces.
const maxSentence = 60

// Find returns the demands of a text, in order, each sentence once.
func Find(said string) []Demand {
	var out []Demand
	for s := range sentences(said) {
		if kind := judge(s); kind != "" {
			out = append(out, Demand{kind, s})
		}
	}
	return out
}

// sentences yields what stands between full stops, line ends and cells, outside of code.
func sentences(said string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		fence := ""
		for line := range strings.Lines(said) {
			line = strings.TrimSpace(line)
			if mark := fenceOf(line); fence != "" || mark != "" {
				switch {
				case fence == "":
					fence = mark
				case strings.HasPrefix(mark, fence):
					fence = ""
				}
				continue
			}
			for _, s := range cut(line) {
				if s = strings.Trim(s, " \t|>-*_#"); s != "" && !yield(s) {
					return
				}
			}
		}
	}
}

// fenceOf returns the mark that opens or closes a block of code, "" for other lines.
func fenceOf(line string) string {
	n := 0
	for n < len(line) && line[n] == line[0] && (line[0] == '`' || line[0] == '~') {
		n++
	}
	if n < 3 {
		return ""
	}
	return line[:n]
}

// cut ends sentences at full stops that a space follows, and at the bars of tables.
func cut(line string) []string {
	var out []string
	from, stop := 0, false
	for i, r := range line {
		switch {
		case r == '。' || r == '！' || r == '？':
			out, from, stop = append(out, line[from:i]), i+len(string(r)), false
		case r == '.' || r == '!' || r == '?' || r == '…':
			stop = true
		case r == '|' && (i == 0 || line[i-1] == ' ') || r == ' ' && stop && i-from > 3:
			out, from, stop = append(out, line[from:i]), i+1, false
		case !strings.ContainsRune(`"'”’)*_`, r):
			stop = false
		}
	}
	return append(out, line[from:])
}

// judge reads one sentence. A sentence of which the end of the one before is part
// would be judged the same: only words and their order count.
func judge(s string) Kind {
	plain := reveal(s)
	if strings.ContainsAny(plain, "<[:") && chatRE.MatchString(plain) {
		return Machine
	}
	all := read(plain)
	for from := 0; from < len(all); from += maxSentence / 2 {
		ws := all[from:min(from+maxSentence, len(all))]
		switch {
		case machine(ws):
			return Machine
		case secret(ws):
			return Secret
		}
		if from+maxSentence >= len(all) {
			break
		}
	}
	return ""
}

// reveal makes disguises plain: compatibility forms, invisible characters.
func reveal(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(strings.ToValidUTF8(s, "")))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// chatRE are marks of chats between people and machines.
var chatRE = regexp.MustCompile(`<\|[a-z_]+\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|instructions?|prompt|interaction-config)>|<request [a-z-]+=|` +
	`^\W*(?:system|assistant|human)\s*(?:prompt|message|override)?\s*:\s*\S|!\[[^\]]*\]\([^)]*[?&][\w]+=\W*(?:conversation|system_prompt|query|data|prompt|secret|history|chat)\b`)

// word of a sentence with the slots it can fill.
type word struct {
	text  string
	slots slot
}

// read cuts a sentence into words and says which slots each can fill. Scripts without
// spaces are looked through for every word of theirs; code is passed over.
func read(plain string) []word {
	out := make([]word, 0, len(plain)/6+1)
	for i, part := range strings.Split(plain, "`") {
		if i%2 == 0 {
			for f := range strings.FieldsSeq(part) {
				out = field(out, f)
			}
		}
	}
	// Words of two or three: "card number", "system prompt".
	for i := range out {
		said := out[i].text
		if !begins[said] {
			continue
		}
		for k := i + 1; k < min(len(out), i+3); k++ {
			said += " " + out[k].text
			out[k].slots |= phrases[said]
		}
	}
	return out
}

// begins are first words of phrases.
var begins = func() map[string]bool {
	out := map[string]bool{}
	for p := range phrases {
		first, _, _ := strings.Cut(p, " ")
		out[first] = true
	}
	return out
}()

// field adds the words of what stands between two spaces.
func field(out []word, f string) []word {
	f = strings.TrimLeft(f, "(<[\"'“„*_")
	switch at := strings.IndexByte(f, '@'); {
	case at > 0 && at < len(f)-1, dialled(f):
		return append(out, word{f, to})
	case strings.HasPrefix(f, "http"):
		w := word{text: f}
		if n := len(out); n > 0 && bridge[out[n-1].text] {
			w.slots = to
		}
		return append(out, w)
	}
	from := -1
	flush := func(end int) {
		if from >= 0 {
			out = known(out, strings.TrimRight(f[from:end], "-"))
			from = -1
		}
	}
	for i, r := range f {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' && from >= 0:
			if from < 0 {
				from = i
			}
		case r == '\'' || r == '’':
			if from >= 0 && strings.HasSuffix(f[from:i], "n") { // "don't" is one word
				continue
			}
			flush(i)
		default:
			flush(i)
			if r == ',' || r == ';' || r == ':' {
				out = append(out, word{text: string(r)})
				out[len(out)-1].slots = lexicon.whole[string(r)]
			}
		}
	}
	flush(len(f))
	return out
}

// dialled tells whether a field is (the beginning of) a telephone number.
func dialled(f string) bool {
	n := 0
	for _, r := range f {
		switch {
		case r >= '0' && r <= '9':
			n++
		case !strings.ContainsRune("+-()./", r):
			return false
		}
	}
	return n >= 7 || n >= 1 && f[0] == '+'
}

// known adds one word.
func known(out []word, w string) []word {
	if spaceless(w) {
		return spread(out, w)
	}
	s := lexicon.of(w)
	if s != 0 || !strings.Contains(w, "-") {
		return append(out, word{w, s})
	}
	for part := range strings.SplitSeq(w, "-") { // "envoyez-nous"
		out = append(out, word{part, lexicon.of(part)})
	}
	return out
}

// bridge leads to an address that somebody is sent to.
var bridge = text.WordSet("to at via on an unter über à sur a en su op naar till til på на do na la")

func spaceless(w string) bool {
	return strings.IndexFunc(w, func(r rune) bool { return text.Ideographic(r) || unicode.Is(unicode.Thai, r) }) >= 0
}

// spread adds the words of a text without spaces, in their order.
func spread(out []word, w string) []word {
	for i, r := range w {
		for _, k := range joinedBy[r] {
			if strings.HasPrefix(w[i:], k) {
				out = append(out, word{k, joined[k]})
			}
		}
	}
	return out
}

// joinedBy has the words of joined by their first characters.
var joinedBy = func() map[rune][]string {
	out := map[rune][]string{}
	for k := range joined {
		r, _ := utf8.DecodeRuneInString(k)
		out[r] = append(out[r], k)
	}
	return out
}()

// near is how many words apart the slots of one demand may stand.
const near = 14

func secret(ws []word) bool {
	for i, w := range ws {
		if w.slots&hand == 0 || w.slots&maybe != 0 && !verbal(ws, i) || led(ws, i) {
			continue
		}
		what, who := false, false
		for j := back(ws, i, near/2); j < min(len(ws), i+near); j++ {
			if j > i && whether[ws[j].text] {
				break
			}
			what = what || j != i && ws[j].slots&secrets != 0 && theirs(ws, i, j)
			who = who || ws[j].slots&to != 0 && (j > i || ws[j].slots&anywhere != 0)
		}
		if what && who {
			return true
		}
	}
	return false
}

// back is how far before i its clause goes, n words at most.
func back(ws []word, i, n int) int {
	for j := i - 1; j >= max(0, i-n); j-- {
		if ws[j].text == "," {
			return j
		}
	}
	return max(0, i-n)
}

// theirs tells whether the secret at j is one that readers have: not one that they get,
// nor one that they are warned to keep, nor a part of something else's name.
func theirs(ws []word, i, j int) bool {
	if j+1 < len(ws) && ws[j+1].slots&about != 0 {
		return false
	}
	for k := max(0, j-3); k < j; k++ {
		if ws[k].slots&fresh != 0 || k > i && ws[k].slots&never != 0 && ws[k].text != "ne" {
			return false
		}
	}
	return true
}

// verbal tells whether a word that may be a noun is an order here: it begins its clause.
func verbal(ws []word, i int) bool {
	if i > 0 && ws[i-1].text == "," {
		return i+1 < len(ws) && (ws[i+1].slots&(article|fresh|to) != 0 || ws[i+1].text == "a")
	}
	return i == 0 || ws[i-1].slots&(must|opens) != 0
}

// led tells whether what happens at i is not asked of the reader: it is denied, warned
// of, or somebody else does it.
func led(ws []word, i int) bool {
	clause := back(ws, i, 9)
	for j := i - 1; j >= max(0, i-9); j-- {
		switch {
		case ws[j].slots&never != 0:
			return true
		case ws[j].slots&others != 0 && i-j <= 4 && j >= clause:
			return true
		case (ws[j].text == ";" || ws[j].text == ":") && i-j > 1, ws[j].text == "," && conditional(ws[:j]):
			return false
		}
	}
	for j := i + 1; j < min(len(ws), i+4); j++ { // "senden Sie niemals", "n'envoyez jamais", "отправляйте никогда"
		if ws[j].slots&never != 0 && ws[j].text != "ne" { // which is "us", too
			return true
		}
	}
	return false
}

// whether begins what is only a condition.
var whether = text.WordSet("if when whenever wenn falls si cuando quand lorsque se quando als wanneer om när hvis når jos kun ha amikor dacă când если когда eğer jeśli gdy")

// conditional tells whether the clause that ends ws is a condition, and not that
// somebody asks for something: "If you cannot log in,".
func conditional(ws []word) bool {
	for j := len(ws) - 1; j >= 0 && ws[j].text != ","; j-- {
		if strings.HasPrefix(ws[j].text, "ask") || strings.HasPrefix(ws[j].text, "claim") {
			return false
		}
		if whether[ws[j].text] {
			return true
		}
	}
	return false
}

func machine(ws []word) bool {
	for i, w := range ws {
		switch {
		case w.slots&aside != 0 && !led(ws, i) && found(ws, i, 7, told) && found(ws, i, 7, before):
			return true
		case w.slots&modes != 0 && found(ws[max(0, i-4):i], -1, 5, on):
			return true
		case w.slots&only != 0:
			return true
		case w.slots&write != 0 && starts(ws, i) && !led(ws, i) && foundReply(ws, i):
			return true
		case w.slots&speak != 0 && starts(ws, i) && !led(ws, i) && nextTo(ws, i):
			return true
		case w.slots&robot != 0 && !led(ws, i) && spoken(ws, i) && found(ws, i, 14, write|aside|hand|must):
			return true
		}
	}
	return false
}

// found tells whether a slot is filled within n words of i.
func found(ws []word, i, n int, s slot) bool {
	for j := max(0, i-n/2); j < min(len(ws), i+n); j++ {
		if j != i && ws[j].slots&s != 0 {
			return true
		}
	}
	return false
}

// starts tells whether a word can be an order: it begins its clause, or somebody is
// asked or made to.
func starts(ws []word, i int) bool {
	return i == 0 || ws[i-1].slots&(must|opens) != 0 || !unicode.IsLetter([]rune(ws[i-1].text)[0]) || i > 1 && ws[i-2].slots&must != 0
}

// foundReply tells whether what is written to customers follows an order to write; what
// honest pages speak of, too, has to follow soon.
func foundReply(ws []word, i int) bool {
	for j := max(0, i-8); j < min(len(ws), i+16); j++ {
		if ws[j].slots&reply == 0 || ws[j].slots&weak != 0 && (j <= i || j >= i+6) {
			continue
		}
		own := j > 0 && j > i && ws[j-1].slots&article != 0 && slices.ContainsFunc(ws[i:j-1], func(w word) bool { return w.text == ws[j-1].text })
		if !own { // "include your order number in your reply" is said to customers
			return true
		}
	}
	return false
}

// yours are the words for what is the reader's own: pages for firms speak of the customers that their readers have.
var yours = text.WordSet("your ihre ihren ihrem deine deinen deinem eure euren sus tus vuestros vuestras votre vos ton tes tuoi vostri suoi uw je jullie seus suas teus dina era dine jeres deres asiakkaillesi ügyfeleidnek ügyfeleinek dumneavoastră tăi вашим вашему своим müşterilerinize swoim swoich twoim")

// nextTo tells whether a customer follows within three words, not one of the reader's
// own, and not "customer service".
func nextTo(ws []word, i int) bool {
	for j := i + 1; j < min(len(ws), i+4); j++ {
		if yours[ws[j].text] {
			return false
		}
		if ws[j].slots&ours != 0 {
			return j+1 == len(ws) || ws[j+1].slots&to == 0 && ws[j+1].text != "service"
		}
	}
	return false
}

var beings = text.WordSet("bist sind eres sei bent você ты dear attention achtung")

// spoken tells whether it is a machine that is spoken to, and not of: by its name, "you
// are an AI", "AI that reads this".
func spoken(ws []word, i int) bool {
	first := i == 0 || ws[i-1].slots&(opens|fresh) != 0 && i <= 2
	for j := max(0, i-4); j < i; j++ {
		if ws[j].text == "as" && j == i-2 || beings[ws[j].text] || ws[j].text == "are" && j > 0 && ws[j-1].text == "you" {
			return true
		}
	}
	if first && i+1 < len(ws) && (ws[i+1].text == ":" || ws[i+1].text == ",") {
		return true
	}
	if ws[i].slots&shy != 0 && !first {
		return false
	}
	return found(ws[i:], 0, 6, reads)
}
