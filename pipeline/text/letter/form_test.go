package letter

import "testing"

// TestWorldForwardsAreNoForms: the line above a forwarded mail often has the word for
// "message" in it, and the head below it is a list of labelled values.
func TestWorldForwardsAreNoForms(t *testing.T) {
	for _, mark := range []string{"-------- Messaggio inoltrato --------", "---------- Välitetty viesti ----------", "-------- Message transféré --------", "---------- Mensaje reenviado ---------",
		"-------- Doorgestuurd bericht --------", "---------- Videresendt meddelelse ----------", "-------- Vidarebefordrat meddelande --------", "-------- Přeposlaná zpráva --------",
		"-------- Továbbított üzenet --------", "-------- Пересылаемое сообщение --------", "---------- Mensagem encaminhada ---------", "-------- Weitergeleitete Nachricht --------",
		"-------- Przekazana wiadomość --------", "---------- Forwarded message ---------", "-------- Mesaj redirecționat --------"} {
		for _, head := range []string{"Oggetto: fattura\nData: Sun, 29 Nov 2026 09:00:00 +0100\nMittente: Max <max@other.example>\nA: Kim <kim@customer.example>",
			"Betreff: Rechnung\nDatum: Sun, 29 Nov 2026 09:00:00 +0100\nVon: Max <max@other.example>\nAn: Kim <kim@customer.example>",
			"From: Max <max@other.example>\nDate: Sun, 29 Nov 2026 at 09:00\nSubject: invoice\nTo: <kim@customer.example>"} {
			for _, subject := range []string{"I: fattura", "invoice", ""} {
				l := Read("Can you help?\n\n"+mark+"\n"+head+"\n\nWhere do I change the VAT number?\n", subject)
				if want := "Can you help?\n\nWhere do I change the VAT number?"; l.Text != want || l.By != "Max <max@other.example>" {
					t.Errorf("%q with %q is read as %q by %q", mark, subject, l.Text, l.By)
				}
			}
		}
	}
}
