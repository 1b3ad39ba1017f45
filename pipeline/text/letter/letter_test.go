package letter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const (
	said  = "How do I change the delivery address?"
	older = "To change it, open Orders and choose Edit address."
)

// TestWorldHistory: what mail programs set above older mail, in many languages, with
// the older mail unmarked: only what stands above it is the person's.
func TestWorldHistory(t *testing.T) {
	t.Parallel()
	for _, above := range strings.Split(strings.TrimSpace(historyHeads), "\n===\n") {
		close := said + "\n" + above + "\n" + older
		if strings.Contains(unlisted, strings.Split(above, ":")[0]) { // then the empty line above is a part of what tells it
			close = said + "\n\n" + above + "\n" + older
		}
		for _, raw := range []string{said + "\n\n" + above + "\n\n" + older, close, said + "\n\n" + above + "\n\n> " + older} {
			if got := Read(raw, "Re: parcel").Text; got != said {
				t.Errorf("%s\n gives %q", raw, got)
				break
			}
		}
	}
	files, _ := filepath.Glob("../../../../shared/cases/14*/clean/*.txt")
	if len(files) == 0 {
		t.Log("no ../shared/cases: only our own inputs were read")
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if want, _, _ := strings.Cut(string(raw), "\n"); Read(string(raw), "").Text != want {
			t.Errorf("%s: %q", f, Read(string(raw), "").Text)
		}
	}
}

const unlisted = "Vum Oddawca zagraniczny"

