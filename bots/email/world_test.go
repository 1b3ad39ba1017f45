package email

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"
)

func mailOf(head, body string) string {
	return "From: Kim Vale <kim@home.example>\nSubject: Parcel\nMessage-ID: <w@home.example>\nMIME-Version: 1.0\n" + head + "\n\n" + body
}

func parts(kind string, list ...string) string {
	return mailOf("Content-Type: multipart/"+kind+"; boundary=B", "--B\n"+strings.Join(list, "\n--B\n")+"\n--B--\n")
}

func inner(kind, mark string, list ...string) string {
	return "Content-Type: multipart/" + kind + "; boundary=" + mark + "\n\n--" + mark + "\n" + strings.Join(list, "\n--"+mark+"\n") + "\n--" + mark + "--"
}

const picture = "Content-Type: image/png; name=light.png\nContent-Disposition: inline; filename=light.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="

func plainPart(s string) string { return "Content-Type: text/plain; charset=utf-8\n\n" + s }
func htmlPart(s string) string {
	return "Content-Type: text/html; charset=utf-8\n\n<html><body>" + s + "</body></html>"
}

// TestWorldMail: what of a mail is its text, whatever parts it comes in.
func TestWorldMail(t *testing.T) {
	t.Parallel()
	const q = "Where is my parcel?"
	for name, c := range map[string]struct{ raw, want string }{
		"plain":                         {mailOf("Content-Type: text/plain", q), q},
		"no type at all":                {mailOf("X: y", q), q},
		"HTML alone":                    {mailOf("Content-Type: text/html; charset=utf-8", "<p>Where is<br>my parcel?</p>"), "Where is\nmy parcel?"},
		"both":                          {parts("alternative", plainPart(q), htmlPart("<p>"+q+"</p>")), q},
		"stub":                          {parts("alternative", plainPart("Your mail program cannot show HTML messages."), htmlPart("<p>"+q+"</p>")), q},
		"stub, German":                  {parts("alternative", plainPart("Diese Nachricht ist im HTML-Format. Bitte nutzen Sie ein anderes Programm."), htmlPart("<p>"+q+"</p>")), q},
		"empty plain":                   {parts("alternative", plainPart("\u200b \ufeff"), htmlPart("<p>"+q+"</p>")), q},
		"plain is a link":               {parts("alternative", plainPart("<https://t.example/x>\n[cid:image001.png@01DA]"), htmlPart("<p>"+q+"</p>")), q},
		"text, picture, text":           {parts("mixed", plainPart("It shows this:"), picture, plainPart(q)), "It shows this:\n\n" + q},
		"picture, text":                 {parts("mixed", picture, plainPart(q)), q},
		"HTML, picture, HTML":           {parts("mixed", htmlPart("It shows this:"), picture, htmlPart(q)), "It shows this:\n\n" + q},
		"Apple: HTML goes on":           {parts("alternative", plainPart("It shows this:"), inner("mixed", "C", htmlPart("It shows this:"), picture, htmlPart(q))), "It shows this:\n\n" + q},
		"related in alternative":        {parts("alternative", plainPart(q), inner("related", "C", htmlPart("<p>"+q+"</p><img src=cid:x>"), picture)), q},
		"alternative in related":        {parts("related", inner("alternative", "C", plainPart(q), htmlPart("<p>"+q+"</p>")), picture), q},
		"mixed instead of alternative":  {parts("mixed", plainPart(q), htmlPart("<p>"+q+"</p>")), q},
		"a log is a file":               {parts("mixed", plainPart(q), "Content-Type: text/plain; name=trace.log\nContent-Disposition: attachment; filename=trace.log\n\npanic: what?"), q},
		"a mail inside":                 {parts("mixed", plainPart("See below."), "Content-Type: message/rfc822\n\nFrom: Lee <lee@other.example>\nSubject: Lid\n\nHow do I open the lid?"), "See below.\n\n---------- Forwarded message ----------\nFrom: Lee <lee@other.example>\nSubject: Lid\n\nHow do I open the lid?"},
		"a mail inside, attached":       {parts("mixed", plainPart("fyi"), "Content-Type: message/rfc822; name=x.eml\nContent-Disposition: attachment; filename=x.eml\n\nFrom: lee@other.example\nSubject: =?utf-8?q?D=C3=A9?=\nContent-Type: text/html\n\n<p>How?</p>"), "fyi\n\n---------- Forwarded message ----------\nFrom: lee@other.example\nSubject: Dé\n\nHow?"},
		"signed by PGP":                 {mailOf("Content-Type: text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"+q+"\n- -- \nKim\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----"), q + "\n-- \nKim"},
		"sealed by PGP":                 {mailOf("Content-Type: text/plain", "-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----"), "[not read: the mail is encrypted (PGP)]"},
		"PGP/MIME":                      {mailOf("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=B", "--B\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--B\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n--B--\n"), "[not read: the mail is encrypted (PGP)]"},
		"S/MIME, sealed":                {mailOf("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64", "MIAG"), "[not read: the mail is encrypted (S/MIME)]"},
		"S/MIME, signed":                {mailOf("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=B", "--B\n"+plainPart(q)+"\n--B\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIAG\n--B--\n"), q},
		"winmail.dat alone":             {mailOf("Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64", "eJ8+"), "[not read: the mail is packed as winmail.dat, Outlook's own format]"},
		"flowed":                        {mailOf("Content-Type: text/plain; format=flowed", "Where \nis my \nparcel?\n> old \n> one\n-- \nKim"), "Where is my parcel?\n> old one\n-- \nKim"},
		"flowed, DelSp":                 {mailOf("Content-Type: text/plain; format=flowed; delsp=yes", "Where is my par \ncel?\n From here."), "Where is my parcel?\nFrom here."},
		"boundary never ends":           {mailOf("Content-Type: multipart/mixed; boundary=B", "--B\n"+plainPart(q)), q},
		"broken base64":                 {mailOf("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64", base64.StdEncoding.EncodeToString([]byte(q))+"\n=="), q},
		"HTML without a type":           {mailOf("X: y", "<html><body><p>"+q+"</p></body></html>"), q},
		"a list's foot in its own part": {parts("mixed", plainPart(q), plainPart("_____\nlist@shop.example")), q + "\n\n_____\nlist@shop.example"},
	} {
		l, err := parse([]byte(strings.ReplaceAll(c.raw, "\n", "\r\n")))
		if err != nil || l.text != c.want || l.auto {
			t.Errorf("%s: %v, automatic %v\n got %q\nwant %q", name, err, l.auto, l.text, c.want)
		}
	}
}

