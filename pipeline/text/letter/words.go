package letter

import (
	"regexp"
	"strings"
)

// The words that mail programs and forms write around what a person wrote, in the
// languages that we know. Structure is looked at first (history.go, form.go), and
// these tell what structure alone leaves open.

// part is what a labelled line names.
type part int

const (
	unknown part = iota
	from
	to
	sent
	subject
	other // of a mail's head: copy, importance, attachments

	name // of a form's fields
	email
	phone
	message
	meta // what the form notes by itself
)

// headWords are the labels of a quoted or forwarded mail's head.
var headWords = labels(map[part]string{
	from: `from|von|de|da|van|fra|från|lähettäjä|od|od koho|от|от кого|від|від кого|kimden|gönderen|feladó|отправитель|відправник|подател|expéditeur|remitente|mittente|remetente|afzender|absender|avsändare|
		afsender|avsender|nadawca|odesílatel|odosielateľ|pošiljatelj|pošilja|pošiljalac|expeditor|de la|saatja|no|sūtītājs|nuo|siuntėjas|από|αποστολέας|מאת|من|المرسل|از|فرستنده|प्रेषक|จาก|ผู้ส่ง|từ|người gửi|dari|
		pengirim|daripada|发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 사람|보낸사람|보낸이|frá|nga|nork|шаље|од|remitent`,
	sent: `sent|date|sent on|gesendet|gesendet am|datum|envoyé|envoyé le|enviado|enviado el|fecha|enviada em|enviada|enviado em|data|data de envio|inviato|data invio|verzonden|sendt|dato|skickat|lähetetty|päiväys|päivämäärä|pvm|
		wysłano|data wysłania|odesláno|odoslané|odeslané|dátum|küldve|elküldve|trimis|дата|отправлено|отправлен|надіслано|изпратено|gönderildi|gönderme tarihi|gönderilme tarihi|tarih|poslano|saadetud|kuupäev|nosūtīts|datums|išsiųsta|
		ημερομηνία|στάλθηκε|εστάλη|נשלח|תאריך|تاريخ|التاريخ|تم الإرسال|أرسلت|إرسال|تاریخ|ارسال شده|ارسال|दिनांक|भेजा गया|तारीख|วันที่|ส่ง|ส่งเมื่อ|ngày|đã gửi|tanggal|dikirim|tarikh|发送时间|发送日期|日期|时间|寄件日期|時間|送信日時|日時|
		送信日|日付|보낸 날짜|보낸날짜|날짜|dagsetning|enviat|data d'enviament|bidaltze-data|послато|датум`,
	to: `to|an|à|para|a|aan|til|till|vastaanottaja|saaja|do|komu|кому|до|kime|alıcı|címzett|către|catre|za|prima|prejemnik|kam|adresātam|kam|προς|אל|إلى|الى|به|प्रति|ถึง|đến|tới|kepada|ke|收件人|收件者|宛先|受信者|받는 사람|받는사람|받는이|
		destinataire|destinatario|destinatário|empfänger|mottaker|modtager|mottagare|ontvanger|adresat|příjemce|получатель|отримувач|получател|per a|nori|прима`,
	subject: `subject|betreff|objet|asunto|assunto|oggetto|onderwerp|emne|ämne|aihe|otsikko|temat|předmět|predmet|tárgy|subiect|тема|относно|konu|zadeva|teema|pealkiri|temats|tēma|tema|θέμα|נושא|الموضوع|موضوع|विषय|เรื่อง|หัวเรื่อง|
		chủ đề|tiêu đề|subjek|subyek|perihal|主题|主題|主旨|件名|題名|제목|efni|assumpte|gaia|предмет|тақырып|sujet`,
	other: `cc|bcc|kopie|kopia|kopi|copia|cópia|copie|копия|копія|в копии|másolat|másolatot kap|bilgi|抄送|副本|참조|kopio|dw|ανθ|κοιν|cci|co|reply-to|reply to|antwort an|répondre à|responder a|rispondi a|ответить|importance|priority|wichtigkeit|
		priorität|attachments|attachment|anlagen|anlage|pièces jointes|adjuntos|allegati|bijlagen|bilagor|załączniki|вложения|附件|添付ファイル|첨부파일|organization|organisation|message-id|x-mailer|عناوين نسخة إلى|نسخة|עותק`,
})

