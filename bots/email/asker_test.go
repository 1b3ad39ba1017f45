package email

import (
	"testing"

	"footnote/bots/bottest"
)

// TestWhoAsked: the answer goes to whoever asked last, by Reply-To where it is set,
// and never to who only is said to be an agent, or to a machine.
func TestWhoAsked(t *testing.T) {
	m, d := open(t)
	root := m.Begin(bottest.Said{Text: "How?"})
	ref := d.ref(TicketID(root))
	in := "\nTo: support@shop.example\nSubject: Re: My order\nIn-Reply-To: <" + root + ">\nMessage-ID: "
	for _, c := range []struct{ raw, want string }{
		{"From: Bob <bob@example.net>" + in + "<b@x>", "bob@example.net"},
		{"From: Grace <grace@shop.example>" + in + "<g@x>", "bob@example.net"},
		{"From: Cleo <cleo@example.net>\nAuto-Submitted: auto-replied" + in + "<c@x>", "bob@example.net"},
		{"From: Dan <dan@example.net>\nReply-To: office@example.net" + in + "<d@x>", "office@example.net"},
	} {
		m.Put("INBOX", say(c.raw, "And what about mine?"))
		if got := read(t, d, ref).Requester.Email; got != c.want {
			t.Errorf("%.40s: goes to %s, want %s", c.raw, got, c.want)
		}
	}
}
