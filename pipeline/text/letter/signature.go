package letter

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	// deviceRE is what mail programs say of themselves.
	deviceRE = regexp.MustCompile(`(?i)^\W*(?:` + lines(`(?:sent|written|composed|typed) (?:securely )?(?:from|via|with|using|by|on) .*|get (?:outlook|yahoo mail|spark|bluemail|proton mail|.{2,20} mail) for .*|
		(?:von|vom) (?:meine[mrn]|einem|unterwegs|.{0,30}(?:iphone|ipad|android|smartphone|handy|outlook|gmx|web\.de)).{0,60}(?:gesendet|geschickt|verschickt|geschrieben).*|(?:gesendet|geschrieben|verschickt|versendet) (?:von|mit|aus|über|per|durch|via) .*|(?:hol|laden|holen|lade|hole)(?: dir| sie(?: sich)?)? outlook .*|outlook für .* (?:beziehen|herunterladen|laden|abrufen)|
		diese nachricht wurde von .{0,60}gesendet.*|envoyé (?:depuis|de|à partir|avec|par|via) .*|(?:obtenir|obtenez|télécharger|téléchargez) .{2,30} pour .*|enviad[oa] (?:desde|con|mediante|vía|através|a partir|do|pelo|por|de|da|com) .*|(?:obtener|obtén|obtenga|descargar|descarga|obter|obtenha|baixe|baixar) .{2,30} para .*|
		inviato (?:da|dal|dall|con|tramite|mediante).*|(?:scarica|ottieni|scaricare) .{2,30} per .*|(?:verzonden|verstuurd|gestuurd) (?:vanaf|van|met|via|vanuit) .*|(?:download|ontvang|haal) outlook voor .*|(?:skickat|skickades) (?:från|med|via) .*|hämta .{2,30} för .*|
		sendt (?:fra|med|via) .*|(?:hent|få) .{2,30} (?:til|for) .*|(?:lähetetty|lähetin) .*|hanki .{2,30}(?:ille|lle|in)?.*outlook.*|(?:wysłan[eoay]|wysłano|wyslane) (?:z|ze|za|przez|przy) .*|(?:pobierz|uzyskaj) .{2,30} dla .*|
		(?:odesláno|posláno|odeslané|odoslané|poslané) (?:z|ze|zo|pomocí|pomocou|přes) .*|(?:získejte|stáhnout|stáhněte|získajte|získať) .{2,30} pro? .*|.{0,40}(?:küldve|küldtem|küldött)\b.*|.{0,30}telefonomról küldve.*|(?:trimis|expediat) (?:de pe|de la|din|cu|prin|folosind) .*|(?:obțineți|descărcați) .{2,30} pentru .*|
		(?:отправлено|отправлен|послано|написано) (?:с|со|из|от|через|при) .*|(?:скачать|получить|загрузить) .{2,30} для .*|(?:надіслано|відправлено|надісланo) (?:з|із|від|через|за) .*|(?:отримати|завантажити) .{2,30} для .*|изпратен[оа] (?:от|чрез|с) .*|вземете .{2,30} за .*|
		στάλθηκε (?:από|μέσω|με) .*|(?:εστάλη|απεστάλη) .*|.{0,40}(?:gönderildi|gönderilmiştir)\W*|.{2,40} için .{2,30} (?:edinin|alın|indirin)|(?:נשלח|נשלחה) (?:מ|מה|באמצעות|דרך).*|קבל את outlook.*|(?:أُ?رسلت?|مُ?رسلة?|تم الإرسال|أرسل|أُرسلت) (?:من|عبر|بواسطة|باستخدام).*|(?:احصل|الحصول) على .*|(?:فرستاده|ارسال) شده .*|
		.{0,40}से भेजा गया.*|ส่งจาก.*|(?:được )?gửi từ .*|tải outlook .*|(?:dikirim|terkirim|dihantar) (?:dari|melalui|dengan|menggunakan|daripada) .*|dapatkan .{2,30} untuk .*|(?:发自|發自|寄自|从我的|從我的|來自我的|来自我的|通过|获取适用于|下载|取得).{1,40}|.{0,40}(?:发送|發送|傳送|傳送的|发送的邮件|发出)\W*|.{1,40}から送信(?:しました|されました)?.*|.{1,40}(?:을|를) (?:다운로드|받기).*|
		.{1,40}(?:에서 보냄|에서 보낸|에서 보냈|로 보냄|에서 발송|에서 전송).*|(?:poslano|послато|послатo) (?:s|sa|z|iz|са|с|preko|putem) .*|saadetud .*|nosūtīts (?:no|ar) .*|(?:išsiųsta|atsiųsta) (?:iš|naudojant|su) .*|enviat des .*|nire .{1,20}tik bidalia|sent úr .*|(?:bidalia|dërguar nga) .*`) + `)$`)
	sigRE   = regexp.MustCompile(`^(?:--|__|—)\s?$`)
	ruledRE = regexp.MustCompile(`^\s*(?:_{5,}|-{5,}|={5,}|\*{5,})\s*$`)
	// scannerRE is what programs say that looked for viruses.
	scannerRE = regexp.MustCompile(`(?i)\b(?:avast|avg|kaspersky|mcafee|norton|bitdefender|eset)\b|virus|viren|вирус|ウイルス`)
	legalRE   = regexp.MustCompile(`(?i)^\s*(?:(?:confidentiality notice|disclaimer|legal notice)\b|this (?:e-?mail|message|communication|transmission)(?: and any (?:attachments|files))?.{0,60}(?:confidential|intended|privileged)|` +
		`the information (?:contained )?in this (?:e-?mail|message)|diese e-?mail (?:enthält|kann).{0,40}vertraulich|este (?:correo|mensaje).{0,60}confidencial|(?:ce message|ce courriel|cet e-?mail).{0,60}confidentiel|` +
		`(?:questo messaggio|questa e-?mail|il presente messaggio|le informazioni contenute).{0,80}(?:riservat|confidenzial)|esta mensagem.{0,60}confidencia|dit (?:bericht|e-?mail).{0,60}vertrouwelijk|ta wiadomość.{0,60}poufn|tato zpráva.{0,60}důvěrn|настоящее (?:сообщение|письмо).{0,60}конфиденциал|` +
		`please consider the environment|bitte denken sie an die umwelt|pensez à l'environnement|registered office|sitz der gesellschaft|unsubscribe|click here to unsubscribe|virus-?free|this email has been (?:checked|scanned) (?:for|by)|virenfrei|sin virus|` + `(?:sans|senza) virus)`)
	closeRE = regexp.MustCompile(`(?i)^\s*(?:` + lines(`(?:(?:kind|best|warm|many|with best|with kind)\s+)?regards|best(?: wishes)?|cheers|sincerely(?: yours)?|yours(?: truly| sincerely| faithfully)?|
		(?:many )?thanks(?: again| so much| a lot| very much)?(?: in advance)?|thank you(?: so much| very much)?(?: in advance)?|thx|
		mit freundlichen grü(?:ß|ss)en|(?:viele|liebe|beste|freundliche|herzliche) grü(?:ß|ss)e|mfg|lg|vg|danke(?: im voraus)?|vielen dank(?: im voraus)?|
		(?:un )?saludos(?: cordiales)?|atentamente|(?:muchas )?gracias(?: de antemano)?|cordialement|bien à vous|(?:bien )?cordialement|merci(?: d'avance| beaucoup)?|salutations|
		cordiali saluti|distinti saluti|saluti|grazie(?: mille)?|atenciosamente|cumprimentos|com os melhores cumprimentos|obrigad[oa]|met vriendelijke groet(?:en)?|mvg|groet(?:en|jes)?|bedankt|
		med vänlig(?:a)? hälsning(?:ar)?|vänliga hälsningar|mvh|hälsningar|tack(?: på förhand)?|med venlig hilsen|venlig hilsen|med vennlig hilsen|vennlig hilsen|hilsen|på forhånd tak(?:k)?|ystävällisin terveisin|terveisin|kiitos|
		z poważaniem|pozdrawiam|z wyrazami szacunku|dziękuję(?: z góry)?|s pozdravem|s pozdravom|děkuji(?: předem)?|üdvözlettel|tisztelettel|köszönettel|cu stimă|mulțumesc|с уважением|спасибо(?: заранее)?|з повагою|дякую|saygılarımla|teşekkürler|
		με εκτίμηση|ευχαριστώ|בברכה|תודה(?: רבה)?|مع التحية|شكراً?|よろしくお願い(?:いた|致)?します|以上|此致|谢谢|감사합니다|terima kasih|hormat saya|trân trọng|cảm ơn`) + `)\s*[,.!。–-]*\s*(?:(?-i:[\p{Lu}])[\p{L}.'-]*\s*){0,3}$`)
	greetRE = regexp.MustCompile(`(?i)^\s*(?:(?:` + lines(`hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|hi|guten (?:tag|morgen|abend)|moin|servus|liebes?r?|sehr geehrte[rs]?|hola|buen[oa]s (?:días|tardes|noches)|estimad[oa]s?|bonjour|bonsoir|salut|ch(?:er|ère)s?|
		buongiorno|buonasera|salve|gentil[ei]|spett\.?le|olá|bom dia|boa tarde|prezad[oa]s?|caros?|goedemorgen|goedemiddag|goedendag|beste|geachte|hej|hejsan|hei|kære|hyvä|moi|dzień dobry|witam|cześć|szanowni|dobrý den|dobrý deň|vážen[íý]|ahoj|
		jó napot|kedves|tisztelt|szia|bună ziua|bună|stimat[ăei]|здравствуйте|добрый (?:день|вечер)|доброе утро|привет|добрий день|доброго дня|вітаю|здравейте|merhaba|iyi günler|sayın|γεια σας|καλησπέρα|καλημέρα|halo|selamat (?:pagi|siang|sore)|xin chào|kính gửi`) + `)\b)` +
		`(?:\s+(?:there|all|team|support|sir|madam|sir or madam|folks|everyone|zusammen|damen und herren|equipo|équipe|madame|monsieur|państwo|(?-i:[\p{Lu}][\p{L}.'-]+))){0,4}(?:\s*[,!:–-]+\s*|\s*\n|\s*\.?\s*$|\.\s*\n)`)
)

