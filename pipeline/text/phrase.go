package text

import "strings"

// Phrases are the words that stand around an answer in one language. They claim
// nothing; where a language has none, the answer stands alone.
type Phrases struct {
	Hello     string
	HelloName string // %s is the first name; without it the language greets nobody by that
	Thanks    string
	More      string // before a link
	Still     string
	Regards   string
}

// PhrasesIn returns the phrases of a language, and false when there are none.
func PhrasesIn(lang string) (Phrases, bool) {
	p, ok := phrases[BaseLanguage(lang)]
	return p, ok
}

// OurPhrase tells whether a sentence is one of the phrases, word for word, of any
// language. name tells the names that may stand in a greeting.
func OurPhrase(s string, name func(string) bool) bool {
	s = strings.TrimSpace(s)
	for _, p := range phrases {
		switch s {
		case "":
			return false
		case p.Hello, p.Thanks, p.Still, p.Regards:
			return true
		}
		before, after, ok := strings.Cut(p.HelloName, "%s")
		if !ok || len(s) < len(before)+len(after) || !strings.HasPrefix(s, before) || !strings.HasSuffix(s, after) {
			continue
		}
		if mid := s[len(before) : len(s)-len(after)]; mid != "" && name(mid) {
			return true
		}
	}
	return false
}

// CutMore returns what stands behind the words before a link, and s where it does not
// begin with them.
func CutMore(s string) string {
	for _, p := range phrases {
		if rest, ok := strings.CutPrefix(s, p.More+" "); ok {
			return rest
		}
	}
	return s
}

