package text

import (
	"strings"
	"testing"
)

// TestWorldCourtesy: what thanks, greets, agrees or asks for haste and says nothing
// else, in many languages, with and without the accents that people leave out.
func TestWorldCourtesy(t *testing.T) {
	t.Parallel()
	for kind, lines := range map[Courtesy]string{
		Thanks: `Thanks!|Thank you so much for your help|thank you!!|Many thanks for the quick reply, Ana|Thx|ty|Thanks a lot, that worked!|Perfect, thanks again|Ok thanks 👍|Much appreciated.|Thank you for your patience and help. Have a great day!|🙏🙏|❤️
			Danke!|Vielen Dank für die schnelle Antwort|Herzlichen Dank, jetzt funktioniert alles|Danke schön und ein schönes Wochenende|Super, danke Ihnen|dankeschoen|Besten Dank, Frau Meier
			Merci beaucoup|Merci pour votre aide, bonne journée|Mille mercis !|Merci infiniment pour votre réponse rapide|merci d'avance
			Muchas gracias por su ayuda|Mil gracias, ya funciona|gracias de antemano|Perfecto, muchísimas gracias
			Grazie mille|Grazie per la risposta veloce, buona giornata|Vi ringrazio molto|Perfetto grazie
			Muito obrigado|Obrigada pela ajuda, bom fim de semana|obg|Valeu, funcionou!
			Bedankt voor de snelle reactie|Hartelijk dank, fijne dag nog|Dankjewel!|Top, dank je wel
			Tack så mycket|Tack för hjälpen, ha en trevlig helg|Tusen tack
			Mange tak for hjælpen|Tusind tak, det virker nu
			Tusen takk for raskt svar|Takk for hjelpen, ha en fin dag
			Kiitos paljon|Kiitos nopeasta vastauksesta, mukavaa viikonloppua
			Takk kærlega fyrir hjálpina
			Dziękuję bardzo|Dzięki za szybką odpowiedź, miłego dnia|Dziekuje, dziala
			Děkuji moc za rychlou odpověď|Díky, funguje|dekuju
			Ďakujem pekne|Vďaka za rýchlu odpoveď
			Hvala lepa za pomoč|Hvala puno na brzom odgovoru|Hvala vam
			Хвала пуно|Благодаря много за помощта|Благодарам многу
			Mulțumesc frumos pentru ajutor|Multumesc mult, o zi frumoasă
			Köszönöm szépen a gyors választ|Köszi, működik|Nagyon szépen köszönöm
			Ευχαριστώ πολύ για τη βοήθεια|ευχαριστω
			Teşekkür ederim|Çok teşekkürler, iyi günler|Tesekkurler, oldu
			Спасибо большое|Благодарю за помощь, хорошего дня|спс|Спасибо, всё заработало
			Дуже дякую за допомогу|Дякую!
			Ačiū labai|Dėkoju už greitą atsakymą
			Liels paldies par palīdzību|Aitäh kiire vastuse eest|Suur tänu ja ilusat päeva|Suur aitäh
			Moltes gràcies per la vostra ajuda|Eskerrik asko|Grazas pola axuda|Diolch yn fawr|Go raibh míle maith agat|Faleminderit shumë
			תודה רבה|תודה על העזרה, יום טוב|شكرا جزيلا|شكراً لك على مساعدتك|خیلی ممنون از کمک شما|بہت شکریہ
			बहुत बहुत धन्यवाद|आपकी मदद के लिए धन्यवाद|অনেক ধন্যবাদ|மிக்க நன்றி
			Terima kasih banyak atas bantuannya|Makasih kak|Cảm ơn bạn rất nhiều|Cảm ơn vì sự hỗ trợ nhanh chóng|Maraming salamat po|Asante sana|Baie dankie
			감사합니다|빠른 답변 감사합니다!|정말 고맙습니다
			ありがとうございます|ご対応ありがとうございました。|早速のご返信ありがとうございます、助かりました！
			谢谢|非常感谢您的帮助！|好的，谢谢你|谢谢 🙏
			ขอบคุณมากครับ|ขอบคุณค่ะ
			გმადლობთ|Շատ շնորհակալություն|Təşəkkür edirəm|рақмет|Дзякуй вялікі`,
		Greets: `Hello|Hi there!|Hello?|Good morning|Hallo|Guten Tag|Guten Morgen zusammen|Bonjour|Bonsoir madame|Hola, buenas tardes|Buongiorno|Ciao|Olá, bom dia|Goedemorgen|Hej|Hei|God dag|Moi|Dzień dobry|Dobrý den|Dobar dan|Добър ден|Bună ziua|Jó napot|Γεια σας|Καλημέρα
			Merhaba|Здравствуйте|Добрый день!|Привіт|Labas|Labdien|Tere|שלום|مرحبا|السلام عليكم|سلام|नमस्ते|Halo|Selamat pagi|Xin chào|안녕하세요|こんにちは|你好|您好|สวัสดีครับ|Hi Anna`,
		Agrees: `Ok|okay!|Great|That worked|It works now|Perfect 👍|👍|👌|Got it|All good now|Alles klar|Funktioniert jetzt|Passt|Parfait|Ça marche|D'accord|Vale, perfecto|Listo|Perfetto|Va bene|Perfeito|Resolvido!|Prima|Opgelost|Toppen|Perfekt|Det virker nu|Flott|Selvä|Rozumiem|Jasné
			U redu|Работи|Rezolvat|Rendben|Εντάξει|Tamam|Хорошо|Понятно, всё работает|Зрозуміло|Gerai|Labi|Selge|סבבה|تمام|ठीक है|Baik|Được rồi|알겠습니다|了解しました|わかりました。|好的|明白了|โอเคครับ`,
		Nudges: `???|?|Any news?|Any update on this?|Hello? Is anyone there?|Please hurry|Bump|Is anybody there|Gibt es Neuigkeiten?|Ist da jemand?|Bitte dringend|Des nouvelles ?|Il y a quelqu'un ?|Alguna novedad?|¿Hay alguien ahí?|C'è qualcuno?|Ci sono novità?|Alguém aí?|Is daar iemand?
			Jest tam ktoś?|Proszę pilne|Je tam někdo?|Есть новости?|Тут есть кто-нибудь?|Lütfen acil|Orada kimse var mı?|有人吗？|在吗|誰かいますか？|急！|누구 계신가요?|urgent!!!|هل هناك أحد؟|יש מישהו?`,
		Wordless: `|...|!!!|🖼|***|--`,
	} {
		for _, said := range split(lines) {
			if got := CourtesyOf(said); !got.Is(kind) {
				t.Errorf("%q is %05b, want %05b", said, got, kind)
			}
		}
	}
}