// maxDevice is the longest line that a mail program says of itself, in characters.
const maxDevice = 110

// cutDevices leaves out the lines that mail programs add about themselves, wherever
// they stand; what stands below them stays. In languages that nobody listed, that
// is a short last line of its own that names a gadget and is no sentence.
func cutDevices(all []string) []string {
	last := len(all) - 1
	for last >= 0 && blank(all[last]) {
		last--
	}
	var out []string
	for i, l := range all {
		if isDevice(l) || i == last && i > 1 && blank(all[i-1]) && gadgetLine(l) && wordsIn(out) {
			continue
		}
		out = append(out, l)
	}
	return out
}

func isDevice(l string) bool {
	l = strings.TrimSpace(l)
	if l == "" || len(l) > 4*maxDevice || utf8.RuneCountInString(l) > maxDevice || strings.ContainsAny(l, "?？:：") && !strings.Contains(l, "://") {
		return false
	}
	return hasAny(l, gadgets, gadgetStems) && deviceRE.MatchString(strings.Trim(l, ` -–—_*<>[]().!`))
}

var gadgetOnly = regexp.MustCompile(`(?i)\biphone|\bipad|\boutlook\b.*(?:ios|android)|\bandroid\b|galaxy`)

// gadgetLine is for languages that nobody listed.
func gadgetLine(l string) bool {
	return len(l) < 120 && len(strings.Fields(l)) <= 6 && len(strings.Fields(l)) >= 2 && gadgetOnly.MatchString(l) && !strings.ContainsAny(l, "?.!,:;？。！0123456789")
}