var phrases = map[string]Phrases{
	"en": {"Hello,", "Hi %s,", "Thanks for your message.", "Read more:", "If anything is still unclear, just reply to this message.", "Kind regards"},
	"de": {"Guten Tag,", "Hallo %s,", "vielen Dank für Ihre Nachricht.", "Mehr dazu:", "Wenn noch etwas unklar ist, antworten Sie einfach auf diese Nachricht.", "Freundliche Grüße"},
	"es": {"Hola:", "Hola, %s:", "Gracias por su mensaje.", "Más información:", "Si algo no está claro, responda a este mensaje.", "Saludos cordiales"},
	"fr": {"Bonjour,", "Bonjour %s,", "Merci pour votre message.", "En savoir plus :", "S'il reste une question, répondez simplement à ce message.", "Cordialement"},
	"it": {"Buongiorno,", "Buongiorno %s,", "grazie per il suo messaggio.", "Maggiori informazioni:", "Se qualcosa non è chiaro, risponda pure a questo messaggio.", "Cordiali saluti"},
	"pt": {"Olá,", "Olá, %s,", "Obrigado pela sua mensagem.", "Saiba mais:", "Se algo não estiver claro, basta responder a esta mensagem.", "Cumprimentos"},
	"nl": {"Goedendag,", "Beste %s,", "Bedankt voor uw bericht.", "Meer informatie:", "Als iets nog niet duidelijk is, kunt u op dit bericht antwoorden.", "Met vriendelijke groet"},
	"sv": {"Hej,", "Hej %s,", "Tack för ditt meddelande.", "Läs mer:", "Om något är oklart kan du svara på det här meddelandet.", "Vänliga hälsningar"},
	"da": {"Hej,", "Hej %s,", "Tak for din besked.", "Læs mere:", "Hvis noget stadig er uklart, kan du svare på denne besked.", "Venlig hilsen"},
	"no": {"Hei,", "Hei %s,", "Takk for meldingen din.", "Les mer:", "Hvis noe fortsatt er uklart, kan du svare på denne meldingen.", "Vennlig hilsen"},
	"fi": {"Hei,", "Hei %s,", "Kiitos viestistäsi.", "Lue lisää:", "Jos jokin jäi epäselväksi, vastaa tähän viestiin.", "Ystävällisin terveisin"},
	"is": {"Góðan daginn,", "Sæl/sæll %s,", "Takk fyrir skilaboðin.", "Nánar:", "Ef eitthvað er enn óljóst geturðu svarað þessum skilaboðum.", "Með kveðju"},
	"pl": {"Dzień dobry,", "", "dziękujemy za wiadomość.", "Więcej informacji:", "Jeśli coś jest niejasne, prosimy odpowiedzieć na tę wiadomość.", "Z poważaniem"},
	"cs": {"Dobrý den,", "", "děkujeme za Vaši zprávu.", "Více informací:", "Pokud není něco jasné, odpovězte prosím na tuto zprávu.", "S pozdravem"},
	"sk": {"Dobrý deň,", "", "ďakujeme za Vašu správu.", "Viac informácií:", "Ak niečo nie je jasné, odpovedzte prosím na túto správu.", "S pozdravom"},
	"sl": {"Pozdravljeni,", "", "hvala za vaše sporočilo.", "Več informacij:", "Če kaj ni jasno, odgovorite na to sporočilo.", "Lep pozdrav"},
	"hr": {"Poštovani,", "", "hvala na vašoj poruci.", "Više informacija:", "Ako nešto nije jasno, odgovorite na ovu poruku.", "Srdačan pozdrav"},
	"bg": {"Здравейте,", "Здравейте, %s,", "Благодарим Ви за съобщението.", "Повече информация:", "Ако нещо не е ясно, отговорете на това съобщение.", "С уважение"},
	"ro": {"Bună ziua,", "Bună ziua, %s,", "Vă mulțumim pentru mesaj.", "Mai multe informații:", "Dacă ceva nu este clar, răspundeți la acest mesaj.", "Cu stimă"},
	"hu": {"Jó napot kívánok!", "Kedves %s!", "Köszönjük az üzenetét.", "További információ:", "Ha valami nem világos, válaszoljon erre az üzenetre.", "Üdvözlettel"},
	"el": {"Γεια σας,", "", "Ευχαριστούμε για το μήνυμά σας.", "Περισσότερα:", "Αν κάτι δεν είναι σαφές, απαντήστε σε αυτό το μήνυμα.", "Με εκτίμηση"},
	"tr": {"Merhaba,", "Merhaba %s,", "Mesajınız için teşekkür ederiz.", "Daha fazla bilgi:", "Anlaşılmayan bir şey varsa bu mesajı yanıtlayabilirsiniz.", "Saygılarımızla"},
	"ru": {"Здравствуйте!", "Здравствуйте, %s!", "Спасибо за ваше сообщение.", "Подробнее:", "Если что-то осталось неясным, просто ответьте на это сообщение.", "С уважением"},
	"uk": {"Вітаємо!", "", "Дякуємо за ваше повідомлення.", "Докладніше:", "Якщо щось незрозуміло, просто дайте відповідь на це повідомлення.", "З повагою"},
	"lt": {"Sveiki,", "", "dėkojame už jūsų žinutę.", "Daugiau informacijos:", "Jei kas nors neaišku, atsakykite į šią žinutę.", "Pagarbiai"},
	"lv": {"Labdien,", "", "paldies par jūsu ziņu.", "Vairāk informācijas:", "Ja kaut kas nav skaidrs, atbildiet uz šo ziņu.", "Ar cieņu"},
	"et": {"Tere,", "Tere, %s,", "Täname sõnumi eest.", "Loe lähemalt:", "Kui midagi jäi selgusetuks, vastake sellele sõnumile.", "Lugupidamisega"},
	"ca": {"Hola,", "Hola, %s,", "Gràcies pel vostre missatge.", "Més informació:", "Si alguna cosa no queda clara, responeu a aquest missatge.", "Cordialment"},
	"he": {"שלום,", "שלום %s,", "תודה על הפנייה.", "מידע נוסף:", "אם משהו עדיין לא ברור, אפשר להשיב להודעה זו.", "בברכה"},
	"ar": {"مرحبًا،", "مرحبًا %s،", "شكرًا لرسالتك.", "للمزيد:", "إذا كان هناك شيء غير واضح، يمكنك الرد على هذه الرسالة.", "مع أطيب التحيات"},
	"fa": {"سلام،", "", "از پیام شما سپاسگزاریم.", "اطلاعات بیشتر:", "اگر چیزی روشن نیست، به همین پیام پاسخ دهید.", "با احترام"},
	"hi": {"नमस्ते,", "नमस्ते %s,", "आपके संदेश के लिए धन्यवाद।", "और जानकारी:", "यदि कुछ स्पष्ट न हो, तो इस संदेश का उत्तर दें।", "सादर"},
	"id": {"Halo,", "Halo %s,", "Terima kasih atas pesan Anda.", "Selengkapnya:", "Jika masih ada yang kurang jelas, silakan balas pesan ini.", "Salam hormat"},
	"vi": {"Xin chào,", "Xin chào %s,", "Cảm ơn bạn đã gửi tin nhắn.", "Xem thêm:", "Nếu còn điều gì chưa rõ, bạn chỉ cần trả lời tin nhắn này.", "Trân trọng"},
	"th": {"สวัสดี", "", "ขอบคุณสำหรับข้อความของคุณ", "อ่านเพิ่มเติม:", "หากยังมีข้อสงสัย โปรดตอบกลับข้อความนี้", "ด้วยความเคารพ"},
	"ko": {"안녕하세요.", "", "문의해 주셔서 감사합니다.", "자세히 보기:", "궁금한 점이 있으시면 이 메시지에 회신해 주세요.", "감사합니다."},
	"ja": {"お問い合わせありがとうございます。", "", "以下のとおりご案内いたします。", "詳細：", "ご不明な点がございましたら、このメッセージにご返信ください。", "よろしくお願いいたします。"},
	"zh": {"您好，", "", "感谢您的来信。", "了解更多：", "如仍有不清楚的地方，请直接回复此消息。", "此致"},
}