//lint:ignore ST1018 mail in Arabic and Hebrew has them
const historyHeads = `
On Tue, Mar 3, 2026 at 10:14 AM Mara Holm <help@shop.example> wrote:
===
On Tuesday, March 3, 2026 at 10:14:22 AM GMT+1, Mara Holm <help@shop.example> wrote:
===
On 3 Mar 2026, at 10:14, Mara Holm <help@shop.example> wrote:
===
On 2026-03-03 10:14, Mara Holm wrote:
===
On 03/03/2026 10:14, Mara Holm via Shop wrote:
===
On Tue, Mar 3, 2026 at 10:14 AM, Mara Holm <[help@shop.example](mailto:help@shop.example)> wrote:
===
Le mar. 3 mars 2026 à 10:14, Mara Holm <help@shop.example> a écrit :
===
Le 03/03/2026 à 10:14, Mara Holm a écrit :
===
Am 03.03.26 um 10:14 schrieb Mara Holm:
===
Am Di., 3. März 2026 um 10:14 Uhr schrieb Mara Holm <
help@shop.example>:
===
Mara Holm <help@shop.example> schrieb am Di., 3. März 2026, 10:14:
===
El mar, 3 mar 2026 a las 10:14, Mara Holm (<help@shop.example>) escribió:
===
El martes, 3 de marzo de 2026, 10:14:22 CET, Mara Holm <help@shop.example> escribió:
===
Il giorno mar 3 mar 2026 alle ore 10:14 Mara Holm <help@shop.example> ha scritto:
===
Il 03/03/2026 10:14, Mara Holm ha scritto:
===
Em ter., 3 de mar. de 2026 às 10:14, Mara Holm <help@shop.example> escreveu:
===
A terça, 3/03/2026, 10:14, Mara Holm <help@shop.example> escreveu:
===
Op di 3 mrt 2026 om 10:14 schreef Mara Holm <help@shop.example>:
===
Mara Holm <help@shop.example> schreef op 3 maart 2026 om 10:14:
===
Den tis 3 mars 2026 kl 10:14 skrev Mara Holm <help@shop.example>:
===
3 mars 2026 kl. 10:14 skrev Mara Holm <help@shop.example>:
===
Den tirsdag den 3. marts 2026 kl. 10.14.22 CET skrev Mara Holm <help@shop.example>:
===
tir. 3. mars 2026 kl. 10:14 skrev Mara Holm <help@shop.example>:
===
ti 3. maalisk. 2026 klo 10.14 Mara Holm (help@shop.example) kirjoitti:
===
Mara Holm <help@shop.example> kirjoitti 3.3.2026 kello 10.14:
===
wt., 3 mar 2026 o 10:14 Mara Holm <help@shop.example> napisał(a):
===
W dniu 2026-03-03 10:14, Mara Holm napisał:
===
út 3. 3. 2026 v 10:14 odesílatel Mara Holm <help@shop.example> napsal:
===
Dne 03. 03. 26 v 10:14 Mara Holm napsal(a):
===
ut 3. 3. 2026 o 10:14 Mara Holm <help@shop.example> napísal(a):
===
Mara Holm <help@shop.example> ezt írta (időpont: 2026. márc. 3., K, 10:14):
===
2026. 03. 03. 10:14 keltezéssel, Mara Holm írta:
===
În mar., 3 mar. 2026 la 10:14, Mara Holm <help@shop.example> a scris:
===
вт, 3 мар. 2026 г. в 10:14, Mara Holm <help@shop.example>:
===
03.03.2026 10:14, Mara Holm пишет:
===
Вторник, 3 марта 2026, 10:14 +03:00 от Mara Holm <help@shop.example>:
===
03.03.2026, 10:14, "Mara Holm" <help@shop.example>:
===
вт, 3 бер. 2026 р. о 10:14 Mara Holm <help@shop.example> пише:
===
На вт, 3.03.2026 г. в 10:14 Mara Holm <help@shop.example> написа:
===
Στις Τρί 3 Μαρ 2026 στις 10:14 π.μ., ο χρήστης Mara Holm <help@shop.example> έγραψε:
===
Mara Holm <help@shop.example>, 3 Mar 2026 Sal, 10:14 tarihinde şunu yazdı:
===
uto, 3. ožu 2026. u 10:14 Mara Holm <help@shop.example> napisao je:
===
V V tor., 3. mar. 2026 ob 10:14 je oseba Mara Holm <help@shop.example> napisala:
===
Kontaktisik Mara Holm (<help@shop.example>) kirjutas kuupäeval T, 3. märts 2026 kell 10:14:
===
otrd., 2026. g. 3. marts, plkst. 10:14 — lietotājs Mara Holm (<help@shop.example>) rakstīja:
===
2026-03-03, an, 10:14 Mara Holm <help@shop.example> rašė:
===
2026年3月3日(火) 10:14 Mara Holm <help@shop.example>:
===
2026/03/03 10:14、Mara Holm <help@shop.example>のメール:
===
Mara Holm <help@shop.example> 于2026年3月3日周二 10:14写道：
===
在 2026-03-03 10:14:00，"Mara Holm" <help@shop.example> 写道：
===
At 2026-03-03 10:14:00, "Mara Holm" <help@shop.example> wrote:
===
2026년 3월 3일 (화) 오전 10:14, Mara Holm <help@shop.example>님이 작성:
===
Pada tanggal Sel, 3 Mar 2026 pukul 10.14 Mara Holm <help@shop.example> menulis:
===
Vào Th 3, 3 thg 3, 2026 vào lúc 10:14 Mara Holm <help@shop.example> đã viết:
===
ในวันที่ อ. 3 มี.ค. 2026 เวลา 10:14 Mara Holm <help@shop.example> เขียนว่า:
===
‫בתאריך יום ג׳, 3 במרץ 2026 ב-10:14 מאת ‪Mara Holm‬‏ <‪help@shop.example‬‏>:‬
===
في الثلاثاء، ٣ مارس ٢٠٢٦ في ١٠:١٤ ص تمت كتابة ما يلي بواسطة Mara Holm <help@shop.example>:
===
मंगल, 3 मार्च 2026 को 10:14 am बजे को Mara Holm <help@shop.example> ने लिखा:
===
-----Mara Holm <help@shop.example> wrote: -----
===
-----Mara Holm/Shop schrieb: -----
An: Kim <kim@home.example>
Von: Mara Holm/Shop
Datum: 03.03.2026 10:14
Betreff: Ihr Paket
===
-----Original Message-----
From: Mara Holm [mailto:help@shop.example]
Sent: Tuesday, March 3, 2026 10:14 AM
To: Kim
Subject: Your parcel
===
________________________________
From: Mara Holm <help@shop.example>
Sent: Tuesday, March 3, 2026 10:14:22 AM
To: Kim <kim@home.example>
Subject: Your parcel
===
*From:* Mara Holm <help@shop.example>
*Sent:* Tuesday, March 3, 2026 10:14 AM
*To:* Kim <kim@home.example>; Lee <lee@home.example>;
Ana <ana@home.example>
*Subject:* Your parcel
===
-------- Original message --------
From: Mara Holm <help@shop.example>
Date: 3/3/26 10:14 (GMT+01:00)
To: Kim <kim@home.example>
Subject: Your parcel
===
-------- Ursprüngliche Nachricht --------
Von: Mara Holm <help@shop.example>
Datum: 03.03.26 10:14 (GMT+01:00)
An: Kim <kim@home.example>
Betreff: Ihr Paket
===
Gesendet: Dienstag, 03. März 2026 um 10:14 Uhr
Von: "Mara Holm" <help@shop.example>
An: kim@home.example
Betreff: Ihr Paket
===
Von: Mara Holm <help@shop.example>
Gesendet: Dienstag, 3. März 2026 10:14
An: Kim <kim@home.example>
Betreff: Ihr Paket
===
De : Mara Holm <help@shop.example>
Envoyé : mardi 3 mars 2026 10:14
À : Kim <kim@home.example>
Objet : Votre colis
===
De: Mara Holm <help@shop.example>
Enviado el: martes, 3 de marzo de 2026 10:14
Para: Kim <kim@home.example>
Asunto: Su paquete
===
Da: Mara Holm <help@shop.example>
Inviato: martedì 3 marzo 2026 10:14
A: Kim <kim@home.example>
Oggetto: Il suo pacco
===
De: Mara Holm <help@shop.example>
Enviada em: terça-feira, 3 de março de 2026 10:14
Para: Kim <kim@home.example>
Assunto: Seu pacote
===
Från: Mara Holm <help@shop.example>
Skickat: den 3 mars 2026 10:14
Till: Kim <kim@home.example>
Ämne: Ditt paket
===
Expéditeur: "Mara Holm" <help@shop.example>
À: "Kim" <kim@home.example>
Envoyé: Mardi 3 Mars 2026 10:14:22
Objet: Votre colis
===
----- Mail original -----
De: "Mara Holm" <help@shop.example>
À: "Kim" <kim@home.example>
Envoyé: Mardi 3 Mars 2026 10:14:22
Objet: Votre colis
===
----- Messaggio originale -----
Da: "Mara Holm" <help@shop.example>
A: "Kim" <kim@home.example>
Inviato: Martedì, 3 marzo 2026 10:14:22
Oggetto: Il suo pacco
===
Feladó: Mara Holm <help@shop.example>
Elküldve: 2026. március 3., kedd 10:14
Címzett: Kim <kim@home.example>
Tárgy: A csomagja
===
De la: Mara Holm <help@shop.example>
Trimis: marți, 3 martie 2026 10:14
Către: Kim <kim@home.example>
Subiect: Coletul
===
Від: Mara Holm <help@shop.example>
Надіслано: 3 березня 2026 р. 10:14
Кому: Kim <kim@home.example>
Тема: Ваша посилка
===
Από: Mara Holm <help@shop.example>
Στάλθηκε: Τρίτη, 3 Μαρτίου 2026 10:14
Προς: Kim <kim@home.example>
Θέμα: Το δέμα σας
===
מאת: Mara Holm <help@shop.example>
נשלח: יום שלישי 3 מרץ 2026 10:14
אל: Kim <kim@home.example>
נושא: החבילה
===
من: Mara Holm <help@shop.example>
تم الإرسال: الثلاثاء، 3 مارس 2026 10:14
إلى: Kim <kim@home.example>
الموضوع: الطرد
===
差出人: Mara Holm <help@shop.example>
送信日時: 2026年3月3日 10:14
宛先: Kim <kim@home.example>
件名: お荷物
===
------------------ 原始邮件 ------------------
发件人: "Mara Holm" <help@shop.example>;
发送时间: 2026年3月3日(星期二) 上午10:14
收件人: "Kim"<kim@home.example>;
主题: 包裹
===
------------------ Original ------------------
From:  "Mara Holm"<help@shop.example>;
Date:  Tue, Mar 3, 2026 10:14 AM
To:  "Kim"<kim@home.example>;
Subject:  Your parcel
===
-----Original Message-----
From: "Mara Holm"<help@shop.example>
To: "Kim"<kim@home.example>;
Cc:
Sent: 2026-03-03 (화) 10:14:22 (GMT+09:00)
Subject: Your parcel
===
보낸사람: Mara Holm <help@shop.example>
받는사람: Kim <kim@home.example>
날짜: 2026년 3월 3일 10:14
제목: 소포
===
Vum: Mara Holm <help@shop.example>
Geschéckt: Dënschdeg, 3. Mäerz 2026 10:14
Un: Kim <kim@home.example>
Sujet: Äre Pak
===
Oddawca zagraniczny: Mara Holm <help@shop.example>
Czas: 3.03.2026 10:14
Adresat listu: Kim <kim@home.example>
`

