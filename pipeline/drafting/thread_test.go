package drafting

import (
	"os"
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
)

// threadOf writes a thread down: "c: …" the customer, "a: …" an agent, "b: …" a bot,
// "c+shot.png: …" with a file. The last entry is the message.
func threadOf(lines ...string) pipeline.Ticket {
	t := pipeline.Ticket{Subject: "", Requester: pipeline.Person{Name: "Kim Doe"}}
	for i, l := range lines {
		who, said, _ := strings.Cut(l, ": ")
		m := pipeline.Message{ID: string(rune('A' + i)), Public: true, Text: said, Role: map[byte]pipeline.Role{'c': pipeline.RoleCustomer, 'a': pipeline.RoleAgent, 'b': pipeline.RoleBot}[who[0]]}
		if _, file, ok := strings.Cut(who, "+"); ok {
			m.Attachments = []string{file}
		}
		t.Messages = append(t.Messages, m)
	}
	return t
}

func readLast(lines ...string) Question {
	t := threadOf(lines...)
	return Read(t, t.Messages[len(t.Messages)-1].ID)
}

// TestWorldBurst: everything since the last answer is the question, in whatever pieces
// it comes; courtesies in it are none of it.
func TestWorldBurst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		thread []string
		want   string // of the last turn
		asks   int
	}{
		{[]string{"c: How do I cancel my subscription?", "c: Also, how do I reset my password?"}, "How do I cancel my subscription?\n\nAlso, how do I reset my password?", 2},
		{[]string{"c: How do I cancel my subscription?", "c: Thanks!"}, "How do I cancel my subscription?", 1},
		{[]string{"c: How do I cancel my subscription?", "c: Thank you so much for your help"}, "How do I cancel my subscription?", 1},
		{[]string{"c: Wie kündige ich mein Abo?", "c: Danke!"}, "Wie kündige ich mein Abo?", 1},
		{[]string{"c: How do I cancel?", "c: Hello?"}, "How do I cancel?", 1},
		{[]string{"c: How do I cancel?", "c: Hello? Is anyone there?"}, "How do I cancel?", 1},
		{[]string{"c: How do I cancel?", "c: ???"}, "How do I cancel?", 1},
		{[]string{"c: How do I cancel?", "c: 🙏"}, "How do I cancel?", 1},
		{[]string{"c: The export fails.", "c+shot.png: "}, "The export fails.", 1},
		{[]string{"c: Hi", "c: I have a question about the export", "c: where do I find it?"}, "I have a question about the export\n\nwhere do I find it?", 1},
		{[]string{"c: Order 4711", "c: Where is it?"}, "Order 4711\n\nWhere is it?", 1},
		{[]string{"c: Can I pay by invoice?", "b: Thanks for your message. We answer within a day.", "c: And by card?"}, "Can I pay by invoice?\n\nAnd by card?", 2},
		{[]string{"c: How do I cancel?", "a: Under Settings.", "c: I don't see it.", "c: Where exactly?"}, "I don't see it.\n\nWhere exactly?", 1},
		{[]string{"c: How do I cancel?", "a: Under Settings.", "c: Thanks!", "c: One more thing: can I get a refund?"}, "One more thing: can I get a refund?", 1},
		{[]string{"c: What does it cost?", "c: Is there a trial?", "c: How many seats are there?", "c: Merci d'avance"}, "What does it cost?\n\nIs there a trial?\n\nHow many seats are there?", 3},
		{[]string{"c: Как отменить подписку?", "c: Спасибо!"}, "Как отменить подписку?", 1},
		{[]string{"c: 怎么重置密码？", "c: 有人吗？", "c: 谢谢"}, "怎么重置密码？", 1},
		{[]string{"c: Jak zresetować hasło?", "c: Proszę pilne", "c: Jest tam ktoś?"}, "Jak zresetować hasło?", 1},
	} {
		q := readLast(c.thread...)
		if n := len(q.Turns); q.Empty != "" || n == 0 || q.Turns[n-1].Text != c.want || len(q.Asks) != c.asks {
			t.Errorf("%q:\n%+v", c.thread, q)
		}
	}
}

