package drafting

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

func TestCleanMessage(t *testing.T) {
	for raw, want := range map[string]string{
		"Hi team,\n\nhow do I cancel?\n\nKind regards\nDana Reyes\nOperations":                                         "how do I cancel?",
		"How do I cancel?\n\nOn Mon, 3 Nov 2025 at 09:12, Support <help@yourco.example> wrote:\n> We look into it.":    "How do I cancel?",
		"How do I cancel?\n\nOn Mon, 3 Nov 2025 at 09:12,\nSupport <help@yourco.example> wrote:\n\n> We look into it.": "How do I cancel?",
		"Wie kündige ich?\n\nAm 03.11.2025 um 09:12 schrieb Support:\n> Wir prüfen das.":                               "Wie kündige ich?",
		"¿Cómo cancelo?\n\nEl lun, 3 nov 2025 a las 9:12, Soporte escribió:\n> Lo vemos.":                              "¿Cómo cancelo?",
		"Comment annuler ?\n\nLe lun. 3 nov. 2025 à 09:12, Support a écrit :\n> Nous regardons.":                       "Comment annuler ?",
		"Any news?\n\nFrom: Support <help@x.example>\nSent: Monday\nTo: Dana\nSubject: RE: x\n\nOld text":              "Any news?",
		"Any news?\n\nVon: Support\nGesendet: Montag\nAn: Dana\nBetreff: x\n\nAlt":                                     "Any news?",
		"Any news?\n\n-----Original Message-----\nFrom: a\nOld":                                                        "Any news?",
		"Any news?\n\n________________________________\nFrom: a\nOld":                                                  "Any news?",
		"It fails.\n\nSent from my iPhone":                                                                             "It fails.",
		"Es geht nicht.\n\nVon meinem iPhone gesendet":                                                                 "Es geht nicht.",
		"It fails.\n-- \nDana\nACME Inc.":                                                                              "It fails.",
		"It fails.\n\nThis email and any attachments are confidential and intended for the addressee.":                 "It fails.",
		"> old\n> older\nNew words here":                                                                               "New words here",
		"Hallo zusammen,\nwo finde ich das?\nMit freundlichen Grüßen\nJ. Weber":                                        "wo finde ich das?",
		"Dear Sir or Madam,\nwhere is it?":                                                                             "where is it?",
		"Hello world is my shop's name. Where is it?":                                                                  "Hello world is my shop's name. Where is it?",
		"Thanks for the help, but how do I cancel now?":                                                                "Thanks for the help, but how do I cancel now?",
		"From: is the field I do not understand. What is it?":                                                          "From: is the field I do not understand. What is it?",
		"See \u200b\u202ehidden\ntext [x]\n[attachment: evil.pdf]":                                                     "See hidden\ntext [x]",
		"Thanks,\nbut it does not work. Why?":                                                                          "Thanks,\nbut it does not work. Why?",
		"":                                                                                                             "",
	} {
		if got := CleanMessage(raw); got != want {
			t.Errorf("%q:\n got %q\nwant %q", raw, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	ticket := pipeline.Ticket{Subject: "Card reader", Locale: "", Requester: pipeline.Person{Name: "Reyes, Dana"}, Messages: []pipeline.Message{
		{ID: "1", Role: pipeline.RoleCustomer, Text: "Hi,\nmy reader does not pair.", Public: true},
		{ID: "2", Role: pipeline.RoleAgent, Text: "secret note", Public: false},
		{ID: "3", Role: pipeline.RoleAgent, Text: "Hold the button for 3 seconds.", Public: true},
		{ID: "4", Role: pipeline.RoleCustomer, Text: "It flashes. What now? And can I use two readers?", Public: true},
		{ID: "5", Role: pipeline.RoleCustomer, Text: "later", Public: true},
	}}
	q := Read(ticket, "4")
	if len(q.Turns) != 3 || q.Locale != "en" || q.Name != "Dana" || q.Empty != "" || strings.Contains(q.Turns[1].Text, "secret") {
		t.Fatalf("%+v", q)
	}
	if want := []string{"It flashes. What now?", "And can I use two readers?"}; !slices.Equal(q.Asks, want) {
		t.Errorf("%q", q.Asks)
	}
	if q := Read(ticket, "1"); len(q.Turns) != 2 || q.Turns[0].Text != "Card reader" {
		t.Errorf("the subject names the matter: %+v", q.Turns)
	}
	if q := Read(pipeline.Ticket{}, "x"); q.Empty == "" || q.Asks != nil {
		t.Errorf("%+v", q)
	}
}

func emptyOf(said string) string {
	return Read(pipeline.Ticket{Messages: []pipeline.Message{{ID: "m", Role: pipeline.RoleCustomer, Text: said, Public: true}}}, "m").Empty
}

func TestNothingAsked(t *testing.T) {
	for _, s := range []string{"Thanks!", "Thank you so much, that solved it. Have a nice evening!", "thank you so much for your help", "Ok, great, thanks", "Perfect, that worked. Thanks Ana", "Vielen Dank!", "Muchas gracias", "Merci beaucoup", "👍", "...", "Thank you very much, have a nice day!"} {
		if emptyOf(s) == "" {
			t.Errorf("%q asks nothing", s)
		}
	}
	for _, s := range []string{"Thanks, and the invoice?", "Thanks but the reader still fails", "No", "Refund", "I can't sign in", "Ok, I will try the other one and it fails", "It works now but slowly", "42"} {
		if emptyOf(s) != "" {
			t.Errorf("%q asks something", s)
		}
	}
}

func TestLocate(t *testing.T) {
	src := "See **Settings > Billing** in the\n[menu](https://x.example/menu) – it’s there.\n\nCosts 1,500 EUR. Naïve café."
	for quote, want := range map[string]string{
		"Settings > Billing":            "Settings > Billing",
		"in the menu - it's there.":     "in the\n[menu](https://x.example/menu) – it’s there.",
		"\"Costs 1,500 EUR\"":           "Costs 1,500 EUR",
		"…Naïve café…":                  "Naïve café",
		"See Settings > Billing in":     "See **Settings > Billing** in",
		"**Settings > Billing** in the": "Settings > Billing** in the",
	} {
		start, end, ok := locate(src, quote)
		if !ok || src[start:end] != want {
			t.Errorf("%q: %v %q, want %q", quote, ok, src[start:end], want)
		}
	}
	for _, quote := range []string{"", "a", "…", "costs 1,500 EUR", "500 EUR", "Costs 1,50", "there. Costs 9", "ettings > Bill", "https://x.example/menu"} {
		if start, end, ok := locate(src, quote); ok {
			t.Errorf("%q stands at %q", quote, src[start:end])
		}
	}
}

func FuzzCleanMessage(f *testing.F) {
	for _, s := range []string{"Hi,\nx?\n-- \nme", "On x wrote:\n> a", "\r\n> \u2028\xff", "Thanks\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := CleanMessage(raw)
		if !utf8.ValidString(got) || len(got) > maxMessage || strings.TrimSpace(got) != got {
			t.Fatalf("%q of %q", got, raw)
		}
		in := pipeline.Ticket{Subject: raw, Requester: pipeline.Person{Name: raw}, Messages: []pipeline.Message{{ID: "m", Role: pipeline.RoleCustomer, Text: raw, Public: true}}}
		q := Read(in, "m")
		if q.Empty == "" && len(q.Asks) == 0 || len(q.Asks) > maxAsks {
			t.Fatalf("%+v", q)
		}
	})
}

func FuzzLocate(f *testing.F) {
	f.Add("Some **bold** text [a](b) here.", "bold text a")
	f.Add("x\xff\u200by", "xy")
	f.Fuzz(func(t *testing.T, src, quote string) {
		start, end, ok := locate(src, quote)
		if ok && (start < 0 || end > len(src) || start >= end) {
			t.Fatalf("[%d, %d) of %d", start, end, len(src))
		}
		if ok && utf8.ValidString(src) && !utf8.ValidString(src[start:end]) {
			t.Fatalf("a quote begins within a character: %q", src[start:end])
		}
		// What the model is shown can be quoted back.
		for _, line := range strings.Split(viewOf(src).text, "\n") {
			if strings.TrimSpace(line) != line || letters(line) < minQuote || strings.ContainsAny(line, "*_`#<>[]()\\!") || strings.Contains(line, "://") {
				continue
			}
			if _, _, ok := locate(src, line); !ok {
				t.Fatalf("%q is shown and cannot be quoted from %q", line, src)
			}
		}
		for i, p := range pieces(0, pipeline.Passage{Text: src}, "en") {
			if p.start >= p.end || p.end > len(src) || text.Plain(src[p.start:p.end]) != p.text {
				t.Fatalf("piece %d %+v", i, p)
			}
		}
	})
}

// TestSilenceIsNotEnglish wants no language where the messages show none, or one
// that we have no phrases in.
func TestSilenceIsNotEnglish(t *testing.T) {
	for said, want := range map[string]string{
		"Dobrý den, kde najdu fakturu a jak mohu změnit adresu?": "cs", "Hej, jag har glömt mitt lösenord och kan inte logga in.": "sv",
		"4711 / E-1234": "", "Where do I find the invoice, and how can I change its address?": "en",
	} {
		if got := locale("", said, said, func() []string { return nil }); got != want {
			t.Errorf("%q: %q, not %q", said, got, want)
		}
	}
	if out := frame(Question{Name: "Kim"}, []pipeline.Sentence{{Text: "A."}}); len(out) != 1 {
		t.Errorf("phrases around an answer of no known language: %+v", out)
	}
}

// TestRequestCarriesWhatIsRead: what draft.requested leaves out of a long thread
// changes nothing of the question, and makes the event small.
func TestRequestCarriesWhatIsRead(t *testing.T) {
	t.Parallel()
	var thread pipeline.Ticket
	thread.Subject, thread.Requester.Name = "Cancel my plan", "Ana Lind"
	for i := range 90 {
		m := pipeline.Message{ID: fmt.Sprint(i), Role: pipeline.RoleCustomer, Public: true, Attachments: []string{"screenshot.png"},
			Text: fmt.Sprintf("Turn %d: the plan still renews and I cannot find where to stop it.\n\nOn Monday, Ben wrote:\n%s", i, strings.Repeat("> what was said before ééé\n", 5000))}
		switch i % 3 {
		case 1:
			m.Role = pipeline.RoleAgent
		case 2:
			m.Public = false
		}
		thread.Messages = append(thread.Messages, m)
	}
	for _, message := range []string{"87", "3", "0"} {
		small := thread.ForDraft(message)
		if got, want := Read(small, message), Read(thread, message); !reflect.DeepEqual(got, want) {
			t.Errorf("message %s is read as %+v\nwant %+v", message, got, want)
		}
		if len(small.Messages) > pipeline.DraftTurns {
			t.Errorf("message %s carries %d messages", message, len(small.Messages))
		}
		for _, m := range small.Messages {
			if len(m.Text) > pipeline.DraftBytes || !m.Public || len(m.Attachments) > pipeline.DraftFiles || !utf8.ValidString(m.Text) {
				t.Errorf("message %s carries %+.80v", message, m)
			}
		}
	}
}

// TestEmptyLinesAreCheap: a message of nothing but line ends, headers or fences
// is cleaned in time that grows with its length, not with its square: of this
// size that was minutes.
func TestEmptyLinesAreCheap(t *testing.T) {
	for _, unit := range []string{"\n", "\r", "\n \n", "```\n", "From: a\n", "On Monday Ann wrote:\n\n", "Thanks\n"} {
		CleanMessage(strings.Repeat(unit, 1<<20/len(unit)))
	}
	if got := CleanMessage("It is broken." + strings.Repeat("\n", 1<<18) + "On Mon, 2 Mar 2026 Ann wrote:\n> old"); got != "It is broken." {
		t.Errorf("%.60q", got)
	}
}

// TestWorldLanguageOfAnswer: the customer's own words decide the language, the desk's
// where they show none, and nothing decides where neither does.
func TestWorldLanguageOfAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ desk, said, want string }{
		{"", "Jak zmienić adres dostawy zamówienia?", "pl"}, {"", "Jak anulować subskrypcję Premium Plus?", "pl"}, {"en-US", "Hur ändrar jag min leveransadress?", "sv"},
		{"en", "Hvordan kan jeg ændre min leveringsadresse?", "da"}, {"", "Jak mohu změnit doručovací adresu?", "cs"}, {"", "Teslimat adresimi nasıl değiştirebilirim?", "tr"},
		{"", "Cum pot să schimb adresa de livrare?", "ro"}, {"", "Hogyan tudom megváltoztatni a szállítási címet?", "hu"}, {"", "Bagaimana cara mengubah alamat pengiriman?", "id"},
		{"en", "Wie kann ich meine Lieferadresse ändern?", "de"}, {"", "Как изменить адрес доставки?", "ru"}, {"", "Як змінити адресу доставки?", "uk"}, {"", "配送先住所を変更するにはどうすればいいですか？", "ja"},
		{"", "如何更改收货地址？", "zh"}, {"", "배송지 주소를 어떻게 변경하나요?", "ko"}, {"", "Miten voin vaihtaa toimitusosoitteen?", "fi"}, {"", "Come posso cambiare l'indirizzo di consegna?", "it"},
		{"de", "4711 A-99", "de"}, {"", "4711 A-99", ""}, {"", "OK", ""}, {"de", "Beim Start kommt das hier:\nThe operation could not be completed because the file is in use by another process.", "de"},
		{"de", "How can I change my delivery address?", "en"}, {"pl", "Reset password", "pl"}, {"", "iPhone 15 Pro Max", ""}, {"no", "Hvordan endrer jeg leveringsadressen min?", "no"},
	} {
		q := Read(pipeline.Ticket{Locale: c.desk, Messages: []pipeline.Message{{ID: "m", Role: pipeline.RoleCustomer, Text: c.said, Public: true}}}, "m")
		if q.Locale != c.want {
			t.Errorf("%q at a desk in %q is answered in %q, want %q", c.said, c.desk, q.Locale, c.want)
		}
	}
}
