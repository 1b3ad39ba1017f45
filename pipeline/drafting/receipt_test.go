package drafting

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

// answered gives a model's sentence with its quotes to the drafter: what blocks
// it, what it warns of, and the receipts that an agent would see.
func answered(t *testing.T, locale, text string, quotes []string, ps ...pipeline.Passage) (blocked string, warned []string, receipts []pipeline.Receipt) {
	t.Helper()
	var hits []pipeline.Hit
	for _, p := range ps {
		hits = append(hits, pipeline.Hit{Passage: p, Support: .9})
	}
	m := modelSentence{Text: text}
	for _, q := range quotes {
		n := 1
		for i, p := range ps {
			if _, _, ok := locate(p.Text, q); ok {
				n = i + 1
			}
		}
		m.Quotes = append(m.Quotes, modelQuote{Passage: n, Quote: q})
	}
	raw, err := json.Marshal(modelAnswer{Sentences: []modelSentence{m}})
	if err != nil {
		t.Fatal(err)
	}
	in := guard.Input{Passages: passages(hits), Locale: locale}
	a := &attempt{}
	if err := a.request(Question{Locale: locale}, hits, in, "").Accept(raw); err != nil {
		return err.Error(), nil, nil
	}
	in.Draft = pipeline.Draft{Sentences: a.sentences, Locale: locale}
	for _, f := range guard.Check(in) {
		warned = append(warned, f.Check)
	}
	return "", warned, a.sentences[0].Receipts
}

func page(locale, text string) pipeline.Passage {
	p := passage("a", "Page", "", text)
	p.Heading, p.Locale = nil, locale
	return p
}

// TestForbiddenItem: the extractive drafter quotes an item with the words that
// forbid it, wherever they stand, or not at all.
func TestForbiddenItem(t *testing.T) {
	ask := "Can I clean the screen with alcohol spray?"
	want := "To keep the glass intact, never use:\n- hard brushes\n- alcohol spray for the screen"
	one := passage("a", "Cleaning", "Screen", want+"\n\nA dry cloth is enough for the case.")
	if got := drafted(t, ask, at(one, "d", 0, false)); got != want {
		t.Errorf("%q", got)
	}
	first := passage("a", "Cleaning", "Screen", "A dry cloth is enough for the case. To keep the glass intact, never use:")
	second := passage("b", "Cleaning", "Screen", "- hard brushes\n- alcohol spray for the screen")
	if got := drafted(t, ask, at(second, "d", 1, false), at(first, "d", 0, true)); got != want {
		t.Errorf("%q", got)
	}
	headed := passage("a", "Cleaning", "Never use", second.Text)
	q := Question{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: ask}}, Asks: asks(ask), Locale: "en"}
	if answer, why := extracted(q, []pipeline.Hit{{Passage: headed, Support: .9}}, guard.Input{Passages: []pipeline.Passage{headed}, Locale: "en"}); why == "" {
		t.Errorf("%+v", answer)
	}
}

// TestWholeReceipts: what an agent sees of a cut quote is the whole of it.
func TestWholeReceipts(t *testing.T) {
	list := page("en", "Keep it dry. Do not:\n\n- open the case\n- use it in the rain, e.g. on\n  a boat. It rusts.")
	_, _, rs := answered(t, "en", "Do not use it in the rain, e.g. on a boat.", []string{"use it in the rain"}, list)
	var got []string
	for _, r := range rs {
		if list.Text[r.Start:r.End] != r.Quote {
			t.Errorf("%+v", r)
		}
		got = append(got, r.Quote)
	}
	if want := []string{"Do not:", "use it in the rain, e.g. on\n  a boat."}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	table := page("en", "| Plan | Price |\n|---|---|\n| Solo | 9 € |\n| Team | 29 € |")
	if _, _, rs = answered(t, "en", "The Team plan's price is 29 €.", []string{"Team | 29 €"}, table); len(rs) != 2 || rs[0].Quote != "| Plan | Price |" || rs[1].Quote != "| Team | 29 € |" {
		t.Errorf("%+v", rs)
	}
	first, second := passage("a", "Rain", "", "Keep it dry. Do not:"), passage("b", "Rain", "", "- open the case\n- use it in the rain")
	first.Document, second.Document, second.Ordinal = "d", "d", 1
	blocked, _, _ := answered(t, "en", "Use it in the rain.", []string{"use it in the rain"}, first, second)
	if !strings.Contains(blocked, "Do not use it in the rain") {
		t.Errorf("the introduction in the passage before is lost: %q", blocked)
	}
	if _, _, rs = answered(t, "en", "Do not use it in the rain.", []string{"use it in the rain"}, first, second); len(rs) != 2 || rs[0].Quote != "Do not:" || rs[0].Passage != "a" {
		t.Errorf("%+v", rs)
	}
}

