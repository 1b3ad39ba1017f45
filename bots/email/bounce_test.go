package email

import (
	"fmt"
	"strings"
	"testing"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/pipeline"
)

// dsn is a report of delivery in three parts; back is what it returns of the mail.
func dsn(from, said, status, backType, back string) []byte {
	return say("From: "+from+"\nTo: support@shop.example\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <dsn@mx.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=B",
		"--B\nContent-Type: text/plain\n\n"+said+"\n--B\nContent-Type: message/delivery-status\n\n"+status+"\n--B\nContent-Type: "+backType+"\n\n"+back+"\n--B--\n")
}

// TestWorldBounce: reports of delivery as servers write them find their reply.
func TestWorldBounce(t *testing.T) {
	t.Parallel()
	const reply = "fn-01234567-89ab-4cde-8f01-23456789abcd@shop.example"
	const failed = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <ada@example.org>: no such user"
	returned := "From: support@shop.example\nTo: ada@example.org\nSubject: Re: My order\nMessage-ID: <" + reply + ">"
	plain := func(from, subject, body string) []byte {
		return say("From: "+from+"\nTo: support@shop.example\nReturn-Path: <>\nSubject: "+subject+"\nMessage-ID: <dsn@mx.example>", body)
	}
	for name, c := range map[string]struct {
		raw  []byte
		back bool // the reply came back
	}{
		"Postfix":                         {dsn("MAILER-DAEMON@mx.example (Mail Delivery System)", "This is the mail system at host mx.example.", failed, "message/rfc822", returned+"\n\nOpen settings."), true},
		"headers alone":                   {dsn("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Address not found", failed, "text/rfc822-headers", returned), true},
		"Exim":                            {plain("Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender", "A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.\n\n  ada@example.org\n    550 no such user\n\n------ This is a copy of the message, including all the headers. ------\n\n"+returned), true},
		"qmail":                           {plain("MAILER-DAEMON@mx.example", "failure notice", "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ada@example.org>:\nno mailbox here\n\n--- Below this line is a copy of the message.\n\n"+returned), true},
		"by its recipient":                {dsn("MAILER-DAEMON@mx.example", "Gone.", failed, "text/plain", "Nothing is returned."), true},
		"Exchange":                        {dsn("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@shop.example>", "Your message couldn't be delivered.", failed, "message/rfc822", returned+"\n\nx"), true},
		"X-Failed-Recipients":             {say("From: postmaster@mx.example\nSubject: Undeliverable: Re: My order\nX-Failed-Recipients: ada@example.org\nMessage-ID: <dsn@mx.example>", "Delivery has failed to these recipients."), true},
		"German":                          {plain("postmaster@mx.example", "Unzustellbar: Re: My order", "Die Nachricht konnte an ada@example.org nicht zugestellt werden.\n\n"+returned), true},
		"French":                          {plain("postmaster@mx.example", "Non remis : Re: My order", "Votre message n'a pas pu être remis à ada@example.org.\n\n"+returned), true},
		"full mailbox, at last":           {dsn("MAILER-DAEMON@mx.example", "Over quota.", strings.Replace(failed, "5.1.1\n", "5.2.2\n", 1), "message/rfc822", returned+"\n\nx"), true},
		"a body in quoted-printable":      {say("From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Returned mail: see transcript for details\nContent-Transfer-Encoding: quoted-printable\nMessage-ID: <dsn@mx.example>", "The following addresses had permanent fatal errors: ada@example.org\n\nMessage-ID: <"+strings.ReplaceAll(reply, "-", "=2D")+">"), true},
		"delayed":                         {dsn("MAILER-DAEMON@mx.example", "Your message could not be delivered yet and will be retried.", strings.Replace(failed, "Action: failed", "Action: delayed", 1), "message/rfc822", returned+"\n\nx"), false},
		"delivered":                       {dsn("MAILER-DAEMON@mx.example", "Delivered.", strings.Replace(failed, "Action: failed", "Action: delivered", 1), "message/rfc822", returned+"\n\nx"), false},
		"delayed, in words":               {plain("MAILER-DAEMON@mx.example", "Warning: message delayed 24 hours", "A message has not been delivered yet. It will be retried. ada@example.org\n"+returned), false},
		"another mail":                    {dsn("MAILER-DAEMON@mx.example", "x", strings.ReplaceAll(failed, "ada@", "bob@"), "message/rfc822", strings.Replace(strings.Replace(returned, "ada@", "bob@", 1), reply, "other@shop.example", 1)+"\n\nx"), false},
		"a person's answer about one":     {say("From: ada@example.org\nSubject: Undeliverable mail?\nMessage-ID: <dsn@mx.example>\nIn-Reply-To: <"+reply+">", "My mail could not be delivered, why?\n> Message-ID: <"+reply+">"), false},
		"an absence":                      {plain("ada@example.org", "Automatic reply: Re: My order", "I am out of the office until Monday."), false},
		"several, one of whom is reached": {dsn("MAILER-DAEMON@mx.example", "x", strings.Replace(failed, "Action: failed", "Action: relayed", 1)+"\n\n"+failed, "message/rfc822", returned+"\n\nx"), true},
	} {
		m := bottest.NewEmail(t)
		d := desk(t, m, func(c *Config) { c.Name = "bounce-" + strings.ReplaceAll(name, " ", "-") })
		root := m.Begin(bottest.Said{Text: "How?"})
		ref := d.ref(TicketID(root))
		if _, err := d.Post(t.Context(), post(ref)); err != nil {
			t.Fatal(name, err)
		}
		told(t, d)
		m.Put("INBOX", c.raw)
		var back []pipeline.Received
		for _, e := range told(t, d) {
			r, err := pipeline.Decode[pipeline.Received](e)
			if err != nil {
				t.Fatal(err)
			}
			if r.Kind == bots.KindUndelivered {
				back = append(back, r)
				if e.Ticket != ref.ID || r.Undelivered.Marker != post(ref).Marker || !strings.Contains(r.Undelivered.Why, "ada@example.org") {
					t.Errorf("%s: %+v of ticket %s", name, r.Undelivered, e.Ticket)
				}
			}
		}
		if (len(back) == 1) != c.back {
			t.Errorf("%s: came back %d times, want %v", name, len(back), c.back)
		}
		if c.back {
			got := read(t, d, ref).Messages
			if last := got[len(got)-1]; last.Role != pipeline.RoleSystem || last.Skipped == "" {
				t.Errorf("%s: %s", name, fmt.Sprintf("%+v", last))
			}
		}
		if again := told(t, d); len(again) != 0 {
			t.Errorf("%s: told again", name)
		}
	}
}