// fieldWords are the labels of contact forms, besides those above.
var fieldWords = labels(map[part]string{
	name: `name|your name|full name|first name|last name|first|last|surname|contact name|customer name|ihr name|dein name|vorname|nachname|vor- und nachname|vollständiger name|anrede|nombre|su nombre|tu nombre|nombre completo|apellido|apellidos|nom|votre nom|
		nom complet|prénom|nome|il tuo nome|nome e cognome|cognome|nome completo|seu nome|sobrenome|naam|uw naam|je naam|volledige naam|voornaam|achternaam|namn|ditt namn|förnamn|efternamn|navn|dit navn|ditt navn|fornavn|efternavn|etternavn|nimi|nimesi|
		imię|imię i nazwisko|nazwisko|jméno|vaše jméno|příjmení|jméno a příjmení|meno|név|neve|teljes név|nume|numele|numele dvs|имя|ваше имя|фио|фамилия|ім'я|ваше ім'я|име|adınız|isim|ad soyad|adınız soyadınız|ime|ime i prezime|όνομα|ονοματεπώνυμο|
		שם|שם מלא|الاسم|اسم|نام|नाम|ชื่อ|tên|họ tên|họ và tên|nama|nama lengkap|姓名|您的姓名|名字|称呼|お名前|氏名|名前|이름|성함|성명|sender|from`,
	email: `e-mail|email|mail|e-mail address|email address|your email|your e-mail|your email address|contact email|e-mail-adresse|email-adresse|ihre e-mail|ihre e-mail-adresse|emailadresse|mailadresse|correo|correo electrónico|su correo|tu correo|email de contacto|
		courriel|adresse e-mail|adresse email|adresse mail|votre e-mail|votre email|indirizzo e-mail|indirizzo email|la tua email|e-mailadres|uw e-mail|uw e-mailadres|e-postadress|e-post|e-postadresse|din e-mail|sähköposti|sähköpostiosoite|
		adres e-mail|twój e-mail|váš e-mail|e-mailová adresa|e-mail cím|adresa de email|электронная почта|эл. почта|почта|ваш e-mail|електронна пошта|имейл|e-posta|e-posta adresi|eposta|e-mail adresa|e-pošta|ηλεκτρονικό ταχυδρομείο|email σας|
		דוא"ל|אימייל|דואר אלקטרוני|البريد الإلكتروني|البريد الالكتروني|ایمیل|ईमेल|อีเมล|thư điện tử|邮箱|电子邮箱|电子邮件|邮件|電子郵件|電郵|信箱|メールアドレス|メール|이메일|메일`,
	phone: `phone|telephone|tel|phone number|your phone|mobile|cell|telefon|telefonnummer|ihre telefonnummer|handy|mobilnummer|rückrufnummer|teléfono|móvil|número de teléfono|téléphone|numéro de téléphone|portable|telefono|cellulare|telefone|celular|telefoon|
		telefoonnummer|mobiel|mobil|puhelin|puhelinnumero|numer telefonu|telefón|telefonszám|телефон|номер телефона|номер телефону|telefon numarası|τηλέφωνο|טלפון|نقال|الهاتف|رقم الهاتف|تلفن|फ़ोन|फोन|โทรศัพท์|เบอร์โทร|điện thoại|số điện thoại|
		telepon|nomor telepon|电话|手机|手机号|電話|電話番号|전화|전화번호|연락처|whatsapp|fax`,
	subject: `topic|your subject|reason|reason for contact|reason for your message|category|department|regarding|thema|anlass|kategorie|abteilung|grund|motivo|categoría|departamento|motif|catégorie|sujet|service|argomento|categoria|setor|
		categorie|afdeling|rubriek|kategori|avdelning|kategoria|obszar|kategorie dotazu|категория|раздел|kategorisi|お問い合わせ種別|ご用件|문의 유형|分类|咨询类型`,
	message: `message|your message|message body|body|comment|comments|your comment|question|your question|questions|enquiry|your enquiry|inquiry|your inquiry|description|details|how can we help|how can we help you|how can we help you today|what can we help you with|
		how may we help you|tell us more|tell us about your problem|additional information|request|your request|feedback|content|problem|issue|comment or message|message text|additional comments|nachricht|ihre nachricht|deine nachricht|frage|ihre frage|deine frage|
		anfrage|ihre anfrage|mitteilung|ihre mitteilung|kommentar|bemerkung|bemerkungen|anliegen|ihr anliegen|dein anliegen|beschreibung|nachrichtentext|wie können wir helfen|wie können wir ihnen helfen|was können wir für sie tun|mensaje|su mensaje|tu mensaje|
		pregunta|su pregunta|consulta|su consulta|comentario|comentarios|descripción|en qué podemos ayudarte|en qué podemos ayudarle|cómo podemos ayudarte|cuerpo del mensaje|votre message|votre question|commentaire|commentaires|demande|votre demande|
		comment pouvons-nous vous aider|corps du message|messaggio|il tuo messaggio|testo del messaggio|domanda|la tua domanda|richiesta|commento|commenti|testo|mensagem|sua mensagem|corpo da mensagem|pergunta|dúvida|comentário|descrição|bericht|uw bericht|
		je bericht|vraag|uw vraag|je vraag|opmerking|opmerkingen|toelichting|meddelande|ditt meddelande|fråga|din fråga|besked|din besked|spørgsmål|dit spørgsmål|melding|din melding|spørsmål|viesti|viestisi|kysymys|kysymyksesi|wiadomość|twoja wiadomość|treść|
		treść wiadomości|pytanie|twoje pytanie|zpráva|vaše zpráva|dotaz|váš dotaz|text zprávy|správa|vaša správa|otázka|üzenet|üzenete|az üzenet szövege|kérdés|kérdése|mesaj|mesajul|mesajul dvs|întrebare|întrebarea|сообщение|ваше сообщение|текст сообщения|
		вопрос|ваш вопрос|комментарий|суть вопроса|повідомлення|ваше повідомлення|питання|ваше питання|съобщение|вашето съобщение|въпрос|mesajınız|soru|sorunuz|açıklama|poruka|vaša poruka|pitanje|vaše pitanje|sporočilo|vprašanje|μήνυμα|το μήνυμά σας|
		ερώτηση|הודעה|ההודעה שלך|תוכן ההודעה|שאלה|الرسالة|رسالة|رسالتك|نص الرسالة|السؤال|سؤالك|پیام|پیام شما|सवाल|संदेश|ข้อความ|คำถาม|tin nhắn|nội dung|câu hỏi|pesan|pesan anda|pertanyaan|isi pesan|留言|留言内容|消息|内容|内容详情|讯息|訊息|問題|问题|
		您的留言|您的问题|咨询内容|お問い合わせ内容|お問合せ内容|ご質問|ご質問内容|メッセージ|メッセージ本文|本文|문의 내용|문의내용|문의사항|메시지|내용|질문|sõnum|küsimus|ziņa|ziņojums|jautājums|žinutė|klausimas|missatge|pregunta`,
	meta: `ip|ip address|remote ip|ip-adresse|user agent|user-agent|browser|page|page url|page title|url|source url|referrer|referer|time|date|date and time|form|form name|form id|formular|formularname|entry id|submission id|submission date|submitted on|
		submitted by|submitted at|submitted|submission time|submission url|powered by|website|site|sent from|sent via|country code|contact form url|seite|zeit|uhrzeit|datum|newsletter|consent|gdpr|privacy policy|datenschutz|einwilligung|dsgvo|rgpd|captcha|marketing|
		page d'origine|adresse ip|heure|formulaire|formulario|dirección ip|hora|página|modulo|indirizzo ip|pagina|ora|ip-adres|tijdstip|formulier|language|sprache|langue|idioma|device|os|utm source|utm_source|locale|timestamp|страница|ip-адрес|送信日時`,
})