// TestWorldDevice: lines that mail programs add about themselves are left out at the
// end and at the beginning.
func TestWorldDevice(t *testing.T) {
	t.Parallel()
	for _, line := range strings.Split(strings.TrimSpace(deviceLines), "\n") {
		for _, raw := range []string{said + "\n\n" + line, said + "\n" + line + "\n\nOn Tue, Mar 3, 2026 at 10:14 AM Mara Holm <help@shop.example> wrote:\n> " + older, line + "\n\n" + said} {
			if got := Read(raw, "").Text; got != said {
				t.Errorf("%q gives %q", raw, got)
				break
			}
		}
	}
	for _, line := range []string{"Enviat des del meu iPhone", "Geschéckt vu mengem iPhone", "Poslané z mojho iPadu Outlook"} {
		if got := Read(said+"\n\n"+line, "").Text; got != said {
			t.Errorf("%q stays: %q", line, got)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(peopleLines), "\n") {
		if got := Read("Hello,\n\n"+line, "").Text; got != line {
			t.Errorf("%q is a person's, but is %q", line, got)
		}
		if got := Read("It does not work.\n\n"+line, "").Text; got != "It does not work.\n\n"+line {
			t.Errorf("%q is a person's, but is %q", line, got)
		}
	}
}

const deviceLines = `
Sent from my iPhone
Sent from my iPad
Sent from Outlook for iOS
Sent from Mail for Windows
Get Outlook for Android
Get Outlook for iOS <https://aka.ms/o0ukef>
Sent from Yahoo Mail on Android
Sent from Yahoo Mail for iPhone
Sent from my Galaxy
Sent from my Samsung Galaxy smartphone.
Sent via the Samsung Galaxy S24, an AT&T 5G smartphone
Sent from Proton Mail for Android
Sent with Proton Mail secure email.
Sent from Gmail Mobile
Sent from my Huawei phone
Von meinem iPhone gesendet
Von meinem Samsung Galaxy Smartphone gesendet.
Gesendet von meinem iPad
Gesendet von Outlook für iOS
Gesendet mit der GMX Mail App
Gesendet von Mail für Windows 10
Diese Nachricht wurde von meinem Android-Mobiltelefon mit WEB.DE Mail gesendet.
Outlook für Android beziehen
Envoyé de mon iPhone
Envoyé depuis mon appareil mobile Samsung.
Envoyé à partir de Outlook pour Android
Obtenir Outlook pour iOS
Télécharger Outlook pour Android
Enviado desde mi iPhone
Enviado desde Outlook para Android
Enviado do meu iPhone
Obter o Outlook para iOS
Inviato da iPhone
Inviato da Outlook per Android
Scarica Outlook per iOS
Verstuurd vanaf mijn iPhone
Verzonden vanuit Outlook voor Android
Skickat från min iPhone
Hämta Outlook för iOS
Sendt fra min iPhone
Sendt fra Outlook til Android
Sendt fra min Samsung Galaxy-smarttelefon
Lähetetty iPhonesta
Lähetetty Outlookista
Wysłane z iPhone'a
Wysłano z telefonu Samsung Galaxy
Pobierz program Outlook dla systemu iOS
Odesláno z iPhonu
Odesláno z mobilního telefonu
Odoslané z iPhonu
Elküldve az iPhone-omról
iPhone-omról küldve
Trimis de pe iPhone-ul meu
Отправлено с iPhone
Отправлено из мобильной Почты Mail.ru
Отправлено из Яндекс.Почты для мобильных
Надіслано з iPhone
Изпратено от моя iPhone
Στάλθηκε από το iPhone μου
iPhone'umdan gönderildi
Galaxy cihazımdan gönderildi
נשלח מה-iPhone שלי
أُرسلت من الـ iPhone
发自我的 iPhone
從我的 iPhone 傳送
发自我的华为手机
iPhoneから送信
iPhoneから送信されました
나의 iPhone에서 보냄
Dikirim dari iPhone saya
Được gửi từ iPhone của tôi
ส่งจาก iPhone ของฉัน
Poslano s mog iPhonea
Saadetud minu iPhone'ist
Nosūtīts no mana iPhone
Išsiųsta iš mano iPhone
`

const peopleLines = `
I use Outlook on my iPhone and on my laptop.
Sent from which warehouse? I live in Graz.
The mail that I sent from my phone did not arrive.
Can I get Outlook for iOS with this plan?
iPhone 15 Pro Max, iOS 18.2
Mine is an Android phone.
`

// TestWorldBetween: what a person writes between and below quoted lines stays, and
// so does what looks like the line above older mail and is a person's own.
func TestWorldBetween(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"See below.\n\nOn Tue, Mar 3, 2026 at 10:14 AM Mara <help@shop.example> wrote:\n> Which plan?\nSolo.\n> Keep it?\nNo, how do I cancel?":  "See below.\n\nSolo.\nNo, how do I cancel?",
		"On Tue, Mar 3, 2026 at 10:14 AM Mara <help@shop.example> wrote:\n> Which plan?\n\nSolo. How do I cancel it?":                            "Solo. How do I cancel it?",
		"Am 03.03.26 um 10:14 schrieb Mara:\n> Welcher Tarif?\nSolo.\n\n> Behalten?\nNein, wie kündige ich?":                                     "Solo.\n\nNein, wie kündige ich?",
		"> Which plan?\nSolo.\n\n> What colour do you want, we have got red and blue and also green in\nstock\n> today\nRed. When does it come?": "Solo.\n\nRed. When does it come?",
		"Mara Holm <help@shop.example> 于2026年3月3日周二 10:14写道：\n> 哪个套餐?\n\nSolo. 怎么取消?":                                                            "Solo. 怎么取消?",
		"My colleague wrote on Monday that it is free. Is that so?":                                                                              "My colleague wrote on Monday that it is free. Is that so?",
		"Your shop wrote:\n\nWe deliver in 2 days.\n\nIt has been 9 days. Where is it?":                                                          "Your shop wrote:\n\nWe deliver in 2 days.\n\nIt has been 9 days. Where is it?",
		"I wrote to you on 3 March 2026:\nno answer so far.\nWhere is my parcel?":                                                                "I wrote to you on 3 March 2026:\nno answer so far.\nWhere is my parcel?",
		"I need a train.\n\nFrom: Graz\nTo: Wien\nDate: 3 March 2026, 10:14\n\nWhat does it cost?":                                               "I need a train.\n\nFrom: Graz\nTo: Wien\nDate: 3 March 2026, 10:14\n\nWhat does it cost?",
		"The order of 3.3.2026, 10:14:\n2 kettles\n1 lid\nWhen does it come?":                                                                    "The order of 3.3.2026, 10:14:\n2 kettles\n1 lid\nWhen does it come?",
		"My account is kim@home.example:\nI cannot sign in.\nWhy?":                                                                               "My account is kim@home.example:\nI cannot sign in.\nWhy?",
		"________________\nMy kettle leaks.\n________________\nWhat do I do?":                                                                    "________________\nMy kettle leaks.\n________________\nWhat do I do?",
		"It fails.\n--\nDoes it work on Linux, and which version do I need?":                                                                     "It fails.\n--\nDoes it work on Linux, and which version do I need?",
		"It fails.\n-- \nKim Vale\nIs there anything better? Our slogan.":                                                                        "It fails.",
		"-- \nKim Vale\nSales": "-- \nKim Vale\nSales",
		"##- Please type your reply above this line -##\n\nStill broken. What now?":                                                                                   "Still broken. What now?",
		"Still broken. What now?\n\n##- Please type your reply above this line -##\n\nYour request was updated.":                                                      "Still broken. What now?",
		"Two things:\n- the lid\n- the plug\n\nBest regards\nKim\n\nSent from my iPhone\n\nOn 3 Mar 2026, at 10:14, Mara <help@shop.example> wrote:\n\n> Which part?": "Two things:\n- the lid\n- the plug",
		"Model: K2\nFirmware: 1.2\nError: E4\n\nWhat does E4 mean?":                                                                                                   "Model: K2\nFirmware: 1.2\nError: E4\n\nWhat does E4 mean?",
	} {
		if got := Read(raw, "Re: parcel").Text; got != want {
			t.Errorf("%q\n got %q\nwant %q", raw, got, want)
		}
	}
}