// TestWorldNoCourtesy: one word more, and it is for somebody to read.
func TestWorldNoCourtesy(t *testing.T) {
	t.Parallel()
	//lint:ignore ST1018 Persian is written with it
	for _, said := range split(`Thanks, and the invoice?|Thanks but it still fails|Thank you, how do I cancel?|No|Yes|No thanks|Refund|42|Order 4711, thanks|Ok, I will try the other one and it fails|It works now but slowly|Thanks, the problem is back|Thanks. Can you help me with my account
		Hello, my printer is broken|Hi, password|Thanks 👎|Ok 😡|Great, another bug|That did not work|Thanks for nothing|It is not solved|Thanks! Where is my parcel|Thank you for cancelling my account|Hello, I want a refund
		Danke, aber es geht nicht|Danke, wo finde ich die Rechnung|Guten Tag, ich kann mich nicht anmelden|Funktioniert nicht|Danke, das Problem besteht weiter|Danke, und wie kündige ich?
		Merci mais ça ne marche pas|Bonjour, je n'arrive pas à me connecter|Ça marche pas|Merci, où est ma facture
		Gracias pero no funciona|Hola, quiero cancelar|No funciona|Grazie, ma non funziona|Buongiorno, vorrei un rimborso|Obrigado, mas não funciona|Bom dia, preciso da fatura|Bedankt, maar het werkt niet|Hallo, waar is mijn pakket
		Tack men det fungerar inte|Tak, men det virker ikke|Takk, men det fungerer ikke|Kiitos, mutta se ei toimi|Dziękuję, ale nie działa|Dzień dobry, nie mogę się zalogować|Děkuji, ale nefunguje to|Ďakujem, nefunguje to|Hvala, ali ne radi
		Благодаря, но не работи|Mulțumesc, dar nu merge|Köszönöm, de nem működik|Ευχαριστώ αλλά δεν λειτουργεί|Teşekkürler ama çalışmıyor|Спасибо, но не работает|Здравствуйте, как отменить подписку|Дякую, але не працює|Ačiū, bet neveikia|Paldies, bet nestrādā|Aitäh, aga ei tööta
		תודה אבל זה לא עובד|شكرا لكن لا يعمل|ممنون ولی کار نمی‌کند|धन्यवाद लेकिन काम नहीं कर रहा|Terima kasih tapi tidak bisa|Cảm ơn nhưng không được|감사합니다 그런데 안 됩니다|ありがとうございます。でも動きません|谢谢，但是还是不行|ขอบคุณครับ แต่ยังใช้ไม่ได้
		よろしくお願いします。返金してください|你好，怎么退款|안녕하세요 환불해 주세요|สวัสดีครับ ขอใบเสร็จ`) {
		if got := CourtesyOf(said); got != 0 {
			t.Errorf("%q is taken for courtesy (%05b)", said, got)
		}
	}
}

func TestCourtesyOfNames(t *testing.T) {
	t.Parallel()
	if CourtesyOf("thanks dana and marek") != 0 || !CourtesyOf("thanks dana and marek", "Dana Reyes", "Marek Nowak").Is(Thanks) {
		t.Error("names of the thread are no words of a question")
	}
	if got := CourtesyOf(strings.Repeat("thanks ", 1<<18)); got != 0 {
		t.Error(got)
	}
}

func split(lines string) []string {
	var out []string
	for _, l := range strings.Split(lines, "\n") {
		for _, s := range strings.Split(l, "|") {
			out = append(out, strings.TrimSpace(s))
		}
	}
	return out
}

func FuzzCourtesyOf(f *testing.F) {
	for _, s := range []string{"Thanks!", "谢谢", "???", "ok\xff", "Hello Ana"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if CourtesyOf(s).Is(Thanks) && CourtesyOf(s+" refund 42") != 0 {
			t.Fatal(s)
		}
	})
}