// TestWorldCharset: texts whose label is missing, wrong, or of a smaller charset.
func TestWorldCharset(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, label, text string }{
		{"windows-1252", "iso-8859-1", "Kostet es 5 € – oder „gratis“? Größe M."}, {"windows-1252", "", "Où est mon colis ? Il a été livré à côté."}, {"windows-1252", "us-ascii", "¿Dónde está mi paquete? Mañana salgo."},
		{"windows-1252", "utf-8", "Wo bleibt die Lieferung für Müller in Köln?"}, {"windows-1252", "unknown-8bit", "Größe?"}, {"windows-1252", "x-user-defined", "Où est la clé ?"},
		{"utf-8", "", "Größe M – 5 €"}, {"utf-8", "iso-8859-1", "Größe M – 5 €"}, {"utf-8", "us-ascii", "Где моя посылка?"}, {"utf-8", "windows-1251", "Где моя посылка?"}, {"utf-8", "gb2312", "我的包裹在哪里？"},
		{"windows-1251", "", "Здравствуйте, где моя посылка?"}, {"windows-1251", "iso-8859-1", "Здравствуйте, где моя посылка?"}, {"koi8-r", "", "Здравствуйте, где моя посылка? Заказал её во вторник."}, {"koi8-r", "koi8-r", "Где?"},
		{"windows-1251", "koi8-r", "Здравствуйте, где моя посылка? Заказал её во вторник."}, {"iso-8859-5", "iso-8859-5", "Где моя посылка?"}, {"koi8-u", "koi8-u", "Де моя посилка? Її ще немає."},
		{"iso-8859-2", "iso-8859-2", "Zażółć gęślą jaźń, proszę."}, {"windows-1250", "", "Dobrý den, kde je můj balíček? Měl přijít v úterý, děkuji."}, {"windows-1250", "iso-8859-2", "Gdzie jest moja „paczka”? Proszę."}, {"iso-8859-2", "", "Gdzie jest moja paczka? Zamówiłem ją w piątek, proszę."},
		{"iso-8859-15", "iso-8859-15", "Es kostet 5 €, Frau Müller."}, {"windows-1253", "", "Πού είναι το δέμα μου; Δεν ήρθε ακόμα."}, {"iso-8859-7", "iso-8859-7", "Πού είναι το δέμα μου;"}, {"windows-1254", "iso-8859-9", "Kargom nerede? Şimdi çağrı bekliyorum."},
		{"windows-1255", "", "שלום, איפה החבילה שלי? עוד לא הגיעה."}, {"windows-1256", "windows-1256", "أين طردي؟"}, {"windows-1257", "windows-1257", "Kur yra mano siuntinys? Ačiū už pagalbą."}, {"windows-874", "tis-620", "พัสดุของฉันอยู่ที่ไหน"},
		{"gb18030", "", "请问我的包裹在哪里？我上周订购了一个水壶，但是还没有收到。"}, {"gb18030", "gb2312", "请问我的包裹在哪里？镕"}, {"gbk", "gbk", "联通"}, {"big5", "", "請問我的包裹在哪裡？我上週訂購了一個水壺，但是還沒有收到。"}, {"big5", "big5", "包裹在哪裡？"},
		{"shift_jis", "", "荷物はどこですか？先週注文しましたが、まだ届いていません。"}, {"shift_jis", "shift_jis", "荷物はどこですか？"}, {"euc-jp", "", "荷物はどこですか？先週注文しましたが、まだ届いていません。"}, {"iso-2022-jp", "", "荷物はどこですか？"}, {"iso-2022-jp", "iso-2022-jp", "荷物"}, {"iso-2022-jp", "us-ascii", "荷物"},
		{"euc-kr", "", "제 소포는 어디에 있습니까? 지난주에 주문했지만 아직 받지 못했습니다."}, {"euc-kr", "ks_c_5601-1987", "소포가 어디에 있나요?"}, {"macintosh", "macintosh", "Größe – 5"}, {"utf-16le", "utf-16le", "Größe"},
	} {
		e, err := htmlindex.Get(c.in)
		if err != nil {
			t.Fatal(c.in, err)
		}
		raw, err := e.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(c.in, err)
		}
		if got := decoded(raw, c.label); got != c.text {
			t.Errorf("%s as %q: %q, want %q", c.in, c.label, got, c.text)
		}
	}
	if got := decoded([]byte("Gr+APYA3w-e +- 5"), "utf-7"); got != "Größe + 5" {
		t.Errorf("UTF-7: %q", got)
	}
}