// TestWorldForward: the forwarded words are the question, and who wrote them is told.
func TestWorldForward(t *testing.T) {
	t.Parallel()
	const by = "Lee Park <lee@other.example>"
	for _, c := range []struct{ subject, raw, want string }{
		{"Fwd: parcel", "FYI, please answer this customer.\n\n---------- Forwarded message ---------\nFrom: Lee Park <lee@other.example>\nDate: Tue, Mar 3, 2026 at 10:14 AM\nSubject: parcel\nTo: <kim@home.example>\n\n\nHi,\nwhere is my parcel?\n\nLee", "where is my parcel?\n\nLee"},
		{"Fwd: parcel", "---------- Forwarded message ---------\nFrom: Lee Park <lee@other.example>\nDate: Tue, Mar 3, 2026 at 10:14 AM\nSubject: parcel\nTo: <kim@home.example>\n\n\nWhere is my parcel?", "Where is my parcel?"},
		{"Fwd: parcel", "See below please.\n\nBegin forwarded message:\n\nFrom: Lee Park <lee@other.example>\nSubject: parcel\nDate: 3 March 2026 at 10:14:00 CET\nTo: kim@home.example\n\nWhere is my parcel?", "Where is my parcel?"},
		{"Fwd: parcel", "> Begin forwarded message:\n> \n> From: Lee Park <lee@other.example>\n> Subject: parcel\n> Date: 3 March 2026 at 10:14:00 CET\n> To: kim@home.example\n> \n> Where is my parcel?", "Where is my parcel?"},
		{"FW: parcel", "FYI, please answer this customer.\n\n________________________________\nFrom: Lee Park <lee@other.example>\nSent: Tuesday, March 3, 2026 10:14 AM\nTo: Kim <kim@home.example>\nSubject: parcel\n\nWhere is my parcel?", "Where is my parcel?"},
		{"parcel", "FYI, please answer this customer.\n\nFrom: Lee Park <lee@other.example>\nSent: Tuesday, March 3, 2026 10:14 AM\nTo: Kim <kim@home.example>\nSubject: parcel\n\nWhere is my parcel?", "Where is my parcel?"},
		{"WG: Paket", "Von: Lee Park <lee@other.example>\nGesendet: Dienstag, 3. März 2026 10:14\nAn: Kim <kim@home.example>\nBetreff: Paket\n\nHallo,\nwo ist mein Paket?", "wo ist mein Paket?"},
		{"Fwd: Paket", "-------- Weitergeleitete Nachricht --------\nBetreff: \tPaket\nDatum: \tTue, 3 Mar 2026 10:14:00 +0100\nVon: \tLee Park <lee@other.example>\nAn: \tkim@home.example\n\nWo ist mein Paket?", "Wo ist mein Paket?"},
		{"Fwd: colis", "Bonjour, voir ci-dessous.\n\n---------- Forwarded message ---------\nDe : Lee Park <lee@other.example>\nDate: mar. 3 mars 2026 à 10:14\nSubject: colis\nTo: <kim@home.example>\n\nOù est mon colis ?", "Où est mon colis ?"},
		{"TR: colis", "De : Lee Park <lee@other.example>\nEnvoyé : mardi 3 mars 2026 10:14\nÀ : Kim <kim@home.example>\nObjet : colis\n\nOù est mon colis ?", "Où est mon colis ?"},
		{"RV: paquete", "Para su información.\n\nDe: Lee Park <lee@other.example>\nEnviado el: martes, 3 de marzo de 2026 10:14\nPara: Kim <kim@home.example>\nAsunto: paquete\n\n¿Dónde está mi paquete?", "¿Dónde está mi paquete?"},
		{"I: pacco", "Da: Lee Park <lee@other.example>\nInviato: martedì 3 marzo 2026 10:14\nA: Kim <kim@home.example>\nOggetto: pacco\n\nDov'è il mio pacco?", "Dov'è il mio pacco?"},
		{"Fwd: посылка", "-------- Пересылаемое сообщение --------\n03.03.2026, 10:14, Lee Park <lee@other.example>:\n\nГде моя посылка?\n-------- Конец пересылаемого сообщения --------", "Где моя посылка?"},
		{"转发：包裹", "---------- 转发的邮件 ----------\n发件人：Lee Park <lee@other.example>\n日期：2026年3月3日\n主题：包裹\n收件人：kim@home.example\n\n我的包裹在哪里？", "我的包裹在哪里？"},
		{"Fwd: 荷物", "以下の件お願いします。\n\n---------- 転送メッセージ ---------\nFrom: Lee Park <lee@other.example>\nDate: 2026年3月3日(火) 10:14\nSubject: 荷物\nTo: <kim@home.example>\n\n荷物はどこですか？", "荷物はどこですか？"},
		{"Fwd: parcel", "Can you tell him when we deliver on Saturdays?\n\n---------- Forwarded message ---------\nFrom: Lee Park <lee@other.example>\nDate: Tue, Mar 3, 2026 at 10:14 AM\nSubject: parcel\nTo: <kim@home.example>\n\nWhere is my parcel?", "Can you tell him when we deliver on Saturdays?\n\nWhere is my parcel?"},
		{"Fwd: parcel", "fyi\n\n---------- Forwarded message ---------\nFrom: Kim <kim@home.example>\nDate: Tue, Mar 3, 2026 at 11:14 AM\nSubject: Fwd: parcel\nTo: <boss@home.example>\n\n---------- Forwarded message ---------\nFrom: Lee Park <lee@other.example>\nDate: Tue, Mar 3, 2026 at 10:14 AM\nSubject: parcel\nTo: <kim@home.example>\n\nWhere is my parcel?", "Where is my parcel?"},
		{"Fwd: parcel", "> ---------- Forwarded message ---------\n> From: Lee Park <lee@other.example>\n> Date: Tue, Mar 3, 2026 at 10:14 AM\n> Subject: parcel\n> To: <kim@home.example>\n>\n> Where is my parcel?", "Where is my parcel?"},
		{"Fwd: parcel", "Please help Lee.\n\nOn Tuesday, 3 March 2026 at 10:14, Lee Park <lee@other.example> wrote:\n\nWhere is my parcel?", "Where is my parcel?"},
	} {
		l := Read(c.raw, c.subject)
		if l.Text != c.want {
			t.Errorf("%s: %q\n got %q\nwant %q", c.subject, c.raw, l.Text, c.want)
		}
		if l.By != by {
			t.Errorf("%s: %q is by %q", c.subject, c.raw, l.By)
		}
	}
	for _, c := range [][3]string{ // answers, however short, and empty ones
		{"RE: parcel", "まだ届きません。\n\n-----Original Message-----\nFrom: Mara <help@shop.example>\nSent: Tuesday, March 3, 2026 10:14 AM\nTo: Kim\nSubject: parcel\n\nWe look into it.", "まだ届きません。"},
		{"SV: paket", "Fortfarande borta.\n\nFrån: Mara <help@shop.example>\nDatum: tisdag 3 mars 2026 10:14\nTill: Kim <kim@home.example>\nÄmne: Re: paket\n\nVi kollar.", "Fortfarande borta."},
		{"", "No.\n\nFrom: Mara <help@shop.example>\nSent: Tuesday, March 3, 2026 10:14 AM\nTo: Kim\nSubject: parcel\n\nWe look into it.", "No."},
		{"RE: parcel", "From: Mara <help@shop.example>\nSent: Tuesday, March 3, 2026 10:14 AM\nTo: Kim\nSubject: parcel\n\nWe look into it.", ""},
		{"", "[image: photo.jpg]\n\nOn 3 Mar 2026, at 10:14, Mara <help@shop.example> wrote:\n\n> We look into it.", ""},
	} {
		if l := Read(c[1], c[0]); l.Text != c[2] || l.By != "" {
			t.Errorf("%s: %q is read as %+v", c[0], c[1], l)
		}
	}
	if l := Read("Any news?\n\nFrom: Mara <help@shop.example>\nSent: Tuesday, March 3, 2026 10:14 AM\nTo: Kim <kim@home.example>\nSubject: RE: parcel\n\nWe look into it.", "RE: parcel"); l.Text != "Any news?" || l.By != "" {
		t.Errorf("a reply is read as a forward: %+v", l)
	}
}

