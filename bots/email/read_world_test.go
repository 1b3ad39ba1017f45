package email

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// TestWorldSubjectOnly: a mail of a subject alone asks by its subject.
func TestWorldSubjectOnly(t *testing.T) {
	t.Parallel()
	const q = "Where is my parcel 1001?"
	for name, c := range map[string]struct{ head, body, want string }{
		"nothing below":             {"", "", q},
		"spaces":                    {"", " \n\u00a0\n", q},
		"a signature":               {"", "-- \nAda Lovelace\nShop Ltd", q + "\n\n-- \nAda Lovelace\nShop Ltd"},
		"a phone's line":            {"", "Sent from my iPhone", q + "\n\nSent from my iPhone"},
		"a phone's line, German":    {"", "Von meinem iPhone gesendet", ""},
		"Gesendet mit":              {"", "Gesendet mit der GMX Mail App", q + "\n\nGesendet mit der GMX Mail App"},
		"Outlook's":                 {"", "Get Outlook for Android", q + "\n\nGet Outlook for Android"},
		"French":                    {"", "Envoyé de mon iPhone", q + "\n\nEnvoyé de mon iPhone"},
		"Spanish":                   {"", "Enviado desde mi iPhone", q + "\n\nEnviado desde mi iPhone"},
		"HTML without words":        {"Content-Type: text/html\n", "<div><br></div>", q},
		"a picture alone":           {"Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n", "iVBORw0KGgo=", q},
		"a text":                    {"", "It has not come.", "It has not come."},
		"a greeting":                {"", "Hello", q + "\n\nHello"},
		"an answer":                 {"In-Reply-To: <a@b>\n", "", ""},
		"encrypted":                 {"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n", "MIAG", "[not read: the mail is encrypted (S/MIME)]"},
		"quoted-printable, nothing": {"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n", "=20\n", q},
	} {
		l, err := parse(say(c.head+"From: ada@example.org\nSubject: "+q+"\nMessage-ID: <s@x>", c.body))
		if err != nil {
			t.Fatal(name, err)
		}
		if got := strings.TrimSpace(l.text); c.want != "" && got != strings.TrimSpace(c.want) || c.want == "" && name == "an answer" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if l, err := parse(say("From: a@b.example\nSubject: Re: "+q+"\nMessage-ID: <s@x>", "")); err != nil || l.text != "" {
		t.Errorf("an answer by its subject: %q, %v", l.text, err)
	}
}

// TestWorldRawBytes: bytes without a charset in heads, names and bodies are read by
// guess, and nothing shows the sign of a lost letter.
func TestWorldRawBytes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ charset, name, subject, body string }{
		{"windows-1252", "Jürgen Müller", "Größe ändern", "Wie ändere ich die Größe für Müller?"},
		{"windows-1252", "Zoé Lefèvre", "Où est mon colis ?", "Le colis n’est pas arrivé à côté."},
		{"windows-1252", "Íñigo Peña", "¿Dónde está mi paquete?", "Mañana salgo de la ciudad."},
		{"windows-1251", "Иван Петров", "Где моя посылка?", "Здравствуйте, где моя посылка? Заказал её во вторник."},
		{"koi8-r", "Иван Петров", "Где моя посылка сегодня?", "Здравствуйте, где моя посылка? Заказал её во вторник."},
		{"windows-1250", "Jiří Dvořák", "Kde je můj balíček?", "Dobrý den, kde je můj balíček? Měl přijít v úterý, děkuji."},
		{"iso-8859-2", "Łukasz Żak", "Gdzie jest moja paczka, proszę?", "Gdzie jest moja paczka? Zamówiłem ją w piątek, proszę."},
		{"utf-8", "Łukasz Żak", "Gdzie jest moja paczka?", "Proszę o pomoc – 5 €"},
		{"utf-8", "王伟", "我的包裹在哪里？", "我上周订购了一个水壶。"},
		{"windows-1253", "Γιώργος", "Πού είναι το δέμα μου;", "Πού είναι το δέμα μου; Δεν ήρθε ακόμα."},
		{"shift_jis", "山田太郎", "荷物はどこですか？", "先週注文しましたが、まだ届いていません。"},
		{"euc-kr", "김민수", "제 소포는 어디에 있습니까?", "지난주에 주문했지만 아직 받지 못했습니다."},
		{"big5", "陳大文", "我的包裹在哪裡？我上週訂購了", "我上週訂購了一個水壺，但是還沒有收到。"},
		{"windows-1255", "דוד", "איפה החבילה שלי? עוד לא הגיעה", "שלום, איפה החבילה שלי? עוד לא הגיעה."},
		{"windows-1254", "Ayşe Yılmaz", "Kargom nerede? Şimdi çağrı bekliyorum", "Kargom nerede? Şimdi çağrı bekliyorum."},
		{"iso-8859-15", "Åsa Öberg", "Var är mitt paket?", "Jag väntar på paketet från förra veckan."},
	} {
		e, err := htmlindex.Get(c.charset)
		if err != nil {
			t.Fatal(err)
		}
		enc := func(s string) string { b, _ := e.NewEncoder().Bytes([]byte(s)); return string(b) }
		l, err := parse([]byte("From: " + enc(c.name) + " <ada@example.org>\r\nSubject: " + enc(c.subject) + "\r\nMessage-ID: <r@x>\r\n\r\n" + enc(c.body) + "\r\n"))
		if err != nil {
			t.Errorf("%s: %v", c.charset, err)
			continue
		}
		if strings.TrimSpace(l.text) != c.body || l.from != "ada@example.org" {
			t.Errorf("%s: text %q, from %q", c.charset, l.text, l.from)
		}
		for what, s := range map[string]string{"subject": l.subject, "text": l.text, "name": l.name} {
			if strings.ContainsRune(s, utf8.RuneError) || !utf8.ValidString(s) {
				t.Errorf("%s: %s has lost letters: %q", c.charset, what, s)
			}
		}
		if l.subject != c.subject {
			t.Errorf("%s: subject %q, want %q", c.charset, l.subject, c.subject)
		}
	}
	for raw, want := range map[string]string{"caf\xe9 – na\xefve": "café – naïve", "gr\xc3\xb6\xc3\x9fe \xe4": "größe ä", "cut \xe2\x82": "cut", "\x93quoted\x94": "“quoted”", "5 \x80 – oder": "5 € – oder", "a\uFFFDb": "ab", "Stra\xdfe": "Straße"} {
		if got := strings.TrimSpace(mended(raw)); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