// TestWorldCorrection: what the customer takes back or corrects is not asked any more.
func TestWorldCorrection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		thread   []string
		has, not string
	}{
		{[]string{"c: How do I reset my password in the Android app?", "c: Sorry, I meant the iPad app"}, "in the iPad app?", "Android"},
		{[]string{"c: How do I reset my password?", "c: Sorry, I meant how do I change my email address?"}, "change my email address?", "password"},
		{[]string{"c: Where is order 4711?", "c: sorry, I meant 4712"}, "order 4712?", "4711"},
		{[]string{"c: Where is order A-4711?", "c: *A-4712"}, "order A-4712?", "4711"},
		{[]string{"c: How do I change my pasword?", "c: password*"}, "change my password?", "pasword"},
		{[]string{"c: My address is kim@exmaple.com, can you resend the invoice?", "c: correction: kim@example.com"}, "kim@example.com, can", "exmaple"},
		{[]string{"c: Can I upgrade to Premium?", "c: I mean Business, not Premium"}, "upgrade to Business?", "Premium"},
		{[]string{"c: Can I upgrade to Premium?", "c: Oops, not Premium but Business"}, "Business", ""},
		{[]string{"c: How do I cancel?", "c: Never mind. How do I pause my plan?"}, "pause my plan?", "cancel"},
		{[]string{"c: How do I cancel?", "c: How do I pause?", "c: ignore my last message"}, "How do I cancel?", "pause"},
		{[]string{"c: Wie ändere ich die Rechnung für Mai?", "c: Entschuldigung, ich meinte die Rechnung für Juni"}, "die Rechnung für Juni?", "Mai"},
		{[]string{"c: ¿Cómo cambio el plan de la cuenta?", "c: Perdón, quise decir ¿cómo cancelo la cuenta?"}, "¿cómo cancelo la cuenta?", "cambio"},
		{[]string{"c: Comment annuler la commande 123 ?", "c: pardon, je voulais dire 124"}, "commande 124", "123"},
		{[]string{"c: Jak zmienić hasło w aplikacji Android?", "c: przepraszam, miałam na myśli aplikacji iPad"}, "aplikacji iPad", "Android"},
		{[]string{"c: Как сбросить пароль от почты?", "c: извините, я имел в виду как сменить пароль от банка?"}, "от банка?", "почты"},
		{[]string{"c: Hur ändrar jag beställning 55?", "c: förlåt, jag menade 56"}, "beställning 56?", "55"},
		{[]string{"c: How do I export?", "c: to Excel I mean"}, "How do I export?", ""},
		{[]string{"c: How do I export the report?", "c: I meant as PDF"}, "as PDF", ""},
	} {
		q := readLast(c.thread...)
		last := q.Turns[len(q.Turns)-1].Text
		if q.Empty != "" || !strings.Contains(last, c.has) || c.not != "" && strings.Contains(last, c.not) {
			t.Errorf("%q is read as %q (%s)", c.thread, last, q.Empty)
		}
	}
	for _, thread := range [][]string{
		{"c: How do I cancel?", "c: Never mind, found it"}, {"c: Wie kündige ich?", "c: Hat sich erledigt, danke"}, {"c: How do I cancel?", "c: nvm"},
		{"c: Comment annuler ?", "c: Laissez tomber"}, {"c: 怎么取消？", "c: 不用了"}, {"c: Jak anulować?", "c: Nieważne"},
	} {
		if q := readLast(thread...); q.Empty != "The customer took the question back." {
			t.Errorf("%q is read as %+v", thread, q)
		}
	}
	// A desk that names a chat by its first message does not bring back what was corrected.
	chat := threadOf("c: How do I export my orders?", "c: Sorry, I meant how do I reset my password?")
	if chat.Subject = "How do I export my orders?"; len(Read(chat, "B").Turns) != 1 {
		t.Errorf("%+v", Read(chat, "B").Turns)
	}
	chat = threadOf("c: How do I cancel?", "c: Never mind, found it")
	if chat.Subject = "How do I cancel?"; Read(chat, "B").Empty != tookBack {
		t.Errorf("%+v", Read(chat, "B"))
	}
	// The words of a correction that corrects nothing are a message like any other.
	for _, said := range []string{"I meant to ask how I cancel.", "Never mind the price, how do I cancel?", "Sorry, I forgot my password."} {
		if q := readLast("c: " + said); q.Empty != "" || !strings.Contains(q.Turns[len(q.Turns)-1].Text, said[7:]) {
			t.Errorf("%q is read as %+v", said, q)
		}
	}
}