// TestWorldForm: of a contact form the message is the question.
func TestWorldForm(t *testing.T) {
	t.Parallel()
	const asked = "How do I reset my password?\n\nI tried it twice."
	for name, raw := range map[string]string{
		"Contact Form 7":   "From: Kim Vale <kim@home.example>\nSubject: Password\n\nMessage Body:\n" + asked + "\n\n-- \nThis e-mail was sent from a contact form on Shop (https://shop.example)",
		"CF7 German":       "Von: Kim Vale <kim@home.example>\nBetreff: Passwort\n\nNachrichtentext:\n" + asked + "\n\n-- \nDiese E-Mail wurde von einem Kontaktformular von Shop gesendet",
		"Typeform":         "Hi,\n\nSomeone just completed your typeform Contact us.\nHere are their answers:\n\nWhat's your name?\nKim Vale\n\nWhat's your email?\nkim@home.example\n\nHow can we help you?\n" + asked,
		"Wix":              "Kim Vale just submitted your form: Contact\non Shop\n\nMessage Details:\nFirst Name: Kim\nLast Name: Vale\nEmail: kim@home.example\nYour message: " + asked + "\n\nView in Inbox",
		"Shopify":          "You received a new message from your online store's contact form.\n\nCountry Code:\nUS\n\nName:\nKim Vale\n\nEmail:\nkim@home.example\n\nPhone Number:\n030 4711\n\nBody:\n" + asked,
		"Jotform":          "Contact Form\n\nFull Name | Kim Vale\nE-mail | kim@home.example\nPhone Number | 030 4711\nMessage | " + asked,
		"Webflow":          "You just got a form submission!\n\nForm: Contact Form\nSite: Shop\n\nSubmitted Content\nName: Kim Vale\nEmail: kim@home.example\nMessage: " + asked + "\n\nView all submissions (https://webflow.com/x)",
		"Gravity Forms":    "Name\nKim Vale\nEmail\nkim@home.example\nMessage\n" + asked,
		"Squarespace":      "Sent via form submission from Shop\n\nName: Kim Vale\n\nEmail: kim@home.example\n\nSubject: Password\n\nMessage: " + asked + "\n\n(Sent via Shop)",
		"WPForms":          "--- Name ---\n\nKim Vale\n\n--- Email ---\n\nkim@home.example\n\n--- Comment or Message ---\n\n" + asked,
		"Elementor":        "Name: Kim Vale\nEmail: kim@home.example\nMessage: " + asked + "\n\n---\n\nDate: March 3, 2026\nTime: 10:14 am\nPage URL: https://shop.example/contact\nUser Agent: Mozilla/5.0\nRemote IP: 192.0.2.1\nPowered by: Elementor",
		"Formspree":        "Hey there,\n\nSomeone just submitted a form on shop.example. Here's what they had to say:\n\nname:\nKim Vale\n\nemail:\nkim@home.example\n\nmessage:\n" + asked + "\n\nSubmitted at 10:14 AM",
		"Jetpack":          "Name: Kim Vale\nEmail: kim@home.example\nWebsite: \nComment: " + asked + "\n\nTime: March 3, 2026 at 10:14 am\nIP Address: 192.0.2.1\nContact Form URL: https://shop.example/contact/\nSent by an unverified visitor to your site.",
		"Drupal":           "Submitted on Tue, 03/03/2026 - 10:14\n\nSubmitted by: Anonymous\n\nSubmitted values are:\n\nYour name: Kim Vale\nYour email: kim@home.example\nSubject: Password\nMessage:\n" + asked,
		"own form, ruled":  "____________________________\nTopic: Account\nYour question: " + asked + "\nE-mail: kim@home.example\nIP: 192.0.2.1\nUser agent: Mozilla/5.0",
		"French":           "Nom : Kim Vale\nAdresse e-mail : kim@home.example\nTéléphone : 030 4711\nVotre message : " + asked,
		"Spanish":          "Nombre: Kim Vale\nCorreo electrónico: kim@home.example\nTeléfono: 030 4711\nMensaje: " + asked,
		"Italian":          "Nome e cognome: Kim Vale\nEmail: kim@home.example\nMessaggio: " + asked,
		"Portuguese":       "Nome: Kim Vale\nE-mail: kim@home.example\nMensagem: " + asked,
		"Dutch":            "Naam: Kim Vale\nE-mailadres: kim@home.example\nOnderwerp: Wachtwoord\nBericht: " + asked,
		"Swedish":          "Namn: Kim Vale\nE-post: kim@home.example\nMeddelande: " + asked,
		"Finnish":          "Nimi: Kim Vale\nSähköposti: kim@home.example\nViesti: " + asked,
		"Polish":           "Imię i nazwisko: Kim Vale\nE-mail: kim@home.example\nTreść wiadomości: " + asked,
		"Czech":            "Jméno: Kim Vale\nE-mail: kim@home.example\nZpráva: " + asked,
		"Hungarian":        "Név: Kim Vale\nE-mail cím: kim@home.example\nÜzenet: " + asked,
		"Russian":          "Имя: Kim Vale\nТелефон: 030 4711\nE-mail: kim@home.example\nСообщение: " + asked,
		"Turkish":          "Adınız: Kim Vale\nE-posta: kim@home.example\nMesajınız: " + asked,
		"Japanese":         "お名前：Kim Vale\nメールアドレス：kim@home.example\nお問い合わせ内容：" + asked,
		"Chinese":          "姓名：Kim Vale\n邮箱：kim@home.example\n留言内容：" + asked,
		"Korean":           "이름: Kim Vale\n이메일: kim@home.example\n문의 내용: " + asked,
		"Arabic":           "الاسم: Kim Vale\nالبريد الإلكتروني: kim@home.example\nالرسالة: " + asked,
		"nobody listed it": "Izena: Kim Vale\nHelbidea: kim@home.example\nHiria: Bilbo\nEzer galdetu: " + asked,
		"brackets":         "以下の内容でお問い合わせがありました。\n\n【お名前】Kim Vale\n【メールアドレス】kim@home.example\n【お問い合わせ内容】" + asked,
		"assigned":         "name=Kim Vale\nemail=kim@home.example\nmessage=" + asked,
		"consent below":    "Nombre y apellidos: Kim Vale\nE-mail: kim@home.example\nConsulta: " + asked + "\nAcepto la política de privacidad: Sí",
		"required marks":   "Name *: Kim Vale\nE-Mail *: kim@home.example\nIhre Nachricht (Pflichtfeld): " + asked,
		"bold":             "**Name:** Kim Vale\n**Email:** kim@home.example\n**Message:** " + asked,
		"bullets":          "New enquiry from the website\n\n- Name: Kim Vale\n- Email: kim@home.example\n- Order number: 4711\n- Question: " + asked,
	} {
		l := Read(raw, "New submission")
		if l.Text != asked {
			t.Errorf("%s: %q\n gives %q", name, raw, l.Text)
		}
		found := false
		for _, f := range l.Fields {
			found = found || strings.Contains(f.Value, "kim@home.example")
		}
		if !found {
			t.Errorf("%s: the address is not among %+v", name, l.Fields)
		}
	}
	for _, raw := range []string{
		"How do I change my address?\n\nName: Kim Vale\nEmail: kim@home.example\nPhone: 030 4711",
		"My kettle shows an error.\nModel: K2\nMessage: E4\nSerial: 4711\nWhat do I do?",
		"Please send the invoice to my new address, the old one is wrong since we moved house in March.\nStreet: Weg 3\nTown: Graz\nE-mail: kim@home.example",
	} {
		if l := Read(raw, "Question"); l.Text != raw {
			t.Errorf("%q is a person's, but is %+v", raw, l)
		}
	}
}