// wrote is the verb of the line above quoted mail, as whole words and as stems of
// scripts that set no spaces.
var (
	wrote = words(`wrote|writes|schrieb|geschrieben|schreibt|escribió|escribio|écrit|scritto|scrive|scriveva|escreveu|schreef|geschreven|skrev|kirjoitti|napisał|napisała|pisze|napsal|napsala|napísal|napísala|napisao|napisala|napisal|píše|írta|írt|scris|
		написал|написала|писал|писала|пишет|написав|написала|пише|написа|написао|kirjutas|rakstīja|rašė|parašė|έγραψε|כתב|כתבה|כתב/ה|كتب|كتبت|نوشت|लिखा|viết|menulis|yazdı|yazmış|skrifaði|escriure|escrigué|escrit|idatzi|shkroi|escribiu|ngaras|napíše`)
	wroteStems = []string{"写道", "寫道", "書き", "のメール", "さんから", "작성", "님이 쓴", "เขียน"}
)

// forwardWords stand in the line above a forwarded mail.
var forwardWords = regexp.MustCompile(`(?i)` + lines(`forward(?:ed)?|weitergeleitete?|transféré|transmis|réexpédié|reenviado|reenviada|inoltrat|encaminhada|doorgestuurd|vidarebefordrat|vidarebefordrad|videresendt|videresendte|välitetty|edelleenlähetetty|przekazan|przesłan[ae] dalej|
	přeposlan|preposlan|továbbított|redirecționat|redirectionat|пересланн|пересылаем|переслано|переадресован|препратен|iletilen|proslijeđen|prosleđen|posredovan|edastatud|pārsūtīt|persiųst|προωθημέν|προώθηση|הועבר|מועבר|معاد توجيه|تمت إعادة توجيه|محول|فوروارد|अग्रेषित|
	ส่งต่อ|chuyển tiếp|diteruskan|转发|轉寄|轉發|転送|전달|áframsent|reenviat|birbidalit`))