// TestFragments prove nothing: single words, pieces of different sentences put
// together, and headings.
func TestFragments(t *testing.T) {
	p := page("en", "# Rent a bicycle by the day\n\nThe city bicycle costs 12 € per day and has three gears. The mountain bicycle costs 25 € per day and has twelve gears. Helmets are free.")
	for text, row := range map[string]struct {
		quotes []string
		want   string
	}{
		"The city bicycle costs 25 € per day.":            {[]string{"The city bicycle costs", "25 € per day"}, "joins pieces"},
		"The city bicycle has three gears.":               {[]string{"The city bicycle", "three gears"}, "proves nothing"},
		"Helmets are free.":                               {[]string{"Helmets are free"}, ""},
		"The mountain bicycle costs 25 €.":                {[]string{"The mountain bicycle costs", "25 € per day"}, ""},
		"Rent a bicycle by the day.":                      {[]string{"Rent a bicycle by the day"}, "heading"},
		"The city bicycle costs 12 €. Helmets are free.":  {[]string{"The city bicycle costs 12 € per day and has", "Helmets are free."}, ""},
		"The mountain bicycle has twelve gears, for free": {[]string{"has twelve gears", "Helmets are free."}, "joins pieces"},
	} {
		blocked, _, _ := answered(t, "en", text, row.quotes, p)
		if (blocked == "") != (row.want == "") || !strings.Contains(blocked, row.want) {
			t.Errorf("%q from %q: %q, want %q", text, row.quotes, blocked, row.want)
		}
	}
}

const (
	blocks = "blocks"
	warns  = "warns"
	passes = "passes"
)

type cutRow struct{ locale, text, source, want string } // the quote is the part of source in ⟦ ⟧