// TestWorldNothingAsked: a message with nothing to answer says in plain words what it
// is, first on a ticket and after an answer.
func TestWorldNothingAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why    string
		thread []string
	}{
		{"thanks", []string{"c: Thank you!"}}, {"thanks", []string{"c: Danke"}}, {"thanks", []string{"c: 谢谢"}}, {"thanks", []string{"c: Teşekkürler"}},
		{"greets", []string{"c: Hello"}}, {"greets", []string{"c: Buongiorno"}}, {"greets", []string{"c: Добрый день!"}}, {"greets", []string{"c: Hi there!"}},
		{"does not say to what", []string{"c: ???"}}, {"does not say to what", []string{"c: Hello? Anyone there?"}},
		{"asks for news", []string{"c: How do I cancel?", "a: We look into it.", "c: Any news?"}},
		{"asks for news", []string{"c: Wie kündige ich?", "a: Wir prüfen das.", "c: Gibt es Neuigkeiten?"}},
		{"only agrees", []string{"c: Can you cancel it?", "a: Shall I do it now?", "c: Ok"}},
		{"only agrees", []string{"c: Can you cancel it?", "a: Shall I do it now?", "c: 👍"}},
		{"thanks", []string{"c: How do I cancel?", "a: Under Settings.", "c: Thanks, that worked!"}},
		{"thanks", []string{"c: How do I cancel?", "a: Under Settings.", "c: Thanks Dana"}},
		{"has a file (shot.png)", []string{"c+shot.png: "}},
		{"has a file (log.txt)", []string{"c: It fails.", "a: Send us the log.", "c+log.txt: "}},
		{"no words", []string{"c: ..."}},
	} {
		if q := readLast(c.thread...); !strings.Contains(q.Empty, c.why) {
			t.Errorf("%q: %q", c.thread, q.Empty)
		}
	}
	// A mail that only thanks, and asks in its subject.
	ticket := threadOf("c: Thanks!")
	if ticket.Subject = "How do I cancel my subscription?"; Read(ticket, "A").Empty != "" || !slices.Equal(Read(ticket, "A").Asks, []string{ticket.Subject}) {
		t.Errorf("%+v", Read(ticket, "A"))
	}
	if ticket.Subject = "Conversation with Kim"; Read(ticket, "A").Empty == "" {
		t.Error("a name of a conversation asks nothing")
	}
}

// TestWorldThreadCases reads the cases handed over, where they lie beside the repository.
func TestWorldThreadCases(t *testing.T) {
	if _, err := os.Stat("../../../shared/cases/17-burst-loses-questions"); err != nil {
		t.Skip("no ../shared/cases beside the repository")
	}
	for _, said := range []string{"Thanks!", "Thank you so much for your help", "Danke!", "Hello?", "Hello? Is anyone there?", "???", "🙏", "Thanks in advance!", "please hurry"} {
		if q := readLast("c: How do I reset my password?", "c: "+said); q.Empty != "" || q.Asks[0] != "How do I reset my password?" {
			t.Errorf("%q: %+v", said, q)
		}
	}
	if q := readLast("c: How do I cancel my subscription?", "c: Also, how do I reset my password?"); len(q.Asks) != 2 {
		t.Errorf("%+v", q)
	}
	if q := readLast("c: x fails", "a: Do y", "c: Thanks, that worked!"); !strings.Contains(q.Empty, "thanks") {
		t.Errorf("%+v", q)
	}
}

