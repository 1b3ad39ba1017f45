package drafting

import (
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
)

// TestWorldAsk: what is asked is found whatever stands around it.
func TestWorldAsk(t *testing.T) {
	const ask = "How do I reset my password?"
	for _, message := range []string{
		ask,
		ask + " Thank you so much for your help in advance, it is really appreciated!",
		"I hope you are having a lovely day. " + ask,
		"First of all, great service, I have been happy with it for years. " + ask + " Looking forward to your reply.",
		"My laptop broke on holiday, so I bought a new one on Monday. " + ask + " I have spent two hours on this already.",
		"We are a small bakery with three people.\n\n" + ask + "\n\nNone of us is good with computers.",
		"Name: Anna Miller\nEmail: anna@example.org\nPhone: +1 555 0100\nMessage: " + ask,
		"You have a new message.\n\nYour name\nAnna Miller\n\nYour question\n" + ask + "\n\nConsent\nI agree to the privacy policy.",
		"Topic: General\nYour question: " + ask + "\nOrder number: 48213\nUser agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
		ask + "\nhttps://example.org/contact?id=7\n192.0.2.7",
		"Hello team!\n" + ask + "\nBest",
		"Order 4711, 3 licences, since 2019. " + ask,
		"URGENT!!! " + ask,
		"I already asked my colleague Martin and he does not know. " + ask,
	} {
		if got := asks(message); !slices.Equal(got, []string{ask}) {
			t.Errorf("%q asks %q", message, got)
		}
	}
	for message, want := range map[string][]string{
		"Hola, espero que estén bien. ¿Cómo cambio mi contraseña? Gracias de antemano.":             {"¿Cómo cambio mi contraseña?"},
		"Ich bin seit Jahren Kunde bei Ihnen. Wie ändere ich mein Passwort? Vielen Dank im Voraus.": {"Wie ändere ich mein Passwort?"},
		"Je suis cliente depuis longtemps. Comment changer mon mot de passe ? Merci beaucoup.":      {"Comment changer mon mot de passe ?"},
		"How do I reset my password? Can you help me?":                                              {"How do I reset my password? Can you help me?"},
		"My card was declined. What can I do?":                                                      {"My card was declined. What can I do?"},
		"Can you help me? The export of my customers stays empty.":                                  {"Can you help me? The export of my customers stays empty."},
		"How do I cancel my subscription? Also, how do I reset my password?":                        {"How do I cancel my subscription?", "Also, how do I reset my password?"},
		"I need two things. Where is my invoice from March? And how do I add a second card reader?": {"Where is my invoice from March?", "And how do I add a second card reader?"},
		"My reader shows E-12 since the update of Monday.":                                          {"My reader shows E-12 since the update of Monday."},
		"": nil,
	} {
		if got := asks(message); !slices.Equal(got, want) {
			t.Errorf("%q asks %q, want %q", message, got, want)
		}
	}
}

// TestStoryWithoutQuestionMark: of a long message without one, the sentence that the
// sources answer is the ask, and what is told beside it changes nothing.
func TestStoryWithoutQuestionMark(t *testing.T) {
	alone := newDesk(t, nil).handle(t, requested("My card reader does not pair with the app."))
	told := newDesk(t, nil).handle(t, requested("We are a small bakery and my nephew normally looks after this. He is on holiday until Friday, so it is me now. My card reader does not pair with the app. I have spent two hours on it and customers are waiting."))
	if alone.Abstained != "" || told.Abstained != "" || saidBy(alone) != saidBy(told) {
		t.Errorf("alone %q %q\ntold %q %q", alone.Abstained, saidBy(alone), told.Abstained, saidBy(told))
	}
}

// TestTwoAsks: each of two questions is answered from its own sources, and one that is
// not is named.
func TestTwoAsks(t *testing.T) {
	both := newDesk(t, nil).handle(t, requested("How do I pair my card reader? And when is your support team there?"))
	if s := saidBy(both); !strings.Contains(s, "Press the power button") || !strings.Contains(s, "Monday to Friday") || len(both.Findings) != 0 {
		t.Errorf("%s %+v", s, both.Findings)
	}
	one := newDesk(t, nil)
	one.shelf.wants, one.shelf.probability = "reader", .7
	half := one.handle(t, requested("How do I pair my card reader? Is there a zebra enclosure nearby?"))
	named := slices.ContainsFunc(half.Findings, func(f pipeline.Finding) bool {
		return f.Check == "part" && strings.Contains(f.Detail, "zebra enclosure")
	})
	if !strings.Contains(saidBy(half), "Press the power button") || !named || half.Confidence >= both.Confidence {
		t.Errorf("%s %+v, confidence %v and %v", saidBy(half), half.Findings, half.Confidence, both.Confidence)
	}
}

// saidBy is what a draft quotes.
func saidBy(d pipeline.Draft) string {
	var out []string
	for _, s := range d.Sentences {
		if len(s.Receipts) > 0 {
			out = append(out, s.Text)
		}
	}
	return strings.Join(out, "\n")
}