// cutRows are sentences with a quote cut out of their source. A cut that loses a
// no blocks, one that loses a condition or a limit warns, and what is true passes.
var cutRows = []cutRow{
	// English: a no before, behind or around what was quoted.
	{"en", "You can share one card between two drivers.", "You can never ⟦share one card between two drivers⟧.", blocks},
	{"en", "Open the housing while the lamp is hot.", "Do not ⟦open the housing while the lamp is hot⟧.", blocks},
	{"en", "Meals are covered on day trips.", "⟦Meals⟧ are not ⟦covered on day trips⟧.", blocks},
	{"en", "A second driver is insured abroad.", "Under none of our tariffs is ⟦a second driver insured abroad⟧.", blocks},
	{"en", "The key can be copied at the reception desk.", "The key cannot, for reasons of safety, be ⟦copied at the reception desk⟧.", blocks},
	{"en", "Ship the battery by air.", "You must not copy the label, reuse the box, or ⟦ship the battery by air⟧.", blocks},
	{"en", "The ticket is valid on night buses.", "⟦The ticket is valid on⟧ trams and regional trains but not on ⟦night buses⟧.", blocks},
	{"en", "The hotel accepts dogs in the restaurant.", "The hotel accepts dogs in its rooms, but ⟦the restaurant⟧ does not accept ⟦dogs⟧.", blocks},
	{"en", "Guests may use the pool after 10 p.m.", "It isn't permitted that ⟦guests use the pool after 10 p.m.⟧", blocks},
	{"en", "Your deposit earns interest.", "⟦Your deposit earns⟧ no ⟦interest⟧.", blocks},
	{"en", "Neither caller nor manager can change a locked shift.", "⟦A caller or a manager can change a locked shift⟧ at any time.", blocks},
	{"en", "You cannot change seats after check-in.", "⟦You can change seats after check-in⟧ in the app.", blocks},
	{"en", "Flash the firmware twice.", "⟦Flash the firmware⟧ once and never flash it ⟦twice⟧.", blocks},
	{"en", "Children may ride in front.", "Nobody may let ⟦children ride in front⟧.", blocks},
	// Conditions, restrictions and limits.
	{"en", "The courier collects parcels at home.", "⟦The courier collects parcels at home⟧ if they weigh less than 20 kg.", warns},
	{"en", "The courier collects parcels at home.", "Unless it snows heavily, ⟦the courier collects parcels at home⟧.", warns},
	{"en", "A nurse can sign the form.", "Only ⟦a nurse can sign the form⟧.", warns},
	{"en", "All seats can be reserved online.", "⟦All seats can be reserved online⟧, except those in the quiet carriage.", warns},
	{"en", "Returned shoes are exchanged.", "⟦Returned shoes are exchanged⟧ within 28 days.", warns},
	{"en", "A claim can be filed by phone.", "⟦A claim can be filed by phone⟧ until 15 May.", warns},
	{"en", "Lost luggage is replaced.", "Provided that it was reported the same day, ⟦lost luggage is replaced⟧.", warns},
	{"en", "You can log in.", "⟦You⟧ cannot ⟦log in⟧ without a token.", blocks}, // "you", "log in": single words
	{"en", "You can log in from your phone.", "You cannot ⟦log in from your phone⟧ without a token.", warns},
	// Lists, tables, headings, wrapped lines, abbreviations.
	{"en", "Mix bleach with vinegar.", "For your safety, do not:\n\n- breathe the fumes\n- ⟦mix bleach with vinegar⟧", blocks},
	{"en", "Do not mix bleach with vinegar.", "For your safety, do not:\n\n- breathe the fumes\n- ⟦mix bleach with vinegar⟧", passes},
	{"en", "Water damage is covered.", "The following is not covered:\n* theft\n* ⟦water damage⟧", blocks},
	{"en", "Water damage is not covered.", "The following is not covered:\n* theft\n* ⟦water damage⟧", passes},
	{"en", "Wash it at 60 degrees.", "## Never do this\n\n- ⟦Wash it at 60 degrees⟧\n- Tumble dry it", blocks},
	{"en", "Hold the button until it beeps.", "## The lamp does not blink\n\n1. ⟦Hold the button until it beeps.⟧\n2. Wait.", passes},
	{"en", "Look into the spam folder.", "If the mail does not arrive:\n1. ⟦Look into the spam folder.⟧\n2. Ask for another one.", warns},
	{"en", "If the mail does not arrive, look into the spam folder.", "If the mail does not arrive:\n1. ⟦Look into the spam folder.⟧\n2. Ask for another one.", passes},
	{"en", "The Basic tariff has phone support.", "| Tariff | Price | Phone support |\n|---|---|---|\n⟦| Basic | 5 | no |⟧\n| Plus | 9 | yes |", blocks},
	{"en", "The Plus tariff has phone support.", "| Tariff | Price | Phone support |\n|---|---|---|\n| Basic | 5 | no |\n⟦| Plus | 9 | yes |⟧", passes},
	{"en", "Pull the plug during an update.", "Whatever the display says, you must never\n⟦pull the plug during an update⟧ or turn the key.", blocks},
	{"en", "The valve is opened by hand.", "In some models, e.g. the V2, never ⟦the valve is opened by hand⟧.", blocks},
	{"en", "Doses above 2.5 mg are safe.", "⟦Doses above 2.5 mg⟧ a day are … not ⟦safe⟧.", blocks},
	{"en", "Enter the code on code.example.com.", "Never, not even on www.example.com, ⟦enter the code on code.example.com⟧.", blocks},
	// Bounds and order turned round.
	{"en", "Dry the filter before you wash it.", "⟦Dry the filter after you wash it.⟧", blocks},
	{"en", "Bookings need at most two guests.", "⟦Bookings need at least two guests.⟧", blocks},
	{"en", "Parcels over 20 kg are collected at home.", "⟦Parcels under 20 kg are collected at home.⟧", blocks},
	{"en", "Bookings need two guests or more.", "⟦Bookings need at least two guests.⟧", passes},
	{"de", "Der Filter hält höchstens drei Monate.", "⟦Der Filter hält mindestens drei Monate.⟧", blocks},
	{"es", "Apague el motor después de abrir la tapa.", "⟦Apague el motor antes de abrir la tapa.⟧", blocks},
	// True sentences in other words.
	{"en", "Meals on day trips are not covered.", "⟦Meals are not covered on day trips⟧.", passes},
	{"en", "The ticket isn't valid on night buses.", "The ticket is valid on trams but not on ⟦night buses and ferries⟧.", passes},
	{"en", "The ticket is valid on trams.", "⟦The ticket is valid on trams⟧ but not on night buses.", passes},
	{"en", "You can copy, print and mail the plan.", "⟦You can copy, print and mail the plan.⟧ You cannot sell it.", passes},
	{"en", "You need a token to log in from your phone.", "You cannot ⟦log in from your phone⟧ without a token.", passes},
	{"en", "Parcels are collected at home if they weigh less than 20 kg.", "⟦The courier collects parcels at home⟧ if they weigh less than 20 kg.", passes},
	{"en", "The booking is free and you can change it no later than 2 days before.", "⟦The booking is free and you can change it no later than 2 days before.⟧", passes},
	{"en", "Not only owners but also tenants may vote.", "⟦Owners and tenants may vote⟧.", passes},
	// German.
	{"de", "Sie können den Vertrag im ersten Jahr kündigen.", "⟦Sie können den Vertrag im ersten Jahr⟧ nicht ⟦kündigen⟧.", blocks},
	{"de", "Geben Sie Ihre PIN am Telefon weiter.", "⟦Geben Sie Ihre PIN am Telefon⟧ niemals ⟦weiter⟧.", blocks},
	{"de", "Haustiere sind in den Zimmern erlaubt.", "Leider sind keine ⟦Haustiere in den Zimmern erlaubt⟧.", blocks},
	{"de", "Die Rückgabe ist kostenlos möglich.", "⟦Die Rückgabe ist kostenlos möglich⟧, wenn die Ware unbenutzt ist.", warns},
	{"de", "Der Inhaber kann die Karte sperren.", "Nur ⟦der Inhaber kann die Karte sperren⟧.", warns},
	{"de", "Der Vertrag kann im ersten Jahr nicht gekündigt werden.", "⟦Sie können den Vertrag im ersten Jahr nicht kündigen⟧.", passes},
	{"de", "Das Gerät in Wasser tauchen.", "Bitte nicht:\n- ⟦das Gerät in Wasser tauchen⟧\n- am Kabel ziehen", blocks},
	// Spanish.
	{"es", "Usted puede cambiar el titular del contrato.", "Usted no ⟦puede cambiar el titular del contrato⟧.", blocks},
	{"es", "Comparta su clave con el técnico.", "Nunca ⟦comparta su clave con el técnico⟧.", blocks},
	{"es", "El envío es gratuito en las islas.", "⟦El envío es gratuito en las islas⟧ si el pedido supera los 50 euros.", warns},
	{"es", "El titular puede anular la reserva.", "Solo ⟦el titular puede anular la reserva⟧.", warns},
	{"es", "El titular del contrato no se puede cambiar.", "Usted no ⟦puede cambiar el titular del contrato⟧.", passes},
	// French.
	{"fr", "Vous pouvez modifier la date du vol.", "⟦Vous⟧ ne ⟦pouvez⟧ pas ⟦modifier la date du vol⟧.", blocks},
	{"fr", "Communiquez votre code à un tiers.", "Ne ⟦communiquez⟧ jamais ⟦votre code à un tiers⟧.", blocks},
	{"fr", "Le billet est remboursé en cas de retard.", "⟦Le billet est remboursé en cas de retard⟧, sauf en période de fêtes.", warns},
	{"fr", "La date du vol ne peut pas être modifiée.", "Vous ne pouvez pas ⟦modifier la date du vol⟧.", passes},
	// Italian, Portuguese, Dutch.
	{"it", "Potete trasferire il biglietto a un'altra persona.", "Non ⟦potete trasferire il biglietto a un'altra persona⟧.", blocks},
	{"it", "Il rimborso è possibile online.", "⟦Il rimborso è possibile online⟧, tranne per i gruppi.", warns},
	{"it", "Non potete trasferire il biglietto a un'altra persona.", "⟦Non potete trasferire il biglietto a un'altra persona⟧ dopo la partenza.", passes},
	{"pt", "Você pode alterar o nome do passageiro.", "Você não ⟦pode alterar o nome do passageiro⟧.", blocks},
	{"pt", "O bilhete é reembolsado na loja.", "⟦O bilhete é reembolsado na loja⟧, exceto nos feriados.", warns},
	{"pt", "Não é possível alterar o nome do passageiro.", "Você não ⟦pode alterar o nome do passageiro⟧.", passes},
	{"nl", "U kunt het contract in de zomer opzeggen.", "⟦U kunt het contract in de zomer⟧ niet ⟦opzeggen⟧.", blocks},
	{"nl", "De eigenaar kan de pas blokkeren.", "Alleen ⟦de eigenaar kan de pas blokkeren⟧.", warns},
	{"nl", "Deel uw code met een collega.", "⟦Deel uw code⟧ nooit ⟦met een collega⟧.", blocks},
	{"nl", "Het contract kan in de zomer niet opgezegd worden.", "⟦U kunt het contract in de zomer niet opzeggen⟧.", passes},
}

func TestCutQuotes(t *testing.T) {
	for _, row := range cutRows {
		var quotes []string
		source := ""
		for i, part := range strings.Split(row.source, "⟦") {
			if i == 0 {
				source = part
				continue
			}
			q, rest, _ := strings.Cut(part, "⟧")
			quotes = append(quotes, q)
			source += q + rest
		}
		blocked, warned, _ := answered(t, row.locale, row.text, quotes, page(row.locale, source))
		got := passes
		switch {
		case blocked != "":
			got = blocks
		case slices.Contains(warned, "condition"):
			got = warns
		}
		if got != row.want {
			t.Errorf("%s: %q of %q %s, want %s\n   %s %v", row.locale, row.text, row.source, got, row.want, blocked, warned)
		}
	}
}