// TestWorldBurstFresh holds rounds of threads that were written before they were run.
func TestWorldBurstFresh(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		thread []string
		want   string // of the last turn; empty: nothing to answer
	}{
		{[]string{"c: hey, quick one", "c: does the free plan include exports"}, "quick one\n\ndoes the free plan include exports"},
		{[]string{"c: My parcel says delivered but I have nothing", "c: tracking DE123456789", "c: ty"}, "My parcel says delivered but I have nothing\n\ntracking DE123456789"},
		{[]string{"c: Can you change my flight to the 14th?", "c: wait no, the 15th"}, "Can you change my flight to the 15th?"},
		{[]string{"c: Can I get a refund for invoice 2024-118?", "c: oops, 2024-119"}, "Can I get a refund for invoice 2024-119?"},
		{[]string{"c: Is the XL in stock?", "c: I mean the L"}, "Is the L in stock?"},
		{[]string{"c: Wo ist mein Paket?", "c: Hallo???", "c: 😕"}, "Wo ist mein Paket?"},
		{[]string{"c: ¿Tienen envíos a Chile?", "c: y cuánto cuesta", "c: gracias de antemano 🙏"}, "¿Tienen envíos a Chile?\n\ny cuánto cuesta"},
		{[]string{"c: Posso pagare a rate?", "c: scusate, intendevo con PayPal"}, "Posso pagare a rate?\ncon PayPal"},
		{[]string{"c: Do you ship to Norway?", "a: Yes, we do.", "c: great thanks!!", "c: how long does it take tho"}, "how long does it take tho"},
		{[]string{"c: Mon colis est perdu", "c: allô ?", "c: il y a quelqu'un ?"}, "Mon colis est perdu"},
		{[]string{"c: change my email to a@x.example please", "c: sorry b@x.example"}, "change my email to b@x.example please"},
		{[]string{"c: Bestellung 881 stornieren bitte", "c: Korrektur: 818"}, "Bestellung 818 stornieren bitte"},
		{[]string{"c: 我想退货", "c: 在吗", "c: 订单号 7788"}, "我想退货\n\n订单号 7788"},
		{[]string{"c: Ile kosztuje plan Pro?", "c: halo", "c: dzięki"}, "Ile kosztuje plan Pro?"},
		{[]string{"c: How do I delete my account?", "c: forget it, solved"}, ""},
		{[]string{"c: where is my refund", "a: It was sent on Monday.", "c: perfect 🙌"}, ""},
		{[]string{"c: Can I upgrade?", "a: Sure, shall I do that for you?", "c: yes please"}, "yes please"},
		{[]string{"c: Merhaba", "c: siparişim nerede", "c: acil"}, "siparişim nerede"},
		{[]string{"c: the app crashes", "c+crash.mp4: ", "c: any update"}, "the app crashes"},
		// a second round
		{[]string{"c: I ordered size 42 on Monday, can I swap it?", "c: sorry, size 43"}, "I ordered size 43 on Monday, can I swap it?"},
		{[]string{"c: Wann kommt Paket AB-100?", "c: Moment, AB-101"}, "Wann kommt Paket AB-100?\n\nMoment, AB-101"},
		{[]string{"c: My phone number is 555-0100, please update", "c: Sorry 555-0101"}, "My phone number is 555-0101, please update"},
		{[]string{"c: how do i add a user", "c: sorry for the many messages"}, "how do i add a user\n\nsorry for the many messages"},
		{[]string{"c: How do I add a user?", "c: No idea where to look"}, "How do I add a user?\n\nNo idea where to look"},
		{[]string{"c: Can I pay by card?", "c: Sorry, one more: do you take PayPal?"}, "Can I pay by card?\n\nSorry, one more: do you take PayPal?"},
		{[]string{"c: invoice for March please", "c: pardon, invoice for April"}, "invoice for April please"},
		{[]string{"c: La commande 55 n'est pas arrivée", "c: désolé, la 56"}, "La commande 56 n'est pas arrivée"},
		{[]string{"c: Where do I find the API key?", "c: nevermind i got it, thanks"}, ""},
		{[]string{"c: Can you resend the invoice?", "c: And please change the address", "c: Cheers"}, "Can you resend the invoice?\n\nAnd please change the address"},
		{[]string{"c: Kan jeg få faktura?", "c: takk!", "c: og kvittering?"}, "Kan jeg få faktura?\n\nog kvittering?"},
	} {
		q := readLast(c.thread...)
		if last := q.Turns[len(q.Turns)-1].Text; c.want == "" && q.Empty == "" || c.want != "" && (q.Empty != "" || last != c.want) {
			t.Errorf("%q is read as %q (%s)", c.thread, last, q.Empty)
		}
	}
}