// TestWorldCases reads the mails of ../shared/cases.
func TestWorldCases(t *testing.T) {
	t.Parallel()
	const address, parcel = "How do I change the delivery address", "Kostet die Lieferung wirklich 5 € – oder „gratis“? Größe M."
	for file, want := range map[string]string{
		"13-mail-text-after-a-photo/01-apple-inline.eml": "how do I reset it?", "13-mail-text-after-a-photo/02-apple-alt-inline.eml": "What does the red light mean?", "13-mail-text-after-a-photo/a1-ios-image-first.eml": "What does the red light mean?",
		"13-mail-text-after-a-photo/a2-text-pdf-text.eml": "Why was I charged twice?", "13-mail-text-after-a-photo/a3-html-pdf-html.eml": "Why was I charged twice?", "18-forwarded-mail/16-fwd-rfc822.eml": "How do I open the kettle lid?",
		"21-html-is-the-mail/06-stub-0.eml": address, "21-html-is-the-mail/06-stub-1.eml": address, "21-html-is-the-mail/06-stub-4.eml": address, "21-html-is-the-mail/06-stub-6.eml": address, "21-html-is-the-mail/06-stub-7.eml": address,
		"21-html-is-the-mail/b0-stub.eml": address, "21-html-is-the-mail/b4-stub.eml": address, "22-charsets/07-cp1252-as-latin1.eml": parcel, "22-charsets/07-cp1252-none.eml": parcel, "22-charsets/07-gb-none.eml": "请问我的包裹在哪里？",
		"22-charsets/07-gb18030-as-gb2312.eml": "镕", "22-charsets/07-latin2.eml": "Zażółć gęślą jaźń", "22-charsets/07-unknown8.eml": "Größe?", "22-charsets/07-utf8-as-ascii.eml": parcel, "22-charsets/07-utf8-as-latin1.eml": parcel,
		"22-charsets/07-utf8-none.eml": parcel, "22-charsets/c8-latin1-none-long.eml": "die Straße heißt Brühl", "24-format-flowed/08-flowed.eml": "the manual says nothing. How do I keep the settings after a power cut?",
		"23-calendar-answers/10-calendar-reply.eml": "automatic", "23-calendar-answers/11-calendar-only.eml": "automatic", "15-auto-reply-missed/12-dsn-plain.eml": "automatic", "15-auto-reply-missed/12-mdn.eml": "automatic",
		"15-auto-reply-missed/13-oof-ext.eml": "automatic", "15-auto-reply-missed/13-oof-header.eml": "automatic", "15-auto-reply-missed/13-oof-nl.eml": "automatic",
	} {
		raw, err := os.ReadFile(filepath.Join("../../../shared/cases", file))
		if os.IsNotExist(err) {
			t.Skip("no ../shared/cases")
		} else if err != nil {
			t.Fatal(err)
		}
		l, err := parse(raw)
		if got := l.text; err != nil || l.auto != (want == "automatic") || !l.auto && !strings.Contains(got, want) {
			t.Errorf("%s: %v, automatic %v: %q, want %q", file, err, l.auto, got, want)
		}
	}
}