// originalWords stand in the line above a mail that was answered.
var originalWords = regexp.MustCompile(`(?i)` + lines(`original|ursprünglich|ursprungligt|oprindelig|opprinnelig|oorspronkelijk|alkuperäinen|oryginaln|původní|pôvodn|eredeti|исходн|оригиналь|початков|izvorn|αρχικό|orijinal|asıl|αρχικ|المקורית|מקורית|الأصلية|原始|元の|원본|元メール|quoted|reply message|antwort`))

// forwardPrefix begins the subject of a forward.
var forwardPrefix = regexp.MustCompile(`(?i)^(?:(?:\[[^\]\n]{1,40}\]|(?:ext|external|extern|externe|externo)\s*[:：])\s*)*(?:` + lines(`fwd?|wg|tr|rv|i|enc|doorst|vb|vl|pd|i̇lt|ilt|πρθ|továbbítás|vidarebefordrat|transfert|inoltra|inoltro|reenv|encaminhada|encaminhado|
	forward|weitergeleitet|转发|轉寄|転送|전달|пересл|переслано|הועבר|إعادة توجيه|chuyển tiếp|terusan|fs|redir`) + `)\s*[:：]`)

// points are comments that only point at what is forwarded.
var points = regexp.MustCompile(`(?i)` + lines(`\bfyi\b|\b(?:see|look|read|check) (?:the )?(?:below|attached|mail below|message below|forwarded)|\bbelow\b|\bfor your (?:information|attention|action)|please (?:answer|reply|handle|help|advise|take care|deal|assist|process|look|see|respond|check)|\bcan you (?:answer|handle|take)|
	\bforward(?:ed|ing)\b|zur (?:info|kenntnis|bearbeitung|beantwortung)|\bz\.? ?k\.?\b|siehe (?:unten|anhang)|bitte (?:beantworten|bearbeiten|antworten|übernehmen|kümmern|um)|s\. ?u\.|anbei|unten|leite ich|weiter an euch|para su información|ver (?:abajo|más abajo)|por favor (?:responde|contest|atiend|respond)|adjunto|
	ci-dessous|pour (?:info|information|action)|merci de (?:répondre|traiter)|je vous transf|vedi sotto|per (?:conoscenza|vostra)|si prega di|inoltro|ver abaixo|segue abaixo|favor (?:responder|verificar)|zie (?:onder|hieronder|beneden)|ter info|graag (?:beantwoorden|oppakken)|se nedan|se nedenfor|för kännedom|
	til info|ks\. alla|katso alla|patrz niżej|poniżej|proszę o odpowied|viz níže|lásd lent|см\.? ниже|ниже|прошу ответить|див\.? нижче|aşağıda|bilginize|下記|ご確認|お願い|请看下面|请回复|见下|아래|참고|xem bên dưới|lihat di bawah`))