// cutSignature ends the message at a signature's mark, a legal footer or a closing
// that only a name card follows, where there are words above.
func cutSignature(all []string) []string {
	body := false // there is a word above
	for i, l := range all {
		switch {
		case !body:
		case sigRE.MatchString(strings.TrimRight(l, " ")) && (strings.HasSuffix(l, "-- ") || !asksBelow(all[i+1:])),
			ruledRE.MatchString(l) && cardFollows(all[i+1:]),
			strings.HasPrefix(l, "---") && i+1 < len(all) && scannerRE.MatchString(all[i+1]),
			isLegal(l),
			len(l) < 90 && closeRE.MatchString(l) && cardFollows(all[i+1:]):
			return all[:i]
		}
		body = body || hasWord(l)
	}
	return all
}

func isLegal(l string) bool { return len(l) >= 10 && legalRE.MatchString(l[:min(len(l), 300)]) }

// asksBelow tells whether what stands under two dashes asks something: then they are
// a line between two parts of the message.
func asksBelow(all []string) bool {
	for i, l := range all {
		if i > 40 || isLegal(l) {
			return false
		}
		if strings.ContainsAny(l, "?？") && !strings.Contains(l, "://") && len(strings.Fields(l)) >= 3 {
			return true
		}
	}
	return false
}

// cardFollows says whether all that is left reads as a name card.
func cardFollows(all []string) bool {
	n := 0
	for _, l := range all {
		t := strings.TrimSpace(l)
		if t == "" {
			continue
		}
		if sigRE.MatchString(t) || isLegal(t) {
			return true
		}
		if n++; strings.ContainsAny(t, "?？") || n > 6 || len(strings.Fields(t)) > 9 || len(t) > 120 {
			return false
		}
	}
	return true
}
