package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nobody are words that desks put where they know no name, and that companies use.
var nobody = WordSet(`the support info team customer user guest requester unnamed name anonymous unknown admin mr mrs ms dr herr frau visitor visitors lead client contact noreply no-reply test tester null none undefined nil n/a na deleted someone
	web website webuser chat caller sales office service helpdesk help desk account accounting billing company gmbh ltd inc llc corp bot system mailer-daemon postmaster member subscriber you me
	besucher besucherin gast kunde kundin nutzer benutzer anonym unbekannt visiteur visiteuse invité client cliente anonyme inconnu utilisateur visitante invitado anónimo desconocido usuario visitatore ospite anonimo sconosciuto utente
	convidado desconhecido usuário utilizador bezoeker klant gebruiker onbekend besökare kund okänd besøgende bezoekster besøkende kunde ukendt ukjent vierailija asiakas tuntematon gość klient odwiedzający nieznany návštěvník zákazník host
	neznámý návštevník látogató vendég ügyfél vizitator oaspete necunoscut επισκέπτης πελάτης ziyaretçi misafir müşteri посетитель гость клиент аноним пользователь відвідувач гість клієнт מבקר אורח زائر ضيف عميل مجهول مهمان कोई अतिथि
	pengunjung tamu pelanggan khách ผู้เยี่ยมชม ลูกค้า 방문자 손님 고객 익명 訪問者 ゲスト 匿名 お客様 访客 訪客 游客 匿名用户 用户 客户`)

// FirstName takes the given name of a person in the form that a greeting has it;
// addresses, company names and sentences give none.
func FirstName(name string) string {
	name = strings.TrimSpace(name)
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
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '_' }) { // whoever it is, it says so
		if nobody[strings.ToLower(strings.Trim(w, ".()"))] {
			return ""
		}
	}
	if saysSomething(f) {
		return ""
	}
	r, n := utf8.DecodeRuneInString(first)
	return string(unicode.ToUpper(r)) + first[n:]
}

// particles are words of names that are words of sentences too.
var particles = WordSet("de da di del della do dos das du des la le el al van von der den ter ten zu zur st y e i o an a will may can don so mine son her has as in so am ma no on")

// saysSomething tells a sentence from a name: it has a word that no name has.
func saysSomething(words []string) bool {
	for _, w := range words[:] {
		w = strings.ToLower(strings.Trim(w, ".,()"))
		if len(w) < 2 || particles[w] {
			continue
		}
		for _, lang := range []string{"en", "de", "es", "fr", "it", "pt", "nl"} {
			if tongues[lang].stop[w] {
				return true
			}
		}
	}
	return false
}