// FuzzRead: whatever stands in a message, what is read is text of it, and trimmed.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"Hi,\nx?\n-- \nme", "On 3/3/26 10:14 a <a@b.c> wrote:\n> a", "\r\n> \u2028\xff", "Name: a\nEmail: a@b.c\nMessage: x", "> ---- Forwarded message ----\n> From: a <a@b.c>\n> Date: 2026\n>\n> x", "٣/٣/٢٠٢٦ ١٠:١٤ <a@b.c>:\nx"} {
		f.Add(s, "Fwd: x")
	}
	f.Fuzz(func(t *testing.T, raw, subject string) {
		l := Read(raw, subject)
		if strings.TrimSpace(l.Text) != l.Text || len(l.Text) > len(raw)+16 {
			t.Fatalf("%q of %q", l.Text, raw)
		}
		if utf8.ValidString(raw) && !utf8.ValidString(l.Text) {
			t.Fatalf("%q of %q", l.Text, raw)
		}
	})
}

// TestReadIsLinear: what nobody sends is read in time that grows with its length;
// the limit is wide, for what it tells from is hours.
func TestReadIsLinear(t *testing.T) {
	for _, unit := range []string{"\n", "```\n", "From: a\n", "On Monday Ann wrote:\n\n", "Thanks\n", "a: b\n", "3/3/2026 10:14 <a@b.c> \n", "Sent from\n", "--\na?\n", "-----\n", "- a: \n\n", "Von: a@b.c\n\n", "<a@", "1:", "> ---- Forwarded message ----\n> From: a <a@b.c>\n> Date: 2026\n"} {
		began := time.Now()
		Read(strings.Repeat(unit, 1<<18/len(unit)), "Fwd: x")
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%q: %s", unit, took)
		}
	}
}