// gadgets are what mail is written on and with.
var (
	gadgets = words(`iphone|i-phone|iphonesta|iphonestani|iphonen|iphone-ról|iphone'a|iphone'dan|iphone'umdan|iphonemdan|iphone-om|iphone-omról|iphone-ul|ipad|ipadista|ipadistani|ipad'a|ipad'imden|ipad'den|ipod|android|android-mobiltelefon|androidista|galaxy|samsung|huawei|xiaomi|redmi|poco|oppo|vivo|honor|pixel|motorola|moto|nokia|sony|xperia|
		blackberry|htc|lg|realme|oneplus|windows|outlook|outlookista|outlook'tan|proton|protonmail|yahoo|gmail|gmx|web.de|mail.ru|mymail|yandex|яндекс|яндекс.почты|яндекс.почта|почты|почты.mail.ru|почта|пошти|qq|naver|thunderbird|spark|bluemail|blue|edison|aquamail|k-9|fairemail|client|t-online|freenet|telekom|orange|
		zoho|hey|fastmail|tuta|tutanota|mail|mailbird|mailspring|superhuman|canary|airmail|newton|roundcube|zimbra|icloud|mac|macbook|apple|watch|ios|mobile|mobil|mobilen|mobiel|smartphone|smartphones|handy|phone|tablet|telefon|telefona|telefonu|telefono|telefonom|telefonomdan|telefonumdan|telefonul|telefoon|téléphone|teléfono|telefonomról|
		телефона|телефон|телефону|смартфона|смартфону|устройства|айфона|iphone\u200f|κινητό|τηλέφωνο|συσκευή|iphoneמ|טלפון|הטלפון|הנייד|iphoneشلي|هاتفي|هاتف|الهاتف|جهاز|جهازي|ponsel|thoại|puhelimesta|puhelimestani|puhelin|gsm|móvil|celular|device|gerät|unterwegs|go|desktop|app|mobilního|mobilného|telefón|dispositivo|appareil|toestel|komórki|telefoni|mobilã`)
	gadgetStems = []string{"iPhon", "iPad", "Outlook", "邮箱", "郵箱", "手机", "手機", "网易", "네이버", "휴대", "스마트폰", "スマートフォン", "携帯", "มือถือ", "Android"}
)

// pictures are the marks that desks and mail programs leave for what cannot be shown as text.
var pictures = regexp.MustCompile(`(?im)^\s*(?:>\s?)*\[(?:not read|attachment|cid|image|inline image|anhang|bild|imagen|image :|immagine|afbeelding|zdjęcie|изображение|图片|画像)[^\]\n]*\]\s*$`)

func labels(words map[part]string) map[string]part {
	out := map[string]part{}
	for p := from; p <= meta; p++ { // in this order: of a word with two meanings the first one stays
		for w := range strings.SplitSeq(lines(words[p]), "|") {
			if _, ok := out[w]; !ok && w != "" {
				out[w] = p
			}
		}
	}
	return out
}

func words(all string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.SplitSeq(lines(all), "|") {
		out[w] = true
	}
	return out
}

// hasAny tells whether a text has one of some words, or one of some stems.
func hasAny(s string, words map[string]bool, stems []string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool {
		return r <= '/' && r != '-' && r != '.' && r != '\'' && r != '/' && (r < '0') || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~' || r == '、' || r == '\u200f' || r == '\u200e'
	}) {
		if words[strings.Trim(w, "-.'/")] {
			return true
		}
	}
	for _, stem := range stems {
		if strings.Contains(s, stem) {
			return true
		}
	}
	return false
}

// lines joins a list with | that is written on several lines.
func lines(s string) string { return breaks.ReplaceAllString(strings.TrimSpace(s), "") }

var breaks = regexp.MustCompile(`\s*\n\s*`)
